# Forgetting a user: no relation of a schema knows it any more, whatever add-ons there are, also after the next refresh, and
# when the server is killed in the middle; and nobody but who refreshes sees by what it is known.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/../lib";
use Killing qw(kill_midway start_again);
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(time);

my $node = PostgreSQL::Test::Cluster->new('forget');
$node->init;
$node->append_conf('postgresql.conf', "autovacuum = off\nfsync = off\njit = off\nrestart_after_crash = on\n");
$node->start;

sub sql { return $node->safe_psql('postgres', $_[0]) }
sub as
{
	my ($role, $sql) = @_;
	my ($status, $out, $err) = $node->psql('postgres', $sql, extra_params => [ '-U', $role ], on_error_stop => 1);
	return ($out, $err);
}

sql('CREATE ROLE owner LOGIN; CREATE ROLE reader LOGIN; CREATE ROLE refresher LOGIN; GRANT CREATE ON DATABASE postgres TO owner; CREATE EXTENSION user_ops');
# users are called by words that stand nowhere else
as('owner', <<'SQL');
CREATE SCHEMA store;
CREATE TABLE store.orders AS
	SELECT CASE u WHEN 7 THEN 'needle' ELSE 'user ' || u END AS customer, timestamptz '2024-01-01 UTC' + (u % 30 + n * (3 + u % 9)) * interval '1 day' AS at,
		CASE WHEN u % 4 > 0 OR n > 2 THEN (10 + u % 50)::numeric END AS total, (ARRAY['view', 'cart', 'pay'])[1 + n % 3] AS what, (ARRAY['north', 'south'])[1 + u % 2] AS org
	FROM generate_series(1, 2000) AS u, generate_series(0, 7) AS n;
CREATE TABLE store.arms AS SELECT DISTINCT customer, (ARRAY['control', 'mail'])[1 + length(customer) % 2] AS arm, timestamptz '2024-02-01' AS at, 3 AS growth FROM store.orders;
INSERT INTO store.arms VALUES ('needle', 'control', '2024-02-02', 4), ('needle', 'mail', '2024-02-02', 4);
CREATE TABLE store.moves AS SELECT customer, at::date AS day, 5 AS points FROM store.orders;
CREATE TABLE store.invited AS SELECT 'user ' || greatest(1, u / 2) AS inviter, CASE u WHEN 7 THEN 'needle' ELSE 'user ' || u END AS customer, date '2024-02-01' + u % 30 AS day FROM generate_series(2, 2000) AS u;
UPDATE store.invited SET inviter = 'needle' WHERE inviter = 'user 7';
CREATE TABLE store.logins AS SELECT 'device of ' || customer AS device, customer, date '2024-02-01' AS day FROM store.arms;
INSERT INTO store.logins VALUES ('device of needle', 'user 6', '2024-01-01');
CREATE TABLE store.answers AS SELECT customer, length(customer) % 11 AS score, at::date AS day FROM store.orders;
SQL
# one add-on of each kind, so that a new kind is not left out
my $add = join '; ', map { "SELECT FROM user_ops.$_" } (
	q{create_session_view('shop', 's', event => 'what')}, q{create_path_view('shop', 'p')}, q{create_attribution_view('shop', 'a', '{pay}')},
	q{create_funnel_view('shop', 'f', '{view,cart,pay}', '30 days')}, q{create_funnel_view('shop', 'c', within => '30 days', conditions => '{total > 20}')},
	q{create_experiment_views('shop', 'e', 'store.arms', 'customer', 'arm', 'at', 'control')},
	q{create_points_views('shop', 'store.moves', 'customer', 'day', 'points', valid_months => 3)},
	q{create_tier_views('shop', 'store.arms', 'customer', 'at', 'growth', user_ops.make_tier_rules('{silver,gold}', '{2,5}'))},
	q{create_referral_views('shop', 'store.invited', 'inviter', 'customer', 'day')}, q{create_survey_views('shop', 'u', 'store.answers', 'score', 'day')},
	q{create_alert_views('shop')}, q{create_content_views('shop', 'store.answers', 'customer', 'score', 'day', creator => 'customer', min_users => 1)},
	q{create_item_views('shop', 'store.answers', 'customer', 'score', 'day', 'i', stored_recommendations => true)}, q{create_identity_views('shop', 'store.logins', 'device', 'customer', 'day')}, q{set_goal('shop', 'purchases', 100, '2024-03-01', '2024-04-01')},
	q{create_propensity_views('shop')}, q{create_tag_views('shop', 'store.arms', 'customer', 'arm', 'at')});
my $make = q{SELECT FROM user_ops.create_views('store.orders', 'customer', 'at', 'total', 'shop', as_of => '2024-03-01', rfm_ntile => true, first_values => '{org}', breakdown => '{org}')};
unlike((as('owner', "$make; $add"))[1], qr/ERROR/, 'a schema with all that can be made');
is(sql(q{SELECT string_agg(k.kind, ' ') FROM user_ops_internal.addon_kinds() AS k WHERE k.kind NOT IN (SELECT a.kind FROM user_ops.addons('shop') AS a) AND k.kind <> 'forgotten'}), '', '... an add-on of each kind');
# a user moves, so that the history knows it too
as('owner', q{INSERT INTO store.orders VALUES ('needle', '2024-02-28', 99, 'pay', 'south'); SELECT user_ops.refresh('shop')});

# relations(): those of the schema that say needle somewhere, or hold a value that does.
sub relations
{
	return sql(<<'SQL');
CREATE OR REPLACE FUNCTION pg_temp.that_know(word text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	relation record;
	n bigint;
BEGIN
	FOR relation IN SELECT c.relname,
			(SELECT array_agg(a.attname) FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid JOIN pg_namespace o ON o.oid = t.typnamespace AND o.nspname = 'user_ops' WHERE a.attrelid = c.oid AND a.attnum > 0 AND EXISTS (SELECT FROM pg_cast b WHERE b.castsource = t.oid AND b.casttarget = 'bytea'::regtype)) AS own
		FROM pg_class c WHERE c.relnamespace = 'shop'::regnamespace AND c.relkind IN ('r', 'v', 'm', 'p') ORDER BY 1 LOOP
		EXECUTE format('SELECT count(*) FROM shop.%I AS x WHERE x::text LIKE %L%s', relation.relname, '%' || word || '%',
			(SELECT coalesce(string_agg(format(' OR position(convert_to(%L, ''UTF8'') IN x.%I::bytea) > 0', word, o), ''), '') FROM unnest(relation.own) AS o)) INTO n;
		IF n > 0 THEN
			RETURN NEXT relation.relname || ' ' || n;
		END IF;
	END LOOP;
END $$;
SELECT string_agg(r, ', ') FROM pg_temp.that_know('needle') AS r;
SQL
}

my $known = relations();
like($known, qr/\b$_ \d/, "before, $_ knows the user") for qw(activity users transition_log transitions journeys journeys_c points growth item_baskets_i identity_map identity_states recommendations_i user_favourites referral_users referral_states rfm_ntile sessions funnel_users points_users tier_users tags_now);
# tags are read from the owner's own table, so they say what that says
my $tags = join ', ', grep { /^tag/ } split /, /, $known;
my %left = map { /^(\S+) (\d+)/ } split /, /, $known;

# killed in the middle of it: as before or as after, and nothing between
my $began = time;
sql(q{BEGIN; SELECT FROM user_ops.forget_user('shop', 'needle'); ROLLBACK});
my $takes = time - $began;
is(relations(), $known, 'rolled back, all is as it was');
my %ended;
for my $whom (qw(backend backend backend postmaster postmaster))
{
	kill_midway($node, $whom, q{SELECT FROM user_ops.forget_user('shop', 'needle')}, $takes * (0.1 + 0.8 * rand));
	start_again($node) if $whom eq 'postmaster';
	$node->poll_query_until('postgres', 'SELECT true');
	my $now = relations();

	$ended{ $now eq $known ? 'before' : $now eq $tags ? 'after' : "between: $now" }++;
	last if $now ne $known;
}
is(join(', ', grep { !/^(?:before|after)$/ } sort keys %ended), '', 'killed in the midst of it, it is forgotten or not');

my ($out) = as('owner', q{SELECT object, rows FROM user_ops.forget_user('shop', 'needle', 'request 17')});
note $out;
is(relations(), $tags, 'then no relation knows the user, but what reads the tags as they are');
as('owner', q{SELECT user_ops.refresh('shop')});
is(relations(), $tags, '... nor after a refresh');
as('owner', q{INSERT INTO store.orders SELECT * FROM store.orders WHERE customer = 'needle'; SELECT user_ops.refresh('shop', full_scan => true)});
is(relations(), $tags, '... nor after another, with new rows');
unlike((as('owner', "$make; $add"))[1], qr/ERROR/, 'all of it made anew');
is(relations(), $tags, '... does not bring the user back');
is((as('owner', q{SELECT count(*) FROM user_ops.verify('shop')}))[0], 0, 'verify says that all is right');
is((as('owner', q{DELETE FROM store.arms WHERE customer = 'needle'}))[1], '', 'the tags are for the owner to delete');
is(relations(), '', '... then nothing knows the user');

# --- rights ------------------------------------------------------------------

my $forgotten = q{SELECT count(*) FROM shop.forgotten};
as('owner', 'GRANT USAGE ON SCHEMA shop, store TO reader, refresher; GRANT SELECT ON ALL TABLES IN SCHEMA shop, store TO reader, refresher; GRANT TEMPORARY ON DATABASE postgres TO refresher;');
as('owner', sql(q{SELECT string_agg(format('GRANT INSERT, UPDATE, DELETE ON shop.%I TO refresher', relname), '; ') FROM pg_class WHERE relnamespace = 'shop'::regnamespace AND relkind = 'r' AND relname !~ '^(settings|forgotten)'}));
is(join('', as('owner', $forgotten)), 2, 'the owner sees who was forgotten: the user, and the device that was his alone');
is(join('', as('reader', "$forgotten; SELECT count(*) FROM shop.forgotten_key")), "0\n0", 'who may select from all tables sees neither that nor the key');
like((as('reader', q{SELECT FROM user_ops.forget_user('shop', 'user 1')}))[1], qr/was made by role owner/, 'and may forget nobody');
like((as('refresher', q{SELECT user_ops.remember_user('shop', 'needle')}))[1], qr/was made by role owner/, 'nor may a refresher take it back');
like((as('refresher', q{SELECT user_ops.refresh('shop')}))[1], qr/forgotten_key shows no row.*GRANT SELECT, INSERT ON shop\.forgotten, shop\.forgotten_key/s, 'a refresher that does not see the key brings nobody back, and says what is missing');
as('owner', 'GRANT INSERT ON shop.forgotten_key TO refresher');
like((as('refresher', q{SELECT user_ops.refresh('shop')}))[1], qr/table forgotten shows no row/, '... nor does one that sees the key alone');
as('owner', 'GRANT SELECT, INSERT ON shop.forgotten, shop.forgotten_key TO refresher');
is((as('refresher', q{SELECT FROM user_ops.refresh('shop')}))[1], '', '... and refreshes with it');
is(relations(), '', '... without the user');
# --- snapshots that do not see each other -------------------------------------

my $meanwhile = 'BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM shop.activity;' . "\n\\! psql -XAtq -U owner -d \"" . $node->connstr('postgres') . '" -c ';
like((as('owner', $meanwhile . q{"INSERT INTO store.orders VALUES ('late', '2024-02-01', 1, 'pay', 'south'); SELECT user_ops.refresh('shop')"} . "\nSELECT FROM user_ops.forget_user('shop', 'late')"))[1],
	qr/could not serialize/, 'who is stored since a snapshot is not said to be forgotten');
like((as('owner', "INSERT INTO store.orders VALUES ('later', '2024-02-01', 1, 'pay', 'south'); $meanwhile" . q{"SELECT FROM user_ops.forget_user('shop', 'later')"} . "\nSELECT FROM user_ops.refresh('shop')"))[1],
	qr/could not serialize/, 'nor is stored who is forgotten since');
is(sql(q{SELECT string_agg(user_id, ' ') FROM shop.activity WHERE user_id LIKE 'late%'}), 'late', '... so each is as the first one left it');
is(sql(q{SELECT count(*) FROM pg_class c WHERE c.relname LIKE 'user\_ops\_%' AND c.relpersistence = 't'}), 0, 'no temporary table is left');

done_testing();
