# What is made, refreshed and read under any settings of the session is the same.
#
# Takes minutes.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('session_settings');
$node->init(extra => [ '--encoding=UTF8', '--locale=C' ]);
$node->append_conf('postgresql.conf', "fsync = off\nautovacuum = off\njit = off\nclient_min_messages = warning\n");
$node->start;

sub sql { return $node->safe_psql('postgres', $_[0]) }

# names that a search_path could find instead of those meant
sql(<<'SQL');
CREATE EXTENSION user_ops;
CREATE ROLE clerk; CREATE ROLE head; GRANT clerk, head TO CURRENT_USER;
GRANT CREATE ON DATABASE postgres TO clerk, head; GRANT CREATE ON SCHEMA public TO clerk, head;
CREATE SCHEMA trap; GRANT USAGE ON SCHEMA trap TO PUBLIC;
CREATE FUNCTION trap.never(a anyelement, b anyelement) RETURNS boolean LANGUAGE sql AS 'SELECT false';
CREATE OPERATOR trap.= (LEFTARG = anyelement, RIGHTARG = anyelement, FUNCTION = trap.never);
CREATE OPERATOR trap.>= (LEFTARG = anyelement, RIGHTARG = anyelement, FUNCTION = trap.never);
CREATE FUNCTION trap.format(text, VARIADIC text[]) RETURNS text LANGUAGE sql AS $$SELECT 'trapped'$$;
CREATE FUNCTION trap.isfinite(timestamptz) RETURNS boolean LANGUAGE sql AS 'SELECT false';
CREATE FUNCTION trap.now() RETURNS timestamptz LANGUAGE sql AS $$SELECT timestamptz '2001-01-01'$$;
CREATE TABLE trap.activity (user_id int); CREATE TABLE trap.settings (x int); CREATE TABLE trap.orders (x int); CREATE TABLE trap.pg_class (oid oid);

CREATE TYPE kind AS ENUM ('web', 'NULL', 'back\slash', 'quo''te');
CREATE DOMAIN land AS text;
CREATE TABLE orders (customer bigint, at timestamptz, total numeric, changed timestamptz, kind kind, land land, birth date, span interval);
CREATE TABLE visits ("a day" date, at timestamp, price float8, changed timestamp, org bytea);
GRANT SELECT, INSERT ON orders, visits TO PUBLIC;
INSERT INTO orders SELECT i % 60, timestamptz '2024-01-01 04:30Z' + (i * i % 180) * interval '23 hours', CASE WHEN i % 4 > 0 THEN (i % 17)::numeric / 4 - 0.5 END,
	'2024-01-01Z', (enum_range(NULL::kind))[1 + i % 4], 'l' || i % 3, date '2024-01-13' + i % 3, (i % 3 - 1) * interval '1 day 02:03:04' FROM generate_series(1, 900) AS i;
INSERT INTO visits SELECT date '2024-01-02' + i % 40, timestamp '2024-01-01 04:30' + (i * i % 180) * interval '23 hours', (i % 7) / 10.0::float8,
	'2024-01-01', convert_to(E'o\\' || i % 2, 'UTF8') FROM generate_series(1, 700) AS i;
SQL

my @arguments = (
	q~'public.orders', 'customer', 'at', 'total', '%s_0', time_zone => 'America/New_York', as_of => '2024-07-01', changed_at => 'changed', keep_history => true, rfm_ntile => true,
		segment8_labels => ARRAY['NULL', 'a\b', 'it''s', '{', '"', ',', '', 'z'], first_values => '{kind,land,birth,span}', breakdown => '{birth}'~,
	q{'public.visits', 'a day', 'at', 'price', '%s_1', source_time_zone => 'Australia/Lord_Howe', time_zone => 'Asia/Shanghai', as_of => '2024-07-01', changed_at => 'changed',
		changed_overlap => '1 day', tenant => 'org', rfm_recency => '{10,20,30,40}', rfm_frequency => '{2,3,4,5}', rfm_monetary => '{0.5,1.25,2,3}'},
	q{'public.orders', 'customer', 'at', 'total', '%s_2', time_zone => 'America/New_York', as_of => '2024-07-01', stored => false, first_values => '{birth}'},
	q{'public.visits', 'a day', 'at', target_schema => '%s_3', as_of => '2024-07-01', rfm_bins => 12, history_days => 3, week_start => 'sunday', purchase_model => 'none'});

# Several at once, as each run makes four schemas: what they change has little to do with each other.
my @hostile = (
	q{SET datestyle = 'SQL, MDY'; SET timezone = 'Asia/Shanghai'; SET extra_float_digits = -15; SET bytea_output = 'escape'; SET intervalstyle = 'postgres_verbose'},
	q{SET datestyle = 'SQL, DMY'; SET timezone = 'America/New_York'; SET intervalstyle = 'sql_standard'; SET array_nulls = off; SET quote_all_identifiers = on; SET transform_null_equals = on},
	q{SET datestyle = 'German'; SET timezone = 'Australia/Lord_Howe'; SET intervalstyle = 'iso_8601';
		SET lc_monetary = 'C'; SET lc_numeric = 'C'; SET lc_time = 'C'; SET lc_messages = 'C'; SET default_text_search_config = 'simple'; SET client_encoding = 'LATIN1'},
	q{SET datestyle = 'Postgres, DMY'; SET timezone = '<+0330>-03:30'; SET timezone_abbreviations = 'India'; SET standard_conforming_strings = off; SET escape_string_warning = off; SET backslash_quote = off},
	q{SET search_path = ''; SET default_transaction_isolation = 'serializable'; SET default_transaction_deferrable = on; SET check_function_bodies = off},
	q{SET search_path = trap, user_ops, pg_catalog, public; SET plpgsql.extra_errors = 'all'; SET plpgsql.variable_conflict = 'use_variable'; SET plpgsql.print_strict_params = on},
	q{SET search_path = user_ops, trap, public; SET xmlbinary = 'hex'; SET xmloption = 'document';
		SET plpgsql.variable_conflict = 'use_column'; SET plan_cache_mode = 'force_generic_plan'; SET join_collapse_limit = 1; SET from_collapse_limit = 1},
	q{SET ROLE clerk; SET timezone = 'Pacific/Apia'; SET enable_hashagg = off; SET enable_hashjoin = off; SET enable_nestloop = off; SET work_mem = '64kB'; SET geqo_threshold = 2},
	q{SET SESSION AUTHORIZATION head; SET row_security = off; SET enable_seqscan = off; SET enable_sort = off; SET enable_mergejoin = off; SET enable_material = off; SET hash_mem_multiplier = 1},
	q{SET default_transaction_isolation = 'repeatable read'; SET row_security = off;
		SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0; SET debug_parallel_query = on},
	q{SET jit = on; SET jit_above_cost = 0; SET default_statistics_target = 1; SET constraint_exclusion = on});
my $parallel_name = sql(q{SELECT name FROM pg_settings WHERE name IN ('debug_parallel_query', 'force_parallel_mode')});
s/debug_parallel_query/$parallel_name/ for @hostile;

# everybody's road: make, load, refresh by what changed, delete, refresh fully, and keep what each view and function shows
my $row = 0;
sub run_under
{
	my ($settings, $name) = @_;
	# the rows that come later are there from another session, and gone again in the end
	my $n = scalar @arguments;
	my ($status, $out, $err) = $node->psql('postgres', "$settings;\n" . join(";\n", map { "SELECT count(*) FROM user_ops.create_views(" . sprintf($_, $name) . ")" } @arguments));
	is($err, '', "views are made under: $settings") or return;
	sql(q{INSERT INTO orders SELECT i, '2024-06-20 03:59Z', i, clock_timestamp(), 'web', 'l9', '2024-06-20', '-1 day' FROM generate_series(55, 64) AS i;
		INSERT INTO visits SELECT date '2024-02-09' + i, '2024-06-20 13:29', i / 8.0, clock_timestamp() AT TIME ZONE 'Australia/Lord_Howe', '\x6f5c31' FROM generate_series(1, 9) AS i});
	($status, $out, $err) = $node->psql('postgres', "$settings;\n" . join(";\n", map { "SELECT * FROM user_ops.refresh('${name}_$_')" } 0 .. $n - 1)
		. ";\nCALL user_ops.scheduled_refresh('${name}_0')" . join('', map { ";\nSELECT user_ops.verify('${name}_$_')" } 0, 1, 3));
	is($err, '', '... refreshed');
	sql(q{DELETE FROM orders WHERE changed > '2024-01-02'; DELETE FROM visits WHERE changed > '2024-01-02'});
	($status, $out, $err) = $node->psql('postgres', "$settings;\n" . join(";\n", map { "SELECT count(*) FROM user_ops.refresh('${name}_$_', full_scan => true)" } 0, 1, 3));
	is($err, '', '... and refreshed fully');
	my @views = split /\n/, sql("SELECT c.oid::regclass FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname ~ '^${name}_'
		WHERE c.relkind IN ('r', 'v') AND c.relname <> 'settings' ORDER BY 1::text");
	sql("CREATE SCHEMA saw_$name; GRANT ALL ON SCHEMA saw_$name TO PUBLIC");
	my $read = join ";\n", map { my $table = s/^${name}_(\d)\./$1_/r; qq{CREATE TABLE saw_$name."$table" AS SELECT * FROM $_} } @views;
	($status, $out, $err) = $node->psql('postgres', "$settings;\n$read");
	is($err, '', '... and read: ' . scalar(@views) . ' views and tables');
	return scalar @views;
}

# by itself: it compares what was kept
sub same_as_plain
{
	my ($name) = @_;
	my @tables = split /\n/, sql("SELECT quote_ident(c.relname) FROM pg_class c WHERE c.relnamespace = 'saw_plain'::regnamespace ORDER BY 1");
	my $times = q{'{refreshed_at,fitted_at,started_at,finished_at}'::text[]};
	my @differ = grep { $_ ne '' } split /\n/, sql(join ' UNION ALL ', map { my $t = $_;
		my ($a, $b) = map { "(SELECT to_jsonb(v) - $times AS said FROM saw_$_.$t AS v)" } $name, 'plain';
		"SELECT '$t' WHERE EXISTS ($a EXCEPT ALL $b) OR EXISTS ($b EXCEPT ALL $a)" } @tables);
	is("@differ", '', '... and all of them show what they show under plain settings');
}

my $views = run_under(q{SET timezone = 'UTC'}, 'plain');
cmp_ok($views, '>', 120, 'there is something to compare');
is(sql('SELECT (SELECT count(DISTINCT segment8) FROM saw_plain."0_users") > 3, (SELECT count(*) FROM saw_plain."0_transitions") > 10'), 't|t', '... of different kinds');
is(sql(q{SELECT string_agg(reads || ' ' || users_added || ' ' || users_changed || ' ' || users_removed, ', ' ORDER BY finished_at) FROM saw_plain."0_refresh_log"}),
	'full 60 0 0, changed 5 5 0, changed 0 0 0, full 0 5 5', '... by every road');
run_under($hostile[$_], "hostile$_") && same_as_plain("hostile$_") for 0 .. $#hostile;

# a date that goes on by itself is that of the zone asked for, not that of the session
sql(qq{SET timezone = '$_'; SET datestyle = 'SQL, DMY'; SELECT user_ops.create_views('orders', 'customer', 'at', time_zone => 'Pacific/Apia', target_schema => 'today');
	SELECT user_ops.refresh('today')}),
is(sql(q{SELECT as_of = (refreshed_at AT TIME ZONE 'Pacific/Apia')::date FROM today.fitted}), 't', "today, for a session in $_") for qw(Pacific/Honolulu Pacific/Kiritimati);

$node->stop;
done_testing();
