#!/usr/bin/perl
# Runs TAP test files, two at a time, and counts what they say:
#   tap.pl COUNTS LOG FILE…       (include paths from PERL5LIB)
# A file that says "# Takes minutes" is among the first, so that it is not left at the end; one
# that says "# Runs alone" runs after the others, with nothing beside it.
# One line a file, failures and skips in full; everything goes to LOG, file by
# file; the last thing done is writing "passed failed skipped absent" to COUNTS. A
# test counts as skipped if marked SKIP or TODO, and among those as absent if the
# reason says that a file is absent; a test file that dies, has no plan or does not
# keep to it counts as one failure of its own.
use strict;
use warnings;
use TAP::Parser;
use TAP::Parser::Multiplexer;
use Time::HiRes qw(time);

my $at_once = 2;    # for each waits for its servers, or its servers for it
my ($counts, $log_name, @files) = @ARGV;
open my $log, '>', $log_name or die "$log_name: $!\n";
my %total = (passed => 0, failed => 0, skipped => 0, absent => 0);
$| = 1;

my $running = TAP::Parser::Multiplexer->new;
my (@together, @alone);
push @{ says($_, "Runs alone") ? \@alone : \@together }, $_ for sort { says($b, "Takes minutes") <=> says($a, "Takes minutes") || $a cmp $b } @files;

while (@together || @alone || $running->parsers)
{
	start(shift @together) while @together && $running->parsers < $at_once;
	start(shift @alone) if @alone && !$running->parsers;
	my ($parser, $test, $result) = $running->next;
	if (defined $result)
	{
		take($test, $result);
	}
	else
	{
		report($parser, $test);
	}
}

# says(FILE, WHAT): is there such a line at its head?
sub says
{
	my ($file, $what) = @_;
	open my $source, '<', $file or die "$file: $!\n";
	return scalar grep { /^# \Q$what\E\b/ } <$source>;
}

sub start
{
	my ($file) = @_;
	my $parser = TAP::Parser->new(
		{ exec => [ 'timeout', '-k', '10', '900', $^X, $file ], merge => 1 });
	$running->add($parser,
		{ file => $file, started => time, said => '', notes => [], other => [], failing => 0,
			n => { passed => 0, failed => 0, skipped => 0, absent => 0 } });
}

# A line that a test said.
sub take
{
	my ($test, $result) = @_;
	my $line = $result->as_string;
	$test->{said} .= "$line\n";
	if ($result->is_test)
	{
		my $kind =
		  $result->has_skip || $result->has_todo ? 'skipped'
		  : $result->is_ok ? 'passed'
		  :                  'failed';
		$test->{n}{$kind}++;
		$test->{n}{absent}++ if $kind eq 'skipped' && says_absent($result->explanation);
		$test->{failing} = $kind eq 'failed';    # the comments after it tell more about it
		push @{ $test->{notes} }, $line if $kind ne 'passed';
	}
	elsif ($result->is_unknown)
	{
		push @{ $test->{other} }, $line;    # such as a last word on stderr
	}
	elsif ($result->is_bailout || $test->{failing} && $result->is_comment)
	{
		push @{ $test->{notes} }, $line;
	}
}

# A file has come to its end.
sub report
{
	my ($parser, $test) = @_;
	my ($n, $file) = @$test{qw(n file)};
	my @notes = @{ $test->{notes} };
	if (my $reason = $parser->skip_all)
	{
		$n->{skipped}++;
		$n->{absent}++ if says_absent($reason);
		push @notes, "# SKIP $reason";
	}
	my @errors = $parser->parse_errors;
	push @errors, 'ended with status ' . ($parser->wait >> 8 || $parser->wait)
	  if $parser->wait && !$n->{failed};
	if (@errors)
	{
		$n->{failed}++;
		push @notes, map { "# $_" } @errors, last_lines(@{ $test->{other} }), last_words($file);
	}

	print $log $test->{said};
	$log->flush;
	printf "%-6s %-28s %4d passed, %d failed, %d skipped  (%.1f s)\n",
	  $n->{failed} ? 'NOT OK' : 'ok', $file =~ s{.*/}{}r, @$n{qw(passed failed skipped)},
	  time - $test->{started};
	print "       $_\n" for @notes;
	$total{$_} += $n->{$_} for keys %$n;
}

# Data that stand beside the project, which not everybody has.
sub says_absent
{
	return ($_[0] // '') =~ / is absent$/;
}

# PostgreSQL::Test sends what a dying file says to a log of its own.
sub last_words
{
	my ($name) = $_[0] =~ m{([^/]+)\.pl$};
	open my $file, '<', ($ENV{TESTLOGDIR} // '') . "/regress_log_$name" or return;
	chomp(my @lines = <$file>);
	return last_lines(@lines);
}

sub last_lines
{
	return @_ > 10 ? @_[ -10 .. -1 ] : @_;
}

open my $out, '>', $counts or die "$counts: $!\n";
print $out "@total{qw(passed failed skipped absent)}\n";
close $out or die "$counts: $!\n";
