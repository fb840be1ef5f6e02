# Mutants of valid values through every function of the catalogue that reads one, and what is accepted through every function
# that reads such a value: no internal error, and nothing that is written otherwise than it is read. Few of each; the
# gate "mutations" of the deep checks has a million.
use strict;
use warnings;
use FindBin;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $root = "$FindBin::RealBin/../..";
my $directory = PostgreSQL::Test::Utils::tempdir;
my $cc = $ENV{CC} || 'cc';
my $n = $ENV{USER_OPS_MUTATIONS} || 10_000;
my $seed = $ENV{USER_OPS_FUZZ_SEED} || 20240229;
chomp(my $server = `$ENV{PG_CONFIG} --includedir-server`);

plan skip_all => "no C compiler: $cc" if system("$cc --version >/dev/null 2>&1") != 0;
note("seed $seed; set USER_OPS_FUZZ_SEED and USER_OPS_MUTATIONS for others");
is(system("$cc -std=gnu11 -O2 -Wall -fPIC -shared -I$root/src -I$server -o $directory/mutations.so $root/test/server/mutations*.c >$directory/log 2>&1"),
	0, 'what mutates compiles') or diag(slurp_file("$directory/log"));
is(slurp_file("$directory/log"), '', '... without warnings');
chmod 0755, $directory;

my $node = PostgreSQL::Test::Cluster->new('mutations');
$node->init;
$node->append_conf('postgresql.conf', "fsync = off\nautovacuum = off\njit = off\ntimezone = 'UTC'\nlog_statement = none\nlog_min_messages = log\nlog_min_error_statement = panic\n");
$node->start;
my $postmaster = slurp_file($node->data_dir . '/postmaster.pid');

sub sql { return $node->safe_psql('postgres', $_[0]) }

sql('CREATE EXTENSION user_ops; ALTER DATABASE postgres SET search_path = public, user_ops');
sql(slurp_file("$root/test/lib/$_.sql") =~ s/:'module'/'$directory\/mutations'/gr) for 'split', 'seeds';
sql('CALL make_seeds()');
sql(slurp_file("$root/test/lib/mutations.sql") =~ s/:'module'/'$directory\/mutations'/gr);
sql('CALL make_state_seeds()');
is(sql('SELECT missing FROM missing_seeds'), '', 'every type, every aggregate that makes one and every label of an enum that it takes has a seed');
is(sql('SELECT function FROM (SELECT DISTINCT function FROM internal_states) AS i WHERE function NOT IN (SELECT function FROM state_seeds)'), '', '... and every state that goes to another process');

my @jobs = map { [ split /\t/ ] } split /\n/, sql(q{SELECT concat_ws(E'\t', job, statement) FROM mutation_jobs ORDER BY job COLLATE "C"});
cmp_ok(scalar @jobs, '>=', 136, scalar(@jobs) . ' functions and roads');
my ($all, $accepted, $answers) = (0, 0, 0);
for my $job (@jobs)
{
	my ($name, $statement) = @$job;
	my $call = $statement =~ s/:n\b/$n/r =~ s/:seed\b/$seed/r =~ s/:'track'/'$directory\/..\/track'/r;
	my ($tried, $taken, $share, $answered, $wrong) = split /\|/, sql("SELECT tried, accepted, accepted * 100 / tried, answers, concat_ws(E'\\n', wrong, reading)
		FROM ($call) AS t (tried, accepted, combined, refused, wrong, slowest, memory, texts, answers, errors, reading)"), 5;

	is("$tried|$wrong", "$n|", "$name: each is refused, or written and read the same");
	# it learns on the way what is accepted
	cmp_ok($share, '>=', 5, '... and some are accepted');
	$all += $tried;
	$accepted += $taken;
	$answers += $answered;
}
note("$all mutants, " . int($accepted * 100 / $all) . " % accepted, $answers answers about them");
cmp_ok($accepted / $all, '>', 0.3, 'three in ten are accepted');
is(slurp_file($node->data_dir . '/postmaster.pid'), $postmaster, 'the server has run all the time');
$node->stop;
done_testing();
