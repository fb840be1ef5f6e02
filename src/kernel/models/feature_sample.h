/*
 * feature_sample.h: what a feature model is fitted over.
 *
 * The state is a tally (tally.h) of distinct rows: a weight and the features,
 * each with how often the outcome was false and true.  Expanded rows, one for
 * each subject and period, are counted by pattern in this way, too.  A row takes
 * 24 bytes and 8 a feature in the working form.  The head:
 *
 *	+------------+-------+=======+
 *	| n features | ridge | names |
 *	+------------+-------+=======+
 *	  1 word       double  8 words each, filled up with zero bytes; or none at all
 */
#ifndef USER_OPS_KERNEL_MODEL_FEATURE_SAMPLE_H
#define USER_OPS_KERNEL_MODEL_FEATURE_SAMPLE_H

#include "kernel/base/tally.h"
#include "kernel/math/linear.h"

#define FEATURES_MAX    (LINEAR_MAX - 1) /* beside the intercept */
#define FEATURE_NAME    64               /* bytes of a name, a zero behind it included */
#define FEATURE_INTERCEPT "intercept"

typedef char FeatureName[FEATURE_NAME];

/* What all rows have in common. */
typedef struct FeatureSampleParams
{
	int n_features; /* from 1 to FEATURES_MAX */
	double ridge;   /* at least 0 */
	bool named;     /* else the names are x1, x2 and so on */
	FeatureName names[FEATURES_MAX];
} FeatureSampleParams;

/* The places of counts behind the weight and the features of a row. */
#define FEATURE_FALSE(shape) ((shape)->row.n_keys)
#define FEATURE_TRUE(shape)  ((shape)->row.n_keys + 1)

extern const TallyKind feature_sample_kind;

/* Why these cannot be the names of features, or NULL. */
extern const char *feature_names_problem(const FeatureName *names, int n);

/* One more row with finite features and a weight above 0; NULL begins a state. */
extern Tally *feature_sample_add(Tally *state, const FeatureSampleParams *params, bool outcome,
								 double weight, const double *features);

/* The parameters that the state was begun with, with all names. */
extern void feature_sample_params(const Tally *state, FeatureSampleParams *params);

#endif
