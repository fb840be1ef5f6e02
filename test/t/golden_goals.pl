# Goals against values worked out elsewhere: shares of the work by weekdays, projections and
# states.  They stand in a folder beside the project (or where USER_OPS_SHARED says); skipped
# where that is absent.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/../lib";
use Golden qw(golden_server sql row expected_json same numbers_compared);
use Test::More;

my $node = golden_server('golden_goals', 'goals.json');
my @cases = @{ expected_json('goals') };

sql('CREATE TABLE visits (who int, day date)');
for my $case (@cases)
{
	my %expected = %{ $case->{expected} };
	my $daily = join ', ', map { "('$_'::date, $case->{daily}{$_})" } sort keys %{ $case->{daily} };
	my $weights = '{' . join(',', @{ $case->{weekday_weights} }) . '}';
	my $to_day = "'$case->{from_day}', '$case->{to_day}'";

	# so much on each day of the goal, and before it what its weekday weighs
	sql(<<"SQL");
TRUNCATE visits;
INSERT INTO visits SELECT 1, day FROM (VALUES $daily) AS d (day, n), generate_series(1, n) WHERE day >= '$case->{from_day}';
INSERT INTO visits SELECT 1, date '$case->{from_day}' - back FROM generate_series(1, 56) AS back,
	generate_series(1, ('$weights'::int[])[extract(isodow FROM date '$case->{from_day}' - back)]);
SET client_min_messages = warning;
DROP SCHEMA IF EXISTS shop CASCADE;
SELECT FROM create_views('visits', 'who', 'day', target_schema => 'shop', as_of => '$case->{as_of}', purchase_model => 'none', stored => false);
SELECT set_goal('shop', 'events', $case->{target}, $to_day, '$case->{direction}');
SQL
	my $row = row('SELECT * FROM shop.goals');

	is(delete $row->{status}, delete $expected{status}, "$case->{id}: status");
	same($case->{id}, $row, \%expected);
}

cmp_ok(numbers_compared(), '==', 6 * @cases, numbers_compared() . ' numbers compared, of ' . @cases . ' goals');
$node->stop;
done_testing();
