# Statements that are killed midway, and the server afterwards.
package Killing;

use strict;
use warnings;
use Exporter qw(import);
use IPC::Run ();
use Time::HiRes qw(sleep);

our @EXPORT_OK = qw(kill_midway start_again ask_until);

# kill_midway(NODE, WHOM, STATEMENT, SECONDS): run a statement in a session of its own;
# so much later kill its backend or, before that, the postmaster.
sub kill_midway
{
	my ($node, $whom, $statement, $delay) = @_;
	my ($in, $out) = ("SELECT pg_backend_pid();\n$statement;\n", '');
	my $victim = IPC::Run::start([ 'psql', '-XAtq', '-d', $node->connstr('postgres') ], '<', \$in, '>', \$out, '2>', \my $ignored, IPC::Run::timeout(60));

	$victim->pump until $out =~ /^(\d+)\n/;
	my $pid = $1;
	sleep $delay;
	$node->kill9 if $whom eq 'postmaster';
	kill 'KILL', $pid;
	eval { $victim->finish };
}

# start_again(NODE): a postmaster that was killed; its other processes need a moment
# to notice.
sub start_again
{
	my ($node) = @_;

	do { sleep 0.2; $node->{_pid} = undef } until $node->start(fail_ok => 1);
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
