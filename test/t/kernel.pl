# The kernel outside the server: compiled with its own tests and, where the
# compiler has them, sanitizers; then random rounds of several seeds.
#
# Takes minutes.
use strict;
use warnings;
use FindBin;
use JSON::PP;
use PostgreSQL::Test::Utils;
use Test::More;

my $root = "$FindBin::RealBin/../..";
my $seed = $ENV{USER_OPS_FUZZ_SEED} || 20240229;
my $rounds = $ENV{USER_OPS_KERNEL_ROUNDS} || 250;
my $seeds = $ENV{USER_OPS_KERNEL_SEEDS} || 2;
my $cc = $ENV{CC} || 'cc';
my $directory = PostgreSQL::Test::Utils::tempdir;

sub compile
{
	my ($program, @arguments) = @_;
	return system("$cc -std=gnu11 -g -O1 -o $directory/$program " . join(' ', @arguments) . " >$directory/log 2>&1") == 0;
}

append_to_file("$directory/empty.c", "int main(void) { return 0; }\n");
plan skip_all => "no C compiler: $cc" unless compile('empty', "$directory/empty.c");

# Zero bytes behind a null pointer are nothing, whatever clang says.
my @sanitize = grep { compile('empty', $_, "$directory/empty.c") && system("$directory/empty") == 0 }
	'-fsanitize=address,undefined -fno-sanitize-recover=all -fno-sanitize=pointer-overflow';
note(@sanitize ? 'with sanitizers' : 'without sanitizers');

my @warnings = qw(-Wall -Wextra -Wno-unused-parameter -Wno-missing-field-initializers);

# Each target is made by its command, two at a time, and without a word of the compiler.
sub makes
{
	my ($what, %command_of) = @_;

	append_to_file("$directory/makefile", join('', "all: @{[ sort keys %command_of ]}\n", map { "$_:\n\t$command_of{$_}\n" } sort keys %command_of));
	is(system("make -s -j2 -C $directory -f makefile >$directory/log 2>&1"), 0, "$what compiles");
	is(slurp_file("$directory/log"), '', '... and without warnings');
	unlink "$directory/makefile";
}

# The kernel without PostgreSQL as two libraries: sanitized, and as fast as it can be.
my %options = (test => "-g -O1 @sanitize @warnings -I$root/src", fast => "-g -O2 @warnings -I$root/src");
my @files = map { substr $_, length "$root/src/kernel/" } glob("$root/src/kernel/*/*.c $root/src/kernel/*/*/*.c");

mkdir "$directory/$_" for keys %options;
makes('the kernel', map { my ($kind, $options) = ($_, $options{$_}); map { ("$kind/" . s{/}{_}gr =~ s/c$/o/r => "$cc -std=gnu11 $options -c -o \$@ $root/src/kernel/$_") } @files } keys %options);
system("ar rcs $directory/$_.a $directory/$_/*.o") for keys %options;

# What each test says it tests, its program, and what that is given behind the seed. A program whose name ends
# in _fast is not sanitized, and runs once.
my @tests = (
	[ 'grouping', 'grouping_test', $rounds ],
	[ 'populations', 'population_test', $rounds ],
	[ 'paths', 'paths_test', 4 * $rounds ],
	[ 'journeys', 'journey_test', $rounds ],
	[ 'steps of journeys', 'journey_steps_test', $rounds ],
	[ 'journeys of many users', 'journey_group_test', $rounds ],
	[ 'funnels', 'funnel_test', int(1 + $rounds / 50) ],
	[ 'funnels over long journeys', 'funnel_long_test', int(1 + $rounds / 50) ],
	[ 'funnels over many users', 'funnel_state_test', int(20 + $rounds / 10) ],
	[ 'models', 'models_test', $rounds / 20 ],
	[ 'attribution', 'attribution_test', $rounds * 100 ],
	[ 'models of attribution', 'channel_test', $rounds ],
	[ 'counted paths', 'channel_state_test', $rounds ],
	[ 'tallies', 'tally_test', $rounds / 20 ],
	[ 'experiments', 'experiment_test', $rounds ],
	[ 'tests of experiments are as often wrong as they say', 'experiment_chance_fast' ],
	[ 'tiers of value', 'value_test', $rounds * 4 ],
	[ 'surveys', 'survey_test', $rounds ],
	[ 'ledgers of points', 'points_test', $rounds * 10 ],
	[ 'many ledgers of points', 'points_fast', $rounds * 100 ],
	[ 'small cells', 'privacy_test', $rounds * 400 ],
	[ 'rows in few bytes', 'rows_test', $rounds * 4 ],
	[ 'referrals', 'referral_test', $rounds * 4 ],
	[ 'a tree of a million users is made in linear time', 'referral_fast', $rounds, 1_000_000 ],
	[ 'items and offers', 'items_test', $rounds * 4 ],
	[ 'many shops', 'items_fast', $rounds * 40 ],
	[ 'affinities', 'affinity_test', $rounds * 4 ],
	[ 'many affinities', 'affinity_fast', $rounds * 40 ],
	[ 'baskets of many users', 'baskets_test', $rounds ],
	[ 'graphs of logins', 'identity_test', $rounds * 4 ],
	[ '10,000 graphs are as breadth-first search has them, and a million devices are walked in linear time', 'identity_fast', 10_000, 1_000_000 ],
	[ 'sequences', 'sequence_test', $rounds * 40 ],
	[ 'sequences over many rows', 'sequence_fast', $rounds * 200, 1_000_000 ],
	[ 'tiers', 'tiers_test', $rounds * 40 ],
	[ 'tiers of many histories', 'tiers_fast', $rounds * 100 ],
	[ 'parameters of simulated users are found', 'models_fast', 1, 20 ]);
# States that grow leave their old chunks to a memory context.
my $leaks = qr/^(?:grouping|population|paths|journey\w*|funnel\w*)_test$/;

my %source = map { $_->[1] => $_->[1] =~ s/_fast$/_test/r } @tests;
makes('its tests', map { my ($kind) = /_([a-z]+)$/; ($_ => "$cc -std=gnu11 $options{$kind} -o \$@ $root/test/kernel/$source{$_}.c $directory/$kind.a -lm") } keys %source);
is_deeply([ sort { $a cmp $b } keys %{ { map { $_ => 1 } values %source } } ], [ map { m{([^/]+)\.c$} } sort glob "$root/test/kernel/*_test.c" ], 'none is left out');

# What each command tests; they run side by side.
sub hold
{
	my (%commands) = @_;
	my %running;

	for my $what (keys %commands)
	{
		open $running{$what}, '-|', "timeout 300 $directory/$commands{$what} 2>&1" or die "$what: $!";
	}
	for my $what (sort keys %running)
	{
		my $said = join '', readline $running{$what};

		close $running{$what};
		is($?, 0, $what) or diag($said);
		note($said =~ /^# (.*)/m) if $said =~ /^# /m;
	}
}

for my $test (@tests)
{
	my ($what, $program, @arguments) = @$test;
	my $last = $program =~ /_fast$/ ? 0 : $seeds - 1;

	local $ENV{ASAN_OPTIONS} = $program =~ $leaks ? 'detect_leaks=1' : 'detect_leaks=0';
	hold(map { ("$what, seed $_" => join ' ', $program, $_, @arguments) } $seed .. $seed + $last);
}

# A case of funnels as a line for funnel_test: word=value each.
sub line_of
{
	my ($case) = @_;

	return join(' ', map {
		my ($word, $value) = ($_, $case->{$_});
		my @values = ref $value eq 'ARRAY' ? @$value : ($value);

		@values = map { [ $_->[0], @$_ == 3 ? $_->[1] : 0, join '+', @{ $_->[-1] } ] } @values if $word eq 'rows';
		"$word=" . join ',', map { ref $_ eq 'ARRAY' ? join ':', @$_ : JSON::PP::is_bool($_) ? 'True' : $_ // '-' } @values;
	} sort keys %$case) . "\n";
}

SKIP:
{
	my $shared = ($ENV{USER_OPS_SHARED} || "$root/../shared") . '/golden/journeys';
	skip "no expected values: $shared is absent", 4 unless -r "$shared/funnel_level.json";

	for my $file (qw(funnel_level funnel_ties funnel_unordered funnel_entries))
	{
		my $cases = decode_json(slurp_file("$shared/$file.json"))->{cases};

		append_to_file("$directory/$file.txt", join '', map { line_of($_) } @$cases);
		hold("$file: results worked out elsewhere" => "funnel_test golden $directory/$file.txt");
	}
}

done_testing();
