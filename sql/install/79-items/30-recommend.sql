-- What to offer a user, by the affinity of items.

DO $$
DECLARE
	kind record;
BEGIN
	FOR kind IN
		SELECT * FROM (VALUES ('bigint', 'number'), ('text', 'text')) AS k (type, suffix)
	LOOP
		EXECUTE format($sql$
			CREATE FUNCTION recommend(affinity item_affinity, basket basket, as_of date, item_type %1$s, top integer DEFAULT 10, measure item_measure DEFAULT 'cosine',
									  neighbours integer DEFAULT 50, min_users integer DEFAULT 2, keep_own boolean DEFAULT false)
				RETURNS TABLE (item %1$s, place integer, score double precision, reason text)
				AS 'MODULE_PATHNAME', 'user_ops_recommend_%2$s'
				LANGUAGE c IMMUTABLE PARALLEL SAFE COST 200 ROWS 10;
			COMMENT ON FUNCTION recommend(item_affinity, basket, date, %1$s, integer, item_measure, integer, integer, boolean) IS %3$L
			$sql$, kind.type, kind.suffix,
			'Items: What to offer a user by his basket before as_of: at most top items that he has not, place from 1. score: the sum of the measure over those of his items that have it among their nearest neighbours; of as high ones the more popular, then the smaller item; reason similar. If there are fewer, the most popular ones follow, score NULL, reason popular; so they do for a NULL basket. keep_own: items that he has may be offered, too. item_type: a NULL of the type of the items; another one is 42804. The affinity is decoded once a query');
	END LOOP;
END $$;
