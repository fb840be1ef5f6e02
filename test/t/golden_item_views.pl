# What a schema says of recommendations against values worked out elsewhere.  They stand in a
# folder beside the project (or where USER_OPS_SHARED says); skipped where that is absent.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/../lib";
use Golden qw(golden_server sql row expected_json expected_csv same numbers_compared);
use Test::More;

my $node = golden_server('golden_item_views', 'basket_events.csv', 'items_expected.json');
my $expected = expected_json('items_expected');
my $judged = $expected->{evaluation};

sql('CREATE TABLE lines (user_id integer, item text, day date); INSERT INTO lines VALUES ' . join ', ', map { "($_->{user_id}, '$_->{item}', '$_->{day}')" } expected_csv('basket_events'));
sql("SELECT create_item_views('shop', 'lines', 'user_id', 'item', 'day', min_users => 2)");
my $backtest = "recommendation_backtest('shop', '$judged->{split}', '$judged->{until}', $judged->{k})";
for my $method (qw(similar popular))
{
	same("the backtest, $method", row("SELECT b.*, (hit_rate * users)::integer AS hits FROM $backtest AS b WHERE method = '$method'"), $judged->{$method});
}
my $lift = row("SELECT lift_over_popular FROM $backtest WHERE method = 'similar'");
same('how much more often it hits than what is popular', $lift, { lift_over_popular => $judged->{similar}{hit_rate} / $judged->{popular}{hit_rate} - 1 });

# the view, as of the end of the same days
my $days = sql("SELECT date '$judged->{until}' - date '$judged->{split}'");
sql("SELECT create_views('lines', 'user_id', 'day', target_schema => 'shop', as_of => '$judged->{until}'); SELECT create_item_views('shop', 'lines', 'user_id', 'item', 'day', min_users => 2, backtest_days => $days)");
same("the view, $_", row("SELECT * FROM shop.recommendation_quality WHERE as_of = '$judged->{until}' AND method = '$_'"), $judged->{$_}) for qw(similar popular);

cmp_ok(numbers_compared(), '==', 23, numbers_compared() . ' numbers compared');
$node->stop;
done_testing();
