# A source in one piece and the same source split, each in a database of its own: schemas
# of every kind over both, what happens to them, and whether they are equal.
package Split;

use strict;
use warnings;
use Exporter qw(import);
use Test::More;

our @EXPORT_OK = qw($columns $rows %schemas @changes same_rows both);

our $columns = q{"Who" bigint, tenant text NOT NULL, at timestamptz, amount numeric, event text, channel text, changed_at timestamptz NOT NULL};

# 300 users of three tenants, 6,000 events; rows that do not count are among them
our $rows = q{SELECT i * 7919 % 300, 't' || i * 7919 % 300 % 3, CASE WHEN i % 701 = 0 THEN 'infinity' ELSE timestamptz '2023-01-01 UTC' + (i * 104729 % 31536000) * interval '1 second' END,
	CASE WHEN i % 997 = 0 THEN 'NaN' WHEN i % 3 = 0 THEN (i * 31 % 10000)::numeric / 100 WHEN i % 97 = 0 THEN -5 END,
	(ARRAY['view', 'cart', 'pay'])[1 + i * 31 % 7 % 3], (ARRAY['ad', 'mail', NULL, 'web'])[1 + i % 4], timestamptz '2024-01-01 UTC' FROM generate_series(1::bigint, 6000) AS i};

# of each its arguments behind the columns of user, time and amount
our %schemas = (
	plain   => q{time_zone => 'Asia/Shanghai', as_of => '2023-11-20', rfm_ntile => true},
	firsts  => q{as_of => '2023-11-20', first_values => '{channel,event}', breakdown => '{channel}', labels => 'chinese', keep_history => true, ignore_before => '2023-01-10'},
	tenants => q{tenant => 'tenant', as_of => '2023-11-20', first_values => '{channel}', breakdown => '{channel}'},
	changed => q{changed_at => 'changed_at', as_of => '2023-11-20', time_zone => 'America/New_York', amount_decimals => 1},
	each    => q{changed_at => 'changed_at', tenant => 'tenant', as_of => '2023-11-20'},
	kept    => q{changed_at => 'changed_at', keep_history => true, as_of => '2023-11-20'});

# what happens one after the other; refreshes follow each
our @changes = (
	[ 'nothing', 'SELECT 1' ],
	[ 'new users, new and odd rows', <<'SQL' ],
INSERT INTO events SELECT 1000 + i, 't' || i % 4, timestamptz '2023-11-01 UTC' + i * interval '1 hour', i, 'pay', 'new', now() FROM generate_series(1, 20) AS i;
INSERT INTO events SELECT i * 3, 't' || i * 3 % 3, timestamptz '2023-11-05 UTC' + i * interval '1 hour', i / 8.0, 'cart', 'web', now() FROM generate_series(1, 30) AS i;
INSERT INTO events SELECT i * 5, 't' || i * 5 % 3, '-infinity', 1, 'cart', 'web', now() FROM generate_series(1, 6) AS i;
SQL
	[ 'users and days that are gone', q{DELETE FROM events WHERE "Who" BETWEEN 50 AND 60; DELETE FROM events WHERE at < '2023-02-01'} ],
	[ 'a tenant that came and one that went', q{DELETE FROM events WHERE tenant = 't3';
		INSERT INTO events SELECT 2000 + i, 't9', timestamptz '2023-11-03 UTC' + i * interval '1 hour', i, 'pay', 'new', now() FROM generate_series(1, 20) AS i} ]);

# both(NODE, DATABASES, SQL): what both answer to the same; the two must be equal
sub both
{
	my ($node, $databases, $sql, $name) = @_;
	my @answers = map { $node->safe_psql($_, $sql) } @$databases;
	is($answers[1], $answers[0], $name);
	return $answers[0];
}

# same_rows(NODE, [WHOLE, SPLIT], SCHEMA, NAME): every view and table has the same rows
sub same_rows
{
	my ($node, $databases, $schema, $name) = @_;
	my $own = "'settings', 'refresh_log', 'changes', 'journey_changes', 'fitted_before'";
	my @objects = split /\n/, both($node, $databases, "SELECT relname FROM pg_class WHERE relnamespace = '$schema'::regnamespace AND relkind IN ('r', 'v') AND relname NOT IN ($own) ORDER BY 1",
		"$name: the same objects");
	# the moment of a refresh is not the same
	my $query = join ' UNION ALL ', map { "SELECT '$_ ' || (to_jsonb(t) - '{refreshed_at,fitted_at}'::text[])::text AS row FROM $schema.$_ AS t" } @objects;
	$query .= " UNION ALL SELECT 'log ' || ROW(l.reads, l.as_of, l.rows_read, l.rows_left_out, l.rows_without_time, l.rows_bad_amount, l.users, l.users_added, l.users_changed,
		l.users_removed, l.first_day, l.kept_before)::text FROM $schema.refresh_log AS l" if grep { $_ eq 'fitted' } @objects and $node->safe_psql($databases->[0], "SELECT stored FROM $schema.settings") eq 't';
	my @rows = map { [ split /\n/, $node->safe_psql($_, "SELECT row FROM ($query) AS r ORDER BY row COLLATE \"C\"") ] } @$databases;
	my @other = grep { ($rows[0][$_] // '') ne ($rows[1][$_] // '') } 0 .. ($#{ $rows[0] } > $#{ $rows[1] } ? $#{ $rows[0] } : $#{ $rows[1] });
	ok(@objects > 20 && @{ $rows[0] } > 1000 && !@other, "$name: " . @{ $rows[0] } . ' rows of ' . @objects . ' views and tables are equal')
	  or diag(join "\n", map { ($rows[0][$_] // 'none') . "\n\t" . ($rows[1][$_] // 'none') } @other[ 0 .. ($#other > 2 ? 2 : $#other) ]);
}

1;
