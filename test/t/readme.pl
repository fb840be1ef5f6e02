# README.md and its translations: every SQL block runs, in order, in one fresh
# database, and the reference tables name every public object and no other.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/../lib";
use Markdown qw(read_lines blocks is_sql);
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my @files = grep { -e } qw(README.md docs/zh/README.md);
plan skip_all => 'there is no README.md' if !@files;
my %lines = map { $_ => [ read_lines($_) ] } @files;

# What needs things that are not of this project may say so, and only that.
my $outside = qr/\b(cron\.schedule|pg_cron|CREATE SERVER|create_distributed_table|dblink)\b/i;

# Roles belong to a server: each file has one of its own.
sub start
{
	my ($name) = @_;
	my $node = PostgreSQL::Test::Cluster->new($name);
	$node->init(extra => [ '--encoding=UTF8', '--locale=C' ]);
	$node->append_conf('postgresql.conf', "fsync = off\nautovacuum = off\njit = off\n");
	$node->start;
	return $node;
}

# --- the blocks --------------------------------------------------------------

for my $name (@files)
{
	my @blocks = blocks(@{ $lines{$name} });
	my @sql = grep { is_sql($_) } @blocks;
	cmp_ok(scalar @sql, '>', 4, "$name: " . scalar(@sql) . ' blocks of SQL');
	is(join(' ', map { $_->{line} } grep { !$_->{kind} && $_->{text} =~ /^\s*(SELECT|CREATE|INSERT|WITH)\b.*;/ms } @blocks), '',
		'... no SQL hides in blocks of another kind');
	like($_->{text}, $outside, "$name:$_->{line} is not run, as it needs something else") for grep { $_->{skipped} } @sql;

	# One session, so that SET and prepared statements hold; a mark after each block.
	my @run = grep { !$_->{skipped} } @sql;
	my $file = PostgreSQL::Test::Utils::tempdir() . '/blocks.sql';
	open my $script, '>:encoding(UTF-8)', $file or die $!;
	print $script "\\echo 'block $_->{line}'\n$_->{text}\n\\echo 'done $_->{line}'\n" for @run;
	close $script;
	my $node = start($name =~ s/\W/_/gr);
	$node->safe_psql('postgres', 'CREATE DATABASE readme');
	my ($out, $err);
	IPC::Run::run([ 'psql', '-XAt', '-v', 'ON_ERROR_STOP=1', '-d', $node->connstr('readme'), '-f', $file ], '<', \'', '>', \$out, '2>', \$err);
	$node->stop;
	my %done = map { $_ => 1 } $out =~ /^done (\d+)$/mg;
	ok($done{ $_->{line} }, "$name:$_->{line} runs") for @run;
	is(join('', $err =~ /^.*(?:ERROR|WARNING).*$/mg), '', '... without error or warning') or diag $err;
}

# --- the translations --------------------------------------------------------

my $original = join '', @{ $lines{'README.md'} };
for my $name (grep { $_ ne 'README.md' } @files)
{
	my @code = map { /`([^`]+)`/g } grep { /^\s*\|/ } @{ $lines{$name} };
	my @names = map { /(?<!\w)([a-z][a-z0-9]*(?:_[a-z0-9]+)+)/g } @code;
	cmp_ok(scalar @names, '>', 20, "$name: tables with names");
	is(join(' ', grep { $original !~ /(?<!\w)\Q$_\E/ } @names), '', '... all of them in README.md too');
}

# --- the reference -----------------------------------------------------------

my $name = 'reference';
my $node = start($name);
$node->safe_psql('postgres', "CREATE DATABASE $name");
$node->safe_psql($name, 'CREATE EXTENSION user_ops');
sub list { return split /\n/, $node->safe_psql($name, $_[0]) }

my $members = q{FROM pg_depend d JOIN pg_extension e ON e.oid = d.refobjid AND e.extname = 'user_ops' AND d.refclassid = 'pg_extension'::regclass AND d.deptype = 'e'};
my %functions = map { $_ => 1 } list("SELECT DISTINCT p.proname $members JOIN pg_proc p ON d.classid = 'pg_proc'::regclass AND p.oid = d.objid");
# Readers of the manual need no list of what only the server calls.
my %support = map { $_ => 1 } list(<<'SQL');
SELECT p.proname FROM pg_proc p WHERE p.pronamespace = 'user_ops'::regnamespace AND p.oid IN (
	SELECT unnest(ARRAY[typinput, typoutput, typreceive, typsend, typmodin, typmodout]) FROM pg_type
	UNION SELECT unnest(ARRAY[aggtransfn, aggfinalfn, aggcombinefn, aggserialfn, aggdeserialfn, aggmtransfn, aggminvtransfn, aggmfinalfn]) FROM pg_aggregate
	UNION SELECT oprcode FROM pg_operator UNION SELECT amproc FROM pg_amproc)
EXCEPT
SELECT p.proname FROM pg_proc p WHERE p.pronamespace = 'user_ops'::regnamespace AND p.proname IN ('merge', 'rfm_model', 'typical_gap')
SQL
my %types = map { $_ => 1 } list("SELECT t.typname $members JOIN pg_type t ON d.classid = 'pg_type'::regclass AND t.oid = d.objid WHERE t.typname !~ '^_'");
my %operators = map { $_ => 1 } list("SELECT DISTINCT o.oprname $members JOIN pg_operator o ON d.classid = 'pg_operator'::regclass AND o.oid = d.objid");
my @casts = list("SELECT castsource::regtype || ' ' || casttarget::regtype $members JOIN pg_cast c ON d.classid = 'pg_cast'::regclass AND c.oid = d.objid");
s/user_ops\.//g for @casts;

# All that stands in the tables, between back-ticks.
my $tables = join '', grep { /^\s*\|/ } @{ $lines{'README.md'} };
my %named;
while ($tables =~ /`([^`]+)`/g)
{
	my $code = $1;
	$named{$_} = 1 for $code =~ /([a-z][a-z0-9_]*)/gi;
	$named{$_} = 1 for $code =~ m{(?<![-\w])([-+*/<>=~!\@#%^&|`?\\]+)}g;
}
is(join(' ', sort grep { !$named{$_} && !$support{$_} } keys %functions), '', 'every function and aggregate is in a table');
is(join(' ', sort grep { !$named{$_} } keys %types), '', '... every type');
is(join(' ', sort grep { !$named{$_} && !$named{ s/\|/\\|/gr } } keys %operators), '', '... every operator');
my $text = $tables =~ s/`//gr;
for my $cast (@casts)
{
	my ($from, $to) = split / /, $cast;
	ok($text =~ /\bcasts?\b.*\b\Q$from\E\b.*\b\Q$to\E\b/is || $text =~ /\b\Q$from\E\b\s*::\s*\Q$to\E\b/, "... the cast from $from to $to");
}

# What looks like a call of a function must be one of ours or of PostgreSQL.
my %known = (%functions, map { $_ => 1 } list('SELECT DISTINCT proname FROM pg_proc'));
my %called;
while ($tables =~ /`([^`]*)`/g) { $called{$1} = 1 if $1 =~ /^(?:user_ops\.)?([a-z_0-9]+)\(/ }
is(join(' ', sort grep { !$known{$_} } keys %called), '', 'and no function that does not exist');
my @all = join('', map { @$_ } values %lines) =~ /user_ops\.([a-z_0-9]+)\(/g;
is(join(' ', sort grep { !$functions{$_} && !$types{$_} } @all), '', '... in the text neither');

$node->stop;
done_testing();
