# What one user's readings and the models over all users say, held against
# plain SQL on many small tables; and values of the model types, mutated.

use strict;
use warnings;

use File::Basename;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $n_tables = 240;
my @bins = (5, 2, 3, 5, 4, 7, 5, 10, 12, 5, 100);
my $oracle_dir = dirname(__FILE__) . '/../oracle';

srand(20240301);

my $node = PostgreSQL::Test::Cluster->new('oracle_users');
$node->init;
$node->append_conf('postgresql.conf', "fsync = off\njit = off");
$node->start;
$node->safe_psql('postgres', 'CREATE EXTENSION user_ops');

# An amount with so many decimals, a small one so that there are ties.
sub amount
{
	my ($kind, $decimals) = @_;

	return 'NULL' if rand() < 0.2 || $kind eq 'visits';
	my $text = sprintf('%d', rand(40));
	$text .= '.' . join('', map { int(rand(10)) } 1 .. $decimals) if $decimals > 0 && rand() < 0.7;
	return "-$text" if $kind eq 'refunds' || rand() < 0.1;
	return $text;
}

# The rows of table number n: the kinds take turns.
sub rows
{
	my ($n) = @_;
	my $kind = ('any', 'any', 'one user', 'any', 'visits', 'any', 'refunds', 'any', 'empty', 'any')[ $n % 10 ];
	my $n_users = $kind eq 'one user' ? 1 : 1 + int(rand(25));
	my $days = (5, 40, 400)[ $n % 3 ];
	my @rows;

	return () if $kind eq 'empty';
	for my $user (1 .. $n_users)
	{
		for (1 .. 1 + int(rand(rand() < 0.3 ? 20 : 4)))
		{
			my $who = rand() < 0.02 ? 'NULL' : $user;
			my $when = rand() < 0.03 ? 'NULL' : sprintf(q{'2024-01-01'::date + %d}, rand($days));
			my $amount = amount($kind, $n % 10);
			# a refund of nothing is a purchase of nothing
			$amount =~ s/^-([0.]+)$/-1$1/ if $kind eq 'refunds';
			push @rows, "($who, $when, $amount)";
		}
	}
	return @rows;
}

my $script = qq{
\\set ON_ERROR_STOP on
SET client_min_messages = warning;
SET search_path = user_ops, public;
CREATE TEMP TABLE events (user_id bigint, day date, amount numeric);
CREATE TEMP TABLE activities (user_id bigint, activity activity);
\\i $oracle_dir/rfm.sql
\\i $oracle_dir/life_stage.sql
\\i $oracle_dir/churn.sql
};

for my $n (0 .. $n_tables - 1)
{
	my $has_amounts = $n % 4 != 3 ? 'true' : 'false';
	my $bins = $bins[ $n % @bins ];
	my $aggregate = $has_amounts eq 'true' ? 'activity_agg(day, amount)' : 'activity_agg(day)';
	my @rows = rows($n);

	$script .= "TRUNCATE events; TRUNCATE activities;\n";
	$script .= 'INSERT INTO events VALUES ' . join(', ', @rows) . ";\n" if @rows;
	$script .= "INSERT INTO activities SELECT user_id, $aggregate FROM events WHERE user_id IS NOT NULL GROUP BY user_id;\n";
	for my $as_of ("date '2024-01-01' + " . int(rand(50)), "date '2025-03-01'")
	{
		my $horizon = int(rand(200));

		$script .= qq{
CREATE TEMP TABLE ours AS
SELECT user_id, s.*, rfm_bits(model, activity, $as_of) AS bits
FROM activities, (SELECT rfm_model(activity, $as_of, $bins) AS model FROM activities) AS m, rfm(model, activity, $as_of) AS s
WHERE active_days(activity, $as_of) > 0;
SELECT 'table $n rfm: ' || count(*) FROM ((TABLE ours EXCEPT ALL SELECT * FROM oracle.rfm($as_of, $bins, $has_amounts))
	UNION ALL (SELECT * FROM oracle.rfm($as_of, $bins, $has_amounts) EXCEPT ALL TABLE ours)) AS d;
SELECT 'table $n one by one: ' || count(*) FROM ours JOIN activities USING (user_id), (SELECT rfm_model(activity, $as_of, $bins) AS model FROM activities) AS m
WHERE (r_score, f_score, m_score, rfm_score, segment)
	IS DISTINCT FROM (r_score(model, activity, $as_of), f_score(model, activity, $as_of), m_score(model, activity, $as_of), rfm_score(model, activity, $as_of), segment(model, activity, $as_of))
	OR (ours.recency_days IS NOT NULL AND (r_score, f_score, m_score)
	IS DISTINCT FROM (r_score(model, ours.recency_days), f_score(model, ours.frequency), m_score(model, ours.monetary)));
SELECT 'table $n split: ' || count(*) FROM (SELECT rfm_model(rollup(part)) AS model FROM (SELECT rfm_sample(activity, $as_of, $bins)::text::rfm_sample AS part FROM activities GROUP BY user_id % 3) AS p) AS split,
	(SELECT rfm_model(activity, $as_of, $bins) AS model FROM activities) AS whole
WHERE split.model::text::rfm_model IS DISTINCT FROM whole.model;
DROP TABLE ours;
SELECT 'table $n typical gap: ' || count(*) FROM (SELECT typical_gap(activity, $as_of) AS gap FROM activities) AS whole,
	(SELECT typical_gap(rollup(part)) AS gap FROM (SELECT gap_counts(activity, $as_of)::text::gap_counts AS part FROM activities GROUP BY user_id % 3) AS p) AS split
WHERE coalesce(whole.gap, 30) <> oracle.typical_gap($as_of) OR whole.gap IS DISTINCT FROM split.gap;
CREATE TEMP TABLE ours AS SELECT user_id, life_stage(activity, $as_of, gap)
FROM activities, (SELECT typical_gap(activity, $as_of) AS gap FROM activities) AS g WHERE active_days(activity, $as_of) > 0;
SELECT 'table $n life stage: ' || count(*) FROM ((TABLE ours EXCEPT ALL SELECT * FROM oracle.life_stage($as_of))
	UNION ALL (SELECT * FROM oracle.life_stage($as_of) EXCEPT ALL TABLE ours)) AS d;
DROP TABLE ours;
SELECT 'table $n churn: ' || count(*) FROM (SELECT user_id, churn_risk(activity, $as_of, $horizon, 1, gap) AS risk FROM activities, (SELECT typical_gap(activity, $as_of) AS gap FROM activities) AS g) AS ours
FULL JOIN oracle.churn_risk($as_of, $horizon, $has_amounts, (SELECT typical_gap(activity, $as_of) FROM activities)) AS theirs USING (user_id)
WHERE (risk IS NULL) <> (theirs.churn_risk IS NULL) OR abs(risk - theirs.churn_risk) > 1e-12;
};
	}
}

my ($status, $stdout, $stderr) = $node->psql('postgres', $script);
is($status, 0, 'the comparison ran to its end') or diag(substr($stderr, 0, 2000));
my @answers = grep { /^table/ } split /\n/, $stdout;
is(scalar(@answers), 12 * $n_tables, 'every question was answered');
is(join("\n", grep { !/: 0$/ } @answers), '', "our answers and those of plain SQL are the same on $n_tables tables");

# Mutated values: an error is one of class 22 or 54, and what is accepted is
# canonical after one round.
my $fuzzed = $node->safe_psql(
	'postgres', q{
SET search_path = user_ops, public;
SELECT setseed(0.5);
CREATE TEMP TABLE outcome (type text, state text, n int);
DO $do$
DECLARE
	activities activity[] := ARRAY(SELECT activity_agg(date '2024-01-01' + (i * 7 + j * j * 3) % 50, (i * 13 % 17) + j * 0.25 - 3)
								   FROM generate_series(1, 20) AS i, generate_series(0, i % 5) AS j GROUP BY i);
	seeds text[][] := ARRAY[
		['rfm_model', (SELECT rfm_model(a, '2024-03-01')::text FROM unnest(activities) AS a)],
		['rfm_model', make_rfm_model(ARRAY[7, 30], ARRAY[1, 3], ARRAY[9.5, 20], 12.25)::text],
		['rfm_model', 'rfm(bins 2; users 0)'],
		['rfm_sample', (SELECT rfm_sample(a, '2024-03-01', 3)::text FROM unnest(activities) AS a)],
		['rfm_sample', (SELECT rfm_sample('{2024-01-01:1}', '2024-03-01')::text)],
		['gap_counts', (SELECT gap_counts(a, '2024-03-01')::text FROM unnest(activities) AS a)],
		['purchase_model', (SELECT purchase_model(a, '2024-03-01')::text FROM unnest(activities) AS a)],
		['purchase_model', (SELECT purchase_model(a, '2024-03-01', 'pareto_nbd', purchase_options(prior => 'weak'))::text FROM unnest(activities) AS a)],
		['purchase_model', make_purchase_model('mbg_cnbd', 0.5, 6, 0.9, 1.6, 2)::text],
		['purchase_sample', (SELECT purchase_sample(a, '2024-03-01', 'auto')::text FROM unnest(activities) AS a)],
		['purchase_sample', (SELECT purchase_sample(i, i * 0.5, i + 1.25) FROM generate_series(0, 5) AS i)::text]];
	alphabet text := '0123456789abcdef+/,.; -()mx';
	chosen int;
	value text;
	first text;
	second text;
	state text;
BEGIN
	FOR round IN 1 .. 44000 LOOP
		chosen := 1 + round % 11;
		value := seeds[chosen][2];
		FOR change IN 1 .. 1 + (random() * 0.8)::int LOOP
			value := CASE (random() * 11)::int
				WHEN 0 THEN left(value, (random() * length(value))::int)
				WHEN 1 THEN overlay(value PLACING '' FROM 1 + (random() * length(value))::int FOR 1 + (random() * 3)::int)
				WHEN 2 THEN overlay(value PLACING substr(alphabet, 1 + (random() * 26)::int, 1) FROM 1 + (random() * length(value))::int FOR 0)
				WHEN 3 THEN value || substr(value, (random() * length(value))::int, 4)
				WHEN 4 THEN overlay(value PLACING substr(alphabet, 1 + (random() * 26)::int, 1) FROM 1 + (random() * length(value))::int FOR 1)
				ELSE regexp_replace(value, '\d', ((random() * 9)::int)::text, 3, 1 + (random() * regexp_count(value, '\d'))::int)
			END;
		END LOOP;
		BEGIN
			EXECUTE format('SELECT %L::%I::text', value, seeds[chosen][1]) INTO first;
			EXECUTE format('SELECT %L::%I::text', first, seeds[chosen][1]) INTO second;
			state := CASE WHEN first = second THEN '00000' ELSE 'not canonical' END;
			IF seeds[chosen][1] = 'rfm_sample' THEN
				PERFORM rfm_cuts(rfm_model(first::rfm_sample));
				PERFORM rfm_model(first::rfm_sample || seeds[chosen][2]::rfm_sample);
			ELSIF seeds[chosen][1] = 'gap_counts' THEN
				PERFORM typical_gap(first::gap_counts || first::gap_counts);
			ELSIF seeds[chosen][1] = 'purchase_sample' THEN
				PERFORM purchase_model(first::purchase_sample || first::purchase_sample);
			ELSIF seeds[chosen][1] = 'purchase_model' THEN
				PERFORM expected_purchases(first::purchase_model, 3, 20, 30, 50), churn_risk(first::purchase_model, 0, 0, 30, 50), model_parameters(first::purchase_model);
			ELSE
				PERFORM rfm_bits(first::rfm_model, a, '2024-03-01'), rfm_cuts(first::rfm_model) FROM unnest(activities) AS a;
			END IF;
		EXCEPTION WHEN OTHERS THEN
			state := SQLSTATE;
		END;
		INSERT INTO outcome VALUES (seeds[chosen][1], state, 1);
	END LOOP;
END $do$;
SELECT type, state, count(*) FROM outcome GROUP BY type, state ORDER BY type, state;
});
note($fuzzed);
my @outcomes = grep { /\|/ } split /\n/, $fuzzed;
is(join("\n", grep { !/\|(00000|22...|54...)\|/ } @outcomes), '', 'mutated values are accepted or refused with a clear error');
is(scalar(grep { /\|00000\|\d{3,}/ } @outcomes), 5, 'some mutated values of each type are accepted');

$node->stop;
done_testing();
