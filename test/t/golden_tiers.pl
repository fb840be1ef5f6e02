# Tiers against histories worked out elsewhere.  They stand in a folder beside the project
# (or where USER_OPS_SHARED says); skipped where that is absent.
use strict;
use warnings;
use FindBin;
use JSON::PP;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $file = ($ENV{USER_OPS_SHARED} || "$FindBin::RealBin/../../../shared") . '/golden/growth/tier_cases.json';
plan skip_all => "no expected values: $file is absent" unless -r $file;

my $node = PostgreSQL::Test::Cluster->new('golden_tiers');
$node->init;
$node->append_conf('postgresql.conf', "fsync = off\njit = off\nsearch_path = 'public, user_ops'\n");
$node->start;
$node->safe_psql('postgres', 'CREATE EXTENSION user_ops');

sub literal { return defined $_[0] ? "'$_[0]'" : 'NULL' }

# The rules of a case, its tiers named t1, t2, ...
sub rules
{
	my ($rules) = @_;
	my $n = @{ $rules->{thresholds} };

	return sprintf q{make_tier_rules('{%s}', '{%s}', %s, %s, %s, %s, %s, '%s')}, join(',', map { "t$_" } 1 .. $n), join(',', @{ $rules->{thresholds} }),
	  map({ $_ // 'NULL' } @$rules{qw(validity_days window_days)}), map({ literal($_) } @$rules{qw(window_period round_up)}), @$rules{qw(grace_days downgrade)};
}

my @cases = @{ decode_json(slurp_file($file)) };
my $readings = 0;
cmp_ok(scalar @cases, '>', 20, 'the cases were found');
for my $case (@cases)
{
	my $growth = sprintf '(SELECT activity_agg(day, growth) AS growth FROM (VALUES %s) AS v (day, growth))', join ', ', map { "(date '$_->{day}', $_->{value}::numeric)" } @{ $case->{growth} };
	my (@expected, @asked);

	for my $reading (@{ $case->{expected} })
	{
		my $rules = rules($case->{rules});
		my $of = "growth, '$reading->{as_of}', $rules";
		my $state = $reading->{state};

		push @expected, join ' ', map { "$_->{from_day}:$_->{tier}:$_->{reason}" } @{ $reading->{spells} };
		push @asked, "SELECT coalesce(string_agg(from_day || ':' || tier || ':' || reason, ' ' ORDER BY n), '') FROM $growth AS g, tier_history($of) WITH ORDINALITY AS h (from_day, tier, tier_name, reason, n)";
		push @expected, !defined $state ? '' : join '|', map { ref $_ ? ($_ ? 't' : 'f') : $_ // '' } @$state{qw(tier growth_value valid_until in_grace to_next)};
		push @asked, "SELECT coalesce(concat_ws('|', tier, growth_value, coalesce(valid_until::text, ''), CASE WHEN in_grace THEN 't' ELSE 'f' END, coalesce(to_next::text, '')), '') FROM $growth AS g, tier($of) AS t WHERE tier IS NOT NULL UNION ALL SELECT '' FROM $growth AS g, tier($of) AS t WHERE tier IS NULL";
		$readings++;
	}
	my @got = split /\n/, $node->safe_psql('postgres', join(";\n", map { "SELECT ($_)" } @asked)), -1;
	is_deeply(\@got, \@expected, $case->{id});
}
cmp_ok($readings, '>', 50, 'many readings were compared');
$node->stop;
done_testing();
