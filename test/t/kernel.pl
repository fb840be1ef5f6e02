# The kernel outside the server: compiled with its own tests and, where the
# compiler has them, sanitizers; then random rounds of several seeds.
use strict;
use warnings;
use FindBin;
use PostgreSQL::Test::Utils;
use Test::More;

my $root = "$FindBin::RealBin/../..";
my $seed = $ENV{USER_OPS_FUZZ_SEED} || 20240229;
my $rounds = $ENV{USER_OPS_KERNEL_ROUNDS} || 400;
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

my $compiled = compile('grouping_test', @sanitize, qw(-Wall -Wextra -Wno-unused-parameter -Wno-missing-field-initializers),
	"-I$root/src", "$root/test/kernel/grouping_test.c", glob("$root/src/kernel/*.c $root/src/kernel/*/*.c"), '-lm');
ok($compiled, 'the kernel compiles without PostgreSQL');
is(slurp_file("$directory/log"), '', 'and without warnings');
for my $n (0 .. 2)
{
	my $number = $seed + $n;
	my $said = `timeout 100 $directory/grouping_test $number $rounds 2>&1`;

	is($?, 0, "seed $number") or diag($said);
	note($said =~ /^# (.*)/m) if $? == 0;
}
done_testing();
