# Experiments against published values and values worked out elsewhere.  They stand in a
# folder beside the project (or where USER_OPS_SHARED says); skipped where that is absent.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/../lib";
use Golden qw(golden_server sql rows row expected_json expected_csv same numbers_compared $shared);
use Math::BigFloat;
use Math::BigInt;
use PostgreSQL::Test::Utils;
use Test::More;

my $log = 'data/cdnow_sample_elog.csv';
my $node = golden_server('golden_experiments', $log, (map { "experiment_$_.csv" } qw(published rates power sequential users)), qw(sample_ratio.csv multiple_testing.csv wilson.csv),
	qw(experiment_users_expected.json cdnow_aa_expected.json campaign_lift.json did_card_krueger.json));

# --- states of given moments, byte by byte as the format says --------------------

sub varint
{
	my $value = Math::BigInt->new($_[0]);
	my $bytes = '';

	while ($value >= 128) { $bytes .= sprintf '%02x', ($value % 128) + 128; $value->bdiv(128) }
	return $bytes . sprintf '%02x', $value;
}

sub zigzag { my $value = Math::BigInt->new($_[0]); return varint($value < 0 ? -$value * 2 - 1 : $value * 2) }
sub units { return Math::BigFloat->new($_[0])->bmul(Math::BigFloat->new(10)->bpow($_[1]))->bfround(0)->bint }

# A mean of arms, each [label, n, mean, standard deviation], at 9 decimals.
sub state_of_means
{
	my (@arms) = @_;
	my $state = '\x010009' . varint('1000000000000000') . varint(scalar @arms);

	for my $arm (@arms)
	{
		my ($label, $n, $mean, $deviation) = @$arm;
		my $sum = Math::BigFloat->new($mean)->bmul($n);
		my $squares = Math::BigFloat->new($deviation)->bpow(2)->bmul($n - 1)->badd(Math::BigFloat->new($mean)->bpow(2)->bmul($n));
		$state .= varint(length $label) . unpack('H*', $label) . varint($n) . zigzag(units($sum, 9)) . zigzag(units($squares, 18));
	}
	return "'$state'::experiment";
}

# A rate of arms, each [label, n], of which nobody converted.
sub state_of_users { return q{'\x01020000} . varint(scalar @_) . join('', map { varint(length $_->[0]) . unpack('H*', $_->[0]) . varint($_->[1]) . '0000' } @_) . q{'::experiment} }

# --- published tests -------------------------------------------------------------

for my $case (expected_csv('experiment_published'))
{
	my $state = state_of_means([ 'control', @$case{qw(n_control mean_control sd_control)} ], [ 'variant', @$case{qw(n_variant mean_variant sd_variant)} ]);
	my $row = row("SELECT * FROM compare($state, 'control')");
	same("$case->{case}: compare", $row, $case, mean_variant => 'mean', mean_control => 'control_mean');
}

for my $case (expected_csv('experiment_rates'))
{
	my ($k_c, $n_c, $k_v, $n_v) = @$case{qw(converted_control n_control converted_variant n_variant)};
	my $state = "(SELECT experiment_rate(a, n <= k) FROM (VALUES ('control', $k_c, $n_c), ('variant', $k_v, $n_v)) AS v (a, k, of), generate_series(1, of) AS n)";
	my @arms = rows("SELECT * FROM arms($state) ORDER BY variant");

	same("$case->{case}: rate_difference", row("SELECT * FROM rate_difference($k_c, $n_c, $k_v, $n_v)"), $case);
	same("$case->{case}: compare", row("SELECT * FROM compare($state, 'control')"), $case);
	same("$case->{case}: arms", { map { ("$_->{variant}_lower" => $_->{lower}, "$_->{variant}_upper" => $_->{upper}) } @arms }, $case);
}

for my $case (expected_csv('wilson'))
{
	same("Wilson: $case->{k} of $case->{n}", row("SELECT * FROM arms((SELECT experiment_rate('x', n <= $case->{k}) FROM generate_series(1, $case->{n}) AS n), $case->{confidence})"), $case);
}

for my $case (expected_csv('sample_ratio'))
{
	my @users = $case->{observed} =~ /\d+/g;
	my $variants = '{' . join(',', map { "v$_" } 0 .. $#users) . '}';
	my $state = state_of_users(map { [ "v$_", $users[$_] ] } grep { $users[$_] } 0 .. $#users);
	my $row = row("SELECT * FROM sample_ratio($state, '$variants', '$case->{weights}')");

	is($row->{mismatch} ? 'True' : defined $row->{mismatch} ? 'False' : 'NULL', $users[0] + $users[1] < 100 ? 'NULL' : $case->{mismatch}, "$case->{case}: mismatch, from 100 users on");
	delete $case->{mismatch};
	same("$case->{case}: sample_ratio", $row, $case);
}

for my $case (expected_csv('experiment_power'))
{
	my $first = $case->{kind} eq 'rate' ? $case->{baseline} : $case->{sd};

	same("$case->{case}: sizes", row("SELECT * FROM sample_size_$case->{kind}($first, $case->{effect}, $case->{power}, $case->{alpha}, $case->{ratio})"), $case);
	same("$case->{case}: power", row("SELECT power_$case->{kind}($first, $case->{effect}, $case->{n_control}, $case->{n_variant}, $case->{alpha}) AS power_at_n"), $case);
	same("$case->{case}: detectable", row("SELECT detectable_mean($first, $case->{n_control}, $case->{n_variant}, $case->{power}, $case->{alpha}) AS detectable_at_n"), $case)
		if $case->{kind} eq 'mean';
}

for my $case (expected_csv('experiment_sequential'))
{
	same("sequential: $case->{effect}, $case->{n_both} users", row("SELECT * FROM sequential_interval($case->{effect}, $case->{std_error}, $case->{n_both}, 1 - $case->{alpha}, $case->{tightest_at})"), $case);
}

my %family;
push @{ $family{ $_->{family} } }, $_ for expected_csv('multiple_testing');
for my $name (sort keys %family)
{
	my $p = '{' . join(',', map { $_->{p} } @{ $family{$name} }) . '}';

	for my $method (qw(bonferroni holm benjamini_hochberg))
	{
		my $row = row("SELECT adjust_p('$p', '$method') AS p");
		same("$name: $method", { map { $_ => $row->{p}[$_] } 0 .. $#{ $row->{p} } }, { map { $_ => $family{$name}[$_]{$method} } 0 .. $#{ $family{$name} } });
	}
}

# --- 150 users -------------------------------------------------------------------

my $users = expected_json('experiment_users_expected');
sql("CREATE TABLE users (user_id int, variant text, segment text, y numeric, d int, x numeric, e int, converted boolean);\nCOPY users FROM STDIN (FORMAT csv, HEADER);\n" . slurp_file("$shared/golden/growth/experiment_users.csv") =~ s/\n*\z/\n/r . "\\.\n");
my %of = (
	mean  => '(SELECT experiment_mean(variant, y, x) FROM users)',
	ratio => '(SELECT experiment_ratio(variant, y, d, x, e) FROM users)',
	rate  => '(SELECT experiment_rate(variant, converted) FROM users)');
my @names = (mean_variant => 'mean', mean_control => 'control_mean');

for my $row (rows("SELECT m.*, m.total AS sum, r.total AS converted FROM arms($of{mean}) AS m JOIN arms($of{rate}) AS r USING (variant, users)"))
{
	same("arms: $row->{variant}", $row, $users->{arms}{ $row->{variant} });
}
my %asked = (
	mean               => [ $of{mean}, '' ],
	mean_confidence_90 => [ $of{mean}, ', confidence => 0.9' ],
	cuped              => [ $of{mean}, q{, adjust => 'cuped'} ],
	ratio              => [ $of{ratio}, '' ],
	ratio_cuped        => [ $of{ratio}, q{, adjust => 'cuped'} ],
	rate               => [ $of{rate}, '' ],
	sequential         => [ $of{mean}, q{, inference => 'sequential'} ],
	sequential_cuped   => [ $of{mean}, q{, 'cuped', 'sequential'} ]);
for my $variant (qw(a b))
{
	my $expected = $users->{compare}{$variant};
	my @segments = rows(qq{SELECT segment, c.*, c.users + n AS both FROM (SELECT segment, count(*) FILTER (WHERE variant = 'control') AS n, experiment_mean(variant, y) AS e FROM users GROUP BY segment) AS s, compare(e, 'control') AS c WHERE c.variant = '$variant'});

	same("$variant: $_", row("SELECT * FROM compare($asked{$_}[0], 'control'$asked{$_}[1]) WHERE variant = '$variant'"), $expected->{$_}, @names) for sort keys %asked;
	same("$variant, segment $_->{segment}", $_, $expected->{segments}{ $_->{segment} }, users => 'both') for @segments;
	same("$variant: heterogeneity", row(sprintf "SELECT * FROM heterogeneity('{%s}', '{%s}')", join(',', map { $_->{effect} } @segments), join ',', map { $_->{std_error} } @segments), $expected->{heterogeneity});
	my ($n, $effect, $variance) = (0, 0, 0);
	$n += $_->{both} for @segments;
	$effect += $_->{both} / $n * $_->{effect} for @segments;
	$variance += ($_->{both} / $n * $_->{std_error})**2 for @segments;
	same("$variant: post-stratified", { effect => $effect, std_error => sqrt $variance }, $expected->{post_stratified});
}
for my $way ([ p_holm => 'holm' ], [ p_benjamini_hochberg => 'benjamini_hochberg' ])
{
	my $row = row("SELECT adjust_p(array_agg(p_value ORDER BY variant), '$way->[1]') AS p FROM compare($of{mean}, 'control')");
	same("both variants: $way->[0]", { a => $row->{p}[0], b => $row->{p}[1] }, { map { $_ => $users->{compare}{$_}{ $way->[0] } } qw(a b) });
}
same('the ratio of the samples', row("SELECT * FROM sample_ratio($of{mean})"), $users->{sample_ratio_equal});
is(join(' ', map { $_->{variant} } rows("SELECT variant FROM arms($of{mean})")), join(' ', @{ $users->{sample_ratio_order} }), 'arms in the order of their bytes');

my $cut = $users->{winsorised_95};
is(sql(q{SELECT quantile(v, 0.95), quantile(v, 0.95, 'lowest') FROM (SELECT value_sample(y) AS v FROM users) AS s}), "$cut->{limit_type7}|$cut->{limit_type1}", 'quantiles');
my $winsorised = 'FROM users, LATERAL (SELECT quantile(value_sample(y), 0.95) AS most FROM users) AS q';
is(sql("SELECT count(*) FILTER (WHERE y > most) $winsorised"), $cut->{users_above}, 'users above the limit');
same("winsorised: $_->{variant}", $_, $cut->{ $_->{variant} }) for rows("SELECT * FROM compare((SELECT experiment_mean(variant, winsorize(y, most)) $winsorised), 'control')");

# --- a campaign, two periods, real customers --------------------------------------

my $campaign = expected_json('campaign_lift');
same('a campaign', row(qq{SELECT m.users AS treated, m.effect * m.users AS incremental_amount, m.lower * m.users AS lower, m.upper * m.users AS upper, m.p_value,
	m.effect * m.users / $campaign->{cost} AS return_on_cost, m.effect * m.users - $campaign->{cost} AS net, r.effect * r.users AS incremental_converters
	FROM compare($of{mean}, 'control') AS m, compare($of{rate}, 'control') AS r WHERE m.variant = 'a' AND r.variant = 'a'}), $campaign);

my $did = expected_json('did_card_krueger');
same('difference in differences', row(qq{SELECT effect AS did FROM compare((SELECT experiment_mean(arm, after - before) FROM (VALUES
	('control', $did->{before_control}, $did->{after_control}), ('variant', $did->{before_variant}, $did->{after_variant})) AS v (arm, before, after)), 'control')}), $did);

sql("CREATE TABLE cdnow (customer_id int, day date, cds int, dollars numeric);\nCOPY cdnow FROM STDIN (FORMAT csv, HEADER);\n" . slurp_file("$shared/$log") =~ s/\r//gr =~ s/\n*\z/\n/r . "\\.\n");
my $customers = q{(SELECT experiment_mean((customer_id % 2)::text, y, x) FROM (
	SELECT customer_id, coalesce(sum(dollars) FILTER (WHERE day >= '1997-10-01' AND day < '1998-07-01'), 0) AS y, coalesce(sum(dollars) FILTER (WHERE day < '1997-10-01'), 0) AS x
	FROM cdnow GROUP BY customer_id) AS c)};
my $cdnow = expected_json('cdnow_aa_expected');
same("CDNOW, arm $_->{variant}", $_, $cdnow->{arms}{ $_->{variant} }, sum_y => 'total') for rows("SELECT * FROM arms($customers)");
same('CDNOW: mean', row("SELECT * FROM compare($customers, '0')"), $cdnow->{compare}{1}{mean}, @names);
same('CDNOW: cuped', row("SELECT * FROM compare($customers, '0', 'cuped')"), $cdnow->{compare}{1}{cuped}, @names);

cmp_ok(numbers_compared(), '>=', 420, numbers_compared() . ' numbers compared');
$node->stop;
done_testing();
