# Sessions and paths against values worked out elsewhere: numbers of sessions, edges and
# transitions, and reports from public trackers.  The cases stand in a folder beside the
# project (or where USER_OPS_SHARED says); skipped where that is absent.
use strict;
use warnings;
use FindBin;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $shared = $ENV{USER_OPS_SHARED} || "$FindBin::RealBin/../../../shared";
my %file = map { $_ => "$shared/golden/journeys/$_.json" } qw(sessions paths issues);
for my $file (sort values %file)
{
	plan skip_all => "no expected values: $file is absent" unless -r $file;
}

my $node = PostgreSQL::Test::Cluster->new('golden_paths');
$node->init(extra => [ '--encoding=UTF8', '--locale=C' ]);
$node->append_conf('postgresql.conf', "fsync = off\njit = off\nsearch_path = 'public, user_ops'\ntimezone = 'UTC'\n");
$node->start;
$node->safe_psql('postgres', 'CREATE EXTENSION user_ops');

sub sql { return $node->safe_psql('postgres', $_[0]) }

# A table for each file: the case, its number, and how many there are.
my %cases;
for my $name (sort keys %file)
{
	my $text = slurp_file($file{$name});
	sql("CREATE TABLE $name AS SELECT n, c FROM jsonb_array_elements((\$golden\$$text\$golden\$::jsonb)->'cases') WITH ORDINALITY AS x (c, n)");
	$cases{$name} = sql("SELECT count(*) FROM $name");
}
cmp_ok($cases{sessions}, '>=', 60, 'cases of sessions');
cmp_ok($cases{paths}, '>=', 50, 'cases of paths');

# agree(NAME, DIFFERENCES, COMPARED): the first query, a row for each difference, has none; the second counts what it looked at.
sub agree
{
	my ($name, $differences, $compared) = @_;
	is(sql($differences), '', $name);
	cmp_ok(sql($compared), '>=', 90, '... all of them');
}

# --- sessions -----------------------------------------------------------------

sql(<<'EOS');
CREATE TABLE session_rows AS
SELECT n, i, to_timestamp(t::bigint) AS t, (c->'cut'->>(i - 1)::int)::boolean AS cut, c->'key'->>(i - 1)::int AS key, (c->'sessions'->>(i - 1)::int)::bigint AS expected,
	   (c->>'gap')::int * interval '1 second' AS gap, (c->>'max_length')::int * interval '1 second' AS max_length, c->>'midnight' AS midnight, c ? 'cut' OR c ? 'key' AS by_hand
FROM sessions, jsonb_array_elements_text(c->'times') WITH ORDINALITY AS x (t, i);
CREATE TABLE session_numbers AS
SELECT *, session_id(t, session_options(gap, max_length, midnight), cut, key) OVER (PARTITION BY n ORDER BY i) AS ours FROM session_rows;
CREATE TABLE session_spans AS
SELECT s.*, n FROM (SELECT n, gap, max_length, midnight, journey_agg(t, true ORDER BY random()) AS j FROM session_rows WHERE NOT by_hand GROUP BY n, gap, max_length, midnight) AS c,
	 sessions(j, gap, max_length => max_length, midnight_zone => midnight) AS s;
EOS
agree('session_id numbers rows as expected', 'SELECT n, i, expected, ours FROM session_numbers WHERE ours IS DISTINCT FROM expected', 'SELECT count(*) FROM session_numbers');
agree('... with the gap alone', 'SELECT * FROM (SELECT n, expected, session_id(t, gap) OVER (PARTITION BY n ORDER BY i) AS ours FROM session_rows WHERE NOT by_hand AND max_length IS NULL AND midnight IS NULL) AS s WHERE ours <> expected',
	'SELECT count(*) FROM session_rows WHERE NOT by_hand AND max_length IS NULL AND midnight IS NULL');
is(sql(q{SELECT count(*) FROM (SELECT expected, session_id(t, gap, cut) OVER (PARTITION BY n ORDER BY i) AS ours FROM session_rows AS r JOIN sessions USING (n) WHERE c ? 'cut' AND NOT c ? 'key' AND max_length IS NULL AND midnight IS NULL) AS s WHERE ours <> expected}),
	'0', '... and with a cut');
agree('sessions spans them', <<'EOS', 'SELECT count(*) FROM session_spans');
SELECT n, expected, session, from_time, started_at, to_time, ended_at, rows, events
FROM (SELECT n, expected, min(t) AS from_time, max(t) AS to_time, count(*) AS rows FROM session_rows WHERE NOT by_hand GROUP BY n, expected) AS e
FULL JOIN session_spans AS s USING (n) WHERE session = expected AND (from_time, to_time, rows) IS DISTINCT FROM (started_at, ended_at, events)
EOS
is(sql('SELECT n FROM session_rows WHERE NOT by_hand GROUP BY n HAVING max(expected) IS DISTINCT FROM (SELECT max(session) FROM session_spans AS s WHERE s.n = session_rows.n)'), '', '... and has no other ones');

# --- paths --------------------------------------------------------------------

# An option that a case does not have has its default.
sql(<<'EOS');
CREATE TABLE path_rows AS
SELECT n, u, to_timestamp((e->>0)::int) AS t, e->>1 AS name FROM paths, jsonb_each(c->'users') AS us (u, events), jsonb_array_elements(events) AS e;
CREATE TABLE path_cases AS
SELECT n, (c->>'gap')::int * interval '1 second' AS gap, coalesce((c->>'collapse')::boolean, true) AS collapse,
	   path_options(coalesce((c->>'max_depth')::int, 5), coalesce((c->>'collapse')::boolean, true), c->>'start_at', c->>'end_at', coalesce((c->>'reverse')::boolean, false), coalesce((c->>'exits')::boolean, true)) AS options
FROM paths;
CREATE TABLE path_journeys AS SELECT n, u, journey_agg(t, name ORDER BY random()) AS j FROM path_rows GROUP BY n, u ORDER BY random();
CREATE TABLE path_states AS
SELECT n, path_edges(j, gap, '2100-01-01', options) AS edges, transitions(j, gap, '2100-01-01', collapse) AS transitions FROM path_journeys JOIN path_cases USING (n) GROUP BY n;
CREATE TABLE path_parts AS
SELECT n, path_edges(j, gap, '2100-01-01', options) AS edges, transitions(j, gap, '2100-01-01', collapse) AS transitions FROM path_journeys JOIN path_cases USING (n) GROUP BY n, u::int % 3;
CREATE TABLE path_handles AS
SELECT n, path_edges(js, gap, '2100-01-01', options) AS edges, transitions(js, gap, '2100-01-01', collapse) AS transitions FROM (SELECT n, journeys_agg(u, t, name ORDER BY random()) AS js FROM path_rows GROUP BY n) AS h JOIN path_cases USING (n);
CREATE TABLE edges_expected AS
SELECT n, (e->>0)::int AS depth, e->>1 AS source, e->>2 AS target, (e->>3)::bigint AS sessions, (e->>4)::bigint AS users, (e->>5)::float8 AS average FROM paths, jsonb_array_elements(c->'edges') AS e;
CREATE TABLE transitions_expected AS
SELECT n, e->>0 AS source, e->>1 AS target, (e->>2)::bigint AS transitions, (e->>3)::float8 AS probability FROM paths, jsonb_array_elements(c->'transitions') AS e;
EOS
agree('edges are as expected', <<"EOS", 'SELECT count(*) FROM edges_expected');
WITH ours AS (SELECT n, e.* FROM path_states, edges(edges) AS e)
SELECT coalesce(e.n, o.n), e.depth, e.source, e.target, o.depth, o.source, o.target
FROM edges_expected AS e FULL JOIN ours AS o ON (o.n, o.depth, coalesce('=' || o.source, ''), coalesce('=' || o.target, '')) = (e.n, e.depth, coalesce('=' || e.source, ''), coalesce('=' || e.target, ''))
WHERE (e.sessions, e.users) IS DISTINCT FROM (o.sessions, o.users) OR (e.average IS NULL) <> (o.average_seconds IS NULL) OR abs(e.average - o.average_seconds) > 1e-6
EOS
agree('transitions are as expected', <<"EOS", 'SELECT count(*) FROM transitions_expected');
WITH ours AS (SELECT n, t.* FROM path_states, cells(transitions) AS t)
SELECT coalesce(e.n, o.n), e.source, e.target, o.source, o.target
FROM transitions_expected AS e FULL JOIN ours AS o ON (o.n, coalesce('=' || o.source, ''), coalesce('=' || o.target, '')) = (e.n, coalesce('=' || e.source, ''), coalesce('=' || e.target, ''))
WHERE e.transitions IS DISTINCT FROM o.transitions OR abs(e.probability - o.probability) > 1e-9
EOS
is(sql('SELECT count(*), count(*) FILTER (WHERE h.edges = s.edges AND h.transitions = s.transitions) FROM path_handles AS h JOIN path_states AS s USING (n)') =~ s/^(\d+)\|\1$/same/r, 'same', 'a handle of journeys says the same');
is(sql('SELECT count(*) FROM path_states AS s JOIN (SELECT n, rollup(edges) AS edges, rollup(transitions) AS transitions FROM path_parts GROUP BY n) AS p USING (n) WHERE p.edges <> s.edges OR p.transitions <> s.transitions'), '0', '... as do parts that are merged');

# --- reports ------------------------------------------------------------------

is(sql('SELECT count(*) FROM issues WHERE c->>\'kind\' = \'sessions\''), '3', 'reports about sessions');
for my $variant ([ 'midnight_utc', "'UTC'" ], [ 'no_midnight', 'NULL' ])
{
	my ($name, $zone) = @$variant;
	is(sql(<<"EOS"), '', "numbers of reports: $name");
SELECT c->>'source', i FROM (
	SELECT n, c, i, session_id(to_timestamp(t::int), session_options((c->'input'->>'gap')::int * interval '1 second', midnight_zone => $zone), NULL, NULL) OVER (PARTITION BY n ORDER BY i) AS ours
	FROM issues, jsonb_array_elements_text(c->'input'->'times') WITH ORDINALITY AS x (t, i)
	WHERE c->>'kind' = 'sessions' AND (c->'expected' ? '$name' OR jsonb_typeof(c->'expected') = 'array' AND '$name' = 'no_midnight')) AS s
WHERE ours::text IS DISTINCT FROM CASE jsonb_typeof(c->'expected') WHEN 'array' THEN c->'expected' ELSE c->'expected'->'$name' END->>(i - 1)::int
EOS
}
# read in several loads: journeys of the parts, merged
is(sql(<<'EOS'), '2 of 2', 'a session over two loads is one session');
WITH parts AS (
	SELECT n, c, p, journey_agg(to_timestamp((c->'input'->'times'->>i::int)::int), true) AS j
	FROM issues, jsonb_array_elements(c->'input'->'parts') WITH ORDINALITY AS x (part, p), jsonb_array_elements_text(part) AS i
	WHERE c->>'kind' = 'sessions' GROUP BY n, c, p
), whole AS (SELECT n, c, rollup(j ORDER BY p DESC) AS j FROM parts GROUP BY n, c)
SELECT count(*) FILTER (WHERE c->'expected' = (SELECT jsonb_agg(session ORDER BY session) FROM sessions(j, (c->'input'->>'gap')::int * interval '1 second'), generate_series(1, events))) || ' of ' || count(*) FROM whole
EOS
is(sql(<<'EOS'), 'PostHog#1686: same, PostHog#732: same', 'paths of reports');
WITH ours AS (
	SELECT n, path_edges(j, NULL, '2100-01-01') AS p
	FROM (SELECT n, u, journey_agg(to_timestamp((e->>0)::int), e->>1) AS j FROM issues, jsonb_each(c->'input'->'users') AS us (u, events), jsonb_array_elements(events) AS e WHERE c->>'kind' = 'paths' GROUP BY n, u) AS j GROUP BY n
)
SELECT string_agg(c->>'source' || CASE WHEN edges = expected THEN ': same' ELSE ': another' END, ', ' ORDER BY n)
FROM ours JOIN issues USING (n),
	 LATERAL (SELECT jsonb_agg(jsonb_build_array(depth, source, target, sessions) ORDER BY depth, source, target) AS edges FROM edges(p)) AS o,
	 LATERAL (SELECT jsonb_agg(e ORDER BY e->0, e->>1, e->>2) AS expected FROM jsonb_array_elements(c->'expected') AS e) AS e
EOS

$node->stop;
done_testing();
