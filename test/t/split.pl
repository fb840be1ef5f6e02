# Aggregates as engines call them that send states between nodes: by another aggregate, whose
# node shows instead of their own, each row with an FmgrInfo of its own and without the
# expression of the call (test/server/split_agg.c). All of the catalogue says the same so, and with
# workers; and states of shards that nobody has a user of.
use strict;
use warnings;
use FindBin;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $root = "$FindBin::RealBin/../..";
my $directory = PostgreSQL::Test::Utils::tempdir;
my $cc = $ENV{CC} || 'cc';
chomp(my $server = `$ENV{PG_CONFIG} --includedir-server`);

plan skip_all => "no C compiler: $cc" if system("$cc --version >/dev/null 2>&1") != 0;
is(system("$cc -std=gnu11 -O1 -Wall -fPIC -shared -I$root/src -I$server -o $directory/split_agg.so $root/test/server/split_agg.c >$directory/log 2>&1"),
	0, 'the calling aggregate compiles') or diag(slurp_file("$directory/log"));
is(slurp_file("$directory/log"), '', '... without warnings');
chmod 0755, $directory;

my $node = PostgreSQL::Test::Cluster->new('split');
my $module = "'$directory/split_agg'";
$node->init;
$node->append_conf('postgresql.conf', "fsync = off\njit = off\nmax_parallel_workers = 8\nsearch_path = 'public, user_ops'\n");
$node->start;

sub sql { return $node->safe_psql('postgres', $_[0]) }

sql('CREATE EXTENSION user_ops');
sql(slurp_file("$root/test/lib/split.sql"));
sql(<<"EOS");
CREATE FUNCTION part_add(internal, oid, record) RETURNS internal LANGUAGE c PARALLEL SAFE AS $module;
CREATE FUNCTION all_add_text(internal, oid, text) RETURNS internal LANGUAGE c PARALLEL SAFE AS $module;
CREATE FUNCTION all_add_bytes(internal, oid, bytea) RETURNS internal LANGUAGE c PARALLEL SAFE AS $module;
CREATE FUNCTION half_add(internal, activity, oid, date) RETURNS internal LANGUAGE c PARALLEL SAFE AS $module;
CREATE FUNCTION part_text(internal) RETURNS text LANGUAGE c PARALLEL SAFE AS $module;
CREATE FUNCTION part_bytes(internal) RETURNS bytea LANGUAGE c PARALLEL SAFE AS $module;
CREATE FUNCTION all_final(internal) RETURNS text LANGUAGE c PARALLEL SAFE AS $module;
CREATE AGGREGATE part_as_text(oid, record) (SFUNC = part_add, STYPE = internal, FINALFUNC = part_text);
CREATE AGGREGATE part_as_bytes(oid, record) (SFUNC = part_add, STYPE = internal, FINALFUNC = part_bytes);
CREATE AGGREGATE all_of_texts(oid, text) (SFUNC = all_add_text, STYPE = internal, FINALFUNC = all_final);
CREATE AGGREGATE all_of_bytes(oid, bytea) (SFUNC = all_add_bytes, STYPE = internal, FINALFUNC = all_final);
CREATE AGGREGATE half_of(activity, oid, date) (SFUNC = half_add, STYPE = internal, FINALFUNC = all_final);
EOS

my @calls = map { [ split /\t/ ] } split /\n/, sql(q{SELECT concat_ws(E'\t', oid, signature, arguments, whole, people) FROM split_calls()});
is(scalar @calls, sql('SELECT count(*) FROM split_catalogue WHERE splits'), 'every aggregate that splits is asked');
cmp_ok(scalar @calls, '>', 70, '... and these are many');

my $workers = 'SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0; SET max_parallel_workers_per_gather = 2;';
for my $call (@calls)
{
	my ($oid, $signature, $arguments, $whole, $people) = @$call;
	my $expected = sql("SELECT ($whole)::text FROM $people");

	for my $form ([ 'text', 'texts' ], [ 'bytes', 'bytes' ])
	{
		is(sql("SELECT all_of_$form->[1]($oid, state) FROM (SELECT part_as_$form->[0]($oid, ROW($arguments)) AS state FROM $people GROUP BY part) AS p"),
			$expected, "$signature: parts as $form->[0]");
	}
	# one group, so that nothing but the call says that the node is another's; and a shard without a user
	is(sql("SELECT all_of_texts($oid, state) FROM (SELECT part_as_text($oid, ROW($arguments)) AS state FROM $people UNION ALL SELECT part_as_text($oid, ROW($arguments)) FROM $people WHERE part < 0) AS p"),
		$expected, '... in one group');
	is(sql("$workers SELECT ($whole)::text FROM $people"), $expected, '... and by workers');
}

# The node of a caller whose arguments look like their own is not theirs to empty.
for my $aggregate (qw(gap_counts typical_gap engagement rfm_model purchase_sample second_purchase_survival))
{
	my $half = sql("SELECT $aggregate(activity, date '2024-11-01') FROM (SELECT activity, row_number() OVER (ORDER BY ctid) % 2 AS taken FROM split_users) AS s WHERE taken = 1");

	is(sql("SELECT half_of(activity, '$aggregate(activity, date)'::regprocedure::oid, date '2024-11-01') FROM split_users"), $half, "$aggregate over every other row");
	isnt(sql("SELECT $aggregate(activity, date '2024-11-01') FROM split_users"), $half, '... is not that over all') unless $aggregate eq 'typical_gap';
}
$node->stop;
done_testing();
