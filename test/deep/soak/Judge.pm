# What a run measured, and whether it stays within its bounds.
#
# A figure may not grow by more than its bound an hour: the median of the slopes between
# all pairs of samples of the second half (Theil and Sen), which a few outliers do not move.
package Judge;

use strict;
use warnings;

# Names of figures, and by how much they may grow an hour.
my @BOUNDS = (
	[ qr/^memory /, 4096, 'kB' ],       # private memory of a session that stays
	[ qr/^files /, 20, 'files' ],
	[ qr/^slack (?!.*transition_log)/, 4096, 'kB' ],    # a table's bytes and its indexes', less its live rows
	[ qr/^catalog size/, 8192, 'kB' ],
	[ qr/^catalog rows /, 20, 'rows' ]);
# What it may never be above, once warm.
my @TOPS = (
	[ qr/^wal /, 1024 * 1024, 'kB' ],
	[ qr/^temporary files /, 200, 'files' ],    # those of a refresh that runs
	# its rows are kept for history_days, and all written anew when the language of labels changes: so what counts is the room of each
	[ qr/^slack bytes a row/, 400, 'bytes' ],
	[ qr/^lag /, 256 * 1024, 'kB' ]);

sub new { return bless { series => {} }, shift }

sub add
{
	my ($self, $seconds, $name, $value) = @_;
	push @{ $self->{series}{$name} }, [ $seconds, $value ];
}

# From two figures of one sample: the room that a row of the log takes beside itself.
sub derive
{
	my ($self) = @_;
	my ($slack, $rows) = @{ $self->{series} }{ 'slack shop.transition_log', 'rows of transition_log' };
	$self->{series}{'slack bytes a row of transition_log'} = [ map { [ $slack->[$_][0], int(1024 * $slack->[$_][1] / ($rows->[$_][1] || 1)) ] } 0 .. ($#$slack < $#$rows ? $#$slack : $#$rows) ] if $slack && $rows;
	return;
}

sub names { return sort keys %{ $_[0]{series} } }

sub median
{
	my @sorted = sort { $a <=> $b } @_;
	return @sorted ? $sorted[ $#sorted / 2 ] : 0;
}

# By how much a figure grew an hour, over the samples from a moment on.
sub slope
{
	my ($self, $name, $from) = @_;
	my @points = grep { $_->[0] >= $from } @{ $self->{series}{$name} };
	my @slopes;

	for my $i (0 .. $#points)
	{
		push @slopes, map { 3600 * ($points[$_][1] - $points[$i][1]) / ($points[$_][0] - $points[$i][0]) } grep { $points[$_][0] > $points[$i][0] } $i + 1 .. $#points;
	}
	return median(@slopes);
}

# A line for each figure that is bounded: name, what it was, bound, whether it holds.
sub figures
{
	my ($self, $end) = @_;
	my @figures;

	$self->derive;
	for my $name ($self->names)
	{
		my $last = $self->{series}{$name}[-1][1];
		for (grep { $name =~ $_->[0] } @BOUNDS)
		{
			my $slope = $self->slope($name, $end / 2);
			push @figures, { name => $name, last => $last, said => sprintf('%+.0f %s an hour, may be %d', $slope, @$_[ 2, 1 ]), holds => $slope < $_->[1] };
		}
		for (grep { $name =~ $_->[0] } @TOPS)
		{
			my ($most) = sort { $b <=> $a } map { $_->[1] } grep { $_->[0] >= $end / 4 } @{ $self->{series}{$name} };
			$most //= $last;
			push @figures, { name => $name, last => $last, said => sprintf('at most %d %s, may be %d', $most, @$_[ 2, 1 ]), holds => $most <= $_->[1] };
		}
	}
	return @figures;
}

1;
