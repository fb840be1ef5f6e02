# Referral against values worked out elsewhere: trees by Python and recursive SQL, growth by
# Skok.  They stand in a folder beside the project (or where USER_OPS_SHARED says); skipped
# where that is absent.
use strict;
use warnings;
use FindBin;
use JSON::PP;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $shared = $ENV{USER_OPS_SHARED} || "$FindBin::RealBin/../../../shared";
my $golden = "$shared/golden/growth";
for my $file ('referral_cases.json', 'k_factor.json', 'viral_growth.csv')
{
	plan skip_all => "no expected values: $golden/$file is absent" unless -r "$golden/$file";
}

my $node = PostgreSQL::Test::Cluster->new('golden_referral');
$node->init(extra => [ '--encoding=UTF8', '--locale=C' ]);
$node->append_conf('postgresql.conf', "fsync = off\njit = off\nsearch_path = 'public, user_ops'\n");
$node->start;
$node->safe_psql('postgres', 'CREATE EXTENSION user_ops');

sub sql { return $node->safe_psql('postgres', $_[0]) }
sub rows { return decode_json(sql("SELECT coalesce(json_agg(r), '[]') FROM ($_[0]) AS r")) }

# A value as it is compared: null, true and numbers alike, whoever wrote them.
sub plain { return !defined $_[0] ? 'null' : JSON::PP::is_bool($_[0]) ? ($_[0] ? 'true' : 'false') : "$_[0]" }
sub line { my ($row) = @_; return join ' ', map { "$_=" . plain($row->{$_}) } sort keys %$row }

# --- trees ---------------------------------------------------------------------------

my $users = 0;
for my $case (@{ decode_json(slurp_file("$golden/referral_cases.json")) })
{
	my $values = join ', ', map { my $i = $_; '(' . join(', ', map { defined $i->{$_} ? "'$i->{$_}'" : 'NULL' } qw(inviter invitee day)) . ')' } @{ $case->{invites} };
	my $expected = $case->{expected};
	my @wanted = map { line($_) } @{ $expected->{users} };

	for my $type ('bigint', 'text')
	{
		my $state = "(SELECT referral_agg(i::$type, e::$type, d::date) FROM (VALUES $values) AS v (i, e, d))";

		next if $type eq 'text' && grep { $_->{user_id} > 9 } @{ $expected->{users} };    # 10 is less than 9 there
		my @got = map { my $row = $_; $row->{$_} += 0 for grep { defined $row->{$_} } qw(user_id inviter root); line($row) } @{ rows("SELECT * FROM referral_tree($state, '$case->{as_of}', NULL::$type)") };
		is_deeply(\@got, \@wanted, "$case->{id}, $type: the tree");
		my ($counts) = @{ rows("SELECT * FROM referral_counts($state, '$case->{as_of}')") };
		is_deeply({ map { $_ => $counts->{$_} } qw(self_invites duplicates cut_edges) }, { map { $_ => $expected->{$_} } qw(self_invites duplicates cut_edges) }, '... and its counts');
		is($counts->{invitations}, $counts->{invited_users} + $counts->{duplicates} + $counts->{self_invites} + $counts->{cut_edges}, '... which say what became of each invitation');
	}
	$users += @wanted;
}
is($users, 118, '118 users');

# --- growth --------------------------------------------------------------------------

my ($head, @lines) = split /\n/, slurp_file("$golden/viral_growth.csv") =~ s/\r//gr;
for (@lines)
{
	my ($u, $k, $cycle, $days, $expected) = split /,/;
	my $got = sql("SELECT viral_users($u, $k, $cycle, $days)");

	ok(abs($got - $expected) <= 1e-11 * $expected, "$u users, k $k, every $cycle days: $expected after $days") or diag($got);
}
# --- K: users of given first days, and whom they invited -----------------------------------

my $given = decode_json(slurp_file("$golden/k_factor.json"));
sub values_of { my ($rows, @columns) = @_; return join ', ', map { my $row = $_; '(' . join(', ', map { "'$row->{$_}'" } @columns) . ')' } @$rows }
sql('CREATE TABLE first_days (u bigint, day date); CREATE TABLE invited (by bigint, u bigint, day date)');
sql('INSERT INTO first_days VALUES ' . values_of($given->{users}, 'user_id', 'first_day'));
sql('INSERT INTO invited VALUES ' . values_of($given->{invites}, 'inviter', 'invitee', 'day'));
sql("SELECT FROM create_views('first_days', 'u', 'day', target_schema => 'k', as_of => '$given->{as_of}', purchase_model => 'none')");
sql("SELECT FROM create_referral_views('k', 'invited', 'by', 'u', 'day', within_days => $given->{within_days})");
my @months = @{ rows('SELECT * FROM k.referral_month ORDER BY cohort') };
is(scalar @months, scalar @{ $given->{expected} }, 'the months of K');
for my $month (@{ $given->{expected} })
{
	my $got = shift @months;

	is_deeply([ map { plain($got->{$_}) } qw(cohort users inviters accepted complete) ], [ map { plain($month->{$_}) } qw(cohort users inviters accepted complete) ], "$month->{cohort}: users, inviters, accepted");
	ok(abs($got->{k_factor} - $month->{k_factor}) < 1e-12 && ($got->{cycle_days} // 'none') eq ($month->{cycle_days_median} // 'none'), '... k_factor and cycle_days');
}
is($given->{published}{accepted} / $given->{published}{inviters}, $given->{published}{k}, 'as it was published it is what we call per_inviter');
done_testing();
