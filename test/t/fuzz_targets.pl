# The targets of the fuzzer (test/deep/fuzz): every kind of state has one, and every reader of foreign bytes or text that
# the server calls is called by one; so a new format cannot be forgotten. They are run by make check-deep.
use strict;
use warnings;
use File::Find;
use FindBin;
use Test::More;

my $root = "$FindBin::RealBin/../..";

# words(FOLDER, NOT): all words of its sources, comments aside; with NOT a folder that is left out, and only what is called.
sub words
{
	my ($folder, $not) = @_;
	my %words;

	find({ no_chdir => 1, wanted => sub {
		return if !/\.[ch]$/ || ($not && m{^\Q$folder\E/$not/});
		open my $in, '<', $_ or die "$_: $!";
		my $text = do { local $/; <$in> };
		$text =~ s{/\*.*?\*/}{}gs;
		$words{$_}++ for $not ? $text =~ /(\w+)\(/g : $text =~ /\w+/g;
	} }, $folder);
	return \%words;
}

my $targets = words("$root/test/deep/fuzz");
my $glue = words("$root/src", 'kernel');
my @kinds = split /\n/, `$^X $root/test/deep/lib/readers --kinds`;
my @readers = split /\n/, `$^X $root/test/deep/lib/readers`;

cmp_ok(scalar @kinds, '>', 20, scalar(@kinds) . ' kinds of states');
is(join(' ', grep { !$targets->{$_} } @kinds), '', 'each is a target');
cmp_ok(scalar @readers, '>', 60, scalar(@readers) . ' readers of foreign bytes');
my @called = grep { $glue->{$_} } @readers;
cmp_ok(scalar @called, '>', 25, '... of which the server calls ' . scalar @called);
is(join(' ', grep { !$targets->{$_} } @called), '', '... and a target calls each');
is(join(' ', grep { -e } map { "$_~" } glob("$root/test/deep/fuzz/*.c")), '', 'no file is left over');
done_testing();
