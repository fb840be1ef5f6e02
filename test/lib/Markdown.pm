# The blocks of code of a Markdown file.
package Markdown;

use strict;
use warnings;
use Exporter qw(import);

our @EXPORT_OK = qw(read_lines blocks is_sql);

sub read_lines
{
	my ($name) = @_;
	open my $file, '<:encoding(UTF-8)', $name or die "$name: $!";
	my @lines = <$file>;
	close $file;
	return @lines;
}

# blocks(LINES): each a hash of line, kind, text and, where a comment or the kind
# says that it is not to be run, skipped.
sub blocks
{
	my @lines = @_;
	my (@blocks, $skipping, $block);
	for my $number (1 .. @lines)
	{
		my $line = $lines[ $number - 1 ];
		if (defined $block)
		{
			if ($line =~ /^\s*```\s*$/) { push @blocks, $block; undef $block }
			else { $block->{text} .= $line }
			next;
		}
		$skipping = $1 if $line =~ /<!--\s*(no[- ]?exec|skip|not run)\b/i;
		if ($line =~ /^\s*```\s*(\S*)/)
		{
			$block = { line => $number, kind => lc $1, text => '', skipped => defined $skipping || $1 =~ /^sql.+/i };
			undef $skipping;
		}
	}
	return @blocks;
}

sub is_sql { return $_[0]{kind} =~ /^(sql|postgres|pgsql|psql)/ }

1;
