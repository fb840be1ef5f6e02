# The views on habits and value, stored and on the spot, against plain SQL over
# the raw events of many small generated tables; and the same rows in parallel.
use strict;
use warnings;

use File::Basename;
use FindBin;
use lib "$FindBin::RealBin/../lib";
use Oracle qw(pick);
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $TABLES = $ENV{USER_OPS_TABLES} // 48;
my $SEED = $ENV{USER_OPS_SEED} // 20240331;
my $oracle = dirname(__FILE__) . '/../oracle';

srand($SEED);
note("seed $SEED");

my $node = PostgreSQL::Test::Cluster->new('oracle_views');
$node->init;
$node->append_conf('postgresql.conf', "fsync = off\njit = off\n");
$node->start;
my $setup = "SET client_min_messages = warning;\nCREATE EXTENSION user_ops;\n"
  . "CREATE TABLE events (user_id bigint, day date, amount numeric, source text);\n"
  . "CREATE TABLE orders (customer bigint, at timestamptz, total numeric);\n";
$setup .= slurp_file("$oracle/$_.sql") for qw(engagement rfm life_stage churn value_views);
$node->safe_psql('postgres', $setup);

# Rows of orders: moments over a span of days, many of them within hours of
# midnight, where zones disagree about the day.
sub rows
{
	my ($kind) = @_;
	my $users = $kind eq 'one user' ? 1 : 2 + int(rand(40));
	my $span = pick(20, 60, 150, 400);
	my @rows;

	for my $user (1 .. $users)
	{
		my $buyer = rand() < 0.7;
		for (1 .. 1 + int(rand(pick(1, 3, 8, 30))))
		{
			my $at = sprintf("'2024-03-31 %02d:%02d Z'::timestamptz - %d * interval '1 day'",
				pick(0 .. 3, 12, 20 .. 23), int(rand(60)), int(rand($span)) - 10);
			my $total = 'NULL';
			$total = sprintf('%.*f', pick(0, 2, 2, 4), rand(100)) if $buyer && rand() < 0.6;
			$total = '0' if rand() < 0.03;
			$total = sprintf('%.2f', -0.01 - rand(60)) if $kind eq 'refunds' && rand() < 0.5;
			$at = "'infinity'" if rand() < 0.02;
			$at = 'NULL' if rand() < 0.02;
			push @rows, sprintf('(%s, %s, %s)', rand() < 0.02 ? 'NULL' : $user, $at, $total);
		}
	}
	# one row that counts, whatever chance did
	push @rows, "(1, '2024-03-01 12:00Z', 5)";
	return join ', ', @rows;
}

my $asked = 0;

# How a view differs from the oracle's answer, as a row of differences.
sub compare
{
	my ($question, $ours, $theirs) = @_;
	$asked++;
	return "INSERT INTO differences SELECT '$question' WHERE EXISTS ($ours EXCEPT ALL $theirs) OR EXISTS ($theirs EXCEPT ALL $ours);\n"
	  . "INSERT INTO counted SELECT count(*) FROM ($ours) AS o;\n";
}

my $script = "SET client_min_messages = error;\n"
  . "CREATE TEMP TABLE differences (question text);\nCREATE TEMP TABLE counted (n bigint);\n";
for my $i (0 .. $TABLES - 1)
{
	my $kind = ('any', 'visits', 'refunds', 'any', 'one user', 'refunds')[ $i % 6 ];
	my $amounts = $kind ne 'visits';
	my $has_amounts = $amounts ? 'true' : 'false';
	my $zone = pick('UTC', 'Asia/Shanghai', 'America/New_York', 'Pacific/Auckland');
	my $week_start = pick('monday', 'sunday');
	my $weekday = $week_start eq 'monday' ? 1 : 0;
	# month ends and starts, a week's start and the middle of everything
	my $as_of = pick('2024-03-31', '2024-04-01', '2024-03-24', '2024-03-25', '2024-03-13', '2024-02-29', '2024-04-11', '2024-01-03');
	my $horizon = pick(7, 30, 90, 365);
	my $months = pick(0, 1, 36);
	my $bins = pick(5, 5, 3, 12);

	$script .= "TRUNCATE orders, events;\nINSERT INTO orders VALUES " . rows($kind) . ";\n";
	$script .= "INSERT INTO events SELECT customer, (at AT TIME ZONE '$zone')::date, "
	  . ($amounts ? 'total' : 'NULL') . ", '" . ($amounts ? 'shop' : 'visits') . "' FROM orders WHERE isfinite(at);\n";
	for my $schema ('shop', 'live')
	{
		my $ask = "table $i ($kind, as_of $as_of, $zone, $week_start, bins $bins) $schema.";
		$script .= "DO \$\$ BEGIN PERFORM user_ops.create_views('orders', 'customer', 'at', " . ($amounts ? "'total'" : 'NULL') . ", '$schema', "
		  . "time_zone => '$zone', week_start => '$week_start', as_of => '$as_of', horizon_days => $horizon, max_months => $months, "
		  # the oracle knows the risk by gaps; that by models is in model_views
		  . "rfm_bins => $bins, purchase_model => 'none', stored => " . ($schema eq 'shop' ? 'true' : 'false') . "); END \$\$;\n";
		$script .= compare("$ask$_->[0]", "TABLE $schema.$_->[0]", "SELECT * FROM oracle.$_->[1]") for (
			[ 'kpis_day', "kpis_day('$as_of')" ],
			[ 'engagement_28d', "days_active(date '$as_of' - 28, 28)" ],
			[ 'stickiness_week', "stickiness_week('$as_of', $weekday)" ],
			[ 'stickiness_month', "stickiness_month('$as_of')" ],
			[ 'ltv_month', "ltv_month('$as_of', $months)" ],
			[ 'revenue_retention_month', "revenue_retention_month('$as_of', $months)" ],
			[ 'repeat_purchase', "repeat_purchase('$as_of', $has_amounts)" ],
			[ 'churn_bands', "churn_bands('$as_of', $horizon, $has_amounts)" ],
			[ 'rfm_grid', "rfm_grid('$as_of', $bins, $has_amounts)" ]);
		$script .= compare("${ask}value_tiers", "SELECT tier, users, share, revenue, revenue_share, trim_scale(min_value), trim_scale(max_value), round(gini::numeric, 10) FROM $schema.value_tiers",
			"SELECT * FROM oracle.value_tiers('$as_of', $has_amounts)");
		# and with one another
		$script .= compare("$ask tiers", "SELECT value_tier, count(*) FROM $schema.users WHERE value_tier IS NOT NULL GROUP BY 1", "SELECT tier, users FROM $schema.value_tiers WHERE users > 0");
		$script .= compare("$ask sums", "SELECT sum(users), sum(revenue_at_risk) FROM $schema.churn_bands",
			"SELECT count(*)::numeric, " . ($amounts ? "coalesce(sum(monetary), 0)" : "sum(monetary)") . " FROM $schema.users");
		$script .= compare("$ask grid", "SELECT sum(users) FROM $schema.rfm_grid", "SELECT count(r_score)::numeric FROM $schema.users");
	}
}
$script .= "SELECT * FROM differences LIMIT 20;\nSELECT sum(n) FROM counted;\n";
my ($status, $rows, $complaint) = $node->psql('postgres', $script);
is($complaint, '', 'no error');
like($rows, qr/\A\d+\z/, "$asked questions over $TABLES tables agree, stored and on the spot");
cmp_ok($rows =~ /(\d+)\z/ ? $1 : 0, '>', 20 * $asked, 'and most of them have many rows');

# A view that is wrong is seen: the other week start, another as_of.
my @wrong = split /\n/, $node->safe_psql('postgres', <<'SQL');
TRUNCATE orders, events;
INSERT INTO orders SELECT i % 40, timestamptz '2024-01-01 UTC' + (i * 37 % 90) * interval '1 day', i % 7 - 1 FROM generate_series(1, 400) AS i;
INSERT INTO events SELECT customer, (at AT TIME ZONE 'UTC')::date, total, 'shop' FROM orders;
SET client_min_messages = warning;
DO $$ BEGIN PERFORM user_ops.create_views('orders', 'customer', 'at', 'total', 'shop', as_of => '2024-03-12'); END $$;
SELECT EXISTS (TABLE shop.stickiness_week EXCEPT SELECT * FROM oracle.stickiness_week('2024-03-12', 1)) UNION ALL
SELECT EXISTS (TABLE shop.stickiness_week EXCEPT SELECT * FROM oracle.stickiness_week('2024-03-12', 0)) UNION ALL
SELECT EXISTS (TABLE shop.kpis_day EXCEPT SELECT * FROM oracle.kpis_day('2024-03-12')) UNION ALL
SELECT EXISTS (TABLE shop.kpis_day EXCEPT SELECT * FROM oracle.kpis_day('2024-03-11'))
SQL
is("@wrong", 'f t f t', 'the comparison sees a difference');

# 100 000 users: aggregated in parallel, and the same rows as without.
$node->safe_psql('postgres', <<'SQL');
CREATE TABLE crowd AS SELECT i % 20000 AS u, timestamptz '2024-01-01 UTC' + (i * 31 % 200) * interval '1 day' AS t,
	   CASE WHEN i % 3 = 0 THEN i % 100 - 3 END AS a FROM generate_series(1, 100000) AS i;
SET client_min_messages = warning;
SELECT FROM user_ops.create_views('crowd', 'u', 't', 'a', 'crowded', as_of => '2024-07-11');
VACUUM ANALYZE crowded.activity;
SQL
my $parallel = 'SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0; SET max_parallel_workers_per_gather = 2;';
my $whole = 'SELECT count(*), md5(string_agg(v::text, $$,$$ ORDER BY v::text)) FROM crowded.';
my @views = split /\n/, $node->safe_psql('postgres', <<'SQL');
SELECT replace(v.object, '{period}', p) FROM (SELECT * FROM user_ops_internal.engagement_views() UNION ALL SELECT * FROM user_ops_internal.value_views()) AS v,
	unnest(coalesce(v.periods, '{-}')) AS p
SQL
for my $view (@views)
{
	like($node->safe_psql('postgres', "$parallel EXPLAIN (COSTS OFF) SELECT * FROM crowded.$view"),
		qr/Finalize .*Gather.*Partial .*Parallel Seq Scan on activity/s, "$view runs in parallel");
	is($node->safe_psql('postgres', "$parallel $whole$view AS v"),
		$node->safe_psql('postgres', "SET max_parallel_workers_per_gather = 0; $whole$view AS v"), '... with the same rows');
}

# On the spot each view scans the source once, by workers too, and knows today.
$node->safe_psql('postgres', <<'SQL');
SET client_min_messages = warning;
VACUUM ANALYZE crowd;
SELECT FROM user_ops.create_views('crowd', 'u', 't', 'a', 'on_the_spot', stored => false);
SQL
for my $view (@views)
{
	my $plan = $node->safe_psql('postgres', "$parallel EXPLAIN (COSTS OFF) SELECT * FROM on_the_spot.$view");
	is(scalar(() = $plan =~ /Scan on crowd/g), 1, "$view: one scan of the source");
	like($plan, qr/Finalize Aggregate.*Partial Aggregate.*Parallel Seq Scan on crowd/s, '... in parallel');
	cmp_ok($node->safe_psql('postgres', "SELECT count(*) FROM on_the_spot.$view"), '>', 0, '... and rows');
}

$node->stop;
done_testing();
