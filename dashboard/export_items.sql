-- The rest of export.sql: what the pages of items and of content show. Where add-ons are missing, files without rows.
SELECT to_regclass(format('%I.item_stats', :'schema')) IS NOT NULL AS has_items,
	   to_regclass(format('%I.content_items', :'schema')) IS NOT NULL AS has_content,
	   to_regclass(format('%I.content_creators', :'schema')) IS NOT NULL AS has_creators,
	   to_regclass(format('%I.contribution_month', :'schema')) IS NOT NULL AS has_roles \gset

\o item_stats.csv
\if :has_items
	COPY (
		SELECT name, item, users, repeat_rate, revenue_share, items
		FROM (SELECT s.*, row_number() OVER (PARTITION BY name ORDER BY users DESC, item) AS place, count(*) OVER (PARTITION BY name) AS items FROM :"schema".item_stats AS s WHERE :mine) AS s
		WHERE place <= 12 ORDER BY name, place
	) TO STDOUT (FORMAT csv, HEADER);

	\o item_pairs.csv
	COPY (
		SELECT name, item, other, users_item, users_other, users_both, confidence, lift, llr
		FROM (SELECT p.*, dense_rank() OVER (PARTITION BY name ORDER BY users_item DESC, item) AS item_place FROM :"schema".item_pairs AS p WHERE :mine) AS p
		WHERE item_place <= 60 ORDER BY name, item_place, place
	) TO STDOUT (FORMAT csv, HEADER);

	\o recommendation_quality.csv
	COPY (
		SELECT name, as_of, method, users, hit_rate, recall, mrr, coverage, lift_over_popular
		FROM :"schema".recommendation_quality WHERE :mine AND as_of > :'as_of'::date - 731 ORDER BY name, as_of, method DESC
	) TO STDOUT (FORMAT csv, HEADER);

	\o user_favourites.csv
	COPY (
		SELECT name, favourite, users, share
		FROM (SELECT name, favourite, count(*) AS users, avg(share) AS share, row_number() OVER (PARTITION BY name ORDER BY count(*) DESC, favourite) AS place
			  FROM :"schema".user_favourites WHERE :mine GROUP BY name, favourite HAVING count(*) >= 5) AS f
		WHERE place <= 12 ORDER BY name, place
	) TO STDOUT (FORMAT csv, HEADER);
\else
	\qecho name
	\o item_pairs.csv
	\qecho name
	\o recommendation_quality.csv
	\qecho name
	\o user_favourites.csv
	\qecho name
\endif

\o content_items.csv
\if :has_content
	COPY (
		SELECT item, users, new_users, eligible_users, returned_users, return_rate, return_lower, items
		FROM (SELECT c.*, row_number() OVER (ORDER BY return_lower DESC NULLS LAST, item) AS place, count(*) OVER () AS items FROM :"schema".content_items AS c WHERE :mine) AS c
		WHERE place <= 8 ORDER BY place
	) TO STDOUT (FORMAT csv, HEADER);

	\o content_newcomers.csv
	COPY (
		SELECT item, users, new_users FROM :"schema".content_items WHERE :mine AND new_users > 0 ORDER BY new_users DESC, item LIMIT 8
	) TO STDOUT (FORMAT csv, HEADER);
\else
	\qecho item
	\o content_newcomers.csv
	\qecho item
\endif

\o content_creators.csv
\if :has_creators
	COPY (
		SELECT creator, items, users, events, share, active_days_28, last_item_day, creators, gini
		FROM (SELECT c.*, row_number() OVER (ORDER BY events DESC NULLS LAST, creator) AS place, count(*) OVER () AS creators FROM :"schema".content_creators AS c WHERE :mine) AS c,
			 (SELECT user_ops.gini(user_ops.value_sample(events::numeric)) AS gini FROM :"schema".content_creators WHERE :mine) AS g
		WHERE place <= 8 ORDER BY place
	) TO STDOUT (FORMAT csv, HEADER);
\else
	\qecho creator
\endif

\o contribution_month.csv
\if :has_roles
	COPY (
		SELECT month, role, users, share, retained_next_month, complete::text
		FROM :"schema".contribution_month WHERE :mine AND month >= :'as_of'::date - 731 ORDER BY month, role
	) TO STDOUT (FORMAT csv, HEADER);
\else
	\qecho month
\endif
