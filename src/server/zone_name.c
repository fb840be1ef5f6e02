/*
 * zone_name.c: which names of time zones are taken, and what others may mean.
 */
#include "server/compat.h"

#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/varlena.h"
#include "server/zone_name.h"

#define DIGITS    "0123456789"
#define MAX_ASKED 40         /* characters of a name that is looked for among the others */
#define EAST_MOST (14 * 60) /* minutes */
#define WEST_MOST (-12 * 60)

static bool
has_any(const char *name, const char *characters)
{
	return name[strcspn(name, characters)] != '\0';
}

/*
 * The server gives a zone of the tz database as it is spelt there, and one by a
 * POSIX rule in capitals, with a digit in it.  These are both, and mean the same.
 */
static bool
is_full_name(const char *name)
{
	static const char *const both[] = {"CST6CDT", "EST5EDT", "MST7MDT", "PST8PDT",
									   "GMT0",	  "GMT+0",	 "GMT-0"};
	static const char *const of_the_machine[] = {"localtime", "posixrules"};

	for (size_t i = 0; i < lengthof(of_the_machine); i++)
		if (strcmp(name, of_the_machine[i]) == 0)
			return false;
	if (!has_any(name, DIGITS) || has_any(name, "abcdefghijklmnopqrstuvwxyz"))
		return true;
	for (size_t i = 0; i < lengthof(both); i++)
		if (strcmp(name, both[i]) == 0)
			return true;
	return false;
}

pg_tz *
named_zone(const char *name)
{
	pg_tz *tz = strlen(name) <= TZ_STRLEN_MAX ? pg_tzset(name) : NULL;

	return tz != NULL && pg_tz_acceptable(tz) && is_full_name(pg_get_timezone_name(tz)) ? tz : NULL;
}

/* A well-known zone with so many minutes east of Greenwich in winter, or NULL. */
static const char *
zone_of_offset(int minutes)
{
	static const struct
	{
		int minutes;
		const char *name;
	} zones[] = {
		{-660, "Pacific/Pago_Pago"}, {-600, "Pacific/Honolulu"}, {-570, "Pacific/Marquesas"},
		{-540, "America/Anchorage"}, {-480, "America/Los_Angeles"}, {-420, "America/Denver"},
		{-360, "America/Chicago"}, {-300, "America/New_York"}, {-240, "America/Halifax"},
		{-210, "America/St_Johns"}, {-180, "America/Sao_Paulo"}, {-120, "America/Noronha"},
		{-60, "Atlantic/Cape_Verde"}, {60, "Europe/Paris"}, {120, "Europe/Athens"},
		{180, "Europe/Moscow"}, {210, "Asia/Tehran"}, {240, "Asia/Dubai"}, {270, "Asia/Kabul"},
		{300, "Asia/Karachi"}, {330, "Asia/Kolkata"}, {345, "Asia/Kathmandu"},
		{360, "Asia/Dhaka"}, {390, "Asia/Yangon"}, {420, "Asia/Bangkok"}, {480, "Asia/Shanghai"},
		{525, "Australia/Eucla"}, {540, "Asia/Tokyo"}, {570, "Australia/Darwin"},
		{600, "Australia/Sydney"}, {630, "Australia/Lord_Howe"}, {660, "Pacific/Noumea"},
		{720, "Pacific/Auckland"}, {765, "Pacific/Chatham"}, {780, "Pacific/Tongatapu"},
		{840, "Pacific/Kiritimati"}};

	for (size_t i = 0; i < lengthof(zones); i++)
		if (zones[i].minutes == minutes)
			return zones[i].name;
	return NULL;
}

/* An offset from UTC that a name ends with, in minutes as people write them. */
static bool
find_offset(const char *name, int *minutes, bool *is_utc)
{
	static const char *const utc[] = {"", "UTC", "GMT", "UT", "Z", "Etc/UTC", "Etc/GMT"};
	size_t length = strcspn(name, "+-" DIGITS);
	const char *p = name + length;
	int sign = *p == '-' ? -1 : 1;
	size_t digits;
	int hours;
	int rest = 0;

	*is_utc = false;
	while (length > 0 && name[length - 1] == ' ')
		length--;
	for (size_t i = 0; i < lengthof(utc); i++)
		*is_utc |= strlen(utc[i]) == length && pg_strncasecmp(name, utc[i], length) == 0;
	p += strspn(p, "+-");
	digits = strspn(p, DIGITS);
	if (digits == 0 || digits > 4)
		return false;
	hours = atoi(p);
	if (digits > 2)
	{
		rest = hours % 100;
		hours /= 100;
	}
	else if (p[digits] == ':')
		rest = atoi(p + digits + 1);
	*minutes = sign * (hours * 60 + rest);
	return rest >= 0 && rest < 60 && *minutes >= WEST_MOST && *minutes <= EAST_MOST;
}

static void
append_names_of_offset(StringInfo hint, int minutes)
{
	const char *name = zone_of_offset(minutes);
	int hours = abs(minutes) / 60;
	bool whole = minutes % 60 == 0;

	if (minutes == 0)
	{
		appendStringInfoString(hint, "UTC itself is called UTC. ");
		return;
	}
	appendStringInfo(hint, "For UTC%c%d", minutes < 0 ? '-' : '+', hours);
	if (!whole)
		appendStringInfo(hint, ":%02d", abs(minutes) % 60);
	if (name == NULL && !whole)
		appendStringInfoString(hint, " there is no well-known name. ");
	else
	{
		appendStringInfo(hint, " give %s", name == NULL ? "" : name);
		if (whole)
			appendStringInfo(hint, "%sEtc/GMT%c%d, whose sign is the other way round",
							 name == NULL ? "" : " or ", minutes > 0 ? '-' : '+', hours);
		appendStringInfoString(hint, ". ");
	}
}

/* What people call places and zones that the tz database calls otherwise. */
static const char *
zone_known_as(const char *name)
{
	static const char *const known[][2] = {
		{"Beijing", "Asia/Shanghai"}, {"Peking", "Asia/Shanghai"}, {"China", "Asia/Shanghai"},
		{"CST", "Asia/Shanghai or America/Chicago"}, {"HKT", "Asia/Hong_Kong"},
		{"SGT", "Asia/Singapore"}, {"JST", "Asia/Tokyo"}, {"KST", "Asia/Seoul"},
		{"IST", "Asia/Kolkata"}, {"India", "Asia/Kolkata"}, {"MSK", "Europe/Moscow"},
		{"BST", "Europe/London"}, {"CEST", "Europe/Paris"}, {"EEST", "Europe/Athens"},
		{"EDT", "America/New_York"}, {"CDT", "America/Chicago"}, {"MDT", "America/Denver"},
		{"PST", "America/Los_Angeles"}, {"PDT", "America/Los_Angeles"},
		{"AEST", "Australia/Sydney"}};

	for (size_t i = 0; i < lengthof(known); i++)
		if (pg_strcasecmp(known[i][0], name) == 0)
			return known[i][1];
	return NULL;
}

static const char *
last_part(const char *name)
{
	for (const char *slash = name; (slash = strchr(slash, '/')) != NULL;)
		name = ++slash;
	return name;
}

static char *
in_small_letters(const char *name)
{
	char *small = pstrdup(name);

	for (char *p = small; *p != '\0'; p++)
		*p = *p == ' ' ? '_' : (char) pg_tolower((unsigned char) *p);
	return small;
}

/* How many letters differ; more than max: max + 1. */
static int
difference(const char *a, const char *b, int max)
{
	return varstr_levenshtein_less_equal(a, (int) strlen(a), b, (int) strlen(b), 1, 1, 1, max, true);
}

/* The name of the tz database nearest to what was given, or its last part; or NULL. */
static const char *
similar_name(const char *given)
{
	const char *asked = in_small_letters(given);
	int limit = strlen(asked) < 6 ? (int) strlen(asked) / 4 : 2;
	const char *nearest = NULL;
	pg_tzenum *names;
	pg_tz *tz;

	if (strlen(asked) < 3 || has_any(asked, DIGITS ".:"))
		return NULL;
	names = pg_tzenumerate_start();
	while ((tz = pg_tzenumerate_next(names)) != NULL)
	{
		const char *name = pg_get_timezone_name(tz);
		const char *small = in_small_letters(name);
		int found = Min(difference(asked, small, limit),
						difference(last_part(asked), last_part(small), limit));

		CHECK_FOR_INTERRUPTS();
		if (found > limit || !is_full_name(name) || strncmp(name, "posix/", 6) == 0)
			continue;
		if (nearest == NULL || found < limit || strlen(name) < strlen(nearest) ||
			(strlen(name) == strlen(nearest) && strcmp(name, nearest) < 0))
			nearest = pstrdup(name);
		limit = found;
	}
	pg_tzenumerate_end(names);
	return nearest;
}

const char *
zone_name_hint(const char *name)
{
	StringInfoData hint;
	const char *meant = NULL;
	int minutes;
	bool is_utc;

	initStringInfo(&hint);
	if (find_offset(name, &minutes, &is_utc))
	{
		append_names_of_offset(&hint, minutes);
		/* behind letters POSIX has it the other way round, and who writes that may know */
		if (!is_utc && -minutes >= WEST_MOST && -minutes <= EAST_MOST && minutes != 0)
			append_names_of_offset(&hint, -minutes);
	}
	else if (strlen(name) <= MAX_ASKED)
	{
		meant = zone_known_as(last_part(name));
		if (meant == NULL)
			meant = similar_name(name);
	}
	if (meant != NULL)
		appendStringInfo(&hint, "Perhaps %s is meant. ", meant);
	else if (hint.len == 0)
		return "Use a full name such as Asia/Shanghai; the view pg_timezone_names lists them.";
	appendStringInfoString(&hint, "The view pg_timezone_names lists all names.");
	return hint.data;
}
