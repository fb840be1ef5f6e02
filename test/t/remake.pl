# create_views called again: readers go on, refreshes wait and then go on, and two
# at once do not get into each other's way.
#
# Runs alone: how long readers wait is measured.
use strict;
use warnings;
use IPC::Run ();
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(time);

my $rows = $ENV{ROWS} // 300_000;
my $longest = 200;    # milliseconds

my $node = PostgreSQL::Test::Cluster->new('remake');
$node->init;
$node->append_conf('postgresql.conf', "autovacuum = off\nfsync = off\nmax_wal_size = 4GB\ndeadlock_timeout = '200ms'\njit = off\nlog_statement = none\n");
$node->start;

sub sql { return $node->safe_psql('postgres', $_[0]) }

# A psql that runs beside: its name, what it shall run.
my %started;

sub start
{
	my ($name, $sql) = @_;
	my %run = (out => '', err => '');
	local $ENV{PGAPPNAME} = $name;
	$run{run} = IPC::Run::start([ 'psql', '-XAtq', '-d', $node->connstr('postgres'), '-c', $sql ], '<', \'', '>', \$run{out}, '2>', \$run{err});
	$started{$name} = \%run;
	return;
}

sub ended
{
	my ($name, $expected, $what) = @_;
	my $run = delete $started{$name};
	$run->{run}->finish;
	is($run->{out} . $run->{err}, $expected, $what);
	return;
}

sub waits { return $node->poll_query_until('postgres', "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND (application_name = '$_[0]' OR application_name LIKE '$_[0]'))") }

# Whoever holds the lock on the partition keeps a scan of the source waiting.
sql(<<"SQL");
CREATE EXTENSION user_ops;
CREATE TABLE source (u int, t timestamptz, a numeric, country text) PARTITION BY LIST (country);
CREATE TABLE gate PARTITION OF source DEFAULT;
INSERT INTO source SELECT (i * 7919::bigint) % ($rows / 15), timestamptz '2024-01-01 UTC' + (i % 977) * interval '9 hours', CASE WHEN i % 3 = 0 THEN i % 100 END, 'c' || i % 3
FROM generate_series(1, $rows) AS i;
SQL
my $base = q{'source', 'u', 't', 'a', 'shop', as_of => '2025-06-01'};
sub again { return "SELECT count(*) > 0 FROM user_ops.create_views($base, $_[0])" }
sql(again(q{rfm_ntile => true}));

# A statement for each view and table, none of which may wait.
sub read_all
{
	my @relations = split /\n/, sql(q{SELECT c.oid::regclass FROM pg_class c WHERE c.relnamespace = 'shop'::regnamespace AND c.relkind IN ('r', 'v') ORDER BY 1});
	die if @relations < 26;
	return join ';', q{SET lock_timeout = '2s'}, map { "SELECT FROM $_ LIMIT 0" } @relations;
}

my $gate = $node->background_psql('postgres');
my %kinds = (
	'the same' => q{rfm_ntile => true},
	'other limits' => q{horizon_days => 120, week_start => 'sunday', max_days => 20},
	'other columns' => q{rfm_ntile => true, first_values => '{country}', breakdown => '{country}'},
	'nothing stored' => q{stored => false},
	'stored again' => q{rfm_ntile => true, lost_days => 50},
);
for my $kind ('the same', 'other limits', 'other columns', 'nothing stored', 'stored again')
{
	# where nothing is stored before or after, a reader scans too, and there is no turn to wait for
	my $stored = $kind !~ /stored/;
	my $oid = q{SELECT concat((SELECT oid FROM pg_class WHERE oid = 'shop.users'::regclass), ' ', (SELECT xmin FROM pg_class WHERE oid = 'shop.users'::regclass))};
	my $was = sql($oid);
	my $notice = $kind =~ /columns|nothing/ ? qq{NOTICE:  the history of "shop" begins anew: its tables have other columns now\n} : '';

	# the scan waits, readers do not
	$gate->query_safe('BEGIN; LOCK TABLE gate');
	start('first', again($kinds{$kind}));
	ok(waits($kind eq 'nothing stored' ? 'first' : 'user_ops.refresh 1/4 reading%'), "$kind: create_views scans");
	is(($node->psql('postgres', read_all()))[2], '', '... and no reader waits for it') if $kind ne 'stored again';
	if ($stored)
	{
		start('refresh', q{SELECT updated FROM user_ops.refresh('shop')});
		ok(waits('refresh'), '... while a refresh waits for its turn');
		start('verify', q{SELECT count(*) FROM user_ops.verify('shop')});
	}
	start('second', again($kinds{$kind}));
	ok(waits('second'), '... and another create_views, too');

	# a long query on a view keeps who replaces it waiting, but nobody behind
	my $reader = $node->background_psql('postgres');
	$reader->query_safe('BEGIN; SELECT FROM shop.users LIMIT 0; SELECT FROM shop.kpis_day LIMIT 0') if $stored;
	$gate->query_safe('COMMIT');
	if ($stored && $kind ne 'the same')
	{
		ok($node->poll_query_until('postgres', q{SELECT count(*) >= 1 FROM pg_stat_activity WHERE wait_event = 'PgSleep'}), '... at its end it steps back from a reader');
		my $read = read_all();
		my $err = join '', map { ($node->psql('postgres', $read))[2] } 1 .. 10;
		is($err, '', '... behind whom nobody has to wait');
	}
	$reader->query_safe('COMMIT') if $stored;
	$reader->quit;
	ended('first', "t\n$notice", '... and it comes to its end');
	ended('second', "t\n", '... so does the other');
	if ($stored)
	{
		ended('refresh', "0\n", '... the refresh too');
		my $verified = delete $started{verify};
		$verified->{run}->finish;
		like($verified->{out} . $verified->{err}, qr/^0\n$|schema "shop" was remade meanwhile/, '... and verify, or it says why not');
	}
	is(sql($oid) eq $was, $kind eq 'the same', '... and views are left alone if they are the same') if $kind =~ /same|columns/;
	is(sql(q{SELECT count(*) FROM pg_namespace WHERE nspname LIKE 'user\_ops\_%' AND nspname <> 'user_ops_internal'}), 0, '... with nothing left behind');
}
$gate->quit;

# a schema that does not exist yet
start("new$_", q{SELECT count(*) > 0 FROM user_ops.create_views('source', 'u', 't', 'a', 'fresh', as_of => '2025-06-01')}) for 1 .. 3;
ended("new$_", "t\n", 'three make one new schema') for 1 .. 3;
start('drop', q{SELECT count(*) > 0 FROM user_ops.drop_views('fresh')});
start('make', q{SELECT count(*) > 0 FROM user_ops.create_views('source', 'u', 't', 'a', 'fresh', as_of => '2025-06-01')});
ended('drop', "t\n", 'one drops it');
ended('make', "t\n", '... while another makes it');

# add-ons of one schema: each waits for the others, and none is lost; a refresh and create_views amid them
start("funnel$_", qq{SELECT count(*) FROM user_ops.create_funnel_view('shop', 'f$_', '{c0,c$_}', '30 days', event => 'country')}) for 1 .. 3;
start('refresh', q{SELECT updated FROM user_ops.refresh('shop')});
start('again', again('rfm_ntile => true, lost_days => 50'));
start('session', q{SELECT count(*) FROM user_ops.create_session_view('shop', 's', event => 'country')});
for my $name (map({ "funnel$_" } 1 .. 3), 'session')
{
	my $run = delete $started{$name};
	$run->{run}->finish;
	like($run->{out} . $run->{err}, qr/^[23]\n$/, "$name is made while others are");
}
ended('refresh', "0\n", '... while a refresh runs');
ended('again', "t\n", '... and create_views');
is(sql(q{SELECT string_agg(name, ' ' ORDER BY name) FROM user_ops.addons('shop')}), 'f1 f2 f3 journeys s', '... and all are there');
is(sql(q{SELECT count(DISTINCT name) FROM shop.funnels}), 3, '... in their views');
is(sql(q{SELECT count(*) FROM user_ops.verify('shop')}), 0, '... with what the source has');
my $reader = $node->background_psql('postgres');
$reader->query_safe('BEGIN; SELECT FROM shop.funnels LIMIT 0');
start('replace', q{SELECT count(*) FROM user_ops.create_funnel_view('shop', 'f1', '{c1,c2}', '30 days')});
ok($node->poll_query_until('postgres', q{SELECT count(*) >= 1 FROM pg_stat_activity WHERE wait_event = 'PgSleep'}), 'who replaces a funnel steps back from its reader');
is(($node->psql('postgres', q{SET lock_timeout = '2s'; SELECT FROM shop.funnels LIMIT 0}))[2], '', '... behind whom nobody has to wait');
$reader->query_safe('COMMIT');
$reader->quit;
ended('replace', "2\n", '... and comes to its end');

# --- how long readers wait ---------------------------------------------------

my $dir = PostgreSQL::Test::Utils::tempdir();
append_to_file("$dir/read.sql", join '', map { "SELECT count(*) FROM (SELECT FROM $_ LIMIT 1) AS r;\n" } qw(shop.users shop.fitted shop.activity shop.segment_history));

sub slowest_while
{
	my ($number, $sql) = @_;
	my ($load, $out, $err);
	{
		local $ENV{PGAPPNAME} = 'load';
		$load = IPC::Run::start([ 'pgbench', '-n', '-c', '2', '-R', '200', '-T', '600', '-l', '--log-prefix', "$dir/log$number", '-f', "$dir/read.sql", $node->connstr('postgres') ],
			'<', \'', '>', \$out, '2>', \$err);
	}
	$node->poll_query_until('postgres', q{SELECT count(*) = 2 FROM pg_stat_activity WHERE application_name = 'load'});
	my $started = time;
	sql($sql);
	my $duration = 1000 * (time - $started);
	$load->signal('INT');
	eval { $load->finish };
	like($err, qr/^(?!.*ERROR)/s, 'no reader fails');
	my $slowest = 0;
	for my $log (glob "$dir/log$number.*")
	{
		for (split /\n/, slurp_file($log))
		{
			my $latency = (split ' ')[2] / 1000;
			$slowest = $latency if $latency > $slowest;
		}
	}
	return ($slowest, $duration);
}

# a busy machine makes any statement slow now and then: the best of a few tries
# counts, and a tenth of the whole will do
my $number = 0;
for my $kind ('other limits', 'other columns')
{
	my ($best, $took);
	for my $try (1 .. 5)
	{
		sql(again('rfm_ntile => true'));
		my ($slowest, $duration) = slowest_while(++$number, again($kinds{$kind}));
		($best, $took) = ($slowest, $duration) if !defined $best || $slowest < $best;
		last if $best <= $longest;
	}
	my $allowed = $took / 10 > $longest ? $took / 10 : $longest;
	cmp_ok($best, '<=', $allowed, sprintf('%s: over %d rows create_views took %.0f ms, and the longest reading %.0f', $kind, $rows, $took, $best));
}

$node->stop;
done_testing();
