/*
 * labels.h: the words that name segments, life stages and lifecycle states, in
 * English, which the kernel speaks, and in Chinese.
 */
#ifndef USER_OPS_LABELS_H
#define USER_OPS_LABELS_H

#include "fmgr.h"

typedef enum LabelLanguage
{
	LABELS_ENGLISH,
	LABELS_CHINESE
} LabelLanguage;

/* 22023 for another word, 0A000 for a language that the database's encoding lacks. */
extern LabelLanguage label_language(const text *name);

/* Chinese where the encoding has it, otherwise English. */
extern LabelLanguage richest_label_language(void);

/* A label given in English as text in the server's encoding. */
extern Datum label_datum(const char *english, LabelLanguage language);

#endif
