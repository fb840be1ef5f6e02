# A primary and a standby that live for hours: writers at a fixed rate, a refresh by
# changed_at every few seconds, readers on both, schemas that are made again, add-ons that
# come and go, users who are forgotten. What is measured on the way must not grow.
#
#   soak.pl BIN FOLDER MINUTES RATE [planted]
#
# In FOLDER: samples.tsv, state (how it stands now), *.log; the servers' data go at the end.
use strict;
use warnings;
use FindBin;
use lib $FindBin::RealBin;
use File::Find ();
use File::Path qw(remove_tree);
use Judge;
use POSIX ();
use Session;
use Time::HiRes qw(sleep time);

my ($bin, $folder, $minutes, $rate, $planted) = @ARGV;
my $port = 6400 + $$ % 100 * 2;
my $length = 60 * $minutes;
my ($slice, $sample_every, $make_every) = $planted ? (60, 5, 5) : (600, 30, 60);
my @findings;
my %children;
my $judge = Judge->new;
$| = 1;
STDERR->autoflush(1);

sub say_now { printf "[%s] %s\n", POSIX::strftime('%H:%M:%S', localtime), $_[0] }
sub run { system(@_) == 0 or die "failed: @_\n" }
sub found { push @findings, $_[0]; say_now("FINDING: $_[0]") }

# start_child(NAME, CODE): a process of its own; what it prints stands in NAME.log.
sub start_child
{
	my ($name, $code) = @_;
	my $pid = fork // die "fork: $!";

	if ($pid == 0)
	{
		%children = ();
		open STDOUT, '>>', "$folder/" . $name =~ tr/ /_/r . '.log' or die $!;
		open STDERR, '>&', \*STDOUT or die $!;
		STDOUT->autoflush(1);
		$code->();
		POSIX::_exit(0);
	}
	$children{$pid} = $name;
	return $pid;
}

sub bench
{
	my ($name, $port_there, @options) = @_;
	return start_child($name, sub {
		$ENV{PGAPPNAME} = "soak $name";
		exec "$bin/pgbench", '-n', '-h', $folder, '-p', $port_there, '-U', 'postgres', @options, 'soak';
	});
}

sub stopped { return -e "$folder/stop" }
sub wait_a_while { my $until = time + $_[0]; sleep 0.2 while time < $until && !stopped() }

# --- what runs ---------------------------------------------------------------

sub refresher
{
	my $session = Session->new("$bin/psql", $folder, $port, 'soak refresher');
	my $n = 0;
	until (stopped())
	{
		my $began = time;
		my $said = $session->ask(q{SELECT updated FROM user_ops.refresh('shop')});
		printf "%.0f %.2f s: %s\n", $began, time - $began, $said if $said !~ /^\d+$/ || $n++ % 100 == 0;
		$session->ask("PREPARE leak_${n}_$_ AS SELECT * FROM shop.users; EXPLAIN EXECUTE leak_${n}_$_") for $planted ? 1 .. 5 : ();
		wait_a_while($planted ? 1 : 5);
	}
}

sub maker
{
	my $session = Session->new("$bin/psql", $folder, $port, 'soak maker');
	my $views = q{SELECT count(*) FROM user_ops.create_views('events', 'u', 't', 'a', 'shop', changed_at => 'changed', changed_overlap => '5 s'};
	my @turns = (
		sub { "$views, week_start => 'sunday')" },
		sub { q{SELECT count(*) FROM user_ops.create_session_view('shop', 'long', gap => '1 hour', event => 'e')} },
		sub { "$views, horizon_days => 60, labels => 'chinese')" },
		sub { my $u = 1 + int rand 10000; "SELECT count(*) FROM user_ops.forget_user('shop', '$u'); SELECT pg_sleep(2); SELECT user_ops.remember_user('shop', '$u')" },
		sub { q{SELECT count(*) FROM user_ops.drop_addon('shop', 'session', 'long')} },
		sub { $views . ')' },
		sub { q{SELECT count(*) FROM user_ops.create_public_views('shop', 'shop_public')} },
		sub { q{SELECT updated FROM user_ops.refresh('shop', full_scan => true)} });
	my $n = 0;
	until (stopped())
	{
		my ($began, $statement) = (time, $turns[ $n++ % @turns ]->());
		my $said = $session->ask($statement);
		printf "%.0f %.2f s: %s: %s\n", $began, time - $began, $statement =~ s/^SELECT |, changed_at.*?'5 s'//gr, $said;
		$session->ask("CREATE TABLE left_$n (x int PRIMARY KEY)") if $planted;
		wait_a_while($make_every);
	}
}

# --- what is measured --------------------------------------------------------

# Files below a data directory: all but WAL and statistics, and those that are temporary.
sub count_files
{
	my ($data) = @_;
	my ($files, $temporary, $wal) = (0, 0, 0);

	File::Find::find({ no_chdir => 1, wanted => sub {
		return if !-f $_;
		if (m{/pg_wal/}) { $wal += (-s _) // 0 }
		elsif (m{/pgsql_tmp/|/t\d+_\d+}) { $temporary++ }
		elsif (!m{/pg_stat(_tmp)?/}) { $files++ }
	} }, $data);
	return ($files, $temporary, int($wal / 1024));
}

my $of_tables = <<'SQL';
SELECT n.nspname || '.' || c.relname, (CASE WHEN c.relname IN ('transition_log', 'refresh_log', 'identity_moves') THEN pg_table_size(c.oid) ELSE pg_total_relation_size(c.oid) END
	- t.tuple_len - coalesce((SELECT tuple_len FROM pgstattuple(nullif(c.reltoastrelid, 0))), 0)) / 1024
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace, pgstattuple(c.oid) AS t
WHERE n.nspname IN ('shop', 'shop_public') AND c.relkind = 'r' AND c.relname <> 'left'
SQL
my $of_catalog = <<'SQL';
SELECT 'catalog size', sum(pg_total_relation_size(oid))::bigint / 1024 FROM pg_class WHERE relnamespace = 'pg_catalog'::regnamespace AND relkind = 'r' AND NOT relisshared
UNION ALL SELECT 'catalog rows pg_class', count(*) FROM pg_class UNION ALL SELECT 'catalog rows pg_depend', count(*) FROM pg_depend
UNION ALL SELECT 'catalog rows pg_attribute', count(*) FROM pg_attribute UNION ALL SELECT 'catalog rows pg_type', count(*) FROM pg_type
UNION ALL SELECT 'next oid', next_oid::text::bigint FROM pg_control_checkpoint()
UNION ALL SELECT 'rows of events', count(*) FROM events UNION ALL SELECT 'rows of transition_log', count(*) FROM shop.transition_log
UNION ALL SELECT 'lag kB', coalesce(max(pg_wal_lsn_diff(pg_current_wal_lsn(), replay_lsn)), 1e9)::bigint / 1024 FROM pg_stat_replication
SQL
my $of_processes = q{SELECT coalesce(nullif(application_name, ''), backend_type), pid FROM pg_stat_activity WHERE backend_type IN ('startup', 'walreceiver', 'walsender', 'checkpointer', 'autovacuum launcher') OR application_name ~ '^soak '};

sub rows { return map { [ split /\|/ ] } split /\n/, $_[0] }

sub sample
{
	my ($seconds, $file, %sessions) = @_;
	my @measured;

	for my $where (sort keys %sessions)
	{
		my %memory;
		for (rows($sessions{$where}->ask($of_processes)))
		{
			my ($name, $pid) = @$_;
			open my $status, '<', "/proc/$pid/status" or next;
			my ($anonymous) = join('', <$status>) =~ /^RssAnon:\s+(\d+)/m or next;
			$memory{ $name =~ s/^soak //r } += $anonymous;
		}
		push @measured, map { [ "memory $where $_", $memory{$_} ] } grep { !/^writers/ } keys %memory;
		my ($files, $temporary, $wal) = count_files("$folder/$where");
		push @measured, [ "files $where", $files ], [ "temporary files $where", $temporary ], [ "wal $where", $wal ];
	}
	push @measured, map { [ "slack $_->[0]", $_->[1] ] } rows($sessions{primary}->ask($of_tables));
	push @measured, rows($sessions{primary}->ask($of_catalog));
	for (@measured)
	{
		$_->[0] =~ s/^lag kB/lag standby/;
		if (($_->[1] // '') !~ /^-?\d+$/) { found("a sample was refused: @$_[0 .. $#$_]"); next }
		$judge->add($seconds, @$_);
		printf $file "%d\t%s\t%d\n", $seconds, @$_;
	}
	return;
}

# How it stands, in a file that is always whole.
sub write_state
{
	my ($seconds, @more) = @_;
	open my $state, '>', "$folder/state.new" or die $!;
	printf $state "after %d of %d s, %d findings\n", $seconds, $length, scalar @findings;
	print $state "FINDING: $_\n" for @findings;
	printf $state "%-4s %-45s %9d  %s\n", $_->{holds} ? 'ok' : 'NOT', $_->{name}, $_->{last}, $_->{said} for $judge->figures($seconds);
	close $state;
	rename "$folder/state.new", "$folder/state";
}

# --- the servers -------------------------------------------------------------

my @data = ("$folder/primary", "$folder/standby");
sub stop_all
{
	open my $stop, '>', "$folder/stop";
	kill 'TERM', keys %children if %children;
	for (1 .. 50) { last if !grep { kill 0, $_ } keys %children; 1 while waitpid(-1, POSIX::WNOHANG()) > 0; sleep 0.2 }
	kill 'KILL', keys %children if %children;
	system "$bin/pg_ctl", '-s', '-D', $_, '-m', 'immediate', 'stop' for grep { -e "$_/postmaster.pid" } @data;
}
my $main = $$;
END { my $status = $?; stop_all() if $$ == $main; $? = $status }
$SIG{INT} = $SIG{TERM} = sub { say_now('stopped'); exit 1 };

unlink "$folder/stop", glob "$folder/*.log";
remove_tree(@data);
run("$bin/initdb -D '$data[0]' -U postgres -A trust -E UTF8 --locale=C --no-sync --no-instructions >'$folder/initdb.log' 2>&1");
open my $conf, '>>', "$data[0]/postgresql.conf" or die $!;
print $conf <<"CONF";
unix_socket_directories = '$folder'
listen_addresses = ''
port = $port
fsync = on
autovacuum = on
autovacuum_naptime = 15s
shared_buffers = 128MB
max_wal_size = 512MB
checkpoint_timeout = 2min
max_connections = 30
timezone = 'UTC'
hot_standby_feedback = on
max_slot_wal_keep_size = 2GB
log_checkpoints = off
CONF
close $conf;
run("$bin/pg_ctl", '-s', '-w', '-D', $data[0], '-l', "$folder/primary.log", 'start');
run("$bin/createdb", '-h', $folder, '-p', $port, '-U', 'postgres', 'soak');
run("$bin/psql -Xqb -h '$folder' -p $port -U postgres -d soak -f '$FindBin::RealBin/setup.sql' >'$folder/setup.log' 2>&1");
run("$bin/pg_basebackup", '-h', $folder, '-p', $port, '-U', 'postgres', '-D', $data[1], '-R', '-C', '-S', 'standby', '-X', 'stream', '-c', 'fast');
open $conf, '>>', "$data[1]/postgresql.conf" or die $!;
print $conf 'port = ' . ($port + 1) . "\n";
close $conf;
run("$bin/pg_ctl", '-s', '-w', '-D', $data[1], '-l', "$folder/standby.log", 'start');
my %sessions = (primary => Session->new("$bin/psql", $folder, $port, 'soak sampler'), standby => Session->new("$bin/psql", $folder, $port + 1, 'soak sampler'));
say_now("servers on ports $port and " . ($port + 1) . " in $folder, $minutes minutes, $rate transactions a second");
is_writing($sessions{primary}->ask('SHOW fsync'), 'on');
sub is_writing { $_[0] eq $_[1] or die "fsync is $_[0]\n" }

# --- the run -----------------------------------------------------------------

my $holder;
if ($planted)
{
	$holder = Session->new("$bin/psql", $folder, $port, 'holder');
	$holder->ask('BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT 1');   # no lock, but rows that nobody may remove
}
start_child('refresher', \&refresher);
start_child('maker', \&maker);
my $there = $FindBin::RealBin;
my @reads = ('-c', 2, '-T', $length + 300, '-f', "$there/read.sql\@4", '-f', "$there/scan.sql\@1");
bench('reader', $port, '-R', 0.3, @reads);
bench('reader prepared', $port, '-M', 'prepared', '-R', 0.3, @reads);
bench('standby reader', $port + 1, '-R', 0.3, @reads);

my ($start, $next_sample, $slice_end, $writers, $verified) = (time, 0, 0, undef, 0);
open my $samples, '>', "$folder/samples.tsv" or die $!;
$samples->autoflush(1);

# What was written is in the views, and what verify compares does not differ.
sub verify_now
{
	my $said = $sessions{primary}->ask(q{SELECT 'read ' || users FROM user_ops.refresh('shop'); SELECT coalesce(string_agg(user_id || ' ' || difference, ', '), 'clean') FROM (SELECT * FROM user_ops.verify('shop') LIMIT 5) AS v});
	$said =~ /^read \d+\nclean$/ ? $verified++ : found("verify: $said");
	return;
}

while ((my $seconds = time - $start) < $length)
{
	while ((my $gone = waitpid(-1, POSIX::WNOHANG())) > 0)
	{
		my $name = delete $children{$gone};
		if ($writers && $gone == $writers) { undef $writers; found("writers end with $?") if $? }
		else { found("$name has ended with $?") }
	}
	# the last seconds go without writers
	if (!$writers && $length - $seconds > 20)
	{
		if ($slice_end)
		{
			verify_now();
			my @broken = map { "$_->{name} $_->{said}" } grep { !$_->{holds} } $judge->figures($seconds);
			say_now(sprintf 'after %d s: verified %d times, %d findings, above a bound so far: %s', $seconds, $verified, scalar @findings, join('; ', @broken) || 'nothing');
		}
		my $left = $start + $length - time;
		$slice_end = time + ($left < 1.5 * $slice ? $left - 5 : $slice);
		$writers = bench('writers', $port, '-c', 4, '-R', $rate, '-T', int($slice_end - time), '-f', "$there/write.sql\@7", '-f', "$there/touch.sql\@3");
	}
	if ($seconds >= $next_sample)
	{
		sample($seconds, $samples, %sessions);
		write_state($seconds);
		$next_sample += $sample_every;
	}
	sleep 0.5;
}

# --- the verdict -------------------------------------------------------------

if ($writers) { waitpid $writers, 0; delete $children{$writers} }
open my $stop, '>', "$folder/stop";
close $stop;
my @workers = grep { $children{$_} =~ /^(refresher|maker)$/ } keys %children;
for (@workers) { waitpid $_, 0; delete $children{$_} }
kill 'TERM', keys %children;
for (keys %children) { waitpid $_, 0; delete $children{$_} }

verify_now();
my $said = $sessions{primary}->ask(q{SELECT updated + inserted + deleted FROM user_ops.refresh('shop', full_scan => true); SELECT count(*) FROM user_ops.verify('shop')});
found("a full scan changes users after one by changed rows: $said") if $said ne "0\n0";
my $written = $sessions{primary}->ask('SELECT pg_current_wal_flush_lsn()');
for (1 .. 300) { last if $sessions{standby}->ask("SELECT pg_last_wal_replay_lsn() >= '$written'") eq 't'; sleep 0.2 }
my @relations = split /\n/, $sessions{primary}->ask(q{SELECT c.oid::regclass FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE nspname IN ('shop', 'shop_public') AND relkind IN ('r', 'v') ORDER BY 1});
my $equal = 0;
for my $relation (@relations)
{
	my ($here, $away) = map { $sessions{$_}->ask("SELECT count(*) || ' ' || md5(string_agg(r::text, ',' ORDER BY r::text)) FROM $relation AS r") } qw(primary standby);
	$here eq $away ? $equal++ : found("the standby differs: $relation: $here, $away");
}
my $seconds = time - $start;
sample($seconds, $samples, %sessions);
for my $log (qw(primary.log standby.log refresher.log maker.log reader.log reader_prepared.log standby_reader.log writers.log))
{
	open my $file, '<', "$folder/$log" or next;
	my %said;
	while (<$file>)
	{
		next if !/\b(ERROR|FATAL|PANIC|aborted|session has ended|terminated by)\b/ || /due to (user request|administrator command)|the database system is starting up/;
		$said{s/^.*?((ERROR|FATAL|PANIC|aborted))/$1/r =~ s/\d+/N/gr}++;
	}
	found("$log: " . s/\n//r . " ($said{$_} times)") for sort keys %said;
}
my @figures = $judge->figures($seconds);
my ($left) = $sessions{primary}->ask(q{SELECT count(*) FROM pg_ls_dir('base/pgsql_tmp', true, false)}) + (grep { $judge->{series}{"temporary files $_"}[-1][1] } qw(primary standby));
found("temporary files are left: $left") if $left;
write_state($seconds);
print do { local (@ARGV, $/) = "$folder/state"; <> };
printf "oids taken: %d an hour; rows of transition_log %+d an hour\n", $judge->slope('next oid', $length / 4), $judge->slope('rows of transition_log', $length / 4);
my $refreshes = $sessions{primary}->ask('SELECT count(*) FROM shop.refresh_log');
stop_all();
remove_tree(@data);

my @broken = grep { !$_->{holds} } @figures;
if ($planted)
{
	my @missed = grep { my $wanted = $_; !grep { $_->{name} =~ /^$wanted/ } @broken } 'memory primary refresher', 'files primary', 'slack shop.(activity|journeys)';
	print @missed ? 'not caught: ' . join(', ', @missed) . "\n" : "caught a leak of memory, files left behind and rows that vacuum could not remove\n";
	exit(@missed ? 1 : 0);
}
printf "%d minutes, %d refreshes, %d times verified clean, %d relations equal on the standby, %d figures of which %d grow beyond their bounds, %d findings\n",
	$minutes, $refreshes, $verified, $equal, scalar @figures, scalar @broken, scalar @findings;
exit(@broken || @findings ? 1 : 0);
