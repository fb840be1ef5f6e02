# What is grouped, read by parallel workers, too: every function over a handle that gives a
# state answers as it does alone, wherever it is called; a worker's error is the statement's.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/../lib";
use Populations qw(population_server is_clean);
use Test::More;

my $node = population_server('shared_reading');

$node->safe_psql('postgres', <<'EOS');
CREATE TABLE e AS
SELECT floor(random() * 5000)::bigint AS u, timestamptz '2024-01-01' + floor(random() * 40000000) * interval '1 second' AS at,
	   (ARRAY['view', 'cart', 'pay', 'search'])[1 + floor(random() * 4)::int] AS event, (floor(random() * 90000) / 100)::numeric AS amount
FROM (SELECT setseed(0.4)) AS s, generate_series(1, 60000);
EOS

my $alone = 'SET max_parallel_workers_per_gather = 0;';
my $shared = 'SET max_parallel_workers_per_gather = 2; SET min_parallel_table_scan_size = 0; SET client_min_messages = debug1;';
my $workers = qr/DEBUG:  2 parallel workers read 170 of 256 parts of the users/;

# answers(SETTINGS, STATEMENT): what it says, and its messages.
sub answers
{
	my ($settings, $statement) = @_;
	my ($status, $out, $messages) = $node->psql('postgres', "\\set VERBOSITY verbose\n$settings\n$statement");

	return ($status == 0 ? $out : "failed: $messages", $messages =~ s/DEBUG:  00000: /DEBUG:  /gr);
}

# --- every function, by the catalog -------------------------------------------

my %example = (
	period => q{'week'}, date => q{'2025-03-01'}, 'timestamp with time zone' => q{'2025-03-01'}, interval => q{'7 days'}, boolean => 'false',
	'integer[]' => q{'{1,7,30,90}'}, journey_steps => q{'{view,cart,pay}'}, week_start => q{'sunday'},
	map { ($_ => "$_()") } qw(retention_options funnel_options rolling_retention_options path_options));

# Functions of the library that make a value of a type with a merge function out of a handle.
my @functions = map { [ split /\|/ ] } split /\n/, $node->safe_psql('postgres', <<'EOS');
SELECT p.proname, (SELECT string_agg(format_type(a, NULL), ',' ORDER BY n) FROM unnest(p.proargtypes::oid[]) WITH ORDINALITY AS _ (a, n))
FROM pg_proc AS p JOIN pg_language AS l ON l.oid = p.prolang
WHERE l.lanname = 'c' AND NOT p.proretset AND p.proargtypes[0] IN ('population'::regtype, 'journeys'::regtype)
	AND to_regprocedure(format('merge(%s, %1$s)', p.prorettype::regtype)) IS NOT NULL
ORDER BY 1, 2
EOS
cmp_ok(scalar @functions, '>=', 20, 'functions over handles that give a state') or diag(explain(\@functions));

for my $user ('u', q{'customer ' || u}, 'md5(u::text)::uuid')
{
	for (@functions)
	{
		my ($name, @types) = ($_->[0], split /,/, $_->[1]);
		my $number = 0;
		my @arguments = map { $_ eq 'integer' ? ++$number : $example{$_} // die "no example of $_" } @types[1 .. $#types];
		my $handle = $types[0] =~ /population/ ? "population_agg($user, at, amount)"
			: $number > 0 && $_->[1] !~ /journey_steps/ ? "journeys_agg($user, at, event = 'view', event = 'cart')" : "journeys_agg($user, at, event)";
		my $statement = "SELECT $name(" . join(', ', 'h', @arguments) . ")::text FROM (SELECT $handle AS h FROM e) AS scan;";
		my ($expected) = answers($alone, $statement);
		my ($answer, $messages) = answers($shared, $statement);

		isnt($expected =~ s/^failed.*//sr, '', "$name($_->[1]) of $user answers") or diag($expected);
		ok($answer eq $expected, "... and the same in parts");
		like($messages, $workers, '... of which workers read some');
	}
}

# --- wherever it is called ------------------------------------------------------

my $retention = "SELECT md5(retention(p, 'week', date '2025-03-01')::text) FROM (SELECT population_agg(u, at, amount) AS p FROM e) AS scan";
my ($expected) = answers($alone, "$retention;");

for (
	[ 'in a transaction that has written' => "BEGIN; CREATE TABLE w (x int); INSERT INTO w VALUES (1); $retention; ROLLBACK;" ],
	[ 'behind a savepoint' => "BEGIN; SAVEPOINT s; $retention; RELEASE s; COMMIT;" ],
	[ 'in a serializable transaction' => "BEGIN ISOLATION LEVEL SERIALIZABLE; $retention; COMMIT;" ],
	[ 'in a cursor' => "BEGIN; DECLARE c CURSOR FOR $retention; FETCH ALL FROM c; COMMIT;" ],
	[ 'in what is written' => "CREATE TEMP TABLE t (x text); INSERT INTO t $retention; SELECT x FROM t;" ],
	[ 'in PL/pgSQL' => "DO \$\$ BEGIN PERFORM set_config('a.x', ($retention), false); END \$\$; SELECT current_setting('a.x');" ],
	[ 'in a prepared statement' => "PREPARE q AS $retention; EXECUTE q;" ])
{
	my ($answer, $messages) = answers($shared, $_->[1]);

	is($answer, $expected, "$_->[0]: the same");
	like($messages, $workers, '... and in parts');
}

my ($answer, $messages) = answers("$shared SET max_parallel_workers = 0;", "$retention;");
is($answer, $expected, 'where no worker can be had, all is read here');
unlike($messages, qr/parallel workers/, '... and nobody says otherwise');
($answer, $messages) = answers('SET max_parallel_workers_per_gather = 2; SET client_min_messages = debug1;', "$retention;");
is($answer, $expected, 'few rows');
unlike($messages, qr/parallel workers/, '... are not worth it');
($answer, $messages) = answers("$shared SET work_mem = '64kB'; SET hash_mem_multiplier = 1;", "$retention;");
is($answer, $expected, 'rows in files');
unlike($messages, qr/parallel workers/, '... are read here');

# Names that take more than the rows: each worker would be given all of them.
($answer, $messages) = answers($shared, "SELECT (funnel(j, '{view,cart}', interval '1 day', timestamptz '2025-03-01') IS NULL) FROM (SELECT journeys_agg(u, at, event || md5(ctid::text)) AS j FROM e) AS scan;");
is($answer, 'f', 'names of which each stands in one row');
unlike($messages, qr/parallel workers/, '... are read here');

# A type whose functions a worker must not call.
$node->safe_psql('postgres', <<'EOS');
CREATE TYPE card AS (number bigint, holder text);
CREATE FUNCTION same_card(a card, b card) RETURNS boolean LANGUAGE plpgsql IMMUTABLE STRICT AS
	$$ BEGIN BEGIN RETURN a.number = b.number; EXCEPTION WHEN others THEN RETURN false; END; END $$;
CREATE FUNCTION before(a card, b card) RETURNS boolean LANGUAGE sql IMMUTABLE STRICT RETURN a.number < b.number;
CREATE FUNCTION not_after(a card, b card) RETURNS boolean LANGUAGE sql IMMUTABLE STRICT RETURN a.number <= b.number;
CREATE FUNCTION order_of(a card, b card) RETURNS integer LANGUAGE sql IMMUTABLE STRICT RETURN btint8cmp(a.number, b.number);
CREATE FUNCTION hash_of(a card) RETURNS integer LANGUAGE sql IMMUTABLE STRICT RETURN hashint8(a.number);
CREATE FUNCTION hash_of(a card, seed bigint) RETURNS bigint LANGUAGE sql IMMUTABLE STRICT RETURN hashint8extended(a.number, seed);
CREATE OPERATOR = (LEFTARG = card, RIGHTARG = card, FUNCTION = same_card, HASHES);
CREATE OPERATOR < (LEFTARG = card, RIGHTARG = card, FUNCTION = before, COMMUTATOR = >);
CREATE OPERATOR <= (LEFTARG = card, RIGHTARG = card, FUNCTION = not_after, COMMUTATOR = >=);
CREATE FUNCTION behind(a card, b card) RETURNS boolean LANGUAGE sql IMMUTABLE STRICT RETURN b < a;
CREATE FUNCTION not_before(a card, b card) RETURNS boolean LANGUAGE sql IMMUTABLE STRICT RETURN b <= a;
CREATE OPERATOR > (LEFTARG = card, RIGHTARG = card, FUNCTION = behind, COMMUTATOR = <);
CREATE OPERATOR >= (LEFTARG = card, RIGHTARG = card, FUNCTION = not_before, COMMUTATOR = <=);
CREATE OPERATOR CLASS cards DEFAULT FOR TYPE card USING btree AS
	OPERATOR 1 <, OPERATOR 2 <=, OPERATOR 3 =, OPERATOR 4 >=, OPERATOR 5 >, FUNCTION 1 order_of(card, card);
CREATE OPERATOR CLASS card_hashes DEFAULT FOR TYPE card USING hash AS OPERATOR 1 =, FUNCTION 1 hash_of(card), FUNCTION 2 hash_of(card, bigint);
EOS
($answer, $messages) = answers($shared, ($retention =~ s/\bu,/row(u, at)::card,/r) . ';');
is($answer, $expected, 'users of a type whose functions are not for workers');
unlike($messages, qr/parallel workers/, '... are read here');

# Steps that stand in the table of long values of a temporary table, which is closed to workers.
($answer, $messages) = answers($shared, <<'EOS');
CREATE TEMP TABLE asked (steps journey_steps);
ALTER TABLE asked ALTER steps SET STORAGE external;
INSERT INTO asked SELECT (ARRAY['view', 'cart'] || array_agg(repeat(n::text, 100)))::journey_steps FROM generate_series(1, 50) AS n;
SELECT (SELECT users > 1000 FROM steps(funnel(j, asked.steps, interval '30 days', timestamptz '2025-12-01')) WHERE step = 2)
FROM asked, (SELECT journeys_agg(u, at, event) AS j FROM e) AS scan;
EOS
is($answer, 't', 'an argument in a temporary table');
like($messages, $workers, '... is read by workers');

is((answers($shared, "SELECT md5(retention(p, 'week', date '2025-03-01')::text), md5(retention(p, 'week', date '2025-03-01')::text) FROM (SELECT population_agg(u, at, amount) AS p FROM e) AS scan;"))[0],
	"$expected|$expected", 'the same handle twice');

# --- errors -----------------------------------------------------------------------

# Amounts of one user whose sum does not fit: which process meets it depends on the user.
my $too_much = <<'EOS';
SELECT engagement(p, date '2025-03-01') IS NULL FROM (
	SELECT population_agg(u, at, amount) AS p FROM (SELECT u, at, amount FROM e UNION ALL SELECT USER, '2024-05-05', 9e18 FROM generate_series(1, 3)) AS x) AS scan;
EOS
my (%where, %states);

for my $user (map { 8 * $_ } 1 .. 30)
{
	my ($failed) = answers($shared, $too_much =~ s/USER/$user/r);

	$states{ $failed =~ /ERROR:  (\w+)/ ? $1 : $failed }++;
	$where{ $failed =~ /CONTEXT:  .*parallel worker/s ? 'worker' : 'here' }++;
}
is(join(' ', %states), '22003 30', 'sums that do not fit are the same error') or diag(explain(\%states));
ok($where{worker} && $where{here}, "... met in workers ($where{worker} times) and here ($where{here} times)");
is($node->safe_psql('postgres', q{SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'parallel worker'}), '0', 'no worker is left');

($answer, $messages) = answers($shared, <<"EOS");
CREATE FUNCTION pg_temp.caught(n bigint) RETURNS text LANGUAGE plpgsql AS \$\$
BEGIN
	PERFORM engagement(p, date '2025-03-01') FROM (
		SELECT population_agg(u, at, amount) AS p FROM (SELECT u, at, amount FROM e UNION ALL SELECT n, '2024-05-05', 9e18 FROM generate_series(1, 3)) AS x) AS scan;
	RETURN 'nothing to catch';
EXCEPTION WHEN numeric_value_out_of_range THEN
	RETURN ($retention);
END \$\$;
SELECT DISTINCT pg_temp.caught(n) FROM generate_series(10, 250, 40) AS n;
EOS
is($answer, $expected, 'an error that is caught leaves nothing behind');
like($messages, $workers, '... and what follows is read in parts');

# Workers look for their entry before they have the settings of who started them.  (From 18 on
# nothing is found then, as the folder in a library's name is left out.)
if ($node->pg_version < 18)
{
	$node->append_conf('postgresql.conf', "dynamic_library_path = '/nowhere'");
	$node->reload;
	($answer, $messages) = answers("SELECT pg_sleep(0.5) \\g /dev/null\n$shared", "$retention;");
	is($answer, $expected, 'where libraries are only known by their folder');
	like($messages, $workers, '... workers find theirs');
}
is_clean($node);
done_testing();
