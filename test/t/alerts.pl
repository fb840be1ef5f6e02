# How often kpi_alerts is wrong: three years of two shops that sell more on weekends, grow, and
# have a season, without an event; then on ten days three of ten users are missing.
#
# Takes minutes.
use strict;
use warnings;
use FindBin;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $seed = $ENV{USER_OPS_SEED} // 20240229;
my $node = PostgreSQL::Test::Cluster->new('alerts');
$node->init;
$node->append_conf('postgresql.conf', "fsync = off\njit = off\nsearch_path = 'public, user_ops'\n");
$node->start;
$node->safe_psql('postgres', 'CREATE EXTENSION user_ops');
note("seed $seed");

sub sql { return $node->safe_psql('postgres', "SET client_min_messages = warning;\n$_[0]") }

# Who comes differs by chance; each day's number does so with the variance of counts. Every 20th is new; an eighth buys.
sql(<<"SQL");
SELECT setseed(@{[ ($seed % 2000) / 1000 - 1 ]}) \\g /dev/null
CREATE TABLE days AS
SELECT shop, d, level * (ARRAY[1, 0.95, 0.97, 1.02, 1.1, 1.45, 1.3])[1 + d % 7] * (1 + 0.25 * sin(2 * pi() * d / 365.25)) * (1 + 0.3 * d / 1096) AS mean, sqrt(-2 * ln(1 - random())) * cos(2 * pi() * random()) AS chance, level
FROM (VALUES ('small', 150), ('large', 1200)) AS s (shop, level), generate_series(0, 1095) AS d;
CREATE TABLE visits AS
SELECT shop, floor(d * level / 20.0)::int + floor(4 * level * random())::int AS customer, date '2021-01-04' + d AS day,
	CASE WHEN random() < 0.125 THEN round(exp(3 + 0.7 * sqrt(-2 * ln(1 - random())) * cos(2 * pi() * random()))::numeric, 2) END AS amount
FROM days, generate_series(1, round(mean + sqrt(mean) * chance)::int) AS n;
SELECT FROM create_views('visits', 'customer', 'day', 'amount', target_schema => 'shop', tenant => 'shop', as_of => '2024-01-05', purchase_model => 'none');
SELECT FROM create_alert_views('shop');
SQL

my $judged = "count(*) FILTER (WHERE status IN ('ok', 'alert'))";
my $share = "round(100.0 * count(*) FILTER (WHERE status = 'alert') / $judged, 2)";
for my $line (split /\n/, sql("SELECT shop, metric, $share, $judged FROM shop.kpi_alerts GROUP BY shop, metric ORDER BY shop, metric"))
{
	my ($shop, $metric, $alerts, $days) = split /\|/, $line;

	cmp_ok($alerts, '<=', 2, "$shop, $metric: alerts on $alerts % of $days days without an event");
}
my $all = sql("SELECT $share FROM shop.kpi_alerts");
cmp_ok($all, '<=', 1, "alerts on $all % of all days");
my $eight = sql(q{SELECT round(100.0 * count(*) FILTER (WHERE abs(z) > 3.5 AND abs(value / expected - 1) >= 0.05) / count(*), 2) FROM (
	SELECT a.value, r.* FROM (SELECT *, array_agg(value) OVER (PARTITION BY shop, metric, extract(isodow FROM day) ORDER BY day ROWS BETWEEN 8 PRECEDING AND 1 PRECEDING) AS before FROM shop.kpi_alerts) AS a,
		robust_z(a.value, a.before) AS r WHERE a.usual IS NOT NULL) AS r});
note("by the eight values of the same weekday alone: on $eight %");

sql(q{DELETE FROM visits WHERE (day - date '2021-06-02') % 97 = 0 AND day > '2021-06-01' AND customer % 10 IN (1, 4, 7);
SELECT FROM refresh('shop')});
my ($missing, $found) = split /\|/, sql(q{SELECT count(*), count(*) FILTER (WHERE status = 'alert') FROM shop.kpi_alerts WHERE shop = 'large' AND metric = 'dau' AND (day - date '2021-06-02') % 97 = 0 AND day > '2021-06-01'});
is($missing, 10, 'ten days on which three of ten are missing');
cmp_ok($found, '>=', 9, "... of which dau of $found is an alert");
note(sql(q{SELECT count(*) FILTER (WHERE status = 'alert') || ' in the small shop' FROM shop.kpi_alerts WHERE shop = 'small' AND metric = 'dau' AND (day - date '2021-06-02') % 97 = 0 AND day > '2021-06-01'}));
my $others = sql(q{SELECT count(*) FROM shop.kpi_alerts WHERE shop = 'large' AND metric = 'dau' AND (day - date '2021-06-02') % 97 <> 0 AND status = 'alert'});
cmp_ok($others, '<=', 10, "... and $others others are");

$node->stop;
done_testing();
