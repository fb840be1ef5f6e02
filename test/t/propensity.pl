# How likely users are to buy: over users whose true probability is known, it is found and calibrated; and the views,
# stored and on the spot, with tenants and without, against plain SQL over the events.
#
# Takes minutes.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../lib";
use Oracle qw(oracle_server);
use Test::More;

my $node = oracle_server('propensity', qw(visit_features));
sub sql { return $node->safe_psql('postgres', "SET search_path = public, user_ops;\nSET client_min_messages = warning;\n$_[0]") }

# Users who look around on more or less days.  At two dates 60 days apart, and once more at as_of, each of those who never
# bought has the probability 1 / (1 + e^-x) of buying within 60 days, x = 0.4 - 1.1 idle + 0.5 visits - 0.02 age + 0.3 trend:
# chance decides who does, and on which day.
my $truth = '1 / (1 + exp(-(0.4 - 1.1 * idle + 0.5 * visits - 0.02 * age + 0.3 * trend)))';
sql(<<"EOS");
SELECT setseed(0.25);
CREATE TABLE events (user_id bigint, day date, amount numeric);
INSERT INTO events
SELECT u, date '2023-06-01' + floor(first + n * gap * (0.5 + random()))::integer, NULL
FROM (SELECT u, random() * 330 AS first, 2 + 25 * random() ^ 2 AS gap, (1 + 8 * random() ^ 3)::integer AS times FROM generate_series(1, 30000) AS u) AS p, generate_series(0, times) AS n;
DO \$\$
DECLARE
	split date;
BEGIN
	FOREACH split IN ARRAY '{2024-03-02,2024-05-01}'::date[] LOOP
		INSERT INTO events
		SELECT f.user_id, split + floor(60 * random())::integer, 1 + floor(90 * random())
		FROM oracle.visit_features(split) AS f
		WHERE NOT EXISTS (SELECT FROM events AS e WHERE e.user_id = f.user_id AND e.day < split AND e.amount IS NOT NULL) AND random() < $truth;
	END LOOP;
END \$\$;
DELETE FROM events WHERE day >= '2024-06-30';
SELECT FROM create_views('events', 'user_id', 'day', 'amount', 'shop', as_of => '2024-06-30', horizon_days => 60);
SELECT FROM create_propensity_views('shop');
EOS
my $actual = sql(q{SELECT count(*), sum(actual_buyers) > 1500 FROM shop.propensity_calibration WHERE method = 'visits'});
is($actual, '10|t', 'tenths of users who never bought, thousands of whom did');
my @off = split /\n/, sql(q{SELECT decile, users, predicted_probability, actual_probability FROM shop.propensity_calibration
	WHERE method = 'visits' AND abs(actual_probability - predicted_probability) > 3.5 * sqrt(predicted_probability * (1 - predicted_probability) / users)});
is("@off", '', '... each tenth as often as it says');
@off = split /\n/, sql(q{SELECT p.parameter, p.value, p.std_error FROM shop.propensity_fit, model_parameters(model) AS p
	JOIN (VALUES ('intercept', 0.4), ('idle', -1.1), ('visits', 0.5), ('age', -0.02), ('trend', 0.3)) AS t (parameter, value) USING (parameter) WHERE abs(p.value - t.value) > 4 * p.std_error});
is("@off", '', 'the model finds what was put in');
my ($gap, $users, $spread) = split /\|/, sql(qq{SELECT max(abs(buy_probability - p)), count(*) > 10000, max(p) - min(p) > 0.5
	FROM shop.propensity JOIN (SELECT user_id, $truth AS p FROM oracle.visit_features('2024-06-30')) AS t USING (user_id) WHERE method = 'visits'});
cmp_ok($gap, '<', 0.06, "no user's probability is off by as much as 6 percent");
is("$users $spread", 't t', '... of many users, whose probabilities differ');

# --- the views in plain SQL ---------------------------------------------------------

sql(<<'EOS');
DELETE FROM events WHERE user_id > 4000;
ALTER TABLE events ADD org text;
UPDATE events SET org = CASE WHEN user_id % 3 = 0 THEN 'few' ELSE 'many' END;
INSERT INTO events SELECT 10000 + n, date '2024-06-01', NULL, 'none' FROM generate_series(1, 3) AS n;
CREATE INDEX ON events (user_id, day);
INSERT INTO events SELECT user_id, day + 9 + user_id::integer % 40, 5, org FROM events WHERE amount > 20;
EOS
# What each user is as of a date, of a tenant or of all.
my $people = q{SELECT f.*, EXISTS (SELECT FROM events AS e WHERE e.user_id = f.user_id AND e.day < date '%1$s' AND e.amount IS NOT NULL) AS bought,
	EXISTS (SELECT FROM events AS e WHERE e.user_id = f.user_id AND e.day >= date '%1$s' AND e.day < date '%1$s' + %2$d AND e.amount IS NOT NULL) AS buys,
	CASE WHEN %3$s THEN (SELECT min(e.org) FROM events AS e WHERE e.user_id = f.user_id) END AS org
	FROM oracle.visit_features('%1$s') AS f};
my $fit = "SELECT org, feature_model(buys, ARRAY[idle, visits, age, trend], '{idle,visits,age,trend}') FILTER (WHERE NOT bought) AS model FROM (%s) AS p GROUP BY org";
$fit = "WITH m AS MATERIALIZED ($fit) SELECT * FROM m";
my $usable = q{status(model) IN ('ok', 'boundary')};
sub agree
{
	my ($what, $ours, $theirs) = @_;
	is(sql("WITH ours AS MATERIALIZED ($ours), theirs AS MATERIALIZED ($theirs) SELECT (SELECT count(*) > 2 FROM ours), (SELECT count(*) FROM (TABLE ours EXCEPT ALL TABLE theirs) AS s), (SELECT count(*) FROM (TABLE theirs EXCEPT ALL TABLE ours) AS s)"), 't|0|0', $what);
	return;
}
my $as_of = '2024-06-30';
for my $kind ([ 'shop', 'stored => true' ], [ 'live', 'stored => false' ], [ 'orgs', "tenant => 'org'" ], [ 'live_orgs', "tenant => 'org', stored => false" ])
{
	my ($schema, $how) = @$kind;
	my $by_org = $how =~ /tenant/ ? 'true' : 'false';
	my $org = $by_org eq 'true' ? 'v.org' : 'NULL::text';
	my $days = $schema eq 'shop' ? 60 : 45;

	sql("SELECT drop_views('$schema') WHERE to_regnamespace('$schema') IS NOT NULL");
	sql("SELECT FROM create_views('events', 'user_id', 'day', 'amount', '$schema', as_of => '$as_of', horizon_days => $days, $how);\nSELECT FROM create_propensity_views('$schema'" . ($days == 45 ? ', 45' : '') . ')');
	my @split = map { sql("SELECT date '$as_of' - $_ * $days") } 1, 2;
	my @people = map { sprintf $people, $_, $days, $by_org } @split;
	my $now = sprintf $people, $as_of, 0, $by_org;

	# of those who bought it is what users say; of the others the model of the last horizon, and its own features
	agree("$schema.propensity", "SELECT $org, v.user_id, round(v.buy_probability::numeric, 9), v.method FROM $schema.propensity AS v",
		"SELECT v.org, v.user_id, round((CASE WHEN v.bought THEN 1 - u.churn_risk WHEN $usable THEN 1 / (1 + exp(-(b[1] + b[2] * idle + b[3] * visits + b[4] * age + b[5] * trend))) END)::numeric, 9),
			CASE WHEN v.bought THEN u.churn_method WHEN $usable THEN 'visits' END
		FROM (WITH v AS MATERIALIZED ($now) SELECT * FROM v) AS v JOIN (WITH u AS MATERIALIZED (SELECT user_id, churn_risk, churn_method FROM $schema.users) SELECT * FROM u) AS u USING (user_id) LEFT JOIN (" . sprintf($fit, $people[0]) . ") AS m ON m.org IS NOT DISTINCT FROM v.org,
			LATERAL (SELECT array_agg(p.value ORDER BY p.place) AS b FROM model_parameters(m.model) WITH ORDINALITY AS p (name, value, error, place)) AS b");
	# a tenth by the place of the first of those with the same probability
	agree("$schema.propensity_calibration of visits", "SELECT $org, decile, users, round(predicted_probability::numeric, 9), round(actual_probability::numeric, 9), round(predicted_buyers::numeric, 6), actual_buyers FROM $schema.propensity_calibration AS v WHERE method = 'visits'",
		"SELECT org, 1 + 10 * (place - 1) / n, count(*), round(avg(p)::numeric, 9), round(avg(buys::integer), 9), round(sum(p)::numeric, 6), count(*) FILTER (WHERE buys)
		FROM (SELECT v.org, v.buys, v.p, rank() OVER (PARTITION BY v.org ORDER BY v.p) AS place, count(*) OVER (PARTITION BY v.org) AS n
			FROM (SELECT v.org, v.buys, predict(m.model, ARRAY[idle, visits, age, trend]) AS p FROM ($people[0]) AS v JOIN (" . sprintf($fit, $people[1]) . ") AS m ON m.org IS NOT DISTINCT FROM v.org WHERE NOT v.bought AND $usable) AS v) AS v
		GROUP BY 1, 2");
	# as churn_calibration has it, from the other end
	agree("$schema.propensity_calibration of buyers", "SELECT $org, method, decile, users, predicted_probability, actual_probability, predicted_buyers, actual_buyers FROM $schema.propensity_calibration AS v WHERE method <> 'visits'",
		"SELECT $org, churn_method, 11 - decile, users, 1 - predicted_risk, 1 - actual_risk, predicted_active, actual_active FROM $schema.churn_calibration AS v WHERE churn_method <> 'gaps'");
}
is(sql(q{SELECT method IS NULL AND buy_probability IS NULL, count(*) FROM orgs.propensity WHERE org = 'none' GROUP BY 1}), 't|3', 'where nobody buys nothing is said');

$node->stop;
done_testing();
