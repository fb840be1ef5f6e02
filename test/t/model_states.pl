# What survival, spend, contract and feature models are fitted over, and experiments: parallel
# plans give what serial ones give, bit for bit; large states; and mutated states
# and models are refused cleanly or read as they are.
use strict;
use warnings;
use FindBin;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $seed = $ENV{USER_OPS_FUZZ_SEED} || 20240229;
my $mutations = $ENV{USER_OPS_STATE_MUTATIONS} || 2000;
note("seed $seed; set USER_OPS_FUZZ_SEED and USER_OPS_STATE_MUTATIONS for others");
srand($seed);

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

# --- mutated states -----------------------------------------------------------

sql(slurp_file("$FindBin::RealBin/../oracle/mutated_states.sql"));
my %valid = (
	survival        => [ 'survival_curve', 'SELECT survival(d, o) FROM rows WHERE u < 40 GROUP BY u % 8 UNION ALL SELECT survival(1, true, 0)' ],
	spend_sample    => [ 'spend_model', q{SELECT spend_sample(a, '2024-06-01') FROM users WHERE u < 60 GROUP BY u % 6 UNION ALL SELECT spend_sample(u % 4, d - 9) FROM rows WHERE u < 40 GROUP BY u % 3} ],
	contract_sample => [ 'contract_model', 'SELECT contract_sample(1 + u % 5, u % 3, 4) FROM rows WHERE u < 60 GROUP BY u % 7' ],
	feature_sample  => [ 'feature_model', q{SELECT feature_sample(o, f) FROM rows WHERE u < 60 GROUP BY u % 5 UNION ALL SELECT feature_sample(o, f, ARRAY['a', 'b c'], d, 0.5) FROM rows WHERE u < 60 GROUP BY u % 5} ]);
for my $type (sort keys %valid)
{
	my ($reading, $valid) = @{ $valid{$type} };
	my ($accepted, $refused, $wrong) = split /\|/, sql(<<"EOS"), -1;
SELECT setseed(0.25) \\g /dev/null
SELECT f.* FROM (SELECT array_agg(v::text) AS v FROM ($valid) AS valid (v)) AS s, public.fuzz_state('$type', v, $mutations, '$reading') AS f;
EOS
	is($wrong, '', "$type: mutated text gives class 22 or 54, or is read and written unchanged");
	cmp_ok($accepted, '>', 0, "$type: some mutated values are accepted");
	cmp_ok($refused, '>', 0, '... and some are refused');
	note("$type: $accepted accepted, $refused refused");
}

# --- mutated models -----------------------------------------------------------

# Text: whatever is accepted is written as it will be read again.
sql(<<'EOS');
CREATE FUNCTION read_model(type text, value text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	again text;
	same boolean;
BEGIN
	EXECUTE format('SELECT m::text, m::text::%1$I = m FROM (SELECT %2$L::%1$I AS m) AS v', type, value) INTO again, same;
	RETURN CASE WHEN same THEN 'accepted' ELSE 'differs: ' || value END;
EXCEPTION WHEN OTHERS THEN
	RETURN CASE WHEN left(SQLSTATE, 2) IN ('22', '54') THEN 'refused' ELSE SQLSTATE || ': ' || value END;
END $$;
EOS
my %models = (
	spend_model    => sql(q{SELECT spend_model(a, '2024-06-01') FROM users}),
	contract_model => sql('SELECT contract_model(1 + u % 9, u % 5, 9) FROM rows'),
	feature_model  => sql(q{SELECT feature_model(o, f, ARRAY['a', 'b c']) FROM rows}),
	tier_rules     => sql(q{SELECT make_tier_rules('{silver,"\\"gold\\""}', '{100,500.5}', 365, 90, NULL, 'month', 30, 'one_step')}));
my @pieces = ('', ' ', '; ', '0', '-', '1e999', 'error', '"', ')', '(', 'status', '.', 'x', '9' x 30, '5');
for my $type (sort keys %models)
{
	my @values;
	for (1 .. $mutations)
	{
		my $value = $models{$type};
		for (0 .. int rand 2)
		{
			substr($value, int rand(length($value)), int rand 4) = $pieces[ rand @pieces ];
		}
		push @values, '$v$' . $value . '$v$';
	}
	my %answer = map { my ($what, $n) = split /\|/; $what => $n } split /\n/, sql("SELECT read_model('$type', v), count(*) FROM unnest(ARRAY[" . join(', ', @values) . ']) AS v GROUP BY 1');
	is_deeply([ sort keys %answer ], [ 'accepted', 'refused' ], "$type: mutated text is refused cleanly or read as it is") or diag(explain(\%answer));
}

$node->stop;
done_testing();
