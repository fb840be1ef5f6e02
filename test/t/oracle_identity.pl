# Identity against recursive SQL: thousands of random graphs at once, with ids of numbers, of texts
# and of both, whole and merged of parts in any order; rows stitched, against SQL that looks
# for each of them among all others; a large graph, and the limit of 512 MB.
#
# Takes minutes.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/../lib";
use Oracle qw(oracle_server mutated_values);
use PostgreSQL::Test::Utils;
use Test::More;

my $node = oracle_server('identity');
my $graphs = $ENV{USER_OPS_GRAPHS} || 1_500;
my $seed = ($ENV{USER_OPS_SEED} // 20240229) % 1000 / 1000;

sub sql { return $node->safe_psql('postgres', "SET search_path = public, user_ops;\nSET work_mem = '256MB';\n$_[0]") }

# How many rows of both, and how many that one of them has alone.
sub compare
{
	my ($schema, $ours, $theirs) = @_;
	return split /\|/, sql(<<"EOS");
SET search_path = $schema, public, user_ops;
CREATE TEMP TABLE ours AS $ours;
CREATE TEMP TABLE theirs AS $theirs;
SELECT (SELECT count(*) FROM ours), (SELECT count(*) FROM (TABLE ours EXCEPT ALL TABLE theirs) AS d) + (SELECT count(*) FROM (TABLE theirs EXCEPT ALL TABLE ours) AS d);
EOS
}

# Logins of a few devices and users on few days, so that chains, shared devices and ties are common.
sql(<<"EOS");
CREATE TABLE drawn (graph int, a int, b int, day int, part int);
CREATE TABLE questions (graph int PRIMARY KEY, as_of date, mode user_ops.identity_mode, max_users int, max_ids int);
INSERT INTO drawn
WITH seeded AS MATERIALIZED (SELECT setseed($seed)),
	 graphs AS MATERIALIZED (SELECT g, 1 + (random() * (CASE WHEN g % 7 = 0 THEN 20 ELSE 7 END))::int AS ids, (random() * 30)::int AS n, 1 + (random() ^ 3 * 60)::int AS days FROM seeded, generate_series(1, $graphs) AS g)
SELECT g, a, CASE g % 3 WHEN 0 THEN (a + (random() * 1.5)::int) % ids ELSE b END, (random() * days)::int, (random() * 3)::int
FROM (SELECT *, floor(random() * CASE WHEN g % 5 = 0 THEN 3 ELSE ids END)::int AS a, floor(random() * ids)::int AS b FROM graphs, generate_series(1, n)) AS r;
INSERT INTO questions SELECT g, date '2024-01-01' + g % 50, (enum_range(NULL::user_ops.identity_mode))[1 + g % 3], 1 + g % 4, 2 + g % 11 FROM generate_series(1, $graphs) AS g;
EOS
my $number = '(%s * 1000003 - 4000000)::bigint';
my $text = q{(ARRAY['', 'a', 'A', 'ab', 'a b', 'Z', 'é', 'ß', '用户', '1', '10', '9'])[1 + %1$s %% 12] || CASE WHEN %1$s >= 12 THEN %1$s::text ELSE '' END};
for my $kind ([ 'numbers', 'bigint', 'bigint' ], [ 'texts', 'text', 'text' ], [ 'mixed', 'text', 'bigint' ], [ 'turned', 'bigint', 'text' ])
{
	my ($schema, @types) = @$kind;
	my ($device, $user) = map { sprintf(($types[$_] eq 'text' ? $text : $number) =~ s/%s/%1\$s/r, $_ ? 'b' : 'a') } 0, 1;
	my ($device_type, $user_type) = map { $_ eq 'text' ? 'text COLLATE "C"' : $_ } @types;

	sql(<<"EOS" . slurp_file("$FindBin::RealBin/../oracle/identity.sql") =~ s/^CREATE MAT/ANALYZE;\nCREATE MAT/mgr);
CREATE SCHEMA $schema;
SET search_path = $schema, public, user_ops;
CREATE TABLE logins (graph int, a $device_type, u $user_type, day date, part int);
INSERT INTO logins SELECT graph, CASE WHEN a * b * day % 97 <> 5 THEN $device END, CASE WHEN a * b * day % 89 <> 7 THEN $user END, date '2024-01-01' + day, part FROM drawn;
CREATE TABLE whole AS SELECT graph, identity_agg(a, u, day) AS g FROM logins GROUP BY graph;
CREATE TABLE merged AS SELECT graph, rollup(g::text::identity_graph ORDER BY part * 7919 % 11) AS g FROM (SELECT graph, part, identity_agg(a, u, day) AS g FROM logins GROUP BY graph, part) AS p GROUP BY graph;
EOS
	is(sql("SELECT count(*) FROM $schema.whole AS w JOIN $schema.merged AS m USING (graph) WHERE w.g IS DISTINCT FROM m.g"), '0', "$schema: merged of parts they are equal");
	my $options = 'identity_options(q.mode, q.max_users, q.max_ids)';
	my ($n, $differ) = compare($schema, "SELECT m.graph, i.* FROM merged AS m JOIN questions AS q USING (graph), identity_map(m.g, q.as_of, NULL::text, $options) AS i", 'SELECT * FROM oracle_map');
	is($differ, 0, "$schema: persons are those of recursive SQL");
	cmp_ok($n, '>', 5 * $graphs, "... $n ids");
	($n, $differ) = compare($schema, "SELECT m.graph, c.* FROM merged AS m JOIN questions AS q USING (graph), identity_counts(m.g, q.as_of, $options) AS c WHERE c.logins > 0", 'SELECT * FROM oracle_counts');
	is($differ, 0, "$schema: and so are counts");
	cmp_ok($n, '>', 0.8 * $graphs, "... of $n graphs");
	($n, $differ) = compare($schema, "SELECT m.graph, s.* FROM merged AS m JOIN questions AS q USING (graph), identity_suspects(m.g, q.as_of, NULL::text, $options) AS s", 'SELECT * FROM oracle_suspects');
	is($differ, 0, "$schema: and suspects");
	cmp_ok($n, '>', 0.5 * $graphs, "... $n of them");
	($n, $differ) = compare($schema, "SELECT graph, string_agg(ids || status, ',' ORDER BY o) FROM merged AS m JOIN questions AS q USING (graph), identity_suspects(m.g, q.as_of, NULL::text, $options) WITH ORDINALITY AS s (status, id, ids, users, logins, o) GROUP BY graph",
		q{SELECT graph, string_agg(ids || status, ',' ORDER BY ids DESC, status DESC) FROM oracle_suspects GROUP BY graph});
	is($differ, 0, "$schema: ... the largest first");
	note("$schema: " . sql("SELECT string_agg(status || ' ' || n, ', ' ORDER BY status) FROM (SELECT status, count(*) AS n FROM $schema.oracle_map GROUP BY status) AS s") . ', united ' . sql("SELECT count(*) FROM $schema.oracle_map WHERE users > 1 AND status = 'ok'"));
}
is(sql(<<'EOS'), '0', 'numbers are read as bigint, and as text');
SELECT count(*) FROM (SELECT m.graph, i.kind, i.id::text, i.canonical_id::text, i.status FROM numbers.merged AS m JOIN questions AS q USING (graph), identity_map(m.g, q.as_of, NULL::bigint, identity_options(q.mode, q.max_users, q.max_ids)) AS i
	EXCEPT SELECT graph, kind, id, canonical_id, status FROM numbers.oracle_map) AS d
EOS
is(sql(<<'EOS'), '0', 'rows come by kind and by id');
SELECT count(*) FROM (SELECT i.kind, i.id, lag((i.kind, i.id COLLATE "C")) OVER (PARTITION BY m.graph ORDER BY o) AS before FROM texts.merged AS m, identity_map(m.g, '2025-01-01', NULL::text) WITH ORDINALITY AS i (kind, id, canonical_id, status, ids, users, o)) AS s
WHERE (kind, id COLLATE "C") <= before
EOS

# --- who was it then -------------------------------------------------------------------

# Devices with few instants, of which some have several rows, and users on some of them.
sql(<<"EOS");
CREATE TABLE seen AS
WITH seeded AS MATERIALIZED (SELECT setseed($seed)), devices AS MATERIALIZED (SELECT d, (random() * 12)::int AS n, random() AS known, 1 + (random() * 20)::int AS span FROM seeded, generate_series(1, 4 * $graphs) AS d)
SELECT row_number() OVER () AS n, d, CASE WHEN random() < 0.97 THEN timestamptz '2024-01-01Z' + floor(random() * span) * interval '17 hours' END AS t, CASE WHEN random() < known THEN (ARRAY['', 'a', 'ab', 'Z', 'é', 'b'])[1 + floor(random() * 6)::int] END AS who
FROM devices, generate_series(1, devices.n);
CREATE INDEX ON seen (d);
ANALYZE seen;
EOS
for my $lookback ('0', '17 hours', '3 days', '1000 days')
{
	# Each row asks all rows of its device.
	my $theirs = <<"EOS";
SELECT s.n, coalesce(s.who, (SELECT o.who FROM seen AS o WHERE o.d = s.d AND o.who IS NOT NULL AND o.t <= s.t ORDER BY o.t DESC, o.who COLLATE "C" LIMIT 1),
	(SELECT o.who FROM seen AS o WHERE o.d = s.d AND o.who IS NOT NULL AND o.t > s.t AND o.t <= s.t + interval '$lookback' ORDER BY o.t, o.who COLLATE "C" LIMIT 1)) AS who FROM seen AS s
EOS
	my ($n, $differ) = compare('public', "SELECT n, stitched_user(who, t, '$lookback') OVER (PARTITION BY d ORDER BY t, n) AS who FROM seen", $theirs);
	is($differ, 0, "stitched over $lookback: as SQL finds them");
	cmp_ok($n, '>', 15 * $graphs, "... $n rows");
	(undef, $differ) = compare('public', "SELECT n, stitched_user(ascii(who)::bigint, t AT TIME ZONE 'UTC', '$lookback') OVER (PARTITION BY d ORDER BY t NULLS FIRST, n DESC) AS who FROM seen",
		$theirs =~ s/\bFROM seen AS o\b/FROM (SELECT d, t, ascii(who)::bigint AS who FROM seen) AS o/gr =~ s/ COLLATE "C"//gr =~ s/coalesce\(s\.who/coalesce(ascii(s.who)::bigint/r);
	is($differ, 0, '... and of numbers, local times, and rows in another order');
}

# --- much -----------------------------------------------------------------------------

is(sql(<<'EOS'), 't|1000000|1000000|250000|4', 'a million devices, four of each user');
SELECT (g::text)::identity_graph = g, c.logins, c.anonymous_ids, c.persons, c.largest - 1 FROM (SELECT identity_agg('device ' || n, n / 4, date '2024-01-01' + n % 300) AS g FROM generate_series(0, 999999) AS n) AS s, identity_counts(g, '2025-01-01') AS c
EOS
is(sql(<<'EOS'), '1|1000001|500001|u0', 'a chain of a million ids is one person');
SELECT count(DISTINCT canonical_id), count(*), max(users), min(canonical_id) FROM (SELECT identity_agg('d' || n / 2, 'u' || (n + 1) / 2, date '2024-01-01' + n / 10000) AS g FROM generate_series(0, 999999) AS n) AS s, identity_map(g, '2025-01-01', NULL::text, identity_options('components', max_ids => 2000000))
EOS
is(sql(<<'EOS'), '1|1000001|0', 'a kiosk of a million users is nobody\'s');
SELECT count(*) FILTER (WHERE canonical_id IS NULL), count(*), count(*) FILTER (WHERE ids <> 1) FROM (SELECT identity_agg(1, n, '2024-01-01') AS g FROM generate_series(1, 1000000) AS n) AS s, identity_map(g, '2025-01-01', NULL::bigint, identity_options('components'))
EOS
my ($status, undef, $error) = $node->psql('postgres', q{SET search_path = public, user_ops; \set VERBOSITY verbose
	SELECT length(identity_agg(n || repeat('x', 245), n, '2024-01-01')::bytea) FROM generate_series(1, 2000000) AS n});
like($error, qr/54000: the graph of logins needs more than 512 MB\n.*HINT:  Give each pair of ids/s, 'past 512 MB: an error that says what to do');

# --- mutated states --------------------------------------------------------------------

sql('CREATE FUNCTION user_ops.persons_of(identity_graph) RETURNS bigint LANGUAGE sql AS $$ SELECT persons FROM user_ops.identity_counts($1, date \'2024-02-10\', user_ops.identity_options(\'components\')) $$');
mutated_values($node, 'identity_graph', join(' UNION ALL ', 'WITH valid AS (SELECT g FROM numbers.merged WHERE graph % 500 = 1', 'SELECT g FROM texts.merged WHERE graph % 500 = 2', 'SELECT g FROM mixed.merged WHERE graph % 500 = 3)'), 'persons_of');
done_testing();
