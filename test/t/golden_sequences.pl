# Sequences and rolling retention against values worked out elsewhere and published cases,
# from a folder beside the project (or where USER_OPS_SHARED says); skipped where that is absent.
use strict;
use warnings;
use FindBin;
use JSON::PP;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $shared = $ENV{USER_OPS_SHARED} || "$FindBin::RealBin/../../../shared";
my %cases;
for my $name (qw(sequence sequence_errors sequence_next rolling_retention issues))
{
	my $file = "$shared/golden/journeys/$name.json";
	plan skip_all => "no expected values: $file is absent" unless -r $file;
	$cases{$name} = decode_json(slurp_file($file))->{cases};
}

my $published = "$shared/vectors/vectors.json";
plan skip_all => "no published cases: $published is absent" unless -r $published;
my %check = (sequence => \&check_sequence, pattern => \&check_pattern, next_event => \&check_next_event, retention_24h => \&check_rolling);
my @vectors = grep { $check{ $_->{capability} } && $_->{evidence} ne 'version-conflict' } @{ decode_json(slurp_file($published)) };

my $node = PostgreSQL::Test::Cluster->new('golden_sequences');
$node->init;
$node->append_conf('postgresql.conf', "fsync = off\nautovacuum = off\njit = off\nsearch_path = 'user_ops, public'\ntimezone = 'Asia/Kathmandu'\n");
$node->start;
$node->safe_psql('postgres', 'CREATE EXTENSION user_ops');

sub sql { return $node->safe_psql('postgres', $_[0]) }

# The rows of a query, each a list of texts.
sub rows { return map { [ split /\|/, $_, -1 ] } split /\n/, sql($_[0]) }

# A table of rows, whose columns have the types that its head gives them.
sub load
{
	my ($head, @rows) = @_;
	my ($table) = $head =~ /^(\w+)/;
	my $text = join '', map { join("\t", map { !defined $_ ? '\N' : s/\\/\\\\/gr } @$_) . "\n" } @rows;
	sql("CREATE TABLE $head;\nCOPY $table FROM STDIN;\n$text\\.\n");
}

sub array_of { return '{' . join(',', @_) . '}' }
sub truth { return !defined $_[0] ? undef : $_[0] ? 't' : 'f' }

# --- sequences ------------------------------------------------------------------

# Reports have but some of the answers.
my @sequences = (@{ $cases{sequence} }, map { { %{ $_->{input} }, %{ $_->{expected} } } } grep { $_->{kind} eq 'sequence' } @{ $cases{issues} });
cmp_ok(scalar @sequences, '>=', 422, 'cases of sequences');
load('cases (id int, pattern text, conditions int, match boolean, count bigint, count_overlap bigint, events int[])',
	map { my $c = $sequences[$_]; [ $_, $c->{pattern}, $c->{conditions}, truth($c->{match}), @$c{qw(count count_overlap)}, $c->{events} && array_of(@{ $c->{events} }) ] } 0 .. $#sequences);
load('events (id int, at int, met int[])',
	map { my $id = $_; map { [ $id, $_->[0], array_of(@{ $_->[1] }) ] } @{ $sequences[$id]{rows} } } 0 .. $#sequences);

# Names in the order in which simultaneous rows of these conditions stand; and which names
# each condition has, of those of up to three.
sql(<<'EOS');
ALTER TABLE events ADD mask int, ADD name text, ADD chance float8 DEFAULT random();
UPDATE events SET mask = (SELECT coalesce(sum(1 << c - 1), 0) FROM unnest(met) AS c);
CREATE FUNCTION name_of(mask int) RETURNS text LANGUAGE sql RETURN CASE mask & -mask WHEN 0 THEN 9 WHEN 4 THEN 3 ELSE mask & -mask END || '-' || mask;
UPDATE events SET name = name_of(mask);
CREATE TABLE steps AS
SELECT n AS conditions, array_agg(names ORDER BY c) AS steps
FROM generate_series(1, 3) AS n, generate_series(1, n) AS c,
	 LATERAL (SELECT array_agg(CASE WHEN mask >> c - 1 & 1 = 1 THEN name_of(mask) END) AS names FROM generate_series(0, 7) AS mask) AS s
GROUP BY n;
CREATE VIEW timed AS SELECT *, timestamptz 'epoch' + at * interval '1 second' AS event_time FROM events;
EOS

# Journeys of every kind, each made from rows in some order; users without a row have none.
my %journeys = (
	'by conditions' => 'SELECT id, journey_agg(event_time, VARIADIC (ARRAY[1 = ANY (met), 2 = ANY (met), 3 = ANY (met)])[1:conditions] ORDER BY chance) AS j FROM timed JOIN cases USING (id) GROUP BY id',
	'in parts' => 'SELECT id, rollup(part ORDER BY n) AS j FROM (SELECT id, floor(chance * 3) AS n, journey_agg(event_time, VARIADIC (ARRAY[1 = ANY (met), 2 = ANY (met), 3 = ANY (met)])[1:conditions]) AS part FROM timed JOIN cases USING (id) GROUP BY id, n) AS p GROUP BY id',
	'from names' => 'SELECT id, journey_agg(event_time, name, steps::journey_steps ORDER BY chance) AS j FROM timed JOIN cases USING (id) JOIN steps USING (conditions) GROUP BY id',
	'by name' => 'SELECT id, journey_agg(event_time, name ORDER BY chance) AS j FROM timed GROUP BY id');

# Which cases have another answer than they should; NULL is what a user without rows has.
sub differences
{
	my ($from, $match, $count, $overlap, $events) = @_;
	return sql(<<"EOS");
SELECT pattern, a.*, match, count, count_overlap, cases.events
FROM cases LEFT JOIN ($from) AS s USING (id) JOIN steps USING (conditions),
	 LATERAL (SELECT $match, $count, $overlap, ARRAY(SELECT extract(epoch FROM t)::int FROM unnest($events) WITH ORDINALITY AS u (t, n) ORDER BY n)) AS a (m, c, o, e)
WHERE coalesce(m, false) <> match OR coalesce(c, 0) <> count OR coalesce(o, 0) <> count_overlap OR coalesce(e, '{}') <> cases.events
EOS
}
for my $kind (sort keys %journeys)
{
	my $steps = $kind eq 'by name' ? ', steps' : '';
	is(differences($journeys{$kind}, "sequence_match(j, pattern$steps)", "sequence_count(j, pattern$steps)", "sequence_count(j, pattern$steps, overlap => true)",
			"sequence_events(j, pattern$steps)"), '', "sequences of journeys $kind");
}
my $rows = 'VARIADIC (ARRAY[1 = ANY (met), 2 = ANY (met), 3 = ANY (met)])[1:conditions] ORDER BY chance';
is(differences("SELECT id, sequence_match(pattern, event_time, $rows) AS sm, sequence_count(pattern, event_time, $rows) AS sc, sequence_events(pattern, event_time, $rows) AS se, min(count_overlap) AS so FROM timed JOIN cases USING (id) GROUP BY id",
		qw(sm sc so se)), '', 'sequences of rows');

for my $pattern (map { $_->{pattern} } @{ $cases{sequence_errors} })
{
	my $quoted = $pattern =~ s/'/''/gr;
	my ($code, undef, $error) = $node->psql('postgres', "\\set VERBOSITY verbose\nSELECT sequence_match(journey_agg(timestamptz 'epoch', true, true, true), '$quoted')");
	like($error, qr/ERROR:  22023: the pattern is wrong at position \d+: /, "$pattern is an error");
}

# --- the next event ---------------------------------------------------------------

my @next = @{ $cases{sequence_next} };
cmp_ok(scalar @next, '>=', 90, 'cases of next events');
load('nexts (id int, events text[], direction sequence_direction, base sequence_base, chain text[], next text)',
	map { my $c = $next[$_]; [ $_, array_of(@{ $c->{events} }), @$c{qw(direction base)}, array_of(@{ $c->{chain} }), $c->{next} ] } 0 .. $#next);
is(sql(<<'EOS'), '', 'next events');
SELECT * FROM nexts, LATERAL (SELECT journey_agg(timestamptz 'epoch' + n * interval '1 second', event ORDER BY random()) AS j FROM unnest(events) WITH ORDINALITY AS e (event, n)) AS s
WHERE sequence_next(j, direction, base, VARIADIC chain) IS DISTINCT FROM next
EOS

# --- rolling retention ------------------------------------------------------------

my @rolling = @{ $cases{rolling_retention} };
cmp_ok(scalar @rolling, '>=', 24, 'cases of rolling retention');
load('questions (id int, unit interval, periods int, mode retention_mode, zone text, as_of bigint)',
	map { my $c = $rolling[$_]; [ $_, "$c->{unit_hours} hours", @$c{qw(periods mode zone as_of)} ] } 0 .. $#rolling);
load('visits (id int, u int, at bigint, event text)',
	map { my $id = $_; my $users = $rolling[$id]{users}; map { my $u = $_; map { my $what = $_; map { [ $id, $u, $_, (qw(start return))[$what] ] } @{ $users->{$u}[$what] } } 0, 1 } sort keys %$users } 0 .. $#rolling);
load('expected (id int, cohort date, period_number int, cohort_size bigint, retained_users bigint, complete boolean)',
	map { my $id = $_; map { [ $id, @$_[ 0 .. 3 ], truth($_->[4]) ] } @{ $rolling[$id]{cells} } } 0 .. $#rolling);
sql(<<'EOS');
CREATE VIEW met AS SELECT *, timestamptz 'epoch' + at * interval '1 second' AS event_time FROM visits;
CREATE VIEW asked AS SELECT *, timestamptz 'epoch' + as_of * interval '1 second' AS until, rolling_retention_options(mode, zone) AS options FROM questions;
EOS

# The same question over journeys of two kinds, in parts, and over all journeys of one scan.
my $users = "SELECT id, u, journey_agg(event_time, event = 'return', event = 'start' ORDER BY random()) AS j, journey_agg(event_time, event ORDER BY random()) AS named FROM met GROUP BY id, u";
my %states = (
	'of journeys by conditions' => "SELECT id, rolling_retention(j, 2, 1, unit, periods, until, options) AS r FROM ($users) AS s JOIN asked USING (id) GROUP BY id",
	'of journeys by name' => "SELECT id, rolling_retention(named, '{start,return}', 1, 2, unit, periods, until, options ORDER BY random()) AS r FROM ($users) AS s JOIN asked USING (id) GROUP BY id",
	'in parts' => "SELECT id, rollup(r::text::rolling_retention) AS r FROM (SELECT id, rolling_retention(j, 2, 1, unit, periods, until, options) AS r FROM ($users) AS s JOIN asked USING (id) GROUP BY id, u % 3) AS p GROUP BY id",
	'of a scan' => "SELECT id, rolling_retention(js, 1, 2, unit, periods, until, options) AS r FROM (SELECT id, journeys_agg(u, event_time, event = 'start', event = 'return') AS js FROM met GROUP BY id) AS s JOIN asked USING (id)");
for my $kind (sort keys %states)
{
	my $got = "SELECT id, cohort, period_number, cohort_size, retained_users, complete FROM ($states{$kind}) AS s, cells(r)";
	is(sql("(SELECT 'ours', g.* FROM ($got EXCEPT ALL TABLE expected) AS g) UNION ALL (SELECT 'theirs', t.* FROM (TABLE expected EXCEPT ALL $got) AS t)"), '', "rolling retention $kind");
}

# --- published cases --------------------------------------------------------------

# A journey of [time, event] pairs; events are conditions by their numbers, or names.
sub journey_of
{
	my ($conditions, @events) = @_;
	my $rows = join ', ', map { "(timestamptz 'epoch' + interval '$_->[0] seconds', '$_->[1]')" } @events;
	return "(SELECT journey_agg(at, $conditions) AS j FROM (VALUES $rows) AS e (at, event)) AS s";
}

# ClickHouse lists the events of the longest part of a match that it found; we list
# those of a match.
sub check_sequence
{
	my ($case) = @_;
	my ($pattern, $n) = @{ $case->{params} }{qw(pattern nconds)};
	my %expected = %{ $case->{expected} };
	my $journey = journey_of(join(', ', map { "event = '$_'" } 1 .. $n), @{ $case->{input}{events} });
	my ($row) = rows("SELECT sequence_match(j, '$pattern')::int, sequence_count(j, '$pattern'), ARRAY(SELECT extract(epoch FROM t)::int FROM unnest(sequence_events(j, '$pattern')) AS t) FROM $journey");
	my %got = (match => $row->[0], count => $row->[1], match_events => [ $row->[2] =~ /\d+/g ]);

	$expected{match_events} = [] if $expected{match_events} && !$expected{match};
	is_deeply({ map { $_ => $got{$_} } keys %expected }, \%expected, "$case->{id}: $pattern") or diag(explain(\%got));
}

# MADlib's sessions are letters: L land, C buy, others other pages.
sub check_pattern
{
	my ($case) = @_;
	my %meant = (
		'nobuy+ buy' => [ '(?1)+(?2)', "event <> 'C', event = 'C'" ],
		'land, 0-2 not(land|buy), buy' => [ '(?1)(?2){0,2}(?3)', "event = 'L', event NOT IN ('L', 'C'), event = 'C'" ]);
	my $letters = sub { my @pages = split / /, $_[0]; return map { [ $_, $pages[$_] ] } 0 .. $#pages };

	if (my $sessions = $case->{input}{sessions})
	{
		my %got;

		for my $pages (values %$sessions)
		{
			for my $page (qw(L W H B))
			{
				my $journey = journey_of("event = '$page', event = 'C', event NOT IN ('$page', 'C')", $letters->($pages));
				$got{"$page C"} += (rows("SELECT sequence_count(j, '(?1)(?2)') FROM $journey"))[0][0];
			}
		}
		delete $got{$_} for grep { !$got{$_} } keys %got;
		is_deeply(\%got, $case->{expected}, $case->{id});
		return;
	}
	my ($pattern, $conditions) = @{ $meant{ $case->{params}{pattern} } };
	my @events = $letters->($case->{input}{session});
	my ($row) = rows("SELECT sequence_count(j, '$pattern', overlap => " . ($case->{params}{overlap} ? 'true' : 'false')
		  . "), ARRAY(SELECT extract(epoch FROM t)::int FROM unnest(sequence_events(j, '$pattern')) AS t) FROM " . journey_of($conditions, @events));
	is($row->[0], @{ $case->{expected} }, "$case->{id}: matches");
	is(join(' ', map { $events[$_][1] } $row->[1] =~ /\d+/g), $case->{expected}[0] // '', "$case->{id}: the first of them");
}

# Letters are events, a second apart.
sub check_next_event
{
	my ($case) = @_;
	my %p = %{ $case->{params} };
	my @letters = split //, $case->{input}{events};
	my $chain = join ',', split //, $p{chain};
	my ($row) = rows("SELECT sequence_next(j, '$p{direction}', '$p{base}', VARIADIC '{$chain}') FROM " . journey_of('event', map { [ $_, $letters[$_] ] } 0 .. $#letters));
	is($row ? $row->[0] : '', $case->{expected} // '', $case->{id});
}

# Cohorts by the day on which users' clocks started; and that 30 days are not a month.
sub check_rolling
{
	my ($case) = @_;
	my %input = %{ $case->{input} };

	if ($case->{params}{window_mode} eq 'calendar')
	{
		my @at = map { "2024-$_" } @input{qw(start ret)};
		my ($row) = rows("SELECT (SELECT max(period_number) FROM cells(r) WHERE retained_users > 0), (SELECT max(period_number) FROM cells(m) WHERE retained_users > 0)
			FROM (SELECT retention(activity_agg, 'month', '2024-06-01') AS r FROM (SELECT activity_agg(at) FROM (VALUES (date '$at[0]'), ('$at[1]')) AS e (at)) AS s) AS s,
				 (SELECT rolling_retention(journey_agg, 1, 2, '30 days', 4, date '2024-06-01') AS m FROM (SELECT journey_agg(at, at = '$at[0]', at = '$at[1]') FROM (VALUES (date '$at[0]'), ('$at[1]')) AS e (at)) AS s) AS t");
		is_deeply($row, [ $case->{expected}{month}, 0 ], $case->{id});
		return;
	}
	my @rows = map { my $user = $_; ("('$user', timestamptz '$input{start}{$user}Z', true)", map { "('$user', '${_}Z', false)" } @{ $input{ret}{$user} }) } sort keys %{ $input{start} };
	my %got;
	my @cells = rows("SELECT cohort - date '$case->{params}{origin}', period_number, retained_users FROM (SELECT rolling_retention(j, 1, 2, '1 day', $case->{params}{periods} - 1, date '$case->{params}{origin}' + $case->{params}{periods}) AS r
		FROM (SELECT journey_agg(at, start, NOT start) AS j FROM (VALUES " . join(', ', @rows) . ") AS e (u, at, start) GROUP BY u) AS s) AS s, cells(r)");
	$got{"day$_->[0]"}[ $_->[1] ] = $_->[2] for @cells;
	is_deeply(\%got, $case->{expected}, $case->{id}) or diag(explain(\%got));
}

cmp_ok(scalar @vectors, '>=', 74, 'published cases');
$check{ $_->{capability} }->($_) for sort { $a->{id} cmp $b->{id} } @vectors;

$node->stop;
done_testing();
