# Statements that are killed midway, and the server afterwards.
package Killing;

use strict;
use warnings;
use Exporter qw(import);
use IPC::Run ();
use Time::HiRes qw(sleep);

our @EXPORT_OK = qw(kill_midway start_again ask_until);

# kill_midway(NODE, WHOM, STATEMENT, SECONDS): run a statement in a session of its own;
# so much later kill its backend or, with 'postmaster', every process of the server.
sub kill_midway
{
	my ($node, $whom, $statement, $delay) = @_;
	my ($in, $out) = ("SELECT pg_backend_pid();\n$statement;\n", '');
	my $victim = IPC::Run::start([ 'psql', '-XAtq', '-d', $node->connstr('postgres') ], '<', \$in, '>', \$out, '2>', \my $ignored, IPC::Run::timeout(60));

	$victim->pump until $out =~ /^(\d+)\n/;
	my $pid = $1;
	sleep $delay;
	kill 'KILL', $whom eq 'postmaster' ? stopped_family($node->{_pid}) : $pid;
	eval { $victim->finish };
}

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
