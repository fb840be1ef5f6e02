# Retention, lifecycle and gaps against the same questions in plain SQL, on many small
# generated tables; and the text input of their types under mutated values.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../lib";
use Oracle qw(oracle_server pick ask_about compare answers_agree mutated_values $tables);
use Test::More;

my $node = oracle_server('oracle', qw(retention lifecycle gap_histogram));

# A table of a few users over a span of days around $as_of, 2024-03-01: month and
# year boundaries, the leap day, both week starts.
sub events
{
	my ($kind) = @_;
	my $users = $kind eq 'one user' ? 1 : 1 + int(rand(12));
	my $span = pick(5, 20, 90, 500);
	my @rows;

	return () if $kind eq 'empty';
	for my $user (1 .. $users)
	{
		for (1 .. 1 + int(rand(pick(2, 6, 25))))
		{
			my $day = $span - int(rand($span)) - 5;
			$day = pick(0, 29, 60, 91, -7, 1, -1, 6, 7) if $kind eq 'boundaries' && rand() < 0.7;
			$day += 365 * int(rand(4)) if $kind eq 'gaps';
			my $amount = 'NULL';
			$amount = sprintf('%.*f', int(rand(4)), rand(100)) if $kind ne 'visits' && rand() < 0.7;
			$amount = sprintf('%.2f', -rand(50)) if $kind eq 'refunds' && rand() < 0.4;
			my $copies = $kind eq 'ties' ? 1 + int(rand(3)) : 1;
			my $row = sprintf("(%s, date '2024-03-01' - %d, %s)",
				rand() < 0.03 ? 'NULL' : $user,
				$day, $amount);
			$row = "($user, NULL, $amount)" if rand() < 0.03;
			push @rows, ($row) x $copies;
		}
	}
	return @rows;
}

my @kinds =
  ('any', 'ties', 'one user', 'empty', 'refunds', 'gaps', 'boundaries', 'visits');
my @periods = qw(day week month quarter year);
my @cohorts = qw(first recurring);
my @modes = qw(on on_or_after streak);
my @weeks = qw(monday sunday);
my @brackets = ('NULL', "'{1,3,4}'", "'{2}'", "'{1,1,1,10}'");
my @day_brackets = ('{1}', '{1,2,4,8,15,31,61,91,181,366}', '{1,5,6,7}', '{1,365,366,367}');
# users one by one, in parts that travel as text, and in one scan
my %gaps = (
	whole => 'gap_histogram(activity, %s, %s) FROM (%s) s',
	parts => 'rollup(part::text::gap_histogram) FROM (SELECT gap_histogram(activity, %s, %s) AS part FROM (%s) s GROUP BY user_id %% 3) p',
	scan  => 'gap_histogram(population, %s, %s) FROM (%s) s');
my @limits = ('NULL', 'NULL', 0, 3);
my $script = ask_about('user_id bigint, day date, amount numeric');

for my $i (0 .. $tables - 1)
{
	my $kind = $kinds[ $i % @kinds ];
	my @rows = events($kind);
	my $users =
	  "(SELECT activity_agg(day, amount) AS a FROM events WHERE user_id IS NOT NULL GROUP BY user_id) s";

	$script .= "TRUNCATE events;\n";
	$script .= 'INSERT INTO events VALUES ' . join(', ', @rows) . ";\n" if @rows;
	for my $j (0 .. 3)
	{
		my $n = 4 * $i + $j;
		my $period = $periods[ $n % 5 ];
		my $cohort = $cohorts[ int($n / 5) % 2 ];
		my $mode = $modes[ int($n / 10) % 3 ];
		my $week = $weeks[ int($n / 30) % 2 ];
		my $brackets = pick(@brackets);
		my $limit = pick(@limits);
		my $least = pick(1, 1, 2, 3);
		my $as_of = "date '2024-03-01' + " . pick(0, 0, 1, 3, 30, -20, -100);
		my $from = pick("date '-infinity'", "date '2024-01-10'");
		my $to = pick("date 'infinity'", "date '2024-02-20'");
		my $amounts = pick('true', 'false');
		my $amount = $amounts eq 'true' ? 'amount' : 'NULL::numeric';

		$script .= compare(
			"table $i ($kind): retention $period $as_of $cohort $mode $week $least $brackets $limit",
			"SELECT cohort, period_number, cohort_size, retained_users, complete, amount,"
			  . " round(retention_rate::numeric, 12)"
			  . " FROM cells((SELECT retention(a, '$period', $as_of, retention_options(cohort => '$cohort',"
			  . " mode => '$mode', week_start => '$week', min_occurrences => $least, brackets => $brackets,"
			  . " amounts => $amounts, max_periods => $limit, cohort_from => $from, cohort_to => $to))"
			  . " FROM $users))",
			"SELECT cohort_start, period_number, cohort_size, retained_users, complete, $amount,"
			  . " round((retained_users::float8 / cohort_size)::numeric, 12)"
			  . " FROM oracle.retention_cells('$period', $as_of, '$cohort', '$mode', '$week', $least,"
			  . " $brackets, $limit) WHERE cohort_start >= $from AND cohort_start < $to");
		$script .= compare(
			"table $i ($kind): lifecycle $period $as_of $week",
			"SELECT period_start, new_users, returning_users, resurrected_users, dormant_users,"
			  . " active_users, complete FROM cells((SELECT lifecycle(a, '$period', $as_of, '$week')"
			  . " FROM $users))",
			"SELECT * FROM oracle.lifecycle_cells('$period', $as_of, '$week')");

		my $visitors = pick(0, 1, 2);
		my $road = pick('whole', 'parts', $visitors == 1 ? () : 'scan');
		my $days = "'" . pick(@day_brackets) . "'::integer[]";
		my $asked = $road eq 'scan'
		  ? 'SELECT population_agg(user_id, day' . ($visitors ? '' : ', amount') . ') AS population FROM events'
		  : "SELECT user_id, CASE WHEN user_id % 2 < $visitors THEN activity_agg(day) ELSE activity_agg(day, amount) END AS activity"
		  . ' FROM events WHERE user_id IS NOT NULL GROUP BY user_id';

		$script .= compare(
			"table $i ($kind): gaps $as_of $days $visitors $road",
			'SELECT * FROM cells((SELECT ' . sprintf($gaps{$road}, $as_of, $days, $asked) . '))',
			"SELECT * FROM oracle.gap_histogram($as_of, $days, $visitors)");
	}
}
answers_agree($node, $script, 10);

my %valid = (
	retention_matrix => "SELECT retention(a, p, o, retention_options(cohort => c, mode => m, amounts => b,"
	  . " brackets => k)) FROM users, unnest(enum_range(NULL::period)) p, unnest(enum_range(NULL::retention_cohort)) c,"
	  . " unnest(enum_range(NULL::retention_mode)) m, (VALUES (true), (false)) b (b),"
	  . " (VALUES (NULL), ('{1,2}'::int[])) k (k), (VALUES (date '2024-02-01'), ('2024-03-09')) o (o) GROUP BY p, c, m, b, k, o",
	gap_histogram => "SELECT gap_histogram(a, o, b) FROM users, (VALUES ('{1}'::int[]), ('{1,8,31}')) b (b),"
	  . " (VALUES (date '2024-02-01'), ('2024-03-09')) o (o) GROUP BY b, o",
	lifecycle_counts => "SELECT lifecycle(a, p, o) FROM users, unnest(enum_range(NULL::period)) p,"
	  . " (VALUES (date '2024-02-01'), ('2024-03-09')) o (o) GROUP BY p, o");
mutated_values($node, $_, <<"SQL") for sort keys %valid;
WITH users AS (
	SELECT activity_agg(date '2024-01-01' + (u * g * 7) % 40, (u * g)::numeric / 4) AS a
	FROM generate_series(1, 6) u, generate_series(1, 5) g GROUP BY u
), valid AS ($valid{$_})
SQL

$node->stop;
done_testing();
