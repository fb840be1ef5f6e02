# README.md: every SQL block runs, in order, in one fresh database, and the
# reference tables name every public object and no other.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

plan skip_all => 'there is no README.md' if !-e 'README.md';

open my $file, '<:encoding(UTF-8)', 'README.md' or die $!;
my @lines = <$file>;
close $file;

my $node = PostgreSQL::Test::Cluster->new('readme');
$node->init(extra => [ '--encoding=UTF8', '--locale=C' ]);
$node->append_conf('postgresql.conf', "fsync = off\nautovacuum = off\njit = off\n");
$node->start;
$node->safe_psql('postgres', 'CREATE DATABASE readme');

# --- the blocks --------------------------------------------------------------

# What needs things that are not of this project may say so, and only that.
my $outside = qr/\b(cron\.schedule|pg_cron|CREATE SERVER|create_distributed_table|dblink)\b/i;
my (@blocks, $skipping, $block);
for my $number (1 .. @lines)
{
	my $line = $lines[ $number - 1 ];
	if (defined $block)
	{
		if ($line =~ /^\s*```\s*$/) { push @blocks, $block; undef $block }
		else { $block->{text} .= $line }
		next;
	}
	$skipping = $1 if $line =~ /<!--\s*(no[- ]?exec|skip|not run)\b/i;
	if ($line =~ /^\s*```\s*(\S*)/)
	{
		$block = { line => $number, kind => lc $1, text => '', skipped => defined $skipping || $1 =~ /^sql.+/i };
		undef $skipping;
	}
}
my @sql = grep { $_->{kind} =~ /^(sql|postgres|pgsql|psql)/ } @blocks;
cmp_ok(scalar @sql, '>', 4, scalar(@sql) . ' blocks of SQL');
is(join(' ', map { $_->{line} } grep { !$_->{kind} && $_->{text} =~ /^\s*(SELECT|CREATE|INSERT|WITH)\b.*;/ms } @blocks), '',
	'no SQL hides in blocks of another kind');
for my $one (@sql)
{
	if ($one->{skipped})
	{
		like($one->{text}, $outside, "README.md:$one->{line} is not run, as it needs something else");
		next;
	}
}

# One session, so that SET and prepared statements hold; a mark after each block.
my $dir = PostgreSQL::Test::Utils::tempdir();
open my $script, '>:encoding(UTF-8)', "$dir/readme.sql" or die $!;
for my $one (grep { !$_->{skipped} } @sql)
{
	print $script "\\echo 'block $one->{line}'\n$one->{text}\n\\echo 'done $one->{line}'\n";
}
close $script;
my ($out, $err);
IPC::Run::run([ 'psql', '-XAt', '-v', 'ON_ERROR_STOP=1', '-d', $node->connstr('readme'), '-f', "$dir/readme.sql" ], '<', \'', '>', \$out, '2>', \$err);
my %done = map { $_ => 1 } $out =~ /^done (\d+)$/mg;
ok($done{ $_->{line} }, "README.md:$_->{line} runs") for grep { !$_->{skipped} } @sql;
is(join('', $err =~ /^.*(?:ERROR|WARNING).*$/mg), '', 'without error or warning') or diag $err;

# --- the reference -----------------------------------------------------------

my $name = 'reference';
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
my $tables = join '', grep { /^\s*\|/ } @lines;
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
my @all = join('', @lines) =~ /user_ops\.([a-z_0-9]+)\(/g;
is(join(' ', sort grep { !$functions{$_} && !$types{$_} } @all), '', '... in the text neither');

$node->stop;
done_testing();
