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

# The kernel as a library, made with these options; its files are compiled two at a time.
sub library
{
	my ($name, @options) = @_;
	my @files = map { substr $_, length "$root/src/kernel/" } glob("$root/src/kernel/*/*.c $root/src/kernel/*/*/*.c");

	append_to_file("$directory/$name.mk", join("\n", "all: " . join(' ', map { "$directory/$name/" . s{/}{_}gr =~ s/c$/o/r } @files),
		map { ("$directory/$name/" . s{/}{_}gr =~ s/c$/o/r . ": $root/src/kernel/$_", "\t$cc -std=gnu11 -g -O1 @options @warnings -I$root/src -c -o \$@ \$<") } @files) . "\n");
	mkdir "$directory/$name";
	is(system("make -s -j2 -f $directory/$name.mk >$directory/log 2>&1 && ar rcs $directory/$name.a $directory/$name/*.o"), 0, "the kernel compiles without PostgreSQL, $name");
	is(slurp_file("$directory/log"), '', '... and without warnings');
	return ("$directory/$name.a", @options);
}
my ($sanitized, @with_sanitizers) = library('sanitized', @sanitize);
my ($fast, @with_optimisation) = library('fast', '-O2');

# Compile a test program without a word of the compiler: sanitized, or as fast as it can be.
sub compiles
{
	my ($program, $test) = @_;
	my ($library, @options) = $program =~ /_fast$/ ? ($fast, @with_optimisation) : ($sanitized, @with_sanitizers);

	ok(compile($program, @options, @warnings, "-I$root/src", "$root/test/kernel/$test.c", $library, '-lm'), "$test compiles");
	is(slurp_file("$directory/log"), '', '... and without warnings');
}

# What each command tests; they run side by side.
sub pass
{
	my (%commands) = @_;
	my %running;

	for my $what (keys %commands)
	{
		open $running{$what}, '-|', "timeout 100 $directory/$commands{$what} 2>&1" or die "$what: $!";
	}
	for my $what (sort keys %running)
	{
		my $said = join '', readline $running{$what};

		close $running{$what};
		is($?, 0, $what) or diag($said);
		note($said =~ /^# (.*)/m) if $said =~ /^# /m;
	}
}

compiles('grouping_test', 'grouping_test');
pass(map { ('grouping, seed ' . ($seed + $_) => 'grouping_test ' . ($seed + $_) . " $rounds") } 0 .. 2);
compiles('population_test', 'population_test');
pass(map { ('populations, seed ' . ($seed + $_) => 'population_test ' . ($seed + $_) . " $rounds") } 0 .. 2);
compiles('paths_test', 'paths_test');
pass(map { ('paths, seed ' . ($seed + $_) => 'paths_test ' . ($seed + $_) . ' ' . 4 * $rounds) } 0 .. 2);
for my $test (qw(journey_test journey_steps_test journey_group_test))
{
	compiles($test, $test);
	pass(map { ("$test, seed " . ($seed + $_) => "$test " . ($seed + $_) . " $rounds") } 0 .. 2);
}

compiles('funnel_test', 'funnel_test');
pass(map { ('funnels, seed ' . ($seed + $_) => 'funnel_test ' . ($seed + $_) . ' ' . int(1 + $rounds / 50)) } 0 .. 2);
compiles('funnel_long_test', 'funnel_long_test');
pass('funnels over long journeys' => "funnel_long_test $seed " . int(1 + $rounds / 50));
compiles('funnel_state_test', 'funnel_state_test');
pass('funnels over many users' => "funnel_state_test $seed " . int(20 + $rounds / 10));

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
		pass("$file: results worked out elsewhere" => "funnel_test golden $directory/$file.txt");
	}
}

# States that grow leave their old chunks to a memory context.
$ENV{ASAN_OPTIONS} = 'detect_leaks=0';
compiles('models_test', 'models_test');
pass(map { ('models, seed ' . ($seed + $_) => 'models_test ' . ($seed + $_) . ' ' . ($rounds / 20)) } 0 .. 2);
compiles('attribution_test', 'attribution_test');
pass(map { ('attribution, seed ' . ($seed + $_) => 'attribution_test ' . ($seed + $_) . ' ' . ($rounds * 100)) } 0 .. 2);
compiles('channel_test', 'channel_test');
pass(map { ('models of attribution, seed ' . ($seed + $_) => 'channel_test ' . ($seed + $_) . " $rounds") } 0 .. 2);
compiles('channel_state_test', 'channel_state_test');
pass(map { ('counted paths, seed ' . ($seed + $_) => 'channel_state_test ' . ($seed + $_) . " $rounds") } 0 .. 2);
compiles('tally_test', 'tally_test');
pass(map { ('tallies, seed ' . ($seed + $_) => 'tally_test ' . ($seed + $_) . ' ' . ($rounds / 20)) } 0 .. 2);
compiles('experiment_test', 'experiment_test');
pass(map { ('experiments, seed ' . ($seed + $_) => 'experiment_test ' . ($seed + $_) . " $rounds") } 0 .. 2);
compiles('experiment_chance_fast', 'experiment_chance_test');
pass('tests of experiments are as often wrong as they say' => "experiment_chance_fast $seed");
compiles('value_test', 'value_test');
pass(map { ('tiers of value, seed ' . ($seed + $_) => 'value_test ' . ($seed + $_) . ' ' . ($rounds * 4)) } 0 .. 2);
compiles('survey_test', 'survey_test');
pass(map { ('surveys, seed ' . ($seed + $_) => 'survey_test ' . ($seed + $_) . " $rounds") } 0 .. 2);
compiles('points_test', 'points_test');
pass(map { ('ledgers of points, seed ' . ($seed + $_) => 'points_test ' . ($seed + $_) . ' ' . ($rounds * 10)) } 0 .. 2);
compiles('points_fast', 'points_test');
pass('many ledgers of points' => "points_fast $seed " . $rounds * 100);
compiles('privacy_test', 'privacy_test');
pass(map { ('small cells, seed ' . ($seed + $_) => 'privacy_test ' . ($seed + $_) . ' ' . ($rounds * 400)) } 0 .. 2);
compiles('rows_test', 'rows_test');
pass(map { ('rows in few bytes, seed ' . ($seed + $_) => 'rows_test ' . ($seed + $_) . ' ' . ($rounds * 4)) } 0 .. 2);
compiles('referral_test', 'referral_test');
pass(map { ('referrals, seed ' . ($seed + $_) => 'referral_test ' . ($seed + $_) . ' ' . ($rounds * 4)) } 0 .. 2);
compiles('referral_fast', 'referral_test');
pass('a tree of a million users is made in linear time' => "referral_fast $seed $rounds 1000000");
compiles('items_test', 'items_test');
my @items = grep { !m{/baskets\.c} } glob(join ' ', map { "$root/src/kernel/$_.c" } qw(items/* base/* journey/texts grouping/grouping_keys)); # which are rows of the engine
compiles('items_test', 'items_test');
pass(map { ('baskets, affinity and offers, seed ' . ($seed + $_) => 'items_test ' . ($seed + $_) . ' ' . ($rounds * 4)) } 0 .. 2);
compiles('items_fast', 'items_test');
my @items = grep { !m{/baskets\.c} } glob(join ' ', map { "$root/src/kernel/$_.c" } qw(items/* base/* journey/texts grouping/grouping_keys)); # which needs the engine
compiles('items_test', 'items_test');
compiles('items_fast', 'items_test');
compiles('baskets_test', 'baskets_test');
pass(map { ('baskets of many users, seed ' . ($seed + $_) => 'baskets_test ' . ($seed + $_) . " $rounds") } 0 .. 2);
pass('many shops' => "items_fast $seed " . $rounds * 40);
compiles('identity_test', 'identity_test');
pass(map { ('graphs of logins, seed ' . ($seed + $_) => 'identity_test ' . ($seed + $_) . ' ' . ($rounds * 4)) } 0 .. 2);
compiles('identity_fast', 'identity_test');
pass('10,000 graphs are as breadth-first search has them, and a million devices are walked in linear time' => "identity_fast $seed 10000 1000000");
compiles('sequence_test', 'sequence_test');
for my $test (qw(items_test affinity_test))
{
	compiles($test, $test);
	pass(map { ("$test, seed " . ($seed + $_) => "$test " . ($seed + $_) . ' ' . ($rounds * 4)) } 0 .. 2);
}
compiles('affinity_fast', 'affinity_test');
pass('many affinities' => "affinity_fast $seed " . $rounds * 40);
compiles('baskets_test', 'baskets_test');
compiles('sequence_test', 'sequence_test');
pass(map { ('sequences, seed ' . ($seed + $_) => 'sequence_test ' . ($seed + $_) . ' ' . ($rounds * 40)) } 0 .. 2);
compiles('sequence_fast', 'sequence_test');
pass('sequences over many rows' => "sequence_fast $seed " . ($rounds * 200) . ' 1000000');
compiles('tiers_test', 'tiers_test');
pass(map { ('tiers, seed ' . ($seed + $_) => 'tiers_test ' . ($seed + $_) . ' ' . ($rounds * 40)) } 0 .. 2);
compiles('tiers_fast', 'tiers_test');
pass('tiers of many histories' => "tiers_fast $seed " . ($rounds * 100));
compiles('models_fast', 'models_test');
pass('parameters of simulated users are found' => "models_fast $seed 1 20");
done_testing();
