# The driver of the long gates: what it counts, what it remembers; and each gate has its line in
# the page, a figure, and a planted fault.
use strict;
use warnings;
use FindBin;
use PostgreSQL::Test::Utils;
use Test::More;

my $root = "$FindBin::RealBin/../..";
my $copy = PostgreSQL::Test::Utils::tempdir;                 # for the driver writes beside the sources
my $gates = "$copy/gates";
my %gates = (
	holds => 'echo "all 3 hold"',
	fails => 'echo "2 findings"; exit 1',
	absent => 'echo "there is no such tool"; exit 77',
	plants => 'echo "${DEEP_PLANTED:+caught}${DEEP_PLANTED:-nothing planted}"; [ -d "$DEEP_DIR" ] && [ -x "$PG_CONFIG" ]',
	sized => 'echo "${DEEP_TOYS:-1000} toys"');

system("cd '$root' && cp -r --parents scripts test/deep src/user_ops.c sql/install Makefile user_ops.control $copy") == 0 or die;
mkdir $gates;
for my $gate (sort keys %gates)
{
	append_to_file("$gates/$gate", "#!/bin/sh\n$gates{$gate}\n");
	chmod 0755, "$gates/$gate";
}
$ENV{DEEP_GATES} = $gates;

# said(WORDS): what the driver says, without steps and times, and how it ends.
sub said
{
	my ($words) = @_;
	my @lines = `$copy/test/deep/run $words 2>&1`;

	return join '', (map { s/ \((before, )?\d+ s\)$/$1 ? ' (before)' : ''/er } grep { !/^\[|^ +logs/ } @lines), $? >> 8;
}

is(said(''), <<'EOT' . 1, 'what holds, what does not, and what is not to be had');
not here absent: there is no such tool
NOT OK   fails: 2 findings
holds    holds: all 3 hold
holds    plants: nothing planted
holds    sized: 1000 toys
3 gates hold, 1 do not, 1 not to be had here
EOT
is(said('holds fails'), <<'EOT' . 1, 'what held is not run again, what did not is');
holds    holds: all 3 hold (before)
NOT OK   fails: 2 findings
1 gates hold, 1 do not, 0 not to be had here
EOT
is(said('holds --again'), <<'EOT' . 0, '... unless asked for');
holds    holds: all 3 hold
1 gates hold, 0 do not, 0 not to be had here
EOT
is(said('plants --planted'), <<'EOT' . 0, 'planted faults are counted apart');
holds    plants (planted): caught1
1 gates hold, 0 do not, 0 not to be had here
EOT
$ENV{DEEP_TOYS} = 5;
is(said('sized'), <<'EOT' . 0, 'another size is another run');
holds    sized: 5 toys
1 gates hold, 0 do not, 0 not to be had here
EOT
like(said('nowhere'), qr/no such gate: nowhere\n1$/, 'a gate that does not exist');

my $page = slurp_file("$root/docs/internals/check-deep.md");
my @gates = sort map { s{.*/}{}r } glob("$root/test/deep/gates/*");
is_deeply([ sort $page =~ /^\| `([a-z][a-z0-9_]*)` \|/mg ], \@gates, 'the page has a line for each gate');
for my $gate (@gates)
{
	my $file = "$root/test/deep/gates/$gate";

	ok(-x $file, "$gate can be run");
	like(slurp_file($file), qr/DEEP_PLANTED/, '... and plants a fault');
}
done_testing();
