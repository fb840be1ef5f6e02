# Surveys and alerts against values worked out elsewhere.  They stand in a folder beside the
# project (or where USER_OPS_SHARED says); skipped where that is absent.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/../lib";
use Golden qw(golden_server sql rows row expected_csv same numbers_compared);
use Test::More;

my $node = golden_server('golden_surveys', map { "$_.csv" } qw(nps csat_ces goodman wilson robust_z));

# A survey from low on, of so many answers to each score.
sub survey_of
{
	my ($low, @counts) = @_;
	my $high = $low + $#counts;

	return "(SELECT survey(score::int, $low, $high) FROM unnest('{" . join(',', @counts) . "}'::int[]) WITH ORDINALITY AS u (answers, at), LATERAL (SELECT at + $low - 1 AS score FROM generate_series(1, answers)) AS s)";
}

for my $case (expected_csv('nps'))
{
	my $survey = survey_of(0, $case->{counts_0_to_10} =~ /\d+/g);

	for my $band (qw(adjusted_wald wald))
	{
		same("NPS, $case->{case}: $band", row("SELECT nps.*, lower AS lower_$band, upper AS upper_$band FROM nps($survey, band => '$band')"), $case);
	}
	is(sql("SELECT nps($survey) = nps($survey, 0.95, 'adjusted_wald')"), 't', '... which is the default');
}

for my $case (expected_csv('csat_ces'))
{
	my $survey = survey_of(1, $case->{counts_from_1} =~ /\d+/g);

	same("$case->{case}: top_box", row("SELECT * FROM top_box($survey)"), $case, top_two => 'top', lower_wilson => 'lower', upper_wilson => 'upper');
	same("$case->{case}: mean_score", row("SELECT * FROM mean_score($survey)"), $case, lower_t => 'lower', upper_t => 'upper');
}

my %shares;
push @{ $shares{ $_->{case} } }, $_ for expected_csv('goodman');
for my $case (sort keys %shares)
{
	my @rows = rows('SELECT * FROM score_shares(' . survey_of(1, map { $_->{count} } @{ $shares{$case} }) . ') ORDER BY score');

	same("Goodman, $case: $_->{place}", $rows[ $_->{place} - 1 ], $_, place => 'score', count => 'answers') for @{ $shares{$case} };
}

same("Wilson: $_->{k} of $_->{n}", row("SELECT * FROM wilson($_->{k}, $_->{n}, $_->{confidence})"), $_) for expected_csv('wilson');

for my $case (expected_csv('robust_z'))
{
	my $row = row("SELECT * FROM robust_z($case->{value}, '$case->{history}')");

	is(delete $row->{status}, $case->{status}, "robust_z, $case->{case}: status");
	same("robust_z, $case->{case}", $row, $case);
}

cmp_ok(numbers_compared(), '==', 196, numbers_compared() . ' numbers compared');
$node->stop;
done_testing();
