# The pages: no dead link, no dead anchor, none that nobody links to; and the README
# is short. Needs no server.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/../lib";
use File::Basename qw(dirname);
use Markdown qw(read_lines pages anchors links);
use Test::More;

my @pages = pages(glob('*.md'), qw(docs bench/README.md test/README.md));
cmp_ok(scalar @pages, '>', 30, scalar(@pages) . ' pages');
my %lines = map { $_ => [ read_lines($_) ] } @pages;
my %anchors = map { my $page = $_; $page => { map { $_ => 1 } anchors(@{ $lines{$page} }) } } @pages;

# A path from the root, without its dots.
sub resolved
{
	my ($path) = @_;
	my @parts;
	for my $part (split m{/}, $path)
	{
		if ($part eq '..') { return '' if !@parts; pop @parts }
		elsif ($part ne '.' && $part ne '') { push @parts, $part }
	}
	return join '/', @parts;
}

my %linked;
my ($relative, $local) = (0, 0);
for my $page (@pages)
{
	my @dead;
	for (links(@{ $lines{$page} }))
	{
		my ($target, $line) = @$_;
		next if $target =~ /^(?:https?|mailto):/;
		my ($path, $anchor) = $target =~ /^([^#]*)(?:#(.*))?$/;
		my $file = $path eq '' ? $page : resolved(dirname($page) . "/$path");
		$path eq '' ? $local++ : $relative++;
		if ($path =~ m{^/} || $file eq '' || !-e $file) { push @dead, "line $line: $target" }
		elsif (defined $anchor && !($anchors{$file} // {})->{$anchor}) { push @dead, "line $line: no heading $target" }
		$linked{$file}{$page} = 1 if $file ne $page;
	}
	is(join("\n", @dead), '', "$page: every link leads somewhere");
	my ($title, @more) = grep { /^# / } Markdown::text_of(@{ $lines{$page} });
	ok(defined $title && !@more, '... and it has one title');
}
cmp_ok($relative, '>', 100, "$relative links to files");
cmp_ok($local, '>', 10, "... $local within a page");

# Every page can be reached from the README, and the guide from the index.
my %reached = ('README.md' => 1);
my @queue = ('README.md');
while (defined(my $page = shift @queue))
{
	push @queue, $_ for grep { $linked{$_}{$page} && !$reached{$_}++ } @pages;
}
is(join(' ', grep { !$reached{$_} } grep { m{^docs/|^[^/]+$} } @pages), '', 'every page can be reached from the README');
is(join(' ', grep { !$linked{$_}{'docs/README.md'} } grep { m{^docs/(?!zh/|reference/|README)} } @pages), '', 'the index names every page');
is(join(' ', grep { !$linked{$_}{'docs/zh/README.md'} } grep { m{^docs/zh/(?!README)} } @pages), '', '... as does the Chinese one');
is(join(' ', grep { !$linked{$_}{'docs/reference/README.md'} } grep { m{^docs/reference/(?!README)} } @pages), '', '... and that of the reference');

# What the pages for those who change the code say of files is true.
my %paths;
for my $page (grep { m{^docs/internals/|^CONTRIBUTING} } @pages)
{
	$paths{$_}{$page} = 1 for grep { !/[A-Z]{4}|--A--/ } join('', @{ $lines{$page} }) =~ m{`((?:src|sql|test|scripts|bench)/[\w./*-]+)`}g;
}
is(join(' ', grep { my @there = grep { -e } glob; !@there } sort keys %paths), '', 'the files that they name are there');
my $rooms = join '', @{ $lines{'test/README.md'} };
is(join(' ', grep { my @source = glob "src/*/$_.c"; !@source && $rooms !~ /\b\Q$_\E\b/ } map { m{([^/]+)\.\w+$} } glob 'test/sql/*.sql test/t/*.pl test/oracle/*.sql test/kernel/*.c'), '',
	'every test that is not called like a source file has its room in test/README.md');

cmp_ok(scalar @{ $lines{'README.md'} }, '<=', 300, 'the README has no more than 300 lines');
cmp_ok(-s 'README.md', '<=', 16 * 1024, '... and 16 KB');
is(join(' ', grep { @{ $lines{$_} } > 400 } grep { m{^docs/(?!reference/)} } @pages), '', 'no page that is written by hand has more than 400 lines');
done_testing();
