# Generated tables of events, each read by activity_agg and by plain SQL.
use strict;
use warnings;
use FindBin;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $root = "$FindBin::RealBin/../..";
my $seeds_each = 11;

my $node = PostgreSQL::Test::Cluster->new('oracle');
$node->init;
$node->append_conf('postgresql.conf', "fsync = off\ntimezone = 'Asia/Tokyo'\njit = off\nlog_statement = none\n");
$node->start;
$node->safe_psql('postgres', 'CREATE EXTENSION user_ops');
$node->safe_psql('postgres', slurp_file("$root/test/oracle/activity.sql"));

# How a user number looks in each type; every kind of event time with its zone.
my %users = (
	int     => 'u',
	bigint  => '(u::bigint << 33) - 7',
	uuid    => 'md5(u::text)::uuid',
	text    => q{repeat(chr(945 + u), u % 5) || ' ' || u},
	numeric => 'round(u / 4.0, 2 + floor(random() * 5)::int)');
my @times = (
	[ 'date',        undef ],
	[ 'timestamp',   undef ],
	[ 'timestamptz', undef ],
	[ 'timestamptz', 'Europe/Paris' ],
	[ 'timestamptz', 'America/New_York' ],
	[ 'timestamptz', 'Australia/Lord_Howe' ],
	[ 'timestamptz', 'Pacific/Apia' ]);

# Few users on few moments make ties, refunds and NULLs of every kind likely.
# Tables 0 and 1 of each kind are empty, and of one user.
sub make_table
{
	my ($seed, $user_type, $time_type, $n) = @_;
	my $rows = $n == 0 ? 0 : 60 + $seed * 37 % 200;
	my $users = $n == 1 ? 1 : 1 + $seed % 19;
	my $span = (3, 40, 400, 2000)[ $seed % 4 ];

	return <<"EOS";
SELECT setseed($seed / 10000.0);
DROP TABLE IF EXISTS events;
CREATE TEMP TABLE events (user_id $user_type, event_time $time_type, amount numeric);
INSERT INTO events
SELECT CASE WHEN random() > 0.03 THEN $users{$user_type} END,
	   CASE WHEN random() > 0.03 THEN at AT TIME ZONE 'UTC' END,
	   CASE WHEN random() > 0.25 THEN round(((random() - 0.2) * 100)::numeric, (random() * 4)::int) END
FROM (SELECT floor(random() * $users)::int AS u,
			 timestamptz '2024-03-10 00:00+00' + floor(random() * $span * 8) * interval '3 hours'
				 - interval '1 microsecond' * floor(random() * 2) AS at
	  FROM generate_series(1, $rows)) AS s;
INSERT INTO events SELECT * FROM events WHERE random() < 0.1;
EOS
}

# What the extension says, in the columns of oracle.readings.
sub readings
{
	my ($zone, $with_amounts, $as_of) = @_;
	my $arguments = join ', ', 'event_time', $with_amounts eq 'true' ? 'amount' : (), defined $zone ? "'$zone'::text" : ();
	my @streaks;

	for my $period ('day', 'month', 'quarter', 'week\', \'sunday', 'week', 'year')
	{
		push @streaks, map { "user_ops.${_}_streak(activity, $as_of, '$period')" } qw(current longest);
	}
	my $streaks = join ', ', @streaks;
	return <<"EOS";
SELECT oracle.name(user_id), user_ops.first_day(activity, $as_of), user_ops.last_day(activity, $as_of),
	   user_ops.active_days(activity, $as_of), user_ops.events(activity, $as_of), user_ops.purchases(activity, $as_of),
	   user_ops.amount(activity, $as_of), user_ops.tenure_days(activity, $as_of), user_ops.idle_days(activity, $as_of),
	   user_ops.recency_days(activity, $as_of), user_ops.frequency(activity, $as_of), user_ops.monetary(activity, $as_of),
	   user_ops.median_gap(activity, $as_of), ARRAY[$streaks],
	   (SELECT CASE WHEN $with_amounts THEN 'amounts ' ELSE '' END || '{' ||
			   string_agg(concat_ws(':', day, events, CASE WHEN purchases > 0 OR amount <> 0
															THEN purchases || ':' || trim_scale(amount) END), ',' ORDER BY day) || '}'
		FROM user_ops.days(activity, $as_of))
FROM (SELECT user_id, user_ops.activity_agg($arguments) AS activity
	  FROM events WHERE user_id IS NOT NULL GROUP BY user_id) AS s
WHERE activity IS NOT NULL
EOS
}

my $tables = 0;
my $compared = 0;
my $seed = 0;

for my $user_type (sort keys %users)
{
	for my $time (@times)
	{
		my ($time_type, $zone) = @$time;
		my $script = "SET datestyle = ISO, YMD;\n";
		my @kinds;

		for my $n (0 .. $seeds_each - 1)
		{
			my $with_amounts = $n % 3 != 2 ? 'true' : 'false';
			# before, inside and after the events; in a running week and month
			my $as_of = 'date ' . (
				"'2024-03-01'", "'2024-03-11'", "'2024-03-15'", "'2024-04-01'", "'2024-07-01'",
				"'2025-01-06'", "'2026-05-17'", "'2031-01-01'", "'2024-03-13'")[ $seed % 9 ];
			my $ours = readings($zone, $with_amounts, $as_of);
			my $theirs = 'SELECT * FROM oracle.readings('
			  . (defined $zone ? "'$zone'" : 'NULL') . ", $with_amounts, $as_of)";

			$seed++;
			$script .= make_table($seed, $user_type, $time_type, $n);
			$script .= <<"EOS";
SELECT $seed, (SELECT count(*) FROM ($theirs) AS t),
	   (SELECT coalesce(string_agg(problem::text, E'\\n'), '')
		FROM ((SELECT 'only ours', * FROM ($ours EXCEPT ALL $theirs) AS a LIMIT 3)
			  UNION ALL
			  (SELECT 'only plain SQL', * FROM ($theirs EXCEPT ALL $ours) AS b LIMIT 3)) AS problem)
EOS
			$script .= ";\n";
		}
		my $kind = "$user_type, $time_type" . (defined $zone ? " in $zone" : '');
		my $answer = $node->safe_psql('postgres', $script);
		my @lines = grep { /^\d+\|/ || /only/ } split /\n/, $answer;
		my @good = grep { /^\d+\|\d+\|$/ } @lines;

		is(scalar @good, $seeds_each, "$kind: $seeds_each tables") or diag(join "\n", @lines);
		$tables += @good;
		$compared += (split /\|/)[1] for @good;
	}
}
cmp_ok($tables, '>=', 200, 'tables compared');
cmp_ok($compared, '>=', 1000, 'users compared');
note("$tables tables, $compared users");
$node->stop;
done_testing();
