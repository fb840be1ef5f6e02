# The views of tags, of stored schemas and on the spot, against plain SQL that goes day by day, over many small
# generated tables.
#
# Takes minutes.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../lib";
use Oracle qw(oracle_server pick ask_about compare answers_agree);
use Test::More;

my $node = oracle_server('tags', qw(tags));
my $n_tables = $Oracle::tables = $ENV{USER_OPS_TABLES} // 9;

# A day around 2024-06-01, often the same, or none.
sub day { my $other = shift; return pick('NULL', "'$other'", map { sprintf "'2024-06-01'::date + %d", pick(0, 0, 1, -1, -30, -29, -31, 31, int(rand 60) - 45) } 1 .. 12) }

sub events
{
	return join ', ', map { my $user = $_; map { sprintf "(%d, date '2024-06-01' - %d, %s)", $user, rand(pick(5, 90)) - 3, pick('NULL', int rand 50) } 1 .. 1 + rand 5 } 1 .. 3 + rand 12;
}

sub tags
{
	my ($type) = @_;
	return join ', ', map { sprintf "(%s, %s, %s, %s)", pick('NULL', map { 1 + int rand 16 } 1 .. 20), pick('NULL', ("'gold'", "'new'", "'of ''two'' words'") x 4), map { my $d = day($_); $type eq 'date' ? $d : "($d)::timestamp AT TIME ZONE 'Asia/Shanghai'" } qw(-infinity infinity) } 1 .. 1 + rand 40;
}

my $script = ask_about('customer bigint, day date, amount numeric') . "CREATE TABLE public.orders (customer bigint, day timestamptz, amount numeric);\n"
  . "CREATE TABLE public.given (customer integer, tag text, since timestamptz, until timestamptz);\nCREATE TABLE public.given_days (customer integer, tag text, since date, until date);\n"
  . "CREATE TEMP TABLE tags (user_id bigint, tag text, valid_from date, valid_to date);\nCREATE TEMP TABLE people (user_id bigint, monetary numeric, segment text, life_stage text);\n";
$script .= "SET client_min_messages = error;\nSET timezone = 'America/New_York';\n";
for my $i (0 .. $n_tables - 1)
{
	my $as_of = "2024-06-0" . pick(1, 1, 2);
	my $type = pick('date', 'timestamptz');
	my $given = $type eq 'date' ? 'given_days' : 'given';
	my $amount = $i % 4 == 3 ? '' : "'amount', ";
	my $open = $i % 6 == 5;

	$script .= "TRUNCATE orders, given, given_days, tags, people;\nINSERT INTO orders SELECT u, d::timestamp AT TIME ZONE 'Asia/Shanghai' + interval '20 hours', a FROM (VALUES " . events() . ") AS v (u, d, a);\n";
	$script .= "INSERT INTO $given VALUES " . tags($type) . ";\n";
	$script .= 'INSERT INTO tags SELECT customer, tag, ' . join(', ', map { $open ? 'NULL' : $type eq 'date' ? $_ : "CASE WHEN isfinite($_) THEN ($_ AT TIME ZONE 'Asia/Shanghai')::date ELSE $_\::date END" } qw(since until)) . " FROM $given;\n";
	# where both ends are on one day it is never valid
	for my $schema ('shop', 'live')
	{
		my $ask = "table $i ($type, as_of $as_of) $schema.";

		$script .= "DO \$\$ BEGIN PERFORM user_ops.create_views('public.orders', 'customer', 'day', ${amount}target_schema => '$schema', as_of => '$as_of', time_zone => 'Asia/Shanghai', purchase_model => 'none', allow_empty => true, stored => "
		  . ($schema eq 'shop' ? 'true' : 'false') . ");\n PERFORM user_ops.create_tag_views('$schema', 'public.$given', 'customer', 'tag', " . ($open ? '' : "'since', 'until', ") . "include => '{segment,life_stage}'); END \$\$;\n";
		$script .= "TRUNCATE people;\nINSERT INTO people SELECT user_id, monetary, segment, life_stage FROM $schema.users;\n";
		$script .= compare("${ask}tag_spans", "SELECT * FROM $schema.tag_spans", "SELECT * FROM oracle.tag_spans('$as_of')");
		$script .= compare("${ask}tags_now", "SELECT user_id, tag FROM $schema.tags_now", "SELECT * FROM oracle.tags_on('$as_of')");
		$script .= compare("${ask}tags_now, its days", "SELECT * FROM $schema.tags_now WHERE tag !~ ':'", "SELECT s.* FROM oracle.tag_spans('$as_of') AS s JOIN oracle.tags_on('$as_of') AS o USING (user_id, tag) WHERE (s.valid_to > '$as_of') IS NOT FALSE");
		$script .= compare("${ask}tag_counts", "SELECT * FROM $schema.tag_counts", "SELECT * FROM oracle.tag_counts('$as_of')");
		# what comes and goes is the difference
		$script .= compare("${ask}tag_counts, 30 days before", "SELECT tag, users - added_30d + removed_30d FROM $schema.tag_counts WHERE tag !~ ':' AND users - added_30d + removed_30d > 0",
			"SELECT o.tag, count(*) FROM oracle.tags_on(date '$as_of' - 30) AS o JOIN people USING (user_id) WHERE o.tag !~ ':' GROUP BY o.tag");
		$script .= compare("${ask}tag_overlap", "SELECT tag, other, users, round(share::numeric, 10), round(lift::numeric, 10) FROM $schema.tag_overlap", "SELECT * FROM oracle.tag_overlap('$as_of')");
	}
}
answers_agree($node, $script, 5);

$node->stop;
done_testing();
