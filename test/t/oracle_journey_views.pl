# The views of journeys, stored and on the spot, against plain SQL over the raw events of
# many small generated tables, also after events came and went and a refresh.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../lib";
use Oracle qw(oracle_server pick compare answers_agree $tables);
use Test::More;

my $node = oracle_server('journey_views', qw(paths attribution journey_views));
my @names = qw(home ads mail buy order Zoo);

# Rows of visits: a few users of two tenants, who often come near midnight and whose events
# are often simultaneous; some that do not count.
sub visits
{
	my ($kind) = @_;
	my $users = $kind eq 'one user' ? 1 : 1 + int(rand(8));
	my @rows;

	for my $user (1 .. $users)
	{
		my $at = 762_480_000 + int(rand(20)) * 86_400 + pick(0, 3_000, 40_000, 83_000, 86_399);
		for (1 .. 1 + int(rand(pick(2, 8, 20))))
		{
			my $time = "timestamptz '2000-01-01 UTC' + $at * interval '1 second'";
			$time = pick("'infinity'", "'-infinity'", 'NULL') if rand() < 0.03;
			push @rows, sprintf(q{(%s, %s, %s, %s, %s)}, pick(qw('a' 'a' 'b')), rand() < 0.03 ? 'NULL' : $user, $time, rand() < 0.03 ? 'NULL' : q{'} . $names[ int(rand(@names)) ] . q{'},
				rand() < 0.5 ? 'NULL' : rand() < 0.02 ? q{'NaN'} : sprintf('%.*f', int(rand(3)), rand(100) - 20));
			$at += pick(0, 0, 60, 1_799, 1_800, 1_801, 3_600, 40_000, 90_000, 200_000);
		}
	}
	# one row that counts, whatever chance did
	push @rows, q{('a', 1, timestamptz '2024-03-05 12:00Z', 'home', 5)};
	return join ', ', @rows;
}

# The steps as conditions in SQL.
sub conditions { return 'ARRAY[' . join(', ', map { qq{'what = ''$_'''} } split /,/, $_[0] =~ tr/{}//dr) . ']' }

sub literal { my ($value) = @_; return defined $value ? "'$value'" : 'NULL'; }

my $script = "SET timezone = 'UTC';\nSET client_min_messages = error;\n"
  . "CREATE TABLE visits (org text, who int, at timestamptz, what text, total numeric);\n"
  # what the oracles read: those of one tenant that count
  . "CREATE TABLE events (id bigint, user_id bigint, at timestamptz, name text, event text, tiebreak bigint, amount numeric, cut boolean, key text);\n"
  . "CREATE FUNCTION take(org text) RETURNS void LANGUAGE sql AS \$\$ DELETE FROM events;\n"
  . "	INSERT INTO events SELECT row_number() OVER (), v.who, v.at, v.what, v.what, 0, v.total FROM visits AS v\n"
  . "	WHERE v.org = take.org AND v.who IS NOT NULL AND isfinite(v.at) AND v.what IS NOT NULL AND coalesce(v.total, 0) <> 'NaN' \$\$;\n"
  . "CREATE TEMP TABLE differences (question text);\nCREATE TEMP TABLE counted (n bigint);\n";

for my $i (0 .. $tables / 8 - 1)
{
	my $kind = ('any', 'one user', 'any')[ $i % 3 ];
	my $zone = pick('UTC', 'Asia/Shanghai', 'America/New_York');
	my $as_of = pick('2024-03-10', '2024-03-11', '2024-03-20', '2024-04-30');
	my $moment = "'$as_of'::timestamp AT TIME ZONE '$zone'";
	my $gap = pick(0, 1_800, 3_600, 100_000) . ' seconds';
	my $length = rand() < 0.5 ? undef : pick(1_800, 5_000) . ' seconds';
	my $midnight = pick('true', 'false');
	my @path = (pick(1, 3, 5), pick('true', 'false'), literal(pick(undef, undef, 'home')), literal(pick(undef, undef, 'buy')), pick('true', 'false'), pick('true', 'true', 'false'));
	my $lookback = pick(0, 1, 5, 30) . ' days';
	my @rule = (q{'{direct,ads}'}, pick('true', 'false'), pick('true', 'false'), q{'} . pick('each', 'first', 'last') . q{'}, pick(0, 2));
	my $steps = pick('{home,buy}', '{ads,mail,buy}', '{home,ads,mail,order}', '{buy}', '{mail,nothing}');
	my $within = pick('0', '1 hour', '1 day', '7 days', '100 days');
	my @models = (pick(qw(first last)), pick(qw(linear u_shaped)), pick(qw(last_non_direct participation)));

	$script .= "TRUNCATE visits;\nINSERT INTO visits VALUES " . visits($kind) . ";\n";
	for my $schema (qw(shop live))
	{
		my $stored = $schema eq 'shop' ? 'true' : 'false';
		$script .= "DO \$\$ BEGIN PERFORM user_ops.create_views('visits', 'who', 'at', 'total', '$schema', time_zone => '$zone', as_of => '$as_of', tenant => 'org', purchase_model => 'none', stored => $stored);\n"
		  . "	PERFORM user_ops.create_session_view('$schema', 'n', '$gap', " . literal($length) . ", $midnight, event => 'what');\n"
		  . "	PERFORM user_ops.create_path_view('$schema', 'n', '$gap', " . join(', ', @path) . ");\n"
		  . "	PERFORM user_ops.create_attribution_view('$schema', 'n', '{buy,order}', '$lookback', '{@{[ join ',', @models, 'markov', 'shapley' ]}}', '1 day', NULL, " . join(', ', @rule[ 0 .. 3 ]) . ", 'conversions', $rule[4]);\n"
		  . "	PERFORM user_ops.create_funnel_view('$schema', 'n', '$steps', '$within');\n"
		  . "	PERFORM user_ops.create_funnel_view('$schema', 'c', within => '$within', conditions => " . conditions($steps) . ");\n"
		  . "END \$\$;\n";
	}
	for my $round ('made', 'refreshed')
	{
		for my $org (qw(a b))
		{
			$script .= "SELECT take('$org') \\g /dev/null\n";
			for my $schema (qw(shop live))
			{
				my $ask = "table $i ($kind, as_of $as_of, $zone) $round, $schema, tenant $org: ";
				my $of = "FROM $schema.%s WHERE org = '$org' AND name = 'n'";
				my $sessions = "oracle.sessions('$gap', " . literal($length) . ', ' . ($midnight eq 'true' ? "'$zone'" : 'NULL') . ", $moment)";
				$script .= compare("${ask}sessions $gap, $midnight", 'SELECT user_id::bigint, session, started_at, ended_at, events, first_event, last_event, amount, complete ' . sprintf($of, 'sessions'),
					"SELECT * FROM $sessions");
				$script .= compare("${ask}sessions_day", 'SELECT day, sessions, users, events_per_session, average_seconds, single_event_rate, complete ' . sprintf($of, 'sessions_day'),
					"SELECT * FROM oracle.sessions_day('$zone', '$gap', " . literal($length) . ', ' . ($midnight eq 'true' ? "'$zone'" : 'NULL') . ", $moment)");
				for my $name (qw(n c))
				{
					$script .= compare("${ask}funnel_users $steps, $within", "SELECT user_id::bigint, level, entered_at, reached_at, open FROM $schema.funnel_users WHERE org = '$org' AND name = '$name'",
						"SELECT user_id, level, entered_at, reached_at, open FROM oracle.funnel_users('$steps', '$within', $moment)");
					# where a tenant has nobody who does any of the steps there is no row
					$script .= compare("${ask}funnels $steps, $within", "SELECT step, users, round(conversion_from_first::numeric, 9), round(conversion_from_previous::numeric, 9), drop_off, round(median_seconds::numeric, 6), "
						. "round(average_seconds::numeric, 6), open_users FROM $schema.funnels WHERE org = '$org' AND name = '$name'",
						"SELECT step, users, conversion_from_first, conversion_from_previous, drop_off, median_seconds, average_seconds, open_users FROM oracle.funnel('$steps', '$within', $moment) "
						. "WHERE EXISTS (SELECT FROM events" . ($name eq 'n' ? '' : " WHERE event = ANY ('$steps')") . ')');
				}
				$script .= compare("${ask}paths @path", 'SELECT depth, source, target, sessions, users, average_seconds ' . sprintf($of, 'paths'),
					"SELECT depth, coalesce(source, '(entry)'), coalesce(target, '(exit)'), sessions, users, average_seconds FROM oracle.path_edges('$gap', $moment, " . join(', ', @path) . ")");
				$script .= compare("${ask}path_transitions", 'SELECT source, target, transitions, probability ' . sprintf($of, 'path_transitions'),
					"SELECT coalesce(source, '(entry)'), coalesce(target, '(exit)'), transitions, probability FROM oracle.transitions('$gap', $moment, $path[1])");
				$script .= compare("${ask}attribution $_ $lookback @rule", "SELECT channel, conversions, amount, share " . sprintf($of, 'attribution') . " AND model = '$_'",
					"SELECT * FROM oracle.attribution_view('$_', '$lookback', " . join(', ', @rule) . ", $moment)") for @models;
				$script .= compare("${ask}models $lookback", "SELECT model, sum(conversions), sum(amount), round(sum(share)::numeric, 9) " . sprintf($of, 'attribution') . " AND model IN ('markov', 'shapley') GROUP BY model HAVING sum(conversions) > 0",
					"SELECT m.model, count(*)::numeric, sum(p.amount), 1.0 FROM unnest('{markov,shapley}'::text[]) AS m (model), oracle.attribution_paths('$lookback', $moment) AS p WHERE p.converted GROUP BY m.model");
			}
		}
		# some go, some come, and the last are as before
		$script .= "DELETE FROM visits WHERE who % 3 = " . int(rand(3)) . " AND random() < 0.5;\nINSERT INTO visits VALUES " . visits('any') . ";\nSELECT user_ops.refresh('shop') \\g /dev/null\n";
	}
}
answers_agree($node, $script, 2);

# all of it in parallel, and the same rows
$node->safe_psql('postgres', <<'SQL');
SET client_min_messages = error;
CREATE TABLE crowd AS SELECT i % 20000 AS u, timestamptz '2024-01-01 UTC' + (i * 31 % 200) * interval '1 hour' AS t, (ARRAY['home', 'ads', 'mail', 'buy'])[1 + i % 7 % 4] AS e FROM generate_series(1, 100000) AS i;
SELECT FROM user_ops.create_views('crowd', 'u', 't', target_schema => 'crowded', as_of => '2024-07-11', purchase_model => 'none');
SELECT FROM user_ops.create_session_view('crowded', 'n', event => 'e'), user_ops.create_path_view('crowded', 'n', event => 'e'), user_ops.create_attribution_view('crowded', 'n', '{buy}', models => '{linear,markov}', event => 'e'),
	user_ops.create_funnel_view('crowded', 'n', '{home,mail,buy}', '2 days', event => 'e');
VACUUM ANALYZE crowded.journeys;
SQL
my $parallel = 'SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0; SET max_parallel_workers_per_gather = 2;';
for my $view (qw(sessions sessions_day paths path_transitions attribution funnels funnel_users))
{
	my $whole = "SELECT count(*), md5(string_agg(v::text, ',' ORDER BY v::text)) FROM crowded.$view AS v";
	like($node->safe_psql('postgres', "$parallel EXPLAIN (COSTS OFF) SELECT * FROM crowded.$view"), qr/Gather.*Parallel Seq Scan on journeys/s, "$view runs in parallel");
	is($node->safe_psql('postgres', "$parallel $whole"), $node->safe_psql('postgres', "SET max_parallel_workers_per_gather = 0; $whole"), '... with the same rows');
}
done_testing();
