# Dump and restore: the views give the same rows and go on living.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('dump');
$node->init;
$node->append_conf('postgresql.conf', "fsync = off\nautovacuum = off\njit = off\n");
$node->start;

sub sql { return $node->safe_psql($_[1] // 'postgres', $_[0]) }

# The statements of a dump, without comments and the keys of newer pg_dumps.
sub dump_of
{
	my ($out, $err);
	IPC::Run::run([ 'pg_dump', '-d', $node->connstr($_[0]), @_[ 1 .. $#_ ] ], '>', \$out, '2>', \$err)
	  or die $err;
	return join "\n", grep { !/^(--|$|SET |SELECT pg_catalog\.set_config|\\(un)?restrict)/ } split /\n/, $out;
}

my ($stored, $live) = split /\n/, sql(<<'SQL');
CREATE EXTENSION user_ops;
CREATE SCHEMA "a""b$c";
CREATE TABLE "a""b$c"."Or;ders" ("Select" text, "at" timestamptz, total numeric);
INSERT INTO "a""b$c"."Or;ders"
	SELECT 'u' || (i * 7919) % 300, timestamptz '2024-01-01 UTC' + (i % 199) * interval '17 hours',
		   CASE WHEN i % 3 = 0 THEN (i % 100)::numeric / 8 END
	FROM generate_series(1, 5000) AS i;
INSERT INTO "a""b$c"."Or;ders" VALUES (NULL, now(), 1), ('u1', 'infinity', 1);
CREATE TABLE "a""b$c"."An;swers" AS SELECT i % 11 AS "Sco're", date '2024-01-01' + i AS "of day", 'it''s ' || i % 3 AS "by;" FROM generate_series(1, 90) AS i;
CREATE TABLE "a""b$c"."Fe;sts" AS SELECT date '2024-02-01' AS "of day";
DO $do$ BEGIN
	PERFORM user_ops.create_views('"a""b$c"."Or;ders"', 'Select', 'at', 'total', 'sh op', time_zone => 'Asia/Kathmandu', rfm_ntile => true);
	PERFORM user_ops.create_views('"a""b$c"."Or;ders"', 'Select', 'at', 'total', 'spot', stored => false);
	PERFORM user_ops.create_session_view(s, 'a"b', midnight => true, event => 'Select'), user_ops.create_path_view(s, 'a"b', start_at => 'u''1'),
		user_ops.create_attribution_view(s, 'a"b', '{u1}', models => '{last,markov}'), user_ops.create_funnel_view(s, 'a"b', '{{u1,u2},{u1,NULL}}', '30 days', exclude => '{u''3}'),
		user_ops.create_funnel_view(s, 'c"d', within => '30 days', conditions => '{total > 3,total > 5}'),
		user_ops.create_survey_views(s, 'a"b', '"a""b$c"."An;swers"', 'Sco''re', 'of day', segments => '{by;}', condition => $$"by;" <> 'it''s 2'$$),
		user_ops.create_alert_views(s, except_days => '"a""b$c"."Fe;sts"', except_day => 'of day'), user_ops.set_goal(s, 'purchases', 10.5, '2024-03-01', '2024-04-01')
	FROM unnest('{sh op,spot}'::name[]) AS s;
END $do$;
SELECT count(*) FROM user_ops.create_views('"a""b$c"."Or;ders"', 'Select', 'at', 'total', 'sh op', time_zone => 'Asia/Kathmandu', rfm_ntile => true);
SELECT count(*) FROM user_ops.create_views('"a""b$c"."Or;ders"', 'Select', 'at', 'total', 'spot', as_of => '2024-06-01', stored => false,
	rfm_recency => '{7,30}', rfm_frequency => '{1,2}', rfm_monetary => '{10,20.5}', segment8_labels => '{a,b,c,d,e,f,g,"h''"}');
CREATE VIEW mine AS SELECT user_id FROM "sh op".users WHERE churn_risk > 0.5;
CREATE DATABASE copy;
CREATE DATABASE archive;
SQL

my @relations = split /\n/, sql(q{SELECT format($$%I.%I$$, n.nspname, c.relname) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
	WHERE n.nspname IN ($$sh op$$, $$spot$$) AND c.relkind IN ('r', 'v') ORDER BY 1});
# and settings, in each
is(scalar @relations, $stored + 1 + $live + 1, 'all views are there');

sub rows { return sql("SELECT t::text FROM $_[1] AS t ORDER BY 1", $_[0]) }

# on the spot these say now()
@relations = grep { !/^spot\.(fitted|models)$/ } @relations;

# plain dump through psql, and the custom format through pg_restore
my $dir = PostgreSQL::Test::Utils::tempdir();
command_ok([ 'pg_dump', '-d', $node->connstr('postgres'), '-f', "$dir/plain" ], 'pg_dump');
command_ok([ 'psql', '-XqAt', '-v', 'ON_ERROR_STOP=1', '-d', $node->connstr('copy'), '-f', "$dir/plain" ], 'restored with psql');
command_ok([ 'pg_dump', '-Fc', '-d', $node->connstr('postgres'), '-f', "$dir/custom" ], 'pg_dump -Fc');
command_ok([ 'pg_restore', '-e', '-j', '2', '-d', $node->connstr('archive'), "$dir/custom" ], 'restored with pg_restore');

for my $database (qw(copy archive))
{
	my @unlike = grep { rows('postgres', $_) ne rows($database, $_) } @relations;
	is("@unlike", '', "$database: every view and table has the same rows");
	cmp_ok(sql('SELECT count(*) FROM "sh op".users', $database), '==', 300, '... and there are some');
}
is(dump_of('copy'), dump_of('postgres'), 'a dump of the copy says the same');

# the copy goes on living
is(sql(q{SELECT users, inserted, updated, deleted, rows_left_out FROM user_ops.refresh('sh op')}, 'copy'),
	'300|0|0|0|2', 'refresh in the copy finds nothing to do');
sql(q{INSERT INTO "a""b$c"."Or;ders" VALUES ('new', '2024-05-05', 3)}, 'copy');
is(sql(q{SELECT users, inserted, updated, deleted FROM user_ops.refresh('sh op')}, 'copy'), '301|1|0|0', '... and what is new later');
is(sql(q{SELECT count(*) FROM user_ops.create_views('"a""b$c"."Or;ders"', 'Select', 'at', 'total', 'sh op', horizon_days => 7, rfm_ntile => true)}, 'copy'),
	$stored, 'create_views in place works');
is(sql(q{SELECT count(*) FROM user_ops.drop_views('spot')}, 'copy'), $live + 2, 'and drop_views, with settings and the schema');
is(sql('SELECT count(*) > 0 FROM mine', 'copy'), 't', 'a view of the user over them survived all of it');

# the values themselves
sql(q{CREATE TABLE binary_copy (LIKE "sh op".activity); CREATE TABLE binary_fitted (LIKE "sh op".fitted); CREATE TABLE binary_journeys (LIKE "sh op".journeys)});
for my $pair ([ '"sh op".activity', 'binary_copy' ], [ '"sh op".fitted', 'binary_fitted' ], [ '"sh op".journeys', 'binary_journeys' ])
{
	my ($from, $to) = @$pair;
	sql("COPY $from TO '$dir/$to' (FORMAT binary); COPY $to FROM '$dir/$to' (FORMAT binary)");
	is(rows('postgres', $to), rows('postgres', $from), "COPY BINARY of $from brings back the same");
	sql("COPY $from TO '$dir/$to.txt'; TRUNCATE $to; COPY $to FROM '$dir/$to.txt'");
	is(rows('postgres', $to), rows('postgres', $from), '... and as text');
}
is(sql('SET search_path = public, user_ops; SELECT count(*) FROM binary_copy JOIN "sh op".activity USING (user_id, activity)'), 300, 'equal, not only alike');

# what belongs to the extension is not in a dump
unlike(dump_of('postgres', '--schema=user_ops'), qr/^CREATE /m, 'a dump of the schema user_ops holds nothing');
my $all = dump_of('postgres');
like($all, qr/^CREATE EXTENSION IF NOT EXISTS user_ops\b.*;$/m, 'the whole dump creates the extension');
unlike($all, qr/^CREATE (OR REPLACE )?(FUNCTION|AGGREGATE|TYPE|OPERATOR|CAST)|SCHEMA user_ops\b/m, '... and none of its members, the schema among them');

# a database whose owner is no superuser, restored by one
sql('CREATE ROLE owner LOGIN');
sql("CREATE DATABASE $_ OWNER owner") for qw(owned again itself);
my ($status, $made, $err) = $node->psql('owned', <<'SQL', extra_params => [ '-U', 'owner' ]);
CREATE EXTENSION user_ops;
CREATE SCHEMA o;
CREATE TABLE o.orders AS SELECT i % 7 AS u, timestamptz '2024-01-01' + i * interval '1 day' AS t, i AS a FROM generate_series(1, 50) AS i;
SELECT count(*) FROM user_ops.create_views('o.orders', 'u', 't', 'a', 'shop');
SQL
is($err, '', 'an owner installs and makes views');
command_ok([ 'pg_dump', '-d', $node->connstr('owned'), '-f', "$dir/owned" ], 'pg_dump');
command_ok([ 'psql', '-XqAt', '-v', 'ON_ERROR_STOP=1', '-d', $node->connstr('again'), '-f', "$dir/owned" ], 'restored by a superuser');
($status, my $out, $err) = $node->psql('again', q{SELECT users FROM user_ops.refresh('shop')}, extra_params => [ '-U', 'owner' ]);
is("$out$err", '7', 'the owner refreshes the restored views');
# ... and by itself
for my $from (qw(owned again))
{
	command_ok([ 'pg_dump', '-d', $node->connstr($from), '-f', "$dir/$from" ], "pg_dump of $from");
	command_ok([ 'psql', '-XqAt', '-v', 'ON_ERROR_STOP=1', '-U', 'owner', '-d', $node->connstr('itself'), '-f', "$dir/$from" ], '... restored by the owner of the database, without an error');
	($status, $out, $err) = $node->psql('itself', q{SELECT updated FROM user_ops.refresh('shop'); SELECT count(*) FROM user_ops.create_views('o.orders', 'u', 't', 'a', 'shop')}, extra_params => [ '-U', 'owner' ]);
	is("$out$err", "0\n$made", '... and the views go on living');
	sql('DROP DATABASE itself') if $from eq 'owned';
	sql('CREATE DATABASE itself OWNER owner') if $from eq 'owned';
}

$node->stop;
done_testing();
