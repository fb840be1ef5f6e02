# Purchase models against values worked out elsewhere, at 30 digits: fits, what they
# say of users, corner cases, and how well they forecast CDNOW.  The data stand in
# a folder beside the project (or where USER_OPS_SHARED says); skipped where that
# is absent.
use strict;
use warnings;
use FindBin;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $shared = $ENV{USER_OPS_SHARED} || "$FindBin::RealBin/../../../shared";

sub table_of
{
	my ($name) = @_;
	my ($header, @lines) = split /\n/, slurp_file("$shared/$name.csv") =~ s/\r//gr;
	my @columns = split /,/, $header;
	return map { my %row; @row{@columns} = map { s/^"|"$//gr } /("[^"]*"|[^,]*)(?:,|$)/g; \%row } grep { length } @lines;
}

for my $name (qw(data/cdnow_cbs data/cdnow_sample_elog golden/fit_params golden/extreme_bgnbd))
{
	plan skip_all => "no CDNOW data: $shared/$name.csv is absent" unless -r "$shared/$name.csv";
}

my $node = PostgreSQL::Test::Cluster->new('purchase_model');
$node->init;
$node->append_conf('postgresql.conf', "fsync = off\njit = off\nsearch_path = 'user_ops, public'\n");
$node->start;

sub sql { return $node->safe_psql('postgres', $_[0]) }

# The rows whose value of ours is further from theirs than so much, relatively.
# Each row: what it is, an expression, what it should be.
my $compared = 0;
sub agree
{
	my ($what, $tolerance, @rows) = @_;
	$compared += @rows;
	my $values = join ",\n", map { "('$_->[0]', $_->[1], $_->[2]::float8)" } @rows;
	is(sql(<<"EOS"), scalar(@rows) . '|', "$what: " . scalar(@rows) . ' values');
SELECT count(*), string_agg(name || ' ' || coalesce(ours::text, 'NULL') || ' ' || theirs, ', ' ORDER BY name)
	FILTER (WHERE (abs(ours - theirs) <= $tolerance * abs(theirs)) IS NOT TRUE)
FROM (VALUES $values) AS v (name, ours, theirs)
EOS
}

sub model
{
	my ($kind, @parameters) = @_;
	return "make_purchase_model('$kind', " . join(', ', @parameters) . ')';
}

sql(<<'EOS');
CREATE EXTENSION user_ops;
CREATE TABLE cbs (customer_id int, x bigint, t_x float8, t float8, sum_log_gaps float8, x_star int, t_star float8, zbar float8, cents bigint, spend float8);
CREATE TABLE elog (customer_id int, day date, cds int, dollars numeric);
EOS
for my $load ([ cbs => 'cdnow_cbs' ], [ elog => 'cdnow_sample_elog' ])
{
	sql("COPY $load->[0] FROM STDIN (FORMAT csv, HEADER, NULL 'NA');\n" . slurp_file("$shared/data/$load->[1].csv") =~ s/\r//gr =~ s/\n*\z/\n/r . "\\.\n");
}
sql('CREATE TABLE users AS SELECT customer_id, activity_agg(day, dollars) AS activity FROM elog GROUP BY 1');
sql(<<'EOS');
CREATE TABLE fits AS SELECT kind::text, purchase_model(activity, '1997-10-01', kind) AS model
FROM users, unnest('{bg_nbd,mbg_nbd,pareto_nbd,auto}'::purchase_model_kind[]) AS kind GROUP BY kind;
EOS

# --- fits ----------------------------------------------------------------------

my @fits = grep { $_->{model} ne 'gamma_gamma' } table_of('golden/fit_params');
is(scalar @fits, 12, 'parameters of three models');
sub fitted { return "(SELECT $_[1] FROM fits, model_parameters(model) WHERE kind = '$_[0]{model}' AND parameter = '$_[0]{param}')" }
agree('parameters', 1e-8, map { [ "$_->{model} $_->{param}", fitted($_, 'value'), $_->{value} ] } @fits);
agree('standard errors', 1e-7, map { [ "$_->{model} $_->{param}", fitted($_, 'std_error'), $_->{se} ] } @fits);
for my $fit (grep { $_->{param} eq 'r' } @fits)
{
	is(sql("SELECT abs(loglik(model) - $fit->{loglik}) < 1e-6, status(model), n_users(model), unit_days(model) FROM fits WHERE kind = '$fit->{model}'"),
		"t|ok|$fit->{n}|7", "log-likelihood of $fit->{model}");
}
is(sql(q{SELECT model_kind(a.model), loglik(a.model) = loglik(m.model) FROM fits AS a, fits AS m WHERE a.kind = 'auto' AND m.kind = 'mbg_nbd'}),
	'mbg_nbd|t', 'auto takes the likeliest');
is(sql(q{SELECT count(DISTINCT p.value), min(k) FROM (SELECT purchase_model(x, t_x, t, sum_log_gaps, kind) AS model FROM cbs, unnest('{bg_cnbd,mbg_cnbd}'::purchase_model_kind[]) AS kind GROUP BY kind) AS m,
	model_parameters(model) AS p, LATERAL (SELECT value AS k FROM model_parameters(model) WHERE parameter = 'k') AS s}), '9|1', 'customers of CDNOW are not regular');
for my $fit (table_of('golden/cnbd_k_fits'))
{
	my $kind = $fit->{model} =~ s/_k$//r;
	my $name = "$kind k $fit->{k}";
	sql(<<"EOS");
DROP TABLE IF EXISTS regular;
CREATE TABLE regular AS SELECT purchase_model(activity, '1997-10-01', '$kind', purchase_options(regularity => $fit->{k})) AS model FROM users;
EOS
	# of eight or nine digits
	agree($name, 2e-6, (map { [ $_, "(SELECT value FROM regular, model_parameters(model) WHERE parameter = '$_')", $fit->{$_} ] } qw(r alpha a b)),
		[ 'loglik', '(SELECT loglik(model) FROM regular)', $fit->{loglik} ]);
	agree("$name, still there", 2e-6, [ 'sum', "(SELECT sum(p_alive(model, activity, '1997-10-01')) FROM regular, users)", $fit->{sum_palive} ]);
}

# --- what models say of users ------------------------------------------------------

my %literal = map { $_->{model} => [ split ' ', $_->{params} ] } table_of('golden/literal_params');
my %short = (bg => 'bg_nbd', mbg => 'mbg_nbd', pn => 'pareto_nbd');
my @rows;
for my $user (table_of('golden/cdnow_customers20'))
{
	my $history = "$user->{x}, $user->{t_x}, $user->{T}";
	for my $short (sort keys %short)
	{
		my $model = model($short{$short}, @{ $literal{ $short{$short} } });
		push @rows, [ "$short $user->{customer_id} alive", "p_alive($model, $history)", $user->{"${short}_palive"} ],
			[ "$short $user->{customer_id} purchases", "expected_purchases($model, $history, 39)", $user->{"${short}_ey39"} ];
		push @rows, [ "$short $user->{customer_id} dert", "discounted_expected_purchases($model, $history, 0.0027)", $user->{pn_dert_0027} ] if $short eq 'pn';
	}
}
for my $time (table_of('golden/cdnow_expected'))
{
	push @rows, map { [ "$_ new $time->{t}", 'expected_purchases(' . model($short{$_}, @{ $literal{ $short{$_} } }) . ", $time->{t})", $time->{$_} ] } sort keys %short;
}
for my $n (table_of('golden/cdnow_pmf39'))
{
	push @rows, map { [ "$_ $n->{n} of new", 'purchase_probability(' . model($short{$_}, @{ $literal{ $short{$_} } }) . ", 0, 0, 0, 39, $n->{n})", $n->{"${_}_pmf39"} ] } qw(bg mbg);
}
my %published = (bg => [ 'bg_nbd', 0.243, 4.414, 0.793, 2.426 ], mbg => [ 'mbg_nbd', 0.525, 6.183, 0.891, 1.614 ], pn => [ 'pareto_nbd', 0.553, 10.578, 0.606, 11.669 ]);
for my $user (table_of('golden/published_params_functions'))
{
	my $history = "$user->{x}, $user->{t_x}, $user->{T}";
	for my $short (sort keys %published)
	{
		my $model = model(@{ $published{$short} });
		push @rows, [ "$short $history alive", "p_alive($model, $history)", $user->{"${short}_palive"} ],
			[ "$short $history purchases", "expected_purchases($model, $history, 39)", $user->{"${short}_ey39"} ];
		push @rows, [ "$short $history dert", "discounted_expected_purchases($model, $history, 0.0027)", $user->{pn_dert_0027} ] if $short eq 'pn';
	}
}
agree('functions', 1e-11, @rows);

# --- corners -------------------------------------------------------------------------

@rows = ();
for my $kind (qw(bg_nbd pareto_nbd))
{
	for my $case (table_of('golden/extreme_' . $kind =~ s/_//r))
	{
		my $model = model($kind, split ' ', $case->{params});
		my $history = "$case->{x}, $case->{t_x}, $case->{T}";
		# what no double can say is 0
		my ($alive, $purchases) = map { $_ =~ /e-(\d+)/ && $1 > 320 ? 0 : $_ } @{$case}{qw(exact_palive exact_ey)};
		push @rows, [ "$kind $case->{case} alive", "p_alive($model, $history)", $alive ],
			[ "$kind $case->{case} purchases", "expected_purchases($model, $history, $case->{t})", $purchases ];
	}
}
is(scalar @rows, 78, 'all corners are there');
agree('corners', 1e-12, @rows);
is(sql(<<'EOS'), '0|' . 5 * 8 * 5 * 7, 'probabilities in every corner are probabilities');
SELECT count(*) FILTER (WHERE (alive BETWEEN 0 AND 1 AND later BETWEEN 0 AND alive AND risk BETWEEN 1 - alive - 1e-15 AND 1 AND none BETWEEN 0 AND 1 AND three BETWEEN 0 AND 1
	AND abs(none - risk) < 1e-12 AND purchases BETWEEN 0 AND 1e300) IS NOT TRUE), count(*)
FROM unnest('{bg_nbd,mbg_nbd,bg_cnbd,mbg_cnbd,pareto_nbd}'::purchase_model_kind[]) AS kind,
	(VALUES (0.5, 10, 0.8, 2), (1e-6, 1e-3, 1, 1e-6), (1e6, 1e6, 1e6, 1e6), (1, 1e-3, 1, 1), (0.3, 5, 1e-6, 3), (0.3, 5, 1e5, 1), (20, 1e-3, 3, 1e-3), (0.1, 50, 2, 1e5)) AS p (r, alpha, a, b),
	(VALUES (0, 0, 0), (0, 0, 1e4), (1, 1e-9, 50), (7, 50, 50), (5000, 1499, 1500)) AS h (x, t_x, t),
	unnest(ARRAY[0, 1e-12, 1e-3, 1, 52, 1e4, 1e5]) AS horizon,
	LATERAL (SELECT CASE WHEN kind::text LIKE '%cnbd' THEN make_purchase_model(kind, r, alpha, a, b, 3) ELSE make_purchase_model(kind, r, alpha, a, b) END AS m OFFSET 0) AS m,
	LATERAL (SELECT p_alive(m, x, t_x, t) AS alive, p_alive(m, x, t_x, t, horizon) AS later, churn_risk(m, x, t_x, t, horizon) AS risk, purchase_probability(m, x, t_x, t, horizon, 0) AS none,
		purchase_probability(m, x, t_x, t, horizon, 3) AS three, expected_purchases(m, x, t_x, t, horizon) AS purchases OFFSET 0) AS s
EOS

# --- what was forecast of the 39 weeks that followed ---------------------------------

sql(<<'EOS');
CREATE TABLE forecast AS SELECT kind, x_star, 1 - churn_risk(model, activity, '1997-10-01', 273) AS comes_back, expected_purchases(model, activity, '1997-10-01', 273) AS purchases,
	p_alive(model, activity, '1997-10-01') AS alive FROM fits, users JOIN cbs USING (customer_id);
EOS
for my $row (grep { $_->{model} =~ /nbd$/ } table_of('golden/holdout_accuracy'))
{
	my $of = "FROM forecast WHERE kind = '$row->{model}'";
	agree("$row->{model}, held out", 1e-6,
		[ 'total', "(SELECT sum(purchases) $of)", $row->{pred_total} ],
		[ 'mae', "(SELECT avg(abs(purchases - x_star)) $of)", $row->{mae} ],
		[ 'rmse', "(SELECT sqrt(avg((purchases - x_star) ^ 2)) $of)", $row->{rmse} ],
		[ 'alive', "(SELECT sum(alive) $of)", $row->{sum_palive} ]);
}
# the chance that one who came back was ranked above one who did not
my $auc = sql(<<'EOS');
SELECT round(((sum(place) FILTER (WHERE x_star > 0) - count(*) FILTER (WHERE x_star > 0) * (count(*) FILTER (WHERE x_star > 0) + 1) / 2.0)
	/ (count(*) FILTER (WHERE x_star > 0) * count(*) FILTER (WHERE x_star = 0)))::numeric, 4)
FROM (SELECT x_star, rank() OVER (ORDER BY comes_back) + (count(*) OVER (PARTITION BY comes_back) - 1) / 2.0 AS place FROM forecast WHERE kind = 'mbg_nbd') AS s
EOS
cmp_ok($auc, '>=', 0.755, "who comes back is ranked well: $auc");
cmp_ok($auc, '<', 0.8, '... and not by looking at the answer');
is(sql(q{SELECT count(*) FROM forecast WHERE comes_back NOT BETWEEN 0 AND 1}), 0, 'risks are probabilities');

# --- roads and invariances --------------------------------------------------------------

is(sql(q{SELECT purchase_model(p, '1997-10-01') = (SELECT model FROM fits WHERE kind = 'mbg_nbd') FROM (SELECT population_agg(customer_id, day, dollars) AS p FROM elog) AS s}),
	't', 'over a population the same model');
is(sql(q{SELECT count(DISTINCT m::text), count(*) FROM (
	SELECT purchase_model(activity, '1997-10-01', 'mbg_cnbd' ORDER BY md5(customer_id::text || i)) AS m FROM users, generate_series(1, 4) AS i GROUP BY i
	UNION ALL SELECT purchase_model(rollup(s)) FROM (SELECT purchase_sample(activity, '1997-10-01', 'mbg_cnbd')::text::purchase_sample AS s FROM users GROUP BY customer_id % 7) AS parts
	UNION ALL SELECT purchase_model(rollup(s)) FROM (SELECT purchase_sample(activity, '1997-10-01', 'mbg_cnbd')::bytea::purchase_sample AS s FROM users GROUP BY customer_id % 50) AS parts) AS m}),
	'1|6', 'the order of rows and how they were split do not show in a single bit');
my $parallel = 'SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0;';
my $question = q{SELECT purchase_model(activity, '1997-10-01') FROM users};
like(sql("$parallel EXPLAIN (COSTS OFF) $question"), qr/Finalize Aggregate.*Gather.*Partial Aggregate/s, 'workers can fit it');
is(sql("$parallel $question"), sql(q{SELECT model FROM fits WHERE kind = 'mbg_nbd'}), '... bit for bit');
is(sql(q{SELECT count(*) FROM (SELECT customer_id, purchase_model(activity, '1997-10-01') OVER (ORDER BY customer_id) AS m FROM users WHERE customer_id <= 60) AS s
	WHERE m <> (SELECT purchase_model(activity, '1997-10-01') FROM users WHERE customer_id <= s.customer_id)}), 0, 'over a growing window, too');
for my $kind (qw(bg_nbd mbg_nbd pareto_nbd mbg_cnbd))
{
	my $model = "purchase_model(x, t_x * %s, t * %s, sum_log_gaps + x * ln(%s::float8), %s, '$kind', purchase_options())";
	my %others = (
		seconds => [ 604800, 1, 1 ], years => [ 7 / 365.25, 1, 1 ], twice => [ 1, 2, 2 ]);
	for my $name (sort keys %others)
	{
		my ($unit, $weight, $users) = @{ $others{$name} };
		my ($one, $other) = (sprintf($model, 1, 1, 1, 1), sprintf($model, $unit, $unit, $unit, $weight));
		is(sql(<<"EOS"), "t|t|t|t", "$kind, $name: the same model");
SELECT bool_and(abs(a.value / CASE WHEN parameter IN ('alpha', 'beta') THEN $unit ELSE 1 END / b.value - 1) < 1e-8),
	bool_and(abs(a.std_error / CASE WHEN parameter IN ('alpha', 'beta') THEN $unit ELSE 1 END * sqrt($users) / b.std_error - 1) < 1e-7),
	bool_and(abs(loglik(two) + $users * purchases * ln(${unit}::float8) - $users * loglik(one)) < 1e-6), bool_and(n_users(two) = $users * n_users(one))
FROM (SELECT $one AS one, $other AS two, sum(x) AS purchases FROM cbs) AS m, model_parameters(one) AS b JOIN LATERAL model_parameters(two) AS a USING (parameter)
EOS
	}
}
is(sql(q{SELECT bool_and(expected_purchases(m, activity, '1997-10-01', 70) = expected_purchases(m, frequency(activity, '1997-10-01') - 1, (last_day(activity, '1997-10-01') - first_day(activity)) / 7.0::float8,
	(date '1997-09-30' - first_day(activity)) / 7.0::float8, 10)) FROM users, (SELECT with_unit(make_purchase_model('mbg_cnbd', 0.5, 6, 0.9, 1.6, 2), 7) AS m) AS m}), 't', 'by activity or by numbers the same');

note("$compared values compared");
$node->stop;
done_testing();
