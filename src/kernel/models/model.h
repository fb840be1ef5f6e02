/*
 * model.h: fitted models of all kinds as values.
 *
 *	+---------+------+-------+---------+--------+------+-------+--------+===========+=======+
 *	| version | kind | flags | n users | loglik | unit | facts | errors | parameter | error |
 *	+---------+------+-------+---------+--------+------+-------+--------+===========+=======+
 *	  1 byte    1      1       varint    double   double         1 byte   double      double
 *
 *	flags	bits 0-1: FitStatus
 *			bit 2: fitted, so that n users and loglik are there; else given by hand
 *			bit 3: the unit of time is known, and there
 *			bit 4: the errors and as many parameters as the kind has are there
 *	facts	if fitted, and the kind has any: a byte whose bit i says that fact i is
 *			there, then those that are, doubles
 *	errors	bit i: parameter i has a standard error behind it
 *
 * Doubles are those of bytes.h.  The form is canonical.  As text, on one line:
 *
 *	mbg_nbd(status ok; users 2357; loglik -9582.1; unit 7; r 0.5 error 0.1; alpha 6.2 error 0.7;
 *	a 0.9 error 0.2; b 1.6 error 0.5)
 *
 * with what is known, in this order, and the fewest digits that say the number.
 */
#ifndef USER_OPS_KERNEL_MODEL_MODEL_H
#define USER_OPS_KERNEL_MODEL_MODEL_H

#include "kernel/base/bytes.h"
#include "kernel/math/newton.h"

#define MODEL_VERSION        1
#define MODEL_MAX_PARAMETERS NEWTON_MAX
#define MODEL_MAX_COUNT      12 /* of a parameter that counts something */
#define MODEL_MAX_FACTS      5

/* What else a fit tells of its data. */
typedef struct ModelFact
{
	const char *name;
	double least; /* the range it is in */
	double most;
} ModelFact;

/* A kind of model: an entry of the table in model.c. */
typedef struct ModelKind
{
	int code;         /* in the bytes, for ever */
	const char *type; /* the SQL type of its values */
	const char *name;
	int n_parameters;
	int n_counts;     /* the last so many are whole numbers from 1 to MODEL_MAX_COUNT */
	const char *parameters[MODEL_MAX_PARAMETERS]; /* all above 0 */
	int n_facts;
	ModelFact facts[MODEL_MAX_FACTS];
} ModelKind;

#define PURCHASE_MODEL_TYPE "purchase_model"
#define SPEND_MODEL_TYPE    "spend_model"
#define CONTRACT_MODEL_TYPE "contract_model"

enum
{
	MODEL_BG_NBD = 1,
	MODEL_MBG_NBD,
	MODEL_PARETO_NBD,
	MODEL_BG_CNBD,
	MODEL_MBG_CNBD,
	MODEL_GAMMA_GAMMA,
	MODEL_SBG
};

typedef struct Model
{
	const ModelKind *kind;
	bool fitted;      /* or given by hand */
	bool known;       /* has parameters; else fitted over nobody */
	FitStatus status; /* if fitted; so are the next two */
	uint64_t users;
	double loglik;
	double unit_days; /* of time; 0: unknown */
	bool has_fact[MODEL_MAX_FACTS];
	double fact[MODEL_MAX_FACTS];
	double value[MODEL_MAX_PARAMETERS];
	double error[MODEL_MAX_PARAMETERS]; /* standard; 0: none */
} Model;

/* NULL if there is none. */
extern const ModelKind *model_kind(int code);
extern const ModelKind *model_kind_named(const char *type, const char *name);

/* The name of a status. */
extern const char *const fit_status_names[];
#define FIT_STATUSES (FIT_TOO_FEW + 1)

/* What a search in logarithms of the parameters ended at; errors only if it went well. */
extern void model_of_search(const Newton *search, Model *model);

/*
 * A fitted model as it can be stored: over numbers so large that no sum of them is one, nothing is known of it.
 */
extern void model_settle(Model *model);

/* What is wrong with the model, or NULL. */
extern const char *model_problem(const Model *model);

extern void model_encode(const Model *model, ByteWriter *out);

/* NULL, or why the bytes are no model. */
extern const char *model_decode(const uint8_t *bytes, size_t size, Model *model);

/* The text form, model_text.c, and parts of it. */
extern char *model_print(const Model *model);
extern const char *model_parse(const char *text, const char *type, Model *model);

/* "before name number", with the fewest digits that say the number; returns the end. */
extern char *print_named(char *p, const char *before, const char *name, double value);

/* "before name ", or nothing of it. */
extern bool skip_name(const char **p, const char *before, const char *name);

/* A finite number in decimal. */
extern bool parse_double(const char **p, double *value);

/* A status, and "; " behind it. */
extern bool parse_status(const char **p, FitStatus *status);

#endif
