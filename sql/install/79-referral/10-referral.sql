-- Referral: who invited whom, the tree of it, and growth by word of mouth.

SELECT user_ops_internal.make_state('referrals', 20, 65536,
	'Who invited whom, on which day and how often: a value that merges; referral_tree and referral_counts read it. Some 5 bytes for an invitation of users with small numbers, at most 512 MB');

DO $$
DECLARE
	kind record;
BEGIN
	FOR kind IN
		SELECT * FROM (VALUES ('bigint', 'number', 'numbers', 'users are known by numbers'), ('text', 'text', 'texts', 'users are known by texts, which are compared by their bytes')) AS k (type, suffix, many, says)
	LOOP
		EXECUTE format($sql$
			CREATE FUNCTION user_ops_internal.referral_add(referrals, %1$s, %1$s, date) RETURNS referrals
				AS 'MODULE_PATHNAME', 'user_ops_referral_add_%2$s'
				LANGUAGE c IMMUTABLE PARALLEL SAFE COST 5;
			COMMENT ON FUNCTION user_ops_internal.referral_add(referrals, %1$s, %1$s, date) IS 'Transition function of referral_agg';

			CREATE AGGREGATE referral_agg(inviter %1$s, invitee %1$s, day date) (
				SFUNC = referral_add, STYPE = referrals, SSPACE = 65536,
				FINALFUNC = referrals_final, COMBINEFUNC = merge, PARALLEL = SAFE
			);
			COMMENT ON AGGREGATE referral_agg(%1$s, %1$s, date) IS %4$L;

			CREATE FUNCTION referral_tree(referrals referrals, as_of date, id_type %1$s)
				RETURNS TABLE (user_id %1$s, inviter %1$s, invited_on date, root %1$s, generation integer, direct bigint, descendants bigint, cut boolean)
				AS 'MODULE_PATHNAME', 'user_ops_referral_tree_of_%3$s'
				LANGUAGE c IMMUTABLE PARALLEL SAFE COST 100000 ROWS 10000;
			COMMENT ON FUNCTION referral_tree(referrals, date, %1$s) IS %5$L;

			CREATE FUNCTION user_ops_internal.referral_places(referrals, date, %1$s)
				RETURNS TABLE (user_id %1$s, inviter %1$s, invited_on date, root %1$s, generation integer, direct bigint, descendants bigint, cut boolean, place bigint)
				AS 'MODULE_PATHNAME', 'user_ops_referral_tree_of_%3$s'
				LANGUAGE c IMMUTABLE PARALLEL SAFE COST 100000 ROWS 10000;
			COMMENT ON FUNCTION user_ops_internal.referral_places(referrals, date, %1$s) IS
				'referral_tree with a place for each user, from 1: behind it stand those of his descendants'
			$sql$, kind.type, kind.suffix, kind.many,
			'Referral: Who invited whom, of all invitations; ' || kind.says || '. Rows with a NULL are skipped; NULL over none',
			'Referral: A row for each user of an invitation before as_of, by id; ' || kind.says || '. The inviter of the earliest day, of one day the smaller one; of a circle the latest invitation is cut. root, who has no inviter; generation, 0 for a root; descendants, those whom he brought himself (direct) and all behind them. id_type: a NULL of the type of the ids; another one is 42804');
	END LOOP;
END $$;

CREATE FUNCTION referral_counts(referrals referrals, as_of date, OUT invitations bigint, OUT users bigint, OUT invited_users bigint, OUT roots bigint,
								OUT self_invites bigint, OUT duplicates bigint, OUT cut_edges bigint, OUT max_generation bigint)
	AS 'MODULE_PATHNAME', 'user_ops_referral_counts'
	LANGUAGE c IMMUTABLE PARALLEL SAFE COST 100000;
COMMENT ON FUNCTION referral_counts(referrals, date) IS
	'Referral: Rows before as_of and what became of them: invitations = invited_users + duplicates + self_invites + cut_edges; users = invited_users + roots';

CREATE FUNCTION viral_users(users double precision, k double precision, cycle_days double precision, days double precision) RETURNS double precision
	AS 'MODULE_PATHNAME', 'user_ops_viral_users'
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 5;
COMMENT ON FUNCTION viral_users(double precision, double precision, double precision, double precision) IS
	'Referral: Users after so many days, if each brings k others in every cycle once: users * (k^(days / cycle_days + 1) - 1) / (k - 1). A scale for comparing programmes, no forecast: nothing grows by k > 1 for long';
