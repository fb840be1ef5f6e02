# Attribution by rules, and paths, against the same question in plain SQL, on many small
# generated tables, of journeys in one piece and merged of parts; the text input of the
# models' types under mutated values.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../lib";
use Oracle qw(oracle_server pick ask_about compare answers_agree mutated_values $tables);
use Test::More;

my $node = oracle_server('attribution', qw(attribution));

# A table of a few users over some days before 2024-03-01, several rows a day.
sub events
{
	my ($kind) = @_;
	my $span = pick(3, 20, 50);
	my @rows;

	return () if $kind eq 'empty';
	for my $user (1 .. 1 + int(rand(6)))
	{
		for (1 .. 1 + int(rand(pick(2, 8, 25))))
		{
			my $converts = rand() < ($kind eq 'purchases' ? 0.7 : 0.25);
			my $event = $converts ? pick('buy', 'order') : pick('ads', 'mail', 'search', 'direct', 'Zoo');
			my $amount = !$converts || rand() < 0.2 ? 'NULL' : $kind eq 'refunds' ? sprintf('%.*f', int(rand(5)), rand(100) - 60) : sprintf('%.*f', int(rand(4)), rand(1000));
			my $day = $kind eq 'ties' ? int(rand(3)) : int(rand($span));

			push @rows, sprintf("(%d, timestamptz '2024-02-29Z' - interval '%d days', %d, '%s', %s)", $user, $day, rand() < 0.2 ? int(rand(3)) : 0, $event, $amount);
		}
	}
	return @rows;
}

my $agg = "journey_agg(at, event, amount, tiebreak, NULL)";
my %journeys = (
	whole => "(SELECT user_id, $agg AS j FROM events GROUP BY user_id) AS s",
	parts => "(SELECT user_id, rollup(j) AS j FROM (SELECT user_id, $agg AS j FROM events GROUP BY user_id, extract(day FROM at)::int % 3) AS p GROUP BY user_id) AS s");
my @models = qw(first last last_non_direct linear time_decay u_shaped j_shaped inverse_j custom participation);
my @kinds = qw(any ties purchases refunds empty);
my $script = ask_about('user_id bigint, at timestamptz, tiebreak bigint, event text, amount numeric') . "SET timezone = 'UTC';\n";

for my $i (0 .. $tables - 1)
{
	my $kind = $kinds[ $i % @kinds ];
	my @rows = events($kind);

	$script .= "TRUNCATE events;\n";
	$script .= 'INSERT INTO events VALUES ' . join(', ', @rows) . ";\n" if @rows;
	for (1 .. 3)
	{
		my $model = pick(@models);
		my $lookback = sprintf "interval '%d days'", pick(0, 1, 5, 30, 55);
		my $half_life = "interval '1 day'";
		my $weights = $model eq 'custom' ? "'" . pick('{0.3,0.2,0.5}', '{0,1,0}', '{1,0,0}', '{0.333333333,0.333333334,0.333333333}') . "'::numeric[]" : 'NULL::numeric[]';
		my $direct = "'" . pick('{direct}', '{direct,mail}', '{}', '{nothing}') . "'::text[]";
		my @flags = map { pick('true', 'false') } 1, 2;
		my $which = pick('each', 'each', 'first', 'last');
		my $decimals = pick(0, 2, 4, 9);
		my $as_of = pick('NULL::timestamptz', "timestamptz '2024-02-20Z'", "timestamptz '2024-02-27Z'", "timestamptz 'infinity'");
		my $journeys = pick('whole', 'parts');
		my $arguments = join ', ', $lookback, $half_life, $weights, $direct, @flags, "'$which'", $decimals, $as_of;

		$script .= compare("table $i ($kind), $journeys: $model $arguments",
			"SELECT user_id, ordinality, converted_at, channel, touches::bigint, credit, amount FROM $journeys{$journeys}, attribution(j, '{buy,order}', '$model', $arguments) WITH ORDINALITY AS a",
			"SELECT * FROM oracle.attribution('$model', $arguments)");
	}
	my $lookback = sprintf "interval '%d days'", pick(0, 1, 5, 30);
	my $as_of = pick("timestamptz '2024-02-20Z'", "timestamptz '2024-02-27Z'", "timestamptz '2024-03-05Z'", "timestamptz 'infinity'");
	$script .= compare("table $i ($kind): paths $lookback $as_of",
		"SELECT user_id, ordinality, channels, converted, amount, open FROM $journeys{whole}, attribution_paths(j, '{buy,order}', $lookback, $as_of) WITH ORDINALITY AS a",
		"SELECT * FROM oracle.attribution_paths($lookback, $as_of)");
}
answers_agree($node, $script, 3);

my $paths = q{SELECT n, ARRAY(SELECT 'c' || (n * k * 37 + k * k) % (2 + n % 4) FROM generate_series(1, n % 5) AS k) AS channels, n * 7 % 5 AS yes, n * 11 % 13 AS no, n * 31 % 97 / 8.0 - 2 AS amount FROM generate_series(1, 60) AS n};
mutated_values($node, 'markov_attribution', "WITH paths AS ($paths), valid AS (SELECT markov_attribution(channels, yes, no) FROM paths GROUP BY n % 7 UNION ALL SELECT markov_attribution(channels, yes, no, amount) FROM paths GROUP BY n % 9)");
mutated_values($node, 'shapley_attribution', "WITH paths AS ($paths), valid AS (SELECT shapley_attribution(channels, yes, no, 'rate', amount) FROM paths GROUP BY n % 7 UNION ALL SELECT shapley_attribution(channels, yes, no, 'conversions', amount) FROM paths GROUP BY n % 9 UNION ALL SELECT shapley_attribution(channels, yes, no, worth) FROM paths, unnest(enum_range(NULL::shapley_worth)) AS worth GROUP BY n % 4, worth)");

$node->stop;
done_testing();
