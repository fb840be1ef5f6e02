# Tiers of value, their inequality and the features of visits against the same questions in
# plain SQL, on many small generated tables.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../lib";
use Oracle qw(oracle_server pick ask_about compare answers_agree $tables);
use Test::More;

my $node = oracle_server('values', qw(value_tiers visit_features));

# A table of a few users: alike, in debt, of very different worth, or with nothing.
sub events
{
	my ($kind) = @_;
	my $users = $kind eq 'one user' ? 1 : 1 + int(rand(20));
	my $decimals = $kind eq 'decimals' ? int(rand(10)) : 2;
	my @rows;

	return () if $kind eq 'empty';
	for my $user (1 .. $users)
	{
		for (1 .. 1 + int(rand(pick(1, 3, 12))))
		{
			my $amount = $kind eq 'alike' ? pick(5, 5, 5, -5) : $kind eq 'unequal' ? 10 ** int(rand(9)) : sprintf('%.*f', $decimals, rand(100) - ($kind eq 'refunds' ? 70 : 5));
			push @rows, sprintf("(%s, date '2024-03-01' - %d, %s)", rand() < 0.03 ? 'NULL' : $user, rand(pick(3, 40, 500)) - 5, $kind eq 'visits' || rand() < 0.3 ? 'NULL' : $amount);
		}
	}
	return @rows;
}

my @kinds = ('any', 'alike', 'refunds', 'unequal', 'decimals', 'one user', 'visits', 'empty');
my @shares = ('{0.8,0.95}', '{0.5}', '{0.2,0.4,0.6,0.8}', '{0.000000001,0.999999999}', '{0.8,0.95,0.99}');
# each user by itself, or in parts that travel as text
my %road = (
	values => 'SELECT value_sample(value) AS s FROM worth',
	activities => 'SELECT value_sample(activity, %s) AS s FROM people',
	parts => 'SELECT rollup(p.s::text::value_sample) AS s FROM (SELECT value_sample(activity, %s) AS s FROM people GROUP BY user_id %% 3) AS p');
my @roads = sort keys %road;
my $script = ask_about('user_id bigint, day date, amount numeric') . "CREATE TEMP TABLE worth (user_id bigint, value numeric);\nCREATE TEMP TABLE people (user_id bigint, activity activity);\n";
sub rounded { return map { "round(($_)::numeric, 10)" } @_ }

for my $i (0 .. $tables - 1)
{
	my $kind = $kinds[ $i % @kinds ];
	my @rows = events($kind);
	my $as_of = "date '2024-03-01' + " . pick(0, 0, 1, 5, 400, -20, -300);

	$script .= "TRUNCATE events; TRUNCATE worth; TRUNCATE people;\n";
	$script .= 'INSERT INTO events VALUES ' . join(', ', @rows) . ";\n" if @rows;
	$script .= "INSERT INTO people SELECT user_id, activity_agg(day, amount) FROM events WHERE user_id IS NOT NULL GROUP BY user_id;\n";
	$script .= "INSERT INTO worth SELECT user_id, coalesce(sum(amount), 0) FROM events WHERE user_id IS NOT NULL AND day < $as_of GROUP BY user_id;\n";
	for my $road (@roads)
	{
		my $shares = "'" . pick(@shares) . "'::numeric[]";
		my $sample = sprintf $road{$road}, $as_of;
		my $what = "table $i ($kind): $as_of $shares $road";

		$script .= compare("$what: tiers", 'SELECT tier, users, ' . join(', ', rounded('share')) . ', revenue, ' . join(', ', rounded('revenue_share')) . ", min_value, max_value FROM value_tiers(($sample), $shares)",
			'SELECT tier, users, ' . join(', ', rounded('share')) . ', revenue, ' . join(', ', rounded('revenue_share')) . ", min_value, max_value FROM oracle.value_tiers($shares) WHERE EXISTS (SELECT FROM worth)");
		$script .= compare("$what: tier of each", "SELECT user_id, value_tier(value, (SELECT value_cuts(s, $shares) FROM ($sample) AS s)) FROM worth",
			"SELECT user_id, tier FROM oracle.value_tier_of($shares)");
		$script .= compare("$what: gini", 'SELECT ' . join(', ', rounded('gini(s)')) . " FROM ($sample) AS s", 'SELECT ' . join(', ', rounded('oracle.gini()')));
	}
	# what create_views fits beside its RFM model
	$script .= compare("table $i ($kind): $as_of cuts beside RFM", "SELECT user_ops_internal.rfm_value_cuts(user_ops_internal.rfm_users(activity, $as_of, 5), '{0.8,0.95}') FROM people",
		"SELECT value_cuts(value_sample(value)) FROM worth");
	$script .= compare("table $i ($kind): $as_of visits", 'SELECT user_id, ' . join(', ', rounded(map { "f[$_]" } 1 .. 4)) . " FROM people, visit_features(activity, $as_of) AS f WHERE f IS NOT NULL",
		'SELECT user_id, ' . join(', ', rounded(qw(idle visits age trend))) . " FROM oracle.visit_features($as_of)");
}
answers_agree($node, $script, 3);

$node->stop;
done_testing();
