# Which lines of src were reached, as gcov has it in one or more sets of objects: lines.pl TREE [FOLDER OF OBJECTS…]
#
#	all: REACHED of LINES (PERCENT)
#	ROOM: ...							for each room
#	FILE: ...							for the worst files
#	not reached: FILE LINE LINE ...		for each file that has such
use strict;
use warnings;
use File::Find;
use JSON::PP;

my ($tree, @more) = @ARGV;
my %reached;
my $json = JSON::PP->new;

chdir $tree or die "$tree: $!";

for my $folder ($tree, grep { -d } @more)
{
	my @notes;

	find({ no_chdir => 1, wanted => sub { push @notes, $_ if /\.gcno$/ } }, $folder);
	while (my @some = splice @notes, 0, 40)
	{
		open my $gcov, '-|', 'gcov', '--json-format', '--stdout', @some or die "gcov: $!";
		while (my $line = readline $gcov)
		{
			next unless $line =~ /^\{/;
			for my $file (@{ $json->decode($line)->{files} })
			{
				my ($name) = $file->{file} =~ m{(?:^|/)src/((?:kernel/)?\w*/?[\w/]+\.[ch])$} or next;
				next unless -e "$tree/src/$name";
				for my $at (@{ $file->{lines} })
				{
					$reached{$name}{ $at->{line_number} } ||= 0;
					$reached{$name}{ $at->{line_number} } = 1 if $at->{count} > 0;
				}
			}
		}
		close $gcov;
	}
}

sub said
{
	my ($what, @files) = @_;
	my ($n, $all) = (0, 0);

	for my $file (@files)
	{
		$n += $_ for values %{ $reached{$file} };
		$all += keys %{ $reached{$file} };
	}
	return ($all - $n, sprintf '%s: %d of %d (%.1f %%)', $what, $n, $all, $all ? 100 * $n / $all : 100);
}

my %rooms;
push @{ $rooms{ $_ =~ m{^(kernel/\w+|\w+)/} ? $1 : 'src' } }, $_ for sort keys %reached;
print((said('all', keys %reached))[1], "\n");
print((said($_, @{ $rooms{$_} }))[1], "\n") for sort keys %rooms;
my @worst = sort { $b->[0] <=> $a->[0] || $a->[1] cmp $b->[1] } map { [ said($_, $_) ] } keys %reached;
print "$_->[1]\n" for grep { $_->[0] > 0 } @worst[ 0 .. ($#worst < 19 ? $#worst : 19) ];
for my $file (sort keys %reached)
{
	my @not = grep { !$reached{$file}{$_} } sort { $a <=> $b } keys %{ $reached{$file} };

	print "not reached: $file @not\n" if @not;
}
