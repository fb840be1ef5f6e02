# Funnels against values worked out elsewhere and published cases, from a folder beside the
# project (or where USER_OPS_SHARED says); skipped where that is absent.
use strict;
use warnings;
use utf8;
use Encode qw(encode_utf8);
use FindBin;
use JSON::PP;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $shared = $ENV{USER_OPS_SHARED} || "$FindBin::RealBin/../../../shared";
my @files = qw(funnel_level funnel_ties funnel_unordered funnel_entries funnel_users funnel_compare issues);
my %file = ((map { $_ => "$shared/golden/journeys/$_.json" } @files), vectors => "$shared/vectors/vectors.json");
for my $file (sort values %file)
{
	plan skip_all => "no expected values: $file is absent" unless -r $file;
}

my $node = PostgreSQL::Test::Cluster->new('golden_funnels');
$node->init(extra => [ '--encoding=UTF8', '--locale=C' ]);
$node->append_conf('postgresql.conf', "fsync = off\nautovacuum = off\njit = off\nsearch_path = 'public, user_ops'\ntimezone = 'Asia/Kathmandu'\ndatestyle = 'ISO, YMD'\n");
$node->start;
$node->safe_psql('postgres', 'CREATE EXTENSION user_ops');

sub sql { return $node->safe_psql('postgres', encode_utf8($_[0])) }

# agree(NAME, COMPARED, DIFFERENCES): the query, a row for each difference, has none; and there is enough to be compared.
sub agree
{
	my ($name, $least, $compared, $differences) = @_;

	is(sql("SELECT * FROM ($differences) AS d LIMIT 5"), '', $name);
	cmp_ok(sql($compared), '>=', $least, '... all of them');
}

# A table for each file: the case and its number.
for my $name (@files)
{
	my $text = slurp_file($file{$name});
	sql("CREATE TABLE golden_$name AS SELECT n, c FROM jsonb_array_elements((\$golden\$$text\$golden\$::jsonb)->'cases') WITH ORDINALITY AS x (c, n)");
}

# Rows [seconds, [tiebreak,] conditions] become a journey of eight conditions, in any order and in two parts.
sql(<<'EOS');
CREATE FUNCTION at(seconds numeric) RETURNS timestamptz LANGUAGE sql IMMUTABLE AS $$ SELECT timestamptz '2024-03-01 00:00+00' + seconds * interval '1 second' $$;
CREATE FUNCTION seconds(at timestamptz) RETURNS numeric LANGUAGE sql IMMUTABLE AS $$ SELECT extract(epoch FROM at - at(0))::numeric $$;
CREATE FUNCTION numbers(array_of jsonb) RETURNS integer[] LANGUAGE sql IMMUTABLE AS $$ SELECT array_agg(x::integer ORDER BY i) FROM jsonb_array_elements_text(array_of) WITH ORDINALITY AS e (x, i) $$;
CREATE FUNCTION gaps(array_of jsonb) RETURNS interval[] LANGUAGE sql IMMUTABLE AS $$ SELECT array_agg(x::numeric * interval '1 second' ORDER BY i) FROM jsonb_array_elements_text(array_of) WITH ORDINALITY AS e (x, i) $$;
CREATE FUNCTION journey_of(rows jsonb) RETURNS journey LANGUAGE sql AS $$
	SELECT merge(journey_agg(at, NULL::numeric, tiebreak, NULL::text, VARIADIC met ORDER BY random()) FILTER (WHERE odd),
				 journey_agg(at, NULL::numeric, tiebreak, NULL::text, VARIADIC met ORDER BY random()) FILTER (WHERE NOT odd))
	FROM (SELECT at((r->>0)::numeric) AS at, CASE jsonb_array_length(r) WHEN 3 THEN (r->>1)::bigint END AS tiebreak,
				 ARRAY(SELECT (r->-1) @> to_jsonb(k) FROM generate_series(1, 8) AS k ORDER BY k) AS met, random() < 0.5 AS odd
		  FROM jsonb_array_elements(rows) AS r) AS s
$$;
-- What a case asks; what it does not name has its default.
CREATE FUNCTION level_of(c jsonb, j journey) RETURNS integer LANGUAGE sql AS $$
	SELECT coalesce(funnel_level(j, (c->>'steps')::int, coalesce((c->>'within')::numeric, 0) * interval '1 second',
		in_between => coalesce(c->>'in_between', 'any')::funnel_in_between, repeats => coalesce(c->>'repeats', 'allow')::funnel_repeats,
		ties => coalesce(c->>'ties', 'any')::funnel_ties, entry => coalesce(c->>'entry', 'any')::funnel_entry,
		unordered => coalesce((c->>'unordered')::boolean, false), optional => coalesce(numbers(c->'optional'), '{}'),
		exclude => coalesce(numbers(c->'exclude'), '{}'), exclude_from => numbers(c->'exclude_from'), exclude_to => numbers(c->'exclude_to'),
		on_exclusion => coalesce(c->>'on_exclusion', 'drop_entry')::funnel_exclusion, min_gap => gaps(c->'min_gap'), max_gap => gaps(c->'max_gap'),
		entry_from => at((c->>'entry_from')::numeric), entry_to => at((c->>'entry_to')::numeric), as_of => at((c->>'as_of')::numeric)), 0)
$$;
CREATE FUNCTION times_of(c jsonb, j journey, pick funnel_pick) RETURNS jsonb LANGUAGE sql AS $$
	SELECT jsonb_agg(seconds(t) ORDER BY i)
	FROM unnest(coalesce(funnel_times(j, (c->>'steps')::int, coalesce((c->>'within')::numeric, 0) * interval '1 second',
		in_between => coalesce(c->>'in_between', 'any')::funnel_in_between, repeats => coalesce(c->>'repeats', 'allow')::funnel_repeats,
		ties => coalesce(c->>'ties', 'any')::funnel_ties, entry => coalesce(c->>'entry', 'any')::funnel_entry,
		unordered => coalesce((c->>'unordered')::boolean, false), optional => coalesce(numbers(c->'optional'), '{}'),
		exclude => coalesce(numbers(c->'exclude'), '{}'), exclude_from => numbers(c->'exclude_from'), exclude_to => numbers(c->'exclude_to'),
		on_exclusion => coalesce(c->>'on_exclusion', 'drop_entry')::funnel_exclusion, min_gap => gaps(c->'min_gap'), max_gap => gaps(c->'max_gap'),
		entry_from => at((c->>'entry_from')::numeric), entry_to => at((c->>'entry_to')::numeric), as_of => at((c->>'as_of')::numeric), pick => pick),
		array_fill(NULL::timestamptz, ARRAY[(c->>'steps')::int]))) WITH ORDINALITY AS x (t, i)
$$;
EOS

# --- levels and times --------------------------------------------------------------

sql(<<'EOS');
CREATE TABLE asked AS
SELECT *, journey_of(c->'rows') AS j
FROM (SELECT 'level ' || n AS id, c FROM golden_funnel_level
	  UNION ALL SELECT 'unordered ' || n, c FROM golden_funnel_unordered
	  UNION ALL SELECT c->>'source', (c->'input') || (c->'expected') FROM golden_issues WHERE c->>'kind' = 'funnel') AS cases;
EOS
agree('levels', 3002, 'SELECT count(*) FROM asked', q{SELECT id, c, level_of(c, j) FROM asked WHERE level_of(c, j) <> (c->>'level')::int});
agree('times of the first chain', 3002, 'SELECT count(*) FROM asked', q{SELECT id, c, times_of(c, j, 'first') FROM asked WHERE times_of(c, j, 'first') <> c->'times'});
for my $pick (qw(fastest latest_entry))
{
	agree("times of $pick", 2880, q{SELECT count(*) FROM asked WHERE NOT c ? 'unordered'},
		"SELECT id, c, times_of(c, j, '$pick') FROM asked WHERE NOT c ? 'unordered' AND times_of(c, j, '$pick') <> coalesce(c->'times_$pick', c->'times')");
}
agree('simultaneous rows', 52, 'SELECT count(*) FROM golden_funnel_ties', <<'EOS');
SELECT n, word, c->>word, level FROM (SELECT n, c, journey_of(c->'rows') AS j FROM golden_funnel_ties) AS f,
	LATERAL (VALUES ('any', funnel_level(j, (c->>'steps')::int, '100 seconds')),
					('no_steps', funnel_level(j, (c->>'steps')::int, '100 seconds', in_between => 'no_steps')),
					('break', funnel_level(j, (c->>'steps')::int, '100 seconds', repeats => 'break')),
					('both', funnel_level(j, (c->>'steps')::int, '100 seconds', in_between => 'nothing', repeats => 'break')),
					('strict', funnel_level(j, (c->>'steps')::int, '100 seconds', ties => 'strict'))) AS v (word, level)
WHERE level <> (c->>word)::int
EOS
agree('entries', 120, 'SELECT count(*) FROM golden_funnel_entries', <<'EOS');
SELECT * FROM (
	SELECT n, c->'entries' AS expected, coalesce((SELECT jsonb_agg(jsonb_build_array(seconds(entered_at), e.level) ORDER BY entered_at)
		FROM funnel_entries(journey_of(c->'rows'), (c->>'steps')::int, (c->>'within')::int * interval '1 second', entry => (c->>'entry')::funnel_entry,
			exclude => coalesce(numbers(c->'exclude'), '{}'), on_exclusion => coalesce(c->>'on_exclusion', 'drop_entry')::funnel_exclusion) AS e), '[]') AS ours
	FROM golden_funnel_entries) AS s
WHERE ours <> expected
EOS

# --- many users ----------------------------------------------------------------------

sql(<<'EOS');
CREATE TABLE people AS
SELECT n, u.key AS name, journey_of(u.value) AS j, (c->>'steps')::int AS steps, (c->>'within')::int * interval '1 second' AS within, at((c->>'as_of')::int) AS as_of
FROM golden_funnel_users, jsonb_each(c->'users') AS u;
CREATE TABLE states AS
SELECT n, f, (SELECT rollup(part) FROM (SELECT funnel(j, steps, within, as_of) AS part FROM people AS p WHERE p.n = s.n GROUP BY hashtext(name) % 3) AS parts) AS merged
FROM (SELECT n, funnel(j, steps, within, as_of ORDER BY random()) AS f FROM people GROUP BY n) AS s;
EOS
agree('levels of users', 9, 'SELECT count(*) FROM states', q{SELECT n, name FROM people JOIN golden_funnel_users USING (n) WHERE funnel_level(j, steps, within, as_of => as_of) <> (c->'levels'->>name)::int});
is(sql('SELECT count(*) FROM states WHERE f = merged'), '9', 'states of parts are merged to that of the whole');
agree('steps', 20, q{SELECT count(*) FROM golden_funnel_users, jsonb_array_elements(c->'expected')}, <<'EOS');
SELECT n, e, s FROM golden_funnel_users JOIN states USING (n) CROSS JOIN jsonb_array_elements(c->'expected') AS e, steps(f) AS s
WHERE s.step = (e->>'step')::int AND (
	(users, drop_off, open_users) IS DISTINCT FROM ((e->>'users')::bigint, (e->>'drop_off')::bigint, (e->>'open_users')::bigint) OR
	(conversion_from_first, conversion_from_previous) IS DISTINCT FROM ((e->>'conversion_from_first')::float8, (e->>'conversion_from_previous')::float8) OR
	round(average_seconds::numeric, 6) IS DISTINCT FROM round((e->>'average_seconds')::numeric, 6) OR round(median_seconds::numeric, 6) IS DISTINCT FROM round((e->>'median_seconds')::numeric, 6) OR
	s.step > 1 AND round(percentile(f, 0.9, s.step - 1, s.step)::numeric, 6) IS DISTINCT FROM round((e->>'p90_seconds')::numeric, 6) OR
	s.step > 1 AND round(percentile(f, 0.5, 1, s.step)::numeric, 6) IS DISTINCT FROM round((e->>'median_seconds_from_first')::numeric, 6))
EOS
agree('histograms', 5, q{SELECT count(*) FROM golden_funnel_users WHERE c->'histogram_first_to_last' <> 'null'}, <<'EOS');
SELECT n, expected, ours FROM (
	SELECT n, nullif(c->'histogram_first_to_last', 'null') AS expected,
		   (SELECT jsonb_agg(jsonb_build_object('from', round(from_seconds::numeric, 6), 'to', round(to_seconds::numeric, 6), 'users', users) ORDER BY from_seconds)
			FROM histogram(f, 1, (c->>'steps')::int)) AS ours
	FROM golden_funnel_users JOIN states USING (n)) AS s
WHERE ours IS DISTINCT FROM (SELECT jsonb_agg(jsonb_build_object('from', round((e->>'from')::numeric, 6), 'to', round((e->>'to')::numeric, 6), 'users', (e->>'users')::bigint)) FROM jsonb_array_elements(expected) AS e)
EOS

# So many users at step 1, of whom so many reach step 2.
sql(<<'EOS');
CREATE FUNCTION crowd(users jsonb) RETURNS funnel LANGUAGE sql AS $$
	SELECT funnel(CASE WHEN u <= (users->>0)::int THEN journey_of('[[0,[1]],[1,[2]]]') ELSE journey_of('[[0,[1]]]') END, 2, '1 hour', date '2025-01-01')
	FROM generate_series(1, (users->>1)::int) AS u
$$;
CREATE TABLE compared AS SELECT n, c, r.* FROM golden_funnel_compare, funnel_compare(crowd(c->'a'), crowd(c->'b')) AS r;
EOS
agree('two-proportion z', 6, 'SELECT count(*) FROM compared', <<'EOS');
SELECT n, c, difference, z, p_value FROM compared
WHERE abs(difference - (c->>'difference')::float8) > 1e-12 OR (z IS NULL) <> ((c->>'z') IS NULL) OR (p_value IS NULL) <> (z IS NULL)
   OR abs(z / (c->>'z')::float8 - 1) > 1e-9 OR abs(p_value / (c->>'p_value')::float8 - 1) > 1e-9
EOS

# --- reports from public trackers ------------------------------------------------------

is(sql(<<'EOS'), "{3,2,1}|{3,2}", 'taking the first step away never lowers the later ones');
WITH u AS (SELECT journey_of(p.value) AS j, journey_of((SELECT jsonb_agg(jsonb_build_array(r->0, (SELECT coalesce(jsonb_agg(k::int - 1), '[]') FROM jsonb_array_elements_text(r->1) AS k WHERE k::int > 1))) FROM jsonb_array_elements(p.value) AS r)) AS later
		   FROM golden_issues, jsonb_each(c->'input'->'users') AS p WHERE c->>'source' = 'PostHog#6499')
SELECT (SELECT array_agg(s.users ORDER BY s.step) FROM (SELECT funnel(j, 3, '10 seconds', date '2025-01-01') AS f FROM u) AS x, steps(f) AS s),
	   (SELECT array_agg(s.users ORDER BY s.step) FROM (SELECT funnel(later, 2, '10 seconds', date '2025-01-01') AS f FROM u) AS x, steps(f) AS s)
EOS
is(sql(<<'EOS'), "old|1|0\npaid|2|0\nrecent|1|1", 'who began less than the window ago is open, not lost');
SELECT key, funnel_level(j, 2, '31 days', as_of => at(3456000)), (SELECT sum(open_users) FROM steps(f))
FROM (SELECT p.key, funnel(journey_of(p.value), 2, '31 days', at(3456000)) AS f, rollup(journey_of(p.value)) AS j
	  FROM golden_issues, jsonb_each(c->'input'->'users') AS p WHERE c->>'source' = 'PostHog#33605' GROUP BY p.key) AS x ORDER BY 1
EOS

# --- published cases -----------------------------------------------------------------------

my @vectors = grep { $_->{capability} =~ /^funnel/ && $_->{evidence} ne 'version-conflict' } @{ decode_json(slurp_file($file{vectors})) };
my %published = map { my $capability = $_; $capability => [ grep { $_->{capability} eq $capability } @vectors ] } qw(funnel funnel_multi funnel_time funnel_totals);

sub quote { return defined $_[0] ? "'" . ($_[0] =~ s/'/''/gr) . "'" : 'NULL' }

# Numbers are microseconds, so that the longest axis fits; or times.
sub moment { return $_[0] =~ /^\d+$/ ? "timestamptz '2000-01-01 00:00+00' + $_[0] * interval '1 microsecond'" : "timestamptz '$_[0]+00'" }
sub window { my ($window, $time) = @_; return $window =~ /^\d+$/ ? "interval '1 " . ($time =~ /^\d+$/ ? 'microsecond' : 'second') . "' * $window" : "interval '$window'" }

# Alternatives of each step, as a two-dimensional array.
sub steps_of
{
	my @steps = map { ref $_ ? $_ : [$_] } @_;
	my ($width) = sort { $b <=> $a } map { scalar @$_ } @steps;

	return 'ARRAY[' . join(', ', map { 'ARRAY[' . join(', ', map { quote($_) } @$_[ 0 .. $width - 1 ]) . ']' } @steps) . ']::text[]';
}

sub events_of { return '(VALUES ' . join(', ', map { '(' . moment($_->[0]) . ', ' . quote($_->[1]) . ', ' . quote($_->[2]) . ')' } @_) . ') AS e (t, name, label)' }

# allow_reentry is not ours, but its documented cases are those of strict_order alone.
my %switch = (strict_order => "in_between => 'nothing'", allow_reentry => "in_between => 'nothing'", strict_deduplication => "repeats => 'break'", deduplication => "repeats => 'break'",
	strict_increase => "ties => 'strict'", increase => "ties => 'strict'", fixed => "in_between => 'no_steps', repeats => 'break'", 'entry=first' => "entry => 'first'", default => '', ordered => '', strict_once => '');
for my $case (@{ $published{funnel} })
{
	my $params = $case->{params};
	my $events = $case->{input}{events} // $case->{input}{events_mask};
	my $within = window($params->{window}, $events->[0][0]);
	my $expected = $case->{ours} // $case->{expected};
	my %modes = map { $_ => 1 } @{ $params->{modes} };
	delete $modes{strict_deduplication} if $modes{allow_reentry};
	my $switches = join '', map { ", $_" } sort(keys %{ { map { $switch{$_} => 1 } grep { $switch{$_} } keys %modes } });
	my (@asked, @conditions);

	if ($params->{steps_as})
	{
		@conditions = map { my $k = $_; "met @> '{$k}'" } 1 .. $params->{nsteps};
		my $rows = '(VALUES ' . join(', ', map { '(' . moment($_->[0]) . ", '{" . join(',', @{ $_->[1] }) . "}'::int[])" } @$events) . ') AS e (t, met)';
		@asked = ("funnel_level(journey_agg(t, " . join(', ', @conditions) . "), $params->{nsteps}, $within$switches) FROM $rows");
		push @asked, "window_funnel($within, '" . join(' ', sort keys %modes) . "', t, " . join(', ', @conditions) . ") FROM $rows";
	}
	else
	{
		my $steps = steps_of(@{ $params->{steps} });
		my $rows = events_of(@$events);
		my $kept = $switches =~ /nothing/ ? 'true' : 'false';

		@conditions = map { my $step = $_; 'name IN (' . join(', ', map { quote($_) } ref $step ? @$step : $step) . ')' } @{ $params->{steps} };
		@asked = ("funnel_level(journey_agg(t, name), $steps, $within$switches) FROM $rows",
			"coalesce(funnel_level(journey_agg(t, name, journey_steps($steps, $kept)), " . @conditions . ", $within$switches), 0) FROM $rows");
		push @asked, "window_funnel($within, '" . join(',', sort keys %modes) . "', t, " . join(', ', @conditions) . ") FROM $rows" unless $modes{allow_reentry} || $modes{'entry=first'} || $modes{ordered};
	}
	is(sql("SELECT $_"), $expected, "$case->{id}: " . (/^(\w+)/)[0]) for @asked;
}

for my $case (@{ $published{funnel_multi} }, grep { $_->{input}{users} } @{ $published{funnel_time} })
{
	my $params = $case->{params};
	my $users = $case->{input}{users};
	my ($first) = map { $_->[0][0] } values %$users;
	my $steps = 'journey_steps(' . steps_of(@{ $params->{steps} }) . ($params->{exclusions} ? ", others => '{" . join(',', map { $_->{event} } @{ $params->{exclusions} }) . "}'" : '') . ')';
	my $options = join ', ', ($params->{order} eq 'unordered' ? 'unordered => true' : ()),
	  ($params->{exclusions} ? 'exclude => ARRAY[' . (@{ $params->{steps} } + 1) . ']' : ());
	my $rows = '(VALUES ' . join(', ', map { my $user = $_; map { "('$user', " . moment($_->[0]) . ', ' . quote($_->[1]) . ')' } @{ $users->{$user} } } sort keys %$users) . ') AS e (u, t, name)';
	my $journeys = "(SELECT u, journey_agg(t, name) AS j FROM $rows GROUP BY u) AS js";
	my $funnel = "(SELECT funnel(j, $steps, " . window($params->{window}, $first) . ", date '2100-01-01', funnel_options($options)) AS f FROM $journeys) AS fs";
	my $expected = $case->{expected};

	is(sql("SELECT string_agg(users::text, ' ' ORDER BY step) FROM $funnel, steps(f)"), join(' ', @{ $expected->{counts} }), "$case->{id}: users") if $expected->{counts};
	is(sql("SELECT max(median_seconds) FROM $funnel, steps(f)"), $expected->{ttc}, "$case->{id}: time") if $expected->{ttc};
	# of the first conversion of each user
	is(sql("SELECT string_agg(average_seconds::text, ' ' ORDER BY step) FROM $funnel, steps(f)"), "$expected->{avg_step2_first_conversion} $expected->{avg_step3_first_conversion}", "$case->{id}: times")
	  if $expected->{avg_step2_first_conversion};
}
for my $case (grep { $_->{input}{events} } @{ $published{funnel_time} })
{
	my $pick = $case->{params}{entry} eq 'any' ? 'latest_entry' : 'first';
	is(sql("SELECT extract(microseconds FROM w[2] - w[1]) FROM (SELECT funnel_times(journey_agg(t, name), '{A,B}', interval '100 microseconds', entry => '$case->{params}{entry}', pick => '$pick') AS w FROM " . events_of(@{ $case->{input}{events} }) . ') AS x'),
		$case->{expected}{ttc}, "$case->{id}: time to convert");
}

my %totals = map { $_->{id} => $_ } @{ $published{funnel_totals} };
is(join(' ', sort keys %totals), 'funnel_totals-001 funnel_totals-003 funnel_totals-005', 'totals');
# there entries that were dropped are counted, as stop lists them
is(sql("SELECT count(*), count(*) FILTER (WHERE level = 2) FROM (SELECT journey_agg(t, name) AS j FROM " . events_of(@{ $totals{'funnel_totals-001'}{input}{events} }) . ") AS x, funnel_entries(j, '{A,B}', interval '604800 microseconds', exclude => '{1}', on_exclusion => 'stop')"),
	'2|1', 'an entry that is hit by the next one');
is(sql("SELECT funnel_level(journey_agg(t, name), '{A,B}', interval '10 microseconds') FROM " . events_of(@{ $totals{'funnel_totals-003'}{input}{events} })), 2, 'a later entry gets through');
is(sql("SELECT string_agg(item || ' ' || level, ', ' ORDER BY entered_at) FROM (SELECT journey_agg(t, name) AS j FROM " . events_of(@{ $totals{'funnel_totals-005'}{input}{events} }) . ") AS x, funnel_entries(j, '{Browse,Cart}', '1 day') JOIN (SELECT t, label AS item FROM " . events_of(@{ $totals{'funnel_totals-005'}{input}{events} }) . ") AS i ON t = entered_at"),
	'shirt 2, shoes 1', 'the item of each entry');

cmp_ok(scalar @vectors, '>=', 98, 'published cases');
$node->stop;
done_testing();
