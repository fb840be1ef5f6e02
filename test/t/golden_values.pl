# Tiers of value against values worked out elsewhere.  They stand in a folder beside the
# project (or where USER_OPS_SHARED says); skipped where that is absent.
use strict;
use warnings;
use FindBin;
use JSON::PP;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $shared = $ENV{USER_OPS_SHARED} || "$FindBin::RealBin/../../../shared";
my $tiers = "$shared/golden/growth/value_tiers.json";
my $log = "$shared/data/cdnow_sample_elog.csv";
for my $file ($tiers, $log)
{
	plan skip_all => "no expected values: $file is absent" unless -r $file;
}

my $node = PostgreSQL::Test::Cluster->new('golden_values');
$node->init(extra => [ '--encoding=UTF8', '--locale=C' ]);
$node->append_conf('postgresql.conf', "fsync = off\njit = off\nsearch_path = 'public, user_ops'\n");
$node->start;
$node->safe_psql('postgres', 'CREATE EXTENSION user_ops');
sub sql { return $node->safe_psql('postgres', $_[0]) }
sub near { return cmp_ok(abs($_[0] - $_[1]), '<', 1e-15, "$_[2]: $_[0]") }

my $expected = decode_json(slurp_file($tiers));
my $small = $expected->{small};
my $values = join ', ', map { "('$_', $small->{values}{$_})" } sort keys %{ $small->{values} };
sql("CREATE TABLE worth (user_id text, value numeric);\nINSERT INTO worth VALUES $values");
is(sql(q{SELECT string_agg(user_id || ' ' || value_tier(value, cuts), ', ' ORDER BY user_id) FROM worth, (SELECT value_cuts(value_sample(value)) AS cuts FROM worth) AS c}),
	join(', ', map { "$_ $small->{tiers}{$_}" } sort keys %{ $small->{tiers} }), 'the tier of each');
near(sql('SELECT gini(value_sample(value)) FROM worth'), $small->{gini}, 'gini');
my $textbook = $expected->{textbook};
near(sql("SELECT gini(value_sample(v)) FROM unnest('$_->[0]'::numeric[]) AS v"), $_->[1], "gini of $_->[0]")
  for [ '{1,2,3,4}', $textbook->{gini_1234} ], [ '{7,7,7}', $textbook->{equal} ], [ '{0,0,5,0}', $textbook->{one_of_four} ];

my $cdnow = $expected->{cdnow};
sql("CREATE TABLE cdnow (customer_id int, day date, cds int, dollars numeric);\nCOPY cdnow FROM STDIN (FORMAT csv, HEADER);\n" . slurp_file($log) =~ s/\r//gr =~ s/\n*\z/\n/r . "\\.\n");
my $wanted = join "\n", map { my $t = $cdnow->{tiers}{$_}; "$_|$t->{users}|" . ($t->{revenue} + 0) } sort keys %{ $cdnow->{tiers} };
for my $stored ('true', 'false')
{
	sql("SELECT count(*) FROM create_views('cdnow', 'customer_id', 'day', 'dollars', 'shop', as_of => '$cdnow->{as_of}', stored => $stored)");
	is(sql('SELECT tier, users, trim_scale(revenue) FROM shop.value_tiers ORDER BY tier'), $wanted, "CDNOW, stored $stored");
	is(sql('SELECT value_tier, count(*), trim_scale(sum(monetary)) FROM shop.users GROUP BY 1 ORDER BY 1'), $wanted, "CDNOW, each user, stored $stored");
	near(sql('SELECT DISTINCT gini FROM shop.value_tiers'), $cdnow->{gini}, 'CDNOW, gini');
	sql(q{SELECT drop_views('shop')});
}
is(sql("SELECT tier, users, trim_scale(revenue) FROM value_tiers((SELECT value_sample(a, '$cdnow->{as_of}') FROM (SELECT activity_agg(day, dollars) AS a FROM cdnow GROUP BY customer_id) AS a)) ORDER BY 1"), $wanted, 'CDNOW, from activities');

# Of what is to come, with other shares, in plain SQL over the view itself.
for my $stored ('true', 'false')
{
	sql("SELECT count(*) FROM create_views('cdnow', 'customer_id', 'day', 'dollars', 'shop', as_of => '$cdnow->{as_of}', stored => $stored, value_by => 'clv', value_shares => '{0.5,0.8,0.95}')");
	is(sql(<<'SQL'), 't|2357|t', "tiers of clv_365d, stored $stored");
WITH worth AS (SELECT user_id, value_tier, monetary, round(clv_365d::numeric, 2) AS v FROM shop.users),
	placed AS (SELECT *, coalesce(sum(v) OVER (ORDER BY v DESC GROUPS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) / sum(v) OVER () AS before FROM worth),
	theirs AS (SELECT *, CASE WHEN v = 0 THEN 'none' WHEN before < 0.5 THEN 'A' WHEN before < 0.8 THEN 'B' WHEN before < 0.95 THEN 'C' ELSE 'D' END AS tier FROM placed)
SELECT bool_and(tier = value_tier), count(*), (SELECT jsonb_agg(s ORDER BY s.tier) FROM (SELECT tier, users, revenue, min_value, max_value FROM shop.value_tiers) AS s)
	= (SELECT jsonb_agg(s ORDER BY s.tier) FROM (SELECT tier, count(*) AS users, sum(monetary) AS revenue, trim_scale(min(v)) AS min_value, trim_scale(max(v)) AS max_value FROM theirs GROUP BY tier) AS s)
FROM theirs
SQL
}

$node->stop;
done_testing();
