# Pictures in databases whose encoding has no blocks, and the marks that let them
# be computed once or in parallel.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('pictures');
$node->init(extra => [ '--encoding=UTF8', '--locale=C' ]);
$node->append_conf('postgresql.conf', "fsync = off\njit = off\n");
$node->start;

# 4 users of January; 2 came back in February, 1 in March, which is not over.
my $heatmap = <<'SQL';
SELECT user_ops.heatmap(user_ops.retention(a::user_ops.activity, 'month', '2024-03-10'))
FROM (VALUES ('{2024-01-01:1}'), ('{2024-01-02:1}'), ('{2024-01-03:1,2024-02-01:1}'),
	('{2024-01-04:1,2024-02-02:1,2024-03-01:1}'), ('{2024-02-01:1}')) AS v (a)
SQL
my $frame = <<'TEXT';
cohort      users    0     1     2
2024-01-01      4  100  4 50  2 25*
2024-02-01      1  100     0*
all                100  4 50
* not over yet
TEXT

# What stands for the steps of a bar of width 3, of a line and of a heat map.
my %drawn = (
	UTF8 => { full => "\xE2\x96\x88", rest => "\xE2\x96\x8C", line => join('', map { "\xE2\x96" . chr($_) } 0x81 .. 0x88), 4 => "\xE2\x96\x88", 2 => "\xE2\x96\x92" },
	map { $_ => { full => '#', rest => '#', line => '.:-=+*#@', 4 => '#', 2 => ':' } } qw(LATIN1 SQL_ASCII EUC_JP));
for my $encoding (sort keys %drawn)
{
	my $database = 'in_' . lc $encoding;
	my $glyphs = $drawn{$encoding};
	$node->safe_psql('postgres', "CREATE DATABASE $database ENCODING '$encoding' LOCALE 'C' TEMPLATE template0");
	$node->safe_psql($database, 'CREATE EXTENSION user_ops');
	my $ask = sub { return $node->safe_psql($database, "SET client_encoding = '$encoding'; $_[0]") };

	# 5 of 6 in a width of 3 are two and a half characters
	is($ask->('SELECT user_ops.bar(5, 6, 3)'), $glyphs->{full} x 2 . $glyphs->{rest}, "$encoding: a bar");
	is($ask->('SELECT user_ops.sparkline(n ORDER BY n) FROM generate_series(1, 8) AS n'), $glyphs->{line}, '... a line');
	is($ask->($heatmap) . "\n", $frame =~ s/([42])(?= \d\d)/$glyphs->{$1}/gr, '... a heat map');
}

# immutable: a generated column, an index
is($node->safe_psql('in_utf8', <<'SQL'), '3|3', 'a column is generated and an index made of a bar');
CREATE TABLE t (n int, picture text GENERATED ALWAYS AS (user_ops.bar(n, 3, 3)) STORED);
CREATE INDEX ON t (user_ops.bar(n, 3, 3));
INSERT INTO t VALUES (1), (2), (3);
SELECT max(length(picture)), max(length(user_ops.bar(n, 3, 3))) FROM t;
SQL

# lines of groups, each from a scan that workers share
is($node->safe_psql('in_latin1', <<'SQL'), "0|.:-=+*#@\n1|.:-=+*#@", 'the order given holds in a parallel query');
CREATE TABLE many AS SELECT n % 2 AS k, n FROM generate_series(0, 15) AS n ORDER BY n DESC;
SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0;
SELECT k, user_ops.sparkline(n ORDER BY n) FROM many GROUP BY k ORDER BY k;
SQL

$node->stop;
done_testing();
