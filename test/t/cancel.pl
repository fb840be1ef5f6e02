# A query is cancelled within half a second of processor time, whatever it is at: each
# of the calls of lib/Cancelling.pm is one of few rows and much to do, and is cancelled in the
# midst of it, early in one, late in the next. What is on no list of long calls is on that of those that
# take no time, with the reason; a function of the catalogue that is on neither fails here.
#
# Here a quarter of the calls, another one every day. USER_OPS_CANCEL=all is for all of them, and for
# what takes no time over the largest values: that is the deep gate cancel. Another value of it is a pattern of names.
#
# Takes minutes.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/../lib";
use Cancelling qw(cancels tables_of values_at_once is_asked @cases %quick $most);
use List::Util qw(max);
use Populations qw(population_server);
use PostgreSQL::Test::Utils;
use Test::More;

plan skip_all => 'no /proc here' unless -r '/proc/self/schedstat';

my $parts = 4;
my $all = ($ENV{USER_OPS_CANCEL} // '') eq 'all';
my $seed = $ENV{USER_OPS_SEED} // int(time / 86400);
my $some = $all ? undef : $ENV{USER_OPS_CANCEL};   # names of calls, as a pattern
my $done_file = $ENV{USER_OPS_CANCEL_DONE};     # what was cancelled at once before, a name a line
my %done = map { chomp; $_ => 1 } $done_file && -e $done_file ? split /^/, slurp_file($done_file) : ();
my $node = population_server('cancel');
my ($worst, $of, $asked) = (0, '', 0);

# --- none is forgotten ----------------------------------------------------------

my @functions = split /\n/, $node->safe_psql('postgres', q{SELECT DISTINCT proname FROM pg_proc WHERE pronamespace = 'user_ops'::regnamespace ORDER BY 1});
cmp_ok(scalar @functions, '>', 270, 'functions and aggregates');
is(join(' ', grep { !is_asked($_) && !$quick{$_} } @functions), '', '... each of which is asked for long, or said to take no time');
is(join(' ', grep { my $name = $_; !grep { $_ eq $name } @functions } sort keys %quick), '', '... and none of those is gone');
is(join(' ', grep { is_asked($_) } sort keys %quick), '', '... or asked for long all the same');

# --- the calls ------------------------------------------------------------------

my @mine = $all ? grep { !$done{ $_->[0] } } @cases : defined $some ? grep { $_->[0] =~ /$some/ } @cases : map { $cases[$_] } grep { $_ % $parts == $seed % $parts } 0 .. $#cases;
note($all ? 'all calls' : defined $some ? "calls like $some" : "part $seed mod $parts of " . scalar(@cases) . ' calls; set USER_OPS_SEED for another, USER_OPS_CANCEL=all for all');
tables_of($node, @mine);
for my $case (@mine)
{
	my $late = cancels($node, $case);

	($worst, $of) = ($late, $case->[0]) if $late > $worst;
	$asked++;
	append_to_file($done_file, "$case->[0]\n") if $done_file && $late <= $most;
}

# --- what takes no time, over the largest values ----------------------------------

if ($all)
{
	my ($longest, $of_quick, $n) = values_at_once($node, "$FindBin::RealBin/../lib");

	cmp_ok($n, '>', 200, "$n calls that are said to take no time");
	cmp_ok($longest, '<=', $most, "... the longest is $of_quick");
	($worst, $of) = ($longest, $of_quick) if $longest > $worst;
	$asked += $n;
}
unlike(slurp_file($node->logfile), qr/PANIC|terminated by signal|was terminated|XX000/, 'no process died');
note(sprintf 'figure: %d calls, the latest ended %d ms after the signal (%s)', $asked + keys %done, $worst, $of);
$node->stop;
done_testing();
