# dashboard/run from what a fresh clone would hold: the pages in a browser show
# what the views hold, complain about nothing and ask nobody else for anything.
#
# Takes minutes.
use strict;
use warnings;
use utf8;
use Cwd qw(getcwd);
use IPC::Run ();
use JSON::PP ();
use PostgreSQL::Test::Utils;
use Test::More;

$ENV{USER_OPS_SKIP_INSTALL} = 1;
delete $ENV{SUDO_USER};

my $source = getcwd();
my $packages = "$source/dashboard/node_modules";

sub run
{
	my (@command) = @_;
	my ($out, $err);
	IPC::Run::run(\@command, '<', \'', '>', \$out, '2>', \$err);
	return ($? >> 8, $out, $err);
}

for my $program (qw(node npm chromium))
{
	plan skip_all => "there is no $program" if (run('sh', '-c', "command -v $program"))[0];
}
plan skip_all => 'the npm packages of the dashboard are not installed, or older than their list'
	if !-e "$packages/.package-lock.json" || -M "$packages/.package-lock.json" > -M 'dashboard/package-lock.json';

# --- the tree ------------------------------------------------------------------

my $lock = slurp_file('dashboard/package-lock.json');
unlike($lock, qr/"resolved"|registry\./, 'the list of packages names no registry');
my $page = slurp_file('docs/guide/dashboard.md');
my @pictures = glob 'dashboard/screenshots/*.png';
cmp_ok(scalar @pictures, '>=', 3, 'there are pictures of the pages');
is(join(' ', grep { -s $_ > 150_000 } @pictures), '', '... none larger than 150 KB');
is(join(' ', grep { index($page, "](../../$_)") < 0 } @pictures), '', '... and docs/guide/dashboard.md shows each');

# --- the demo ------------------------------------------------------------------

my $dir = PostgreSQL::Test::Utils::tempdir_short();
my $clone = "$dir/c";
my ($status, $out, $err) = run('bash', '-c', '. scripts/common.sh; copy_tree "$1"', "$source/test/run", $clone);
is($status, 0, 'the tree is copied') or BAIL_OUT($err);
symlink $packages, "$clone/dashboard/node_modules" or die "node_modules: $!";

END
{
	my $code = $?;
	run("$clone/demo/stop", '--purge') if defined $clone && -e "$clone/demo/stop";
	$? = $code;
}

($status, $out) = run("$clone/dashboard/run", '--help');
ok($status == 0 && $out =~ /--connection STRING/ && !-e "$clone/.demo", '--help starts nothing');
($status, $out, $err) = run("$clone/dashboard/run", '--shcema', 'x');
like($err, qr/^dashboard\/run: unknown argument: --shcema/, 'an unknown argument is an error');

($status, $out, $err) = run("$clone/dashboard/run");
is($status, 0, 'dashboard/run alone sets up the demo and builds') or BAIL_OUT("$out$err");
is($err, '', '... and complains about nothing');
like($out, qr/Setting up the demo.*the pages stand in \Q$clone\E\/dashboard\/dist$/ms, '... and tells where the pages are');

my ($reads, $done) = $out =~ /^\[ *([\d.]+) s\] Reading the views.*^\[ *([\d.]+) s\] Done/ms;
cmp_ok($done - $reads, '<=', 60, '... within 60 s, once the demo is there');

my $host = "$clone/.demo";
$host = slurp_file("$host/where") =~ s/\n//r if -s "$host/where";
our $connection = "host='$host' port=5432 user=postgres dbname=shop";

sub sql
{
	my ($answer, $complaint);
	IPC::Run::run([ 'psql', '-XAtq', '-v', 'ON_ERROR_STOP=1', '-d', $connection, '-f', '-' ], '<', \$_[0], '>', \$answer, '2>', \$complaint)
		or die $complaint;
	chomp $answer;
	utf8::decode($answer);
	return $answer;
}

# inspect(NAME, SCHEME…): what the built pages show, by page and colour scheme.
sub inspect
{
	my ($code, $told, $complaint) = run('node', "$clone/dashboard/inspect.mjs", "$clone/dashboard/dist", @_[ 1 .. $#_ ]);
	is($code, 0, "$_[0]: the pages open") or BAIL_OUT($complaint);
	my $shown = JSON::PP::decode_json($told);
	for my $page (sort keys %$shown)
	{
		for my $scheme (sort keys %{ $shown->{$page} })
		{
			my $one = $shown->{$page}{$scheme};
			is_deeply($one->{complaints}, [], "$_[0]: $page, $scheme: no complaint");
			is_deeply($one->{foreign}, [], "$_[0]: $page, $scheme: no request to others");
			is_deeply($one->{outside}, [], "$_[0]: $page, $scheme: all texts are within their cards");
			is_deeply($one->{covered}, [], "$_[0]: $page, $scheme: no text covers another");
			cmp_ok($one->{bytes}, '<', 1_500_000, "$_[0]: $page, $scheme: less than 1.5 MB");
			cmp_ok($one->{bytes}, '>', 100_000, "$_[0]: $page, $scheme: ... and more than an empty page");
		}
	}
	return $shown;
}

# The built pages with the numbers of another schema: without building them anew.
sub refill
{
	my ($schema) = @_;
	my $data = PostgreSQL::Test::Utils::tempdir_short();
	my ($code, undef, $complaint) = run('bash', '-c', 'cd "$1" && exec psql -Xq -d "$2" -v schema="$3" -v tenant= -f "$4"',
		'refill', $data, $connection, $schema, "$clone/dashboard/export.sql");
	is($code, 0, "$schema: the views are read") or BAIL_OUT($complaint);
	for my $file (glob "$data/*.csv")
	{
		my ($name) = $file =~ m{([^/]+)\.csv$};
		my @places = glob "$clone/dashboard/dist/_file/data/$name.*.csv";
		is(scalar @places, 1, "$schema: the pages read $name");
		run('cp', $file, $places[0]);
	}
	return;
}

# number(SQL): what it answers, with commas.
sub number { return sql("SELECT to_char(($_[0]), 'FM999,999,999')") }

# $shown as inspect told; counts of marks as the views of $schema have them.
sub compare
{
	my ($shown, $schema) = @_;
	my %marks;
	my $incomplete = 'count(*) FILTER (WHERE NOT complete)';
	@marks{qw(index/lifecycle-week/rect index/lifecycle-week/open)} = split /\|/,
		sql("SELECT 4 * count(*), 4 * $incomplete FROM $schema.lifecycle_week WHERE period_start >= (SELECT as_of - 371 FROM $schema.fitted)");
	@marks{qw(index/lifecycle-month/rect index/lifecycle-month/open)} = split /\|/, sql("SELECT 4 * count(*), 4 * $incomplete FROM $schema.lifecycle_month");
	$marks{'index/habit/bar'} = 28;
	for my $period (qw(week month))
	{
		@marks{ map { "retention/retention-$period/$_" } qw(cell open) } = split /\|/, sql("SELECT count(*), $incomplete FROM $schema.retention_$period");
	}
	$marks{'retention/retention-month/text'} = $marks{'retention/retention-month/cell'};
	$marks{'retention/retention-curve/dot'} = sql("SELECT count(*) FROM $schema.retention_curve_week WHERE period_number > 0");
	$marks{'users/rfm-grid/cell'} = 25;
	my $sides = sql("SELECT CASE WHEN amount IS NULL THEN 1 ELSE 2 END FROM $schema.settings");
	$marks{'users/segments/bar'} = $sides * sql("SELECT count(*) FROM $schema.rfm_segments");
	$marks{'users/churn-bands/bar'} = $sides * sql("SELECT count(*) FROM $schema.churn_bands WHERE users > 0 OR band <> 'no_purchase'");
	@marks{ map { "users/ltv/$_" } qw(dot line open) } = split /\|/, sql(<<"SQL");
SELECT count(*), count(DISTINCT cohort) FILTER (WHERE complete), count(DISTINCT cohort) FILTER (WHERE NOT complete) FROM $schema.ltv_month
SQL
	for my $path (sort keys %marks)
	{
		my ($page, $chart, $kind) = split m{/}, $path;
		is($shown->{$page}{light}{charts}{$chart}{marks}{$kind} // 0, $marks{$path}, "$schema: $chart has $marks{$path} of $kind");
	}
	is_deeply([ sort @{ $shown->{users}{light}{charts}{'rfm-grid'}{labels} } ],
		[ sort split /\n/, sql("SELECT format('recency %s, frequency %s: %s user%s', r_score, f_score, users, left('s', (users <> 1)::int)) FROM $schema.rfm_grid") ],
		"$schema: each cell of the grid tells its users");
	is(scalar(grep { $_ eq '80-100%: ' . sql("SELECT users FROM $schema.churn_bands WHERE band = '80-100%'") } @{ $shown->{users}{light}{charts}{'churn-bands'}{labels} }),
		1, "$schema: the highest band of risk tells its users");
	like($shown->{retention}{light}{charts}{'retention-month'}{title},
		qr/^Of 100 new users, ${\ sql("SELECT round((100 * retention_rate)::numeric) FROM $schema.retention_curve_month WHERE period_number = 1")} are active/,
		"$schema: the title tells what the curve says");
	my ($active, $new, $change) = split /\|/, sql(<<"SQL");
SELECT to_char(now.mau, 'FM999,999'), to_char(now.new_users, 'FM999,999'), CASE WHEN now.mau < before.mau THEN '▼' ELSE '▲' END
FROM (SELECT max(day) AS last FROM $schema.kpis_day) AS d,
	LATERAL (SELECT sum(mau) FILTER (WHERE day = last) AS mau, sum(new_users) AS new_users FROM $schema.kpis_day WHERE day > last - 30) AS now,
	LATERAL (SELECT mau FROM $schema.kpis_day WHERE day = last - 30) AS before
SQL
	is($shown->{index}{light}{kpis}{active}{value}, $active, "$schema: $active active users");
	like($shown->{index}{light}{kpis}{active}{change}, qr/^$change /, "$schema: ... more or fewer than before");
	is($shown->{index}{light}{kpis}{new}{value}, $new, "$schema: $new new users");

	for my $page (sort keys %$shown)
	{
		next if !$shown->{$page}{dark};
		isnt($shown->{$page}{light}{background}, $shown->{$page}{dark}{background}, "$schema: $page is dark in the dark");
		is_deeply({ map { $_ => $shown->{$page}{dark}{charts}{$_}{marks} } keys %{ $shown->{$page}{dark}{charts} } },
			{ map { $_ => $shown->{$page}{light}{charts}{$_}{marks} } keys %{ $shown->{$page}{light}{charts} } }, "$schema: $page shows the same there");
	}
	return;
}

my $shop = inspect('shop', 'light', 'dark', 'phone');
compare($shop, 'shop');
my $kpis = $shop->{index}{light}{kpis};
is($kpis->{revenue}{value}, sql(q{SELECT to_char(sum(revenue), 'FM999,999,999') FROM shop.kpis_day WHERE day >= '2026-10-02'}), 'shop: the revenue of 30 days');
is($kpis->{purchases}{value}, sql(q{SELECT to_char(sum(purchases), 'FM999,999,999') FROM shop.kpis_day WHERE day >= '2026-10-02'}), 'shop: the purchases');
is($shop->{users}{light}{charts}{calibration}{marks}{dot},
	sql(q{SELECT count(*) FROM shop.churn_calibration WHERE churn_method = 'mbg_nbd'}), 'shop: a dot for each tenth of the calibration');

my $users = $shop->{users}{light}{charts};
is($users->{calibration}{title}, sql(q{SELECT format('In the last 90 days %s buyers were expected, %s came', round(sum(predicted_active)), sum(actual_active)) FROM shop.churn_calibration}),
	'shop: the calibration counts those who were expected and those who came');
is($users->{'life-stages'}{marks}{bar}, sql('SELECT 2 * count(DISTINCT life_stage) FROM shop.users'), 'shop: the shares of each life stage');
# growth: each chart has a mark for what its view has
my $growth = $shop->{growth}{light}{charts};
is($growth->{'points-month'}{marks}{rect}, sql('SELECT 4 * count(*) FROM shop.points_month'), 'shop: how points come and go in each month');
is($growth->{'points-month'}{title}, number('SELECT closing_balance FROM shop.points_month ORDER BY month DESC LIMIT 1') . ' points are outstanding at the beginning of 1 Nov 2026', 'shop: ... and how many are out');
is($growth->{tiers}{marks}{bar}, sql('SELECT 2 * count(*) FROM shop.tier_counts'), 'shop: the shares of each tier');
is($growth->{'k-factor'}{marks}{rect}, sql('SELECT count(k_factor) FROM shop.referral_month'), 'shop: a bar for each cohort that could invite');
is($growth->{scores}{marks}{interval}, sql(q{SELECT count(nps) FROM shop.survey_month WHERE survey = 'recommend'}), 'shop: the score of each month with its interval');
is($growth->{goals}{marks}{goal}, sql('SELECT count(*) FROM shop.goals'), 'shop: a bar for each goal');
is($growth->{alerts}{marks}{alert} // 0, sql(q{SELECT least(8, count(*)) FROM shop.kpi_alerts WHERE status = 'alert' AND change IS NOT NULL AND day >= date '2026-11-01' - 92}), 'shop: the latest alerts');

# items and content
my $items = $shop->{items}{light}{charts};
is_deeply($shop->{items}{light}{parts}, [qw(items categories)], 'shop: the set with most items comes first');
is($items->{'item-pairs'}{marks}{cell}, sql(<<'SQL'), 'shop: a cell for each pair of the commonest items that go together');
WITH t AS (SELECT item FROM shop.item_stats WHERE name = 'items' ORDER BY users DESC, item COLLATE "C" LIMIT 12) SELECT count(*) FROM shop.item_pairs WHERE name = 'items' AND item IN (TABLE t) AND other IN (TABLE t)
SQL
is($items->{'item-quality'}{title}, sql(q{SELECT format('Recommendations hit %s%% more often than showing what most have', round(100 * lift_over_popular)) FROM shop.recommendation_quality WHERE name = 'items' AND method = 'similar'}), 'shop: whether they beat the best sellers');
is($items->{'item-list'}{marks}{bar}, 24, 'shop: users of the commonest items, and who had them again');
my $content = $shop->{content}{light}{charts};
is($content->{'content-items'}{marks}{rate}, 8, 'shop: the items whose users surely come back');
like($content->{'content-items'}{title}, qr/^Readers of “\Q${\ sql('SELECT item FROM shop.content_items ORDER BY return_lower DESC LIMIT 1')}\E” come back/, 'shop: ... the first of them by name');
is($content->{contribution}{marks}{rect}, sql('SELECT count(share) FROM shop.contribution_month'), 'shop: who takes part in each month, where they are enough');
like($content->{creators}{title}, qr/^3 of ${\ sql('SELECT count(*) FROM shop.content_creators')} creators bring/, 'shop: ... and how much depends on three');

like($users->{'life-stages'}{title}, qr/${\ sql("SELECT format('“%s”: %s users', life_stage, to_char(count(*), 'FM9,999')) FROM shop.users GROUP BY life_stage ORDER BY count(*) DESC LIMIT 1")}/,
	'shop: ... and which has most users');
is($users->{forecast}{title}, 'These users are expected to bring ' . number('SELECT sum(clv_365d)::numeric FROM shop.users') . ' in the next 365 days', 'shop: the forecast of value');
is($users->{forecast}{marks}{bar}, sql('SELECT 2 * count(DISTINCT segment) FROM shop.users WHERE clv_365d IS NOT NULL'), 'shop: ... for each segment');
is($users->{ltv}{marks}{cohort}, $users->{ltv}{marks}{line}, 'shop: each line of lifetime value has the name of its cohort');
cmp_ok($shop->{users}{phone}{charts}{ltv}{marks}{cohort}, '>=', 5, 'shop: ... on a phone those that have room');
# no refresh before this one: by the cut points of today
like($users->{movers}{title}, qr/^${\ number(<<'SQL')} users moved from one segment to another since 2 Oct 2026$/, 'shop: how many moved');
SELECT count(*) FROM shop.users AS u JOIN shop.activity AS a USING (user_id), shop.fitted AS b
WHERE user_ops.segment(b.rfm, a.activity, b.as_of - 30) <> u.segment
SQL
like($users->{movers}{text}, qr/Reckoned from the events by today’s cut points/, 'shop: ... as the events say');
ok(!exists $users->{'segment-history'}, 'shop: one date makes no history');
is_deeply($shop->{index}{light}{parts}, ['all users'], 'shop: nothing to pick from');

# funnels: of several the first by name, each step and what is lost before it
sub labels { my ($chart, $pattern) = @_; return join ', ', grep { /$pattern/ } @{ $chart->{labels} } }
sub steps_of
{
	my ($charts, $name, $what) = @_;
	is(labels($charts->{funnel}, qr/^\d \w+: \d+$/), sql("SELECT string_agg(format('%s %s: %s', step, label, users), ', ' ORDER BY step) FROM shop.funnels WHERE name = '$name'"),
		"$what: the users of each step");
	is(labels($charts->{funnel}, qr/lost$/), sql("SELECT string_agg(format('%s %s: %s lost', step, label, drop_off), ', ' ORDER BY step) FROM shop.funnels WHERE name = '$name' AND step > 1"),
		'... and those who were lost before it');
	my ($rate, $lost, $most) = split /\|/, sql(<<"SQL");
SELECT round(100 * max(conversion_from_first) FILTER (WHERE step = 4)), (array_agg(label ORDER BY drop_off DESC))[1], to_char(max(drop_off), 'FM9,999') FROM shop.funnels WHERE name = '$name'
SQL
	is($charts->{funnel}{title}, "$rate% of those who begin get to the end; most are lost before “$lost”: $most", '... and where most are');
	is($charts->{'time-to-convert'}{marks}{bar}, 6, '... median and average of the time to each of three');
	return;
}
my $funnel = $shop->{funnel}{light};
is($funnel->{lead}, 'view → cart → checkout → purchase within 1 hour, from each user’s first “view” on.', 'a funnel: it is said which');
is_deeply($funnel->{parts}, [ qw(first_visit week) ], '... and one can pick another');
steps_of($funnel->{charts}, 'first_visit', 'a funnel');
my $minutes = sql("SELECT round(median_seconds::numeric / 60, 1) FROM shop.funnels WHERE name = 'first_visit' AND step = 2");
like($funnel->{charts}{'time-to-convert'}{text}, qr/\Q$minutes\E min/, '... the median in minutes');
is($funnel->{charts}{'funnel-segments'}{marks}{bar}, sql("SELECT count(DISTINCT segment) FROM shop.funnel_segments WHERE name = 'first_visit'"), '... a bar for each segment');
my $week = inspect('the other funnel', 'light', 'part=week')->{funnel}{light};
is($week->{lead}, 'view → cart → checkout → purchase within 7 days.', 'the other funnel: it is said which');
steps_of($week->{charts}, 'week', 'the other funnel');
ok(!exists $week->{charts}{'funnel-segments'}, '... which has no segments');

# paths: nodes are events at a depth, ribbons the rows of the view that are no hairs
my $drawn = 'sessions >= (SELECT sum(sessions) FROM shop.paths WHERE depth = 1) / 1000';
my $ways = $shop->{paths}{light}{charts}{paths};
is_deeply([ sort grep { / → / } @{ $ways->{labels} } ], [ sort split /\n/, sql("SELECT format('%s %s → %s: %s', depth, source, target, sessions) FROM shop.paths WHERE $drawn") ],
	'paths: a ribbon for each row of the view');
my @nodes = split /\n/, sql(<<"SQL");
SELECT format('%s %s: %s', depth, event, max(sessions)) FROM (
	SELECT depth, source AS event, sum(sessions) AS sessions, bool_or($drawn) AS drawn FROM shop.paths GROUP BY 1, 2
	UNION ALL SELECT depth + 1, target, sum(sessions), bool_or($drawn) FROM shop.paths GROUP BY 1, 2) AS ends
GROUP BY depth, event HAVING bool_or(drawn)
SQL
is_deeply([ sort grep { !/ → / } @{ $ways->{labels} } ], [ sort @nodes ], '... between events, once for each depth, so that there are no cycles');
is($ways->{marks}{text}, scalar @nodes, '... each with its name');
my $to_cart = sql("SELECT round(100.0 * max(sessions) FILTER (WHERE target <> '(exit)') / sum(sessions)) FROM shop.paths WHERE depth = 1");
is($ways->{title}, "$to_cart% of all sessions go first from “view” to “cart”", '... and which way is the commonest');
is(scalar(grep { / → / } @{ $shop->{paths}{phone}{charts}{paths}{labels} }), sql("SELECT count(*) FROM shop.paths WHERE depth <= 2 AND $drawn"), '... on a phone the first three events');
like($shop->{paths}{phone}{charts}{paths}{text}, qr/The first 3 of 6 steps/, '... as it says');
is($shop->{paths}{light}{charts}{transitions}{marks}{cell}, sql('SELECT count(*) FROM shop.path_transitions'), 'paths: what comes after what');
my $credit = $shop->{paths}{light}{charts}{attribution};
is($credit->{marks}{dot}, sql('SELECT count(*) FROM shop.attribution'), 'channels: a dot for each and each model');
my ($first, $last) = split /\|/, sql("SELECT round(100 * max(share) FILTER (WHERE model = 'first')), round(100 * max(share) FILTER (WHERE model = 'last')) FROM shop.attribution WHERE channel = 'direct'");
is($credit->{title}, "“direct” was the first touch of $first% of the conversions and the last of $last%", '... and which is not the same at first and at last');

# experiments: of several the first by name, in which nothing was done, and by choice the campaign
my $aa = $shop->{experiments}{light}{charts};
is_deeply($shop->{experiments}{light}{parts}, [ qw(a_a win_back) ], 'experiments: one can pick');
is($aa->{effects}{title}, 'No difference in 7 comparisons', '... where nothing was done there is no difference');
is($aa->{effects}{marks}{dot}, 7, '... an effect for each metric');
my $campaign = inspect('the campaign', 'light', 'part=win_back')->{experiments}{light};
is($campaign->{lead}, sql(<<'SQL'), '... the campaign: its arms');
SELECT string_agg(format('%s users in “%s”', to_char(users, 'FM9,999'), variant), ', ' ORDER BY variant) || format('. As many as were meant (p = %s).', round(max(sample_ratio_p)::numeric, 2)) FROM shop.experiment_arms WHERE experiment = 'win_back'
SQL
is($campaign->{charts}{effects}{marks}{interval}, sql(q{SELECT count(*) FROM shop.experiment_results WHERE experiment = 'win_back' AND lower IS NOT NULL}), '... an interval for each metric');
is($campaign->{charts}{'campaign-lift'}{title}, sql(q{SELECT format('“letter” brought %s more, %s net of its cost', to_char(incremental_revenue, 'FM9,999'), to_char(net_revenue, 'FM9,999')) FROM shop.campaign_lift WHERE experiment = 'win_back'}), '... what it brought');
is($campaign->{charts}{'effect-days'}{marks}{dot}, sql(q{SELECT count(DISTINCT as_of) FROM shop.experiment_days WHERE experiment = 'win_back'}), '... a dot for each look');

my ($found) = (run('grep', '-rlE', 'jsdelivr|googleapis|unpkg|esm\.sh', "$clone/dashboard/dist", '--include=*.html', '--include=*.css', '--include=components'))[1];
is($found, '', 'the pages name no CDN');

# --- long numbers, other labels, little to tell -------------------------------------

# the shop a thousand times as large, its labels in another language
sql(<<'SQL');
CREATE SCHEMA millions;
SELECT format('CREATE VIEW millions.%I AS SELECT %s FROM shop.%1$I', c.relname, string_agg(
	CASE WHEN a.attname ~ '^(dau|wau|mau|purchases|revenue.*|cumulative_revenue|cohort_size|buyers|predicted_active|actual_active|.*users|drop_off|sessions|transitions|conversions)$' AND a.attname <> 'revenue_share'
		THEN format('1001 * %I AS %1$I', a.attname)
		WHEN a.attname ~ '^(segment|life_stage|old_value|new_value)$' THEN format('%L || %I AS %2$I', '甲', a.attname)
		WHEN a.attname = 'band' THEN format('replace(band, %L, %L) AS band', 'no_purchase', '未购买')
		ELSE quote_ident(a.attname) END, ', ' ORDER BY a.attnum))
FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0
WHERE c.relnamespace = 'shop'::regnamespace AND c.relkind IN ('r', 'v') GROUP BY c.relname \gexec
SQL
refill('millions');
my $millions = inspect('millions', 'light', 'phone');
my $active = number('SELECT mau FROM millions.kpis_day ORDER BY day DESC LIMIT 1');
like($active, qr/^\d,\d{3},\d{3}$/, 'millions: seven digits');
is($millions->{index}{$_}{kpis}{active}{value}, $active, "millions: $_: ... stand in the card as they are") for qw(light phone);
my $labelled = $millions->{users}{light}{charts};
like($labelled->{segments}{title}, qr/^甲champions: /, 'labels of another language: the title names the best segment');
like($labelled->{'rfm-grid'}{text}, qr/甲hibernating.*甲champions|甲champions.*甲hibernating/s, '... the grid has the names');
like($labelled->{'churn-bands'}{title}, qr/^${\ number("SELECT sum(users) FROM millions.churn_bands WHERE band IN ('60-80%', '80-100%')")} users will/, '... the risk is told');
is(scalar(grep { $_ eq 'never bought: ' . sql("SELECT users FROM millions.churn_bands WHERE band = '未购买'") } @{ $labelled->{'churn-bands'}{labels} }), 1,
	'... and who never bought');
unlike($labelled->{movers}{text}, qr/(?<!甲)champions/, '... and movers bear them, too');

sql(<<'SQL');
CREATE VIEW one_day_events AS SELECT * FROM public.shop_events WHERE occurred_at >= '2026-10-31 00:00Z';
SELECT user_ops.create_views('one_day_events', 'customer_id', 'occurred_at', 'total', target_schema => 'one_day', as_of => '2026-11-01');
CREATE VIEW no_events AS SELECT * FROM public.shop_events WHERE false;
SELECT user_ops.create_views('no_events', 'customer_id', 'occurred_at', 'total', target_schema => 'nobody', as_of => '2026-11-01', allow_empty => true);
SELECT user_ops.create_path_view('nobody', 'none', label => 'channel');
SELECT user_ops.create_funnel_view('nobody', 'none', '{view,purchase}', '1 day'), user_ops.create_attribution_view('nobody', 'none', '{purchase}', by_label => true);
SELECT user_ops.create_views('public.shop_events', 'customer_id', 'occurred_at', 'total', target_schema => 'on_the_spot', as_of => '2026-11-01',
	stored => false, rfm_bins => 3, purchase_model => 'none');
SQL
refill('one_day');
my $one_day = inspect('one day', 'light', 'phone');
like($one_day->{funnel}{light}{charts}{funnel}{text}, qr/^There is no funnel.*user_ops\.create_funnel_view\('one_day', /, 'one day: no funnel, but how to make one');
like($one_day->{paths}{light}{charts}{paths}{text}, qr/^There are no paths.*user_ops\.create_path_view\('one_day', /, '... nor paths');
like($one_day->{experiments}{light}{charts}{effects}{text}, qr/^There is no experiment.*user_ops\.create_experiment_views\('one_day', /, '... nor experiments');
is(join(' ', map { keys %{ $one_day->{$_}{light}{charts} } } qw(funnel paths experiments)), 'funnel paths effects', '... and nothing else on these pages');
like($one_day->{index}{light}{lead}, qr/^one_day_events, the one day 31 Oct 2026 /, 'one day: it is told which');
like($one_day->{index}{light}{charts}{'active-users'}{text}, qr/one day that the data hold/, 'one day: ... in words');
is_deeply($one_day->{ $_->[0] }{light}{charts}{ $_->[1] }{marks}, {}, "one day: no chart of $_->[1]")
	for [ 'index', 'active-users' ], [ 'retention', 'retention-curve' ], [ 'users', 'ltv' ];
like($one_day->{users}{light}{charts}{ltv}{title}, qr/^A newcomer has brought ${\ sql('SELECT round(avg(monetary), 2) FROM one_day.users')} so far/,
	'one day: what a newcomer has brought');
is($one_day->{users}{light}{charts}{segments}{title}, 'How many users are in each segment?', 'one day: nobody has the best scores');

refill('nobody');
my $nobody = inspect('nobody', 'light', 'phone');
like($nobody->{index}{light}{lead}, qr/^no_events: nobody came before 1 Nov 2026/, 'nobody: it is said');
is_deeply($nobody->{index}{light}{kpis}, {}, 'nobody: ... and there are no figures');
is($nobody->{funnel}{light}{charts}{funnel}{title}, 'Nobody has begun yet', 'nobody: in the funnel');
is($nobody->{paths}{light}{charts}{paths}{title}, 'Nobody has come yet', '... nor on the paths');
for my $page (sort keys %$nobody)
{
	my $charts = $nobody->{$page}{light}{charts};
	is(join(' ', grep { %{ $charts->{$_}{marks} } } sort keys %$charts), '', "nobody: no empty charts on $page");
}

refill('on_the_spot');
my $spot = inspect('nothing stored', 'light')->{users}{light}{charts};
like($spot->{movers}{text}, qr/five scores of each kind/, 'three scores: there are no segments to move between');
is($spot->{'rfm-grid'}{marks}{cell}, 9, 'three scores: a grid of three');

# --- many events of long names, from the end backwards ------------------------------

sql(<<'SQL');
CREATE VIEW many_events AS SELECT customer_id, occurred_at, total, CASE WHEN event_id % 3 = 0 THEN '查看商品详情页面 ' || event_id % 30 ELSE event || ' of something with a long name' END AS what
FROM public.shop_events WHERE occurred_at >= '2026-09-01';
SELECT user_ops.create_views('many_events', 'customer_id', 'occurred_at', 'total', target_schema => 'many', as_of => '2026-11-01', purchase_model => 'none');
SELECT user_ops.create_path_view('many', 'backwards', reverse => true, event => 'what', gap => NULL);
SQL
refill('many');
my $many = inspect('many', 'light', 'phone')->{paths}{light};
is($many->{lead}, 'From event to event; all events of a user are one session.', 'many events: what a session is');
my %at = map { /^(\d+) (.*): (\d+)$/ && !/ → / ? ("$1 $2" => $3) : () } @{ $many->{charts}{paths}{labels} };
is(join(' ', map { my $depth = $_; scalar grep { /^$depth / } keys %at } 1 .. 6), '8 9 9 9 9 9', 'many events: at each depth seven, the entry and all others');
is($at{'1 (other)'}, sql(<<'SQL'), '... as many as they are together');
SELECT sum(n) FROM (SELECT sum(sessions) AS n FROM many.paths WHERE depth = 1 GROUP BY target ORDER BY 1 DESC OFFSET 7) AS others
SQL
like($many->{charts}{paths}{title}, qr/^\d+% of all sessions go at last from “(?!.other)/, '... and which way comes last');
like($many->{charts}{transitions}{text}, qr/The \d commonest of ${\ sql("SELECT count(DISTINCT what) FROM many_events")} events\./, '... and the commonest follow each other');

# --- broken down by columns, with a refresh a month before ------------------------

sql(<<'SQL');
CREATE VIEW channel_events AS SELECT event_id, customer_id, occurred_at, total, c.channel, (ARRAY[NULL, '2026', 'a"b, c'])[1 + customer_id % 3] AS "it's kind"
FROM public.shop_events AS e JOIN public.shop_customers AS c USING (customer_id);
SELECT user_ops.create_views('channel_events', 'customer_id', 'occurred_at', 'total', target_schema => 'channels', as_of => as_of,
	first_values => '{channel,it''s kind}', breakdown => '{channel,it''s kind}') FROM unnest('{2026-10-01,2026-11-01}'::date[]) AS as_of;
SQL
refill('channels');
is_deeply(inspect('everybody', 'light')->{index}{light}{kpis}, $kpis, 'all users of all channels are those of the shop');
my $channels = inspect('one channel', 'light', 'phone', 'part=2');
is_deeply($channels->{retention}{light}{parts}, [ 'all users', split /\n/, sql(<<'SQL') ], 'whom one can pick');
SELECT format('%s (%s)', value, to_char(users, 'FM9,999')) FROM (
	SELECT 1 AS place, channel AS value, count(*) AS users FROM channels.users GROUP BY channel
	UNION ALL SELECT 2, coalesce("it's kind", '(none)'), count(*) FROM channels.users GROUP BY "it's kind") AS v
ORDER BY place, users DESC, nullif(value, '(none)')
SQL
my $picked = sql('SELECT channel FROM channels.users GROUP BY channel ORDER BY count(*) DESC LIMIT 1 OFFSET 1');
like($channels->{index}{light}{lead}, qr/^channel_events, channel: $picked, /, 'the page says who is picked');
is($channels->{index}{light}{kpis}{active}{value}, number("SELECT mau FROM channels.kpis_day_by_channel WHERE channel = '$picked' ORDER BY day DESC LIMIT 1"),
	'... and shows their key figures');
is($channels->{index}{light}{charts}{'lifecycle-month'}{marks}{rect}, sql("SELECT 4 * count(*) FROM channels.lifecycle_month_by_channel WHERE channel = '$picked'"),
	'... their lifecycle');
is($channels->{retention}{light}{charts}{'retention-month'}{marks}{cell}, sql("SELECT count(*) FROM channels.retention_month_by_channel WHERE channel = '$picked'"),
	'... their retention');
like($channels->{retention}{light}{charts}{'retention-curve'}{title},
	qr/^${\ sql("SELECT round((100 * retention_rate)::numeric) FROM channels.retention_curve_week_by_channel WHERE channel = '$picked' AND period_number = 1")}% come back/,
	'... and their curve');
my $by_history = $channels->{users}{light}{charts};
my ($moves, $commonest) = split /\|/, sql(<<'SQL');
SELECT sum(n) FILTER (WHERE o IS NOT NULL), max(format('%s → %s: %s', coalesce(replace(o, '_', ' '), 'new'), replace(w, '_', ' '), n)) FILTER (WHERE n = most)
FROM (SELECT old_value AS o, new_value AS w, count(*) AS n, max(count(*)) OVER () AS most FROM channels.transitions WHERE attribute = 'segment' GROUP BY 1, 2) AS m
SQL
like($by_history->{movers}{title}, qr/^$moves users moved from one segment to another since 1 Oct 2026$/, 'movers: as the history has them');
is(scalar(grep { $_ eq $commonest } @{ $by_history->{movers}{labels} }), 1, 'movers: the commonest move is written at its ribbon');
like($by_history->{movers}{text}, qr/channels\.transitions/, 'movers: ... and it is said where they stand');
is($by_history->{'segment-history'}{marks}{line}, sql('SELECT count(DISTINCT segment) FROM channels.segment_history'), 'a line for each segment over the dates of refreshes');

# --- a source without amounts, as of the middle of a week, no model ---------------

sql(<<'SQL');
SELECT user_ops.create_views('public.shop_events', 'customer_id', 'occurred_at', target_schema => 'Visits only', as_of => '2026-10-15',
	purchase_model => 'none');
SQL
($status, $out, $err) = run("$clone/dashboard/run", '--connection', $connection, '--schema', 'Visits only');
is($status, 0, 'another database and schema') or diag($err);
unlike($out, qr/Installing|Setting up/, '... need neither packages nor the demo');
my $visits = inspect('visits', 'light');
compare($visits, '"Visits only"');
ok(!exists $visits->{index}{light}{kpis}{revenue}, 'visits: no revenue where there are no amounts');
like($visits->{users}{light}{charts}{ltv}{text}, qr/has no amounts/, 'visits: ... and the lifetime value says why it is not there');
my $calibrated = $visits->{users}{light}{charts}{calibration};
like($calibrated->{text}, qr/no fitted purchase model.*Visits only\.churn_calibration/, 'visits: without a model a sentence says how to get a calibration');
is_deeply($calibrated->{marks}, {}, 'visits: ... and there is no chart of it');
cmp_ok($visits->{retention}{light}{charts}{'retention-month'}{marks}{open}, '>', 0, 'visits: months not over are hatched');
like($visits->{retention}{light}{charts}{'retention-month'}{text}, qr/month not over/, 'visits: ... and the legend says so');

# --- one of several tenants, of an enum type and with a name that needs quotes -----

sql(<<'SQL');
CREATE TYPE region AS ENUM ('north', 'it''s :mine');
CREATE VIEW regional_events AS SELECT (enum_range(NULL::region))[1 + (customer_id % 3 > 0)::int] AS "the region", * FROM public.shop_events;
SELECT user_ops.create_views('regional_events', 'customer_id', 'occurred_at', 'total', target_schema => 'regions', as_of => '2026-11-01', tenant => 'the region');
-- what its pages are to hold
CREATE SCHEMA one_region;
CREATE VIEW one_region.settings AS SELECT * FROM regions.settings;
SELECT format('CREATE VIEW one_region.%I AS SELECT * FROM regions.%1$I WHERE "the region"::text = %L', relname, 'it''s :mine')
FROM pg_class WHERE relnamespace = 'regions'::regnamespace AND relkind IN ('r', 'v') AND relname NOT IN ('settings', 'refresh_log') \gexec
SQL
my @of_regions = ("$clone/dashboard/run", '--connection', $connection, '--schema', 'regions');
sql(q{SELECT user_ops.create_funnel_view('regions', 'all', '{view,purchase}', '1 day'), user_ops.create_path_view('regions', 'all')});
like((run(@of_regions))[2], qr/^dashboard\/run: regions holds several tenants: say with --tenant VALUE which the region to show/, 'of several tenants one must be named');
like((run(@of_regions, '--tenant', 'south'))[2], qr/^dashboard\/run: regions has no tenant south/, '... that is there');
like((run("$clone/dashboard/run", '--connection', $connection, '--tenant', 'x'))[2], qr/^dashboard\/run: shop has no tenants/, '... and none where there are none');
($status, $out, $err) = run(@of_regions, '--tenant', "it's :mine");
is($status, 0, 'one tenant') or diag($err);
my $region = inspect('one tenant', 'light');
compare($region, 'one_region');
is(labels($region->{funnel}{light}{charts}{funnel}, qr/^\d \w+: \d+$/), sql(<<'SQL'), 'one tenant: a funnel of its users');
SELECT string_agg(format('%s %s: %s', step, label, users), ', ' ORDER BY step) FROM regions.funnels WHERE "the region"::text = 'it''s :mine'
SQL
is($region->{paths}{light}{charts}{transitions}{marks}{cell}, sql(q{SELECT count(*) FROM regions.path_transitions WHERE "the region"::text = 'it''s :mine'}), '... and their paths');
like(labels($region->{paths}{light}{charts}{paths}, qr/^1 view → cart: /), qr/: ${\ sql(q{SELECT sessions FROM regions.paths WHERE "the region"::text = 'it''s :mine' AND depth = 1 AND source = 'view' AND target = 'cart'})}$/, '... as many as they take');

# --- one's own file ------------------------------------------------------------------

my ($database, $schema) = split / /, (run('bash', '-c', '. "$1/scripts/common.sh"; demo_place csv; echo -n "$database $schema"', "$clone/test/run", $clone))[1];
like(slurp_file('demo/run'), qr/\bdemo_place csv\b/, 'demo/run and dashboard/run look for the file in one place');
like((run("$clone/dashboard/run", '--csv', '--connection', $connection))[2], qr/^dashboard\/run: --csv and --connection do not go together/,
	'own file: what does not go together');
like((run("$clone/dashboard/run", '--csv'))[2], qr/^dashboard\/run: no file is loaded yet: load one with demo\/run --csv FILE/, '... before it is loaded it is said how');
sql("CREATE DATABASE $database");
{
	local $connection = $connection =~ s/dbname=shop/dbname=$database/r;
	sql(<<"SQL");
CREATE EXTENSION user_ops;
CREATE TABLE public.events AS SELECT 'u' || n % 50 AS who, date '2026-01-01' + n % 100 AS at FROM generate_series(1, 1000) AS n;
SELECT user_ops.create_views('public.events', 'who', 'at', target_schema => '$schema', as_of => '2026-05-01');
SQL
}
($status, undef, $err) = run("$clone/dashboard/run", '--csv');
is($status, 0, '... and then it is shown') or diag($err);
like(inspect('own file', 'light')->{index}{light}{lead}, qr/^events, the 30 days from 1 Apr 2026/, '... as any other');

($status, undef, $err) = run("$clone/dashboard/run", '--connection', $connection, '--schema', 'nowhere');
is($status, 1, 'a schema that is not there is an error');
like($err, qr/^dashboard\/run: there is no schema nowhere with views of this version/, '... that says so');

done_testing();
