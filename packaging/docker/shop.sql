-- What compose.yaml makes in its database: the demo's shop (demo/shop.sql, which stands in /demo there), and
-- its views.
\set ON_ERROR_STOP on
\if :{?demo}
\else
	\set demo /demo
\endif
CREATE EXTENSION IF NOT EXISTS user_ops;
SELECT format('ALTER DATABASE %I SET search_path = shop, public', current_database()) \gexec
\set shop :demo '/shop.sql'
\i :shop

SELECT * FROM user_ops.create_views('public.shop_events',
	user_id => 'customer_id', event_time => 'occurred_at', amount => 'total', target_schema => 'shop',
	as_of => '2026-11-01', first_values => '{channel}');
SELECT * FROM user_ops.create_path_view('shop', 'sessions', label => 'channel');
SELECT * FROM user_ops.create_funnel_view('shop', 'first_visit', '{view,cart,checkout,purchase}', '1 hour',
	entry => 'first', breakdown => 'channel');
SELECT * FROM user_ops.create_attribution_view('shop', 'channels', '{purchase}', by_label => true);
SELECT * FROM user_ops.create_experiment_views('shop', 'win_back', 'public.shop_win_back',
	'customer_id', 'variant', 'assigned_at', control => 'holdout',
	weights => '{"holdout": 1, "letter": 2}', before_days => 182, ends => '2026-04-19', costs => '{"letter": 1400}');
SELECT * FROM user_ops.create_points_views('shop', 'public.shop_points', 'customer_id', 'occurred_at', 'points',
	kind => 'kind', valid_months => 12, round_up => 'month', point_value => 0.05);
SELECT * FROM user_ops.create_referral_views('shop', 'public.shop_invitations', 'inviter', 'invitee', 'invited_at');
SELECT * FROM user_ops.create_survey_views('shop', 'recommend', 'public.shop_answers', 'score', 'answered_at',
	condition => 'question = ''recommend''');
SELECT * FROM user_ops.create_item_views('shop', 'public.shop_order_lines', 'customer_id', 'product', 'ordered_at',
	amount => 'paid');
