# The views of content, of stored schemas and on the spot, against plain SQL that goes item by item and user by user, over
# many small generated tables.
#
# Takes minutes.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../lib";
use PostgreSQL::Test::Utils;
use Oracle qw(oracle_server pick ask_about compare answers_agree);
use Test::More;

my $node = oracle_server('content');
my $n_tables = $Oracle::tables = $ENV{USER_OPS_TABLES} // 12;
$node->safe_psql('postgres', "CREATE TABLE reads (user_id bigint, item text, sorted text, day date, moment timestamptz, author bigint, role text);\nCREATE TABLE visits (user_id bigint, day date, amount numeric);\n"
	. slurp_file("$FindBin::RealBin/../oracle/content.sql"));

my @words = ('a', 'B', 'b', "it''s", '10', '9', 'ä');

# A row, mostly in the two months before June 2024, often in the same hours as others.
sub row
{
	my ($users, $items, $type) = @_;
	my $day = pick(0, 1, 1, 2, 7, 8, 9, 29, 30, 31, int rand 75, int rand 75, -1);
	my $at = pick(("timestamptz '2024-06-01 " . pick('15:59:59', '16:00', '3:00', '3:00') . "Z' - interval '$day days'") x 30, 'NULL', "timestamptz 'infinity'");

	return sprintf '(%s, %s, %s, %s, %s)', pick((1 + int rand $users) x 25, 'NULL'), pick(($type eq 'text' ? "'" . pick(@words[ 0 .. $items ]) . "'" : pick(-1, 1) * int rand $items) x 25, 'NULL'), $at,
	  pick('NULL', (1 + int rand $users) x 3), pick('NULL', map { "'$_'" } qw(post like like read read read save));
}

my $script = "SET search_path = public, user_ops;\nCREATE TEMP TABLE differences (question text);\nCREATE TEMP TABLE counted (n bigint);\n"
  . "CREATE TABLE orders (customer bigint, day timestamptz, amount numeric);\n"
  . join('', map { "CREATE TABLE content_$_ (customer bigint, item $_, at timestamptz, author bigint, kind text);\n" } qw(text integer))
  . "SET client_min_messages = error;\nSET timezone = 'America/New_York';\n";
for my $i (0 .. $n_tables - 1)
{
	my $as_of = '2024-0' . pick('6-02', '6-02', '6-01', '5-31', '5-15');
	my ($users, $items, $type) = (pick(4, 12, 12), pick(2, 4), pick('text', 'integer'));
	my ($within_days, $min_users) = (pick(1, 7, 7, 30), pick(1, 2, 3));
	my $amount = $i % 4 == 3 ? '' : "'amount', ";

	$script .= "TRUNCATE orders, content_$type, reads, visits;\n"
	  . "INSERT INTO orders SELECT u, timestamptz '2024-06-01 15:30Z' - d * interval '1 day' + h * interval '1 hour', a::numeric FROM (VALUES "
	  . join(', ', map { sprintf '(%d, %d, %d, %s)', 1 + rand $users, rand(80) - 1, rand 2, pick('NULL', int(rand 50) - 5) } 1 .. 2 + rand(3 * $users)) . ") AS v (u, d, h, a);\n"
	  . "INSERT INTO content_$type VALUES " . join(', ', map { row($users, $items, $type) } 1 .. 1 + rand(8 * $users)) . ";\n"
	  . "INSERT INTO visits SELECT customer, (day AT TIME ZONE 'Asia/Shanghai')::date, " . ($amount ? 'coalesce(amount, 0)' : 'NULL') . " FROM orders;\n"
	  # below 0 the digits of a number that is larger
	  . "INSERT INTO reads SELECT customer, item::text, " . ($type eq 'text' ? 'item' : "lpad((item + 1000)::text, 9, '0')") . ", CASE WHEN isfinite(at) THEN (at AT TIME ZONE 'Asia/Shanghai')::date END, at, author,\n"
	  . "	CASE kind WHEN 'post' THEN 'contribute' WHEN 'like' THEN 'react' WHEN 'read' THEN 'view' END FROM content_$type;\n";
	for my $schema ('shop', 'live')
	{
		my $ask = "table $i ($type, as_of $as_of, within $within_days, from $min_users users) $schema.";

		$script .= "DO \$\$ BEGIN PERFORM create_views('orders', 'customer', 'day', ${amount}target_schema => '$schema', as_of => '$as_of', time_zone => 'Asia/Shanghai', purchase_model => 'none', allow_empty => true, stored => "
		  . ($schema eq 'shop' ? 'true' : 'false') . ");\n PERFORM create_content_views('$schema', 'content_$type', 'customer', 'item', 'at', 'author', 'kind', $within_days,\n"
		  . "	'{\"post\": \"contribute\", \"like\": \"react\", \"read\": \"view\", \"save\": null}', $min_users); END \$\$;\n";
		$script .= compare("${ask}content_items", "SELECT item, users, events, first_day, last_day, new_users, eligible_users, returned_users, return_rate, round(return_lower::numeric, 9), users_30d, revenue_30d FROM $schema.content_items",
			"SELECT * FROM oracle.content_items('$as_of', $within_days, $min_users)");
		$script .= compare("${ask}content_creators", "SELECT * FROM $schema.content_creators", "SELECT * FROM oracle.content_creators('$as_of', $min_users)");
		$script .= compare("${ask}contribution_month", "SELECT * FROM $schema.contribution_month", "SELECT * FROM oracle.contribution_month('$as_of', $min_users)");
	}
}
answers_agree($node, $script, 3);
is($node->safe_psql('postgres', 'SELECT coalesce(sum(new_users), 0) FROM shop.content_item_counts'),
	$node->safe_psql('postgres', 'SELECT count(DISTINCT user_id) FROM oracle.reads((SELECT as_of FROM shop.fitted))'), 'each user was new once');

$node->stop;
done_testing();
