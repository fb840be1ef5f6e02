# The README and the pages of docs/: every SQL block runs, each page in a fresh
# session and database of its own; what is said to come out comes out; and the
# tables of arguments, views and columns say what there is.
use strict;
use warnings;
use utf8;
use FindBin;
use lib "$FindBin::RealBin/../lib";
use Markdown qw(read_lines pages blocks is_sql table_after);
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

# What needs things that are not of this project may say so, and only that.
my $outside = qr/\b(cron\.schedule|pg_cron|CREATE SERVER|create_distributed_table|user_ops\.distribute|CREATE FOREIGN TABLE|dblink)\b/i;
# test/t/bi.pl runs these, on data of its own.
my %elsewhere = map { $_ => 1 } qw(docs/guide/bi/README.md docs/guide/bi/queries.md docs/guide/bi/experiments.md docs/guide/bi/points.md docs/guide/bi/tiers.md docs/guide/bi/referral.md docs/guide/bi/identity.md docs/guide/bi/surveys.md docs/guide/bi/tags.md docs/guide/bi/items.md docs/guide/bi/content.md docs/guide/journeys/bi.md);

my @pages = ('README.md', 'CONTRIBUTING.md', pages('docs'));
@pages = grep { -e && !m{^docs/reference/} } @pages;
my %lines = map { $_ => [ read_lines($_) ] } @pages;

my $node = PostgreSQL::Test::Cluster->new('docs');
$node->init(extra => [ '--encoding=UTF8', '--locale=C' ]);
$node->append_conf('postgresql.conf', "fsync = off\nautovacuum = off\njit = off\n");
$node->start;

# The blocks of a page that run in its own database.
sub to_run { return grep { is_sql($_) && !$_->{skipped} && !$_->{in_demo} } blocks(@{ $lines{ $_[0] } }) }

# Runs blocks in one session of a database, with a mark before and after each:
# standard output and error.
sub session
{
	my ($database, @run) = @_;
	my $file = PostgreSQL::Test::Utils::tempdir() . '/blocks.sql';
	open my $script, '>:encoding(UTF-8)', $file or die $!;
	print $script "\\echo 'block $_->{line}'\n$_->{text}\n\\echo 'done $_->{line}'\n" for @run;
	close $script;
	my ($out, $err);
	IPC::Run::run([ 'psql', '-Xq', '-P', 'footer=off', '-v', 'ON_ERROR_STOP=1', '-d', $node->connstr($database), '-f', $file ], '<', \'', '>', \$out, '2>', \$err);
	utf8::decode($_) for $out, $err;
	return ($out, $err);
}

sub trimmed { return join("\n", map { s/\s+$//r } split /\n/, $_[0]) =~ s/\A\n+//r =~ s/\n+\z//r }

# The page whose statements a page says that it goes on from.
sub goes_on_from
{
	my ($page) = @_;
	my $text = join '', @{ $lines{$page} };
	return if $text !~ /\[(?:five statements|五条语句)\]\(((?:\.\.\/)*README\.md)#/;
	return $page =~ m{^docs/zh/} ? 'docs/zh/README.md' : 'README.md';
}

# The demo's shop as demo/run makes it.
my $demo_made;
sub make_demo
{
	return if $demo_made++;
	$node->safe_psql('postgres', 'CREATE DATABASE shop');
	$node->safe_psql('postgres', 'ALTER DATABASE shop SET search_path = shop, public');
	$node->safe_psql('shop', 'CREATE EXTENSION user_ops;' . (slurp_file('demo/shop.sql') =~ s/^\\ir (\S+)$/slurp_file("demo\/$1")/gmer));
	my @growth = map { s/\$schema/shop/r =~ s/\$\{on:1\}/ /gr =~ s/\\"/"/gr =~ s/\$(?:\{on\}|on\b)/, /gr } slurp_file('demo/run') =~ /addons\+=\("((?:create_(?:points|tier|referral|identity|propensity|tag|alert|item|content)_views|set_goal)\(.*)"\)$/mg;
	$node->safe_psql('shop', join ';', map { "SELECT user_ops.$_" } q{create_views('public.shop_events', 'customer_id', 'occurred_at', 'total', target_schema => 'shop', as_of => '2026-11-01')}, @growth);
	return;
}

my ($ran, $compared) = (0, 0);
for my $page (grep { !$elsewhere{$_} } @pages)
{
	my @blocks = blocks(@{ $lines{$page} });
	is(join(' ', map { $_->{line} } grep { !$_->{kind} && !$_->{said_of} && $_->{text} =~ /^\s*(SELECT|CREATE|INSERT|WITH)\b.*;/ms } @blocks), '',
		"$page: no SQL hides in blocks of another kind");
	like($_->{text}, $outside, "$page:$_->{line} is not run, as it needs something else") for grep { is_sql($_) && $_->{skipped} } @blocks;
	my @run = to_run($page) or next;

	$node->safe_psql('postgres', 'CREATE DATABASE shopdb');
	if (my $before = goes_on_from($page))
	{
		my ($out, $err) = session('shopdb', to_run($before));
		unlike($err, qr/ERROR/, "... the statements of $before run before it");
	}
	my ($out, $err) = session('shopdb', @run);
	if (my @in_demo = grep { is_sql($_) && $_->{in_demo} } @blocks)
	{
		make_demo();
		my ($out_demo, $err_demo) = session('shop', @in_demo);
		$out .= $out_demo;
		$err .= $err_demo;
		push @run, @in_demo;
	}
	my %out = $out =~ /^block (\d+)\n(.*?)^done \1\n/smg;
	ok(exists $out{ $_->{line} }, "$page:$_->{line} runs") for @run;
	is(join('', $err =~ /^.*(?:ERROR|WARNING).*$/mg), '', '... without error or warning') or diag $err;
	$ran += @run;

	my $previous;
	for my $block (@blocks)
	{
		if (my $of = $block->{said_of})
		{
			my $got = trimmed($out{ $previous->{line} } // '');
			$got =~ s/\A.*\n\n//s if $of eq 'last';
			is($got, trimmed($block->{text}), "$page:$block->{line} is what comes out");
			$compared++;
		}
		$previous = $block;
	}

	# Roles belong to the server: the next page makes its own.
	$node->safe_psql('postgres', 'DROP DATABASE shopdb');
	my $roles = $node->safe_psql('postgres', q{SELECT string_agg(quote_ident(rolname), ', ') FROM pg_roles WHERE rolname !~ '^pg_' AND NOT rolsuper});
	$node->safe_psql('postgres', "DROP ROLE $roles") if $roles ne '';
}
cmp_ok($ran, '>=', 40, "$ran blocks ran");
cmp_ok($compared, '>=', 12, "... of $compared the output is compared");

# --- what the pages say there is -----------------------------------------------

$node->safe_psql('postgres', 'CREATE DATABASE said');
$node->safe_psql('said', 'CREATE EXTENSION user_ops');
sub list { return split /\n/, $node->safe_psql('said', $_[0]) }

# Tables of arguments, marked with the name of the function.
for my $page (@pages)
{
	for my $function (map { /^<!-- arguments of (\w+) -->/ ? $1 : () } @{ $lines{$page} })
	{
		my @said = table_after(qr/^<!-- arguments of $function -->/, @{ $lines{$page} });
		my $typed = @{ $said[0] } > 3;
		my @given = map { join '|', map { s/`//gr } @$_[ 0 .. $#$_ - 1 ] } @said;
		my @true = list(<<"SQL");
SELECT concat_ws('|', name, CASE WHEN '$typed' = '1' THEN format_type(type, NULL) END, coalesce(regexp_replace(word, '::.*', ''), ''))
FROM pg_proc p, unnest(proargnames, proallargtypes, proargmodes) WITH ORDINALITY AS a (name, type, mode, place),
	LATERAL (SELECT pg_get_function_arg_default(p.oid, place::integer)) AS d (word)
WHERE pronamespace = 'user_ops'::regnamespace AND proname = '$function' AND proallargtypes IS NOT NULL AND mode = 'i'
UNION ALL
SELECT concat_ws('|', name, CASE WHEN '$typed' = '1' THEN format_type(type, NULL) END, coalesce(regexp_replace(word, '::.*', ''), ''))
FROM pg_proc p, unnest(proargnames, proargtypes::oid[]) WITH ORDINALITY AS a (name, type, place),
	LATERAL (SELECT pg_get_function_arg_default(p.oid, place::integer)) AS d (word)
WHERE pronamespace = 'user_ops'::regnamespace AND proname = '$function' AND proallargtypes IS NULL
SQL
		cmp_ok(scalar @true, '>', 1, "$function has arguments");
		is_deeply(\@given, \@true, "$page: the arguments of $function, with their defaults");
		is(join(' ', grep { !length } map { $_->[-1] } @said), '', '... and a meaning for each');
	}
}

# The views, by what is made with the optional one too.
$node->safe_psql('said', <<'SQL');
CREATE TABLE orders AS SELECT 1 AS customer_id, timestamptz '2024-03-01 10:00Z' AS ordered_at, 9.90 AS total;
SELECT user_ops.create_views('orders', 'customer_id', 'ordered_at', 'total', target_schema => 'shop', as_of => '2024-11-01', rfm_ntile => true);
SQL
my @views = list(q{SELECT relname FROM pg_class WHERE relnamespace = 'shop'::regnamespace AND relkind = 'v' ORDER BY 1});
my %named = map { $_ => 1 } join('', grep { /^\|/ } @{ $lines{'README.md'} }) =~ /`(\w+)`/g;
is(join(' ', grep { !$named{$_} } @views), '', 'the README names every view');

# What looks like a call of a function is one; and the Chinese pages have the names
# that the English ones have.
my %known = map { $_ => 1 } list(q{SELECT proname FROM pg_proc WHERE pronamespace = 'user_ops'::regnamespace UNION SELECT typname FROM pg_type WHERE typnamespace = 'user_ops'::regnamespace});
my @called = map { join('', @$_) =~ /user_ops\.([a-z_0-9]+)\(/g } values %lines;
cmp_ok(scalar @called, '>', 50, 'the pages call functions');
is(join(' ', grep { !$known{$_} } @called), '', '... and none that does not exist');
my $english = join '', map { @{ $lines{$_} } } grep { !m{^docs/zh/} } @pages;
for my $page (grep { m{^docs/zh/} } @pages)
{
	my @code = map { /`([^`]+)`/g } grep { /^\s*\|/ } @{ $lines{$page} };
	my @names = map { /(?<!\w)([a-z][a-z0-9]*(?:_[a-z0-9]+)+)/g } @code;
	is(join(' ', grep { $english !~ /(?<!\w)\Q$_\E/ } @names), '', "$page: the names in its tables stand in the English pages too");
}

$node->stop;
done_testing();
