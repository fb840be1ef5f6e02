# Whatever writes a schema is killed at points spread over its time: its backend, the
# whole server, or the machine, with all that was not synced. What is found then is the
# state before or the state after, never a mixture; no file is left over; the same
# statement succeeds, and so does the next refresh.
#
# USER_OPS_KILLS: how many points for each statement and each of the three ways; without
# it, each statement is killed once, the ways in turns. Runs alone: it kills within times
# it measured.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/../lib";
use Killing qw(kill_midway start_again ask_until machine_before machine_after);
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(time);

my $times = $ENV{USER_OPS_KILLS};
my @ways = qw(backend postmaster machine);
my $seed = $ENV{SEED} // time;
srand $seed;
note "SEED=$seed";

my $node = PostgreSQL::Test::Cluster->new('kill_points');
$node->init;
$node->append_conf('postgresql.conf', <<'CONF');
restart_after_crash = on
autovacuum = off
fsync = on
jit = off
max_connections = 20
checkpoint_timeout = 1h
max_wal_size = 4GB
shared_buffers = 64MB
wal_keep_size = 256MB
CONF
$node->start;

my $make = q{SELECT count(*) FROM user_ops.create_views('events', 'u', 't', 'a', 'shop', as_of => '2024-09-01', changed_at => 'changed'};
$node->safe_psql('postgres', 'CREATE DATABASE base');
$node->safe_psql('base', <<"SQL");
SET client_min_messages = error;
CREATE EXTENSION user_ops;
CREATE TABLE events (u int, t timestamptz, e text, a numeric, country text, changed timestamptz DEFAULT now());
INSERT INTO events SELECT i * 7919 % 1500, timestamptz '2024-01-01 UTC' + i % 241 * interval '23 hours', (ARRAY['view', 'cart', 'pay'])[1 + i % 3], CASE WHEN i % 3 = 2 THEN i % 90 END, 'c' || i * 7919 % 1500 % 7, '2024-08-01Z'
	FROM generate_series(1, 12000) AS i;
CREATE INDEX ON events (u);
CREATE INDEX ON events (changed);
CREATE TABLE moves AS SELECT i % 1500 AS u, date '2024-01-01' + i % 150 AS day, i % 9 - 2 AS points FROM generate_series(1, 4000) AS i;
$make);
SELECT count(*) FROM user_ops.create_session_view('shop', 'visits', event => 'e');
SELECT count(*) FROM user_ops.create_points_views('shop', 'moves', 'u', 'day', 'points');
-- what the next refresh finds
INSERT INTO events SELECT i * 17 % 1600, timestamptz '2024-08-20Z' + i * interval '1 hour', 'pay', i FROM generate_series(1, 120) AS i;
UPDATE events SET a = 99, changed = now() WHERE u % 100 = 3 AND a IS NOT NULL;
INSERT INTO moves VALUES (5, '2024-05-05', 500);

-- All that a schema is and holds, but for moments: what is there, who may, every row.
CREATE FUNCTION state() RETURNS text LANGUAGE plpgsql SET search_path = pg_catalog SET timezone = 'UTC' SET client_min_messages = error AS \$\$
DECLARE
	one record;
	rows text;
	said text := '';
BEGIN
	FOR one IN SELECT c.oid, c.relname, c.relkind, c.relacl, (SELECT array_agg(a.attname || ' ' || a.atttypid::regtype ORDER BY a.attnum) FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped) AS columns,
					  ARRAY(SELECT a.attname::text FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.atttypid = 'timestamptz'::regtype) AS moments
			   FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = 'shop' AND c.relkind IN ('r', 'v', 'i') ORDER BY c.relname
	LOOP
		rows := '';
		IF one.relkind IN ('r', 'v') AND one.relname !~ '^(forgotten|settings)' THEN
			EXECUTE format('SELECT md5(coalesce(string_agg(r, '','' ORDER BY r), '''')) FROM (SELECT (to_jsonb(x) - \$1)::text AS r FROM shop.%I AS x) AS rows', one.relname) INTO rows USING one.moments;
		END IF;
		said := said || format(E'%s %s %s %s %s\\n', one.relname, one.relkind, one.relacl, one.columns, rows);
	END LOOP;
	RETURN said;
END \$\$;
-- files of this database that belong to no relation, and temporary ones
CREATE FUNCTION left_over() RETURNS text LANGUAGE sql AS \$\$
	SELECT coalesce(string_agg(f, ' '), '') FROM (
		SELECT f FROM pg_ls_dir('base/' || (SELECT oid FROM pg_database WHERE datname = current_database())) AS f
		WHERE f ~ '^t?\\d' AND NOT EXISTS (SELECT FROM pg_class c WHERE pg_relation_filenode(c.oid)::text = substring(f FROM '^\\d+'))
		UNION ALL SELECT f FROM pg_ls_dir('base/pgsql_tmp', true, false) AS f) AS x \$\$;
SQL
$node->safe_psql('postgres', 'ALTER DATABASE base IS_TEMPLATE true ALLOW_CONNECTIONS false');

# Of each statement its name, itself, and whether it makes relations: the files of those are
# left over by PostgreSQL where their transaction is cut off.
my @statements = (
	[ 'refresh by changed rows', q{SELECT user_ops.refresh('shop')}, 0 ],
	[ 'refresh in full', q{SELECT user_ops.refresh('shop', full_scan => true)}, 0 ],
	[ 'create_views again', "$make, week_start => 'sunday')", 1 ],
	[ 'create_views with other columns', "$make, first_values => '{country}')", 1 ],
	[ 'create_funnel_view', q{SELECT count(*) FROM user_ops.create_funnel_view('shop', 'buy', within => '7 days', conditions => '{e = ''view'', e = ''pay''}')}, 1 ],
	[ 'drop_addon', q{SELECT count(*) FROM user_ops.drop_addon('shop', 'points')}, 0 ],
	[ 'forget_user', q{SELECT count(*) FROM user_ops.forget_user('shop', '7')}, 1 ],
	[ 'drop_views', q{SELECT count(*) FROM user_ops.drop_views('shop')}, 0 ]);

my ($base_state, %after, %seconds, %bytes);
sub copy { return $node->safe_psql('postgres', 'DROP DATABASE IF EXISTS victim; CREATE DATABASE victim TEMPLATE base') }
sub quiet { return $node->safe_psql('victim', "SET client_min_messages = error; $_[0]") }

copy();
$base_state = quiet('SELECT state()');
isnt($base_state, '', 'there is a state');
for (@statements)
{
	my ($name, $statement) = @$_;
	copy();
	my $from = $node->safe_psql('postgres', 'SELECT pg_current_wal_insert_lsn()');
	my $began = time;
	quiet($statement);
	$seconds{$name} = time - $began;
	$bytes{$name} = $node->safe_psql('postgres', "SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '$from')");
	$after{$name} = quiet('SELECT state()');
	isnt($after{$name}, $base_state, sprintf '%s (%.2f s, %d kB of WAL) changes it', $name, $seconds{$name}, $bytes{$name} / 1024);
}

my %seen = (before => 0, after => 0);
my ($kills, $left_behind) = (0, 0);
sub one_kill
{
	my ($way, $name, $statement, $makes, $fraction) = @_;
	my $delay = $fraction * $seconds{$name};

	copy();
	my $before = $way eq 'machine' ? machine_before($node) : undef;
	my $told = kill_midway($node, $way eq 'backend' ? 'backend' : 'postmaster', $statement, $delay, 'victim');
	# of the WAL behind the checkpoint any part may be on the disk, unless the client has heard of the end
	machine_after($node, $before, $told ? undef : int rand(1.2 * $bytes{$name})) if $way eq 'machine';
	start_again($node) if $way ne 'backend';
	ask_until($node, 'SELECT 1', qr/1/);
	my $state = quiet('SELECT state()');
	my %known = map { $_ => 1 } split /\n/, $base_state . $after{$name};
	my $found = $state eq $after{$name} ? 'after' : $state eq $base_state ? 'before' : 'mixed: ' . join(', ', map { (split)[0] } grep { !$known{$_} } split /\n/, $state);
	my $what = sprintf '%s: %s killed at %d %%', $name, $way, 100 * $fraction;
	is($found, $told ? 'after' : $found =~ /^mixed/ ? 'before or after' : $found, "$what: it stands $found");
	my $left = quiet('SELECT left_over()');
	$left_behind += () = $left =~ /\S+/g;
	is($left, '', '... no file is left over') if !$makes;
	$seen{$found}++;
	$kills++;
	# again, and a refresh on top
	quiet($statement) if $found ne 'after';
	is(quiet('SELECT state()'), $after{$name}, '... the same statement succeeds');
	is(quiet(q{SELECT users > 0 FROM user_ops.refresh('shop', full_scan => true); SELECT count(*) FROM user_ops.verify('shop')}), "t\n0", '... and so does the next refresh') if $name ne 'drop_views';
	return;
}

for my $s (0 .. $#statements)
{
	my @mine = $times ? @ways : $ways[ $s % @ways ];
	for my $way (@mine)
	{
		one_kill($way, @{ $statements[$s] }, $times ? ($_ + rand) / $times : 0.1 + rand) for 0 .. ($times || 1) - 1;
	}
}
cmp_ok($seen{before}, '>', 0, sprintf('%d kills: %d before, %d after; PostgreSQL left %d files of relations that were being made', $kills, @seen{qw(before after)}, $left_behind));

$node->stop;
done_testing();
