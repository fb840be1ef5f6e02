# Mutated text and binary input of the values of one user, activity, journey, points and basket, of steps,
# and of rules of tiers.  Whatever comes in: a clean error of class 22 or 54, or a value that is canonical
# and can be read.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $seed = $ENV{USER_OPS_FUZZ_SEED} || 20240229;
my $cases = $ENV{USER_OPS_FUZZ_CASES} || 100_000;    # of text, and again of binary input
my $received = 400;                                 # through COPY BINARY, of each type
note("seed $seed; set USER_OPS_FUZZ_SEED and USER_OPS_FUZZ_CASES for others");
srand($seed);

my $node = PostgreSQL::Test::Cluster->new('fuzz');
$node->init;
$node->append_conf('postgresql.conf', <<'EOC');
fsync = off
jit = off
log_statement = none
log_min_messages = log
log_min_error_statement = panic
timezone = 'UTC'
search_path = 'user_ops, public'
EOC
$node->start;
$node->safe_psql('postgres', 'CREATE EXTENSION user_ops');
my $postmaster = slurp_file($node->data_dir . '/postmaster.pid');

# --- seeds: values of every shape --------------------------------------------

my @texts = (
	'{2024-01-03:2,2024-01-10:1}',
	'{2024-01-03:1}',
	'{1999-12-31:1,2000-01-01:129}',
	'{2024-01-10:4294967295}',
	'{-4713-11-24:1,-0001-02-28:1,0000-02-29:3,0001-01-01:1,12345-06-07:1,5874897-12-31:2}',
	'{2020-02-29:1,2020-03-01:1,2020-03-02:1,2020-03-03:7,2020-03-05:300,2023-01-01:16384}',
	'amounts {2024-01-03:1}',
	'amounts {2024-01-03:2:1:12.50,2024-01-10:3:0:-0.25}',
	'amounts {2024-01-03:1,2024-01-04:1:1:0,2024-02-29:5:5:99}',
	'amounts {2024-01-03:4:2:-7}',
	'amounts {1999-12-31:1:1:9223372036854775807,2000-01-01:1:0:-9223372036854775808}',
	'amounts {1999-12-31:1:1:9223372036.854775807,2000-01-01:4294967295:4294967294:-9223372036.854775808}',
	'amounts {2024-01-10:2:1:0.000000001,2025-01-10:200:100:123456.000000000}');
push @texts, '{' . join(',', map { sprintf '2023-%02d-%02d:%d', 1 + $_ / 28, 1 + $_ % 28, 1 + $_ * $_ % 400 } 0 .. 40) . '}';

# Journeys: their text is base64, so that of them only binary input has much to say.
my @journeys = split /\n/, $node->safe_psql('postgres', <<'EOS');
SELECT journey_agg(timestamptz '2024-01-01 00:00Z' + n * n * interval '7 s', (ARRAY['view', 'cart', 'pay'])[1 + n % 3]) FROM generate_series(1, 9) AS n
UNION ALL SELECT journey_agg(date '1999-12-31', 'A1'::text)
UNION ALL SELECT journey_agg(date '2024-01-01' + n, n % 2 = 0, n % 3 = 0, NULL) FROM generate_series(1, 12) AS n
UNION ALL SELECT journey_agg(timestamptz '2024-01-01 00:00:00.000001Z' + n * interval '1 h', n / 8.0, n % 3 - 1, nullif('label ' || n % 4, 'label 2'), n % 2 = 0) FROM generate_series(1, 7) AS n
UNION ALL SELECT journey_agg(timestamptz '2024-01-01 00:00Z' + n / 3 * interval '1 min', 'Event ' || n % 5, n - 2.5, 0, NULL) FROM generate_series(1, 20) AS n
UNION ALL SELECT journey_agg(date '2024-01-01' + n, 'event ' || n % 3, '{event 1,event 2}') FROM generate_series(1, 6) AS n
UNION ALL SELECT journey_agg(at, VARIADIC array_fill(false, ARRAY[0]) || first || array_fill(false, ARRAY[62]) || last) FROM (VALUES (timestamptz '4714-11-24 00:00Z BC', true, false), ('294276-12-31 23:59:59.999999Z', false, true)) AS v (at, first, last)
UNION ALL SELECT journey_agg(date '2024-01-01', amount, 0, 'x', true) FROM (VALUES (9223372036854775807), (-9223372036854775808), (NULL), (0)) AS v (amount)
UNION ALL SELECT journey_agg(timestamptz '2024-01-01 00:00Z' + n % 5 * interval '1 s' * 10 ^ (n % 4), n) FROM generate_series(-40, 40) AS n
EOS
my @points = split /\n/, $node->safe_psql('postgres', <<'EOS');
SELECT points_agg(date '2024-01-01' + n * n, (enum_range(NULL::points_kind))[1 + n % 4], n * 5, CASE n % 4 WHEN 0 THEN date '2024-01-01' + n * n + 365 END) FROM generate_series(1, 9) AS n
UNION ALL SELECT points_agg(date '1999-12-31', 0, NULL)
UNION ALL SELECT points_agg(date '2024-01-01' + n, n / 8.0, date '2024-03-01' + n / 3) FROM generate_series(-12, 30) AS n WHERE n > 0
UNION ALL SELECT points_agg(date '2024-01-01' + n % 7, 1 - n % 3, NULL) FROM generate_series(1, 20) AS n
UNION ALL SELECT points_agg(d, p, CASE WHEN p > 0 THEN d + 1 END) FROM (VALUES (date '4714-11-24 BC', 9223372036.854775807), ('5874897-12-30', 9223372036854775807), ('5874897-12-31', -9223372036.854775808)) AS v (d, p)
EOS
my @baskets = split /\n/, $node->safe_psql('postgres', <<'EOS');
SELECT basket_agg(n * n % 17, date '2024-01-01' + n * n % 90) FROM generate_series(1, 30) AS n
UNION ALL SELECT basket_agg(-9, date '1999-12-31')
UNION ALL SELECT basket_agg('item ' || n % 7, date '2024-01-01' + n % 5) FROM generate_series(1, 40) AS n
UNION ALL SELECT basket_agg(i, d) FROM (VALUES ('', date '2024-01-01'), ('a', '2024-03-01'), ('ab', '2024-01-02'), ('b', '4714-11-24 BC'), (repeat('x', 255), '5874897-12-31')) AS v (i, d)
UNION ALL SELECT basket_agg(i, date '2024-01-01') FROM (VALUES (9223372036854775807), (-9223372036854775808), (0)) AS v (i)
EOS
my @steps = ('4', '64', '{view}', '{view,cart,pay}', '{{view,NULL},{cart,quick_buy}}', '{view} keep_others', '{view,pay} others {cancel}', '{view} others {{refund,cancel},{"others {",NULL}} keep_others',
	'{"", "a b", "quo\"te", "back\\\\slash", "NULL", "{}", "a,b"}');

my @rules = ('tiers(names "silver"; thresholds 100; grace_days 0; downgrade to_qualified)',
	'tiers(names "silver","go""ld","白金"; thresholds -0.25,500.50,9223372036.854775; validity_days 365; window_days 90; round_up month; grace_days 30; downgrade one_step)',
	'tiers(names "a","b"; thresholds -9223372036854775808,9223372036854775807; validity_days 36525; window_period quarter; round_up year; grace_days 1; downgrade never)');

# What is tried of each type: how many texts and bytes, and which seeds to their last byte
# through COPY; and the share that is accepted at least.
my %types = (
	activity => { texts => \@texts, of_text => $cases, of_bytes => $cases, sent => [ 0, 7, 10 ], least => 0.1 },
	journey => { texts => \@journeys, of_text => $cases / 10, of_bytes => $cases, sent => [ 0, 1, 5 ], least => 0.02 },
	points => { texts => \@points, of_text => $cases / 10, of_bytes => $cases, sent => [ 0, 1, 4 ], least => 0.02 },
	basket => { texts => \@baskets, of_text => $cases / 10, of_bytes => $cases, sent => [ 0, 1, 2 ], least => 0.02 },
	journey_steps => { texts => \@steps, of_text => $cases / 2, of_bytes => 0, sent => [ 0, 4, 7 ], least => 0.05 },
	tier_rules => { texts => \@rules, of_text => $cases / 2, of_bytes => 0, sent => [ 0, 1, 2 ], least => 0.05 });
for my $type (sort keys %types)
{
	my $send = "user_ops_internal.${type}_send";

	$types{$type}{binaries} = [ map { pack 'H*', $_ } split /\n/, $node->safe_psql('postgres', join ';', map { "SELECT encode($send('" . s/'/''/gr . "'::$type), 'hex')" } @{ $types{$type}{texts} }) ];
	is(scalar @{ $types{$type}{binaries} }, scalar @{ $types{$type}{texts} }, "$type: every seed is a value");
}

# --- mutations -----------------------------------------------------------------

my @text_pieces = qw(0 1 9 00 -1 4294967295 4294967296 9223372036854775807 9223372036854775808 -9223372036854775808
	0.000000001 0.0000000001 1.0 -0 2024-02-29 2023-02-29 -4713-11-24 -4713-11-23 5874897-12-31 5874898-01-01 0000-01-01
	9999999 99999999999999999999 : :: - . { } amounts infinity NaN others keep_others NULL \\x 7f ff80);
push @text_pieces, ',', ' ', "\t", '"', ' others {', '},{', ',NULL', "\n", 'amounts {', ',2024-01-03:1', ':1:1:5', "\x{7f}", "'", '\\';
my @byte_pieces = map { pack 'H*', $_ } qw(00 01 02 03 7f 80 8000 ff ff01 10 12 19 1f 01 0100 0110 0119
	feffffff0f ffffffff0f ffffffff10 ffffffffffffffffff01 feffffffffffffffff01 ffffffffffffffffff02 80808080808080808001
	b1a1ab02 b3a1ab02 80000000 0200 0201 020102 0300010b);

sub mutate
{
	my ($value, $seeds, $pieces, $is_text) = @_;

	for (1 .. 1 + int(rand() ** 4 * 4))
	{
		my $length = length $value;
		my $at = int rand($length + 1);
		my $some = 1 + int rand 4;
		my $kind = rand() < 0.4 ? 0 : int rand 8;

		if ($kind == 0 && $length)    # another byte of the same kind
		{
			my $i = int rand $length;
			my @spans = $is_text && rand() < 0.8 ? spans($value) : ();
			if (@spans)
			{
				my ($start, $digits) = @{ $spans[ rand @spans ] };
				$i = $start + int rand $digits;
			}
			my $byte = substr $value, $i, 1;
			my $other = !$is_text ? chr int rand 256 : $byte =~ /\d/ ? int rand 10 : chr 32 + int rand 95;
			substr $value, $i, 1, $other;
		}
		elsif ($kind == 1 && $length)    # one bit
		{
			my $i = int rand $length;
			my $bit = $is_text ? 1 << int rand 3 : 1 << int rand 8;
			substr $value, $i, 1, chr(ord(substr $value, $i, 1) ^ $bit);
		}
		elsif ($kind == 2) { substr $value, $at, 0, $is_text ? int rand 10 : chr int rand 256; }
		elsif ($kind == 3) { substr $value, $at, $some, '' if $at < $length; }
		elsif ($kind == 4) { substr $value, $at, 0, substr $value, int rand($length + 1), $some * 3; }
		elsif ($kind == 5)    # the start of this, the end of another
		{
			my $other = $seeds->[ rand @$seeds ];
			$value = substr($value, 0, $at) . substr($other, int rand length $other);
		}
		elsif ($kind == 6) { $value = substr $value, 0, $at; }
		else
		{
			my $piece = $pieces->[ rand @$pieces ];
			# instead of a number, or anywhere
			if ($is_text && rand() < 0.7 && (my @spans = spans($value)))
			{
				my $span = $spans[ rand @spans ];
				substr $value, $span->[0], $span->[1], $piece;
			}
			else
			{
				my $cut = int rand 3;
				$cut = $length - $at if $at + $cut > $length;
				substr $value, $at, $cut, $piece;
			}
		}
	}
	return $value;
}

# Where the numbers of a text stand: [start, length].
sub spans
{
	my ($value) = @_;
	my @spans;
	push @spans, [ $-[0], $+[0] - $-[0] ] while $value =~ /\d+/g;
	return @spans;
}

# All prefixes of the seeds, then mutations up to the number asked for.
sub make_cases
{
	my ($seeds, $pieces, $is_text, $n) = @_;
	my @cases;
	for my $value (@$seeds)
	{
		push @cases, map { substr $value, 0, $_ } 0 .. length $value;
	}
	while (@cases < $n)
	{
		my $value = mutate($seeds->[ rand @$seeds ], $seeds, $pieces, $is_text);
		$value =~ tr/\0\x80-\xff/01/ if $is_text;    # no valid text in the server's encoding
		push @cases, $value;
	}
	return @cases;
}

# --- inside the server -----------------------------------------------------------

$node->safe_psql('postgres', <<'EOS');
CREATE TABLE cases (id int, is_text boolean, input bytea);
CREATE TABLE outcomes (is_text boolean, state text, n bigint);
CREATE TABLE broken (id int, is_text boolean, problem text);

-- What is wrong with an accepted value, or NULL.  Every reading must run.
CREATE FUNCTION problem(a activity) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	last date := last_day(a);
	middle date := last - active_days(a)::int / 2;
BEGIN
	IF a::text::activity::text <> a::text THEN RETURN 'text is no fixpoint'; END IF;
	IF a::bytea::activity::bytea <> a::bytea THEN RETURN 'binary is no fixpoint'; END IF;
	IF a::text::activity <> a OR a::bytea::activity <> a THEN RETURN 'not equal to itself read again'; END IF;
	IF user_ops_internal.activity_hash(a::text::activity) <> user_ops_internal.activity_hash(a)
	   OR user_ops_internal.activity_hash_extended(a::text::activity, 7) <> user_ops_internal.activity_hash_extended(a, 7) THEN RETURN 'another hash'; END IF;
	IF activity_between(a, '-infinity', 'infinity') <> a THEN RETURN 'not the same between the ends of time'; END IF;
	IF (SELECT count(*) <> active_days(a) OR min(day) <> first_day(a) OR max(day) <> last
			   OR sum(events) <> events(a) OR sum(purchases) <> purchases(a) OR sum(amount) IS DISTINCT FROM amount(a)
			   OR count(DISTINCT day) <> count(*) OR min(events) < 1 OR bool_or(purchases > events)
		FROM days(a)) THEN RETURN 'days and totals disagree'; END IF;
	IF active_days(a, last) <> active_days(a) - 1 OR events(a, first_day(a)) <> 0 THEN RETURN 'as_of'; END IF;
	IF frequency(a) > active_days(a) OR monetary(a) IS DISTINCT FROM amount(a) THEN RETURN 'frequency or monetary'; END IF;
	IF idle_days(a, last) IS NOT NULL AND idle_days(a, last) < 1 OR tenure_days(a, last) < 1 OR recency_days(a, last) < 1 THEN RETURN 'ages'; END IF;
	IF longest_streak(a) NOT BETWEEN 1 AND active_days(a) OR current_streak(a, last) > longest_streak(a)
	   OR longest_streak(a, middle, 'week', 'sunday') < current_streak(a, middle, 'week', 'sunday')
	   OR longest_streak(a, period => 'month') > active_days(a) THEN RETURN 'streaks'; END IF;
	IF median_gap(a) < 1 OR (median_gap(a) IS NULL) <> (active_days(a) = 1) THEN RETURN 'gap'; END IF;
	IF active_days(a) > 1 AND activity_between(a, '-infinity', last) || activity_between(a, last, 'infinity') <> a THEN RETURN 'halves'; END IF;
	RETURN NULL;
END $$;

CREATE FUNCTION problem(j journey) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	rebuilt journey;
BEGIN
	IF j::text::journey <> j OR j::bytea::journey <> j THEN RETURN 'not equal to itself read again'; END IF;
	IF user_ops_internal.journey_hash(j::text::journey) <> user_ops_internal.journey_hash(j) THEN RETURN 'another hash'; END IF;
	IF events(j) > 10000 THEN RETURN NULL; END IF;
	IF (SELECT count(*) <> events(j) OR min(event_time) <> first_time(j) OR max(event_time) <> last_time(j)
			   OR bool_or((event IS NULL) <> (names(j) IS NULL) OR (conditions IS NULL) <> (conditions(j) IS NULL))
		FROM journey_rows(j)) THEN RETURN 'rows and totals disagree'; END IF;
	IF names(j) <> (SELECT array_agg(DISTINCT event COLLATE "C") FROM journey_rows(j)) THEN RETURN 'names'; END IF;
	IF names(j) IS NULL THEN
		rebuilt := (SELECT journey_agg(event_time, amount, tiebreak, label, VARIADIC ARRAY(SELECT n = ANY (r.conditions) FROM generate_series(1, conditions(j)) AS n)) FROM journey_rows(j) AS r);
	ELSE
		rebuilt := (SELECT journey_agg(event_time, event, amount, tiebreak, label) FROM journey_rows(j));
	END IF;
	IF rebuilt <> j AND partial(rebuilt) <> j THEN RETURN 'not what its rows make'; END IF;
	IF events(j || j) <> 2 * events(j) OR rebuilt = j AND events(rebuilt || j) <> 2 * events(j) THEN RETURN 'merging'; END IF;
	RETURN NULL;
END $$;

CREATE FUNCTION problem(p points) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	rules points_options;
BEGIN
	IF p::text::points <> p OR p::bytea::points <> p THEN RETURN 'not equal to itself read again'; END IF;
	IF user_ops_internal.points_hash(p::text::points) <> user_ops_internal.points_hash(p) THEN RETURN 'another hash'; END IF;
	FOREACH rules IN ARRAY ARRAY[points_options(), points_options('oldest_first', 30)] LOOP
		IF (SELECT t.balance <> t.earned - t.spent - t.reversed - t.expired OR t.balance <> l.remaining - t.debt OR t.earned <> l.earned OR u.used <> l.used OR t.balance <> balance(p, d, rules) OR expiring(p, d, 900, rules) > l.remaining
			FROM (SELECT date '2024-02-01') AS v (d), points_totals(p, d, rules) AS t,
				LATERAL (SELECT coalesce(sum(earned), 0) AS earned, coalesce(sum(used), 0) AS used, coalesce(sum(remaining), 0) AS remaining FROM lots(p, d, rules)) AS l,
				LATERAL (SELECT coalesce(sum(points), 0) AS used FROM uses(p, d, rules)) AS u) THEN RETURN 'lots, uses and totals disagree'; END IF;
	END LOOP;
	IF balance(p || p, '2024-02-01') <> 2 * balance(p, '2024-02-01') THEN RETURN 'merging'; END IF;
	RETURN NULL;
EXCEPTION WHEN numeric_value_out_of_range THEN
	RETURN CASE WHEN SQLERRM NOT LIKE 'points out of range%' THEN SQLERRM END; -- of merging the largest with itself
END $$;

CREATE FUNCTION problem(b basket) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	texts boolean := get_byte(b::bytea, 1) = 1;
BEGIN
	IF b::text::basket <> b OR b::bytea::basket <> b THEN RETURN 'not equal to itself read again'; END IF;
	IF user_ops_internal.basket_hash(b::text::basket) <> user_ops_internal.basket_hash(b) THEN RETURN 'another hash'; END IF;
	IF texts THEN
		IF (SELECT count(*) <> n_items(b) OR sum(events) <> events(b) OR min(first_day) <> first_day(b) OR max(last_day) <> last_day(b) FROM items(b, 'infinity', NULL::text)) THEN RETURN 'items and totals disagree'; END IF;
		IF (SELECT f.items <> n_items(b) OR f.events <> (SELECT max(events) FROM items(b, 'infinity', NULL::text)) FROM favourite(b, 'infinity', NULL::text) AS f) THEN RETURN 'favourite'; END IF;
	ELSE
		IF (SELECT count(*) <> n_items(b) OR sum(events) <> events(b) OR min(first_day) <> first_day(b) OR max(last_day) <> last_day(b) FROM items(b, 'infinity', NULL::bigint)) THEN RETURN 'items and totals disagree'; END IF;
	END IF;
	IF events(b || b) <> 2 * events(b) OR n_items(b || b) <> n_items(b) THEN RETURN 'merging'; END IF;
	IF users_cut(item_affinity(b, '2030-01-01')) IS NULL THEN RETURN 'no affinity'; END IF;
	RETURN NULL;
EXCEPTION WHEN numeric_value_out_of_range THEN
	RETURN CASE WHEN SQLERRM NOT LIKE 'more than 4294967295 events%' THEN SQLERRM END; -- of merging the largest with itself
WHEN character_not_in_repertoire THEN
	RETURN CASE WHEN NOT texts THEN SQLERRM END; -- a text comes out as an error
END $$;

CREATE FUNCTION problem(s journey_steps) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	IF s::text::journey_steps::text <> s::text THEN RETURN 'text is no fixpoint'; END IF;
	IF user_ops_internal.journey_steps_send(s::text::journey_steps) <> user_ops_internal.journey_steps_send(s) THEN RETURN 'other bytes'; END IF;
	IF s::text ~ '^\d+$' THEN RETURN NULL; END IF;
	IF journey_agg(date '2024-01-01', 'view'::text, journey_steps(s, true)) IS NULL THEN RETURN 'no journey'; END IF;
	RETURN NULL;
END $$;

CREATE FUNCTION problem(r tier_rules) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	IF r::text::tier_rules::text <> r::text OR r::text::tier_rules <> r THEN RETURN 'text is no fixpoint'; END IF;
	IF user_ops_internal.tier_rules_send(r::text::tier_rules) <> user_ops_internal.tier_rules_send(r) THEN RETURN 'other bytes'; END IF;
	IF (SELECT bool_or(threshold <= before) FROM (SELECT threshold, lag(threshold) OVER (ORDER BY tier) AS before FROM tier_levels(r)) AS t) THEN RETURN 'thresholds'; END IF;
	IF (tier('amounts {2024-01-01:1:1:100.5,2024-03-01:1:0:-99.25}', '2024-09-01', r)).growth_value IS NULL THEN RETURN 'no tier'; END IF;
	RETURN NULL;
END $$;
EOS

# The procedures that try a type.
sub make_procedures
{
	my ($type) = @_;
	my $read = $type =~ /^(?:journey_steps|tier_rules)$/ ? 'NULL' : "one.input::$type";

	$node->safe_psql('postgres', <<"EOS" =~ s/\bA_TYPE\b/$type/gr =~ s/\bREAD_BYTES\b/$read/gr);
TRUNCATE cases, outcomes, broken;
CREATE OR REPLACE PROCEDURE try_all(texts boolean) LANGUAGE plpgsql AS \$\$
DECLARE
	one record;
	a A_TYPE;
	accepted boolean;
	wrong text;
	counts jsonb := '{}';
BEGIN
	FOR one IN SELECT * FROM cases WHERE is_text = texts LOOP
		accepted := false;
		BEGIN
			IF texts THEN
				a := convert_from(one.input, 'UTF8');
			ELSE
				a := READ_BYTES;
			END IF;
			accepted := true;
			wrong := problem(a);
		EXCEPTION WHEN OTHERS THEN
			IF accepted THEN
				wrong := 'accepted, then ' || SQLSTATE || ' ' || SQLERRM;
			ELSE
				wrong := NULL;
				counts := jsonb_set(counts, ARRAY[SQLSTATE], to_jsonb(coalesce((counts ->> SQLSTATE)::bigint, 0) + 1));
			END IF;
		END;
		IF accepted THEN
			counts := jsonb_set(counts, '{accepted}', to_jsonb(coalesce((counts ->> 'accepted')::bigint, 0) + 1));
		END IF;
		IF wrong IS NOT NULL THEN
			INSERT INTO broken VALUES (one.id, texts, wrong);
		END IF;
	END LOOP;
	INSERT INTO outcomes SELECT texts, key, value::bigint FROM jsonb_each_text(counts);
END \$\$;

-- The same for values that arrive through COPY, one file each: recv itself.
DROP TABLE IF EXISTS arrived;
CREATE TABLE arrived (a A_TYPE);
CREATE OR REPLACE PROCEDURE try_files(directory text, n int) LANGUAGE plpgsql AS \$\$
DECLARE
	wrong text;
BEGIN
	FOR i IN 1 .. n LOOP
		BEGIN
			TRUNCATE arrived;
			EXECUTE format('COPY arrived FROM %L (FORMAT binary)', directory || '/' || i);
			SELECT problem(arrived.a) INTO wrong FROM arrived;
			INSERT INTO outcomes VALUES (NULL, 'accepted', 1);
			IF wrong IS NOT NULL THEN
				INSERT INTO broken VALUES (i, NULL, wrong);
			END IF;
		EXCEPTION WHEN OTHERS THEN
			INSERT INTO outcomes VALUES (NULL, SQLSTATE, 1);
		END;
	END LOOP;
END \$\$;
EOS
	return;
}

my $directory = PostgreSQL::Test::Utils::tempdir;
chmod 0755, $directory;

sub load_cases
{
	my ($is_text, @cases) = @_;
	my $file = "$directory/cases";
	my $id = 0;

	open my $out, '>', $file or die "$file: $!";
	printf $out "%d\t%s\t\\\\x%s\n", ++$id, $is_text, unpack 'H*', $_ for @cases;
	close $out or die "$file: $!";
	$node->safe_psql('postgres', "COPY cases FROM '$file'");
	unlink $file;
}

sub check_outcomes
{
	my ($which, $name, $least, $share) = @_;
	my %count = map { split /\|/ } split /\n/, $node->safe_psql('postgres',
		"SELECT state, sum(n) FROM outcomes WHERE is_text IS NOT DISTINCT FROM $which GROUP BY 1 ORDER BY 1");
	my $total = 0;
	$total += $_ for values %count;
	my $accepted = delete $count{accepted} || 0;

	note("$name: $total cases, $accepted accepted, " . join ', ', map { "$_ $count{$_}" } sort keys %count);
	cmp_ok($total, '>=', $least, "$name: $least cases");
	cmp_ok($accepted / $total, '>=', $share, "$name: enough is accepted");
	is(join(' ', grep { !/^(22|54)/ } sort keys %count), '', "$name: errors of class 22 and 54 only");
	is($node->safe_psql('postgres', <<"EOS"), '', "$name: accepted values are sound");
SELECT b.problem, encode(c.input, 'escape') FROM broken AS b LEFT JOIN cases AS c USING (id, is_text)
WHERE b.is_text IS NOT DISTINCT FROM $which LIMIT 10
EOS
}

for my $type (sort keys %types)
{
	my ($texts, $binaries, $of_text, $of_bytes, $share) = @{ $types{$type} }{qw(texts binaries of_text of_bytes least)};
	my @sent;

	make_procedures($type);
	load_cases('t', make_cases($texts, \@text_pieces, 1, $of_text));
	$node->safe_psql('postgres', 'CALL try_all(true)');
	check_outcomes('true', "$type, text", $of_text, $share);
	if ($of_bytes)
	{
		load_cases('f', make_cases($binaries, \@byte_pieces, 0, $of_bytes));
		$node->safe_psql('postgres', 'CALL try_all(false)');
		check_outcomes('false', "$type, binary", $of_bytes, $share);
	}

	# COPY BINARY: signature, flags, no extension; a row of one field; the end.
	for my $value (@$binaries[ @{ $types{$type}{sent} } ])
	{
		push @sent, map { substr $value, 0, $_ } 0 .. length $value;
	}
	push @sent, mutate($binaries->[ rand @$binaries ], $binaries, \@byte_pieces, 0) while @sent < $received;
	for my $i (1 .. @sent)
	{
		open my $out, '>:raw', "$directory/$i" or die $!;
		print $out "PGCOPY\n\xff\r\n\0", pack('NN', 0, 0), pack('n', 1), pack('N/a', $sent[ $i - 1 ]), pack('n', 0xffff);
		close $out or die $!;
	}
	$node->safe_psql('postgres', "CALL try_files('$directory', " . @sent . ')');
	check_outcomes('NULL', "$type, COPY BINARY", $received, $share);
}

is($node->safe_psql('postgres', 'SELECT 1'), 1, 'the server is up');
is(slurp_file($node->data_dir . '/postmaster.pid') =~ s/\n.*//sr, $postmaster =~ s/\n.*//sr, 'and never went down');
unlike(slurp_file($node->logfile), qr/PANIC|terminated by signal|was terminated/, 'no process of it died');
$node->stop;
done_testing();
