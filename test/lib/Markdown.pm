# The blocks of code, tables, headings and links of a Markdown file.
package Markdown;

use strict;
use warnings;
use Exporter qw(import);

our @EXPORT_OK = qw(read_lines pages blocks is_sql text_of table_after anchors links);

sub read_lines
{
	my ($name) = @_;
	open my $file, '<:encoding(UTF-8)', $name or die "$name: $!";
	my @lines = <$file>;
	close $file;
	return @lines;
}

# The pages below folders, or the files themselves.
sub pages
{
	return map { -d $_ ? pages(sort glob "$_/*") : /\.md$/ ? $_ : () } @_;
}

# blocks(LINES): each a hash of line, kind, text and, where a comment or the kind
# says that it is not to be run, skipped; said_of is what a comment "output" says
# the block is the output of: 'all' or 'last', the statement before it. Some are
# asked in the database of the demo's shop.
sub blocks
{
	my @lines = @_;
	my (@blocks, $skipping, $said_of, $in_demo, $block);
	for my $number (1 .. @lines)
	{
		my $line = $lines[ $number - 1 ];
		if (defined $block)
		{
			if ($line =~ /^\s*```\s*$/) { push @blocks, $block; undef $block }
			else { $block->{text} .= $line }
			next;
		}
		$skipping = $1 if $line =~ /^\s*<!--\s*(no[- ]?exec|skip|not run)\b/i;
		$said_of = $1 ? 'last' : 'all' if $line =~ /^\s*<!--\s*output( of the last statement)?\s*-->/;
		$in_demo = 1 if $line =~ /^\s*<!--\s*in the demo's shop\s*-->/;
		if ($line =~ /^\s*```\s*(\S*)/)
		{
			$block = { line => $number, kind => lc $1, text => '', said_of => $said_of, in_demo => $in_demo, skipped => defined $skipping || $1 =~ /^sql.+/i };
			undef $skipping;
			undef $said_of;
			undef $in_demo;
		}
	}
	return @blocks;
}

sub is_sql { return $_[0]{kind} =~ /^(sql|postgres|pgsql|psql)/ }

# The lines outside of blocks of code, those within as empty ones.
sub text_of
{
	my $within = 0;
	return map {
		my $fence = /^\s*```/;
		$within = !$within if $fence;
		$fence || $within ? "\n" : $_
	} @_;
}

# table_after(PATTERN, LINES): the rows of the first table behind a line, without its head.
sub table_after
{
	my ($pattern, @lines) = @_;
	shift @lines while @lines && $lines[0] !~ $pattern;
	shift @lines while @lines && $lines[0] !~ /^\|/;
	my @rows;
	while (@lines && $lines[0] =~ /^\|(.*)\|\s*$/)
	{
		push @rows, [ map { s/^\s+|\s+$//gr } split /(?<!\\)\|/, $1, -1 ];
		shift @lines;
	}
	return splice @rows, 2;
}

# The anchors of headings, as GitHub makes them.
sub anchors
{
	my %seen;
	return map {
		my $anchor = lc(s/\[([^\]]*)\]\([^)]*\)/$1/gr);
		$anchor =~ s/[^\w\- ]//g;
		$anchor =~ tr/ /-/;
		my $n = $seen{$anchor}++;
		$n ? "$anchor-$n" : $anchor
	} map { /^#+\s+(.*?)\s*#*\s*$/ ? $1 : () } text_of(@_);
}

# The targets of links and pictures, each with its line.
sub links
{
	my @lines = text_of(@_);
	return map { my $number = $_ + 1; map { [ $_, $number ] } $lines[$_] =~ s/`[^`]*`//gr =~ /\]\(<?([^)\s>]+)>?(?:\s+"[^"]*")?\)/g } 0 .. $#lines;
}

1;
