-- The one call, with the arguments that were given; NULL is the default of the others.
SELECT '    ' || rpad(object, 28) || ' '
	|| rtrim(regexp_replace(answers, '(.{1,66})(\s+|$)', E'\\1\n' || repeat(' ', 33), 'g'), E'\n ')
FROM user_ops.create_views(:'source', user_id => :'user_id', event_time => :'event_time',
	amount => nullif(:'amount', '')::name, target_schema => :'schema',
	time_zone => nullif(:'time_zone', ''), source_time_zone => nullif(:'source_time_zone', ''),
	as_of => :'as_of');
