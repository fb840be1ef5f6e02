# A refresh under load that is killed at any moment: readers see whole states
# only, nobody waits for it, and the next refresh is as good as new.
#
# Every write moves money from one user to another, so that all amounts sum to 0
# in any state of the source, and in none that mixes two of them.
#
# Runs alone: it kills within times it measured.
use strict;
use warnings;
use FindBin;
use IPC::Run ();
use lib "$FindBin::RealBin/../lib";
use Killing qw(kill_midway start_again ask_until);
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(sleep time);

my %crashes = (backend => 12, postmaster => 8);
my $seed = $ENV{SEED} // time;
srand $seed;
note "SEED=$seed";

my $node = PostgreSQL::Test::Cluster->new('refresh_crash');
$node->init;
$node->append_conf('postgresql.conf', <<'CONF');
restart_after_crash = on
autovacuum = off
fsync = off
jit = off
max_connections = 30
CONF
$node->start;

sub sql { return $node->safe_psql('postgres', $_[0]) }

sql(<<'SQL');
CREATE EXTENSION user_ops;
CREATE TABLE events (u int, t timestamptz, a numeric, changed timestamptz DEFAULT now());
INSERT INTO events
	SELECT (i * 7919 + s) % 3000, timestamptz '2024-01-01 UTC' + (i % 977) * interval '9 hours', s * (i % 50)
	FROM generate_series(1, 20000) AS i, unnest('{1,-1}'::int[]) AS s;
CREATE INDEX ON events (u);
CREATE INDEX ON events (changed);
SELECT user_ops.create_views('events', 'u', 't', 'a', 'shop', as_of => '2025-06-01', changed_at => 'changed', changed_overlap => '5 s');
SQL

# All that a refresh writes, seen in one statement.
my $whole = <<'SQL';
SELECT coalesce(bool_and(sum_of_users = 0 AND sum_of_history = 0 AND users = users_of_history AND users = users_of_log), false) FROM (
	SELECT (SELECT sum(user_ops.monetary(activity, b.as_of)) FROM shop.activity) AS sum_of_users,
		   (SELECT count(*) FROM shop.activity) AS users,
		   (SELECT sum(revenue) FROM shop.segment_history AS h WHERE h.as_of = b.as_of) AS sum_of_history,
		   (SELECT sum(h.users) FROM shop.segment_history AS h WHERE h.as_of = b.as_of) AS users_of_history,
		   (SELECT l.users FROM shop.refresh_log AS l ORDER BY l.finished_at DESC LIMIT 1) AS users_of_log
	FROM shop.fitted AS b) AS seen
SQL
is(sql($whole), 't', 'the first state is whole');
sql('UPDATE shop.activity SET activity = activity OPERATOR(user_ops.||) activity WHERE user_id = (SELECT user_id FROM shop.users ORDER BY monetary DESC LIMIT 1)');
is(sql($whole), 'f', '(a mixed one would be seen)');
sql(q{SELECT user_ops.refresh('shop', full_scan => true)});
is(sql($whole), 't', '... and is healed');

# What does not hold divides by zero.
my $dir = PostgreSQL::Test::Utils::tempdir();
append_to_file("$dir/read.sql", $whole =~ s/^SELECT (coalesce\(.*?, false\)) FROM/SELECT 1 \/ ($1)::int FROM/sr . ";\n" . <<'SQL');
SELECT 1 / (count(*) > 0)::int FROM shop.retention_month;
SQL
append_to_file("$dir/write.sql", <<'SQL');
\set a random(0, 3100)
\set b random(0, 3100)
\set day random(1, 400)
\set money random(1, 1000)
INSERT INTO events SELECT v.u, timestamptz '2024-01-01 UTC' + :day * interval '1 day', v.a
	FROM (VALUES (:a, :money), (:b, -:money)) AS v (u, a);
SQL

my ($complaints, $load) = ('');

sub start_load
{
	$load = { err => '' };
	{
		local ($ENV{PGOPTIONS}, $ENV{PGAPPNAME}) = ('-c lock_timeout=300ms', 'load');
		$load->{run} = IPC::Run::start([ 'pgbench', '-n', '-c', '4', '-T', '20', '-f', "$dir/read.sql\@1", '-f', "$dir/write.sql\@9", $node->connstr('postgres') ],
			'<', \'', '>', \$load->{out}, '2>', \$load->{err}, IPC::Run::timeout(60));
	}
	for (1 .. 100)
	{
		return if sql(q{SELECT count(*) FROM pg_stat_activity WHERE application_name = 'load'}) == 4;
		sleep 0.1;
	}
	die "no load: $load->{err}";
}

sub stop_load
{
	$load->{run}->signal('INT');
	eval { $load->{run}->finish };
	$complaints .= $load->{err};
}

# how long a refresh takes under load, and that nobody waits for it
start_load();
my $duration = 0;
for my $mode (qw(false true false))
{
	my $started = time;
	sql("SELECT user_ops.refresh('shop', full_scan => $mode)");
	$duration = time - $started;
	is(sql($whole), 't', "whole after a refresh under load, full_scan => $mode");
}
my $held = $node->background_psql('postgres');
$held->query_safe(q{BEGIN; SELECT user_ops.refresh('shop')});
my $written = sql('SELECT count(*) FROM events');
sleep 1;
cmp_ok(sql('SELECT count(*) FROM events'), '>', $written, 'writers go on while a refresh has written and not committed');
is(sql(q{SELECT count(*) FROM pg_locks WHERE NOT granted}), 0, '... no lock is waited for');
is(sql(q{SELECT string_agg(mode, ' ') FROM pg_locks WHERE relation = 'events'::regclass AND mode NOT IN ('AccessShareLock', 'RowExclusiveLock')}), '',
	'... and none on the source is stronger than a read or write');
$held->query_safe('COMMIT');
$held->quit;
stop_load();
note sprintf 'a refresh under load takes %.2f s', $duration;

my %seen;
for my $whom ('backend', 'postmaster')
{
	for my $number (1 .. $crashes{$whom})
	{
		start_load();
		my $before = sql('SELECT max(finished_at) FROM shop.refresh_log');
		my $mode = $number % 2 ? 'false' : 'true';
		my $delay = rand(1.1 * $duration);
		kill_midway($node, $whom, "SELECT user_ops.refresh('shop', full_scan => $mode)", $delay);
		stop_load();
		start_again($node) if $whom eq 'postmaster';
		my $found = ask_until($node, $whole, qr/./);
		is($found, 't', sprintf('%s killed after %.2f s: the state is whole', $whom, $delay));
		$seen{ sql('SELECT max(finished_at) FROM shop.refresh_log') eq $before ? 'before' : 'after' }++;
		is(sql(q{SELECT user_ops.refresh('shop') IS NOT NULL; SELECT count(*) FROM user_ops.verify('shop')}) . sql($whole), "t\n0t",
			'... the next refresh, by changed rows, leaves nothing to be verified');
	}
}
cmp_ok($seen{before} // 0, '>', 0, sprintf('%d crashes came before the commit, %d after it', $seen{before} // 0, $seen{after} // 0));
my %said;
$said{$_}++ for $complaints =~ /ERROR:\s+(.*)/g;
is(join(', ', map { "$_: $said{$_}" } sort keys %said), '', 'no reader saw a mixed state, and no client waited for a lock');

$node->stop;
done_testing();
