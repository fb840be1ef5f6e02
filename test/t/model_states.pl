# What survival, spend, contract and feature models are fitted over, and experiments: parallel
# plans give what serial ones give, bit for bit; and large states.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('model_states');
$node->init;
$node->append_conf('postgresql.conf', "fsync = off\nautovacuum = off\njit = off\nmax_parallel_workers = 8\nsearch_path = 'public, user_ops'\n");
$node->start;

sub sql { return $node->safe_psql('postgres', $_[0]) }

sql(<<'EOS');
CREATE EXTENSION user_ops;
CREATE TABLE users AS
SELECT u, activity_agg(date '2024-01-01' + (u * 13 + g * g * 7) % 200, ((u * 31 + g * 17) % 997)::numeric / 10) AS a
FROM generate_series(1, 4000) AS u, generate_series(0, 6) AS g WHERE g <= u % 7 GROUP BY u;
CREATE TABLE rows AS
SELECT u, (u::bigint * 104729) % 7 < 3 AS o, ARRAY[u * 7919 % 997 / 99.0, u % 13]::float8[] AS f, (u * 7919 % 4001 / 8.0)::float8 AS d FROM generate_series(1, 40000) AS u;
CREATE TABLE baskets AS SELECT u, basket_agg(u * n * 7919 % 499, date '2024-01-01' + u * n % 80) AS i FROM rows, generate_series(1, 9) AS n WHERE u <= 6000 AND n <= 1 + u % 9 GROUP BY u;
ANALYZE;
EOS

# --- parallel plans, and states that grow -------------------------------------

my $parallel = 'SET max_parallel_workers_per_gather = 3; SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0;';
my %asked = (
	'survival'                 => 'survival(d, o) FROM rows',
	'second_purchase_survival' => q{second_purchase_survival(a, '2024-06-01') FROM users},
	'purchase_gap_survival'    => q{purchase_gap_survival(a, '2024-06-01') FROM users},
	'spend_model'              => q{spend_model(a, '2024-06-01') FROM users},
	'spend_model of numbers'   => 'spend_model(u % 9, d) FROM rows',
	'contract_model'           => 'contract_model(1 + u % 9, u % 5, 9) FROM rows',
	'feature_model'            => 'feature_model(o, f) FROM rows',
	'experiment_mean'          => q{experiment_mean('arm ' || u % 5, d::numeric, f[2]::numeric) FROM rows},
	'experiment_ratio'         => q{experiment_ratio('arm ' || u % 60, d, f[1]) FROM rows},
	'experiment_rate'          => q{experiment_rate('arm ' || u % 2, o, u) FROM rows},
	'referral_agg'             => q{referral_agg(u % 1009, u, date '2024-01-01' + u % 60) FROM rows},
	'referral_agg of texts'    => q{referral_agg('user ' || u % 1009, 'user ' || u, date '2024-01-01' + u % 60) FROM rows},
	'identity_agg'             => q{identity_agg(u % 1009, u, date '2024-01-01' + u % 60) FROM rows},
	'identity_agg of both'     => q{identity_agg('device ' || u % 1009, u, date '2024-01-01' + u % 60) FROM rows},
	'item_affinity'            => q{item_affinity(i, '2024-04-01') FROM baskets},
	'item_affinity, weighted'  => q{item_affinity(i, '2024-04-01', affinity_options(30, 5)) FROM baskets},
	'rollup of baskets'        => 'rollup(i) FROM baskets',
	'value_sample'             => 'value_sample(d::numeric) FROM rows',
	'feature_model, weighted'  => q{feature_model(o, f, ARRAY['a', 'b'], 1 + u % 3, 0.5) FROM rows});
for my $name (sort keys %asked)
{
	my $serial = sql("SET max_parallel_workers_per_gather = 0; SELECT $asked{$name}");
	like(sql("$parallel EXPLAIN SELECT $asked{$name}"), qr/Partial Aggregate/, "$name: the plan is parallel");
	is(sql("$parallel SELECT $asked{$name}"), $serial, '... and gives the same');
	isnt($serial, '', '... something');
}
is(sql(q{SELECT c.at_risk, c.events + c.censored, n FROM (SELECT survival(i * 7919::bigint % 300007 / 3.0, i % 2 = 0) AS s FROM generate_series(1, 300006) AS i) AS v,
	LATERAL (SELECT count(*) AS n, max(at_risk) AS at_risk, max(events) AS events, max(censored) AS censored FROM survival_curve(s)) AS c}), '300006|2|300006', 'a state of many distinct times');

$node->stop;
done_testing();
