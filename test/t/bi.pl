# docs/guide/bi and docs/guide/journeys/bi.md: every query runs as BI tools run it, for a role
# with the two grants they name; and the views look to such tools as they say.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/../lib";
use IPC::Run ();
use JSON::PP;
use Markdown qw(read_lines blocks is_sql);
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('bi');
$node->init;
$node->append_conf('postgresql.conf', "fsync = off\njit = off\n");
$node->start;

my @pages = map { "docs/guide/$_.md" } qw(bi/README bi/queries bi/experiments bi/points bi/tiers bi/referral bi/identity bi/surveys bi/tags bi/items bi/content journeys/bi);
my @document = map { read_lines($_) } @pages;
my @blocks = grep { is_sql($_) } map { my $page = $_; map { { %$_, page => $page } } blocks(read_lines($page)) } @pages;
my @grants = grep { $_->{text} !~ /^SELECT/ } @blocks;
my @queries = grep { $_->{text} =~ /^SELECT/ } @blocks;
chomp $_->{text} for @queries;
is(scalar @grants, 1, 'one block makes the role');
cmp_ok(scalar @queries, '>=', 30, scalar(@queries) . ' queries');

# --- a shop, a role ----------------------------------------------------------

# Customers who come daily and weekly, stop, come back, only look, send back; 150
# of them in the last month, so that no query has nothing to tell.
sub owner { return $node->safe_psql('postgres', $_[0]) }
owner(<<'SQL');
SET client_min_messages = warning;
CREATE EXTENSION user_ops;
CREATE SCHEMA store;
CREATE TABLE store.orders AS
SELECT c AS customer_id,
	timestamptz '2024-02-01 09:00Z' + c * interval '11 hours' + (n * (1 + c % 9) * 17 + CASE WHEN n > 6 AND c % 5 = 0 THEN 1200 ELSE 0 END) * interval '1 hour' AS ordered_at,
	CASE WHEN c % 7 = 0 OR n % 3 = 1 THEN NULL WHEN n % 13 = 12 THEN -5 ELSE round((5 + (c * 7 + n * 13) % 90)::numeric * 1.17, 2) END AS total, NULL::text AS what
FROM generate_series(1, 600) AS c, generate_series(0, (c * c) % 41) AS n;
UPDATE store.orders SET what = CASE WHEN total IS NULL THEN (ARRAY['visit', 'search'])[1 + customer_id % 2] WHEN total < 0 THEN 'return' ELSE 'order' END;
CREATE TYPE store.chain AS ENUM ('south', 'north');
CREATE TYPE store.plan AS ENUM ('paid', 'free');
CREATE DOMAIN store.customer AS integer;
CREATE DOMAIN store.country AS text;
CREATE VIEW store.all_orders AS
SELECT o.chain::store.chain, o.customer_id::store.customer, ordered_at, total, what, (enum_range(NULL::store.plan))[1 + o.customer_id % 2] AS plan,
	(ARRAY['fr', 'de', NULL])[1 + o.customer_id % 3]::store.country AS country
FROM (SELECT 'north' AS chain, customer_id, ordered_at, total, what FROM store.orders
UNION ALL SELECT 'south', customer_id, ordered_at + customer_id % 50 * interval '1 day', total * 3, what FROM store.orders WHERE customer_id % 3 > 0) AS o;
CREATE TABLE store.assignments AS
SELECT k::store.chain AS chain, c::store.customer AS customer_id, CASE WHEN c * c % 7 > 1 THEN 'coupon' ELSE 'holdout' END AS variant, timestamptz '2024-08-20 12:00Z' + c % 30 * interval '1 day' AS assigned_at, (ARRAY['sleeping', 'lost'])[1 + c % 2] AS life_stage
FROM unnest('{south,north}'::text[]) AS k, generate_series(1, 450) AS c;
CREATE TABLE store.points AS
SELECT k::store.chain AS chain, c::store.customer AS customer_id, (ARRAY['earn', 'earn', 'spend', 'earn', 'reverse'])[1 + (c + n) % 5] AS kind, 5 + (c * n * 7) % 40 AS points, timestamptz '2024-01-05 12:00Z' + (c * 3 + n * 41) % 290 * interval '1 day' AS occurred_at
FROM unnest('{north}'::text[]) AS k, generate_series(1, 450) AS c, generate_series(1, 6) AS n; -- of those who are alone in shop
CREATE TABLE store.invitations AS
SELECT k::store.chain AS chain, greatest(1, c - 1 - c * 7 % 40)::store.customer AS inviter, c::store.customer AS invitee, timestamptz '2024-02-01 09:00Z' + c * interval '11 hours' AS invited_at
FROM unnest('{south,north}'::text[]) AS k, generate_series(2, 550) AS c;
CREATE TABLE store.logins AS
SELECT 'north'::store.chain AS chain, 'device ' || CASE WHEN c % 90 < 5 THEN 0 ELSE c / 2 END AS device_id, c AS account, timestamptz '2024-02-01 09:00Z' + c * interval '11 hours' AS logged_in_at
FROM generate_series(1, 550) AS c;
CREATE TABLE store.answers AS
SELECT k::store.chain AS chain, n * 7919 % 101 * 3 % 11 AS score, timestamptz '2024-07-20 12:00Z' + n * interval '5 hours' AS answered_at, (ARRAY['app', 'web'])[1 + n % 5 % 2] AS channel
FROM unnest('{south,north}'::text[]) AS k, generate_series(1, 450) AS n;
CREATE VIEW store.answers_of_north AS SELECT score, answered_at, channel FROM store.answers WHERE chain = 'north';
CREATE TABLE store.tags AS
SELECT k::store.chain AS chain, c::store.customer AS customer_id, tag, date '2024-08-01' + (c * 7 + n * 11)::integer % 90 AS since, CASE WHEN c % 5 = 0 THEN date '2024-09-10' + c % 120 END AS until
FROM unnest('{south,north}'::text[]) AS k, generate_series(1, 450) AS c, unnest('{newsletter,complained,student}'::text[]) WITH ORDINALITY AS t (tag, n) WHERE (c + n) % 3 > 0;
CREATE TABLE store.lines AS
SELECT 'north'::store.chain AS chain, c::store.customer AS customer_id, (c % 3) * 10 + (c + n * 3) % 5 AS product, timestamptz '2024-02-10 12:00Z' + (c * 3 + n * 29) % 260 * interval '1 day' AS ordered_at, 3 + c % 20 AS paid
FROM generate_series(1, 450) AS c, generate_series(1, 4) AS n;
CREATE TABLE store.reads AS
SELECT 'north'::store.chain AS chain, c::store.customer AS customer_id, (c + n * n) % 9 AS post, timestamptz '2024-02-10 12:00Z' + (c * 3 + n * 41) % 260 * interval '1 day' AS read_at,
	(1 + (c + n * n) % 9)::store.customer AS author, (ARRAY['read', 'read', 'like', 'write'])[1 + (c * n) % 4] AS did
FROM generate_series(1, 450) AS c, generate_series(1, 4) AS n;
CREATE TABLE store.growth AS
SELECT 'north'::store.chain AS chain, c::store.customer AS customer_id, date '2024-01-05' + (c * 17 + n * 53) % 295 AS day, (c * 7 + n * 13) % 90 * 4 AS growth
FROM generate_series(1, 400) AS c, generate_series(1, 4) AS n WHERE n <= c % 5;
SELECT user_ops.create_views('store.orders', 'customer_id', 'ordered_at', 'total', 'shop', as_of => d, rfm_ntile => true) FROM unnest('{2024-10-05,2024-11-01}'::date[]) AS d;
SELECT user_ops.create_views('store.all_orders', 'customer_id', 'ordered_at', 'total', 'shop_by_chain', as_of => d, rfm_ntile => true, tenant => 'chain', first_values => '{plan,country}', breakdown => '{plan,country}')
FROM unnest('{2024-10-05,2024-11-01}'::date[]) AS d;
SELECT user_ops.create_views('store.all_orders', 'plan', 'ordered_at', target_schema => 'spot_by_chain', as_of => '2024-11-01', tenant => 'chain', first_values => '{country}', breakdown => '{country}', rfm_ntile => true, stored => false);
SELECT user_ops.create_views('store.orders', 'customer_id', 'ordered_at', 'total', 'spot', as_of => '2024-11-01', rfm_ntile => true, stored => false);
SELECT user_ops.create_views('store.orders', 'customer_id', 'ordered_at', target_schema => 'visits', as_of => '2024-11-01', rfm_ntile => true);
SQL
# the add-ons of the page, in all of them; who was assigned to what, and who has points and growth, are customers, and not plans
my $made = join "\n", join('', @document) =~ /^```\n((?:create|set)_.*?)\n```/msg;
owner(join ";\n", 'SET client_min_messages = warning', map { my $call = $_; map { my $schema = $_;
	"SELECT user_ops.$call" =~ s/'shop'/'$schema'/r =~ s/store\.answers/'store.answers' . ($schema =~ m{chain} ? '' : '_of_north')/er } qw(shop shop_by_chain spot visits),
	$call =~ /experiment|points|tier|referral|tag|item|content/ ? () : 'spot_by_chain' } split /\n/, $made);
# devices that change hands
owner(q{INSERT INTO store.logins SELECT 'north', 'device ' || n, n, '2024-10-01Z' FROM generate_series(10, 40) AS n; SELECT user_ops.refresh(s) FROM unnest('{shop,shop_by_chain,visits}'::name[]) AS s});
owner('REVOKE USAGE ON SCHEMA user_ops FROM PUBLIC; GRANT SELECT ON store.assignments, store.invitations, store.tags TO PUBLIC');
my @said = $grants[0]{text} =~ /^(.+);$/mg;
is_deeply([ map { s/ (?:ON SCHEMA|IN SCHEMA|TO|ROLE) .*//r } @said ], [ 'CREATE', 'GRANT USAGE', 'GRANT SELECT ON ALL TABLES' ],
	'it says two grants, and no more');
# of both schemas that the queries read
s/SCHEMA shop\b/SCHEMA shop, shop_by_chain/ for @said;

# As the reader, a connection of its own. Rows as text, or the error.
sub reader
{
	my ($sql) = @_;
	my ($status, $out, $err) = $node->psql('postgres', $sql, extra_params => [ '-U', 'bi' ], on_error_stop => 1);
	return $status ? $err : $out;
}

# The queries for which a condition does not hold, by their line.
sub all_of
{
	my ($name, $holds) = @_;
	my @bad;
	for my $query (@queries)
	{
		my $why = $holds->($query);
		push @bad, "$query->{page}:$query->{line}: $why" if $why;
	}
	return is(join("\n", @bad), '', $name);
}
sub unless_same { my ($got, $expected) = @_; return $got eq $expected ? '' : 'got ' . substr($got, 0, 200) . ', expected ' . substr($expected, 0, 200) }
sub unless_like { my ($got, $pattern) = @_; return $got =~ $pattern ? '' : 'got ' . substr($got, 0, 200) }

owner($said[0]);
all_of('without a grant nothing can be read', sub { unless_like(reader($_[0]{text}), qr/permission denied for schema shop/) });
owner($said[1]);
all_of('... nor with the first grant alone', sub { unless_like(reader($_[0]{text}), qr/permission denied for (?:view|table)/) });
owner("REVOKE USAGE ON SCHEMA shop, shop_by_chain FROM bi; $said[2]");
all_of('... nor with the second alone', sub { unless_like(reader($_[0]{text}), qr/permission denied for schema shop/) });
owner($said[1]);
for my $query (@queries)
{
	$query->{rows} = reader($query->{text});
	like($query->{rows}, qr/\A(?!.*ERROR)./s, "$query->{page}:$query->{line} runs and has rows");
}

# --- what a query is ---------------------------------------------------------

all_of('each is one statement without a semicolon or comment', sub { $_[0]{text} =~ /;|--|\/\*/ ? 'it is not' : '' });
all_of('each names its columns', sub { $_[0]{text} =~ /SELECT\s+\*/ ? 'a star' : '' });
all_of('each reads one view, and basis for the date', sub {
	my ($first, @more) = $_[0]{text} =~ /\b(?:FROM|JOIN)\s+(\S+)/g;
	@more > 1 || grep({ $_ ne $first =~ s/\..*/.fitted)/r } @more) ? "$first @more" : '' });
my %asked = map { $_ => 1 } map { $_->{text} =~ /^FROM shop\.(\w+)/m } @queries;
my @histories = qw(segment_history transitions identity_merges);
my @views = split /\n/, owner(q{SELECT relname FROM pg_class WHERE relnamespace = 'shop'::regnamespace AND relkind = 'v' ORDER BY 1});
is(join(' ', grep { !$asked{$_} } @views, @histories), '', 'every view is asked, and what the refreshes write');

# --- as tools run them -------------------------------------------------------

# Names and types of the columns, by the extended protocol.
for my $query (@queries)
{
	$query->{columns} = [ map { [ split /\|/ ] } split /\n/, reader("$query->{text} \\gdesc") ];
}
sub rows_of { return scalar(() = $_[0] =~ /^/mg) }

all_of('inside another query, with names in quotes and LIMIT 1', sub {
	my ($query) = @_;
	my ($first) = split /\n/, $query->{rows};
	my $names = join ', ', map { qq{"t"."$_->[0]" AS "$_->[0]"} } @{ $query->{columns} };
	unless_same(reader(qq{SELECT $names FROM ($query->{text}) AS "t" WHERE "t"."$query->{columns}[0][0]" IS NOT NULL LIMIT 1}), $first) });
all_of('... and counted', sub { unless_same(reader("SELECT count(*) FROM ($_[0]{text}) t HAVING count(1) > 0"), rows_of($_[0]{rows})) });
my $cut = 0;
all_of('dates cut to months, and bound as parameters, as Metabase, Tableau and Superset do', sub {
	my ($query) = @_;
	for my $column (grep { $_->[1] =~ /^(date|timestamp)/ } @{ $query->{columns} })
	{
		my $name = qq{"t"."$column->[0]"};
		$cut++;
		for my $month ("DATE_TRUNC('month', $name)", "CAST(DATE_TRUNC('MONTH', CAST($name AS TIMESTAMP)) AS DATE)", "DATE_TRUNC('month', $name) AT TIME ZONE 'UTC'")
		{
			my $sum = reader(qq{SELECT sum(n) FROM (SELECT $month AS "m", COUNT(*) AS "n" FROM ($query->{text}) AS "t"
				WHERE $name >= TO_DATE('2024-01-01', 'YYYY-MM-DD') AND $name < timestamptz '2999-01-01 00:00:00+00' GROUP BY $month ORDER BY $month ASC LIMIT 50000) AS s});
			return "$month: $sum" if $sum ne rows_of($query->{rows});
		}
		my $between = reader("PREPARE m(date, timestamptz) AS SELECT count(*) FROM ($query->{text}) AS t WHERE $name BETWEEN \$1 AND \$2;\nEXECUTE m('2000-01-01', '2999-01-01')");
		return "between: $between" if $between ne rows_of($query->{rows});
	}
	return '' });
cmp_ok($cut, '>', 10, '... in ' . $cut . ' columns');
all_of('through a cursor', sub { unless_same(reader("BEGIN;\nDECLARE c NO SCROLL CURSOR FOR $_[0]{text};\nFETCH 1 FROM c;\nFETCH FORWARD ALL FROM c;\nCOMMIT"), $_[0]{rows}) });

# Five custom plans, five generic ones, each time the same rows.
all_of('prepared, and executed ten times', sub {
	my ($query) = @_;
	my $five = "SELECT '--';\nEXECUTE q(100000);\n" x 5;
	my $out = reader("PREPARE q(bigint) AS SELECT * FROM ($query->{text}) AS t LIMIT \$1;\nSET plan_cache_mode = force_custom_plan;\n$five
		SET plan_cache_mode = force_generic_plan;\n$five SELECT '--';\nSELECT generic_plans || ' ' || custom_plans FROM pg_prepared_statements");
	unless_same($out, ("--\n$query->{rows}\n" x 10) . "--\n5 5") });
my $script = PostgreSQL::Test::Utils::tempdir() . '/queries.sql';
open my $file, '>', $script or die $!;
print $file "\\set n 1000\n", map { "SELECT * FROM ($_->{text}) AS t LIMIT :n;\n" } @queries;
close $file;
for my $mode (qw(extended prepared))
{
	my ($out, $err);
	ok(IPC::Run::run([ 'pgbench', '-n', '-M', $mode, '-t', '10', '-U', 'bi', '-h', $node->host, '-p', $node->port, '-f', $script, 'postgres' ],
		'<', \'', '>', \$out, '2>', \$err), "with a parameter by the $mode protocol") or diag $err;
}

# --- as their parsers read them ----------------------------------------------

my %parsers = ('pgsql-parser' => [ 'node', "$FindBin::RealBin/../parsers/pgsql_parser.mjs" ],
	'sqlglot' => [ '/usr/bin/python3', "$FindBin::RealBin/../parsers/sqlglot_parser.py" ]);

# The answers of a parser; none if it is not there.
sub answers
{
	my ($parser, $texts) = @_;
	my ($out, $err) = ('', '');
	my $good = eval { IPC::Run::run($parsers{$parser}, '<', \encode_json($texts), '>', \$out, '2>', \$err) };
	return $good ? @{ decode_json($out) } : ();
}
for my $parser (sort keys %parsers)
{
  SKIP:
	{
		my ($there) = answers($parser, ['SELECT 1']);
		skip "$parser is not installed", 3 if !$there;
		my @answers = answers($parser, [ map { $_->{text} } @queries ]);
		my %answer = map { $queries[$_]{text} => $answers[$_] } 0 .. $#queries;
		all_of("$parser reads each as one SELECT", sub {
			my $answer = $answer{ $_[0]{text} };
			$answer->{error} // (@{ $answer->{kinds} } == 1 && $answer->{kinds}[0] =~ /^Select/ ? '' : "@{ $answer->{kinds} }") });
		all_of('... and what it writes of it gives the same rows', sub { unless_same(reader($answer{ $_[0]{text} }{text} // 'SELECT'), $_[0]{rows}) });
		my ($bad) = answers($parser, ['SELECT FROM WHERE )']);
		ok($bad->{error}, '(it does refuse what is not SQL)');
	}
}

# --- what the document says of sums ------------------------------------------

sub one { my ($sql) = @_; return reader("SELECT $sql") }
my ($users, $revenue) = map { one($_) } 'count(*) FROM shop.users', 'sum(monetary) FROM shop.users';
is(one("sum($_"), $users, "sum($_ is the number of users") for 'new_users) FROM shop.kpis_day', 'new_users) FROM shop.lifecycle_week', 'users) FROM shop.rfm_segments',
	'users) FROM shop.churn_bands', 'cohort_size) FROM shop.retention_month WHERE period_number = 0', 'cohort_size) FROM shop.ltv_month WHERE period_number = 0';
is(one("sum($_"), $revenue, "sum($_ is all net amount") for 'revenue) FROM shop.kpis_day', 'revenue) FROM shop.rfm_segments', 'revenue_at_risk) FROM shop.churn_bands',
	'revenue) FROM shop.ltv_month';
is(one('sum(users) FROM shop.engagement_28d'), one("count(*) FROM shop.users WHERE last_day >= date '2024-11-01' - 28"), 'sum(users) of engagement_28d is who came in it');
is(one('sum(users) FROM shop.rfm_grid'), one('count(*) FROM shop.users WHERE frequency > 0'), 'sum(users) of rfm_grid is who bought');
is(reader('SELECT period_number, round(sum(retained_users) / sum(cohort_size), 9) FROM shop.retention_month WHERE complete GROUP BY 1 ORDER BY 1'),
	reader('SELECT period_number, round(retention_rate::numeric, 9) FROM shop.retention_curve_month ORDER BY 1'), 'sums of retention divided are its curve');

# --- Grafana -----------------------------------------------------------------

my @timed = grep { $_->{text} =~ / AS "time"/ } @queries;
is(join(' ', map { $_->{columns}[0][1] } @timed), join(' ', ('timestamp with time zone') x 2), 'the time of Grafana is a timestamptz');
is((split /\|/, $timed[0]{rows})[0], owner('SELECT min(day) FROM shop.kpis_day') . ' 00:00:00+00', '... midnight in UTC');
my @filters = grep { /\$__timeFilter\(/ } @document;
is(scalar @filters, 1, 'one time filter');
my ($column) = $filters[0] =~ /\$__timeFilter\((\w+)\)/;
my $picked = "$column BETWEEN '2024-09-01T00:00:00Z' AND '2024-09-30T23:59:59.999Z'";
is(reader($timed[0]{text} =~ s/^ORDER/WHERE $picked\nORDER/mr =~ s/\A.*?^FROM/SELECT count(*), min(day), max(day) FROM/smr =~ s/^ORDER.*//smr),
	'30|2024-09-01|2024-09-30', '... as Grafana fills it in takes the days picked');

# --- other ways to make the views --------------------------------------------

owner("GRANT USAGE ON SCHEMA $_ TO bi; GRANT SELECT ON ALL TABLES IN SCHEMA $_ TO bi") for qw(spot visits);
sub in_schema { my ($query, $schema) = @_; return reader($query->{text} =~ s/\bshop\./$schema./gr) }
sub reads_history { my ($query) = @_; return scalar grep { $query->{text} =~ /FROM shop\.$_\b/ } @histories }
all_of('read on the spot, the source needs a grant', sub {
	my ($query) = @_;
	return '' if $query->{text} =~ /FROM shop_by_chain/;
	reads_history($query) ? unless_like(in_schema($query, 'spot'), qr/does not exist/) : unless_like(in_schema($query, 'spot'), qr/permission denied for (?:table (?:orders|points|growth|logins|reads|lines)|view answers_of_north)\b/) });
owner('GRANT SELECT ON store.orders, store.points, store.growth, store.logins, store.answers_of_north, store.reads, store.lines TO bi');
all_of('... which is enough, and gives the same rows', sub {
	my ($query) = @_;
	return '' if $query->{text} =~ /^SELECT as_of, refreshed_at|FROM shop_by_chain/ || reads_history($query);
	unless_same(in_schema($query, 'spot'), $query->{rows}) });
is(reader(q{SELECT has_schema_privilege('store', 'USAGE') OR has_schema_privilege('user_ops', 'USAGE')}), 'f',
	'... while the schemas of the source and of user_ops stay closed');
all_of('where the source has no amounts they run too', sub { in_schema($_[0], 'visits') =~ /(ERROR.*)/ ? $1 : '' });


# What each tenant has is what it would have alone.
all_of('with tenants they run too', sub { in_schema($_[0], 'shop_by_chain') =~ /(ERROR.*)/ ? $1 : '' });
all_of('... and of one tenant they say what they say of its rows alone', sub {
	my ($query) = @_;
	return '' if $query->{text} =~ /^SELECT as_of, refreshed_at|FROM shop_by_chain/;
	my $north = $query->{text} =~ s/FROM shop\.(\w+)/FROM (SELECT * FROM shop_by_chain.$1 WHERE chain = 'north') AS $1/gr;
	unless_same(reader($north), $query->{rows}) });
my ($by_chain) = grep { $_->{text} =~ /FROM shop_by_chain/ } @queries;
is(join(' ', $by_chain->{rows} =~ /^(\w+)\|/mg), 'north south', 'the query by tenant has a row for each');

# --- what tools see of the views ---------------------------------------------

sub none { return is(reader($_[0]), '', $_[1]) }
owner('GRANT USAGE ON SCHEMA spot_by_chain TO bi; GRANT SELECT ON ALL TABLES IN SCHEMA spot_by_chain, store TO bi');
for my $schema (qw(shop spot visits shop_by_chain spot_by_chain))
{
	my $seen = "FROM information_schema.columns JOIN information_schema.tables AS t USING (table_schema, table_name)
		WHERE table_schema = '$schema' AND t.table_type = 'VIEW' AND table_name NOT IN ('activity', 'fitted', 'journeys', 'points', 'growth', 'experiment_states_win_back', 'experiment_looks_win_back', 'referral_states', 'identity_states', 'identity_ids', 'survey_states_recommend', 'propensity_fit', 'propensity_backtest', 'content_item_counts', 'content_creator_counts', 'content_role_counts', 'item_baskets_items', 'item_affinity_items', 'item_counts_items', 'item_neighbours_items', 'item_quality_items')
		AND (table_name, column_name) NOT IN (('models', 'fitted_at'), ('transitions', 'refreshed_at'), ('identity_merges', 'refreshed_at'), ('sessions', 'started_at'), ('sessions', 'ended_at'), ('funnel_users', 'entered_at'), ('funnel_users', 'reached_at'))";
	my $broken_by = owner("SELECT coalesce(cardinality(breakdown), 0) FROM $schema.settings");
	my $without_history = $schema =~ /^spot/ ? 2 : 0;
	is(reader("SELECT count(DISTINCT table_name) $seen"), @views + 10 * $broken_by - $without_history - 28 * ($schema eq 'spot_by_chain'), "$schema: a tool sees the views");
	none("SELECT table_name, column_name, data_type $seen AND data_type NOT IN ('integer', 'bigint', 'numeric', 'double precision', 'date', 'text', 'boolean')",
		'... all columns numbers, dates, text or boolean');
	none("SELECT a.attrelid::regclass, a.attname FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_type t ON t.oid = a.atttypid
		WHERE c.relnamespace = '$schema'::regnamespace AND c.relkind = 'v' AND c.relname NOT IN ('activity', 'fitted', 'journeys', 'points', 'growth', 'experiment_states_win_back', 'identity_states', 'identity_ids', 'survey_states_recommend', 'propensity_fit', 'propensity_backtest', 'item_baskets_items', 'item_affinity_items') AND a.attnum > 0 AND (t.typtype <> 'b' OR t.typcategory IN ('A', 'C', 'E', 'P'))",
		'... no enum, array, composite or domain in any view');
	my $relations = "FROM pg_catalog.pg_class c WHERE c.relnamespace = '$schema'::regnamespace AND c.relkind IN ('v', 'r')";
	none("SELECT c.relname $relations AND coalesce(obj_description(c.oid, 'pg_class'), '') = ''", '... every view and table has a comment');
	# as the JDBC driver and SQLAlchemy ask for it
	none("SELECT c.relname, a.attname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
		LEFT JOIN pg_description d ON d.objoid = c.oid AND d.objsubid = a.attnum AND d.classoid = 'pg_class'::regclass
		WHERE c.relnamespace = '$schema'::regnamespace AND c.relkind IN ('v', 'r') AND c.relname <> 'settings' AND coalesce(d.description, '') = ''",
		'... and every column');
	my $names = reader(qq{SELECT string_agg(format('"$schema"."users".%1\$I AS %1\$I', column_name), ', ' ORDER BY ordinal_position) $seen AND table_name = 'users'});
	is(rows_of(reader(qq{SELECT $names FROM "$schema"."users" WHERE ("$schema"."users"."events" > 0) LIMIT 2000})),
		reader("SELECT count(*) FROM $schema.users"), '... whose names may be quoted');
}

$node->stop;
done_testing();
