# Names that want to be SQL: a source whose schema, table and columns have quotes, semicolons, dollars, and
# letters of three bytes up to the 63 that a name may have; views in schemas called so, with an add-on
# of every kind, for tenants under row-level security; while a role that may make what it likes has its
# functions and operators first in the path, or there is no path. All of it is made, refreshed and verified,
# and each tenant sees its own rows through every view.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('hostile_names');
$node->init(extra => [ '--encoding=UTF8', '--locale=C.UTF-8' ]);
$node->append_conf('postgresql.conf', "fsync = off\nautovacuum = off\njit = off\nlog_statement = none\n");
$node->start;

sub as
{
	my ($role, $sql) = @_;
	my ($status, $out, $err) = $node->psql('postgres', "SET client_min_messages = warning; $sql", extra_params => [ '-U', $role ], on_error_stop => 1);
	return wantarray ? ($out, $err) : $out;
}
sub ident { my ($name) = @_; return '"' . $name =~ s/"/""/gr . '"' }
sub literal { my ($text) = @_; return q{'} . $text =~ s/'/''/gr . q{'} }

my $long = '白' x 21;    # 63 bytes
my %name = (schema => 'a"b$c', orders => $long, tenant => 'te"nant; --', customer => 'cus$$tomer', at => q{a't}, total => '; DROP TABLE x; --', country => 'co untry',
	arms => q{ar"ms'}, variant => '%s', day => '$1', points => 'po;ints', inviter => '"', invitee => q{'}, device => '\\', score => 'sc ore', post => 'po\\st', author => '{a}', role => 'SELECT');
my %q = map { $_ => ident($name{$_}) } keys %name;
my %l = map { $_ => literal($name{$_}) } keys %name;
sub table { return literal("$q{schema}." . ident($_[0])) }

as('postgres', 'CREATE ROLE owner LOGIN; CREATE ROLE evil LOGIN; CREATE ROLE "a""nna" LOGIN; CREATE ROLE bob LOGIN; CREATE EXTENSION user_ops; GRANT CREATE ON DATABASE postgres TO owner, evil; GRANT CREATE ON SCHEMA public TO evil');
# first in the path: what SQL that names no schema would call
as('evil', <<'SQL');
CREATE SCHEMA lair; GRANT USAGE ON SCHEMA lair TO PUBLIC;
CREATE TABLE lair.ran (by text); GRANT ALL ON lair.ran TO PUBLIC;
CREATE FUNCTION lair.spring(by text) RETURNS boolean LANGUAGE plpgsql SET search_path = pg_catalog AS $$ BEGIN INSERT INTO lair.ran VALUES (by || ' ' || current_user); RETURN false; END $$;
DO $do$
DECLARE
	f record;
BEGIN
	-- the like of every function and operator of the server that has one argument or two of these types, and so fits better or as well
	FOR f IN SELECT p.oid, p.proname, pg_get_function_identity_arguments(p.oid) AS arguments, p.prorettype::regtype AS result FROM pg_proc AS p
			 WHERE p.pronamespace = 'pg_catalog'::regnamespace AND p.prokind = 'f' AND NOT p.proretset AND p.provariadic = 0 AND p.pronargs BETWEEN 1 AND 2 AND p.prorettype::regtype::text !~ '^(any|internal|trigger|void|cstring|record)'
			   AND p.proargtypes::oid[]::regtype[]::text[] <@ '{text,name,bigint,integer,numeric,date,"timestamp with time zone",boolean,oid,interval,jsonb,regclass}'::text[]
			   AND (SELECT bool_and(m IN ('i', 'b')) FROM unnest(coalesce(p.proargmodes, '{i}'::"char"[])) AS m) LOOP
		EXECUTE format('CREATE FUNCTION lair.%I(%s) RETURNS %s LANGUAGE plpgsql AS $$ BEGIN PERFORM lair.spring(%L); RETURN NULL; END $$', f.proname, (SELECT string_agg(t::regtype::text, ', ' ORDER BY n) FROM pg_proc AS p, unnest(p.proargtypes) WITH ORDINALITY AS t (t, n) WHERE p.oid = f.oid), f.result, f.proname);
	END LOOP;
	FOR f IN SELECT o.oprname, o.oprleft::regtype AS l, o.oprright::regtype AS r, min(p.proname::text) AS code FROM pg_operator AS o JOIN pg_proc AS p ON p.oid = o.oprcode JOIN pg_proc AS trap ON trap.pronamespace = 'lair'::regnamespace AND trap.proname = p.proname AND trap.proargtypes = p.proargtypes
			 WHERE o.oprleft <> 0 AND o.oprnamespace = 'pg_catalog'::regnamespace GROUP BY 1, 2, 3 LOOP
		EXECUTE format('CREATE OPERATOR lair.%s (LEFTARG = %s, RIGHTARG = %s, FUNCTION = lair.%I)', f.oprname, f.l, f.r, f.code);
	END LOOP;
END $do$;
SQL
cmp_ok(as('postgres', q{SELECT count(*) FROM pg_proc WHERE pronamespace = 'lair'::regnamespace}), '>', 500, 'traps: functions');
cmp_ok(as('postgres', q{SELECT count(*) FROM pg_operator WHERE oprnamespace = 'lair'::regnamespace}), '>', 100, '... and operators');
as('postgres', 'TRUNCATE lair.ran');

is((as('owner', <<"SQL"))[1], '', 'a source');
CREATE SCHEMA $q{schema}; GRANT USAGE ON SCHEMA $q{schema} TO PUBLIC; SET search_path = $q{schema}, pg_catalog;
CREATE TABLE $q{orders} AS SELECT o AS $q{tenant}, i % 20 AS $q{customer}, '2024-01-01 UTC'::timestamptz + (i * i % 97) * interval '23 hours' + length(o) * interval '1 day' AS $q{at}, CASE WHEN i % 3 > 0 THEN i::numeric END AS $q{total}, CASE WHEN i % 4 > 0 THEN 'f''r' END AS $q{country}
	FROM unnest('{"a\\"nna",bob}'::text[]) AS o, generate_series(1, 300) AS i;
CREATE TABLE $q{arms} AS SELECT DISTINCT $q{tenant}, $q{customer}, (ARRAY['control', 'ma''il'])[1 + $q{customer} % 2] AS $q{variant}, date '2024-02-01' AS $q{day} FROM $q{orders};
CREATE TABLE $q{points} AS SELECT $q{tenant}, $q{customer}, date '2024-01-01' + n * 7 AS $q{day}, $q{customer} * n % 30 - 5 AS $q{points} FROM $q{arms}, generate_series(1, 9) AS n;
CREATE TABLE $q{inviter} AS SELECT DISTINCT $q{tenant}, $q{customer} / 2 AS $q{inviter}, $q{customer} AS $q{invitee}, date '2024-01-05' + $q{customer} AS $q{day} FROM $q{arms};
CREATE TABLE $q{device} AS SELECT DISTINCT $q{tenant}, 'device ' || $q{customer} / 2 AS $q{device}, $q{customer}, date '2024-01-05' + $q{customer} AS $q{day} FROM $q{arms};
CREATE TABLE $q{score} AS SELECT $q{tenant}, $q{customer} % 11 AS $q{score}, $q{at}, $q{country} FROM $q{orders};
CREATE TABLE $q{post} AS SELECT $q{tenant}, $q{customer}, $q{customer} * n % 7 AS $q{post}, date '2024-01-05' + n * 9 AS $q{day}, (1 + $q{customer} * n % 7)::bigint AS $q{author}, (ARRAY['view', 'react', 'contribute'])[1 + n % 3] AS $q{role} FROM $q{arms}, generate_series(1, 8) AS n;
GRANT SELECT ON ALL TABLES IN SCHEMA $q{schema} TO PUBLIC;
SQL
is((as('owner', "ALTER TABLE $q{schema}.$q{$_} ENABLE ROW LEVEL SECURITY; CREATE POLICY $q{total} ON $q{schema}.$q{$_} USING ($q{tenant} = current_user)"))[1], '', "row-level security of $name{$_}")
  for qw(orders arms points inviter device score post);

# of the schema of the views, what stands before each statement
my @made = (
	[ 'a"b$c ops', 'true', 'SET search_path = lair, public, pg_catalog, pg_temp' ],
	[ '黑' x 21, 'true', q{SET search_path = ''} ],
	[ q{'; DROP SCHEMA x; --"}, 'false', 'SET search_path = lair, public, pg_catalog, pg_temp' ]);
for my $case (@made)
{
	my ($schema, $stored, $path) = @$case;
	my $target = literal($schema);
	my $kept = $stored eq 'true' ? 'stored' : 'on the spot';
	# of the kinds that have names, a name with as many letters as they may have
	my $add = literal(q{x"y's;});
	my @adds = (
		"create_session_view($target, $add, event => $l{country})", "create_path_view($target, $add)", "create_attribution_view($target, $add, ARRAY['f''r'], models => '{last,markov}')",
		"create_funnel_view($target, $add, ARRAY['f''r', 'f''r'], '30 days', breakdown => $l{country})", "create_experiment_views($target, $add, @{[ table($name{arms}) ]}, $l{customer}, $l{variant}, $l{day}, 'control', breakdown => '{}')",
		"create_points_views($target, @{[ table($name{points}) ]}, $l{customer}, $l{day}, $l{points}, valid_days => 30)", "create_tier_views($target, @{[ table($name{arms}) ]}, $l{customer}, $l{day}, $l{customer}, user_ops.make_tier_rules('{\"si\\\"l;ver\",go''ld}', '{5,15}', 30))" =~ s/go''ld/gold/r,
		"create_referral_views($target, @{[ table($name{inviter}) ]}, $l{inviter}, $l{invitee}, $l{day})", "create_identity_views($target, @{[ table($name{device}) ]}, $l{device}, $l{customer}, $l{day}, max_users => 1)",
		"create_survey_views($target, $add, @{[ table($name{score}) ]}, $l{score}, $l{at}, segments => ARRAY[$l{country}]::pg_catalog.name[])", "create_alert_views($target)", "set_goal($target, 'purchases', 100, '2024-03-01', '2024-04-01')",
		"create_propensity_views($target)", "create_tag_views($target, @{[ table($name{arms}) ]}, $l{customer}, $l{variant}, $l{day}, include => '{segment,value_tier}')",
		"create_content_views($target, @{[ table($name{post}) ]}, $l{customer}, $l{post}, $l{day}, $l{author}, $l{role}, min_users => 2)", "create_item_views($target, @{[ table($name{post}) ]}, $l{customer}, $l{post}, $l{day}, 'po\"sts', min_users => 1)");

	my ($out, $err) = as('owner', "$path; SELECT FROM user_ops.create_views(@{[ table($name{orders}) ]}, $l{customer}, $l{at}, $l{total}, $target, as_of => '2024-03-20', horizon_days => 30, tenant => $l{tenant}, first_values => ARRAY[$l{country}]::pg_catalog.name[], breakdown => ARRAY[$l{country}]::pg_catalog.name[], stored => $stored)");
	is($err, '', "views $kept in $schema");
	for my $call (@adds)
	{
		($out, $err) = as('owner', "$path; SELECT FROM user_ops.$call");
		is($err, '', "$schema: " . $call =~ s/\(.*//sr);
	}
	is(as('owner', "SELECT string_agg(k.kind, ' ') FROM user_ops_internal.addon_kinds() AS k WHERE k.kind NOT IN (SELECT a.kind FROM user_ops.addons($target) AS a) AND k.kind <> 'forgotten'"), '', 'an add-on of each kind');
	if ($stored eq 'true')
	{
		($out, $err) = as('owner', "$path; SELECT users FROM user_ops.refresh($target, true)");
		is("$out$err", '40', 'a refresh');
		($out, $err) = as('owner', "$path; SELECT pg_catalog.count(*) FROM user_ops.verify($target)");
		is("$out$err", '0', '... and nothing to verify');
	}
	my $of = ident($schema);
	as('owner', "GRANT USAGE ON SCHEMA $of TO PUBLIC; GRANT SELECT ON ALL TABLES IN SCHEMA $of TO PUBLIC");
	my @relations = split /\n/, as('postgres', "SELECT relname FROM pg_class WHERE relnamespace = to_regnamespace(" . literal($of) . ") AND relkind IN ('r', 'v') AND relname NOT IN ('settings', 'refresh_log') ORDER BY 1");
	cmp_ok(scalar @relations, '>', 70, scalar(@relations) . ' relations');
	for my $role ('a"nna', 'bob')
	{
		($out, $err) = as($role, "$path; SELECT " . join(' OPERATOR(pg_catalog.||) $$ $$ OPERATOR(pg_catalog.||) ', map { "(SELECT pg_catalog.concat(pg_catalog.count(*), ':', pg_catalog.count(*) FILTER (WHERE v.$q{tenant} OPERATOR(pg_catalog.<>) current_user::pg_catalog.text OR v.$q{tenant} IS NULL)) FROM $of." . ident($_) . ' AS v)' } @relations));
		is($err, '', "$role reads them under its path");
		my @rows = split / /, $out;
		is(join(' ', map { $relations[$_] } grep { $rows[$_] !~ /^\d+:0$/ } 0 .. $#relations), '', '... rows of its own alone');
		cmp_ok(scalar(grep { !/^0:/ } @rows), '>', 0.8 * @relations, '... in most of them');
	}
	($out, $err) = as('owner', "$path; SELECT pg_catalog.count(*) OPERATOR(pg_catalog.>) 70 FROM user_ops.drop_views($target)");
	is("$out$err", 't', 'all of it is dropped');
}
is(as('postgres', q{SELECT string_agg(DISTINCT by, ', ') FROM lair.ran}), '', 'no trap was sprung');
as('owner', q{SET search_path = lair, pg_catalog; SELECT length('x'::text), 1::bigint = 1::bigint});
isnt(as('postgres', 'SELECT count(*) FROM lair.ran'), 0, '(they are set)');

$node->stop;
done_testing();
