/*
 * labels.c: segments, life stages and lifecycle states in English and Chinese.
 *
 * No word stands twice in a column of the table, so that a label tells by itself
 * what it is in the other language.  The Chinese ones stand here in UTF-8 and are
 * converted to the server's encoding.
 */
#include "server/compat.h"

#include "mb/pg_wchar.h"
#include "utils/builtins.h"
#include "activity/labels.h"

typedef struct Label
{
	const char *english;
	const char *chinese;
} Label;

static const Label labels[] = {
	{"champions", "核心客户"},
	{"loyal_customers", "忠诚客户"},
	{"potential_loyalists", "潜在忠诚客户"},
	{"new_customers", "新客户"},
	{"promising", "有潜力"},
	{"need_attention", "需要关注"},
	{"about_to_sleep", "即将沉睡"},
	{"at_risk", "有流失风险"},
	{"cant_lose_them", "不能流失"},
	{"hibernating", "沉睡"},
	{"no_purchase", "未购买"},

	{"none", "未贡献"},

	{"important_high_value", "重要价值"},
	{"important_keep", "重要保持"},
	{"important_develop", "重要发展"},
	{"important_win_back", "重要挽留"},
	{"general_high_value", "一般价值"},
	{"general_keep", "一般保持"},
	{"general_develop", "一般发展"},
	{"general_win_back", "一般挽留"},

	{"introduction", "引入"},
	{"growth", "成长"},
	{"mature", "成熟"},
	{"sleeping", "休眠"},
	{"lost", "流失"},

	{"new", "新增"},
	{"returning", "留存"},
	{"resurrected", "回流"},
	{"dormant", "沉默"},
	{"inactive", "不活跃"},
};

static bool
encoding_has_chinese(void)
{
	int encoding = GetDatabaseEncoding();

	return encoding == PG_UTF8 || encoding == PG_EUC_CN || encoding == PG_SQL_ASCII;
}

LabelLanguage
richest_label_language(void)
{
	return encoding_has_chinese() ? LABELS_CHINESE : LABELS_ENGLISH;
}

LabelLanguage
label_language(const text *name)
{
	char *language = text_to_cstring(name);

	if (strcmp(language, "english") == 0)
		return LABELS_ENGLISH;
	if (strcmp(language, "chinese") != 0)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("there are no labels in the language \"%s\"", language),
						errhint("Languages are chinese and english.")));
	if (!encoding_has_chinese())
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("the encoding of this database, %s, has no Chinese", GetDatabaseEncodingName()),
				 errhint("Use english, or a database whose encoding is UTF8.")));
	return LABELS_CHINESE;
}

static char *
in_server_encoding(const char *utf8)
{
	return pg_any_to_server(utf8, (int) strlen(utf8), PG_UTF8);
}

static Datum
datum_of(const Label *label, LabelLanguage language)
{
	return language == LABELS_ENGLISH ? CStringGetTextDatum(label->english)
									  : CStringGetTextDatum(in_server_encoding(label->chinese));
}

static const Label *
find_english(const char *word)
{
	for (size_t i = 0; i < lengthof(labels); i++)
		if (strcmp(labels[i].english, word) == 0)
			return &labels[i];
	return NULL;
}

static const Label *
find_chinese(const char *word)
{
	for (size_t i = 0; i < lengthof(labels); i++)
		if (strcmp(in_server_encoding(labels[i].chinese), word) == 0)
			return &labels[i];
	return NULL;
}

Datum
label_datum(const char *english, LabelLanguage language)
{
	const Label *label = find_english(english);

	if (label == NULL)
		elog(ERROR, "\"%s\" is no label", english);
	return datum_of(label, language);
}

/* translate_label(label, language) */
PG_FUNCTION_INFO_V1(user_ops_translate_label);
Datum
user_ops_translate_label(PG_FUNCTION_ARGS)
{
	char *word = text_to_cstring(PG_GETARG_TEXT_PP(0));
	LabelLanguage language = label_language(PG_GETARG_TEXT_PP(1));
	const Label *label = find_english(word);

	if (label == NULL && encoding_has_chinese())
		label = find_chinese(word);
	PG_RETURN_DATUM(label == NULL ? PG_GETARG_DATUM(0) : datum_of(label, language));
}
