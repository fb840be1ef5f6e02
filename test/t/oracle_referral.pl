# Referral against recursive SQL: thousands of random graphs at once, of numbers and of texts,
# whole and merged of parts in any order; bytes order texts, whatever the collation; large
# states as text, and the limit of 512 MB.
#
# Takes minutes.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/../lib";
use Oracle qw(oracle_server mutated_values);
use PostgreSQL::Test::Utils;
use Test::More;

my $node = oracle_server('referral');
my $graphs = $ENV{USER_OPS_GRAPHS} || 2_000;
my $seed = ($ENV{USER_OPS_SEED} // 20240229) % 1000 / 1000;
my %type = (numbers => 'bigint', texts => 'text COLLATE "C"');

sub sql { return $node->safe_psql('postgres', "SET search_path = public, user_ops;\nSET work_mem = '256MB';\n$_[0]") }

# Invitations of a few users of few days, so that circles, ties and duplicates are common; of
# some graphs those among neighbours, or by few.
sql(<<"EOS");
CREATE TABLE drawn (graph int, a int, b int, day int, part int);
INSERT INTO drawn
WITH seeded AS MATERIALIZED (SELECT setseed($seed)),
	 graphs AS MATERIALIZED (SELECT g, 1 + (random() * (CASE WHEN g % 7 = 0 THEN 30 ELSE 9 END))::int AS users, (random() * 40)::int AS n, 1 + (random() ^ 3 * 60)::int AS days FROM seeded, generate_series(1, $graphs) AS g)
SELECT g, a, CASE g % 4 WHEN 0 THEN (a + 1) % users WHEN 1 THEN a + (random() * 2)::int ELSE b END, (random() * days)::int, (random() * 3)::int
FROM (SELECT *, floor(random() * CASE WHEN g % 5 = 0 THEN 3 ELSE users END)::int AS a, floor(random() * users)::int AS b FROM graphs, generate_series(1, n)) AS r;
EOS
for my $kind (sort keys %type)
{
	my $id = $kind eq 'numbers' ? '(%s * 1000003 - 4000000)::bigint' : q{(ARRAY['', 'a', 'A', 'ab', 'a b', 'Z', 'é', 'ß', '用户', '1', '10', '9'])[1 + %s %% 12] || CASE WHEN %1$s >= 12 THEN %1$s::text ELSE '' END};
	my ($inviter, $invitee) = map { sprintf $id =~ s/%s/%1\$s/r, $_ } qw(a b);

	sql(<<"EOS" . slurp_file("$FindBin::RealBin/../oracle/referral.sql") =~ s/^CREATE/ANALYZE;\nCREATE/mgr);
CREATE SCHEMA $kind;
SET search_path = $kind, public, user_ops;
CREATE TABLE invitations (graph int, as_of date, inviter $type{$kind}, invitee $type{$kind}, day date, part int);
INSERT INTO invitations SELECT graph, date '2024-01-01' + graph % 50, CASE WHEN a * b * day % 97 <> 5 THEN $inviter END, CASE WHEN a * b * day % 89 <> 7 THEN $invitee END, date '2024-01-01' + day, part FROM drawn;
EOS
	my $null = $kind eq 'numbers' ? 'NULL::bigint' : 'NULL::text';
	for my $how ('whole', 'merged')
	{
		sql(<<"EOS");
SET search_path = $kind, public, user_ops;
CREATE TABLE $how AS
SELECT graph, as_of, ${\($how eq 'whole' ? 'referral_agg(inviter, invitee, day)' : 'rollup(r::text::referrals ORDER BY part * 7919 % 11)')} AS r
FROM ${\($how eq 'whole' ? 'invitations' : '(SELECT graph, as_of, part, referral_agg(inviter, invitee, day) AS r FROM invitations GROUP BY graph, as_of, part) AS p')}
GROUP BY graph, as_of;
EOS
	}
	is(sql("SELECT count(*) FROM $kind.whole AS w JOIN $kind.merged AS m USING (graph) WHERE w.r IS DISTINCT FROM m.r"), '0', "$kind: merged of parts they are equal");
	my $compare = sub {
		my ($ours, $theirs) = @_;
		return split /\|/, sql(<<"EOS");
CREATE TEMP TABLE ours AS $ours;
CREATE TEMP TABLE theirs AS $theirs;
SELECT (SELECT count(*) FROM ours), (SELECT count(*) FROM (TABLE ours EXCEPT ALL TABLE theirs) AS d) + (SELECT count(*) FROM (TABLE theirs EXCEPT ALL TABLE ours) AS d);
EOS
	};
	my ($n, $differ) = $compare->("SELECT m.graph, t.* FROM $kind.merged AS m, referral_tree(m.r, m.as_of, $null) AS t", "SELECT * FROM $kind.oracle_tree");
	is($differ, 0, "$kind: trees are those of recursive SQL");
	cmp_ok($n, '>', 5 * $graphs, "... of $n users");
	($n, $differ) = $compare->("SELECT m.graph, c.* FROM $kind.merged AS m, referral_counts(m.r, m.as_of) AS c WHERE c.users > 0", "SELECT * FROM $kind.oracle_counts");
	is($differ, 0, "$kind: and so are counts");
	cmp_ok($n, '>', 0.8 * $graphs, "... of $n graphs");
	note("$kind: " . sql("SELECT 'circles ' || sum(cut_edges) || ', duplicates ' || sum(duplicates) || ', self-invitations ' || sum(self_invites) || ', generations ' || max(max_generation) FROM $kind.oracle_counts"));
	is(sql("SELECT count(*) FROM $kind.merged AS m, LATERAL (SELECT count(*) AS n, count(DISTINCT p.place) AS places, max(p.place) AS last FROM user_ops_internal.referral_places(m.r, m.as_of, $null) AS p) AS s WHERE (n, n) IS DISTINCT FROM (places, coalesce(last, 0))"),
		'0', "$kind: each user has a place");
	is(sql(<<"EOS"), '0', '... behind which stand those of his descendants');
SELECT count(*) FROM (SELECT m.graph, p.* FROM $kind.merged AS m, user_ops_internal.referral_places(m.r, m.as_of, $null) AS p WHERE m.graph <= 1000) AS u
JOIN (SELECT m.graph, p.* FROM $kind.merged AS m, user_ops_internal.referral_places(m.r, m.as_of, $null) AS p WHERE m.graph <= 1000) AS i ON i.graph = u.graph AND i.user_id = u.inviter
WHERE u.place <= i.place OR u.place + u.descendants > i.place + i.descendants
EOS
}

# --- bytes order texts, whatever the collation ------------------------------------------

SKIP:
{
	my $collation = sql(q{SELECT quote_ident(collname) FROM pg_collation WHERE collprovider = 'i' AND collname IN ('und-x-icu', 'en-x-icu') ORDER BY 1 LIMIT 1});
	skip 'no collation that is not by bytes', 2 if $collation eq '';
	is(sql("SELECT 'a' < 'B' COLLATE $collation"), 't', "$collation does not order by bytes");
	is(sql(qq{SELECT string_agg(user_id || ' by ' || inviter, ', ') FROM (SELECT referral_agg(i COLLATE $collation, 'c' COLLATE $collation, '2024-01-01') AS r FROM (VALUES ('a'), ('B')) AS v (i)) AS s, referral_tree(r, '2024-02-01', NULL::text) WHERE inviter IS NOT NULL}),
		'c by B', '... but of one day the inviter with the smaller bytes counts');
}

# --- much -----------------------------------------------------------------------------

is(sql(<<'EOS'), 't|999999|999999|1', 'a chain of a million');
SELECT (r::text)::referrals = r, c.invited_users, c.max_generation, c.roots FROM (SELECT referral_agg(n - 1, n, '2024-01-01') AS r FROM generate_series(1, 999999) AS n) AS s, referral_counts(r, '2025-01-01') AS c
EOS
is(sql(<<'EOS'), '999999|999999|1', 'a star of a million, and who stands in it');
SELECT max(descendants), sum(generation), count(*) FILTER (WHERE inviter IS NULL) FROM (SELECT referral_agg('centre', 'user ' || n, date '2024-01-01' + n % 300) AS r FROM generate_series(1, 999999) AS n) AS s, referral_tree(r, '2025-01-01', NULL::text)
EOS
my ($status, undef, $error) = $node->psql('postgres', q{SET search_path = public, user_ops; \set VERBOSITY verbose
	SELECT length(referral_agg(n || repeat('x', 1000000), n::text, '2024-01-01')::bytea) FROM generate_series(1, 600) AS n});
like($error, qr/54000: the referrals need more than 512 MB\n.*HINT:  Take ids of type bigint/s, 'past 512 MB: an error that says what to do');
is(sql(q{SELECT count(*) FROM (SELECT referral_agg(n || repeat('x', 1000000), n::text, '2024-01-01') AS r FROM generate_series(1, 200) AS n) AS s, referral_tree(r, '2025-01-01', NULL::text)}), '400', '... below it none');

# --- mutated states --------------------------------------------------------------------

sql('CREATE FUNCTION user_ops.users_of(referrals) RETURNS bigint LANGUAGE sql AS $$ SELECT users FROM user_ops.referral_counts($1, date \'2024-02-10\') $$');
mutated_values($node, 'referrals', 'WITH valid AS (SELECT r FROM numbers.merged WHERE graph % 500 = 1 UNION ALL SELECT r FROM texts.merged WHERE graph % 500 = 2)', 'users_of');
done_testing();
