# What tests of memory share: a budget of 4 MB, room for all of it, and what a query may take.
package Bounds;

use strict;
use warnings;
use Exporter qw(import);
use Populations qw(peak $parallel);
use PostgreSQL::Test::Utils;
use Test::More;

our @EXPORT_OK = qw(keeps_bound keeps_bound_in_parallel $much $little $bound);

our $much = q{SET work_mem = '512MB';};
our $little = q{SET work_mem = '4MB'; SET hash_mem_multiplier = 2;};
our $bound = (4 * 4 * 2 + 48) * 1024;    # kB: 4 x (work_mem x hash_mem_multiplier) + 48 MB

# keeps_bound(NODE, NAME, QUERY): the answer is the same with little as with much, and little
# is enough. Returns the answer, and the kB that it took with little.
sub keeps_bound
{
	my ($node, $name, $query) = @_;
	my ($right, $unbounded) = peak($node, $much, $query);
	my ($answer, $more) = peak($node, $little, $query);

	isnt($answer, '', "$name: an answer");
	is($answer, $right, "$name: the same with 4 MB as with 512 MB");
	note(sprintf '%s: %.1f MB, with room for all of it %.1f MB', $name, $more / 1024, $unbounded / 1024);
	cmp_ok($unbounded, '>', $more, "$name: it went to a file");
	cmp_ok($more, '<=', $bound, "$name: 4 x (work_mem x hash_mem_multiplier) + 48 MB are enough");
	return ($right, $more);
}

# A worker gathers within the budget too, but what it hands over goes through memory that both
# share. The server's log begins with the type of the process; RIGHT is the answer.
sub keeps_bound_in_parallel
{
	my ($node, $name, $query, $right) = @_;
	my $workers = "$parallel SET max_parallel_workers_per_gather = 2;";
	my $offset = -s $node->logfile;
	my ($answer, $more, $of_workers) = peak($node, "$little $workers SET log_temp_files = 0;", $query);
	my @files = slurp_file($node->logfile, $offset) =~ /^parallel worker LOG:  temporary file: .*, size (\d+)/gm;

	note(sprintf '%s: %.1f MB in the leader, %.1f MB in a worker; files of %s', $name, $more / 1024, $of_workers / 1024, join ' and ', map { sprintf '%.1f MB', $_ / 2**20 } @files);
	is($answer, $right, "$name, in parallel: the same");
	is((peak($node, "$much $workers", $query))[0], $right, "$name, in parallel, with room for all of it: the same");
	cmp_ok(scalar(@files), '>=', 1, "$name, in parallel: workers went to files");
	cmp_ok($of_workers, '<=', $bound, "$name, in parallel: a worker needs no more than said");
	cmp_ok($more, '<=', $bound, "$name, in parallel: nor does the leader");
}

1;
