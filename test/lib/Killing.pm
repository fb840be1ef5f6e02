# Statements that are killed midway, and the server afterwards.
package Killing;

use strict;
use warnings;
use Exporter qw(import);
use IPC::Run ();
use Time::HiRes qw(sleep);

our @EXPORT_OK = qw(kill_midway start_again ask_until machine_before machine_after);

# kill_midway(NODE, WHOM, STATEMENT, SECONDS, DATABASE): run a statement in a session of its own;
# so much later kill its backend or, with 'postmaster', every process of the server.
# Whether the client had heard of the end.
sub kill_midway
{
	my ($node, $whom, $statement, $delay, $database) = @_;
	my ($in, $out) = ("SELECT pg_backend_pid();\n$statement;\n\\echo done\n", '');
	my $victim = IPC::Run::start([ 'psql', '-XAtq', '-d', $node->connstr($database // 'postgres') ], '<', \$in, '>', \$out, '2>', \my $ignored, IPC::Run::timeout(60));

	$victim->pump until $out =~ /^(\d+)\n/;
	my $pid = $1;
	sleep $delay;
	kill 'KILL', $whom eq 'postmaster' ? stopped_family($node->{_pid}) : $pid;
	eval { $victim->finish };
	return $out =~ /^done$/m;
}

# A machine that stops: all processes are gone at once, and with them whatever no fsync has
# brought to the disk. At worst that is all that was written to files of data since the last
# checkpoint, and any end of the WAL that no commit which was told to a client needs.
#
# machine_before(NODE): ends in a checkpoint, and keeps the files of data as they are then;
# to be given to machine_after.
sub machine_before
{
	my ($node) = @_;
	my $kept = $node->basedir . '/kept';

	$node->safe_psql('postgres', 'CHECKPOINT');
	system('rm', '-rf', $kept) == 0 or die;
	system('cp', '-a', $node->data_dir, $kept) == 0 or die;
	return { kept => $kept, lsn => lsn_number($node->safe_psql('postgres', 'SELECT pg_current_wal_insert_lsn()')) };
}

# machine_after(NODE, BEFORE, CUT): of a server that was killed, the files of data as they were
# before, and its WAL; CUT: up to so many bytes behind it.
sub machine_after
{
	my ($node, $before, $cut) = @_;
	my $data = $node->data_dir;

	system('rm', '-rf', "$before->{kept}/pg_wal", "$before->{kept}/postmaster.pid") == 0 or die;
	rename "$data/pg_wal", "$before->{kept}/pg_wal" or die "pg_wal: $!";
	system('rm', '-rf', $data) == 0 or die;
	rename $before->{kept}, $data or die "$data: $!";
	return if !defined $cut;
	my $size = 16 * 1024 * 1024;
	my $end = $before->{lsn} + $cut;
	for my $segment (glob "$data/pg_wal/[0-9A-F]*")
	{
		my ($high, $low) = $segment =~ /[0-9A-F]{8}([0-9A-F]{8})([0-9A-F]{8})$/ or next;
		my $start = (hex($high) << 32) + hex($low) * $size;
		next if $start + $size <= $end;
		my $from = $start > $end ? 0 : $end - $start;
		open my $file, '+<:raw', $segment or die "$segment: $!";
		seek $file, $from, 0;
		print $file "\0" x ($size - $from);
		close $file or die "$segment: $!";
	}
	return;
}

sub lsn_number { my ($high, $low) = split m{/}, $_[0]; return (hex($high) << 32) + hex $low }

# A postmaster, stopped so that it starts no more processes, and its children. Of these
# one that waits for a lightweight lock of a killed one would never notice that the
# postmaster is gone, and keep the shared memory for ever.
sub stopped_family
{
	my ($postmaster) = @_;

	kill 'STOP', $postmaster;
	sleep 0.01 until (status($postmaster)->{State} // 'T') =~ /^T/;
	return $postmaster, grep { (status($_)->{PPid} // 0) == $postmaster } map { m{(\d+)$} } glob '/proc/[0-9]*';
}

# The fields of /proc/PID/status; none of a process that is gone.
sub status
{
	my ($pid) = @_;

	open my $file, '<', "/proc/$pid/status" or return {};
	return { map { /^(\w+):\s*(.*)/ } <$file> };
}

# start_again(NODE): a server that was killed; its processes need a moment to be gone.
sub start_again
{
	my ($node) = @_;

	for (1 .. 100)
	{
		$node->{_pid} = undef;
		return if $node->start(fail_ok => 1);
		sleep 0.2;
	}
	die 'a killed server does not start again';
}

# ask_until(NODE, QUERY, PATTERN): what a query says, asked again while the server does
# not let anybody in.
sub ask_until
{
	my ($node, $query, $pattern) = @_;
	my $answer = '';

	for (1 .. 300)
	{
		# -c: a psql that is refused does not read what is written to it
		IPC::Run::run([ 'psql', '-XAt', '-d', $node->connstr('postgres'), '-c', $query ], '<', \'', '>', \$answer, '2>', \my $refusal);
		chomp $answer;
		last if $answer =~ $pattern;
		sleep 0.1;
	}
	return $answer;
}

1;
