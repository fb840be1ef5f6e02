# The memory of every aggregate: many rows in one group, and many groups, with a work_mem of 4 MB. At most 4 x
# (work_mem x hash_mem_multiplier) + 48 MB of private memory, and where the answer itself is large, four
# times it beyond. lib/asked.sql knows what each aggregate of the catalogue is asked with.
#
# One form of each aggregate; USER_OPS_ROWS and USER_OPS_GROUPS say how many.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/../../lib";
use Bounds qw($little $bound);
use Populations qw(population_server peak);
use PostgreSQL::Test::Utils;
use Test::More;

plan skip_all => 'no /proc here' unless -r '/proc/self/status';

my $rows = $ENV{USER_OPS_ROWS} || 10_000_000;
my $groups = $ENV{USER_OPS_GROUPS} || 1_000_000;
my $only = $ENV{USER_OPS_ASKED} // '.';
my $done_file = $ENV{USER_OPS_MEMORY_DONE};
my %done = map { chomp; (split /\t/)[0] => (split /\t/)[1] } $done_file && -e $done_file ? split /^/, slurp_file($done_file) : ();
my $lib = "$FindBin::RealBin/../../lib";
my $node = population_server('memory', "shared_buffers = 256MB\nmax_wal_size = 4GB");
$node->safe_psql('postgres', slurp_file("$lib/$_.sql")) for qw(split asked);

# of each state and name one form, and of each answer what it takes
my @asked = map { [ split /\t/ ] } split /\n/, $node->safe_psql('postgres', <<'EOS');
SELECT DISTINCT ON (a.proname, g.aggtranstype, CASE WHEN g.aggtranstype = 'internal'::regtype THEN g.aggserialfn ELSE 0 END)
	a.signature || E'\t' || format('%s(%s)', a.called, asked_list(a.prefix, a.arguments)) || E'\t' || a.result
FROM asked_aggregates AS a JOIN pg_aggregate AS g ON g.aggfnoid = a.oid
ORDER BY a.proname, g.aggtranstype, CASE WHEN g.aggtranstype = 'internal'::regtype THEN g.aggserialfn ELSE 0 END, cardinality(a.arguments) DESC, a.signature COLLATE "C"
EOS
cmp_ok(scalar @asked, '>', 60, scalar(@asked) . ' aggregates');
my ($most, $of, $n) = (0, '', 0);
for my $asked (grep { $_->[0] =~ /$only/ } @asked)
{
	my ($signature, $call, $result) = @$asked;
	my $size = $result =~ /^(population|journeys|baskets)$/ ? "CASE WHEN x IS NULL THEN 0 ELSE 1 END" : "coalesce(pg_column_size(x), 0)";

	if (defined $done{$signature}) { ($most, $of) = ($done{$signature}, $signature) if $done{$signature} > $most; $n++; next }
	# rows are made as they are read, a group of them next to each other in no way
	my ($bytes, $one) = peak($node, $little, "SELECT $size FROM (SELECT $call AS x FROM asked, generate_series(1, $rows / 400) AS n) AS s");
	my ($all, $many) = peak($node, $little, "SELECT count(*) FROM (SELECT n, u, $call AS x FROM asked, generate_series(1, $groups / 400) AS n GROUP BY u, n OFFSET 0) AS s");

	note(sprintf '%s: %.1f MB in one group for an answer of %.1f kB, %.1f MB in %d groups', $signature, $one / 1024, ($bytes || 0) / 1024, $many / 1024, $all || 0);
	my $good = ok($bytes =~ /^\d+$/ && $one <= $bound + 4 * $bytes / 1024, sprintf '%s: %d rows in one group', $signature, $rows);
	$good &= ok($all =~ /^\d+$/ && $many <= $bound, sprintf '%s: %d groups', $signature, $groups);
	my $highest = ($one > $many ? $one : $many) / 1024;
	($most, $of) = ($highest, $signature) if $highest > $most;
	append_to_file($done_file, "$signature\t$highest\n") if $done_file && $good;
	$n++;
}
note(sprintf 'figure: %d aggregates, %d rows in one group and %d groups, at most %.1f MB (%s)', $n, $rows, $groups, $most, $of);
$node->stop;
done_testing();
