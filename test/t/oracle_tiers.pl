# Tiers against plain SQL that lives through every day, over growth at random.
#
# Takes minutes.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/../lib";
use Oracle qw(oracle_server pick ask_about compare answers_agree $tables);
use Test::More;

my $node = oracle_server('oracle_tiers', 'tiers');

sub literal { return defined $_[0] ? "'$_[0]'" : 'NULL' }

# Rules as ours and as theirs.
sub rules
{
	my $n = 1 + int rand 4;
	my $threshold = pick(-20, 0, 30, 100);
	my @thresholds = map { my $at = $threshold; $threshold += 1 + int(rand 200) + pick(0, 0.5, 0.25); $at } 1 .. $n;
	my @periods = ('day', 'week', 'month', 'quarter', 'year');
	my $validity = pick(undef, 10, 30, 90, 365);
	my ($days, $period) = pick([], [ pick(10, 30, 90, 365) ], [ $validity ], [ undef, pick(@periods) ])->@*;
	my $round = pick(undef, undef, @periods);
	my ($grace, $downgrade) = (pick(0, 0, 7, 30), pick('to_qualified', 'to_qualified', 'one_step', 'never'));
	my $shared = join ', ', map { $_ // 'NULL' } $validity, $days;

	return (sprintf(q{make_tier_rules('{%s}', '{%s}', %s, %s, %s, %s, '%s')}, join(',', map { "t$_" } 1 .. $n), join(',', @thresholds), $shared, literal($period), literal($round), $grace, $downgrade),
		sprintf(q{ROW('{%s}', %s, %s, %s, %s, '%s')::oracle.tier_rules}, join(',', @thresholds), $shared, literal($period), literal($round), $grace, $downgrade));
}

my $script = ask_about('unused int') . "CREATE TEMP TABLE growth (day date, value numeric);\n";
for my $table (1 .. $tables)
{
	my $span = pick(20, 200, 700);
	my @rows = map { sprintf q{('2023-11-20'::date + %d, %s)}, int rand $span, pick('NULL', '0', int(rand 150), int(rand 150), int(rand 300) / 4, -int(rand 60)) } 1 .. 1 + int rand 15;

	$script .= 'TRUNCATE growth; INSERT INTO growth VALUES ' . join(', ', @rows) . ";\n";
	for (1 .. 3)
	{
		my ($ours, $theirs) = rules();
		my $as_of = sprintf q{'2023-11-20'::date + %d}, int rand($span + pick(5, 60, 500));
		my $growth = '(SELECT activity_agg(day, value) AS a FROM growth OFFSET 0) AS g';

		$script .= compare("table $table: history of $ours as of $as_of",
			"SELECT from_day, h.tier, reason FROM $growth, tier_history(a, $as_of, $ours) AS h",
			"SELECT from_day, tier, reason FROM oracle.tier_history($theirs, $as_of)");
		$script .= compare("table $table: tier by $ours as of $as_of",
			"SELECT t.tier, since, valid_until, in_grace, growth_value, to_next FROM $growth, tier(a, $as_of, $ours) AS t WHERE t.tier IS NOT NULL",
			"SELECT * FROM oracle.tier($theirs, $as_of)");
		$script .= compare("table $table: level by $ours as of $as_of",
			"SELECT tier_level(a, $as_of, $ours) AS tier FROM $growth",
			"SELECT (SELECT tier FROM oracle.tier($theirs, $as_of))");
		# with nothing more until then, so without what comes from as_of on
		$script .= compare("table $table: kept by $ours as of $as_of",
			"SELECT keeps_tier(a, $as_of, $ours) FROM $growth WHERE (tier(a, $as_of, $ours)).valid_until IS NOT NULL",
			"SELECT (SELECT h.reason = 'renew' FROM oracle.tier_history($theirs, t.valid_until) AS h WHERE h.from_day = t.valid_until LIMIT 1) FROM oracle.tier($theirs, $as_of) AS t WHERE t.valid_until IS NOT NULL AND NOT EXISTS (SELECT FROM growth WHERE day >= $as_of)")
		  if $as_of =~ /\+ (\d+)/ && $1 > $span;
	}
}
answers_agree($node, $script, 0.5);
$node->stop;
done_testing();
