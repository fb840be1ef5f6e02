# docs/reference: what "make reference" makes of the catalog, which names every
# public object and no other.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/../lib";
use Markdown qw(read_lines pages);
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('reference');
$node->init(extra => [ '--encoding=UTF8', '--locale=C' ]);
$node->append_conf('postgresql.conf', "fsync = off\njit = off\n");
$node->start;
my $name = 'reference';
$node->safe_psql('postgres', "CREATE DATABASE $name");
$node->safe_psql($name, 'CREATE EXTENSION user_ops');
sub list { return split /\n/, $node->safe_psql($name, $_[0]) }

# --- up to date ----------------------------------------------------------------

my $dir = PostgreSQL::Test::Utils::tempdir();
my ($out, $err);
ok(IPC::Run::run([ 'psql', '-Xq', '-v', "dir=$dir", '-d', $node->connstr($name), '-f', 'scripts/reference.sql' ], '<', \'', '>', \$out, '2>', \$err), 'the pages can be made')
	or diag $err;
my @made = map { s{.*/}{}r } pages($dir);
is_deeply([ map { s{.*/}{}r } pages('docs/reference') ], \@made, 'docs/reference has these pages');
is(join(' ', grep { slurp_file("docs/reference/$_") ne slurp_file("$dir/$_") } @made), '', '... and "make reference" makes them anew as they are');

# --- complete ------------------------------------------------------------------

my $members = q{FROM pg_depend d JOIN pg_extension e ON e.oid = d.refobjid AND e.extname = 'user_ops' AND d.refclassid = 'pg_extension'::regclass AND d.deptype = 'e'};
my %functions = map { $_ => 1 } list("SELECT DISTINCT p.proname $members JOIN pg_proc p ON d.classid = 'pg_proc'::regclass AND p.oid = d.objid");
# Readers of the manual need no list of what only the server calls.
my %support = map { $_ => 1 } list(<<"SQL");
SELECT p.proname $members JOIN pg_proc p ON d.classid = 'pg_proc'::regclass AND p.oid = d.objid
WHERE p.oid IN (
	SELECT unnest(ARRAY[typinput, typoutput, typreceive, typsend, typmodin, typmodout]) FROM pg_type
	UNION SELECT unnest(ARRAY[aggtransfn, aggfinalfn, aggcombinefn, aggserialfn, aggdeserialfn, aggmtransfn, aggminvtransfn, aggmfinalfn]) FROM pg_aggregate
	UNION SELECT oprcode FROM pg_operator UNION SELECT amproc FROM pg_amproc)
-- these are readings of a state, too, for people to call
AND p.proname NOT IN ('merge', 'typical_gap', 'rfm_model', 'purchase_model', 'spend_model', 'contract_model', 'feature_model', 'sparkline')
SQL
my %types = map { $_ => 1 } list("SELECT t.typname $members JOIN pg_type t ON d.classid = 'pg_type'::regclass AND t.oid = d.objid WHERE t.typname !~ '^_'");
my %operators = map { $_ => 1 } list("SELECT DISTINCT o.oprname $members JOIN pg_operator o ON d.classid = 'pg_operator'::regclass AND o.oid = d.objid");
my @casts = list("SELECT castsource::regtype || ' ' || casttarget::regtype $members JOIN pg_cast c ON d.classid = 'pg_cast'::regclass AND c.oid = d.objid");
s/user_ops\.//g for @casts;

# All that stands in the tables of some pages, between back-ticks.
sub tables { return join '', grep { /^\s*\|/ } map { read_lines($_) } @_ }
sub named
{
	my ($tables) = @_;
	my %named;
	while ($tables =~ /`([^`]+)`/g)
	{
		my $code = $1;
		$named{$_} = 1 for $code =~ /([a-z][a-z0-9_]*)/gi;
		$named{$_} = 1 for $code =~ m{(?<![-\w])([-+*/<>=~!\@#%^&|`?\\]+)}g;
	}
	return %named;
}
# Columns of views may be called like functions, and are none.
my $tables = tables(grep { !m{/(?:columns|tables)\.md$} } pages('docs/reference'));
my %named = named($tables);
is(join(' ', sort grep { !$named{$_} && !$support{$_} } keys %functions), '', 'every function and aggregate is in a table');
is(join(' ', sort grep { !$named{$_} } keys %types), '', '... every type');
is(join(' ', sort grep { !$named{$_} && !$named{ s/\|/\\|/gr } } keys %operators), '', '... every operator');
my $text = $tables =~ s/`//gr;
for my $cast (@casts)
{
	my ($from, $to) = split / /, $cast;
	ok($text =~ /\b\Q$from\E\s*::\s*\Q$to\E\b/, "... the cast from $from to $to");
}

# The front page lists what people call, which is what stands in user_ops, and nothing else.
my %of_schema = map { my $schema = $_; $schema => { map { $_ => 1 } list("SELECT DISTINCT p.proname $members JOIN pg_proc p ON d.classid = 'pg_proc'::regclass AND p.oid = d.objid WHERE p.pronamespace = '$schema'::regnamespace") } } qw(user_ops user_ops_internal);
my %front = named(tables('docs/reference/README.md'));
is(join(' ', sort grep { !$of_schema{user_ops}{$_} && !$of_schema{user_ops_internal}{$_} } keys %functions), '', 'every function is in one of the two schemas');
is(join(' ', sort grep { !$front{$_} } keys %{ $of_schema{user_ops} }), '', 'every function of user_ops is on the front page');
is(join(' ', sort grep { $front{$_} && !$of_schema{user_ops}{$_} && !$types{$_} } keys %{ $of_schema{user_ops_internal} }), '', '... and no internal one');
is(join(' ', list("SELECT DISTINCT p.proname $members JOIN pg_proc p ON d.classid = 'pg_proc'::regclass AND p.oid = d.objid
	WHERE p.pronamespace = 'user_ops'::regnamespace AND obj_description(p.oid, 'pg_proc') !~ '^(?:Views|Activity|Population|Journeys|Funnels|Retention|Lifecycle|Engagement|Gaps|Rolling retention|Sequences|Sessions|Paths|Attribution|Experiments|Points|Tiers|Referral|Surveys|Alerts|Items|Identity|Privacy|Value|Life stage|Churn|RFM|Labels|Models|(?:Purchase|Spend|Contract|Feature) model|Lifetime value|Survival|Backtest|Pictures|Calendar|States): '")),
	'', 'each comment in user_ops begins with what the function is about');
is(join(' ', sort grep { $support{$_} } keys %{ $of_schema{user_ops} }), '', 'no support function stands in user_ops');
my %internal = map { $_ => 1 } join('', read_lines('docs/reference/internal.md')) =~ /`(\w+)[`(]/g;
is(join(' ', sort grep { !$internal{$_} } keys %{ $of_schema{user_ops_internal} }), '', 'the page of internal functions has the others');

# What looks like a call of a function must be one of ours or of PostgreSQL.
my %known = (%functions, map { $_ => 1 } list('SELECT DISTINCT proname FROM pg_proc'));
my %called;
while ($tables =~ /`([^`]*)`/g) { $called{$1} = 1 if $1 =~ /^(?:user_ops\.)?([a-z_0-9]+)\(/ }
is(join(' ', sort grep { !$known{$_} } keys %called), '', 'and no function that does not exist');

$node->stop;
done_testing();
