# Small cases with published results, from a folder beside the project (or where
# USER_OPS_SHARED says); skipped where that is absent.
use strict;
use warnings;
use utf8;
use Encode qw(decode_utf8 encode_utf8);
use FindBin;
use JSON::PP;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $shared = $ENV{USER_OPS_SHARED} || "$FindBin::RealBin/../../../shared";
my $file = "$shared/vectors/vectors.json";
plan skip_all => "no published cases: $file is absent" unless -r $file;

my %check = (
	retention       => \&check_retention,
	retention_flags => \&check_flags,
	retention_avg   => \&check_means,
	lifecycle       => \&check_lifecycle,
	sessionize      => \&check_sessions,
	paths           => \&check_paths,
	rfm8            => \&check_segment8);
my @vectors =
  grep { $check{ $_->{capability} } && $_->{evidence} ne 'version-conflict' } @{ decode_json(slurp_file($file)) };

my $node = PostgreSQL::Test::Cluster->new('vectors');
$node->init(extra => [ '--encoding=UTF8', '--locale=C' ]);
$node->append_conf('postgresql.conf', "fsync = off\nsearch_path = 'user_ops, public'\ndatestyle = 'ISO, YMD'\n");
$node->start;
$node->safe_psql('postgres', 'CREATE EXTENSION user_ops');

# The rows of a query, each a list of texts.
sub rows
{
	my ($sql) = @_;
	my $out = decode_utf8($node->safe_psql('postgres', encode_utf8($sql)));
	return map { [ split /\|/, $_, -1 ] } split /\n/, $out;
}

# (user, day) pairs as a FROM item.
sub table_of
{
	my ($type, %days) = @_;
	my @rows = map { my $user = $_; map { "('$user', $type '$_')" } @{ $days{$user} } } sort keys %days;
	return '(VALUES ' . join(', ', @rows) . ') AS e (user_id, at)';
}

sub activities
{
	my ($events, @zone) = @_;
	return '(SELECT user_id, activity_agg(' . join(', ', 'at', @zone) . ") AS activity FROM $events GROUP BY user_id)";
}

sub plus
{
	my ($date, $amount, $unit) = @_;
	return (rows("SELECT (date '$date' + interval '$amount $unit')::date"))[0][0];
}

# PostHog's table: a row for each of the last periods, one cell less each.  We list
# no cohort without users; there it has zeros.
sub check_retention
{
	my ($case) = @_;
	my %p = %{ $case->{params} };
	my $unit = $p{unit};
	my $origin = $p{origin} || '2020-06-10';
	my $start = plus($origin, $p{origin_offset} || 0, $unit);
	my $as_of = plus($start, $p{periods}, $unit);
	my @options = ("cohort => '$p{kind}'");
	push @options, q{mode => 'on_or_after'} if $p{unbounded};
	push @options, "min_occurrences => $p{min_occurrences}" if $p{min_occurrences};
	push @options, "week_start => '$p{week_start}'" if $p{week_start};
	my $options = 'retention_options(' . join(', ', @options) . ')';

	my $days = sub {
		my ($offsets) = @_;
		return table_of('date', map { my $user = $_; $user => [ map { plus($origin, $_, $unit) } @{ $offsets->{$user} } ] } keys %$offsets);
	};
	my ($from, $matrix);
	if ($case->{input}{start})
	{
		$from = activities($days->($case->{input}{start})) . ' AS s LEFT JOIN '
		  . activities($days->($case->{input}{ret})) . ' AS r USING (user_id)';
		$matrix = "retention_between(s.activity, r.activity, '$unit', '$as_of', $options)";
	}
	else
	{
		$from = activities($case->{input}{dates} ? table_of('date', %{ $case->{input}{dates} }) : $days->($case->{input}{offsets})) . ' AS s';
		$matrix = "retention(activity, '$unit', '$as_of', $options)";
	}
	my %cell;
	$cell{ $_->[0] }{ $_->[1] } = $_->[2]
	  for rows("SELECT cohort, period_number, retained_users FROM (SELECT $matrix AS m FROM $from) AS q, cells(m)");

	my @got;
	for my $i (0 .. $p{periods} - 1)
	{
		my $cohort = $cell{ plus($start, $i, $unit) };
		push @got, [ map { $cohort ? $cohort->{$_} // 'missing' : 0 } 0 .. $p{periods} - 1 - $i ];
	}
	is_deeply(\@got, $case->{expected}, $case->{id}) or diag(explain(\@got));
}

# Flags of each user, or their sums.
sub check_flags
{
	my ($case) = @_;
	my $per_user = $case->{params}{per_user};
	my %labels;    # user => what they did
	while (my ($key, $values) = each %{ $case->{input} })
	{
		if ($per_user) { $labels{$key} = $values; }
		else { push @{ $labels{$_} }, $key for @$values; }
	}
	my $events = table_of('text', %labels);
	my $conditions = join ', ', map { "at = '$_'" } @{ $case->{params}{conds} };
	my %flags = map { $_->[0] => [ $_->[1] =~ /\d+/g ] }
	  rows("SELECT user_id, retention_flags($conditions) FROM $events GROUP BY user_id");

	if ($per_user)
	{
		is_deeply(\%flags, $case->{expected}, $case->{id});
		return;
	}
	my @sums = (0) x @{ $case->{params}{conds} };
	for my $user (values %flags)
	{
		$sums[$_] += $user->[$_] for 0 .. $#sums;
	}
	is_deeply(\@sums, $case->{expected}, $case->{id});
}

# Cohorts [size, retained, complete], ten days apart, who come back the day after.
sub check_means
{
	my ($case) = @_;
	my @cohorts = @{ $case->{input}{cohorts} };
	my $values = join ', ', map { my ($size, $retained) = @{ $cohorts[$_] }[ 0, 1 ]; "($_, $size, $retained)" } 0 .. $#cohorts;
	my %got;

	for my $mean ([ simple => 'simple' ], [ weighted => 'pooled' ])
	{
		($got{ $mean->[0] }) = map { $_->[0] } rows(<<"EOS");
SELECT round(retention_rate::numeric, 4)
FROM (SELECT retention(activity, 'day', '2024-12-31') AS m
	  FROM (SELECT activity_agg(date '2024-01-01' + 10 * c + d) AS activity
			FROM (VALUES $values) AS cohorts (c, size, retained), generate_series(1, size) AS u, generate_series(0, 1) AS d
			WHERE d = 0 OR u <= retained
			GROUP BY c, u) AS s) AS q, curve(m, mean => '$mean->[1]')
WHERE period_number = 1
EOS
	}
	ok(!grep({ !$_->[2] } @cohorts), "$case->{id}: complete cohorts only");
	is_deeply([ map { $got{$_} + 0 } sort keys %got ], [ map { $_ + 0 } @{ $case->{expected} }{ sort keys %got } ], $case->{id});
}

# Rows of a window of periods; PostHog counts dormant users below zero.
sub check_lifecycle
{
	my ($case) = @_;
	my %p = %{ $case->{params} };
	my $unit = $p{unit};
	my $week_start = $p{week_start} || 'monday';
	my $events =
	  $case->{input}{users_ts}
	  ? activities(table_of('timestamptz', %{ $case->{input}{users_ts} }), "'$p{tz}'::text")
	  : activities(table_of('date', %{ $case->{input}{users} }));
	my ($bounds) = rows("SELECT period_start('$p{frm}', '$unit', '$week_start'), period_start('$p{to}', '$unit', '$week_start')");
	my ($first, $last) = @$bounds;
	is($first, $p{first_bucket}, "$case->{id}: first period") if $p{first_bucket};
	my $as_of = plus($last, 1, $unit);

	my %cell = map { $_->[0] => $_ } rows(<<"EOS");
SELECT period_start, new_users, returning_users, resurrected_users, -dormant_users, active_users
FROM (SELECT lifecycle(activity, '$unit', '$as_of', '$week_start') AS counts FROM $events AS s) AS q, cells(counts)
EOS
	my %got = map { $_ => [] } qw(new returning resurrecting dormant);
	for (my $period = $first; $period le $last; $period = plus($period, 1, $unit))
	{
		my $row = $cell{$period} || [ $period, ('missing') x 5 ];
		my $i = 1;
		push @{ $got{$_} }, $row->[ $i++ ] for qw(new returning resurrecting dormant);
	}
	is_deeply(\%got, $case->{expected}, $case->{id}) or diag(explain(\%got));
}

# Times of one user on one day, numbered by session.
sub check_sessions
{
	my ($case) = @_;
	my $times = join ', ', map { "(timestamptz '2024-01-01 $_ UTC')" } @{ $case->{input}{times} };
	my @got = map { $_->[0] + 0 } rows("SELECT session_id(at, '$case->{params}{timeout}') OVER (ORDER BY at) FROM (VALUES $times) AS e (at)");

	is_deeply(\@got, $case->{expected}, $case->{id});
}

# Pages of each user in order, an edge with its depths in its names, which says nothing of exits.
sub check_paths
{
	my ($case) = @_;
	my %pages = %{ $case->{input}{users} };
	my @rows = map { my $user = $_; map { "('$user', timestamptz '2024-01-01 UTC' + $_ * interval '1 minute', '$pages{$user}[$_]')" } 0 .. $#{ $pages{$user} } } sort keys %pages;
	my $journeys = '(SELECT journey_agg(at, page) AS j FROM (VALUES ' . join(', ', @rows) . ') AS e (user_id, at, page) GROUP BY user_id) AS s';
	my %got = map { ("$_->[0]_$_->[1] " . ($_->[0] + 1) . "_$_->[2]" => $_->[3] + 0) }
	  rows("SELECT depth, source, target, sessions FROM edges((SELECT path_edges(j, NULL, '2025-01-01') FROM $journeys)) WHERE target IS NOT NULL");

	is_deeply(\%got, { map { ("$_->[0] $_->[1]" => $_->[2]) } @{ $case->{expected} } }, $case->{id}) or diag(explain(\%got));
}

# Sources write "customers" behind each label; the labels of the field have none.
sub check_segment8
{
	my ($case) = @_;
	my $label = (rows("SELECT segment8('$case->{input}')"))[0][0];
	is(encode_utf8($label), encode_utf8($case->{expected} =~ s/客户$//r), $case->{id});
}

cmp_ok(scalar @vectors, '>=', 24, 'cases');
$check{ $_->{capability} }->($_) for sort { $a->{id} cmp $b->{id} } @vectors;
$node->stop;
done_testing();
