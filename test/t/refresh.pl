# refresh: readers and writers do not wait, a crash leaves the state before or
# after, only users who changed are written.
#
# Runs alone: how long readers and writers wait is measured.
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

my $crashes = 10;    # of each kind

my $node = PostgreSQL::Test::Cluster->new('refresh');
$node->init;
$node->append_conf('postgresql.conf', <<'CONF');
restart_after_crash = on
autovacuum = off
fsync = off
max_wal_size = 4GB
lock_timeout = '20s'
deadlock_timeout = '200ms'
CONF
$node->start;

sub sql { return $node->safe_psql('postgres', $_[0]) }
# What an open session answers; some versions of the test modules leave the newline behind it.
sub answer { my ($session, $query) = @_; return $session->query_safe($query) =~ s/\n\z//r }

# Moving the shift changes every user.
sql(<<'SQL');
CREATE EXTENSION user_ops;
CREATE TABLE events AS
	SELECT (i * 7919) % 10000 AS u, timestamptz '2024-01-01 UTC' + (i % 977) * interval '9 hours' AS t,
		   CASE WHEN i % 3 = 0 THEN (i % 100)::numeric / 4 END AS a
	FROM generate_series(1, 80000) AS i;
CREATE TABLE variant (shift int);
INSERT INTO variant VALUES (0);
CREATE VIEW source AS SELECT u, t + shift * interval '1 day' AS t, a + shift AS a FROM events, variant;
SELECT user_ops.create_views('source', 'u', 't', 'a', 'shop', as_of => '2025-06-01');
SQL

my $signature = <<'SQL';
SELECT (SELECT count(*) || ' ' || sum(hashtext(user_id || ' ' || activity::text)) FROM shop.activity) || ' / ' ||
	   (SELECT string_agg(md5(concat_ws(' ', as_of, rfm, typical_gap, rows_left_out)), ' ') FROM shop.fitted)
SQL

sub refresh_to
{
	my $shift = shift;
	return sql("UPDATE variant SET shift = $shift; SELECT users, inserted, updated, deleted FROM user_ops.refresh('shop')");
}

my @state = (sql($signature));
my $started = time;
is(refresh_to(1), '10000|0|10000|0', 'every user changes');
my $duration = time - $started;
push @state, sql($signature);
isnt($state[0], $state[1], 'the two states differ');
isnt((split m{ / }, $state[0])[1], (split m{ / }, $state[1])[1], '... in the basis too');
is(refresh_to(0), '10000|0|10000|0', 'and back');
is(sql($signature), $state[0], 'the same source gives the same state');

# where everybody changes a page has room for two versions of its users; a refresh does not wait for it
my $vacuum = $node->background_psql('postgres');
sql('ALTER TABLE shop.activity RESET (fillfactor)');
$vacuum->query_safe('BEGIN; LOCK TABLE shop.activity IN SHARE UPDATE EXCLUSIVE MODE');
is(refresh_to(1), '10000|0|10000|0', 'a refresh while the stored table is vacuumed');
is(sql(q{SELECT reloptions IS NULL FROM pg_class WHERE oid = 'shop.activity'::regclass}), 't', '... leaves it as it is');
$vacuum->query_safe('COMMIT');
$vacuum->quit;
refresh_to(0);
is(sql(q{SELECT reloptions FROM pg_class WHERE oid = 'shop.activity'::regclass}), '{fillfactor=45}', 'room is kept for new versions');
sql('VACUUM shop.activity');
my $hot = q{SELECT n_tup_hot_upd FROM pg_stat_user_tables WHERE relid = 'shop.activity'::regclass};
my $hot_before = sql($hot);
refresh_to(1);
ok($node->poll_query_until('postgres', "SELECT ($hot) - $hot_before > 9000"), '... and no index needs entries for them');
refresh_to(0);
sql('TRUNCATE shop.activity');
is(refresh_to(0), '10000|10000|0|0', 'all are new where nobody is stored');
is(sql($signature), $state[0], '... and the state is the same');

# --- readers and writers -----------------------------------------------------

my $first = $node->background_psql('postgres');
sql('UPDATE variant SET shift = 1');
my $snapshot = $node->background_psql('postgres');
$snapshot->query_safe('BEGIN ISOLATION LEVEL REPEATABLE READ');
is(answer($snapshot, $signature), $state[0], 'a repeatable read transaction begins before the refresh');
my $old_refresh = $node->background_psql('postgres', on_error_stop => 0);
$old_refresh->query_safe('BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT 1');

$first->query_safe('BEGIN');
is(answer($first, "SELECT updated FROM user_ops.refresh('shop')"), 10000, 'a refresh, not yet committed');
is(answer($first, $signature), $state[1], 'the refresher sees its own work');
is(sql("SET lock_timeout = '1s'; $signature"), $state[0], 'a reader sees the state before and does not wait');
is(sql("SET lock_timeout = '1s'; SELECT count(*) FROM shop.users"), 10000, '... through the views');
is(sql("SET lock_timeout = '1s'; SELECT count(*) > 0 FROM shop.retention_week"), 't', '... and aggregates');
sql("SET lock_timeout = '1s'; INSERT INTO events VALUES (90001, '2024-05-01', 5); DELETE FROM events WHERE u = 7; UPDATE events SET a = 1 WHERE u = 8");
pass('a writer of the source does not wait');

my ($second, $answer, $complaint) = (undef, '', '');
my $waiting = IPC::Run::start(
	[ 'psql', '-XAt', '-d', $node->connstr('postgres'), '-c',
		q{SET application_name = 'second'; SELECT inserted, updated, deleted FROM user_ops.refresh('shop')} ],
	'<', \'', '>', \$answer, '2>', \$complaint);
ok($node->poll_query_until('postgres',
		q{SELECT wait_event_type = 'Lock' FROM pg_stat_activity WHERE application_name = 'second'}),
	'a second refresh waits for the first');
$first->query_safe('COMMIT');
$waiting->finish;
like($answer, qr/^1\|1\|1$/m, '... then does what is left: one new user, one changed, one gone') or diag $complaint;
is(answer($snapshot, $signature), $state[0], 'the repeatable read transaction still sees the state before');
$snapshot->query_safe('COMMIT');
$snapshot->quit;
$old_refresh->query("SELECT user_ops.refresh('shop')");
like($old_refresh->{stderr}, qr/could not serialize access/, 'a refresh with an older snapshot than the last one fails');
$old_refresh->quit;
is(sql(q{SELECT count(*) FROM shop.users WHERE user_id IN (7, 90001)}), 1, '... and undoes nothing');

my $repeatable = $node->background_psql('postgres');
$repeatable->query_safe('BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT 1');
sleep 0.1;
is(answer($repeatable, "SELECT user_ops.refresh('shop') IS NOT NULL; SELECT refreshed_at <= now() FROM shop.fitted"),
	"t\nt", 'in a repeatable read transaction the source was read when it began');
$repeatable->query_safe('COMMIT');
$repeatable->quit;

# --- what is written ---------------------------------------------------------

my $places = 'SELECT count(*) || md5(string_agg(concat_ws($$ $$, user_id, ctid, xmin), $$,$$ ORDER BY user_id)) FROM shop.activity';
my $before = sql($places);
is(sql(q{SELECT inserted, updated, deleted FROM user_ops.refresh('shop')}), '0|0|0', 'nothing changed');
is(sql($places), $before, 'then no row is written');
is(sql('SELECT count(*) FROM shop.fitted'), 1, 'the basis stays one row');
sql('CREATE TABLE was AS SELECT user_id, ctid AS at, xmin AS by FROM shop.activity');
sql('INSERT INTO events VALUES (11, now(), 1), (90002, now(), NULL); DELETE FROM events WHERE u = 12');
is(sql(q{SELECT inserted, updated, deleted FROM user_ops.refresh('shop')}), '1|1|1', 'three users changed');
is(sql(q{SELECT string_agg(coalesce(n.user_id, w.user_id)::text, ',' ORDER BY 1) FROM was w
	FULL JOIN (SELECT user_id, ctid AS at, xmin AS by FROM shop.activity) AS n ON n.user_id = w.user_id
	WHERE (n.at, n.by) IS DISTINCT FROM (w.at, w.by)}), '11,12,90002', '... and only they are written');

my $now = sql($signature);
sql(q{UPDATE variant SET shift = 0; BEGIN; SELECT user_ops.refresh('shop'); SELECT user_ops.refresh('shop'); ROLLBACK});
is(sql($signature), $now, 'a refresh that is rolled back leaves the state before');
is(sql(q{BEGIN; SELECT updated FROM user_ops.refresh('shop'); SELECT updated FROM user_ops.refresh('shop'); COMMIT}),
	"10000\n0", 'two in one transaction');
is(sql(q{SELECT count(*) FROM pg_class WHERE relname LIKE 'user_ops_refresh%'}), 0, 'no temporary table is left');

my ($status, $out, $err) = $node->psql('postgres',
	q{SET default_transaction_read_only = on; SELECT count(*) > 0 FROM shop.users; SELECT user_ops.refresh('shop')});
is($out, 't', 'the views can be read where nothing may be written');
like($err, qr/read-only transaction/, 'a refresh cannot');

# --- as_of NULL is the date of the last refresh ------------------------------

sql(q{SELECT user_ops.create_views('source', 'u', 't', 'a', 'moving')});
is(sql('SELECT as_of = (refreshed_at AT TIME ZONE $$UTC$$)::date FROM moving.fitted'), 't', 'as_of is the date of the refresh');
my $idle = sql('SELECT min(idle_days) FROM moving.users');
sql('UPDATE moving.fitted SET as_of = as_of - 1000');
isnt(sql('SELECT min(idle_days) FROM moving.users'), $idle, 'what the views say hangs on the stored date');
is(sql(q{SELECT count(*) FROM pg_views WHERE schemaname = 'moving' AND definition ~* '(now\(\)|current_|clock_timestamp)'}),
	0, 'and on no clock');

# a drop waits for a refresh, and neither deadlocks
$first->query_safe("BEGIN; SELECT user_ops.refresh('moving')");
my $drop = IPC::Run::start(
	[ 'psql', '-XAt', '-d', $node->connstr('postgres'), '-c',
		q{SET application_name = 'drop'; SELECT count(*) FROM user_ops.drop_views('moving')} ],
	'<', \'', '>', \my $dropped, '2>', \my $drop_complaint);
$node->poll_query_until('postgres',
	q{SELECT wait_event_type = 'Lock' FROM pg_stat_activity WHERE application_name = 'drop'});
$first->query_safe("SELECT user_ops.refresh('moving'); COMMIT");
$drop->finish;
my $made = sql(q{SELECT count(*) FROM user_ops_internal.view_objects((SELECT s FROM shop.settings AS s)) WHERE column_name IS NULL AND object <> 'rfm_ntile'});
like($dropped, qr/^${\ ($made + 2)}$/m, 'drop_views waits for a refresh') or diag $drop_complaint;
$first->quit;

# --- crashes -----------------------------------------------------------------

sql('DELETE FROM events WHERE u > 90000');
@state = map { refresh_to($_); sql($signature) } 0, 1;
my %seen = (before => 0, after => 0);
my $current = 1;

sub crash
{
	my ($whom, $delay) = @_;
	my $target = 1 - $current;
	sql("UPDATE variant SET shift = $target");
	kill_midway($node, $whom, "SELECT user_ops.refresh('shop')", $delay);
	start_again($node) if $whom eq 'postmaster';
	my $found = ask_until($node, $signature, qr{/});
	my $is = $found eq $state[$current] ? 'before' : $found eq $state[$target] ? 'after' : 'mixed';
	ok($is ne 'mixed', sprintf('%s killed after %.2f s: the state %s', $whom, $delay, $is));
	$seen{$is}++;
	is(sql("SELECT user_ops.refresh('shop') IS NOT NULL; $signature"), "t\n$state[$target]", '... the next refresh heals');
	$current = $target;
}

# the duration, once warm
$started = time;
refresh_to(1 - $current);
$duration = time - $started;
$current = 1 - $current;
note(sprintf 'a refresh takes %.2f s', $duration);
for my $whom (qw(backend postmaster))
{
	crash($whom, 0.95 * $duration * ($_ + 0.5) / $crashes) for 0 .. $crashes - 1;
}
ok($seen{before} > 0, "$seen{before} crashes came before the commit, $seen{after} after it");
is(sql(q{SELECT count(*) FROM pg_class WHERE relpersistence = 't' OR relname LIKE 'user_ops_refresh%'}), 0,
	'no temporary table is left in the catalog');
my @files = grep { m{/t\d+_\d+} } glob($node->data_dir . '/base/*/*');
is(scalar @files, 0, '... and no file of one') or diag "@files";

$node->stop;
done_testing();
