# Ledgers of points against published examples and values worked out elsewhere.  They stand in a
# folder beside the project (or where USER_OPS_SHARED says); skipped where that is absent.
use strict;
use warnings;
use FindBin;
use JSON::PP;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $golden = ($ENV{USER_OPS_SHARED} || "$FindBin::RealBin/../../../shared") . '/golden/growth';
for my $file (qw(points_cases.json points_expiry.csv points_program.csv points_program_expected.json))
{
	plan skip_all => "no expected values: $golden/$file is absent" unless -r "$golden/$file";
}

my $node = PostgreSQL::Test::Cluster->new('golden_points');
$node->init(extra => [ '--encoding=UTF8', '--locale=C' ]);
$node->append_conf('postgresql.conf', "fsync = off\njit = off\nsearch_path = 'public, user_ops'\n");
$node->start;
$node->safe_psql('postgres', 'CREATE EXTENSION user_ops');

sub sql { return $node->safe_psql('postgres', $_[0]) }

# The lines of a file without its head, an empty field being NULL.
sub load_csv
{
	my ($file, $table, $columns) = @_;
	(my $lines = slurp_file("$golden/$file")) =~ s/\A[^\n]*\n|\r//g;
	sql("CREATE TABLE $table ($columns);\nCOPY $table FROM STDIN (FORMAT csv);\n$lines\\.\n");
	return;
}

# --- single ledgers, as of several days ---------------------------------------------

my $cases = slurp_file("$golden/points_cases.json");
sql("CREATE TABLE cases (c jsonb);\nINSERT INTO cases SELECT jsonb_array_elements(\$cases\$$cases\$cases\$)");
sql(<<'EOS');
CREATE VIEW readings AS
SELECT c ->> 'id' AS id, (e ->> 'as_of')::date AS as_of, e AS expected, l.ledger,
	   points_options((c ->> 'spend_order')::points_order, (c ->> 'inactive_days')::integer) AS options
FROM cases
CROSS JOIN LATERAL (
	SELECT points_agg(r.day, r.kind, r.points, r.expires_on) AS ledger
	FROM jsonb_to_recordset(c -> 'entries') AS r (day date, kind points_kind, points numeric, expires_on date)) AS l,
	jsonb_array_elements(c -> 'expected') AS e;
EOS
cmp_ok(sql('SELECT count(*) FROM readings'), '>=', 93, 'readings of ledgers');
is(sql(<<'EOS'), '', 'totals');
SELECT id, as_of, key, expected ->> key, of.value
FROM readings, points_totals(ledger, as_of, options) AS t,
	jsonb_each_text(to_jsonb(t) || jsonb_build_object('expiring_30_days', expiring(ledger, as_of, 30, options))) AS of (key, value)
WHERE of.value::numeric IS DISTINCT FROM (expected ->> key)::numeric OR t.balance IS DISTINCT FROM balance(ledger, as_of, options)
EOS
is(sql(<<'EOS'), '', 'lots, in their order');
SELECT id, as_of, expected -> 'lots', ours.lots
FROM readings, LATERAL (
	SELECT coalesce(jsonb_agg(jsonb_build_object('earn_day', earn_day, 'expires_on', expires_on, 'earned', trim_scale(earned)::text, 'used', trim_scale(used)::text,
		'expired', trim_scale(expired)::text, 'remaining', trim_scale(remaining)::text) ORDER BY ordinality), '[]') AS lots
	FROM lots(ledger, as_of, options) WITH ORDINALITY) AS ours
WHERE ours.lots <> expected -> 'lots'
EOS
is(sql(<<'EOS'), '', 'uses are what lots say was used');
SELECT id, as_of
FROM readings,
	LATERAL (SELECT coalesce(array_agg(l ORDER BY l), '{}') AS by_lots FROM (SELECT earn_day, expires_on, used FROM lots(ledger, as_of, options) WHERE used > 0) AS l) AS a,
	LATERAL (SELECT coalesce(array_agg(u ORDER BY u), '{}') AS by_uses FROM (SELECT earn_day, expires_on, sum(points) FROM uses(ledger, as_of, options) GROUP BY 1, 2) AS u) AS b
WHERE by_lots::text <> by_uses::text
EOS

# --- when points expire -------------------------------------------------------------

load_csv('points_expiry.csv', 'expiry', 'earn_day date, valid_days integer, valid_months integer, round_up period, expires_on date, source text');
cmp_ok(sql('SELECT count(*) FROM expiry'), '>=', 9, 'dates of expiry');
is(sql('SELECT e.*, points_expiry(earn_day, valid_days, valid_months, round_up) FROM expiry AS e WHERE points_expiry(earn_day, valid_days, valid_months, round_up) IS DISTINCT FROM expires_on'),
	'', 'points_expiry');

# --- a programme --------------------------------------------------------------------

load_csv('points_program.csv', 'program', 'user_id bigint, day date, kind points_kind, points numeric, expires_on date');
my $expected = slurp_file("$golden/points_program_expected.json");
sql(<<"EOS");
CREATE TABLE expected AS SELECT \$expected\$$expected\$expected\$::jsonb AS e;
CREATE TABLE ledgers AS SELECT user_id, points_agg(day, kind, points, expires_on) AS ledger FROM program GROUP BY user_id;
EOS
is(sql(<<'EOS'), '', 'totals over all users');
SELECT t, e -> 'totals'
FROM expected, LATERAL (
	SELECT sum(t.balance) AS balance, sum(earned) AS earned, sum(spent) AS spent, sum(reversed) AS reversed, sum(expired) AS expired, sum(debt) AS debt
	FROM ledgers, points_totals(ledger, (e ->> 'as_of')::date) AS t) AS t
WHERE EXISTS (SELECT FROM jsonb_each_text(to_jsonb(t)) AS of WHERE of.value::numeric IS DISTINCT FROM (e -> 'totals' ->> of.key)::numeric)
EOS


# --- the same through the views -----------------------------------------------------

sql(<<'EOS');
SET client_min_messages = warning;
SELECT FROM create_views('program', 'user_id', 'day', target_schema => 'shop', as_of => (SELECT e ->> 'as_of' FROM expected)::date, purchase_model => 'none');
SELECT FROM create_points_views('shop', 'program', 'user_id', 'day', 'points', kind => 'kind', expires_on => 'expires_on', point_value => (SELECT e -> 'liability' ->> 'point_value' FROM expected)::numeric);
CREATE FUNCTION near(a double precision, b double precision) RETURNS boolean LANGUAGE sql RETURN abs(a - b) <= 1e-11 * abs(b);
EOS
is(sql(<<'EOS'), '', 'points_users');
SELECT t, e -> 'totals'
FROM expected, (SELECT sum(balance) AS balance, sum(earned) AS earned, sum(spent) AS spent, sum(reversed) AS reversed, sum(expired) AS expired, sum(debt) AS debt, count(*) FILTER (WHERE balance > 0) AS users FROM shop.points_users) AS t
WHERE EXISTS (SELECT FROM jsonb_each_text(to_jsonb(t)) AS of WHERE of.value::numeric IS DISTINCT FROM (e -> 'totals' ->> of.key)::numeric)
EOS
is(sql(<<'EOS'), '', 'points_month');
SELECT coalesce(m.month, o.month), o, m
FROM shop.points_month AS o
FULL JOIN (SELECT m.* FROM expected, jsonb_to_recordset(e -> 'months') AS m (month date, opening numeric, earned numeric, spent numeric, reversed numeric, expired numeric, closing numeric, complete boolean)) AS m ON m.month = o.month
WHERE (o.opening_balance, o.earned, o.spent, o.reversed, o.expired, o.closing_balance, o.complete) IS DISTINCT FROM (m.opening, m.earned, m.spent, m.reversed, m.expired, m.closing, m.complete)
EOS
is(sql(<<'EOS'), 't|t|t|t|t', 'points_liability');
SELECT sum(outstanding) = (l ->> 'outstanding')::numeric, near(sum(expected_used), (l ->> 'expected_used')::double precision), near(sum(expected_breakage), (l ->> 'expected_breakage')::double precision),
	   near(sum(liability), (l ->> 'liability')::double precision), sum(outstanding) = sum(earned) - sum(used) - sum(v.expired)
FROM shop.points_liability AS v, (SELECT e -> 'liability' AS l FROM expected) AS x GROUP BY l
EOS
is(sql(<<'EOS'), '', 'the share of points unused, by age');
SELECT u.age, u.unused, c.survival
FROM expected, LATERAL (SELECT points_survival(points, (e ->> 'as_of')::date, points_options(), 0) AS s FROM shop.points) AS s,
	LATERAL jsonb_to_recordset(e -> 'use_curve') AS u (age integer, unused double precision)
FULL JOIN LATERAL survival_curve(s) AS c ON c.at_time = u.age
WHERE near(c.survival, u.unused) IS NOT TRUE
EOS
is(sql('SELECT sum(l.remaining) - sum(DISTINCT x.points), count(*) > 0 FROM shop.points AS p, lots(p.points, \'2024-07-19\') AS l, (SELECT sum(points) AS points FROM shop.points_expiring) AS x WHERE l.expires_on > \'2024-07-19\''), '0|t', 'points_expiring has all that is left');

$node->stop;
done_testing();
