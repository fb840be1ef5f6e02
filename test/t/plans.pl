# The plans behind the views: one user costs one user, columns not asked for
# cost nothing, and the metrics run in parallel.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('plans');
$node->init;
$node->append_conf('postgresql.conf', "fsync = off\nautovacuum = off\njit = off\nshared_buffers = 256MB\n");
$node->start;

sub sql { return $node->safe_psql('postgres', $_[0]) }
sub plan_of { return sql('SET parallel_setup_cost = 0; SET min_parallel_table_scan_size = 0;' .
	"SET max_parallel_workers_per_gather = 2; $_[1]; EXPLAIN (VERBOSE, COSTS OFF) $_[0]") }

sql(<<'SQL');
CREATE EXTENSION user_ops;
CREATE TABLE events AS
	SELECT i % 100000 AS u, timestamptz '2024-01-01 UTC' + (i * 31 % 200) * interval '1 day' AS t,
		   CASE WHEN i % 3 = 0 THEN i % 100 END AS a
	FROM generate_series(1, 400000) AS i;
VACUUM ANALYZE events;
SELECT user_ops.create_views('events', 'u', 't', 'a', 'shop', as_of => '2024-08-01');
VACUUM ANALYZE shop.activity;
SQL
is(sql('SELECT count(*) FROM shop.users'), 100000, '100 000 users');

# one user
my $one = plan_of('SELECT * FROM shop.users WHERE user_id = 4711', '');
like($one, qr/Index Scan using activity_pkey on shop\.activity/, 'one user is found by the primary key');
unlike($one, qr/Seq Scan on shop\.activity|Aggregate|Gather/, '... and nothing else is read');
my $some = plan_of('SELECT u.* FROM shop.users u WHERE u.user_id = ANY (ARRAY[1, 2, 3])', '');
like($some, qr/activity_pkey/, 'some users too');

# also where a view hands a domain and an enum out as plain types
sql(<<'SQL');
CREATE DOMAIN user_number AS integer;
CREATE TYPE side AS ENUM ('left', 'right');
CREATE VIEW typed AS SELECT u::user_number, t, a, (enum_range(NULL::side))[1 + u % 2] AS side FROM events;
SELECT user_ops.create_views('typed', 'u', 't', 'a', 'typed_shop', as_of => '2024-08-01', first_values => '{side}');
VACUUM ANALYZE typed_shop.activity;
SQL
my $typed = plan_of('SELECT * FROM typed_shop.users WHERE user_id = 4711', '');
like($typed, qr/Index Scan using activity_pkey on typed_shop\.activity/, 'a user by a number that is a domain too');
unlike($typed, qr/Seq Scan on typed_shop\.activity|Aggregate|Gather/, '... alone');
is(sql('SELECT pg_typeof(user_id), pg_typeof(side), side FROM typed_shop.users WHERE user_id = 4711'), 'integer|text|right', '... as a plain number and text');

# two columns
my $two = plan_of('SELECT user_id, segment FROM shop.users', 'SET max_parallel_workers_per_gather = 0');
like($two, qr/user_ops\.segment\(/, 'a column that was asked for is computed');
unlike($two, qr/churn_risk|life_stage|monetary|segment8|rfm_score|recency_days/, 'the others are not');
my $all = plan_of('SELECT * FROM shop.users', 'SET max_parallel_workers_per_gather = 0');
like($all, qr/$_\(/, "(while SELECT * computes $_)") for qw(churn_risk life_stage monetary segment8);
like(plan_of('SELECT * FROM shop.users', 'SET parallel_tuple_cost = 0'),
	qr/^Gather(?!.*Gather).*Join.*Parallel.* on shop\.activity/s, 'all users are read in parallel, columns and all');

# parallel aggregation, and the same rows as without
for my $view ('retention_week', 'retention_curve_month', 'lifecycle_day')
{
	my $parallel = plan_of("SELECT * FROM shop.$view", '');
	like($parallel, qr/Finalize Aggregate.*Gather.*Partial Aggregate.*Parallel.*Scan/s, "$view runs in parallel") or diag $parallel;
	is(sql("SET max_parallel_workers_per_gather = 0; SELECT count(*), md5(string_agg(v::text, ',' ORDER BY v::text)) FROM shop.$view AS v"),
		sql("SET parallel_setup_cost = 0; SET min_parallel_table_scan_size = 0; SELECT count(*), md5(string_agg(v::text, ',' ORDER BY v::text)) FROM shop.$view AS v"),
		'... with the same rows');
}
my $grouped = plan_of('SELECT a, user_ops.activity_agg(t, a) FROM events GROUP BY a', '');
like($grouped, qr/Finalize (Hash|Group)Aggregate.*Gather.*Partial (Hash|Group)Aggregate/s, 'activity_agg has partial aggregation') or diag $grouped;
like(plan_of('SELECT user_ops.rfm_model(activity, DATE $$2024-08-01$$, 5), user_ops.typical_gap(activity, DATE $$2024-08-01$$) FROM shop.activity', ''),
	qr/Finalize Aggregate.*Partial Aggregate/s, 'so has what a refresh computes');

# conditions and limits around a metric
is(sql(q{SELECT count(*) > 0, min(cohort) >= '2024-03-04' FROM shop.retention_week WHERE cohort >= '2024-03-04'}), 't|t', 'cohorts from a day on');
is(sql(q{SELECT count(*) FROM (SELECT * FROM shop.retention_week WHERE cohort >= '2024-03-04') AS t, (SELECT * FROM shop.retention_week) AS w
	WHERE t.cohort = w.cohort AND t.period_number = w.period_number AND t.retained_users <> w.retained_users}), 0, '... count the same');
is(sql('SELECT count(*) FROM (SELECT * FROM (SELECT * FROM shop.retention_week) AS t LIMIT 10) AS l'), 10, 'ten rows of it');
is(sql('SELECT count(*) FROM (SELECT * FROM (SELECT * FROM shop.users ORDER BY churn_risk DESC NULLS LAST) AS t LIMIT 10) AS l'), 10, '... and of users');

# the time that one user takes, beside a look-up of the stored row
sql(<<'SQL');
CREATE FUNCTION median_us(query text, OUT unprepared float8, OUT prepared float8) LANGUAGE plpgsql AS $$
DECLARE
	started timestamptz;
	took float8[];
BEGIN
	FOR kind IN 1 .. 2 LOOP
		IF kind = 2 THEN EXECUTE 'PREPARE look (bigint) AS ' || replace(query, '{}', '$1'); END IF;
		took := '{}';
		FOR i IN 1 .. 400 LOOP
			started := clock_timestamp();
			EXECUTE CASE kind WHEN 1 THEN replace(query, '{}', (i * 197 % 100000)::text)
							  ELSE format('EXECUTE look (%s)', i * 197 % 100000) END;
			took := took || 1e6 * extract(epoch FROM clock_timestamp() - started)::float8;
		END LOOP;
		IF kind = 1 THEN unprepared := percentile_cont(0.5) WITHIN GROUP (ORDER BY t) FROM unnest(took) AS t;
		ELSE prepared := percentile_cont(0.5) WITHIN GROUP (ORDER BY t) FROM unnest(took) AS t; END IF;
	END LOOP;
	DEALLOCATE look;
END $$;
SQL
my ($plain, $users) = map {
	[ split /\|/, sql("SELECT * FROM median_us('SELECT * FROM $_ WHERE user_id = {}')") ]
} ('shop.activity', 'shop.users');
for my $kind (0, 1)
{
	my $name = $kind ? 'prepared' : 'unprepared';
	my $times = $users->[$kind] / $plain->[$kind];
	cmp_ok($times, '<=', 20, sprintf '%s: one user takes %.0f us, a stored row %.0f us', $name, $users->[$kind], $plain->[$kind]);
	note(sprintf '%s: %.1f times a look-up of the stored row', $name, $times);
}

$node->stop;
done_testing();
