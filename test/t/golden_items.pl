# Baskets, item affinity and recommendations against values worked out elsewhere.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/../lib";
use Golden qw(golden_server sql rows expected_json expected_csv same numbers_compared);
use Test::More;

golden_server('golden_items', qw(favourites.json llr.csv item_pairs_mahout.csv item_pairs_madlib.csv item_pairs_events.csv basket_events.csv items_expected.json));

sub quoted { return "'" . $_[0] =~ s/'/''/gr . "'" }

# --- favourites --------------------------------------------------------------------------

for my $case (@{ expected_json('favourites') })
{
	my $values = join ', ', map { '(' . quoted($_->{item}) . ", date '$_->{day}')" } @{ $case->{events} };
	my $half_life = $case->{half_life_days} // 'NULL';
	my ($got) = rows("SELECT f.favourite, f.events, f.share, f.items, f.entropy FROM (SELECT basket_agg(item, day) AS b FROM (VALUES $values) AS v (item, day)) AS s, favourite(b, '$case->{as_of}', NULL::text, $half_life) AS f");
	my $expected = $case->{expected};

	if (!defined $expected)
	{
		ok(!defined $got->{favourite}, "$case->{id}: no favourite");
		next;
	}
	is($got->{favourite}, $expected->{favourite}, "$case->{id}: the favourite");
	same("... $case->{id}: how much of a favourite it is", $got, { map { $_ => $expected->{$_} } qw(events share items entropy) });
}

# --- the log-likelihood ratio -------------------------------------------------------------

for my $case (expected_csv('llr'))
{
	my ($got) = rows("SELECT llr($case->{both}, $case->{only_a}, $case->{only_b}, $case->{neither}) AS llr");
	same("llr: $case->{case}", $got, { llr => $case->{llr} });
}

# --- pairs --------------------------------------------------------------------------------

# All pairs of a query that ends in an affinity are those of the file, which has each pair once or in both directions.
sub check_pairs
{
	my ($name, $affinity, $type, $directions) = @_;
	my @expected = expected_csv($name);
	my %got = map { ("$_->{item} $_->{other}" => $_) } rows("SELECT p.* FROM ($affinity) AS s (a), pairs(a, NULL::$type, 1) AS p");

	is($directions * scalar keys %got, 2 * @expected, "$name: as many pairs");
	for my $pair (@expected)
	{
		my $got = $got{"$pair->{item} $pair->{other}"};

		is($got->{positive} ? 't' : 'f', $pair->{positive}, "$name: $pair->{item} and $pair->{other}");
		same('... how many, and how much', $got, { map { $_ => $pair->{$_} } qw(users_item users_other users_both users support confidence lift jaccard cosine llr) });
	}
	return;
}

# whose items these are is documented with them
sub affinity_of
{
	my ($type, @baskets) = @_;
	my $values = join ', ', map { my $user = $_; map { "($user, '$_'::$type)" } @{ $baskets[$user] } } 0 .. $#baskets;
	return "SELECT item_affinity(b, '2024-02-01') FROM (SELECT basket_agg(item, date '2024-01-01') AS b FROM (VALUES $values) AS v (u, item) GROUP BY u) AS s";
}

check_pairs('item_pairs_mahout', affinity_of('bigint', [ 0, 1 ], [ 0, 2 ], [ 2, 3, 4 ], [ 0 .. 4 ], [ 1 .. 4 ]), 'bigint', 2);
check_pairs('item_pairs_madlib', affinity_of('text', [qw(beer diapers chips)], [qw(beer diapers)], [qw(beer diapers)], [qw(beer chips)], ['beer'], [qw(beer diapers chips)], [qw(beer diapers)]), 'text', 2);

my $expected = expected_json('items_expected');
my $as_of = $expected->{as_of};
sql('CREATE TABLE events (user_id bigint, item text, day date)');
sql('INSERT INTO events VALUES ' . join ', ', map { "($_->{user_id}, '$_->{item}', '$_->{day}')" } expected_csv('basket_events'));
sql('CREATE TABLE baskets AS SELECT user_id, basket_agg(item, day) AS basket FROM events GROUP BY user_id');
check_pairs('item_pairs_events', "SELECT item_affinity(basket, '$as_of') FROM baskets", 'text', 1);

# --- weights, popularity, neighbours ---------------------------------------------------------

my $weighted = "(SELECT item_affinity(basket, '$as_of', affinity_options($expected->{half_life_days})) FROM baskets) AS s (a)";
my $all = "(SELECT item_affinity(basket, '$as_of') FROM baskets) AS s (a)";
my %cosine = map { ("$_->{item} $_->{other}" => $_) } rows("SELECT p.* FROM $weighted, pairs(a, NULL::text, 1) AS p");
for my $pair (@{ $expected->{weighted_cosine} })
{
	same("weighted cosine of $pair->{item} and $pair->{other}", $cosine{"$pair->{item} $pair->{other}"}, { map { $_ => $pair->{$_} } qw(users_both cosine) });
}
my @popular = rows("SELECT p.item, p.users, p.weight AS weighted FROM $weighted, popular_items(a, NULL::text) AS p");
is(join(' ', map { $_->{item} } @popular), join(' ', map { $_->{item} } @{ $expected->{popularity} }), 'items by how popular they are');
for my $i (0 .. $#popular)
{
	my $item = $expected->{popularity}[$i];
	same("... $item->{item}", $popular[$i], { users => $item->{users}, weighted => $item->{weighted} });
}
for my $case (@{ $expected->{neighbours} })
{
	my @top = @{ $case->{top} };
	my @got = rows("SELECT n.other, n.users_both, n.score FROM $all, neighbours(a, NULL::text, '$case->{measure}', 5) AS n WHERE n.item = '$case->{item}' ORDER BY place");

	is(join(' ', map { $_->{other} } @got), join(' ', map { $_->{other} } @top), "neighbours of $case->{item} by $case->{measure}");
	same("... $got[$_]{other}", $got[$_], { users_both => $top[$_]{users_both}, score => $top[$_]{score} }) for 0 .. $#got;
}

# --- no more than max_items of a user ----------------------------------------------------------

my $cut = "(SELECT item_affinity(basket, '$as_of', affinity_options(max_items => 2)) FROM baskets) AS s (a)";
is(sql("SELECT users_cut(a) FROM $cut"), $expected->{max_items_2}{users_cut}, 'users with more than 2 items');
my @first = @{ $expected->{max_items_2}{pairs} };
is(join(', ', map { "$_->{item} $_->{other} $_->{users_both}" } rows("SELECT p.* FROM $cut, pairs(a, NULL::text, 1) AS p WHERE item < other ORDER BY item, other LIMIT " . scalar @first)),
	join(', ', map { "$_->{item} $_->{other} $_->{users_both}" } @first), '... have these pairs first');

# --- what to offer -----------------------------------------------------------------------------

for my $case (@{ $expected->{recommend} })
{
	my @top = @{ $case->{top} };
	my @got = rows("SELECT r.item, r.score, r.reason FROM $all, baskets AS b, recommend(a, b.basket, '$as_of', NULL::text, " . scalar @top . ") AS r WHERE b.user_id = $case->{user_id} ORDER BY place");

	is(sql("SELECT string_agg(item, ' ' ORDER BY item) FROM baskets, items(basket, '$as_of', NULL::text) WHERE user_id = $case->{user_id}"), join(' ', @{ $case->{have} }), "user $case->{user_id} has ...");
	is(join(' ', map { "$_->{item} $_->{reason}" } @got), join(' ', map { "$_->{item} $_->{reason}" } @top), '... and is offered ...');
	same("... $got[$_]{item}", $got[$_], { score => $top[$_]{score} }) for 0 .. $#got;
}

# --- is it any good: by what came after the split ---------------------------------------------

my $test = $expected->{evaluation};
for my $method (qw(similar popular))
{
	my $min_users = $method eq 'similar' ? 2 : 2147483647; # nobody has two items in common with so many
	my ($got) = rows(<<"SQL");
WITH affinity AS MATERIALIZED (SELECT item_affinity(basket, '$test->{split}') AS a FROM baskets),
	 users AS (SELECT user_id, basket, (SELECT array_agg(item) FROM items(basket, '$test->{until}', NULL::text) WHERE first_day >= '$test->{split}') AS new FROM baskets WHERE n_items(basket, '$test->{split}') > 0),
	 offers AS (SELECT user_id, new, r.* FROM affinity, users, recommend(a, basket, '$test->{split}', NULL::text, $test->{k}, min_users => $min_users) AS r WHERE new IS NOT NULL),
	 by_user AS (SELECT user_id, count(*) FILTER (WHERE item = ANY (new)) AS hits, cardinality(new) AS wanted, min(place) FILTER (WHERE item = ANY (new)) AS first FROM offers GROUP BY user_id, new)
SELECT count(*) AS users, count(first) AS hits, count(first)::float8 / count(*) AS hit_rate, avg(hits::float8 / wanted) AS recall, avg(coalesce(1.0 / first, 0))::float8 AS mrr,
	   (SELECT count(DISTINCT item) FROM offers)::float8 / (SELECT count(*) FROM affinity, popular_items(a, NULL::text)) AS coverage
FROM by_user
SQL
	same("what is $method, held against what came", $got, $test->{$method});
}

cmp_ok(numbers_compared(), '>', 600, 'numbers were compared: ' . numbers_compared());
done_testing();
