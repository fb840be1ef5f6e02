/*
 * purchase_fit.h: fit purchase models over the histories of many users.
 */
#ifndef USER_OPS_KERNEL_MODEL_PURCHASE_FIT_H
#define USER_OPS_KERNEL_MODEL_PURCHASE_FIT_H

#include "kernel/models/model.h"

/* So many users with the same history (purchase.h). */
typedef struct HistoryUsers
{
	int64_t x;
	double t_x;
	double t;
	double users;
} HistoryUsers;

typedef struct PurchaseData
{
	const HistoryUsers *histories; /* x ascends */
	size_t n;
	uint64_t users;
	double purchases;      /* the sum of x */
	double ln_gaps;        /* the sum of the logarithms of all gaps; (m)bg_cnbd only */
} PurchaseData;

/* Not a kind of model: the likeliest of all kinds, and how many kinds there are. */
#define MODEL_AUTO       0
#define PURCHASE_KINDS   6

/* What is to be fitted. */
typedef struct FitOptions
{
	int code;        /* of a kind of model, or MODEL_AUTO */
	int regularity;  /* k of the (m)bg_cnbd; 0: the likeliest one */
	bool weak_prior; /* keeps parameters near those that a search begins with */
	bool gaps_known; /* else the (m)bg_cnbd cannot be fitted */
} FitOptions;

/* All the model is set but for unit_days. */
extern void purchase_fit(const FitOptions *options, const PurchaseData *data, Model *model);

/* The log-likelihood of the data at the logarithms of the parameters. */
typedef struct Likelihood
{
	const PurchaseData *data;
	int code;
	int k; /* stages of a purchase */
} Likelihood;

/* A NewtonFunction; its context is a Likelihood. */
extern void bg_likelihood(const void *context, const double *theta, NewtonPoint *at);
extern void pareto_likelihood(const void *context, const double *theta, NewtonPoint *at);

#define PURCHASE_PARAMETERS 4 /* but for k */

/* Sums over i < done of ln(a + i), of 1 / (a + i) and of its square: gamma functions. */
typedef struct GammaSums
{
	double done;
	double ln;
	double first;
	double second;
} GammaSums;
#define GAMMA_JUMP 4096 /* over more than that, a sum is a difference of functions */

extern void gamma_sums_advance(GammaSums *sums, double a, double to);

#endif
