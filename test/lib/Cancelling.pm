# What tests of cancelling share: calls of few rows and much to do, of every function and aggregate
# that goes over what users have, and what one takes from the signal to its end.
package Cancelling;

use strict;
use warnings;
use Exporter qw(import);
use IPC::Run ();
use List::Util qw(min);
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(sleep time);

our @EXPORT_OK = qw(cancels tables_of values_at_once is_asked @cases %quick $most);

our $most = 500;                       # ms of processor time, from the signal to the end of the statement
my @places = (0.2, 0.7, 0.45); # in turn, of the time a call takes; twice more where that came late: others disturb
my $patience = 120;                    # seconds for a statement

# What calls read, each made when the first of them is asked.
my %tables = (
	gaps => q{CREATE TABLE gaps AS SELECT ('{1900-01-01:1,' || date '1900-01-02' + n || ':1}')::activity AS a FROM generate_series(1, 300000) AS n},
	histories => q{CREATE TABLE histories AS SELECT n % 50 AS x, (n % 50) * (n % 977 + 1) / 50.0::float8 AS t_x, (n % 977) + 1.0::float8 + n % 1009 AS t FROM generate_series(1, 20000) AS n},
	many_histories => q{CREATE TABLE many_histories AS SELECT n % 50 AS x, (n % 50) * (n % 977 + 1) / 50.0::float8 AS t_x, (n % 977) + 1.0::float8 + n % 1009 AS t FROM generate_series(1, 600000) AS n},
	web => q{CREATE TABLE clicks AS SELECT n % 20000 AS u, timestamptz '2024-01-01' + n * interval '1 minute' AS t, (ARRAY['view', 'cart', 'pay'])[1 + n * 7919::bigint % 1009 % 3] AS e FROM generate_series(1, 1000000) AS n;
		SET client_min_messages = warning;
		SELECT FROM user_ops.create_views('clicks', 'u', 't', target_schema => 'web', as_of => '2030-01-01', purchase_model => 'none');
		SELECT FROM user_ops.create_funnel_view('web', 'f', '{view,cart,pay}', '7 days', event => 'e');
		SELECT FROM user_ops.create_session_view('web', 's', '10 days')});

# tables_of(NODE, CASES…): makes what these read.
sub tables_of
{
	my ($node, @of) = @_;

	for my $table (sort keys %tables)
	{
		$node->safe_psql('postgres', $tables{$table}) if grep { $_->[1] =~ /\b$table\b/ } @of;
	}
}

# used(PID): its processor time so far, in ms.
sub used
{
	my ($pid) = @_;
	my ($ns) = split ' ', slurp_file("/proc/$pid/schedstat");

	return $ns / 1e6;
}

# One session, which says what its statements end with.
package Cancelling::Session
{
	sub new
	{
		my ($class, $node) = @_;
		my $self = bless { in => '', out => '' }, $class;

		$self->{psql} = IPC::Run::start([ 'psql', '-XAtq', '-d', $node->connstr('postgres'), '-v', 'VERBOSITY=sqlstate' ], '<', \$self->{in}, '>', \$self->{out}, '2>&1');
		$self->say('SELECT pg_backend_pid()');
		($self->{pid}) = $self->answer =~ /(\d+)/;
		$self->say("SET search_path = user_ops, public; SET work_mem = '512MB'; SET jit = off; SELECT 1");
		$self->answer;
		return $self;
	}

	sub say
	{
		my ($self, $statement) = @_;

		$self->{out} = '';
		$self->{in} .= "$statement;\n\\echo [end]\n";
		$self->{psql}->pump_nb;
	}

	sub has_ended
	{
		my ($self) = @_;

		$self->{psql}->pump_nb;
		return $self->{out} =~ /\[end\]/;
	}

	sub answer
	{
		my ($self) = @_;
		my $until = Time::HiRes::time + $patience;

		Time::HiRes::sleep(0.002) until $self->has_ended || Time::HiRes::time > $until;
		return $self->{out};
	}

	sub end { my ($self) = @_; $self->{psql}->kill_kill; }
}

package Cancelling;

# late(SESSION, STATEMENT, MS): cancelled after so much processor time; what it used from
# then on, or nothing if it had ended.
sub late
{
	my ($session, $statement, $at) = @_;
	my $from = used($session->{pid});
	my $signalled;

	$session->say($statement);
	until ($session->has_ended)
	{
		my $now = used($session->{pid});

		if ($now - $from >= $at)
		{
			kill 'INT', $session->{pid};
			$signalled = $now;
			last;
		}
		sleep 0.001;
	}
	return unless $signalled;
	return $session->answer =~ /ERROR:  57014/ ? used($session->{pid}) - $signalled : undef;
}

# cancels(NODE, CASE): that it comes to an end, and when it is cancelled in the midst of it, to one at
# once; how late, in ms.
sub cancels
{
	my ($node, $case) = @_;
	my ($name, $statement) = @$case;
	my $session = Cancelling::Session->new($node);
	my $place = shift @places;
	my ($late, $whole);

	push @places, $place;
	$session->say($statement);
	my $said = $session->answer;
	$whole = used($session->{pid});
	unlike($said, qr/ERROR|FATAL/, "$name: ends") or diag($said);
	for my $try (1 .. 3)
	{
		# a call that had ended by then is interrupted earlier
		my $again = late($session, $statement, $whole * $place / $try);

		$late = min($late // $again, $again) if defined $again;
		last if defined $late && $late <= $most;
	}
	note(sprintf '%s: %d ms; late by %s', $name, $whole, $late // 'nothing');
	ok(defined $late, "$name: cancelled");
	cmp_ok($late // 0, '<=', $most, "$name: at once");
	$session->say('SELECT 1');
	like($session->answer, qr/^1$/m, "$name: the session goes on");
	$session->end;
	return $late // $patience * 1000;
}

my $days = "activity '{0001-01-01:1}'";    # ten thousand years, day by day
my $far = "'10001-01-01'";
my $both = "(SELECT %s AS v OFFSET 0) AS s";
my $unordered = "(SELECT activity_agg(date '0001-01-01' + (n * 7919::bigint %% 2000003)::int%s) AS v FROM generate_series(1, 1000000) AS n OFFSET 0) AS s";
my $money = ', (n % 1000) / 100.0';
my $survivals = "(SELECT survival(n * 7919::bigint % 3000017, n % 3 > 0) AS v FROM generate_series(1, 1500000) AS n OFFSET 0) AS s";
my $samples = "(SELECT value_sample(n * 7919::bigint % 3000017 / 100.0) AS v FROM generate_series(1, 1500000) AS n OFFSET 0) AS s";
my $pairs = "(SELECT transitions(j, NULL, 'infinity', false) AS v FROM (SELECT journey_agg(timestamptz '2024-01-01' + i * interval '1 second', (i / 1009 + 1) * (i % 1009) % 1009) AS j FROM generate_series(0, 991 * 1009 - 1) AS i) AS s OFFSET 0) AS s";
my $steady = "(SELECT journey_agg(timestamptz '2024-01-01' + n * interval '1 second', n / 1500000, n / 100.0) AS v FROM generate_series(1, 3000000) AS n OFFSET 0) AS s";
my $ones = "(SELECT journey_agg(timestamptz '2024-01-01' + n * interval '1 second', n < 2000000, n = 2000000) AS v FROM generate_series(1, 2000000) AS n OFFSET 0) AS s";
my $clocks = "(SELECT rolling_retention(v, 1, 1, '1 second', 10000, date '2030-01-01') AS v FROM (SELECT d, journey_agg(timestamptz '2024-01-01' + d * interval '1 day' + n * interval '1 second', true) AS v FROM generate_series(0, 199) AS d, generate_series(0, 9999) AS n GROUP BY d) AS s OFFSET 0) AS s";

my $invited = "(SELECT referral_agg(%s) AS v FROM generate_series(1, 1000000) AS n OFFSET 0) AS s";
my $by_number = sprintf $invited, "n * 7919::bigint % 1000003, n, date '2024-01-01' + n % 300";
my $by_text = sprintf $invited, "'user ' || n * 7919::bigint % 1000003, 'user ' || n, date '2024-01-01' + n % 300";
my $logged_in = "(SELECT identity_agg(%s) AS v FROM generate_series(1, 1000000) AS n OFFSET 0) AS s";
my $in_chains = sprintf $logged_in, "n / 2, (n + 1) / 2, date '2024-01-01' + n % 300";
my $of_devices = sprintf $logged_in, "'device ' || n * 7919::bigint % 1000003, n, date '2024-01-01' + n % 300";
my $basket = "(SELECT basket_agg(n * 7919::bigint % 1000003 %s, date '2024-01-01' + n % 300) AS v FROM generate_series(1, 900000) AS n OFFSET 0) AS s";
my $numbers = $basket =~ s/ %s//r;
my $names = $basket =~ s/(n \* .*?) %s/'item ' || $1/r;
my $affinity = "(SELECT item_affinity(b, '2024-02-01', affinity_options(%s, 1400)) AS v FROM (SELECT basket_agg(u * 1500 + n, '2024-01-01'::date) AS b FROM generate_series(1, 3) AS u, generate_series(1, 1400) AS n GROUP BY u OFFSET 0) AS s OFFSET 0) AS s";
my $weighted = sprintf $affinity, 30;
my $unweighted = sprintf $affinity, 'NULL';
my $views = "(SELECT journey_agg(timestamptz '2024-01-01' + n / 3 * interval '1 second', n % 7 < 3, n % 7 = 3, n % 7 = 4, n % 7 = 5, false) AS v FROM generate_series(1, 1000000) AS n OFFSET 0) AS s";
my $through = "(SELECT funnel(j, 64, '1 day', 'infinity') AS v FROM (SELECT journey_agg(timestamptz '2024-01-01' + n * interval '1 second' * (1 + (u + n) * 7919 % 101), VARIADIC ARRAY(SELECT k = n FROM generate_series(1, 64) AS k)) AS j FROM generate_series(1, 5000) AS u, generate_series(1, 64) AS n GROUP BY u) AS s, generate_series(1, 4) OFFSET 0) AS s";

my $touches = "(SELECT journey_agg(timestamptz '2024-01-01' + n * interval '1 second', CASE WHEN n % 100 = 0 THEN 'buy' ELSE 'c' || n % 7 END) AS j FROM generate_series(1, 60000) AS n OFFSET 0) AS s";
my $steps = "(SELECT ARRAY(SELECT 'c' || n * k * 7919::bigint % 1000 FROM generate_series(1, 2000) AS k) AS channels FROM generate_series(1, 500) AS n OFFSET 0) AS s";

my $ledger = "(SELECT points_agg(date '1000-01-01' + (n * 7919::bigint % 1000003)::int, CASE WHEN n % 2 = 0 THEN 'earn' ELSE 'spend' END::points_kind, n % 1000 / 100.0, CASE WHEN n % 2 = 0 THEN date '4000-01-01' + n % 5000 END) AS v FROM generate_series(1, 1000000) AS n OFFSET 0) AS s";

# of one user a million events in no order, by name with all there is, and by conditions
my $unsorted = "(SELECT journey_agg(timestamptz '2024-01-01 00:00Z' + n * 7919::bigint % 1000003 * interval '1 ms', 'name ' || n % 50, n % 1000 / 100.0, n % 3, 'label ' || n % 1009) AS v FROM generate_series(1, 1000000) AS n OFFSET 0) AS s";
my $masks = "(SELECT journey_agg(timestamptz '2024-01-01 00:00Z' + n * 7919::bigint % 1000003 * interval '1 ms', n % 2 = 0, n % 3 = 0, n % 5 = 0) AS v FROM generate_series(1, 1000000) AS n OFFSET 0) AS s";
my $shop = "(SELECT n % 300000 AS u, timestamptz '2024-01-01 00:00Z' + n * interval '1 s' AS at, 'name ' || n % 7 AS e, 'label ' || n % 50021 AS l FROM generate_series(1, 800000) AS n OFFSET 0) AS s";

our @cases = (
	[ 'engagement', "SELECT length(engagement($days, $far)::bytea)" ],
	[ 'engagement as text and back', sprintf("SELECT (v::text)::engagement_counts = v FROM $both", "engagement($days, $far)") ],
	[ 'engagement merged', sprintf("SELECT length((v || v)::bytea) FROM $both", "engagement($days, $far)") ],
	[ 'engagement rolled up', sprintf("SELECT length(rollup(v)::bytea) FROM $both, generate_series(1, 5)", "engagement($days, $far)") ],
	[ 'days of engagement', sprintf("SELECT sum(mau) FROM $both, cells(v)", "engagement($days, $far)") ],
	[ 'lifecycle', "SELECT length(lifecycle($days, 'day', $far)::bytea)" ],
	[ 'lifecycle as text and back', sprintf("SELECT (v::text)::lifecycle_counts = v FROM $both", "lifecycle($days, 'day', $far)") ],
	[ 'lifecycle merged', sprintf("SELECT length((v || v)::bytea) FROM $both", "lifecycle($days, 'day', $far)") ],
	[ 'retention', "SELECT length(retention($days, 'day', $far)::bytea)" ],
	[ 'retention with amounts', "SELECT length((v || v)::bytea) FROM (SELECT retention('amounts {0001-01-01:1:1:0.25}', 'day', $far, retention_options(amounts => true)) AS v OFFSET 0) AS s" ],
	[ 'retention as text and back', sprintf("SELECT (v::text)::retention_matrix = v FROM $both", "retention($days, 'day', $far)") ],
	[ 'retention, ten cohorts', "SELECT length(retention(format('{%s:1}', date '0001-01-01' + n)::activity, 'day', $far)::bytea) FROM generate_series(1, 10) AS n" ],
	[ 'retention, many cohorts', "SELECT length(retention(format('{%s:1}', date '2000-01-01' + n)::activity, 'day', '2016-01-01')::bytea) FROM generate_series(1, 5000) AS n" ],
	[ 'retention, recurring streaks', "SELECT length(retention(v, 'day', '2006-01-01', retention_options(cohort => 'recurring', mode => 'streak'))::bytea) FROM (SELECT activity_agg(date '2000-01-01' + n) AS v FROM generate_series(1, 2000) AS n OFFSET 0) AS s" ],
	[ 'curve', sprintf("SELECT count(*) FROM $both, curve(v)", "retention($days, 'day', $far)") ],
	[ 'heatmap', "SELECT max(length(line)) FROM (SELECT heatmap(retention($days, 'day', $far)) AS line) AS s" ],
	[ 'activity_agg, days in no order', sprintf("SELECT length(v::bytea) FROM $unordered", '') ],
	[ 'activity_agg, amounts in no order', sprintf("SELECT length(v::bytea) FROM $unordered", $money) ],
	[ 'activity as text and back', sprintf("SELECT (v::text)::activity = v FROM $unordered", $money) ],
	[ 'activity merged', sprintf("SELECT (v || v)::bytea = v::bytea FROM $unordered", $money) ],
	[ 'activity as bytes and back', sprintf("SELECT count((v::bytea)::activity) FROM $unordered, generate_series(1, 30)", $money) ],
	[ 'readings of an activity', sprintf("SELECT sum(median_gap(v, d)), sum(longest_streak(v, d, 'day')), sum(monetary(v, d)), sum(length(life_stage(v, d))), sum(churn_risk(v, d, 30)), sum((visit_features(v, d))[2]) FROM $unordered, generate_series(1, 20) AS i, LATERAL (SELECT date $far + i AS d) AS t", $money) ],
	[ 'days of an activity', sprintf("SELECT count(*) FROM $unordered, days(v, date $far)", $money) ],
	[ 'sums too wide', "SELECT length(v::bytea) FROM (SELECT activity_agg(date '0001-01-01' + (n * 7919::bigint % 500009)::int, CASE n % 4 WHEN 0 THEN 9223372036854775807 WHEN 1 THEN 9223372036854775807 WHEN 2 THEN -9223372036854775807 ELSE -9223372036854775807 END) AS v FROM generate_series(1, 2000036) AS n) AS s" ],
	[ 'tier', "SELECT tier(v, d, make_tier_rules('{a,b}', '{1,100000000}', 1, 400)) FROM (SELECT activity_agg(date '0001-01-01' + n, n % 7 - 2) AS v FROM generate_series(1, 1500000) AS n OFFSET 0) AS s, generate_series(1, 4) AS i, LATERAL (SELECT date '4500-01-01' + i AS d) AS t" ],
	[ 'tier_history', "SELECT count(*) FROM tier_history('amounts {0001-01-01:1:1:5}', '9999-01-01', make_tier_rules('{a}', '{1}', 1))" ],
	[ 'rfm_model', "SELECT rfm_model('amounts {2024-01-01:1:1:5}'::activity, '2025-01-01') FROM generate_series(1, 3000000)" ],
	[ 'rfm_sample', "SELECT (v::text)::rfm_sample = v FROM (SELECT rfm_sample(a, '2900-01-01') AS v FROM gaps, generate_series(1, 8) OFFSET 0) AS s" ],
	[ 'rfm_sample merged', "SELECT length((v || v)::bytea) FROM (SELECT rfm_sample(a, '2900-01-01') AS v FROM gaps, generate_series(1, 8) OFFSET 0) AS s" ],
	[ 'typical_gap', "SELECT typical_gap(a, '2900-01-01') FROM gaps, generate_series(1, 8)" ],
	[ 'gap_counts', "SELECT length((v || v)::bytea), (v::text)::gap_counts = v FROM (SELECT gap_counts(a, '2900-01-01') AS v FROM gaps OFFSET 0) AS s" ],
	[ 'gap_histogram', "SELECT length((v || v)::bytea), (v::text)::gap_histogram = v FROM (SELECT gap_histogram(a, $far, ARRAY(SELECT generate_series(1, 1000))) AS v FROM (SELECT activity_agg(date '0001-01-01' + n) AS a FROM generate_series(1, 3600000) AS n OFFSET 0) AS s, generate_series(1, 10)) AS s" ],
	[ 'session_id', "SELECT max(s) FROM (SELECT session_id(date '2000-01-01' + n, '1 day') OVER (ORDER BY n) AS s FROM generate_series(1, 3000000) AS n) AS s" ],
	[ 'sessions', "SELECT sum(amount) FROM $steady, sessions(v, '1 second')" ],
	[ 'path_edges', "SELECT length(path_edges(v, '1 second', 'infinity', path_options(1000, start_at => '1', end_at => '2'))::bytea), length(path_edges(v, '0', 'infinity')::bytea) FROM $steady, generate_series(1, 4) GROUP BY generate_series" ],
	[ 'path_edges in reverse', "SELECT length(path_edges(v, NULL, 'infinity', path_options(1000, reverse => true))::bytea), length(path_edges(v, NULL, 'infinity', path_options(end_at => '0', reverse => true))::bytea) FROM $steady, generate_series(1, 4) GROUP BY generate_series" ],
	[ 'transitions', "SELECT length(v::bytea) FROM $pairs" ],
	[ 'transitions as text and back', "SELECT (v::text)::transitions = v FROM $pairs" ],
	[ 'transitions merged', "SELECT length((v || v)::bytea) FROM $pairs" ],
	[ 'cells of transitions', "SELECT sum(c.transitions) FROM $pairs, cells(v) AS c" ],
	[ 'journey_between', "SELECT events(journey_between(v, '2024-01-02', '2024-02-01')) FROM $steady, generate_series(1, 5)" ],
	[ 'create_journeys', "SELECT count(*) FROM create_journeys('web', 'e', tiebreak => 'u')" ],
	[ 'funnel_users', "SELECT count(*) FROM web.funnel_users WHERE open OR reached_at > entered_at" ],
	[ 'sessions_day', "SELECT sum(sessions) FROM web.sessions_day" ],
	[ 'funnel_level', "SELECT sum(funnel_level(v, 5, '1 day')) FROM $views, generate_series(1, 30)" ],
	[ 'funnel_times, one after the other', "SELECT funnel_times(v, 5, '1 day', repeats => 'break'), funnel_times(v, 5, '1 day', in_between => 'no_steps', ties => 'strict') FROM $views" ],
	[ 'funnel_times with gaps', "SELECT funnel_times(v, 5, '1 day', min_gap => '{1 hour,1 hour,1 hour,1 hour}', max_gap => '{2 hours,2 hours,2 hours,2 hours}') FROM $views" ],
	[ 'funnel_times with optional steps', "SELECT funnel_times(v, 5, '1 day', optional => '{2,3}', pick => 'fastest'), funnel_times(v, 5, '1 day', optional => '{2,3}', in_between => 'no_steps') FROM $views" ],
	[ 'funnel_label with exclusions', "SELECT funnel_label(v, 4, '1 day', exclude => '{5}', exclude_from => '{2}'), funnel_level(v, 5, '1 day', exclude => '{4}', exclude_from => '{2}', exclude_to => '{4}') FROM $views" ],
	[ 'funnel_times, unordered', "SELECT funnel_times(v, 5, '1 day', unordered => true) FROM $views, generate_series(1, 10)" ],
	[ 'funnel_entries', "SELECT count(*) FROM $views, funnel_entries(v, 3, '1 minute', exclude => '{4}')" ],
	[ 'funnel_trend', "SELECT count(*) FROM $views, funnel_trend(v, 5, '1 day', 'day')" ],
	[ 'funnel', "SELECT length(v::bytea) FROM $through" ],
	[ 'funnel as text and back', "SELECT (v::text)::funnel = v FROM $through" ],
	[ 'funnel merged', "SELECT length((v || v)::bytea) FROM $through" ],
	[ 'steps of a funnel', "SELECT sum(median_seconds) FROM $through, steps(v)" ],
	[ 'sequence_count', "SELECT sequence_count(v, '((?1)|(?1)){1,100}(?2)'), sequence_count(v, '((?1)(?t>=3600)(?t<7200)(?1)?)*(?2)', overlap => true) FROM $ones" ],
	[ 'sequence_match of a large pattern', "SELECT sequence_match(journey_agg(timestamptz '2024-01-01' + n * interval '1 second', true, false), '(?2)?((?1){0,1000}(?t<5)){9}(?2)') FROM generate_series(1, 20000) AS n" ],
	[ 'sequence_events', "SELECT cardinality(sequence_events(v, '((?1)|(?1))*(?2)')), sequence_events(v, '(?1).*(?t==3600)(?1).*(?2)') FROM $ones, generate_series(1, 3)" ],
	[ 'sequence_next', "SELECT sequence_next(v, 'forward', 'last_match', 'b') FROM (SELECT journey_agg(timestamptz '2024-01-01' + n * interval '1 second', CASE n WHEN 1 THEN 'b' ELSE 'a' END) AS v FROM generate_series(1, 2000000) AS n OFFSET 0) AS s, generate_series(1, 20)" ],
	[ 'rolling_retention', "SELECT length(v::bytea) FROM $clocks" ],
	[ 'rolling_retention as text and back', "SELECT (v::text)::rolling_retention = v FROM $clocks" ],
	[ 'rolling_retention merged', "SELECT length((v || v)::bytea) FROM $clocks" ],
	[ 'cells of rolling_retention', "SELECT sum(retained_users) FROM $clocks, cells(v)" ],
	[ 'survival', "SELECT length(v::bytea) FROM $survivals" ],
	[ 'survival as text and back', "SELECT (v::text)::survival = v FROM $survivals" ],
	[ 'survival merged', "SELECT length((v || v)::bytea) FROM $survivals" ],
	[ 'survey', "SELECT survey(n % 101, 0, 100) FROM generate_series(1, 10000000) AS n" ],
	[ 'robust_z', "SELECT (robust_z(0, v)).z FROM (SELECT array_agg(n * 7919::bigint % 10000019 / 7.0::float8) AS v FROM generate_series(1, 5000000) AS n OFFSET 0) AS s" ],
	[ 'value_sample', "SELECT length(v::bytea) FROM $samples" ],
	[ 'value_sample as text and back', "SELECT (v::text)::value_sample = v FROM $samples" ],
	[ 'value_sample merged', "SELECT length((v || v)::bytea) FROM $samples" ],
	[ 'tiers of value', "SELECT value_cuts(v, ARRAY[n / 10.0]), gini(v), (SELECT count(*) FROM value_tiers(v)) FROM $samples, generate_series(1, 2) AS n" ],
	[ 'quantile', "SELECT quantile(v, n / 10.0), quantile(v, n / 10.0, 'lowest') FROM $samples, generate_series(1, 2) AS n" ],
	[ 'referral_agg', "SELECT length(v::bytea) FROM $by_number" ],
	[ 'referral_agg of texts', "SELECT length(v::bytea) FROM $by_text" ],
	[ 'referrals as text and back', "SELECT (v::text)::referrals = v FROM $by_text" ],
	[ 'referrals merged', "SELECT length((v || v)::bytea) FROM $by_number" ],
	[ 'referral_tree', "SELECT sum(descendants) FROM $by_number, referral_tree(v, '2025-01-01', NULL::bigint)" ],
	[ 'referral_tree of texts', "SELECT sum(descendants) FROM $by_text, referral_tree(v, '2025-01-01', NULL::text)" ],
	[ 'identity_agg', "SELECT length(v::bytea) FROM $of_devices" ],
	[ 'identity_graph as text and back', "SELECT (v::text)::identity_graph = v FROM $of_devices" ],
	[ 'identity_graphs merged', "SELECT length((v || v)::bytea) FROM $in_chains" ],
	[ 'identity_map', "SELECT sum(ids) FROM $of_devices, identity_map(v, '2025-01-01', NULL::text)" ],
	[ 'identity_counts of a chain', "SELECT c.persons FROM $in_chains, identity_counts(v, '2025-01-01', identity_options('components')) AS c" ],
	[ 'identity_suspects', "SELECT sum(ids) FROM $in_chains, identity_suspects(v, '2025-01-01', NULL::bigint, identity_options(max_users => 1))" ],
	[ 'stitched_user', "SELECT max(s) FROM (SELECT stitched_user(CASE WHEN n = 3000000 THEN n END, date '2000-01-01' + n, '30 days') OVER (ORDER BY n) AS s FROM generate_series(1, 3000000) AS n) AS s" ],
	[ 'referral_counts of a chain', "SELECT c.max_generation FROM (SELECT referral_agg(n - 1, n, '2024-01-01') AS v FROM generate_series(1, 1000000) AS n OFFSET 0) AS s, referral_counts(v, '2025-01-01') AS c" ],
	[ 'basket_agg', "SELECT length(v::bytea) FROM $numbers" ],
	[ 'basket_agg of texts', "SELECT length(v::bytea) FROM $names" ],
	[ 'baskets as text and back', "SELECT (v::text)::basket = v FROM $names" ],
	[ 'baskets merged', "SELECT length((v || v)::bytea) FROM $numbers" ],
	[ 'readings of a basket', "SELECT n_items(v), (favourite(v, '2024-06-01', NULL::bigint, n)).favourite, (SELECT sum(events) FROM items(v, '2025-01-01', NULL::bigint)) FROM $numbers, generate_series(1, 5) AS n" ],
	[ 'item_affinity', "SELECT length(v::bytea) FROM $unweighted" ],
	[ 'item_affinity with a half-life', "SELECT length(v::bytea) FROM $weighted" ],
	[ 'item_affinity of a million items', "SELECT users_cut(item_affinity(v, '2025-01-01')) FROM $names" ],
	[ 'item_affinity as text and back', "SELECT (v::text)::item_affinity = v FROM $weighted" ],
	[ 'item_affinity merged', "SELECT length((v || v)::bytea) FROM $unweighted" ],
	[ 'baskets_agg', "SELECT users_cut(item_affinity(baskets_agg(n % 300007, n * 7919::bigint % 1009, date '2024-01-01' + n % 300), '2025-01-01')) FROM generate_series(1, 2000000) AS n" ],
	[ 'baskets_agg of texts', "SELECT count(*) FROM (SELECT users(b, NULL::int) FROM (SELECT baskets_agg(n % 300007, 'item ' || n * 7919::bigint % 1009, date '2024-01-01' + n % 300) AS b FROM generate_series(1, 2000000) AS n) AS s) AS u" ],
	[ 'pairs', "SELECT sum(llr) FROM $unweighted, pairs(v, NULL::bigint, 1)" ],
	[ 'neighbours', "SELECT sum(score) FROM $weighted, neighbours(v, NULL::bigint, 'cosine', 50, 1)" ],
	[ 'recommend', "SELECT count(*) FROM $weighted, recommend(v, NULL, '2024-02-01', NULL::bigint, min_users => 1)" ],
	[ 'adjust_p', "SELECT cardinality(adjust_p(p, 'holm')), cardinality(adjust_p(p, 'benjamini_hochberg')) FROM (SELECT array_agg(n * 7919::bigint % 3000017 / 3000017.0::float8) AS p FROM generate_series(1, 3000000) AS n OFFSET 0) AS s" ],
	[ 'survival_curve', "SELECT count(*) FROM $survivals, survival_curve(v)" ],
	[ 'median_survival', "SELECT median_survival(v), survival_at(v, 2000000), restricted_mean(v, 2000000) FROM $survivals" ],
	[ 'log_rank', "SELECT log_rank(v, v, v, v) FROM $survivals" ],
	[ 'purchase_model', "SELECT purchase_model(x, t_x, t, 'pareto_nbd') FROM histories" ],
	[ 'purchase_model, auto', "SELECT purchase_model(x, t_x, t) FROM many_histories" ],
	[ 'purchase_sample', "SELECT length((v || v)::bytea), (v::text)::purchase_sample = v FROM (SELECT purchase_sample(x, t_x, t) AS v FROM many_histories OFFSET 0) AS s" ],
	[ 'spend_model', "SELECT spend_model(n % 20 + 1, n % 100003 / 7.0) FROM generate_series(1, 500000) AS n" ],
	[ 'contract_model', "SELECT contract_model(n, 1000, 3000) FROM generate_series(1, 1000000) AS n" ],
	[ 'feature_model', "SELECT feature_model(n * 7919::bigint % 13 > 5, ARRAY[n % 101, n % 97, n % 89, n % 83, n % 79]::float8[]) FROM generate_series(1, 300000) AS n" ],
	[ 'points_agg, rows in no order', "SELECT length(v::bytea) FROM $ledger" ],
	[ 'points as text and back', "SELECT (v::text)::points = v FROM $ledger" ],
	[ 'points merged', "SELECT length((v || v)::bytea) FROM $ledger, generate_series(1, 3)" ],
	[ 'readings of points', "SELECT balance(v, '5000-01-01'), expiring(v, '3500-01-01', n, points_options('oldest_first')), points_totals(v, '4010-01-01', points_options(inactive_days => 900)) FROM $ledger, generate_series(1, 10) AS n" ],
	[ 'rows of points', "SELECT count(*), sum(r.points) FROM $ledger, generate_series(1, 5), points_rows(v) AS r" ],
	[ 'referrals of bytes', "SELECT count(referrals(v::bytea)) FROM $by_number, generate_series(1, 5)" ],
	[ 'lots and uses', "SELECT (SELECT sum(used) FROM lots(v, '4010-01-01')), (SELECT sum(points) FROM uses(v, '4010-01-01')) FROM $ledger, generate_series(1, 2) AS n" ],
	[ 'attribution', "SELECT count(*) FROM $touches, attribution(j, '{buy}', 'time_decay')" ],
	[ 'attribution_paths', "SELECT count(*) FROM (SELECT journey_agg(timestamptz '2024-01-01', CASE WHEN n % 100 = 0 THEN 'buy' ELSE 'c' || n % 7 END) AS j FROM generate_series(1, 60000) AS n OFFSET 0) AS s, attribution_paths(j, '{buy}', '1 day', timestamptz 'infinity')" ],
	[ 'markov_attribution', "SELECT length((v || v)::bytea), (v::text)::markov_attribution = v FROM (SELECT markov_attribution(channels, 1, 1) AS v FROM $steps OFFSET 0) AS s" ],
	[ 'cells of markov_attribution', "SELECT count(*) FROM (SELECT markov_attribution(channels, 1, 1) AS v FROM $steps OFFSET 0) AS s, generate_series(1, 5) AS i, cells(v, i)" ],
	[ 'shapley_attribution', "SELECT count(*) FROM (SELECT shapley_attribution(ARRAY['c' || n, 'c' || n + 1], 1, 1, 'conversions') AS v FROM generate_series(1, 1000000) AS n OFFSET 0) AS s, cells(v || v)" ],
	[ 'sparkline', "SELECT length(sparkline(array_agg(n::float8))) FROM generate_series(1, 5000000) AS n" ],
	[ 'many populations', "SELECT count(*) FROM (SELECT users(p, NULL::int) FROM (SELECT population_agg(n, date '2024-01-01', 1) AS p FROM generate_series(1, 400000) AS n GROUP BY n % 40000) AS s OFFSET 0) AS t" ],
	[ 'journey_agg, events in no order', "SELECT length(v::bytea) FROM $unsorted" ],
	[ 'journey_agg by conditions', "SELECT length(v::bytea) FROM $masks" ],
	[ 'journey_agg by steps', "SELECT length(journey_agg(timestamptz '2024-01-01 00:00Z' + n * 7919::bigint % 3000017 * interval '1 ms', n % 9, '{{1,NULL},{3,4}}')::bytea) FROM generate_series(1, 3000000) AS n" ],
	[ 'journey as text and back', "SELECT (v::text)::journey = v FROM $unsorted" ],
	[ 'journey merged', "SELECT length((v || v)::bytea) FROM $unsorted" ],
	[ 'journeys rolled up', "SELECT length(rollup(v)::bytea) FROM $masks, generate_series(1, 4)" ],
	[ 'rows of a journey', "SELECT count(*), sum(amount), count(label) FROM $unsorted, journey_rows(v)" ],
	[ 'readings of a journey', "SELECT sum(events(v)), max(last_time(v)), count(names(v)), count(partial(v)) FROM $unsorted, generate_series(1, 5)" ],
	[ 'journeys', "SELECT sum(events(journey)) FROM users((SELECT journeys_agg(u, at, e, NULL, 0, l) FROM $shop), NULL::int)" ],
	[ 'journeys, spilled', "SET work_mem = '64kB'; SELECT sum(events(journey)) FROM users((SELECT journeys_agg(u, at, e, NULL, 0, l) FROM $shop), NULL::int)" ],
	[ 'journeys of one user', "SELECT length(journey::bytea) FROM users((SELECT journeys_agg(1, at, e, NULL, 0, l) FROM $shop), NULL::int)" ],
	[ 'many journeys', "SELECT count(*) FROM (SELECT users(j, NULL::int) FROM (SELECT journeys_agg(u, at, e, NULL, 0, l) AS j FROM $shop GROUP BY u % 20000) AS s OFFSET 0) AS t" ],
	[ 'many populations, spilled', "SET work_mem = '64kB'; SELECT count(*) FROM (SELECT users(p, NULL::int) FROM (SELECT population_agg(n, date '2024-01-01', 1) AS p FROM generate_series(1, 400000) AS n GROUP BY n % 4000) AS s OFFSET 0) AS t" ],
	[ 'lenient_population_agg', "SELECT count(*) FROM users((SELECT lenient_population_agg(n % 300007, date '2024-01-01' + n % 1009, n % 1000 / 100.0, 2, NULL::date) FROM generate_series(1, 1500000) AS n), NULL::int)" ],
	[ 'retention_between', "SELECT length(retention_between($days, $days, 'day', $far)::bytea)" ],
	[ 'suppress', "SELECT cardinality(hide) FROM (SELECT array_agg(n * 7919::bigint % 1000003 + 1) AS v FROM generate_series(1, 3000000) AS n OFFSET 0) AS s, suppress(v, 5)" ],
	[ 'window_funnel', "SELECT window_funnel(86400::bigint, '', timestamptz '2024-01-01 00:00Z' + n * 7919::bigint % 1000003 * interval '1 s', n % 7 < 3, n % 7 = 3, n % 7 = 4) FROM generate_series(1, 1000000) AS n" ],
	[ 'heterogeneity', "SELECT (heterogeneity(v, v)).q FROM (SELECT array_agg((1 + n % 7)::float8) AS v FROM generate_series(1, 5000000) AS n OFFSET 0) AS s" ]);

# is_asked(FUNCTION): by one of the calls, by its name or as an operator.
sub is_asked
{
	my ($function) = @_;

	return 1 if $function eq 'merge';    # ||
	return scalar grep { $_->[1] =~ /\b\Q$function\E\(/ } @cases;
}

# Why a call of these ends by itself, in less time than a cancelled one may take, whatever it gets.
my %reasons = (
	'takes numbers, and no array without an end' => q{bar detectable_mean discounted_lifetime discounted_residual_lifetime llr power_mean power_rate rate_difference sample_size_mean sample_size_rate sequential_interval
		segment viral_users wilson winsorize gap_survival gap_survival_plugin make_contract_model make_purchase_model make_spend_model},
	'a day, a moment or a period' => 'day_start local_date moment_of period_number period_start points_expiry left_out_reason',
	'options, rules and labels, which have a longest form' => q{funnel_options journey_steps purchase_options rolling_retention_options session_options make_rfm_model make_feature_model with_cuts with_unit value_tier
		segment8 segment8_labels translate_label tier_levels rfm_bits churn_feature_names visit_feature_names addon_catalog view_catalog},
	'a text or bytes, once' => 'hmac_sha256 person_id pseudonym',
	'models have a few numbers' => q{bins clv contract_projection contract_retention contract_survival discounted_expected_purchases expected_purchases expected_spend f_score loglik m_score model_kind model_parameters n_rows n_users net_share
		net_share_days p_alive predict purchase_probability r_score rfm rfm_cuts rfm_means rfm_score spend_correlation spend_left_out status unit_days unlimited_clv},
	'states that do not grow: up to 64 arms, 101 scores, 32 features or some numbers' => q{arms compare experiment experiment_mean experiment_rate experiment_ratio sample_ratio mean_score nps nps_difference score_shares top_box
		feature_sample spend_sample contract_sample},
	'reads one value of a user once' => q{active_days activity activity_between amount basket by_label churn_features conditions current_streak days_to_second_purchase first_day first_time frequency idle_days journey keeps_tier last_day
		lifecycle_state points purchase_gap purchases recency_days tenure_days tier_level},
	'reads one state once' => q{edges engagement_counts exact funnel_compare histogram identity_graph lifecycle_counts percentile popular_items population_rows retention_matrix survival_quantile rfm_scores funnel_open},
	'an aggregate of small steps, whose end is that of another one' => q{left_out_agg lenient_activity_agg points_survival purchase_gap_survival retention_flags second_purchase_survival},
	'runs queries: what they call is asked' => q{addons backtest backtest_summary create_alert_views create_attribution_view create_content_views create_experiment_views create_funnel_view create_identity_views create_item_views create_path_view
		create_person_view create_points_views create_propensity_views create_public_views create_referral_views create_session_view create_survey_views create_tag_views create_tier_views create_views distribute drop_addon drop_goal
		drop_views forget_user forget_users recommendation_backtest refresh remember_user scheduled_refresh set_goal verify});
our %quick = map { my $why = $_; map { $_ => $why } split ' ', $reasons{$why} } keys %reasons;

# Large values, by their types: as large as calls above make them, or as they are where they do not grow.
my %large = (
	activity => sprintf($unordered, $money), return_activity => sprintf($unordered, ''), by_name => $unsorted, by_conditions => $masks, points => $ledger, basket => $numbers, basket_of_texts => $names, item_affinity => $unweighted,
	item_affinity_of_texts => "(SELECT item_affinity(v, '2025-01-01') AS v FROM $names OFFSET 0) AS s", referrals => $by_number, referrals_of_texts => $by_text, identity_graph => $of_devices, transitions => $pairs, survival => $survivals,
	value_sample => $samples, rolling_retention => $clocks, funnel => $through, markov_attribution => "(SELECT markov_attribution(channels, 1, 1) AS v FROM $steps OFFSET 0) AS s",
	path_edges => "(SELECT path_edges(v, '0', 'infinity') AS v FROM $steady OFFSET 0) AS s", engagement_counts => sprintf($both, "engagement($days, $far)"), lifecycle_counts => sprintf($both, "lifecycle($days, 'day', $far)"),
	retention_matrix => sprintf($both, "retention($days, 'day', $far)"), shapley_attribution => "(SELECT shapley_attribution(ARRAY['c' || n, 'c' || n + 1], 1, 1, 'conversions') AS v FROM generate_series(1, 1000000) AS n OFFSET 0) AS s");

# values_at_once(NODE, LIBRARY): the milliseconds of processor time that the longest call of one on
# the list above takes over such values, which it is, and how many were asked.
sub values_at_once
{
	my ($node, $library) = @_;
	my $session;
	my ($longest, $of, $n) = (0, '', 0);
	my $names = join ', ', map { "'$_'" } sort keys %quick;

	$node->safe_psql('postgres', slurp_file("$library/$_.sql")) for qw(split asked asked_functions);
	# one user, who has them all
	$node->safe_psql('postgres', 'CREATE TABLE large_user AS SELECT * FROM split_users WHERE u = 11');
	for my $table (qw(kept large_user))
	{
		my @columns = grep { $large{$_} } split /\n/, $node->safe_psql('postgres', "SELECT attname FROM pg_attribute WHERE attrelid = '$table'::regclass AND attnum > 0 ORDER BY 1");

		$node->safe_psql('postgres', "SET work_mem = '512MB'; UPDATE $table SET $_ = (SELECT v FROM $large{$_})") for @columns;
	}
	my @calls = map { [ split /\t/ ] } split /\n/, $node->safe_psql('postgres', <<"EOS");
SELECT signature || E'\t' || replace(asked_call(f, expressions), 'kept_handles', 'large_handles') FROM asked_functions AS f WHERE proname IN ($names) AND prefix = ''
UNION ALL
SELECT signature || E'\t' || format('SELECT left(asked_text(%s(%s)), 1000) FROM large_user', called, asked_list(prefix, expressions)) FROM asked_aggregates WHERE proname IN ($names)
EOS
	$node->safe_psql('postgres', 'CREATE VIEW large_handles AS SELECT population_agg(u % 100000, at, amount) AS population, journeys_agg(u % 100000, at, n % 3 = 0, n % 2 = 0) AS journeys, baskets_agg(u % 100000, n % 23::bigint, at) AS baskets
		FROM (SELECT n AS u, n, timestamptz \'2024-01-01 00:00+00\' + n * 7919::bigint % 300 * interval \'1 day\' AS at, (n % 90 / 8.0)::numeric AS amount FROM generate_series(1, 200000) AS n) AS e');
	for my $call (@calls)
	{
		my ($signature, $query) = @$call;

		$session //= Cancelling::Session->new($node);
		# what has to be read from disk and from pieces is read before
		$query = "SELECT length(said) FROM ($query) AS q (said)";
		$session->say($query);
		$session->answer;
		my $from = used($session->{pid});
		$session->say($query);
		my $said = $session->answer;
		my $ms = used($session->{pid}) - $from;

		$n++;
		note(sprintf '%s: %d ms', $signature, $ms) if $ms > 100;
		fail("$signature: " . substr($said, 0, 200)) if $said =~ /FATAL|ERROR:  (?:XX|57014)/;
		($longest, $of) = ($ms, $signature) if $ms > $longest;
	}
	$session->end;
	return ($longest, $of, $n);
}

1;
