# Installing and removing, databases of other encodings, and what the tree
# promises about its files.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('install');
$node->init;
$node->append_conf('postgresql.conf', "fsync = off\nautovacuum = off\nmax_wal_size = 4GB\n");
$node->start;

my $pg_config = $ENV{PG_CONFIG} // 'pg_config';

sub sql { return $node->safe_psql($_[1] // 'postgres', $_[0]) }

sub slurp
{
	open my $file, '<:raw', $_[0] or die "$_[0]: $!";
	local $/;
	return scalar <$file>;
}

# --- create and drop ---------------------------------------------------------

my $catalogs = 'SELECT * FROM (' . join ' UNION ALL ', map { "(SELECT '$_', count(*) FROM $_)" }
	qw(pg_proc pg_type pg_class pg_attribute pg_operator pg_cast pg_aggregate pg_opclass pg_opfamily pg_amop pg_amproc pg_enum
	pg_namespace pg_depend pg_shdepend pg_description pg_extension pg_init_privs pg_rewrite pg_constraint);
$catalogs .= ') AS c ORDER BY 1';
my $before = sql($catalogs);
sql('CREATE EXTENSION user_ops');
isnt(sql($catalogs), $before, 'CREATE EXTENSION makes something');
sql('DROP EXTENSION user_ops');
is(sql($catalogs), $before, 'DROP EXTENSION leaves nothing behind');
sql(join '', ("CREATE EXTENSION user_ops;\nDROP EXTENSION user_ops;\n") x 50);
is(sql($catalogs), $before, 'nor after fifty times in one session');

# with views over it: only CASCADE takes them along
sql(<<'SQL');
CREATE EXTENSION user_ops;
CREATE TABLE orders AS SELECT i % 7 AS u, timestamptz '2024-01-01' + i * interval '1 day' AS t, i AS a FROM generate_series(1, 50) AS i;
SELECT user_ops.create_views('orders', 'u', 't', 'a', 'shop');
SQL
my ($status, $out, $err) = $node->psql('postgres', 'DROP EXTENSION user_ops');
like($err, qr/other objects depend on it/, 'the extension stays while views hang on it');
sql('DROP EXTENSION user_ops CASCADE');
is(sql(q{SELECT string_agg(relname, ' ' ORDER BY relname) FROM pg_class WHERE relnamespace = 'shop'::regnamespace AND relkind = 'v'}), 'churn_calibration transitions', 'CASCADE takes the views along, but not those of the history and of the last backtest');
is(sql('SELECT count(*) FROM orders'), 50, '... and not the source');

# --- encodings ---------------------------------------------------------------

for my $encoding (qw(SQL_ASCII LATIN1 UTF8 EUC_JP))
{
	my $database = lc $encoding;
	sql("CREATE DATABASE $database ENCODING '$encoding' LOCALE 'C' TEMPLATE template0");
	sql(<<'SQL', $database);
CREATE EXTENSION user_ops;
CREATE TABLE orders AS SELECT i % 7 AS u, timestamptz '2024-01-01' + i * interval '1 day' AS t, i AS a FROM generate_series(1, 50) AS i;
SELECT user_ops.create_views('orders', 'u', 't', 'a', 'shop', segment8_labels => '{a,b,c,d,e,f,g,h}');
SQL
	is(sql('SELECT count(segment8) FROM shop.users', $database), 7, "views in a database of encoding $encoding");
}
my @scripts = (glob('sql/install/*.sql sql/install/*/*.sql'), 'user_ops.control');
cmp_ok(scalar @scripts, '>', 10, 'the parts of the install script are there');
is(join(' ', grep { slurp($_) =~ /[^\t\n\x20-\x7e]/ } @scripts), '', '... all plain ASCII');
# the version stands in the control file; what must repeat it is held against that
my ($version) = slurp('user_ops.control') =~ /^default_version = '([^']+)'/m;
chomp(my $share = `$pg_config --sharedir`);
is(slurp("$share/extension/user_ops--$version.sql"), join('', map { slurp($_) } sort grep { /\.sql$/ } @scripts), '... and the installed script is made of them');
unlike(join('', map { slurp($_) } @scripts), qr/CREATE OR REPLACE (?!VIEW)|CREATE [A-Z ]*IF NOT EXISTS|SECURITY DEFINER|LEAKPROOF/, '... with plain CREATE');

# --- the tree ----------------------------------------------------------------

my @sources = map { glob("$_/*.[ch]") } qw(src src/* src/kernel/* src/kernel/*/*);
cmp_ok(scalar @sources, '>', 15, 'sources are there');
is(join(' ', grep { slurp($_) =~ tr/\n// > 450 } @sources), '', 'no file is longer than 450 lines');
is(join(' ', grep { slurp($_) =~ /PG_VERSION_NUM/ } @sources), 'src/server/compat.h', 'one of them knows the versions of the server');

is(sql('SELECT default_version FROM pg_available_extensions WHERE name = $$user_ops$$'), $version, 'the server offers that version');

$node->stop;
done_testing();
