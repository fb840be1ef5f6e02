# The views of items, of stored schemas and on the spot, against plain SQL, over many small generated tables.
#
# Takes minutes.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../lib";
use PostgreSQL::Test::Utils;
use Oracle qw(oracle_server pick compare answers_agree);
use Test::More;

my $node = oracle_server('item_views');
my $n_tables = $Oracle::tables = $ENV{USER_OPS_TABLES} // 10;
$node->safe_psql('postgres', "CREATE TABLE bought (user_id bigint, item text, sorted text, day date, amount numeric);\n" . slurp_file("$FindBin::RealBin/../oracle/item_views.sql"));

my @words = ('a', 'B', 'b', "it''s", '10', '9', 'ä', '');

# A row, some of them in the same hours as others, of as_of and later, or nobody's.
sub row
{
	my ($users, $items, $type) = @_;
	my $user = 1 + int rand $users;
	my $item = pick(int rand $items, $user % $items);
	my $at = "timestamptz '2024-06-01 " . pick('15:59:59', '16:00', '3:00') . "Z' - interval '" . pick(-1, 0, 1, 2, 5, 6, 7, int rand 20, int rand 60) . " days'";

	return sprintf '(%s, %s, %s, %s)', pick(($user) x 30, 'NULL'), pick(($type eq 'text' ? "'$words[$item]'" : ($item % 2 ? -1 : 1) * $item) x 30, 'NULL'), pick(($at) x 30, 'NULL', "timestamptz 'infinity'"), pick('NULL', map { int(rand 50) - 5 } 1 .. 5);
}

my $script = "SET search_path = public, user_ops;\nCREATE TEMP TABLE differences (question text);\nCREATE TEMP TABLE counted (n bigint);\n"
  . "CREATE TABLE visits (customer bigint, at timestamptz);\n" . join('', map { "CREATE TABLE lines_$_ (customer bigint, item $_, at timestamptz, paid numeric);\n" } qw(text integer))
  . "SET client_min_messages = error;\nSET timezone = 'America/New_York';\n";
for my $i (0 .. $n_tables - 1)
{
	my $as_of = '2024-0' . pick('6-02', '6-02', '6-01', '5-28');
	my ($users, $items, $type) = (pick(4, 12, 25), pick(3, 5, 8), pick('text', 'integer'));
	my ($max_items, $top, $min_users, $half_life, $days) = (pick(1, 3, 500, 500), pick(1, 3, 20), pick(1, 2, 3), pick('NULL', 10), pick(3, 7, 28));
	my $amount = $i % 3 ? ", amount => 'paid'" : '';

	$script .= "TRUNCATE lines_$type, visits, bought;\nINSERT INTO lines_$type VALUES " . join(', ', map { row($users, $items, $type) } 1 .. 1 + rand(5 * $users)) . ";\n"
	  . "INSERT INTO visits SELECT customer, at FROM lines_$type;\n"
	  . "INSERT INTO bought SELECT customer, item::text, " . ($type eq 'text' ? 'item' : "lpad((item + 1000)::text, 9, '0')") . ", CASE WHEN isfinite(at) THEN (at AT TIME ZONE 'Asia/Shanghai')::date END, " . ($amount ? 'coalesce(paid, 0)' : 'NULL') . " FROM lines_$type;\n";
	for my $schema ('shop', 'live')
	{
		my $stored = pick('true', 'false');
		my $ask = "table $i ($type, as_of $as_of, at most $max_items items, top $top, from $min_users users, half-life $half_life, $days days) $schema.";

		$script .= "DO \$\$ BEGIN PERFORM create_views('visits', 'customer', 'at', target_schema => '$schema', as_of => '$as_of', time_zone => 'Asia/Shanghai', purchase_model => 'none', allow_empty => true, stored => "
		  . ($schema eq 'shop' ? 'true' : 'false') . ");\n PERFORM create_item_views('$schema', 'lines_$type', 'customer', 'item', 'at', 'things'$amount, half_life_days => $half_life, max_items => $max_items, top => $top, min_users => $min_users,\n"
		  . "	stored_recommendations => $stored, backtest_days => $days); END \$\$;\n";
		$script .= compare("${ask}item_stats", "SELECT item, users, events, first_day, last_day, round(repeat_rate::numeric, 9), revenue, round(revenue_share::numeric, 9) FROM $schema.item_stats", "SELECT * FROM oracle.item_stats('$as_of', $min_users)");
		$script .= compare("${ask}item_pairs", "SELECT item, other, place::bigint, users_item, users_other, users_both, round(confidence::numeric, 9), round(lift::numeric, 9), round(llr::numeric, 8) FROM $schema.item_pairs",
			"SELECT * FROM oracle.item_pairs('$as_of', $max_items, $top, $min_users)");
		$script .= compare("${ask}user_favourites", "SELECT user_id, favourite, round(share::numeric, 9), items, abs(round(entropy::numeric, 8)), last_day FROM $schema.user_favourites", "SELECT * FROM oracle.user_favourites('$as_of', $half_life)");
		$script .= compare("${ask}recommendations", "SELECT user_id, place::bigint, item, round(score::numeric, 8), reason FROM $schema.recommendations", "SELECT * FROM oracle.offered('$as_of', $max_items, $half_life, $min_users, $top)");
		$script .= compare("${ask}recommendation_quality", "SELECT as_of, method, users, round(hit_rate::numeric, 9), round(recall::numeric, 9), round(mrr::numeric, 9), round(coverage::numeric, 9) FROM $schema.recommendation_quality",
			"SELECT date '$as_of', * FROM oracle.quality(date '$as_of' - $days, '$as_of', $max_items, $half_life, $min_users, 5) WHERE users >= $min_users");
		$script .= compare("${ask}recommendation_backtest", "SELECT method, users, round(hit_rate::numeric, 9), round(recall::numeric, 9), round(mrr::numeric, 9), round(coverage::numeric, 9) FROM recommendation_backtest('$schema', '2024-05-20', '2024-05-30', 2, 'things')",
			"SELECT * FROM oracle.quality('2024-05-20', '2024-05-30', $max_items, $half_life, $min_users, 2)");
		# the history of earlier dates
		$script .= "SELECT drop_addon('$schema', 'items', 'things') \\g /dev/null\n";
	}
}
answers_agree($node, $script, 3);

$node->stop;
done_testing();
