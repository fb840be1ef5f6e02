# What the tests of metrics against plain SQL share: the server with the oracle, random
# choices, questions that are asked of both, and mutated values of a type.
package Oracle;

use strict;
use warnings;
use Exporter qw(import);
use File::Basename;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

our @EXPORT_OK = qw(oracle_server pick ask_about compare answers_agree mutated_values $tables);

our $tables = $ENV{USER_OPS_TABLES} // 240;
my $mutations = $ENV{USER_OPS_MUTATIONS} // 25_000;
my $seed = $ENV{USER_OPS_SEED} // 20240229;
my $oracle = dirname(__FILE__) . '/../oracle';
my $asked = 0;

# oracle_server(NAME, ORACLE…): with the extension and these files of test/oracle.
sub oracle_server
{
	my ($name, @files) = @_;
	my $node = PostgreSQL::Test::Cluster->new($name);

	srand($seed);
	note("seed $seed");
	$node->init;
	$node->append_conf('postgresql.conf', "fsync = off\njit = off\n");
	$node->start;
	$node->safe_psql('postgres', 'CREATE EXTENSION user_ops');
	$node->safe_psql('postgres', slurp_file("$oracle/$_.sql")) for @files, 'mutated_states';
	return $node;
}

sub pick { return $_[ int(rand(@_)) ]; }

# ask_about(COLUMNS): how a script begins that asks about a table of events.
sub ask_about
{
	my ($columns) = @_;

	return "SET search_path = user_ops, public;\n"
	  . "CREATE TEMP TABLE events ($columns);\n"
	  . "CREATE TEMP TABLE differences (question text);\n"
	  . "CREATE TEMP TABLE counted (n bigint);\n";
}

# compare(QUESTION, OURS, THEIRS): the statement that keeps the question if the answers differ.
sub compare
{
	my ($question, $ours, $theirs) = @_;

	$asked++;
	$question =~ s/'/''/g;
	return "WITH ours AS MATERIALIZED ($ours), theirs AS MATERIALIZED ($theirs), "
	  . "counted AS (INSERT INTO counted SELECT count(*) FROM ours) "
	  . "INSERT INTO differences SELECT '$question' WHERE EXISTS (TABLE ours EXCEPT ALL TABLE theirs) "
	  . "OR EXISTS (TABLE theirs EXCEPT ALL TABLE ours);\n";
}

# answers_agree(NODE, SCRIPT, ROWS): all of them, with so many rows a question on average.
sub answers_agree
{
	my ($node, $script, $rows) = @_;
	my $answers = $node->safe_psql('postgres', "${script}SELECT * FROM differences LIMIT 20;\nSELECT sum(n) FROM counted;\n");

	like($answers, qr/\A\d+\z/, "$asked questions over $tables tables agree");
	cmp_ok($answers =~ s/.*\n//sr, '>', $rows * $asked, '... and most of them have many rows');
	return;
}

# mutated_values(NODE, TYPE, WITH [, READING]): texts of the values that the query "valid" returns, mutated, are
# errors of class 22 or 54, or are accepted and then a fixpoint that can be read and merged.
sub mutated_values
{
	my ($node, $type, $with, $reading) = @_;
	$reading //= 'cells';
	my $answer = $node->safe_psql('postgres', <<"SQL");
SET search_path = user_ops, public;
SELECT setseed(0.25) \\g /dev/null
$with
SELECT f.* FROM (SELECT array_agg(v::text) AS v FROM valid AS valid (v)) s, public.fuzz_state('$type', v, $mutations, '$reading') f;
SQL
	my ($accepted, $refused, $wrong) = split(/\|/, $answer, -1);

	is($wrong, '', "$type: mutated text gives class 22 or 54, or is read and written unchanged");
	cmp_ok($accepted, '>', 0, "$type: some mutated values are accepted");
	note("$type: $accepted accepted, $refused refused of $mutations");
	return;
}

1;
