# demo/run and demo/stop from what a fresh clone would hold: what is printed,
# the CSV mode, the messages, and that only the demo's own server is ended.
use strict;
use warnings;
use utf8;
use Cwd qw(getcwd);
use FindBin;
use lib "$FindBin::RealBin/../lib";
use IPC::Run ();
use Markdown qw(read_lines blocks is_sql);
use PostgreSQL::Test::Utils;
use Test::More;

$ENV{USER_OPS_SKIP_INSTALL} = 1;
delete $ENV{NO_COLOR};
delete $ENV{SUDO_USER};

my $source = getcwd();
my @clones;

sub run
{
	my ($locale, @command) = @_;
	my ($out, $err);
	local $ENV{LC_ALL} = $locale;
	IPC::Run::run(\@command, '<', \'', '>', \$out, '2>', \$err);
	my $status = $? >> 8;
	utf8::decode($_) for $out, $err;
	return ($status, $out, $err);
}

sub clone
{
	my $dir = shift;
	my ($status, undef, $err) = run('C', 'bash', '-c', '. scripts/common.sh; copy_tree "$1"', "$source/test/run", $dir);
	is($status, 0, 'the tree is copied') or BAIL_OUT($err);
	push @clones, $dir;
	return $dir;
}

END
{
	my $status = $?;
	run('C', "$_/demo/stop", '--purge') for @clones;
	$? = $status;
}

sub write_file
{
	my ($name, $content) = @_;
	open my $file, '>:raw:utf8', $name or die "$name: $!";
	print $file $content;
	close $file or die "$name: $!";
	return $name;
}

# The lines between a heading and the next empty line.
sub section
{
	my ($text, $heading) = @_;
	return $text =~ /^\Q$heading\E\n(.*?)^$/ms ? split(/\n/, $1) : ();
}

sub pictures
{
	my $text = shift;
	return $text =~ /^(RFM segments.*)^\[[^\n]*Done/ms ? $1 : '';
}

my $dir = PostgreSQL::Test::Utils::tempdir_short();
my $clone = clone("$dir/c");
ok(!-e "$clone/.demo", 'a fresh clone has no server');

# --- the shop ----------------------------------------------------------------

my ($status, $out, $err) = run('C.UTF-8', "$clone/demo/run");
is($status, 0, 'demo/run succeeds');
like($out, qr/^Put to the test: 90 days ago, of one who came and one who did not, it ranked 9\d of 100 pairs right\.$/m, 'it says how the risk stood the test');
is($err, '', 'and complains about nothing');
like($out, qr/^\[ +\d+\.\d s\] \w/m, 'it says what it does and how long it took');
like($out, qr/^    SELECT \* FROM user_ops\.create_views\('public\.shop_events',$/m, 'it shows the call');
like($out, qr/Most at risk.*^The views\n.*^users +Who is each user\n.*^retention_\{day,week,month\} +\w/ms, 'it lists what was made and what that answers, after the results');
like($out, qr/^In a browser:\n+ {4}\S*\/dashboard\/run --serve$/m, 'it says how to open the dashboard');
like($out, qr/^    SELECT \* FROM user_ops\.create_funnel_view\('shop', 'first_visit',\n +'\{view,cart,checkout,purchase\}', '1 hour', entry => 'first', breakdown => 'channel'\);$/m,
	'it shows the calls for funnels');
like($out, qr/^    SELECT \* FROM user_ops\.create_attribution_view\('shop', 'channels', '\{purchase\}',\n +models => '\{first,last,linear,markov\}', by_label => true\);$/m,
	'... for channels');
like($out, qr/^    SELECT \* FROM user_ops\.create_path_view\('shop', 'sessions', label => 'channel'\);$/m, '... and for paths, which come first and say what labels are');
unlike($out, qr/\e/, 'no colours where it is not a terminal');
is(join("\n", grep { length > 100 } split /\n/, $out), '', 'no line is longer than 100 characters');

my @segments = grep { /^[a-z_]+ +[\d,]+ +\d+\.\d%/ } section($out, 'RFM segments');
cmp_ok(scalar @segments, '>=', 8, 'RFM segments: most segments have users');
ok((grep { /^champions / } @segments), 'RFM segments: champions are among them');
ok((grep { /^no_purchase / } @segments), 'RFM segments: so are visitors who never bought');
like($segments[0], qr/█/, 'RFM segments: with bars');

my @retention = grep { /^2\d\d\d-\d\d / } section($out, 'Retention by month');
is(scalar @retention, 18, 'Retention: a row for each of the 18 months');
like($retention[0], qr/^2025-05 +\d+ +100 +[░▒▓█] *\d+ /, 'Retention: the first cohort from month 0 on, shaded');
like($retention[-1], qr/^2026-10 +\d+ +100\s*$/, 'Retention: the last cohort has only begun');
ok((grep { /^all +100 +\d+/ } section($out, 'Retention by month')), 'Retention: the curve over all');

my @lifecycle = grep { /^2\d\d\d-\d\d/ } section($out, 'Lifecycle by month');
is(scalar @lifecycle, 18, 'Lifecycle: a row for each month');
like($lifecycle[0], qr/^2025-05 +([\d,]+) +\1 +0 +0 +0 +- /, 'Lifecycle: at first all are new, no ratio');
like($lifecycle[-1], qr/^2026-10 (?: +[\d,]+){5} +\d+\.\d\d /, 'Lifecycle: five counts and the quick ratio');

my @risk = grep { /^\d+ +[\d,]+ +\d+ +\d{4}-\d\d-\d\d/ } section($out, 'Most at risk among those that matter');
is(scalar @risk, 12, 'At risk: twelve users');
my @percent = map { /([\d.]+)%/ } @risk;
is_deeply(\@percent, [ sort { $b <=> $a } @percent ], 'At risk: the worst first');
ok(!(grep { /\blost$/ } @risk), 'At risk: none of them is lost');

my ($psql) = $out =~ /^ {4}(\S*psql -h .* -d shop)$/m;
ok($psql, 'it prints a psql command') or BAIL_OUT('no psql command');
sub shop { return (run('C', 'bash', '-c', 'exec $1 -XAtq <<<"$2"', 'shop', $psql, $_[0]))[1] =~ s/\n\z//r }

# what the customers of the shop do
is(shop(<<'SQL'), 'view f, search f, cart f, checkout f, purchase t, refund t', 'the shop: what happens, and which of it has an amount');
SELECT string_agg(format('%s %s', event, bool_or), ', ' ORDER BY array_position('{view,search,cart,checkout,purchase,refund}', event))
FROM (SELECT event, bool_or(total IS NOT NULL) FROM shop_events GROUP BY event HAVING count(total) IN (0, count(*))) AS e
SQL
is(shop(<<'SQL'), '0', 'the shop: before each purchase there was a checkout on that day');
SELECT count(*) FROM shop_events AS p WHERE event = 'purchase' AND NOT EXISTS (
	SELECT FROM shop_events AS c WHERE c.customer_id = p.customer_id AND c.event = 'checkout' AND c.occurred_at < p.occurred_at AND c.occurred_at::date = p.occurred_at::date)
SQL
is(shop(<<'SQL'), 'ads direct email organic referral search social|t|t', 'the shop: channels of arrivals, some of which come after others before a purchase');
SELECT string_agg(DISTINCT channel, ' ' ORDER BY channel), bool_and(event IN ('view', 'search')) FILTER (WHERE channel IS NOT NULL), count(channel) > 4 * count(*) FILTER (WHERE event = 'purchase') FROM shop_events WHERE channel IS NOT NULL OR event = 'purchase'
SQL

my @funnels = section($out, 'Funnels');
my @steps = map { /^(\d) (\w+) +([\d,]+)  (\S+) / ? [ $1, $2, $3 =~ tr/,//dr, $4 ] : () } @funnels;
is(join(' ', map { @$_[0, 1] } @steps), join(' ', ('1 view 2 cart 3 checkout 4 purchase') x 2), 'Funnels: two of four steps');
is(join(' ', map { $$_[2] } @steps), shop("SELECT string_agg(users::text, ' ' ORDER BY name, step) FROM funnels"), 'Funnels: as many users as the view has');
ok(!(grep { $steps[$_][2] >= $steps[ $_ - 1 ][2] } 1 .. 3, 5 .. 7), 'Funnels: fewer from step to step');
like($funnels[-1], qr/^\d+ of them have time left\.$/, 'Funnels: who may still get further is counted');
is((grep { /^4 purchase .* (\d+\.\d)% .*% +[\d,]+ +\d+\.\d min$/ } @funnels) + 0, 2, 'Funnels: conversion, who was lost, the time');

my @paths = section($out, 'Paths');
my @ways = map { /^(?:\d| ) +(\S+) +(\S+) +([\d,]+)  (\S+) +([\d,]+) / ? "$1 $2 " . $3 =~ tr/,//dr : () } @paths;
is(scalar @ways, 16, 'Paths: four ways of each of the first four steps');
is(join(', ', @ways), shop(<<'SQL'), '... as the view has them');
SELECT string_agg(format('%s %s %s', source, target, sessions), ', ' ORDER BY depth, place) FROM (
	SELECT *, row_number() OVER (PARTITION BY depth ORDER BY sessions DESC, source, target) AS place FROM paths) AS p WHERE depth <= 4 AND place <= 4
SQL
my @nexts = map { /^(\S+) (?:.*)$/ ? $_ : () } section($out, 'then, in %                 view       cart   checkout   purchase     search     refund     (exit)');
is(scalar @nexts, 7, 'Paths: what comes after the entry and each event');
my ($after_cart) = map { /^cart .*?(\d+) +<1 +<1 +- +\S* *(\d+)$/ ? "$1 $2" : () } @nexts;
is($after_cart, shop(q{SELECT string_agg(round(100 * probability)::text, ' ' ORDER BY target DESC) FROM path_transitions WHERE source = 'cart' AND target IN ('checkout', '(exit)')}),
	'... in per cent');

my @channels = map { /^(\S+) +([\d,]+) +([\d,]+) +([\d,]+) +([\d,]+) +([\d,]+) / ? [ map { tr/,//dr } $1, $2, $3, $4, $5 ] : () } section($out, 'Channels');
my $purchases = shop(q{SELECT count(*) FROM shop_events WHERE event = 'purchase'});
for my $model (1 .. 4)
{
	my $sum = 0;
	$sum += $$_[$model] for @channels;
	cmp_ok(abs($sum - $purchases), '<=', @channels / 2, 'Channels: all purchases are shared among them, by ' . (qw(first last linear markov))[ $model - 1 ]);
}
ok((grep { $$_[0] eq 'direct' && $$_[2] > $$_[1] } @channels) && (grep { $$_[0] eq 'organic' && $$_[1] > $$_[2] } @channels), 'Channels: who looks organically first comes directly at last');

my @campaign = section($out, 'Did the campaign help');
like($campaign[3], qr/^holdout [\d,]+ users, letter [\d,]+ users; sample ratio ok \(p = 0\.\d\d\)$/, 'Experiments: the arms are as they were meant to be');
my @metrics = map { /^(\w+) +[\d.]+ +[\d.]+ +(-?[\d.]+) +(-?[\d.]+) to (-?[\d.]+) / ? [ $1, $2, $3, $4 ] : () } @campaign;
is(join(' ', map { $$_[0] } @metrics), 'active_days converted events purchases retained revenue revenue_per_purchase', '... seven metrics');
# one in sixteen buys who would not have
my ($converted) = grep { $$_[0] eq 'converted' } @metrics;
ok($$converted[2] < 1 / 16 && $$converted[3] > 1 / 16 && $$converted[2] > 0, '... the interval holds the true effect, and not 0');
like(join("\n", @campaign), qr/^It brought ([\d,]+) more \(.*\), by \d+ more buyers; it cost 1,400, so [\d,]+ net\.$/m, '... what it brought, net of its cost');
like($out, qr/^A\/A test, [\d,]+ users to whom nothing was done: no difference in any of 7 metrics/m, '... and where nothing was done nothing is found');
is(shop(<<'SQL'), '1 of 1 as reckoned from the events', 'CUPED leaves 1 - rho^2 of the variance, within 2 %');
WITH people AS (
	SELECT t.variant, coalesce(sum(e.total) FILTER (WHERE e.occurred_at::date >= '2026-09-01'), 0)::float8 AS y, coalesce(sum(e.total) FILTER (WHERE e.occurred_at::date < '2026-09-01'), 0)::float8 AS x
	FROM shop_aa_test AS t LEFT JOIN shop_events AS e ON e.customer_id = t.customer_id AND e.occurred_at >= '2026-06-02Z' AND e.occurred_at < '2026-09-29Z' GROUP BY t.customer_id, t.variant),
within AS (SELECT y - avg(y) OVER (PARTITION BY variant) AS y, x - avg(x) OVER (PARTITION BY variant) AS x FROM people)
SELECT format('%s of %s as reckoned from the events', count(*) FILTER (WHERE abs(variance_ratio / (SELECT 1 - corr(y, x) ^ 2 FROM within) - 1) < 0.02 AND variance_ratio < 0.9), count(*))
FROM experiment_results WHERE experiment = 'a_a' AND metric = 'revenue'
SQL

my @months = map { /^(2\d{3}-\d\d) +([\d,]+) +(-?\d+) .*?([+-]\d+)(?: \(p < 0\.01\))? +[\d.]+% +[\d.]+%$/ ? join ' ', $1, $2, $3, $4 : () } section($out, 'How satisfied they are');
is(join(', ', @months), shop(<<'SQL'), 'Surveys: the months as the view has them');
SELECT string_agg(format('%s %s %s %s', to_char(month, 'YYYY-MM'), answers, round(nps::numeric), to_char(round(nps_difference::numeric), 'SGFM990')), ', ' ORDER BY month)
FROM (SELECT * FROM survey_month WHERE survey = 'recommend' ORDER BY month DESC LIMIT 14) AS m
SQL
is(shop(q{SELECT string_agg(to_char(month, 'YYYY-MM'), ',' ORDER BY month) FROM survey_month WHERE survey = 'recommend' AND nps_p < 0.001}), '2025-12,2026-01', '... parcels came late in December, and not any more in January');
my @goals = map { /^(\w+(?: \w+)?), .* (on track|behind|reached|missed) *$/ ? "$1 $2" : () } section($out, 'Goals and alerts');
my @held = section($out, 'What is stored of one customer, and what can be shown');
is(join(' ', grep { /^(?:activity|journeys|points|item_baskets_items)$/ } sort map { / 1 (\w+)/g } @held), shop(<<'SQL'), 'Privacy: the tables in which the best customer is');
SELECT concat_ws(' ', (SELECT 'activity' FROM activity AS t WHERE t.user_id = best.user_id), (SELECT 'item_baskets_items' FROM item_baskets_items AS t WHERE t.user_id = best.user_id),
	(SELECT 'journeys' FROM journeys AS t WHERE t.user_id = best.user_id), (SELECT 'points' FROM points AS t WHERE t.user_id = best.user_id))
FROM (SELECT user_id FROM users ORDER BY monetary DESC, user_id LIMIT 1) AS best
SQL
is(join(', ', @goals), 'new users behind, purchases reached, revenue on track', 'Goals: each with how it stands');
like($out, qr/^days that were not as usual, the latest \(\d+ of [\d,]+ days, metric by metric\)\n(?:2026-\d\d-\d\d \w{3}  .*expected.*%\n){9}/m, '... and days that were not as usual');
my @tiers = map { /^(A|B|C|none) +([\d,]+) +([\d,]+) / ? [ $1, map { s/,//gr } $2, $3 ] : () } section($out, 'Who brings the revenue');
is(join(' ', map { $$_[0] } @tiers), 'A B C none', 'Value: all tiers');
my ($of_all, $of_a) = (0, $tiers[0][2]);
$of_all += $$_[2] for @tiers;
cmp_ok(abs($of_all - shop('SELECT sum(total) FROM shop_events WHERE occurred_at < (SELECT max(as_of) FROM fitted)')), '<=', 2, '... bring what the events say');
cmp_ok(abs($of_a / $of_all - 0.8), '<', 0.005, '... A four fifths of it');
like($out, qr/^newsletter +[\d,]+ +[\d,]+ +\d+ +\d+ +\d\.\d\d$/m, '... and which tags they have');

is(shop('SELECT count(*) FROM shop_order_lines AS l WHERE NOT EXISTS (SELECT FROM shop_events AS e WHERE e.customer_id = l.customer_id AND e.occurred_at = l.ordered_at AND e.event = $$purchase$$)'), 0,
	'Items: each line is of a purchase');
my @pairs = map { /^(\w+(?: \w+)*) {2,}(\w+(?: \w+)*) {2,}([\d,]+) +[\d.]+% +[\d.]+ / ? "$1, $2 " . $3 =~ tr/,//dr : () } section($out, 'What goes together');
is(join('; ', @pairs), shop(q{SELECT string_agg(format('%s, %s %s', item, other, users_both), '; ' ORDER BY llr DESC, item, other) FROM (SELECT * FROM item_pairs WHERE name = 'items' AND item < other COLLATE "C" ORDER BY llr DESC, item, other LIMIT 8) AS p}),
	'... the surest pairs, as the view has them');
like($out, qr/^51% one that sells best: recommendations hit (\d\d)% more often\.$/m, '... and recommendations beat the best sellers');
my @articles = map { /^(\w+, part \d+) +[\d,]+ +[\d,]+ +[\d.]+% +[\d.]+%/ ? $1 : () } section($out, 'Which content brings people back');
is(join('; ', @articles), shop(q{SELECT string_agg(item, '; ' ORDER BY return_lower DESC, item) FROM (SELECT * FROM content_items ORDER BY return_lower DESC NULLS LAST, item LIMIT 8) AS c}), 'Content: what brings people back');
like($out, qr/^\d+ customers wrote; the busiest three brought 5\d% of what others read and said\.$/m, '... and who writes it');

my ($code, $answer) = run('C', 'bash', '-c', "$psql -XAt -c 'SELECT count(*) > 1000 FROM users'");
is($answer, "t\n", 'which works as printed, and finds the views by their bare names');

my ($again, $second) = run('C.UTF-8', "$clone/demo/run");
is($again, 0, 'demo/run a second time succeeds');
ok(pictures($out) ne '' && pictures($second) eq pictures($out), 'and prints the same');

# Every statement of the README runs beside it, and the shop stays as it was.
my ($playground) = $out =~ /^An empty database.*:\n+ {4}(\S*psql -h .* -d playground)$/m;
my $statements = write_file("$dir/readme.sql", join "\n", map { $_->{text} } grep { is_sql($_) && !$_->{skipped} } blocks(read_lines('README.md')));
($code, undef, $err) = run('C', 'bash', '-c', "$playground -XAt -v ON_ERROR_STOP=1 -f $statements");
is($code, 0, 'the statements of the README run in the playground') or diag($err);
(undef, $answer) = run('C', 'bash', '-c', "$psql -XAt -c \"SELECT count(*), (SELECT count(*) FROM refresh_log) FROM pg_class WHERE relname = 'orders'\"");
like($answer, qr/^0\|\d+$/, '... and not in the shop');

(undef, $second) = run('C', "$clone/demo/run");
unlike(pictures($second), qr/[^\x00-\x7f]/, 'plain ASCII where the locale is not UTF-8');

# --- only our own server -----------------------------------------------------

my $other = clone("$dir/o");
mkdir $_ or die "$_: $!" for "$other/.demo", "$other/.demo/data";
run('C', 'cp', "$clone/.demo/data/PG_VERSION", "$other/.demo/data/");
symlink "$clone/.demo/.s.PGSQL.5432", "$other/.demo/.s.PGSQL.5432" or die;
($status, undef, $err) = run('C', "$other/demo/run");
is($status, 1, 'demo/run refuses a foreign server at its socket');
like($err, qr/^demo\/run: the server that answers at \Q$other\E\/\.demo is not ours/, 'and says so');
(undef, $out) = run('C', "$other/demo/stop");
like($out, qr/is not running/, 'demo/stop of another clone finds nothing to end');
(undef, $answer) = run('C', 'bash', '-c', "$psql -XAt -c 'SELECT 1'");
is($answer, "1\n", 'and leaves the first server alone');

($status, $out) = run('C', "$clone/demo/stop");
is($status, 0, 'demo/stop succeeds');
like($out, qr/has ended/, 'and says what it did');
($code) = run('C', 'bash', '-c', "$psql -XAt -c 'SELECT 1'");
isnt($code, 0, 'the server is gone');
(undef, $out) = run('C', "$clone/demo/stop", '--purge');
ok($out =~ /removed/ && !-e "$clone/.demo", 'demo/stop --purge removes its data');

# --- CSV, from a clone too deep for a socket, with a blank in its path ---------

SKIP:
{
	skip 'needs node and DuckDB in demo/csv/node_modules', 1 if !-d "$source/demo/csv/node_modules/\@duckdb" || system('command -v node >/dev/null') != 0;
	my $deep = clone("$dir/a folder/" . 'deep' x 25);
	symlink "$source/demo/csv/node_modules", "$deep/demo/csv/node_modules" or die $!;
	my $csv = write_file("$dir/odd.csv",
		qq{\x{feff}"Kunde, Nr.","when ""exactly""",Betrag €,note\r\n}
		  . join('', map { my $u = $_; map {
			  sprintf(qq{%d,2026-%02d-%02d 10:00:00+02,"%d.50","a\r\nb ""c"""\r\n}, $u, 1 + $_, 1 + $u % 28, $u * $_)
			} 0 .. $u % 4 } 1 .. 60)
		  . qq{7,2026-05-01 23:30:00Z,,visit\r\n,2026-05-01 23:30:00Z,1,nobody\r\n});
	my @odd = ('--csv', $csv, '--user-id', 'Kunde, Nr.', '--event-time', 'when "exactly"');

	($status, $out, $err) = run('C.UTF-8', "$deep/demo/run", @odd, '--amount', 'Betrag €', '--time-zone', 'Europe/Berlin');
	is($status, 0, 'CSV: odd names, quotes, CRLF, a byte order mark') or diag($err);
	like($out, qr/using \/var\/tmp\/user_ops\.\w+$/m, 'CSV: a path too deep for a socket is said to be');
	like($out, qr/Loaded 151 events of 60 users, 2026-01-01 to 2026-05-02, amounts 4650\.00$/m, 'CSV: every row, local days');
	like($out, qr/Read as UTF-8, columns between commas; user id bigint, time timestamptz$/m, 'CSV: types');
	like($out, qr/Rows without a user or a time, and so left out: 1\.$/m, 'CSV: what is left out is counted');
	like($out, qr/as_of => '2026-05-03',\n +time_zone => 'Europe\/Berlin'\);$/m, 'CSV: as of the day after the last event');
	for my $heading ('RFM segments', 'Retention by month', 'Lifecycle by month', 'Most at risk among those that matter')
	{
		ok((grep { /^\S+ +.*\d/ } section($out, $heading)) > 0, "CSV: $heading");
	}
	like($out, qr/^2026-05\*/m, 'CSV: a month not over is marked');
	ok(-d (my ($outside) = $out =~ /using (\/var\/tmp\/\S+)$/m)[0], 'CSV: the folder outside is there');
	($psql) = $out =~ /^ {4}(\S*psql -h .* -d csv)$/m;
	(undef, $answer) = run('C', 'bash', '-c', "$psql -XAt -c 'SELECT sum(events), sum(monetary)::numeric(9,2) FROM users'");
	is($answer, "151|4650.00\n", 'CSV: the psql command works, nothing is lost');

	($status, $out, $err) = run('C.UTF-8', "$deep/demo/run", @odd, '--as-of', '2026-04-01');
	is($status, 0, 'CSV: without amounts') or diag($err);
	like($out, qr/as_of => '2026-04-01'\);/, 'CSV: --as-of is passed on');
	ok((grep { /^[a-z_]+ +\d+ +\d+\.\d% \S+ +- +- / } section($out, 'RFM segments')), 'CSV: segments without revenue');

	# events, some under a name that needs quotes; user 1 gets to the end, 2 within two days, 3 not
	my $clicks = write_file("$dir/clicks.csv", "who,at,what,Came By,price\n" . join '', map { "$_\n" }
		'1,2026-01-01 10:00:00,"look, around",mail,', '1,2026-01-01 10:05:00,cart,,', '1,2026-01-01 10:06:00,paid,,5.00',
		'2,2026-01-01 10:00:00,"look, around",ads,', '2,2026-01-03 09:00:00,"look, around",mail,', '2,2026-01-03 09:00:30,cart,,', '2,2026-01-03 09:10:00,paid,,7.00',
		'3,2026-01-05 10:00:00,"look, around",ads,', '3,2026-01-05 10:01:00,"look, around",,', '3,2026-01-05 10:02:00,cart,,');
	my @clicks = ('--csv', $clicks, '--user-id', 'who', '--event-time', 'at', '--amount', 'price', '--event', 'What');
	($status, $out, $err) = run('C.UTF-8', "$deep/demo/run", @clicks);
	is($status, 0, 'CSV: with events') or diag($err);
	like($out, qr/^    SELECT \* FROM user_ops\.create_path_view\('events_ops', 'sessions', event => 'what'\);$/m, 'CSV: ... the call names their column');
	is(join(', ', map { /^(?:\d| ) +(.*?) +(\S+) +(\d+)  / ? "$1 $2 $3" : () } section($out, 'Paths')),
		'look, around cart 3, look, around (exit) 1, cart paid 2, cart (exit) 1, paid (exit) 2', 'CSV: ... and there are their paths');
	unlike($out, qr/^(?:Funnels|Channels)$/m, 'CSV: ... but no funnel without steps');
	($status, $out, $err) = run('C.UTF-8', "$deep/demo/run", @clicks, '--steps', 'cart,paid', '--within', '1 day', '--channel', 'came by');
	is($status, 0, 'CSV: with steps and channels') or diag($err);
	is(join(', ', map { /^(\d \w+) +(\d+) .*?(\S+ \S+)?$/ ? "$1 $2" : () } section($out, 'Funnels')), '1 cart 3, 2 paid 2', 'CSV: ... a funnel');
	# the median of 60 and 570 s
	like($out, qr/^2 paid .* 66\.7% +66\.7% +1 +5\.3 min$/m, 'CSV: ... with the median time');
	is(join(', ', map { /^(\S+) +(\d) +(\d) / ? "$1 $2 $3" : () } section($out, 'Channels')), 'mail 1 2, ads 1 0', 'CSV: ... and what channels brought');

	($status, $out) = run('C', "$deep/demo/stop", '--purge');
	ok($status == 0 && !-e $outside && !-e "$deep/.demo", 'demo/stop --purge removes the folder outside, too');
}

# Without DuckDB a sentence says so.
my $csv = write_file("$dir/some.csv", "u,t\n1,2026-01-01\n");
($status, undef, $err) = run('C.UTF-8', "$clone/demo/run", '--csv', $csv, '--user-id', 'u', '--event-time', 't');
is($status, 1, 'error: no DuckDB');
like($err, qr/^demo\/run: files are read with DuckDB, and npm could not fetch it [^\n]*\n\z/, 'and the message says it');
run('C', "$clone/demo/stop", '--purge');

my %wrong = (
	'the file is empty' => [ '--csv', write_file("$dir/empty.csv", ''), '--user-id', 'u', '--event-time', 't' ],
	'no such file, or not readable' => [ '--csv', "$dir/nowhere.csv", '--user-id', 'u', '--event-time', 't' ],
	'--csv needs --user-id and --event-time' => [ '--csv', $csv, '--user-id', 'u' ],
	'--as-of is a date' => [ '--csv', $csv, '--user-id', 'u', '--event-time', 't', '--as-of', '2026-02-31' ],
	'--steps needs --event' => [ '--csv', $csv, '--user-id', 'u', '--event-time', 't', '--steps', 'a,b' ],
	'--steps are two events or more' => [ '--csv', $csv, '--user-id', 'u', '--event-time', 't', '--event', 'e', '--steps', 'a' ],
	'--within needs --steps' => [ '--csv', $csv, '--user-id', 'u', '--event-time', 't', '--event', 'e', '--within', '1 day' ],
	'--where goes with --csv' => [ '--where', 'true' ],
	'--amount needs a value' => ['--amount'],
	'unknown argument: --amuont' => ['--amuont']);
for my $message (sort keys %wrong)
{
	($status, undef, $err) = run('C.UTF-8', "$clone/demo/run", @{ $wrong{$message} });
	is($status, 1, 'error: ' . $message =~ s/[^ -~]+/?/gr);
	like($err, qr/^demo\/run: [^\n]*\Q$message\E[^\n]*\n\z/, 'and the message says it');
}

($status, $out) = run('C', "$clone/demo/run", '--help');
ok($status == 0 && $out =~ /--csv FILE --user-id COLUMN --event-time COLUMN/ && $out =~ /USER_OPS_SKIP_INSTALL/, '--help');
ok(!-e "$clone/.demo", '--help starts nothing');

done_testing();
