# RFM of the CDNOW sample through the views, against values worked out elsewhere.
# The data stand in a folder beside the project (or where USER_OPS_SHARED says);
# skipped where that is absent.
use strict;
use warnings;
use FindBin;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $shared = $ENV{USER_OPS_SHARED} || "$FindBin::RealBin/../../../shared";
my $log = "$shared/data/cdnow_sample_elog.csv";
my $golden = "$shared/golden/cdnow_rfm_1998-07-01.csv";
for my $file ($log, $golden)
{
	plan skip_all => "no CDNOW data: $file is absent" unless -r $file;
}

my $node = PostgreSQL::Test::Cluster->new('cdnow');
$node->init;
$node->append_conf('postgresql.conf', "fsync = off\n");
$node->start;

# Columns of the expected values in the order of their header line.
my ($header) = slurp_file($golden) =~ /^(.*)$/m;
my $columns = join ', ', map { "$_ text" } split /,/, $header =~ s/\r//r;

$node->safe_psql('postgres', <<"EOS");
CREATE EXTENSION user_ops;
CREATE TABLE cdnow (customer_id int, date date, cds int, dollars numeric);
CREATE TABLE golden ($columns);
EOS
for my $load ([ cdnow => $log ], [ golden => $golden ])
{
	my ($table, $file) = @$load;
	$node->safe_psql('postgres', "COPY $table FROM STDIN (FORMAT csv, HEADER);\n" . slurp_file($file) =~ s/\r//gr =~ s/\n*\z/\n/r . "\\.\n");
}
is($node->safe_psql('postgres', 'SELECT count(*), count(DISTINCT customer_id), sum(dollars) FROM cdnow'),
	'6919|2357|' . $node->safe_psql('postgres', 'SELECT round(sum(cents::bigint) / 100.0, 2) FROM golden'), 'the sample is whole');

my $made = $node->safe_psql('postgres', q{SELECT count(*) FROM user_ops.create_views('cdnow', 'customer_id', 'date', 'dollars',
	target_schema => 'cdnow_ops', as_of => '1998-07-01')});
cmp_ok($made, '>=', 11, 'the views are made');

is($node->safe_psql('postgres', <<'EOS'), '2357|2357', 'every customer is on both sides');
SELECT count(*), count(u.user_id) FROM cdnow_ops.users AS u FULL JOIN golden AS g ON g.customer_id = u.user_id::text
EOS
my %same = (
	recency_days => ['recency_days', 'integer'],
	frequency    => ['freq', 'bigint'],
	'monetary * 100' => ['cents', 'numeric'],
	r_score => ['r_cut', 'integer'],
	f_score => ['f_cut', 'integer'],
	m_score => ['m_cut', 'integer'],
	segment => ['segment_cut', 'text']);
for my $ours (sort keys %same)
{
	my ($theirs, $type) = @{ $same{$ours} };
	is($node->safe_psql('postgres', <<"EOS"), '', "$ours of every customer");
SELECT user_id, u.$ours, g.$theirs FROM cdnow_ops.users AS u JOIN golden AS g ON g.customer_id = u.user_id::text
WHERE u.$ours IS DISTINCT FROM g.$theirs\::$type
ORDER BY 1 LIMIT 10
EOS
}
is($node->safe_psql('postgres', q{SELECT count(*) FROM cdnow_ops.users WHERE rfm_score IS DISTINCT FROM concat(r_score, f_score, m_score)}),
	0, 'rfm_score is the three side by side');
is($node->safe_psql('postgres', 'SELECT segment, users FROM cdnow_ops.rfm_segments ORDER BY segment COLLATE "C"'),
	$node->safe_psql('postgres', 'SELECT segment_cut, count(*) FROM golden GROUP BY 1 ORDER BY segment_cut COLLATE "C"'), 'users of every segment');
is($node->safe_psql('postgres', 'SELECT sum(revenue) FROM cdnow_ops.rfm_segments'),
	$node->safe_psql('postgres', 'SELECT sum(dollars) FROM cdnow'), 'all revenue belongs to a segment');

# --- the purchase model against the holdout: 39 weeks after 1997-09-30 ---------

my $accuracy = "$shared/golden/holdout_accuracy.csv";
SKIP:
{
	skip "no accuracy of the holdout: $accuracy is absent", 5 unless -r $accuracy;
	my ($expected) = grep { /^cdnow,mbg_nbd,/ } split /\r?\n/, slurp_file($accuracy);
	my ($n, $actual, $predicted, $bias) = (split /,/, $expected)[ 2, 4, 5, 6 ];
	my ($users, $bought, $forecast, $off, $auc, $likely, $active, $status) = split /\|/, $node->safe_psql('postgres',
		q{SELECT users, actual_purchases, predicted_purchases, 100 * total_bias, auc, predicted_active, actual_active, status
		  FROM user_ops.backtest_summary('cdnow_ops.activity', '1997-10-01', 39 * 7)});
	is("$users|$bought|$status", "$n|$actual|ok", 'backtest: users and purchases of the holdout');
	cmp_ok(abs($forecast / $predicted - 1), '<', 1e-6, "... $forecast purchases forecast");
	cmp_ok(abs($off - $bias), '<', 1e-4, "... $off per cent off");
	cmp_ok($auc, '>=', 0.755, "... the area under the curve is $auc");
	# users are as far off as purchases are
	cmp_ok(abs(100 * ($likely / $active - 1) - $bias), '<', 2, "... $likely users forecast, $active came");
}

$node->stop;
done_testing();
