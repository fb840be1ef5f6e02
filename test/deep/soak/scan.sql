-- without what is stored
SELECT sum(m) FROM (SELECT user_ops.monetary(user_ops.activity_agg(t, a, 'UTC'), current_date) AS m FROM events GROUP BY u) AS x;
SELECT max(length(j)) FROM (SELECT user_ops.journey_agg(t, e)::text AS j FROM events GROUP BY u) AS x;
