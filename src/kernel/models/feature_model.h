/*
 * feature_model.h: the probability of an outcome from features: logistic
 * regression, ln(p / (1 - p)) = intercept + sum of coefficient times feature.
 *
 *	+---------+-------+------------+------+--------+-------+========+=============+
 *	| version | flags | n features | rows | loglik | ridge | errors | coefficient |
 *	+---------+-------+------------+------+--------+-------+========+=============+
 *	  1 byte    1       1 byte       varint double   double  varint   each
 *
 *	flags		bits 0-1: FitStatus
 *				bit 2: fitted, so that rows, loglik and ridge are there; else given by hand
 *				bit 3: errors and coefficients are there; else fitted over too few rows
 *	errors		bit i: coefficient i has a standard error; the intercept is 0
 *	coefficient	unless the intercept: varint length of the name, and the name;
 *				a double, and another for the standard error
 *
 * The form is canonical.  As text, on one line:
 *
 *	logistic(status ok; rows 2357; loglik -1135.8; ridge 0; intercept -1.5 error 0.5;
 *	"log1p(idle)" 0.65 error 0.09)
 */
#ifndef USER_OPS_KERNEL_MODEL_FEATURE_MODEL_H
#define USER_OPS_KERNEL_MODEL_FEATURE_MODEL_H

#include "kernel/base/bytes.h"
#include "kernel/math/newton.h"
#include "kernel/models/feature_sample.h"

#define FEATURE_MODEL_VERSION 1

typedef struct FeatureModel
{
	int n_features;
	bool fitted;      /* or given by hand */
	bool known;       /* has coefficients */
	FitStatus status; /* if fitted; so are the next three */
	uint64_t rows;
	double loglik;
	double ridge;
	double value[FEATURES_MAX + 1]; /* the intercept first */
	double error[FEATURES_MAX + 1]; /* standard; 0: none */
	FeatureName names[FEATURES_MAX];
} FeatureModel;

/*
 * Fitted by Newton's method (IRLS) on standardised features.  The ridge takes
 * ridge / 2 times the sum of squares of their coefficients off the likelihood,
 * the intercept excepted.  Without one, features that others determine have a
 * coefficient of 0 and the status is FIT_NOT_IDENTIFIABLE; outcomes that the
 * features separate make it FIT_BOUNDARY.
 */
extern void feature_fit(const Tally *state, FeatureModel *model);

extern double feature_predict(const FeatureModel *model, const double *features);

/* What is wrong with the model, or NULL. */
extern const char *feature_model_problem(const FeatureModel *model);

extern void feature_model_encode(const FeatureModel *model, ByteWriter *out);
extern const char *feature_model_decode(const uint8_t *bytes, size_t size, FeatureModel *model);

/* The text form. */
extern char *feature_model_print(const FeatureModel *model);
extern const char *feature_model_parse(const char *text, FeatureModel *model);

#endif
