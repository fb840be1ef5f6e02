# Survival, spend, contract and feature models and lifetime values against
# numbers worked out elsewhere, on published data.  The data stand in a folder
# beside the project (or where USER_OPS_SHARED says); skipped where that is absent.
use strict;
use warnings;
use FindBin;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $shared = $ENV{USER_OPS_SHARED} || "$FindBin::RealBin/../../../shared";
my %file = (
	waltons   => "$shared/data/waltons.csv",
	cdnow     => "$shared/data/cdnow_sample_elog.csv",
	retention => "$shared/data/sbg_retention_fader_hardie_2007.csv",
	curve     => "$shared/golden/km_waltons_group.csv",
	gaps      => "$shared/golden/gap_survival.csv",
	sbg       => "$shared/golden/sbg_fader_hardie_2007.csv",
	fits      => "$shared/golden/fit_params.csv",
	literal   => "$shared/golden/literal_params.csv",
	customers => "$shared/golden/cdnow_customers20.csv",
	logistic  => "$shared/golden/cdnow_logistic_churn.csv",
	predicted => "$shared/golden/cdnow_logistic_pred20.csv");
for my $file (sort values %file)
{
	plan skip_all => "no expected values: $file is absent" unless -r $file;
}

my $node = PostgreSQL::Test::Cluster->new('golden_models');
$node->init;
$node->append_conf('postgresql.conf', "fsync = off\nautovacuum = off\njit = off\nsearch_path = 'public, user_ops'\n");
$node->start;
$node->safe_psql('postgres', 'CREATE EXTENSION user_ops');

sub sql { return $node->safe_psql('postgres', $_[0]) }

# Each file becomes a table; its columns are text, NA and NaN are NULL.
for my $name (sort keys %file)
{
	my $text = slurp_file($file{$name}) =~ s/\r//gr =~ s/\n*\z/\n/r;
	my ($header) = $text =~ /^(.*)$/m;
	my $columns = join ', ', map { qq{"$_" text} } split /,/, $header;
	$text =~ s/(?<=,)(NA|NaN)(?=,|$)//mg;
	sql("CREATE TABLE $name ($columns);\nCOPY $name FROM STDIN (FORMAT csv, HEADER);\n$text\\.\n");
}

# How far numbers are from the expected ones at most: within relative (or, of
# small ones, absolute) $tolerance; and that there are as many as there should be.
sub near
{
	my ($pairs, $n, $tolerance, $name) = @_;
	my ($count, $missing, $worst) = split /\|/, sql("SELECT count(*), count(*) FILTER (WHERE (ours IS NULL) <> (theirs IS NULL)),
		coalesce(max(abs(ours::float8 - theirs::float8) / greatest(1, abs(theirs::float8))), 0) FROM ($pairs) AS p (ours, theirs)");
	is("$count|$missing", "$n|0", "$name: all are there");
	cmp_ok($worst, '<=', $tolerance, "$name: at most $tolerance off");
	note("$name: $worst off");
}

# --- survival -----------------------------------------------------------------

sql(q{CREATE TABLE walton_groups AS SELECT 'grp=' || grp AS stratum, survival(time::float8, event = '1') AS s FROM waltons GROUP BY grp});
is(sql(q{SELECT count(*) FROM (SELECT stratum, c.* FROM walton_groups, survival_curve(s) AS c) AS c JOIN curve AS g
	ON g.stratum = c.stratum AND g.time::float8 = at_time AND g.n_risk::int = at_risk AND g.n_event::int = events AND g.n_censor::int = censored}), 33, 'times and counts of both groups');
for my $band (qw(plain log loglog))
{
	near("SELECT v.* FROM walton_groups, survival_curve(s, 0.95, '$band') AS c JOIN curve AS g ON g.time::float8 = at_time,
		LATERAL (VALUES (c.survival, g.surv::float8), (c.std_error, g.std_err::float8), (c.lower, g.lower_$band\::float8), (c.upper, g.upper_$band\::float8)) AS v WHERE g.stratum = walton_groups.stratum",
		132, 1e-9, "Kaplan-Meier with $band bands");
}
is(sql(q{SELECT stratum, m.* FROM walton_groups, median_survival(s, 0.95, 'log') AS m ORDER BY 1}), "grp=control|58|56|60\ngrp=miR-137|26|22|29", 'medians and their intervals, as R gives them');
is(sql(q{SELECT round(chi_square::numeric, 2), df, p_value < 1e-27 AND p_value > 1e-28 FROM (SELECT array_agg(s) AS g FROM walton_groups) AS v, log_rank(VARIADIC g)}), '122.25|1|t', 'log-rank of the groups, as published');

near(q{SELECT gap_survival(n_gaps::bigint, sum_gaps::float8, idle::float8, prior_shape::float8, prior_rate::float8, k::int), p_value_bayes FROM gaps}, 7, 1e-12, 'gap survival');
near(q{SELECT gap_survival_plugin(n_gaps::bigint, sum_gaps::float8, idle::float8, k::int), p_value_plugin FROM gaps}, 7, 1e-12, 'gap survival with the mean taken as known');

# --- contracts ----------------------------------------------------------------

sql(<<'EOS');
CREATE TABLE cohorts AS
SELECT cohort, year::int, round(1000 * (lag(share) OVER w - share))::bigint AS lost, round(1000 * lag(share) OVER w)::bigint AS at_risk
FROM retention, LATERAL (VALUES ('high_end', high_end::float8), ('regular', regular::float8)) AS v (cohort, share)
WINDOW w AS (PARTITION BY cohort ORDER BY year::int);
CREATE TABLE contracts AS
SELECT s.*, make_contract_model(alpha::float8, beta::float8) AS given,
	   (SELECT contract_model(year, c.lost, c.at_risk) FROM cohorts AS c WHERE c.cohort = s.cohort AND year BETWEEN 1 AND fit_periods::int) AS fitted
FROM sbg AS s;
EOS
is(sql(q{SELECT DISTINCT status(fitted), n_users(fitted) FROM contracts}), 'ok|1000', 'sBG fits');
near(q{SELECT loglik(fitted), loglik FROM contracts}, 4, 1e-11, 'sBG log-likelihood');
# The file's parameters stopped short of the maximum in the seventh digit, and all
# that follows from them in the eighth; so these are the values at the maximum, by
# Newton's method with 40 digits: alpha, beta, S(12), DEL and DERL (fifth period) at 10 %.
sql(<<'EOS');
CREATE TABLE exact (cohort, fit_periods, alpha, beta, s12, del, derl5) AS VALUES
	('high_end', 4, 1.280976380367425, 7.790384095263860, 0.307006658984453, 5.463809296790541, 5.873822536018775),
	('high_end', 7, 0.668088351106446, 3.806094964058266, 0.377999071597408, 5.922253495783275, 6.896706681429506),
	('regular', 4, 0.763665062564552, 1.295830272182502, 0.159539500687943, 3.621147753239594, 5.683810219213018),
	('regular', 7, 0.704077298473516, 1.182043026209475, 0.170037452811510, 3.694908427512110, 5.894095361380858);
EOS
near(q{SELECT v.* FROM contracts AS c JOIN exact AS e ON e.cohort = c.cohort AND e.fit_periods = c.fit_periods::int,
	LATERAL (VALUES ((SELECT value FROM model_parameters(fitted) WHERE parameter = 'alpha'), e.alpha), ((SELECT value FROM model_parameters(fitted) WHERE parameter = 'beta'), e.beta),
	(contract_survival(fitted, 12), e.s12), (discounted_lifetime(fitted, 0.1), e.del), (discounted_residual_lifetime(fitted, 0.1, 5), e.derl5)) AS v}, 20, 1e-11, 'sBG at its maximum');
near(q{SELECT (SELECT value FROM model_parameters(fitted) WHERE parameter = p), v FROM contracts, LATERAL (VALUES ('alpha', alpha), ('beta', beta)) AS x (p, v)}, 8, 2e-7, 'sBG parameters');
near(q{SELECT contract_survival(fitted, t::int), s FROM contracts, LATERAL (VALUES (1, "S1"), (2, "S2"), (3, "S3"), (4, "S4"), (5, "S5"), (6, "S6"), (7, "S7"), (8, "S8"), (9, "S9"), (10, "S10"), (11, "S11"), (12, "S12")) AS x (t, s)}, 48, 2e-8, 'sBG survival');
near(q{SELECT discounted_lifetime(fitted, 0.1), del_10pct FROM contracts}, 4, 5e-8, 'DEL');
near(q{SELECT discounted_residual_lifetime(fitted, 0.1, n), d FROM contracts, LATERAL (VALUES (1, derl_n1), (2, derl_n2), (3, derl_n3), (4, derl_n4), (5, derl_n5)) AS x (n, d)}, 20, 5e-8, 'DERL');
is(sql(q{SELECT round(discounted_residual_lifetime(fitted, 0.1, 8)::numeric, 3) FROM contracts WHERE cohort = 'high_end' AND fit_periods = '7'}), '7.530', 'DERL in the eighth year, as published');

# --- spend --------------------------------------------------------------------

sql(q{CREATE TABLE users AS SELECT customer_id, activity_agg(date::date, dollars::numeric) AS activity FROM cdnow GROUP BY 1});
sql(q{CREATE TABLE spend AS SELECT spend_model(activity, '1997-10-01') AS m FROM users});
is(sql('SELECT status(m), n_users(m), spend_left_out(m), round(spend_correlation(m)::numeric, 3) FROM spend'), 'ok|946|(1411,0)|0.114', 'Gamma-Gamma of CDNOW');
near(q{SELECT p.value / g.value::float8, 1 FROM spend, model_parameters(m) AS p JOIN fits AS g ON g.param = p.parameter WHERE g.model = 'gamma_gamma'}, 3, 1e-5, 'its parameters');
near(q{SELECT p.std_error / g.se::float8, 1 FROM spend, model_parameters(m) AS p JOIN fits AS g ON g.param = p.parameter WHERE g.model = 'gamma_gamma'}, 3, 1e-5, 'their standard errors');
near(q{SELECT loglik(m) - g.loglik::float8, 0 FROM spend, fits AS g WHERE g.model = 'gamma_gamma' AND g.param = 'p'}, 1, 1e-6, 'its log-likelihood');

sql(q{CREATE TABLE given AS SELECT make_spend_model(p[1], p[2], p[3]) AS spend, make_purchase_model('bg_nbd', VARIADIC b) AS purchases
	FROM (SELECT string_to_array(params, ' ')::float8[] AS p FROM literal WHERE model = 'gamma_gamma') AS s, (SELECT string_to_array(params, ' ')::float8[] AS b FROM literal WHERE model = 'bg_nbd') AS m});
near(q{SELECT expected_spend(spend, x::bigint, zbar::float8) / gg_espend::float8, 1 FROM given, customers}, 20, 1e-11, 'expected spend');
near(q{SELECT expected_spend(spend, activity, '1997-10-01') / gg_espend::float8, 1 FROM given, customers JOIN users USING (customer_id)}, 20, 1e-11, 'expected spend of activities');
near(q{SELECT clv(purchases, spend, x::bigint, t_x::float8, "T"::float8, zbar::float8, 12, 4.345, 0.01) / bg_clv12m_1pct::float8, 1 FROM given, customers}, 20, 1e-11, 'lifetime value');
near(q{SELECT clv(with_unit(purchases, 7), spend, activity, '1997-10-01', 365, 0.1), clv(purchases, spend, x::bigint, t_x::float8, "T"::float8, zbar::float8, 12, 365.25 / 84, 1.1 ^ (1 / 12.0) - 1) FROM given, customers JOIN users USING (customer_id)}, 20, 1e-2, 'lifetime value of activities (a year less six hours)');

# --- features -----------------------------------------------------------------

sql(<<'EOS');
CREATE TABLE churn AS SELECT customer_id, (churn_features(activity, '1997-10-01'))[1:3] AS features, NOT EXISTS (SELECT FROM cdnow AS c WHERE c.customer_id = u.customer_id AND date::date >= '1997-10-01') AS churned FROM users AS u;
CREATE TABLE churn_model AS SELECT feature_model(churned, features, ARRAY['log1p(idle)', 'log1p(x)', 'T']) AS m FROM churn;
EOS
near(q{SELECT p.value, l.coef FROM churn_model, model_parameters(m) AS p JOIN logistic AS l ON l.term = CASE parameter WHEN 'intercept' THEN '(Intercept)' ELSE parameter END}, 4, 1e-9, 'logistic coefficients');
near(q{SELECT p.std_error, l.se FROM churn_model, model_parameters(m) AS p JOIN logistic AS l ON l.term = CASE parameter WHEN 'intercept' THEN '(Intercept)' ELSE parameter END}, 4, 1e-9, 'their standard errors');
near(q{SELECT loglik(m), -1135.8429784482 FROM churn_model}, 1, 1e-12, 'the log-likelihood');
near(q{SELECT predict(m, features), p_churn FROM churn_model, churn JOIN predicted USING (customer_id)}, 20, 1e-9, 'predicted probabilities');
is(sql('SELECT status(m), n_rows(m), count(*), sum(churned::int) - round(sum(predict(m, features))::numeric, 6) FROM churn_model, churn GROUP BY 1, 2'), 'ok|2357|2357|0.000000', 'probabilities add up to those who left');

$node->stop;
done_testing();
