/*
 * rfm_text.c: the text of RFM models.
 */
#include "rfm_values.h"
#include "texts.h"

FUZZ_TEXTS(RfmModel, rfm_parse, rfm_problem, rfm_encode, rfm_decode,
		   rfm_print, in_rfm_model)
