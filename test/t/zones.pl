# Days, weeks, months, quarters and years by the clocks of people, around every change of these clocks from
# 2020 to 2030 in six zones: a time every twenty minutes, and the moment of the change and its neighbours. A
# period begins at or before its time and ends after it, periods follow each other, and all of it is what
# AT TIME ZONE and date_trunc say. Everything of the catalogue that takes a zone is asked; one
# that is not known here fails.
use strict;
use warnings;
use FindBin;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('zones');
$node->init;
$node->append_conf('postgresql.conf', "fsync = off\njit = off\nautovacuum = off\nlog_statement = none\nsearch_path = 'user_ops, public'\nmax_parallel_workers_per_gather = 0\ntimezone = 'Pacific/Kiritimati'\n");
$node->start;

sub sql { return $node->safe_psql('postgres', $_[0]) }
my ($asked, $violations) = (0, 0);

# counts(QUERY, NAME): of a query that says how many it looked at and how many are wrong
sub counts
{
	my ($query, $name, $least) = @_;
	my ($n, $wrong) = split /\|/, sql($query);

	$asked += $n;
	$violations += $wrong;
	is($wrong, 0, "$name: $n");
	cmp_ok($n, '>=', $least // 1000, '... of which there are enough');
}

sql('CREATE EXTENSION user_ops');
sql(<<'EOS');
CREATE TABLE zones (zone text);
INSERT INTO zones VALUES ('Europe/Paris'), ('America/New_York'), ('Asia/Amman'), ('Australia/Lord_Howe'), ('Asia/Kathmandu'), ('Pacific/Apia');
CREATE TABLE changes AS
SELECT zone, at
FROM zones, generate_series(timestamptz '2020-01-01 00:00+00', '2031-01-01 00:00+00', '24 hours') AS day, generate_series(day + interval '10 minutes', day + interval '24 hours', '10 minutes') AS at
WHERE (day AT TIME ZONE zone) - (day AT TIME ZONE 'UTC') <> ((day + interval '24 hours') AT TIME ZONE zone) - ((day + interval '24 hours') AT TIME ZONE 'UTC')
  AND (at AT TIME ZONE zone) - (at AT TIME ZONE 'UTC') <> ((at - interval '10 minutes') AT TIME ZONE zone) - ((at - interval '10 minutes') AT TIME ZONE 'UTC')
-- these do not change any more, or only once: around the borders of their years
UNION ALL SELECT zone, make_timestamp(year, 1, 1, 0, 0, 0) AT TIME ZONE zone FROM (VALUES ('Asia/Kathmandu'), ('Pacific/Apia')) AS z (zone), generate_series(2020, 2030) AS year;
CREATE TABLE moments AS
SELECT row_number() OVER (ORDER BY zone, at) AS n, zone, at, (at AT TIME ZONE zone)::date AS day
FROM (SELECT DISTINCT zone, c.at + step AS at
	  FROM changes AS c, (SELECT n * interval '20 minutes' AS step FROM generate_series(-108, 108) AS n UNION ALL SELECT n * interval '1 microsecond' FROM generate_series(-1, 1) AS n) AS s) AS m;
CREATE TABLE grains (grain period, week_start week_start);
INSERT INTO grains SELECT p, 'monday'::week_start FROM unnest(enum_range(NULL::period)) AS p UNION ALL SELECT 'week', 'sunday';
-- the first day of a period, in plain SQL
CREATE FUNCTION trunc(day date, grain text, week_start text) RETURNS date LANGUAGE sql IMMUTABLE AS
$$ SELECT CASE week_start WHEN 'sunday' THEN date_trunc(grain, day::timestamp + '1 day')::date - 1 ELSE date_trunc(grain, day::timestamp)::date END $$;
ANALYZE;
EOS
my ($changes, $zones) = split /\|/, sql('SELECT count(*), count(DISTINCT zone) FROM changes');
is($zones, 6, "$changes changes and borders of years in six zones");
cmp_ok($changes, '>', 80, '... which are many');

# --- periods ---------------------------------------------------------------------

counts('SELECT count(*), count(*) FILTER (WHERE local_date(at, zone) IS DISTINCT FROM day) FROM moments', 'local_date', 15000);
counts(q{SELECT count(*), count(*) FILTER (WHERE first <> trunc(day, grain::text, week_start::text) OR NOT (starts <= at AND at < next) OR next_first <> trunc(next_first, grain::text, week_start::text)
		OR (starts AT TIME ZONE zone)::date <> first OR ((starts - interval '1 microsecond') AT TIME ZONE zone)::date >= first
		OR period_number(day, grain, week_start) + 1 <> period_number(next_first, grain, week_start))
	FROM (SELECT *, day_start(first, zone) AS starts, day_start(next_first, zone) AS next
		  FROM (SELECT m.zone, m.at, m.day, g.*, p.first, CASE grain WHEN 'day' THEN p.first + 1 WHEN 'week' THEN p.first + 7 ELSE (p.first + ('1 ' || replace(grain::text, 'quarter', 'month') || 's')::interval * CASE grain WHEN 'quarter' THEN 3 ELSE 1 END)::date END AS next_first
				FROM moments AS m, grains AS g, LATERAL (SELECT period_start(local_date(m.at, m.zone), grain, week_start) AS first OFFSET 0) AS p) AS s) AS s},
	'period(t) <= t < next, in all grains, and as date_trunc says', 80000);
counts(q{SELECT count(*), count(*) FILTER (WHERE before > number OR before < number - 1)
	FROM (SELECT period_number(local_date(at, zone), grain, week_start) AS number, lag(period_number(local_date(at, zone), grain, week_start)) OVER (PARTITION BY zone, grain, week_start, near ORDER BY at) AS before
		  FROM (SELECT *, count(*) FILTER (WHERE gap) OVER (PARTITION BY zone ORDER BY at) AS near FROM (SELECT *, at - lag(at) OVER (PARTITION BY zone ORDER BY at) > interval '20 minutes' AS gap FROM moments) AS m) AS m, grains) AS s}, 'periods follow each other', 80000);
counts('SELECT count(*), count(*) FILTER (WHERE moment_of(at AT TIME ZONE zone, zone::zone) IS DISTINCT FROM (at AT TIME ZONE zone) AT TIME ZONE zone) FROM moments', 'moment_of', 15000);
counts('SELECT count(*), count(*) FILTER (WHERE (day_start(d, zone) AT TIME ZONE zone)::date <> d OR ((day_start(d, zone) - interval $$1 microsecond$$) AT TIME ZONE zone)::date >= d) FROM (SELECT DISTINCT zone, day + i AS d FROM moments, generate_series(-1, 1) AS i) AS s', 'day_start', 300);

# --- aggregates and readings, of the catalogue ----------------------------------------

# how the result of an aggregate over the rows of one day says its day
my %says = (
	'activity_agg|lenient_activity_agg' => 'first_day(%1$s) = day AND last_day(%1$s) = day AND events(%1$s) = n',
	'basket_agg' => 'first_day(%1$s) = day AND last_day(%1$s) = day AND events(%1$s) = n',
	'population_agg|lenient_population_agg' => '(SELECT bool_and(first_day(activity) = day AND last_day(activity) = day) AND sum(events(activity)) = n FROM users(%1$s, NULL::int))',
	'baskets_agg' => '(SELECT bool_and(first_day(basket) = day AND last_day(basket) = day) AND sum(events(basket)) = n FROM users(%1$s, NULL::int))',
	'points_agg' => '(SELECT bool_and(r.day = d.day) AND sum(r.points) = n FROM points_rows(%1$s) AS r)',
	# the next day, and those before it, are too early
	'left_out_agg' => '(%1$s)::text = (0, 0, 0, 0, 0)::text OR %1$s IS NULL');
my %arguments = (anyelement => 1, 'timestamp with time zone' => 'at', text => 'zone', zone => 'zone::zone', date => 'day', points_kind => q{'earn'}, integer => 1, bigint => 1, smallint => 1, numeric => 1, 'double precision' => 1);
my @aggregates = map { [ split /\t/ ] } split /\n/, sql(q{SELECT concat_ws(E'\t', p.proname, p.oid::regprocedure, (SELECT string_agg(t::regtype::text, ',' ORDER BY n) FROM unnest(p.proargtypes) WITH ORDINALITY AS t (t, n)))
	FROM pg_proc AS p JOIN pg_aggregate AS a ON a.aggfnoid = p.oid, LATERAL (SELECT array_agg(a) AS names FROM unnest(p.proargnames) AS a) AS n
	WHERE p.pronamespace = 'user_ops'::regnamespace AND p.proargtypes::oid[] @> '{timestamptz}'::regtype[]::oid[] AND (p.proargtypes::oid[] @> '{zone}'::regtype[]::oid[] OR 'time_zone' = ANY (p.proargnames)
		OR p.proname ~ '^(activity|population|baskets|basket)_agg$' AND p.proargtypes[p.pronargs - 1] = 'text'::regtype) ORDER BY 1});
cmp_ok(scalar @aggregates, '>', 35, scalar(@aggregates) . ' aggregates take a zone');
for my $aggregate (@aggregates)
{
	my ($name, $signature, $types) = @$aggregate;
	my ($says) = map { $says{$_} } grep { $name =~ /^($_)$/ } keys %says;
	my @types = split /,/, $types;
	# text is an item before it is a zone; a date is the first that counts, or the one on which points expire
	my @arguments = map { $types[$_] eq 'text' && $_ < $#types ? q{'item'} : $types[$_] eq 'date' ? $name eq 'points_agg' ? 'day + 400' : 'day' : $arguments{ $types[$_] } // "what is $types[$_]?" } 0 .. $#types;

	ok(defined $says, "$signature: what does it say of its day?") or next;
	counts(sprintf(q{SELECT sum(n), coalesce(sum(n) FILTER (WHERE (%s) IS NOT TRUE), 0) FROM (SELECT day, count(*) AS n, %s(%s) AS made FROM (SELECT *, n %% 3 AS i FROM moments) AS m GROUP BY zone, day) AS d}, sprintf($says, 'made'), $signature =~ s/\(.*//r, join ', ', @arguments), $signature, 15000);
}
counts(q{SELECT count(*), count(*) FILTER (WHERE (left_out_reason(at, day + 1, zone::zone) IS NULL) OR left_out_reason(at, day, zone::zone) IS NOT NULL) FROM moments}, 'left_out_reason', 15000);

# what reads journeys
sql(q{CREATE TABLE of_zone AS SELECT zone, journey_agg(at, true, true) AS journey, count(*) AS n, count(DISTINCT day) AS days FROM moments GROUP BY zone});
counts(q{SELECT sum(n), count(*) FILTER (WHERE s.sessions <> days OR s.wrong > 0) FROM of_zone AS j, LATERAL (SELECT count(*) AS sessions, count(*) FILTER (WHERE (started_at AT TIME ZONE zone)::date <> (ended_at AT TIME ZONE zone)::date) AS wrong
	FROM sessions(journey, '36500 days', midnight_zone => zone)) AS s}, 'sessions, cut at midnight', 15000);
for my $zone (split /\n/, sql('SELECT zone FROM zones'))
{
	counts(qq{SELECT count(*), count(*) FILTER (WHERE session <> dense) FROM (SELECT session_id(at, session_options('36500 days', midnight_zone => '$zone'), false, NULL) OVER (ORDER BY at) AS session, dense_rank() OVER (ORDER BY day) AS dense FROM moments WHERE zone = '$zone') AS s},
		"session_id, cut at midnight in $zone");
}
counts(q{SELECT sum(n), sum(r.wrong) FROM of_zone AS j, grains AS g, LATERAL (SELECT count(*) FILTER (WHERE t.first IS NULL OR o.first IS NULL OR level <> 1) AS wrong
	FROM (SELECT period_start AS first, level FROM funnel_trend(journey, 1, '1 microsecond', grain, zone => zone, week_start => g.week_start)) AS t
	FULL JOIN (SELECT DISTINCT trunc(day, grain::text, g.week_start::text) AS first FROM moments AS m WHERE m.zone = j.zone) AS o USING (first)) AS r}, 'funnel_trend', 90000);
counts(q{SELECT sum(coalesce(c.n, o.n)), count(*) FILTER (WHERE c.n IS DISTINCT FROM o.n)
	FROM (SELECT zone, cohort AS day, cohort_size AS n FROM (SELECT zone, rolling_retention(journey, 1, 1, '1 day', 0, date '2040-01-01', rolling_retention_options(zone => zone)) AS r FROM (SELECT zone, n, journey_agg(at, true) AS journey FROM moments GROUP BY zone, n) AS j GROUP BY zone) AS s, cells(r)) AS c
	FULL JOIN (SELECT zone, day, count(*) AS n FROM moments GROUP BY zone, day) AS o USING (zone, day)}, 'rolling_retention', 15000);

# --- nothing of the catalogue is forgotten ----------------------------------------------

my @known = (map({ $_->[0] } @aggregates), qw(local_date moment_of day_start left_out_reason sessions session_options funnel_trend rolling_retention_options));
my @views = qw(create_views create_session_view create_points_views create_identity_views create_person_view);    # which write queries with these
is(sql("SELECT DISTINCT p.proname FROM pg_proc AS p, unnest(p.proargtypes) WITH ORDINALITY AS t (type, n) WHERE p.pronamespace = 'user_ops'::regnamespace AND (t.type = 'zone'::regtype OR p.proargnames[n] LIKE '%zone%')
	AND NOT p.proname = ANY ('{" . join(',', @known, @views) . "}')"), '', 'whatever takes a zone is asked');
note("figure: $changes changes in $zones zones, $asked times asked, $violations violations");
$node->stop;
done_testing();
