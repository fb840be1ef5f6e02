# Rolling retention against the same questions in plain SQL, on many small generated tables;
# and the text input of its type under mutated values.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../lib";
use Oracle qw(oracle_server pick ask_about compare answers_agree mutated_values $tables);
use Test::More;

my $node = oracle_server('oracle_rolling', 'rolling_retention');

# Events around the day on which the clocks of Berlin and New York change, some at the
# same moment, some just before or behind a whole number of hours from another one.
sub events
{
	my ($kind) = @_;
	my $span = pick(2, 30, 300);
	my @rows;

	return () if $kind eq 'empty';
	for my $user (1 .. ($kind eq 'one user' ? 1 : 1 + int(rand(10))))
	{
		for (1 .. 1 + int(rand(pick(2, 8, 30))))
		{
			my $hours = int(rand(24 * $span));

			$hours -= $hours % 24 if $kind eq 'whole days';
			push @rows, sprintf("(%s, timestamptz '2024-03-20 00:00+00' + interval '%d hours %d microseconds', %s)", rand() < 0.03 ? 'NULL' : $user, $hours,
				pick(0, 0, -1, 1, 1234567), rand() < 0.03 ? 'NULL' : pick(qw('s' 'r' 'r' 'x')));
			push @rows, $rows[-1] if $kind eq 'ties' && rand() < 0.3;
		}
	}
	return @rows;
}

my @kinds = ('any', 'ties', 'one user', 'empty', 'whole days');
my @modes = qw(on on_or_after streak);
my @zones = qw(UTC Europe/Berlin America/New_York Asia/Kathmandu America/Sao_Paulo);
my @units = ('1 hour', '24 hours', '7 days', '90 minutes', '1 day 0.000001 seconds', '720 hours');
# users one by one, in parts that travel as text, by name, and in one scan
my $users = "(SELECT user_id, journey_agg(at, event = 'r', event = 's') AS j, journey_agg(at, event) AS named FROM events WHERE user_id IS NOT NULL GROUP BY user_id) s";
my %roads = (
	whole => "rolling_retention(j, 2, 1, %s) FROM $users",
	parts => "rollup(part::text::rolling_retention) FROM (SELECT rolling_retention(j, 2, 1, %s) AS part FROM $users GROUP BY user_id %% 3) p",
	names => "rolling_retention(named, '{s,r}', 1, 2, %s) FROM $users",
	scan  => "rolling_retention(js, 1, 2, %s) FROM (SELECT journeys_agg(user_id, at, event = 's', event = 'r') AS js FROM events) s");
my $script = ask_about('user_id bigint, at timestamptz, event text') . "SET timezone = 'UTC';\n";

for my $i (0 .. $tables - 1)
{
	my $kind = $kinds[ $i % @kinds ];
	my @rows = events($kind);

	$script .= "TRUNCATE events;\n";
	$script .= 'INSERT INTO events VALUES ' . join(', ', @rows) . ";\n" if @rows;
	for my $j (0 .. 3)
	{
		my $mode = $modes[ (4 * $i + $j) % 3 ];
		my ($unit, $zone, $road) = (pick(@units), pick(@zones), pick(sort keys %roads));
		my $periods = pick(0, 1, 5, 60);
		my $as_of = "timestamptz '2024-03-20 00:00+00' + interval '" . pick(0, 24, 240, 263, 2400, 9999) . " hours'";

		$script .= compare(
			"table $i ($kind): $mode $unit $periods $zone $as_of $road",
			'SELECT cohort, period_number, cohort_size, retained_users, complete FROM cells((SELECT '
			  . sprintf($roads{$road}, "'$unit', $periods, $as_of, rolling_retention_options('$mode', '$zone')") . '))',
			"SELECT * FROM oracle.rolling_retention('s', 'r', '$unit', $periods, $as_of, '$mode', '$zone')");
	}
}
answers_agree($node, $script, 5);

mutated_values($node, 'rolling_retention', <<"SQL");
WITH users AS (
	SELECT journey_agg(timestamptz '2024-01-01 00:00+00' + u * g * 7 % 40 * interval '5 hours', g = 1, g > 1) AS j
	FROM generate_series(1, 6) u, generate_series(1, 5) g GROUP BY u
), valid AS (SELECT rolling_retention(j, 1, 2, '1 day', p, o, rolling_retention_options(m, z)) FROM users, unnest(enum_range(NULL::retention_mode)) m,
	(VALUES ('UTC'), ('Europe/Berlin'), ('America/Argentina/Buenos_Aires')) z (z), (VALUES (3), (40)) p (p), (VALUES (date '2024-01-03'), ('2024-03-09')) o (o) GROUP BY m, z, p, o)
SQL

$node->stop;
done_testing();
