# What the samples of a run say, again: judge.pl FOLDER.
use strict;
use warnings;
use FindBin;
use lib $FindBin::RealBin;
use Judge;

my $judge = Judge->new;
my $end = 0;
open my $samples, '<', "$ARGV[0]/samples.tsv" or die "$ARGV[0]: $!\n";
while (<$samples>)
{
	chomp;
	my ($seconds, $name, $value) = split /\t/;
	$judge->add($seconds, $name, $value);
	$end = $seconds;
}
my @figures = $judge->figures($end);
printf "%-4s %-45s %9d  %s\n", $_->{holds} ? 'ok' : 'NOT', $_->{name}, $_->{last}, $_->{said} for @figures;
my $broken = grep { !$_->{holds} } @figures;
printf "%d s, %d figures, %d beyond their bounds\n", $end, scalar @figures, $broken;
exit($broken ? 1 : 0);
