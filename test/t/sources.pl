# Sources that need more than a plain server: collations in which unlike texts
# are one user, citext, foreign tables, names in other scripts.
use strict;
use warnings;
use utf8;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('sources');
$node->init(extra => [ '--encoding=UTF8', '--locale=C' ]);
$node->append_conf('postgresql.conf', "fsync = off\nautovacuum = off\njit = off\n");
$node->start;

sub sql { my $sql = $_[0]; utf8::encode($sql); return $node->safe_psql('postgres', $sql) }
sub offers { return $node->safe_psql('postgres', "SELECT count(*) FROM pg_available_extensions WHERE name = '$_[0]'") }

sql(<<'SQL');
CREATE EXTENSION user_ops;
CREATE TABLE events AS SELECT i % 20 AS n, i, timestamptz '2024-01-01 UTC' + (i * 37 % 90) * interval '1 day' AS t, (i % 10)::numeric / 4 AS a
	FROM generate_series(1, 400) AS i;
CREATE VIEW numbers AS SELECT n::text AS u, t, a FROM events;
SELECT user_ops.create_views('numbers', 'u', 't', 'a', 'plain', as_of => '2024-05-01');
SQL

# All but the ids must be as for plain numbers, and a refresh finds nothing.
sub same_as_plain
{
	my ($target, $name) = @_;
	for my $view (qw(rfm_segments retention_week lifecycle_month))
	{
		is(sql("SELECT count(*) FROM ((TABLE $target.$view) EXCEPT ALL (TABLE plain.$view)) AS d") . ' of ' . sql("SELECT count(*) > 0 FROM $target.$view"),
			'0 of t', "$name: $view");
	}
	is(sql("SELECT users, inserted, updated, deleted FROM user_ops.refresh('$target')"), '20|0|0|0', '... a refresh finds nothing');
}

# 'a' and 'A' are one user, and which of both stands for it may change
my $letters = q{SELECT CASE WHEN i % 3 = 0 THEN chr(65 + n) ELSE chr(97 + n) END};

SKIP:
{
	skip 'no ICU', 6 if !sql(q{SELECT count(*) FROM pg_collation WHERE collprovider = 'i'});
	sql(qq{CREATE COLLATION folded (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
		CREATE TABLE folding AS $letters COLLATE folded AS u, t, a FROM events;
		SELECT user_ops.create_views('folding', 'u', 't', 'a', 'shop', as_of => '2024-05-01')});
	same_as_plain('shop', 'nondeterministic collation');
	is(sql(q{SELECT events FROM shop.users WHERE user_id = 'C'}), 20, '... one user in either case');
	sql(q{UPDATE folding SET u = upper(u); INSERT INTO folding VALUES ('zZ', '2024-02-02', 1)});
	is(sql(q{SELECT users, inserted, updated, deleted FROM user_ops.refresh('shop')}), '21|1|0|0', '... and after a change of case');
}
SKIP:
{
	skip 'no citext', 7 if !offers('citext');
	sql(qq{CREATE SCHEMA x; CREATE EXTENSION citext SCHEMA x; CREATE DOMAIN mail AS x.citext;
		CREATE TABLE ci AS $letters\::x.citext AS u, t, a FROM events;
		CREATE TABLE mails AS SELECT u::mail, t, a FROM ci;
		SELECT user_ops.create_views('ci', 'u', 't', 'a', 'ci_shop', as_of => '2024-05-01');
		SELECT user_ops.create_views('mails', 'u', 't', 'a', 'mail_shop', as_of => '2024-05-01')});
	same_as_plain('ci_shop', 'citext');
	same_as_plain('mail_shop', 'a domain over citext');
	sql(q{UPDATE mails SET u = upper(u)::x.citext});
	is(sql(q{SELECT users, inserted, updated, deleted FROM user_ops.refresh('mail_shop')}), '20|0|0|0', '... and after a change of case');
}
SKIP:
{
	skip 'no postgres_fdw', 5 if !offers('postgres_fdw');
	my ($host, $port) = ($node->host, $node->port);
	sql(qq{CREATE EXTENSION postgres_fdw;
		CREATE SERVER here FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host '$host', port '$port', dbname 'postgres');
		CREATE USER MAPPING FOR CURRENT_USER SERVER here;
		CREATE FOREIGN TABLE far (u text, t timestamptz, a numeric) SERVER here OPTIONS (table_name 'numbers');
		SELECT user_ops.create_views('far', 'u', 't', 'a', 'far_shop', as_of => '2024-05-01')});
	same_as_plain('far_shop', 'foreign table');
}
SKIP:
{
	skip 'no file_fdw', 4 if !offers('file_fdw');
	my $csv = PostgreSQL::Test::Utils::tempdir() . '/events.csv';
	sql(qq{COPY (SELECT * FROM numbers) TO '$csv' (FORMAT csv);
		CREATE EXTENSION file_fdw; CREATE SERVER files FOREIGN DATA WRAPPER file_fdw;
		CREATE FOREIGN TABLE csv (u text, t timestamptz, a numeric) SERVER files OPTIONS (filename '$csv', format 'csv');
		SELECT user_ops.create_views('csv', 'u', 't', 'a', 'csv_shop', as_of => '2024-05-01')});
	same_as_plain('csv_shop', 'a CSV file');
}

# 21 letters of 3 bytes each are 63 bytes
my $name = '用户价值分析之数据表格名字很长很长很长很长';
is(length $name, 21, 'a name of 63 bytes');
sql(qq{CREATE TABLE "$name" ("$name" text, "мoмент" timestamptz, "montant€" numeric);
	INSERT INTO "$name" SELECT * FROM numbers;
	CREATE TABLE made AS SELECT * FROM user_ops.create_views('"$name"', '$name', 'мoмент', 'montant€', as_of => '2024-05-01')});
my $target = sql(q{SELECT nspname FROM pg_namespace WHERE nspname LIKE '用户%'} =~ s/^/SELECT (/r =~ s/$/)/r);
utf8::decode($target);
is($target, substr($name, 0, 19) . '_ops', 'the schema is named after the table, cut between letters');
same_as_plain(qq{"$target"} =~ s/"//gr, 'names in other scripts');
is(sql(qq{SELECT count(*) - 2 = (SELECT count(*) FROM made) FROM user_ops.drop_views('$target')}), 't', '... and dropped, with settings and the schema');

$node->stop;
done_testing();
