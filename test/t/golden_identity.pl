# Identity against values worked out elsewhere: persons by union-find and breadth-first search in
# Python, and rows stitched by hand.  They stand in a folder beside the project (or where
# USER_OPS_SHARED says); skipped where that is absent.
use strict;
use warnings;
use FindBin;
use JSON::PP;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $shared = $ENV{USER_OPS_SHARED} || "$FindBin::RealBin/../../../shared";
my $golden = "$shared/golden/growth";
for my $file ('identity_cases.json', 'stitched_user.json')
{
	plan skip_all => "no expected values: $golden/$file is absent" unless -r "$golden/$file";
}

my $node = PostgreSQL::Test::Cluster->new('golden_identity');
$node->init(extra => [ '--encoding=UTF8', '--locale=C' ]);
$node->append_conf('postgresql.conf', "fsync = off\njit = off\nsearch_path = 'public, user_ops'\n");
$node->start;
$node->safe_psql('postgres', 'CREATE EXTENSION user_ops');

sub rows { return decode_json($node->safe_psql('postgres', "SELECT coalesce(json_agg(r), '[]') FROM ($_[0]) AS r")) }

# Values in SQL, of rows with these columns.
sub values_of
{
	my ($rows, @columns) = @_;
	return 'VALUES ' . join ', ', map { my $row = $_; '(' . join(', ', map { defined $row->{$_} ? "'$row->{$_}'" : 'NULL' } @columns) . ')' } @$rows;
}

# A row as it is compared: of the columns that the expected one has.
sub line { my ($row, $wanted) = @_; return join ' ', map { "$_=" . ($row->{$_} // 'null') } sort keys %$wanted }

# --- persons -------------------------------------------------------------------------

my $ids = 0;
for my $case (@{ decode_json(slurp_file("$golden/identity_cases.json")) })
{
	my $graph = '(SELECT identity_agg(a::text, u::text, d::date) FROM (' . values_of($case->{logins}, 'anonymous_id', 'user_id', 'day') . ') AS v (a, u, d))';

	for my $mode (sort keys %{ $case->{expected} })
	{
		my @wanted = @{ $case->{expected}{$mode} };
		my @got = @{ rows("SELECT kind, id, canonical_id AS canonical, status, ids, users FROM identity_map($graph, '$case->{as_of}', NULL::text, identity_options('$mode', $case->{max_users}, $case->{max_ids}))") };

		is_deeply([ map { line($got[$_], $wanted[$_] // $got[$_]) } 0 .. $#got ], [ map { line($_, $_) } @wanted ], "$case->{id}, $mode");
		$ids += @wanted;
	}
}
cmp_ok($ids, '>', 300, "$ids ids");

# --- who was it then ---------------------------------------------------------------------

for my $case (@{ decode_json(slurp_file("$golden/stitched_user.json")) })
{
	my $n = 0;
	$_->{n} = $n++ for @{ $case->{rows} };
	my $got = rows('SELECT stitched FROM (SELECT n::int, ' . "stitched_user(u, t::timestamptz, '$case->{lookback_days} days') OVER (PARTITION BY a ORDER BY t::timestamptz) AS stitched FROM ("
		. values_of($case->{rows}, 'n', 'anonymous_id', 'event_time', 'user_id') . ') AS v (n, a, t, u)) AS s ORDER BY n');

	is_deeply([ map { $_->{stitched} } @$got ], [ map { $_->{expected} } @{ $case->{rows} } ], $case->{id});
}
done_testing();
