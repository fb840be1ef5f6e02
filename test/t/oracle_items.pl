# Baskets, item affinity and recommendations against the same in plain SQL, on many small generated
# tables, in one piece and merged of parts through text; parallel plans; large states and the limit of 512 MB;
# and mutated values.
#
# Takes minutes.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/../lib";
use Oracle qw(oracle_server pick ask_about compare answers_agree mutated_values $tables);
use PostgreSQL::Test::Utils;
use Test::More;

my $node = oracle_server('items', 'items');
sub sql { return $node->safe_psql('postgres', "SET search_path = public, user_ops;\n$_[0]") }

# --- the same in plain SQL ----------------------------------------------------------

# Rows of some users over few items or many, most of them popular ones; days at which half-lives and as_of lie.
sub rows_of
{
	my $items = pick(3, 8, 30);
	my @rows;

	for my $user (1 .. 1 + int rand 14)
	{
		for (1 .. int rand 14)
		{
			my $item = rand() < 0.03 ? 'NULL' : sprintf "'%s%d'", pick('', '', 'B', 'b', 'é'), int($items * rand() ** 2);
			my $day = rand() < 0.03 ? 'NULL' : "date '2024-01-01' + " . int rand 40;

			push @rows, "($user, $item, $day)";
		}
	}
	return @rows ? @rows : "(1, 'a', date '2024-01-01')";
}

sub null_or { my ($chance, $value) = @_; return rand() < $chance ? 'NULL' : $value }

my @measures = qw(llr cosine lift confidence jaccard);
my $script = ask_about('user_id bigint, item text COLLATE "C", day date');

for my $i (0 .. $tables - 1)
{
	my $n = 2 + int rand 4;
	my $after = 5 + int rand 40;
	my $as_of = "date '2024-01-01' + $after";
	my $half_life = null_or(0.5, 1 + int rand 20);
	my $max_items = pick(1, 2, 5, 500);
	my $items_from = null_or(0.6, "date '2024-01-01' + " . int rand $after);
	my ($min_users, $top, $neighbours) = (pick(1, 2, 3), pick(1, 3, 20), pick(1, 2, 50));
	my $measure = pick(@measures);
	my $keep = pick('true', 'false', 'false');
	my $about = "table $i, as of $after, half-life $half_life, at most $max_items, from $items_from, $measure of $min_users users, top $top of $neighbours";
	my $options = "affinity_options($half_life, $max_items, $items_from)";

	$script .= "TRUNCATE events;\nINSERT INTO events VALUES " . join(', ', rows_of()) . ";\nDROP TABLE IF EXISTS baskets, kept, told, near, affinity;\n";
	$script .= "CREATE TEMP TABLE baskets AS SELECT user_id, basket_agg(item, day) AS b, hashtext(user_id::text) % $n AS part FROM events GROUP BY user_id;\n";
	$script .= compare("baskets in parts, $about", 'SELECT user_id, b FROM baskets', "SELECT user_id, rollup(b::text::basket ORDER BY part) FROM (SELECT user_id, basket_agg(item, day) AS b, hashtext(ctid::text) % $n AS part FROM events GROUP BY user_id, hashtext(ctid::text) % $n) AS p GROUP BY user_id");
	$script .= compare("items, $about", "SELECT user_id, i.* FROM baskets, items(b, $as_of, NULL::text) AS i", "SELECT user_id, item, count(*), min(day), max(day) FROM events WHERE item IS NOT NULL AND day < $as_of GROUP BY user_id, item");
	$script .= compare("favourites, $about", "SELECT user_id, f.favourite, f.events, round(f.share::numeric, 9), f.items, round(f.entropy::numeric, 9), f.last_day FROM baskets, favourite(b, $as_of, NULL::text, $half_life) AS f WHERE f.items IS NOT NULL", "SELECT user_id, favourite, events, round(share, 9), items, round(entropy, 9), last_day FROM oracle_favourites($as_of, $half_life)");
	$script .= "CREATE TEMP TABLE kept AS SELECT * FROM oracle_items($as_of, $half_life, $max_items, $items_from);\n";
	$script .= "CREATE TEMP TABLE told AS SELECT * FROM oracle_pairs();\nCREATE TEMP TABLE near AS SELECT * FROM oracle_neighbours('$measure', $min_users);\n";
	$script .= "CREATE TEMP TABLE affinity AS SELECT rollup(a::text::item_affinity ORDER BY part) AS a FROM (SELECT part, item_affinity(b, $as_of, $options) AS a FROM baskets GROUP BY part) AS p;\n";
	$script .= compare("affinity in parts, $about", 'SELECT a::text FROM affinity', "SELECT item_affinity(b, $as_of, $options)::text FROM baskets");
	$script .= compare("how many are cut, $about", 'SELECT coalesce(users_cut(a), 0) FROM affinity', 'SELECT count(DISTINCT user_id) FILTER (WHERE cut) FROM kept');
	$script .= compare("pairs, $about",
		"SELECT item, other, users_item, users_other, users_both, users, round(cosine::numeric, 9), round(llr::numeric, 7), round(support::numeric, 9), round(confidence::numeric, 9), round(lift::numeric, 9), round(jaccard::numeric, 9), positive FROM affinity, pairs(a, NULL::text, $min_users)",
		"SELECT item, other, a, b, c, n, round(cosine::numeric, 9), round(llr, 7), round(c / n::numeric, 9), round(c / a::numeric, 9), round(c * n::numeric / (a * b), 9), round(c / (a + b - c)::numeric, 9), c * n > a * b FROM told WHERE c >= $min_users");
	$script .= compare("neighbours, $about", "SELECT item, other, place, round(score::numeric, 7), users_both FROM affinity, neighbours(a, NULL::text, '$measure', $top, $min_users)", "SELECT item, other, place::int, round(score, 7), users_both FROM near WHERE place <= $top");
	$script .= compare("popular items, $about", 'SELECT p.* FROM affinity, popular_items(a, NULL::text) AS p', 'SELECT item, count(*), (sum(weight) / 65536.0)::float8 FROM kept GROUP BY item');
	$script .= "DROP TABLE near;\nCREATE TEMP TABLE near AS SELECT * FROM affinity, neighbours(a, NULL::text, '$measure', 1000, $min_users);\n"; # as they were compared, so that what is added up is told apart by the same digits
	$script .= compare("offers, $about", "SELECT user_id, item, place, score, reason FROM affinity, baskets, recommend(a, b, $as_of, NULL::text, $top, '$measure', $neighbours, $min_users, $keep) AS r", "SELECT user_id, item, place::int, score, reason FROM oracle_offers($as_of, $top, $neighbours, $keep)");
}
answers_agree($node, $script, 3);

# --- parallel plans, large states ------------------------------------------------------

sql(<<'EOS');
CREATE TABLE crowd AS SELECT u, basket_agg(u * n * n % 1999, date '2024-01-01' + (u * n % 90)::int) AS n, basket_agg('item ' || u * n * n % 499, date '2024-01-01' + (u * n % 90)::int) AS t FROM generate_series(1, 30000) AS u, generate_series(1, 16) AS n WHERE n < 2 + u % 15 GROUP BY u;
CREATE TABLE crowd_rows AS SELECT u, u * n * n % 1999 AS item, 'item ' || u * n * n % 499 AS name, date '2024-01-01' + (u * n % 90)::int AS day FROM generate_series(1, 30000) AS u, generate_series(1, 16) AS n WHERE n < 2 + u % 15 ORDER BY u * n * 7919::bigint % 1000003, u;
ANALYZE crowd, crowd_rows;
EOS
my $parallel = 'SET max_parallel_workers_per_gather = 3; SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0;';
for my $asked (q{item_affinity(n, '2024-04-01')}, q{item_affinity(t, '2024-03-01', affinity_options(20, 9))}, 'rollup(n)')
{
	like(sql("$parallel EXPLAIN SELECT $asked FROM crowd"), qr/Partial Aggregate/, "$asked: the plan is parallel");
	is(sql("$parallel SELECT md5(($asked)::text) FROM crowd"), sql("SET max_parallel_workers_per_gather = 0; SELECT md5(($asked)::text) FROM crowd"), '... and gives the same');
}
for my $items ('item', 'name')
{
	my $asked = "md5(item_affinity(b, '2024-03-20', affinity_options(20, 9))::text) FROM (SELECT baskets_agg(u, $items, day) AS b FROM crowd_rows) AS s";
	my $of_users = $items eq 'item' ? 'n' : 't';

	like(sql("$parallel RESET parallel_tuple_cost; EXPLAIN SELECT $asked"), qr/Partial Aggregate/, "baskets_agg of $items: the plan is parallel");
	is(sql("$parallel RESET parallel_tuple_cost; SET work_mem = '$_'; SELECT $asked"), sql("SELECT md5(item_affinity($of_users, '2024-03-20', affinity_options(20, 9))::text) FROM crowd"), "... and with $_ gives what baskets do") for '256MB', '1MB';
}
is(sql(q{SELECT a::text::item_affinity = a, (SELECT count(*) FROM pairs(a, NULL::bigint, 1)) = 2 * (SELECT count(*) FROM (SELECT DISTINCT l.item, r.item FROM crowd, items(n, '2024-04-01', NULL::bigint) AS l, items(n, '2024-04-01', NULL::bigint) AS r WHERE l.item < r.item) AS d)
	FROM (SELECT item_affinity(n, '2024-04-01') AS a FROM crowd) AS s}), 't|t', 'a state of many pairs');
is(sql(q{SELECT count(*), bool_and(users_both = 1 AND users = 1) FROM (SELECT item_affinity(b, '2024-02-01', affinity_options(max_items => 3000)) AS a FROM (SELECT basket_agg(n, '2024-01-01'::date) AS b FROM generate_series(1, 3000) AS n) AS s) AS s, pairs(a, NULL::bigint, 1)}), 3000 * 2999 . '|t', 'a user with thousands of items');

# Items that nobody has in common with others: the limit is reached by pairs of a user alone.
sub problem { my ($status, undef, $error) = $node->psql('postgres', "SET search_path = public, user_ops;\n\\set VERBOSITY verbose\n$_[0]"); return $error }
like(problem(q{SELECT length(item_affinity(b, '2024-02-01', affinity_options(7, 3000))::bytea) FROM (SELECT u, basket_agg(u * 3000 + n, '2024-01-01'::date) AS b FROM generate_series(1, 9) AS u, generate_series(1, 3000) AS n GROUP BY u) AS s}),
	qr/54000: the pairs of items need more than 512 MB\n.*HINT:  Take fewer items/s, 'past 512 MB: an error that says what to do');
is(sql(q{SELECT users_cut(item_affinity(b, '2024-02-01', affinity_options(7, 3000))) FROM (SELECT u, basket_agg(u * 3000 + n, '2024-01-01'::date) AS b FROM generate_series(1, 5) AS u, generate_series(1, 3000) AS n GROUP BY u) AS s}), '0', '... below it none');

# --- mutated values --------------------------------------------------------------------

sql('CREATE FUNCTION user_ops.all_of_them(basket) RETURNS bigint LANGUAGE sql AS $$ SELECT user_ops.events($1) $$; CREATE FUNCTION user_ops.all_of_them(item_affinity) RETURNS bigint LANGUAGE sql AS $$ SELECT user_ops.users_cut($1) $$');
mutated_values($node, 'basket', q{WITH valid AS (SELECT n FROM crowd WHERE u < 30 UNION ALL SELECT t FROM crowd WHERE u BETWEEN 30 AND 60)}, 'all_of_them');
mutated_values($node, 'item_affinity', q{WITH valid AS (SELECT item_affinity(n, '2024-02-01') FROM crowd WHERE u < 9 UNION ALL SELECT item_affinity(t, '2024-02-01', affinity_options(7)) FROM crowd WHERE u < 4)}, 'all_of_them');
done_testing();
