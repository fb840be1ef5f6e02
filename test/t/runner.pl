# What the runner of the tests counts.
use strict;
use warnings;
use PostgreSQL::Test::Utils;
use Test::More;

my $directory = PostgreSQL::Test::Utils::tempdir;
my %said = (
	mixed => "1..4\nok 1\nok 2 # SKIP no data: /nowhere/log.csv is absent\nok 3 # SKIP no ICU\nnot ok 4 # TODO later\n",
	data => "1..0 # SKIP no expected values: /nowhere/fits.csv is absent\n",
	parser => "1..0 # SKIP there is no npm\n",
	wrong => "1..2\nok 1\nnot ok 2\n",
	short => "1..2\nok 1\n");

append_to_file("$directory/$_.pl", "print <<'EOT';\n$said{$_}EOT\n") for keys %said;

# counts(NAME…): passed, failed, skipped, and how many of those for want of data.
sub counts
{
	system("$^X scripts/tap.pl $directory/counts $directory/log " . join(' ', map { "$directory/$_.pl" } @_) . " >$directory/said") == 0 or die;
	return slurp_file("$directory/counts");
}

is(counts('mixed'), "1 0 3 1\n", 'a test without its data is counted as such');
is(counts('data', 'parser'), "0 0 2 1\n", '... and a file of tests');
is(counts('wrong'), "1 1 0 0\n", 'a test that fails');
is(counts('short'), "1 1 0 0\n", 'a test that does not come to its end');
is(counts(sort keys %said), "3 2 5 2\n", 'all together');
like(slurp_file("$directory/said"), qr/^NOT OK wrong\.pl .*^ +not ok 2/ms, 'what fails is said');

done_testing();
