SET client_min_messages = warning; CREATE EXTENSION IF NOT EXISTS user_ops; RESET client_min_messages; SET search_path = user_ops, public;

-- Models as values: text says all there is, with the fewest digits.
SELECT 'mbg_nbd(status ok; users 2357; loglik -9582.1; unit 7; r 0.1 error 0.25; alpha 6.2 error 0.7; a 0.9; b 1.6e-300 error 0.5)'::purchase_model;
SELECT '  bg_cnbd(unit 0.5; r 1; alpha 2.50; a 3e2; b +4; k 12)  '::purchase_model;
SELECT 'pareto_nbd(r 0.30000000000000004; alpha 0.3; s 1e300; beta 5e-324)'::purchase_model;
SELECT 'bg_nbd(status too_few; users 0; loglik 0; unit 7)'::purchase_model;
SELECT 'bg_nbd(r 1; alpha 2; a 3; b 4)'::purchase_model = make_purchase_model('bg_nbd', 1, 2, 3, 4) AS same,
	   'bg_nbd(r 1; alpha 2; a 3; b 4)'::purchase_model <> make_purchase_model('mbg_nbd', 1, 2, 3, 4) AS other_kind,
	   with_unit(make_purchase_model('bg_nbd', 1, 2, 3, 4), 7) <> make_purchase_model('bg_nbd', 1, 2, 3, 4) AS other_unit;

SELECT p.* FROM model_parameters('bg_cnbd(status ok; users 9; loglik -1; r 1 error 0.5; alpha 2 error 0.25; a 3 error 1; b 4 error 2; k 3)'::purchase_model) AS p;
SELECT p.* FROM model_parameters(make_purchase_model('pareto_nbd', 1, 2, 3, 4)) AS p;
SELECT count(*) FROM model_parameters('bg_nbd(status too_few; users 0; loglik 0)'::purchase_model);
SELECT model_kind(m), status(m), n_users(m), loglik(m), unit_days(m)
FROM unnest(ARRAY['mbg_nbd(status boundary; users 23; loglik -9.5; unit 7; r 1; alpha 2; a 3; b 4)',
				  'pareto_nbd(r 1; alpha 2; s 3; beta 4)',
				  'bg_nbd(status not_identifiable; users 23; loglik 0; r 1; alpha 2; a 3; b 4)']::purchase_model[]) AS m;
SELECT with_unit(make_purchase_model('bg_nbd', 1, 2, 3, 4), 30.4375), unit_days(with_unit(make_purchase_model('bg_nbd', 1, 2, 3, 4), 1));

-- version 1, kind 2 (mbg_nbd), known (bit 4) with a unit (bit 3), 7; no errors; 1, 2, 3, 4
SELECT encode(user_ops_internal.purchase_model_send(with_unit(make_purchase_model('mbg_nbd', 1, 2, 3, 4), 7)), 'hex');
CREATE TABLE models (m purchase_model);
INSERT INTO models VALUES (make_purchase_model('mbg_cnbd', 0.1, 0.2, 0.3, 0.4, 5)), (NULL),
	('bg_nbd(status boundary; users 4611686018427387904; loglik -1e300; unit 1e-9; r 1; alpha 2; a 3; b 4)');
SELECT * FROM models;
SELECT count(*), count(m), bool_and(m::text::purchase_model = m) FROM models;

-- Errors
SELECT 'x_nbd(r 1; alpha 2; a 3; b 4)'::purchase_model;
SELECT 'bg_nbd'::purchase_model;
SELECT 'bg_nbd(r 1; alpha 2; a 3)'::purchase_model;
SELECT 'bg_nbd(r 1; alpha 2; b 3; a 4)'::purchase_model;
SELECT 'bg_nbd(r 1; alpha 2; a 3; b 4; k 5)'::purchase_model;
SELECT 'bg_nbd(r 1; alpha 2; a 3; b 4) x'::purchase_model;
SELECT 'bg_nbd(r 1; alpha 2; a 3; b 0)'::purchase_model;
SELECT 'bg_nbd(r 1; alpha 2; a 3; b infinity)'::purchase_model;
SELECT 'bg_nbd(r 1; alpha 2; a 3; b 1e999)'::purchase_model;
SELECT 'bg_nbd(r 1; alpha 2; a 3; b 0x10)'::purchase_model;
SELECT 'bg_nbd(r 1 error 0; alpha 2; a 3; b 4)'::purchase_model;
SELECT 'bg_nbd(unit 0; r 1; alpha 2; a 3; b 4)'::purchase_model;
SELECT 'bg_nbd(status good; users 1; loglik 0; r 1; alpha 2; a 3; b 4)'::purchase_model;
SELECT 'bg_nbd(status ok; users -1; loglik 0; r 1; alpha 2; a 3; b 4)'::purchase_model;
SELECT 'bg_nbd(status ok; users 1; r 1; alpha 2; a 3; b 4)'::purchase_model;
SELECT 'bg_nbd()'::purchase_model;
SELECT 'mbg_cnbd(r 1; alpha 2; a 3; b 4; k 13)'::purchase_model;
SELECT 'mbg_cnbd(r 1; alpha 2; a 3; b 4; k 1.5)'::purchase_model;
SELECT make_purchase_model('bg_nbd', 1, 2, 3);
SELECT make_purchase_model('pareto_nbd', 1, 2, 3, 4, 5);
SELECT make_purchase_model('bg_cnbd', 1, 2, 3, 4, 0);
SELECT make_purchase_model('bg_nbd', 1, 2, 3, 'NaN');
SELECT make_purchase_model('bg_nbd', 1, 2, 3, NULL);
SELECT make_purchase_model('auto', 1, 2, 3, 4);
SELECT with_unit(make_purchase_model('bg_nbd', 1, 2, 3, 4), 0);
SELECT with_unit(make_purchase_model('bg_nbd', 1, 2, 3, 4), 'infinity');
DROP TABLE models;
