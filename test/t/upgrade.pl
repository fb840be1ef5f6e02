# From each version that was released to this one: the catalog is that of a fresh install,
# and what was made with the old version goes on working.
use strict;
use warnings;
use File::Basename qw(basename);
use File::Copy qw(copy);
use File::Path qw(make_path);
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $pg_config = $ENV{PG_CONFIG} // 'pg_config';

sub slurp
{
	open my $file, '<:raw', $_[0] or die "$_[0]: $!";
	local $/;
	return scalar <$file>;
}

# A server that finds the old scripts, too: it looks for them from where it lies itself.
sub own_prefix
{
	my $root = PostgreSQL::Test::Utils::tempdir();
	chomp(my ($bin, $lib, $share) = map { scalar `$pg_config --$_` } qw(bindir pkglibdir sharedir));
	make_path(map { "$root$_" } $bin, "$share/extension", $lib =~ s{/[^/]+$}{}r);
	for my $program (glob "$bin/*")
	{
		my $name = basename $program;
		if ($name =~ /^(postgres|pg_ctl|initdb)$/)
		{
			copy($program, "$root$bin/$name") or die "$name: $!";
			chmod 0755, "$root$bin/$name";
		}
		else
		{
			symlink $program, "$root$bin/$name";
		}
	}
	symlink $lib, "$root$lib";
	symlink $_, "$root$share/" . basename $_ for grep { !m{/extension$} } glob "$share/*";
	symlink $_, "$root$share/extension/" . basename $_ for glob "$share/extension/*";
	for my $file (glob 'test/fixtures/*/user_ops--*')
	{
		my $to = "$root$share/extension/" . basename $file;
		unlink $to;
		copy($file, $to) or die "$file: $!";
	}
	return "$root$bin" =~ s{/bin$}{}r;
}

my $node = PostgreSQL::Test::Cluster->new('upgrade', install_path => own_prefix());
$node->init;
$node->append_conf('postgresql.conf', "fsync = off\nautovacuum = off\njit = off\nmax_wal_size = 4GB\ntimezone = 'UTC'\n");
$node->start;

sub sql { return $node->safe_psql($_[1] // 'postgres', $_[0]) }

# What a statement that fails says; with the SQLSTATE in front.
sub error
{
	my ($database, $sql) = @_;
	my ($status, $out, $err) = $node->psql($database, "\\set VERBOSITY verbose\n$sql");
	return $err;
}

sub objects { return [ split /\n/, $node->safe_psql($_[0], '\i test/lib/extension_objects.sql') ] }

# Lines that only one of them has.
sub differences
{
	my ($a, $b) = @_;
	my %seen;
	$seen{$_}++ for @$a;
	$seen{$_}-- for @$b;
	return join "\n", map { ($seen{$_} > 0 ? '< ' : '> ') . substr $_, 0, 300 } grep { $seen{$_} } sort keys %seen;
}

my ($version) = slurp('user_ops.control') =~ /^default_version = '([^']+)'/m;
my @old = map { basename $_ } glob 'test/fixtures/[0-9]*';
is(join(' ', map { basename $_ } glob 'sql/update/[0-9]*'), "@old", 'there is a folder of updates for each version with fixtures');
is(join(' ', sort grep { $_ ne $version } slurp('CHANGELOG.md') =~ /^## (\d+\.\d+)\b/mg), "@old", '... which are those of the changelog, but for this one');

sql('CREATE DATABASE fresh');
sql('CREATE EXTENSION user_ops', 'fresh');
my $fresh = objects('fresh');
cmp_ok(scalar @$fresh, '>', 20000, 'a fresh install has objects');
sql('CREATE ROLE owner LOGIN CREATEDB; CREATE ROLE upgrade_reader; CREATE ROLE upgrade_tenant');

for my $old (@old)
{
	my $name = "bare_$old" =~ tr/./_/r;
	sql("CREATE DATABASE $name");
	my $before = sql('SELECT count(*) FROM pg_depend', $name);
	sql("CREATE EXTENSION user_ops VERSION '$old'", $name);
	is(sql(q{SELECT extversion FROM pg_extension WHERE extname = 'user_ops'}, $name), $old, "$old: it can be made with the library of today");
	isnt(differences($fresh, objects($name)), '', '... and is another one');
	sql('ALTER EXTENSION user_ops UPDATE', $name);
	is(differences($fresh, objects($name)), '', '... and all its objects are those of a fresh install after the update');
	sql('ALTER FUNCTION user_ops.frequency(user_ops.activity, date) COST 7', $name);
	is(scalar(() = differences($fresh, objects($name)) =~ /^/mg), 2, '... where a cost that differs would show');
	sql('DROP EXTENSION user_ops', $name);
	is(sql('SELECT count(*) FROM pg_depend', $name), $before, '... and it goes without a trace');

	# by who is no superuser
	for my $kind (qw(updated installed))
	{
		my $database = "${kind}_$old" =~ tr/./_/r;
		sql("CREATE DATABASE $database OWNER owner");
		my ($status, $out, $err) = $node->psql($database,
			$kind eq 'updated' ? "CREATE EXTENSION user_ops VERSION '$old'; ALTER EXTENSION user_ops UPDATE" : 'CREATE EXTENSION user_ops',
			extra_params => [ '-U', 'owner' ]);
		is($err, '', "$old: the owner of a database: $kind");
	}
	is(differences(map { objects("${_}_$old" =~ tr/./_/r) } qw(installed updated)), '', '... and that is the same');
}

# --- 1.0 ----------------------------------------------------------------------

sql('CREATE DATABASE made');
sql("CREATE EXTENSION user_ops VERSION '1.0'", 'made');
$node->command_ok([ 'psql', '-XqAt', '-v', 'ON_ERROR_STOP=1', '-d', $node->connstr('made'), '-f', 'test/fixtures/1.0/made.sql' ], '1.0: what stood in a database of it is there again');

my @own = map { "own.$_" } qw(top whole moved log fits days activities readings weeks fit gathered kept);
my @made = split /\n/, sql(q{SELECT format('%I.%I', n.nspname, c.relname) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
	WHERE n.nspname IN ('shop', 'spot', 'tenants', 'visits') AND c.relkind IN ('r', 'v') AND c.relname <> 'settings' ORDER BY 1}, 'made');
cmp_ok(scalar @made, '>', 100, '... with many views');

# All rows of a relation; columns by name, without those that say when, and others.
sql(<<'SQL', 'made');
CREATE FUNCTION rows_of(relation text, VARIADIC without text[] DEFAULT '{}') RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	columns text := (SELECT string_agg(format('r.%I::text', a.attname), ', ' ORDER BY a.attname) FROM pg_attribute a
					 WHERE a.attrelid = relation::regclass AND a.attnum > 0 AND NOT a.attisdropped
					   AND a.attname <> ALL ('{refreshed_at,fitted_at,started_at,finished_at}' || without));
	found text;
BEGIN
	EXECUTE format('SELECT md5(string_agg(t, '';'' ORDER BY t)) || count(*) FROM (SELECT ROW(%s)::text AS t FROM %s AS r) AS r', columns, relation) INTO found;
	RETURN coalesce(found, 'none');
END $$;
SQL
sub rows { return sql("SELECT rows_of($_[0])", 'made') }
sub all_rows { return { map { split / / } split /\n/, sql("SELECT r || ' ' || rows_of(r) FROM unnest('{" . join(',', @_) . "}'::text[]) AS r", 'made') } }

my %was = %{ all_rows(@made, @own) };
my $whole = rows("'own.whole', 'expected_spend', 'clv_365d'");
is(join(' ', grep { $was{$_} eq 'none' } @own), '', '... and views of a user over them, which all have rows');

# between the new library and the update
my $refreshed = q{SELECT users, inserted, updated, deleted FROM user_ops.refresh('shop', full_scan => true)};
is(sql($refreshed, 'made'), '40|0|0|0', '1.0: it is refreshed before the update, too');
is(sql(q{SELECT count(*) FROM user_ops.verify('shop')}, 'made'), 0, '... and verified');
my ($kept_history, $kept_moves, $kept_log) = map { sql("SELECT * FROM $_ ORDER BY 1, 2, 3, 4, 5", 'made') } 'shop.segment_history', 'shop.moves', '(SELECT started_at, status, reads, users, error FROM shop.refresh_log) AS l';
my $moved = rows("'shop.transitions'");

sql('CREATE VIEW own.blocks AS SELECT (user_ops.population_rows(user_ops.population_agg(customer_id, ordered_at))).* FROM orders WHERE isfinite(ordered_at)', 'made');
like(error('made', 'ALTER EXTENSION user_ops UPDATE'), qr/^.*ERROR:  2BP01: .*\nDETAIL:  view own\.blocks depends on function population_rows\(population\)/m, 'a view over what has changed is named, and nothing happens');
is(sql(q{SELECT extversion FROM pg_extension WHERE extname = 'user_ops'}, 'made'), '1.0', '... and the version stays');
sql('DROP VIEW own.blocks', 'made');
my ($status, $out, $warning) = $node->psql('made', 'ALTER EXTENSION user_ops UPDATE');
like($warning, qr/WARNING:  finite_population_agg of version 1\.0 stays, as views use it\nHINT:  .*create_views again/, 'the update says what stays');
is(differences($fresh, [ grep { !/finite_population_agg/ } @{ objects('made') } ]), '', '... and is a fresh install but for that');

# what stands there
my $now = all_rows(@made, @own);
is(join(' ', grep { $now->{$_} ne $was{$_} } grep { !/refresh_log|own\.log/ } @made, @own), '', 'all views say what they said before');
sub written
{
	my ($types, $how) = @_;
	return sql(qq{CREATE OR REPLACE FUNCTION pg_temp.is_read(type text, t text, b bytea) RETURNS text LANGUAGE plpgsql AS \$\$
		DECLARE answer text; detail text; BEGIN
			EXECUTE format('SELECT CASE WHEN user_ops_internal.%1\$s_send(\$1::user_ops.%1\$s) = \$2 THEN ''same'' ELSE ''other'' END', type) INTO answer USING t, b;
			RETURN answer;
		EXCEPTION WHEN invalid_text_representation THEN GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL; RETURN detail; END \$\$;
		SELECT string_agg(DISTINCT pg_temp.is_read(replace(type, 'purchase_model_state', 'purchase_sample'), $how, bytes), ',')
		FROM own.written WHERE (type ~ '^(.*_sample|survival|purchase_model_state)\$') = $types}, 'made');
}
is(written('false', 'as_text'), 'same', 'activities, models and states of metrics are read as they were written');
is(written('false', q{CASE WHEN type ~ '_(matrix|counts)$' THEN bytes::text ELSE as_text END}), 'same', '... states as bytes, too');
is(written('true', 'as_text'), 'An older version of user_ops wrote it, in a form that is no longer read.', '... and samples, whose form has changed, say so');
like(error('made', q{CREATE TABLE old AS SELECT bytes::text::user_ops.rfm_sample FROM own.written WHERE type = 'rfm_sample'}), qr/HINT:  Make it anew/, '... with what to do');

# bytes that stand in a table come by no input function
sql(q{CREATE TABLE own.samples AS SELECT bytes AS sample FROM own.written WHERE type = 'rfm_sample';
	UPDATE pg_attribute SET atttypid = 'user_ops.rfm_sample'::regtype WHERE attrelid = 'own.samples'::regclass AND attname = 'sample'}, 'made');
like(error('made', 'SELECT user_ops.merge(sample, sample) FROM own.samples'), qr/^\S*: ERROR:  0A000: a stored rfm_sample has an old form$/m, '... where they stand in a table, too');
sql('DROP TABLE own.samples', 'made');

# what is to be made again says so
my %calls;
for my $schema (qw(shop spot tenants visits))
{
	my $error = error('made', "SELECT user_ops.refresh('$schema')");
	like($error, qr/ERROR:  55000: schema "$schema" was made by version 1\.0 of user_ops\n/, "$schema: refresh says by which version it was made");
	($calls{$schema}) = $error =~ /HINT:  Make it again: (SELECT \* FROM user_ops\.create_views\(.*\);)/;
	like(error('made', "SELECT user_ops.verify('$schema')"), qr/\QHINT:  Make it again: $calls{$schema}\E/, '... as does verify, with the call that makes it again');
}
is($calls{shop}, q{SELECT * FROM user_ops.create_views('public.orders', 'customer_id', 'ordered_at', amount => 'total', target_schema => 'shop', as_of => '2024-05-15', }
	. q{rfm_ntile => 'true', changed_at => 'changed_at', first_values => '{channel}', breakdown => '{channel}');}, 'that call has what the schema was made with');

like(error('made', q{CALL user_ops.scheduled_refresh('shop')}), qr/ERROR:  55000: .*\nDETAIL:  .*It is written in shop\.refresh_log/, 'a refresh that is scheduled writes it into the log');

for my $schema (sort keys %calls)
{
	my $objects = sql("SET client_min_messages = error; $calls{$schema}", 'made');
	isnt($objects, '', "$schema: the call works");
	is(sql("SET client_min_messages = error; $calls{$schema}", 'made'), $objects, '... and once more');
	sql('SET client_min_messages = error; ' . $calls{$schema} =~ s/target_schema => '$schema'/target_schema => 'fresh_$schema'/r, 'made');
	my @relations = split /\n/, sql("SELECT relname FROM pg_class WHERE relnamespace = 'fresh_$schema'::regnamespace AND relkind IN ('r', 'v')
		AND relname NOT IN ('settings', 'refresh_log', 'segment_history', 'transitions', 'transition_log')", 'made');
	my $rows = all_rows(map { ("$schema.$_", "fresh_$schema.$_") } @relations);
	is(join(' ', sort grep { $rows->{"$schema.$_"} ne $rows->{"fresh_$schema.$_"} } @relations), '', '... and all it has are the rows of a fresh one');
	is(sql("SELECT string_agg(relname || ' ' || relkind::text, ',' ORDER BY relname) FROM pg_class WHERE relnamespace = '$schema'::regnamespace", 'made'),
		sql("SELECT string_agg(relname || ' ' || relkind::text, ',' ORDER BY relname) FROM pg_class WHERE relnamespace = 'fresh_$schema'::regnamespace", 'made'), '... and no other relation');
}
$now = all_rows(@own);
is(join(' ', grep { $now->{$_} ne $was{$_} } grep { !/\.(log|whole)$/ } @own), '', 'views of a user say what they said before');
is(rows("'own.whole', 'expected_spend', 'clv_365d'"), $whole, '... but for what a user is to spend');
my $after = sql('SELECT * FROM shop.segment_history ORDER BY 1, 2, 3, 4, 5', 'made');
is($after, $kept_history, 'the history is what it was');
is(sql('SELECT * FROM shop.transition_log ORDER BY 1, 2, 3, 4, 5', 'made'), $kept_moves, '... and who moved');
is(rows("'shop.transitions'"), $moved, '... as transitions says');
like(sql('SELECT started_at, status, reads, users, error FROM shop.refresh_log ORDER BY 1', 'made'), qr/^\Q$kept_log\E\n.*\|failed\|/, '... and the log goes on');

# it goes on living
sql(q{INSERT INTO orders VALUES ('new', '2024-05-05', 3, 'c1', 't1', now())}, 'made');
is(sql(q{SELECT users, inserted, updated, deleted FROM user_ops.refresh('shop')}, 'made'), '41|1|0|0', 'a refresh finds what is new');
is(sql(q{SELECT count(*) FROM user_ops.verify('shop')}, 'made'), 0, '... and verify nothing wrong');
is(sql(q{SET ROLE upgrade_reader; SELECT count(*) FROM shop.users; SELECT count(*) > 0 FROM shop.churn_calibration}, 'made'), "41\nt", 'who could read can read');
is(sql(q{SET ROLE upgrade_tenant; SET test.shop = 't1'; SELECT count(*) > 0, bool_and(shop = 't1') FROM tenants.users; SELECT bool_and(shop = 't1') FROM tenants.churn_calibration}, 'made'),
	"t|t\nt", '... and a tenant his own rows');

# dumped, and dropped as 1.0 made it
my $dump = PostgreSQL::Test::Utils::tempdir() . '/dump';
sql('CREATE DATABASE again');
$node->command_ok([ 'pg_dump', '-d', $node->connstr('made'), '-N', 'own', '-N', 'fresh_*', '-f', $dump ], 'it is dumped');
$node->command_ok([ 'psql', '-XqAt', '-v', 'ON_ERROR_STOP=1', '-d', $node->connstr('again'), '-f', $dump ], '... and restored');
is(differences($fresh, objects('again')), '', '... where the extension is a fresh one');
is(sql(q{SELECT updated FROM user_ops.refresh('shop', full_scan => true)}, 'again'), 0, '... and nothing has changed');
sql('CREATE DATABASE dropped');
sql("CREATE EXTENSION user_ops VERSION '1.0'", 'dropped');
$node->command_ok([ 'psql', '-XqAt', '-v', 'ON_ERROR_STOP=1', '-d', $node->connstr('dropped'), '-f', 'test/fixtures/1.0/made.sql' ], 'another one');
sql('SET client_min_messages = error; DROP SCHEMA own CASCADE; ALTER EXTENSION user_ops UPDATE', 'dropped');
is(differences($fresh, objects('dropped')) =~ s/^> .*finite_population_agg.*\n?//mgr, '', '... is updated');
sql('ALTER TABLE orders RENAME TO other', 'dropped');
is(sql("SELECT count(*) FROM user_ops.drop_views('$_') AS d WHERE d = '$_'", 'dropped'), 1, "drop_views drops $_, with its schema") for qw(shop spot tenants visits);
sql('DROP EXTENSION user_ops', 'dropped');

$node->stop;
done_testing();
