# What packages are made of: that versions, files and names in it are those of the tree, and that
# what compose.yaml starts makes its shop. The deep gate packages builds them.
use strict;
use warnings;
use JSON::PP ();
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $meta = JSON::PP::decode_json(slurp_file('META.json'));
my $version = $meta->{version};

# as packaging/new-version writes it
like(slurp_file('debian/changelog'), qr/\Auser-ops \(\Q$version\E-\d+\) /, 'the newest entry of debian/changelog is of the version of META.json');
my $spec = slurp_file('packaging/user_ops.spec');
like($spec, qr/^Version: *\Q$version\E$/m, '... as are the spec')
  and like($spec, qr/^%changelog\n\* .* - \Q$version\E-\d+PGDG$/m, '... and its newest entry');

# --- Debian ------------------------------------------------------------------

my $control = slurp_file('debian/control.in');
my ($major) = slurp_file('debian/control') =~ /^Package: postgresql-(\d+)-user-ops$/m;
is(slurp_file('debian/control'), $control =~ s/PGVERSION/$major/gr, 'debian/control is what control.in says for one PostgreSQL');
my ($oldest) = slurp_file('scripts/common.sh') =~ /^OLDEST=(\d+)$/m;
is(slurp_file('debian/pgversions'), "$oldest+\n", 'debian/pgversions has all that are supported');
my $license = slurp_file('LICENSE') =~ s/\A.*?(?=Permission to use)//sr;
is(slurp_file('debian/copyright') =~ s/\A.*^License: PostgreSQL\n //msr =~ s/^ \.?//mgr, $license, 'debian/copyright has the words of LICENSE');
my %packed = map { $_ => 1 } slurp_file('debian/rules') =~ /^\tdh_install(?:docs|changelogs) (?:--all )?(.*)$/mg;
is(join(' ', grep { !-e } map { split } sort keys %packed), '', 'the documents that it packs are there');
is(join(' ', grep { !-x } qw(debian/rules debian/tests/installcheck packaging/deb packaging/rpm packaging/new-version)), '', 'what is run can be run');

# --- RPM ---------------------------------------------------------------------

is(join(' ', grep { !-e } map { split } $spec =~ /^%(?:doc|license) (.*)$/mg), '', 'the documents that the spec packs are there');
SKIP:
{
	skip 'there is no rpmspec', 2 if system('rpmspec --version >/dev/null 2>&1') != 0;
	my $asked = q{rpmspec -q --define 'pgmajorversion 18' --define '_topdir /nowhere' --qf '%{name} %{version}\n' packaging/user_ops.spec};
	is(`$asked`, "user_ops_18 $version\n", 'the spec makes one package for each PostgreSQL');
	is(system(q{rpmspec --parse --define 'pgmajorversion 18' packaging/user_ops.spec >/dev/null}), 0, '... and can be read');
}

# --- Docker ------------------------------------------------------------------

my $docker = slurp_file('Dockerfile') =~ s/\\\n//gr;
my ($default) = $docker =~ /^ARG PG_MAJOR=(\d+)$/m;
cmp_ok($default, '>=', $oldest, 'the image is of a PostgreSQL that is supported');
is(join(' ', $docker =~ /^FROM (\S+)/mg), 'postgres:${PG_MAJOR} postgres:${PG_MAJOR}', '... and the official one');
my %let = map { $_ => 1 } slurp_file('.dockerignore') =~ /^!([\w.]+)$/mg;
my @copied = map { my @words = split; @words[ 0 .. $#words - 1 ] } $docker =~ /^COPY ((?!--from).*)$/mg;
is(join(' ', sort @copied), join(' ', sort keys %let), 'what it copies is what .dockerignore lets through');
is(join(' ', grep { !-e } @copied), '', '... and there');
my %read = map { $_ => 1 } 'user_ops.control', slurp_file('Makefile') =~ m{\b(META\.json)\b}g;
is(join(' ', grep { !$let{$_} } sort keys %read), '', '... and all that make reads');

my $compose = slurp_file('compose.yaml');
is(join(' ', grep { !-e } $compose =~ m{^ +- (\./[^:]+):}mg), '', 'what compose.yaml mounts is there');
like($compose, qr/^ +- "127\.0\.0\.1:/m, '... and its port is that of this machine alone');
is($compose =~ /PG_MAJOR:-(\d+)/ && $1, $default, '... and its PostgreSQL that of the Dockerfile');
SKIP:
{
	skip 'there is no YAML for Python', 1 if system(q{python3 -c 'import yaml' 2>/dev/null}) != 0;
	is(`python3 -c 'import yaml; c = yaml.safe_load(open("compose.yaml")); print(*c, *c["services"]["demo"]["healthcheck"]["test"][:2])'`, "services CMD pg_isready\n", '... and it is YAML');
}

# what the server makes when it starts for the first time
my $node = PostgreSQL::Test::Cluster->new('packages');
$node->init;
$node->append_conf('postgresql.conf', "fsync = off\nautovacuum = off\nmax_wal_size = 4GB\njit = off\n");
$node->start;
$node->safe_psql('postgres', 'CREATE DATABASE shop');
chomp(my $root = `pwd`);
$node->command_ok([ 'psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-v', "demo=$root/demo", '-d', $node->connstr('shop'), '-o', '/dev/null', '-f', 'packaging/docker/shop.sql' ], 'the shop of compose.yaml is made');
is($node->safe_psql('shop', 'SELECT count(*) > 1000 FROM users'), 't', '... with users');
is($node->safe_psql('shop', 'SELECT string_agg(DISTINCT kind, $$ $$ ORDER BY kind) FROM user_ops.addons($$shop$$)'), 'attribution experiment funnel items journeys path points referral survey', '... and views on all that it is about');
$node->stop;

# --- make installcheck -------------------------------------------------------

my ($long) = slurp_file('Makefile') =~ s/\\\n//gr =~ /^LONG = (.*)$/m;
is(join(' ', grep { !-e "test/sql/$_.sql" } split ' ', $long), '', 'what installcheck leaves out are topics');
done_testing();
