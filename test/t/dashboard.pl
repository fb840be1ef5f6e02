# dashboard/run from what a fresh clone would hold: the pages in a browser show
# what the views hold, complain about nothing and ask nobody else for anything.
#
# Runs alone: how long a build takes is measured.
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
my $readme = slurp_file('README.md');
my @pictures = glob 'dashboard/screenshots/*.png';
cmp_ok(scalar @pictures, '>=', 3, 'there are pictures of the pages');
is(join(' ', grep { -s $_ > 150_000 } @pictures), '', '... none larger than 150 KB');
is(join(' ', grep { index($readme, "]($_)") < 0 } @pictures), '', '... and the README shows each');

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
my $connection = "host='$host' port=5432 user=postgres dbname=shop";

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
	return JSON::PP::decode_json($told);
}

# $shown as inspect told; counts of marks as the views of $schema have them.
sub compare
{
	my ($shown, $schema) = @_;
	my %marks;
	my $incomplete = 'count(*) FILTER (WHERE NOT complete)';
	@marks{qw(index/lifecycle-week/rect index/lifecycle-week/open)} = split /\|/,
		sql("SELECT 4 * count(*), 4 * $incomplete FROM $schema.lifecycle_week WHERE period_start >= (SELECT as_of - 371 FROM $schema.basis)");
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
		for my $scheme (sort keys %{ $shown->{$page} })
		{
			my $one = $shown->{$page}{$scheme};
			is_deeply($one->{complaints}, [], "$schema: $page, $scheme: no complaint");
			is_deeply($one->{foreign}, [], "$schema: $page, $scheme: no request to others");
			cmp_ok($one->{bytes}, '<', 1_500_000, "$schema: $page, $scheme: less than 1.5 MB");
			cmp_ok($one->{bytes}, '>', 100_000, "$schema: $page, $scheme: ... and more than an empty page");
		}
		next if !$shown->{$page}{dark};
		isnt($shown->{$page}{light}{background}, $shown->{$page}{dark}{background}, "$schema: $page is dark in the dark");
		is_deeply({ map { $_ => $shown->{$page}{dark}{charts}{$_}{marks} } keys %{ $shown->{$page}{dark}{charts} } },
			{ map { $_ => $shown->{$page}{light}{charts}{$_}{marks} } keys %{ $shown->{$page}{light}{charts} } }, "$schema: $page shows the same there");
	}
	return;
}

my $shop = inspect('shop', 'light', 'dark');
compare($shop, 'shop');
my $kpis = $shop->{index}{light}{kpis};
is($kpis->{revenue}{value}, sql(q{SELECT to_char(sum(revenue), 'FM999,999,999') FROM shop.kpis_day WHERE day >= '2026-10-02'}), 'shop: the revenue of 30 days');
is($kpis->{purchases}{value}, sql(q{SELECT to_char(sum(purchases), 'FM999,999,999') FROM shop.kpis_day WHERE day >= '2026-10-02'}), 'shop: the purchases');
is($shop->{users}{light}{charts}{calibration}{marks}{dot},
	sql(q{SELECT count(*) FROM shop.churn_calibration WHERE churn_method = 'mbg_nbd'}), 'shop: a dot for each tenth of the calibration');

my ($found) = (run('grep', '-rlE', 'jsdelivr|googleapis|unpkg|esm\.sh', "$clone/dashboard/dist", '--include=*.html', '--include=*.css', '--include=components'))[1];
is($found, '', 'the pages name no CDN');

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
like((run(@of_regions))[2], qr/^dashboard\/run: regions holds several tenants: say with --tenant VALUE which the region to show/, 'of several tenants one must be named');
like((run(@of_regions, '--tenant', 'south'))[2], qr/^dashboard\/run: regions has no tenant south/, '... that is there');
like((run("$clone/dashboard/run", '--connection', $connection, '--tenant', 'x'))[2], qr/^dashboard\/run: shop knows no tenants/, '... and none where there are none');
($status, $out, $err) = run(@of_regions, '--tenant', "it's :mine");
is($status, 0, 'one tenant') or diag($err);
my $region = inspect('one tenant', 'light');
compare($region, 'one_region');

($status, undef, $err) = run("$clone/dashboard/run", '--connection', $connection, '--schema', 'nowhere');
is($status, 1, 'a schema that is not there is an error');
like($err, qr/^dashboard\/run: there is no schema nowhere with views of this version/, '... that says so');

done_testing();
