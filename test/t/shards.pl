# What create_views and refresh do where Citus distributes the source, without it: a few
# tables and functions stand for its catalogue, and tables stay whole.  The SQL for shards
# runs, gives the rows that one table gives, and is of shapes that Citus takes.
#
# Takes minutes.
use strict;
use warnings;
use lib 'test/lib';
use JSON::PP;
use Split qw($columns $rows %schemas @changes same_rows both);
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('shards');
$node->init;
$node->append_conf('postgresql.conf', "fsync = off\nautovacuum = off\njit = off\nclient_min_messages = error\nallow_system_table_mods = on\n");
$node->start;
my @both = qw(whole split);
sub sql { return $node->safe_psql($_[1] // 'split', $_[0]) }
sub errors { return ($node->psql($_[1] // 'split', "\\set VERBOSITY verbose\n$_[0]"))[2] }

# As in Citus, a key has the column by which its table is distributed, and rows have no NULL there.
my $catalogue = <<'SQL';
CREATE TABLE pg_catalog.pg_dist_partition (logicalrelid regclass, partmethod "char", partkey text, colocationid integer);
CREATE FUNCTION pg_catalog.column_to_column_name(regclass, text) RETURNS text LANGUAGE sql AS 'SELECT $2';
CREATE FUNCTION pg_catalog.create_distributed_table(relation regclass, shard_column text, colocate_with text DEFAULT 'default') RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	IF EXISTS (SELECT FROM pg_index i JOIN pg_attribute a ON a.attrelid = relation AND a.attname = shard_column WHERE i.indrelid = relation AND i.indisunique AND a.attnum <> ALL (i.indkey::smallint[])) THEN
		RAISE EXCEPTION 'a key of % lacks %', relation, shard_column;
	END IF;
	EXECUTE format('ALTER TABLE %s ADD CHECK (%I IS NOT NULL)', relation, shard_column);
	INSERT INTO pg_dist_partition VALUES (relation, 'h', shard_column, CASE colocate_with WHEN 'default' THEN 1 ELSE (SELECT d.colocationid FROM pg_dist_partition d WHERE d.logicalrelid = colocate_with::regclass) END);
END $$;
CREATE FUNCTION pg_catalog.create_reference_table(relation regclass) RETURNS void LANGUAGE sql AS $$ INSERT INTO pg_dist_partition VALUES (relation, 'n', NULL, 2) $$;
CREATE FUNCTION pg_catalog.truncate_local_data_after_distributing_table(relation regclass) RETURNS void LANGUAGE sql AS 'SELECT';
SQL

for my $database (@both)
{
	sql("CREATE DATABASE $database", 'postgres');
	sql('CREATE EXTENSION user_ops', $database);
	sql("CREATE TABLE events ($columns); INSERT INTO events $rows; CREATE VIEW seen AS SELECT \"Who\" AS visitor, tenant, at, amount, event, channel FROM events WHERE event <> 'none'", $database);
}
sql($catalogue);
sql(q{SELECT create_distributed_table('events', 'Who')});

sub make { return "SELECT count(*) > 20 FROM user_ops.create_views('events', 'Who', 'at', 'amount', '$_[0]', $_[1])" }

# --- what it distributes, and what it refuses -------------------------------------------------

my ($out, $notices) = ('', '');
$node->psql('split', 'SET client_min_messages = notice; ' . make('plain', $schemas{plain}), stdout => \$out, stderr => \$notices);
like($notices, qr/NOTICE:  public\.events is distributed by "Who", and so is what is stored of users\nDETAIL:  Beside its rows: plain\.activity, plain\.transition_log, plain\.changes, plain\.journey_changes\. On all nodes: plain\.calibration, plain\.fitted\./,
	'create_views says what it distributes');
is(sql(q{SELECT logicalrelid || ' ' || coalesce(partkey, 'everywhere') FROM pg_dist_partition WHERE logicalrelid::text LIKE 'plain.%' ORDER BY 1}),
	"plain.activity user_id\nplain.calibration everywhere\nplain.changes user_id\nplain.fitted everywhere\nplain.journey_changes user_id\nplain.transition_log user_id", 'and does it');
sql(q{SELECT user_ops.drop_views('plain')});
is(sql(q{SELECT count(*) FROM pg_namespace WHERE nspname = 'plain'}), 0, 'drop_views drops all of it');
is(sql(q{SELECT user_ops_internal.column_origin('seen', 'visitor')}), '(events,Who)', 'a column of a view is followed to its table');
sql(q{CREATE VIEW inner_view AS SELECT * FROM (SELECT max(at) AS at, "Who" AS w, amount FROM events GROUP BY 2, 3) AS x; CREATE VIEW outer_view AS SELECT amount AS w, w AS "w h o", at, w + 1 AS next FROM inner_view; CREATE VIEW last_view AS SELECT "w h o" AS who, w, next FROM outer_view});
is(sql(q{SELECT user_ops_internal.column_origin('last_view', 'who'), user_ops_internal.column_origin('last_view', 'w'), user_ops_internal.column_origin('last_view', 'next')}), '(events,Who)|(events,amount)|(,)', '... through three, by place and not by name; and not what is computed');
my @refused = (
	[ "SELECT user_ops.create_views('events', 'tenant', 'at')", qr/0A000: rows of one user are on many shards.*HINT:  Distribute it by the user/s, 'another user than the one by which rows are distributed' ],
	[ "SELECT user_ops.create_views('events', 'Who', 'at', tenant => 'tenant', stored => false)", qr/0A000: views with a tenant over a distributed table have to be stored.*HINT/s, 'tenants that are not stored' ],
	[ "ALTER TABLE events RENAME channel TO kept; SELECT user_ops.create_views('events', 'Who', 'at', first_values => '{kept}')", qr/42701: a refresh on shards uses the column name "kept" itself.*HINT/s, 'a column called as one of its own' ],
	[ "SELECT user_ops.create_views('events', 'Who', 'at', stored => false)", qr/0A000: views that read a distributed table need a date.*HINT/s, 'no date, by clocks of nodes' ]);
like(errors("BEGIN; $_->[0]"), $_->[1], "refused: $_->[2]") for @refused;
like(errors(q{SELECT user_ops.distribute('nowhere')}), qr/3F000/, 'distribute: of no schema');

# --- the same answers ---------------------------------------------------------------------------

$schemas{seen} = $schemas{plain};
sub made_for { return $_[0] eq 'seen' ? make(@_) =~ s/'events', 'Who'/'seen', 'visitor'/r : make(@_) }
for my $schema (sort keys %schemas)
{
	both($node, \@both, made_for($schema, $schemas{$schema}), "$schema is made");
	both($node, \@both, "SELECT count(*) FROM user_ops.create_funnel_view('$schema', 'buy', '{view,cart,pay}', '60 days');
		SELECT count(*) FROM user_ops.create_funnel_view('$schema', 'dear', conditions => '{amount > 20,amount > 50}', within => '90 days');
		SELECT count(*) FROM user_ops.create_session_view('$schema', 'visits'); SELECT count(*) FROM user_ops.create_path_view('$schema', 'ways');
		SELECT count(*) FROM user_ops.create_attribution_view('$schema', 'sold', '{pay}', models => '{linear,markov}')", "$schema has add-ons");
	same_rows($node, \@both, $schema, $schema);
}
# one that was made while its source was not distributed
sql(q{DELETE FROM pg_dist_partition; });
sql(make('later', $schemas{firsts}), $_) for @both;
sql(q{INSERT INTO pg_dist_partition SELECT c.oid, CASE WHEN a.attname IS NULL THEN 'n' ELSE 'h' END, a.attname, CASE WHEN a.attname IS NULL THEN 2 ELSE 1 END
	FROM pg_class c LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname IN ('Who', 'user_id')
	WHERE c.relkind = 'r' AND c.relnamespace::regnamespace::text NOT IN ('later', 'pg_catalog', 'information_schema') AND (a.attname IS NOT NULL OR c.relname LIKE 'fitted%' OR c.relname = 'calibration')});
like(($node->psql('split', q{SET client_min_messages = notice; SELECT user_ops.refresh('later')}))[2], qr/NOTICE:  public\.events is distributed, and what "later" stores is on this server.*HINT:  SELECT user_ops\.distribute\('later'\)/s, 'a refresh asks for distribute');
is(sql(q{SELECT string_agg(d, ' ') FROM user_ops.distribute('later') AS d}), 'later.activity later.transition_log later.changes later.journey_changes later.calibration later.fitted', 'distribute');
is(sql(q{SELECT count(*) FROM user_ops.distribute('later')}), 0, '... once');
sql(q{DELETE FROM later.refresh_log; INSERT INTO later.refresh_log SELECT * FROM firsts.refresh_log}, $_) for @both;
$schemas{later} = $schemas{firsts};

my %statements;    # that refreshes ran, by their text

# refresh_watched(SCHEMA): a refresh in the split database; keeps what it ran
sub refresh_watched
{
	my ($schema) = @_;
	my ($stdout, $stderr) = ('', '');
	$node->psql('split', "LOAD 'auto_explain'; SET auto_explain.log_min_duration = 0; SET auto_explain.log_nested_statements = on; SET auto_explain.log_format = json;
		SET auto_explain.log_level = notice; SET client_min_messages = notice; SELECT * FROM user_ops.refresh('$schema')", stdout => \$stdout, stderr => \$stderr);
	$statements{ decode_json("[$1]")->[0] } = $schema while $stderr =~ /"Query Text": ("(?:[^"\\]|\\.)*")/g;
	return $stdout;
}

for my $change (@changes)
{
	my ($name, $statements) = @$change;
	sql($statements, $_) for @both;
	for my $schema (sort keys %schemas)
	{
		is(refresh_watched($schema), sql("SELECT * FROM user_ops.refresh('$schema')", 'whole'), "$name: $schema is refreshed");
		both($node, \@both, "SELECT count(*) FROM user_ops.verify('$schema')", '... and verified');
		same_rows($node, \@both, $schema, "$name: $schema");
	}
}
is(sql('SELECT ' . join ' + ', map { "(SELECT count(*) FROM $_.changes) + (SELECT count(*) FROM $_.journey_changes)" } sort keys %schemas), 0, 'nothing is left in tables for changes');

# by tenant, with rows that have none of their users
sql(q{UPDATE pg_dist_partition SET partkey = 'tenant' WHERE logicalrelid = 'events'::regclass; ALTER TABLE events DROP CONSTRAINT "events_Who_check"});
sql(q{INSERT INTO events VALUES (NULL, 't1', '2023-05-05', 1, 'view', 'ad', now())}, $_) for @both;
both($node, \@both, make('by_tenant', $schemas{each}), 'by tenant');
both($node, \@both, q{SELECT count(*) FROM user_ops.create_journeys('by_tenant')}, '... with journeys');
is(sql(q{SELECT string_agg(DISTINCT partkey, ' ') FROM pg_dist_partition WHERE logicalrelid::text LIKE 'by_tenant.%'}), 'tenant', '... is distributed by tenant');
is(refresh_watched('by_tenant'), sql(q{SELECT * FROM user_ops.refresh('by_tenant')}, 'whole'), '... and refreshed');
sql(q{INSERT INTO events VALUES (NULL, 't2', '2023-05-05', 1, 'view', 'ad', now()), (3, 't0', '2023-05-06', 1, 'view', 'ad', now())}, $_) for @both;
is(refresh_watched('by_tenant'), sql(q{SELECT * FROM user_ops.refresh('by_tenant')}, 'whole'), '... and again');
same_rows($node, \@both, 'by_tenant', 'by_tenant');

# --- the shapes of the SQL ----------------------------------------------------------------------

my $sharded = qr/\b(?:events|seen|\w+\.(?:activity|changes|journeys\w*|journey_changes|transition_log))\b(?!\.)/;
my @distributed = sort grep { /$sharded/ && !/create_views|^SELECT (?:\* FROM )?user_ops\.refresh|^\s*EXPLAIN|\btarget_schema\b/ } keys %statements;
cmp_ok(scalar @distributed, '>', 100, 'refreshes ran ' . @distributed . ' statements over shards');
sub none { my ($name, $fault, @texts) = @_; my @found = grep { /$fault/ } @texts; is(scalar @found, 0, $name) or diag($found[0]); return }
none('... none has OFFSET 0, which brings users here', qr/OFFSET\s+'?0/, @distributed);
none('... nor an empty SELECT, which Citus does not write', qr/SELECT\s+FROM/, @distributed);
# the aggregates there are, by name, in a LATERAL of whatever depth
my $aggregate = join '|', split /\n/, sql(q{SELECT DISTINCT proname FROM pg_proc WHERE prokind = 'a' AND pronamespace IN ('user_ops'::regnamespace, 'pg_catalog'::regnamespace)});
sub by_shard { return grep { /\b(?:$aggregate)\(/ } map { my @inner; push @inner, $1 while /LATERAL\s*(\((?:[^()]++|(?1))*+\))/g; @inner } @_ }
is(scalar by_shard(@distributed), 0, '... nor a LATERAL around an aggregate, which gives a row for each shard');
is(scalar by_shard('SELECT * FROM (SELECT $1 AS as_of) AS day CROSS JOIN LATERAL (SELECT user_ops.rfm_model(a.activity, day.as_of) FROM plain.activity AS a) AS fit'), 1, '... which would be found');
none('... nor a FULL JOIN, which has no column to distribute by', qr/FULL JOIN/, @distributed);
none('... nor a population', qr/population_agg|journeys_agg|user_ops\.users\(/, @distributed);
none('... nor writes what it orders', qr/^\s*INSERT INTO .*ORDER BY [^()]*$/s, grep { !/_history/ } @distributed);

# What a server asks another it writes from what it parsed: it must mean the same without a search_path.
# deparsed(STATEMENT): its text as SQL function under pg_catalog alone, or the error by which that cannot be made again
sub deparse_error
{
	my ($statement) = @_;
	$statement =~ s/^\s*CREATE TEMPORARY TABLE \S+ ON COMMIT DROP AS//;
	# without gaps among the parameters
	my %place;
	my @used = sort { $a <=> $b } do { my %seen; grep { !$seen{$_}++ } $statement =~ /\$(\d+)/g };
	@place{@used} = 1 .. @used;
	$statement =~ s/\$(\d+)/\$$place{$1}/g;
	my ($stdout, $stderr) = ('', '');
	$node->psql('split', <<"SQL", stdout => \$stdout, stderr => \$stderr, on_error_stop => 1);
BEGIN;
PREPARE tried AS $statement;
SELECT coalesce(string_agg(t::text, ', ' ORDER BY place), '') AS types FROM pg_prepared_statements, unnest(parameter_types) WITH ORDINALITY AS p (t, place) WHERE name = 'tried'
\\gset
CREATE FUNCTION public.tried(:types) RETURNS void LANGUAGE sql BEGIN ATOMIC $statement; END;
SET LOCAL search_path = pg_catalog;
SELECT pg_get_functiondef('public.tried'::regproc) AS definition
\\gset
DROP FUNCTION public.tried;
:definition;
ROLLBACK;
SQL
	return $stderr;
}
my ($tried, @wrong) = (0);
for my $statement (grep { !/pg_temp\.|generate_series|user_ops_internal\.\w+\(\$/ } @distributed)
{
	$tried++;
	my $error = deparse_error($statement);
	push @wrong, "$statement\n$error" if $error ne '';
}
cmp_ok($tried, '>', 80, "$tried of them are written anew");
is(scalar @wrong, 0, '... and mean the same') or diag($wrong[0]);
like(deparse_error('SELECT count(*) FROM plain.activity AS a JOIN plain.activity AS b ON a.user_id = b.user_id WHERE a.activity IS DISTINCT FROM b.activity'), qr/operator does not exist/, '... which is not so of all that can be written');

my @views = split /\n/, sql(q{SELECT c.oid::regclass FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname IN ('plain', 'firsts', 'tenants', 'by_tenant') AND c.relkind = 'v' ORDER BY 1});
cmp_ok(scalar @views, '>', 100, @views . ' views');
is(sql("SET search_path = pg_catalog; DO \$do\$ DECLARE v regclass; BEGIN FOREACH v IN ARRAY '{" . join(',', @views) . "}'::regclass[] LOOP EXECUTE 'CREATE TEMPORARY VIEW again AS ' || pg_get_viewdef(v); DROP VIEW pg_temp.again; END LOOP; END \$do\$"),
	'', '... mean the same written anew');
my %bodies = map { $_ => sql("SELECT pg_get_viewdef('$_'::regclass)") } @views;
is(join(' ', grep { by_shard($bodies{$_}) } @views), '', '... none with a LATERAL around an aggregate');
is(join(' ', grep { $bodies{$_} =~ /SELECT\s+FROM/ } @views), '', '... or an empty SELECT');

$node->stop;
done_testing();
