#!/usr/bin/perl
# Runs TAP test files one after the other and counts what they say:
#   tap.pl COUNTS LOG FILE…       (include paths from PERL5LIB)
# One line a file, failures and skips in full; everything goes to LOG; the last
# thing done is writing "passed failed skipped" to COUNTS. A test counts as
# skipped if marked SKIP or TODO; a file that dies, has no plan or does not
# keep to it counts as one failure of its own.
use strict;
use warnings;
use TAP::Parser;
use Time::HiRes qw(time);

my ($counts, $log_name, @files) = @ARGV;
open my $log, '>', $log_name or die "$log_name: $!\n";
my %total = (passed => 0, failed => 0, skipped => 0);
$| = 1;

for my $file (@files)
{
	my %n = (passed => 0, failed => 0, skipped => 0);
	my @notes;
	my @other;          # what is not TAP, such as a last word on stderr
	my $failing = 0;    # the comments after a failure tell more about it
	my $started = time;
	my $parser = TAP::Parser->new(
		{ exec => [ 'timeout', '-k', '10', '600', $^X, $file ], merge => 1 });

	while (my $result = $parser->next)
	{
		my $line = $result->as_string;
		print $log "$line\n";
		if ($result->is_test)
		{
			my $kind =
			  $result->has_skip || $result->has_todo ? 'skipped'
			  : $result->is_ok ? 'passed'
			  :                  'failed';
			$n{$kind}++;
			$failing = $kind eq 'failed';
			push @notes, $line if $kind ne 'passed';
		}
		elsif ($result->is_unknown)
		{
			push @other, $line;
		}
		elsif ($result->is_bailout)
		{
			push @notes, $line;
		}
		elsif ($failing && $result->is_comment)
		{
			push @notes, $line;
		}
	}
	if (my $reason = $parser->skip_all)
	{
		$n{skipped}++;
		push @notes, "# SKIP $reason";
	}
	my @errors = $parser->parse_errors;
	push @errors, 'ended with status ' . ($parser->wait >> 8 || $parser->wait)
	  if $parser->wait && !$n{failed};
	if (@errors)
	{
		$n{failed}++;
		push @notes, map { "# $_" } @errors, last_lines(@other), last_words($file);
	}

	printf "%-6s %-28s %4d passed, %d failed, %d skipped  (%.1f s)\n",
	  $n{failed} ? 'NOT OK' : 'ok', $file =~ s{.*/}{}r, @n{qw(passed failed skipped)},
	  time - $started;
	print "       $_\n" for @notes;
	$total{$_} += $n{$_} for keys %n;
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
print $out "@total{qw(passed failed skipped)}\n";
close $out or die "$counts: $!\n";
