-- The one call, with the arguments that were given; NULL is the default of the others. What it made is for made.sql.
CREATE TEMP TABLE made AS
SELECT object, answers
FROM user_ops.create_views(:'source', user_id => :'user_id', event_time => :'event_time',
	amount => nullif(:'amount', '')::name, target_schema => :'schema',
	time_zone => nullif(:'time_zone', ''), source_time_zone => nullif(:'source_time_zone', ''),
	as_of => :'as_of', first_values => nullif(:'first_values', '')::name[], breakdown => nullif(:'breakdown', '')::name[]);

-- And those that demo/run shows, as statements.
:addons
