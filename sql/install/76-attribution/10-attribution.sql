-- Who gets the credit for the conversions of one user, by rules; and the paths for models.

CREATE TYPE attribution_model AS ENUM ('first', 'last', 'last_non_direct', 'linear', 'time_decay', 'u_shaped', 'j_shaped', 'inverse_j', 'custom', 'participation');
COMMENT ON TYPE attribution_model IS
	'How a conversion is shared among its touches: first, last, last_non_direct: one of them gets it; linear: equally; time_decay: half as much each half_life before the last one; u_shaped, j_shaped, inverse_j: 40, 20, 40; 20, 20, 60; 60, 20, 20 percent for the first, all between, the last; custom: by weights like those; participation: each channel gets all of it';

CREATE TYPE attribution_which AS ENUM ('each', 'first', 'last');
COMMENT ON TYPE attribution_which IS 'Which conversions of a user count: each, or only the first or the last one';

CREATE FUNCTION attribution(journey journey, conversion text[], model attribution_model, lookback interval DEFAULT '30 days', half_life interval DEFAULT '7 days',
							weights numeric[] DEFAULT NULL, direct text[] DEFAULT '{direct}', non_direct boolean DEFAULT false, exclusive boolean DEFAULT false,
							which attribution_which DEFAULT 'each', decimals integer DEFAULT 2, as_of timestamptz DEFAULT NULL)
	RETURNS TABLE (converted_at timestamptz, channel text, touches integer, credit numeric, amount numeric)
	AS 'MODULE_PATHNAME', 'user_ops_attribution'
	LANGUAGE c IMMUTABLE PARALLEL SAFE COST 20 ROWS 5;
COMMENT ON FUNCTION attribution(journey, text[], attribution_model, interval, interval, numeric[], text[], boolean, boolean, attribution_which, integer, timestamptz) IS
	'Attribution: A row for each conversion of a user and channel that led to it. Events named in conversion are conversions, all others are touches, and their names are the channels. Touches count up to the conversion, from lookback before it, both inclusive; exclusive: only behind the previous instant with a conversion. non_direct puts touches named in direct aside if others are left. Credits are multiples of 10^-12 that sum to 1, amounts have decimals decimals, or as many as the amount, and sum to it (participation: each channel gets all). Without a touch: (direct), 0 touches. as_of: rows before it, NULL: all';

CREATE FUNCTION attribution_paths(journey journey, conversion text[], lookback interval, as_of timestamptz)
	RETURNS TABLE (channels text[], converted boolean, amount numeric, open boolean)
	AS 'MODULE_PATHNAME', 'user_ops_attribution_paths'
	LANGUAGE c IMMUTABLE PARALLEL SAFE COST 20 ROWS 2;
COMMENT ON FUNCTION attribution_paths(journey, text[], interval, timestamptz) IS
	'Attribution: The paths of a user, for markov_attribution and shapley_attribution: the channels of each conversion in order, of touches up to lookback before it and behind the previous instant with a conversion, {} without any; then the touches behind the last conversion, which did not convert, or are open, and to be left out, while lookback behind the last of them reaches as_of';

CREATE FUNCTION attribution_paths(journey journey, conversion text[], lookback interval, as_of date)
	RETURNS TABLE (channels text[], converted boolean, amount numeric, open boolean)
	LANGUAGE sql IMMUTABLE PARALLEL SAFE COST 20 ROWS 2
BEGIN ATOMIC
	SELECT p.channels, p.converted, p.amount, p.open FROM attribution_paths(journey, conversion, lookback, as_of::timestamp AT TIME ZONE 'UTC') AS p;
END;
COMMENT ON FUNCTION attribution_paths(journey, text[], interval, date) IS
	'Attribution: The paths of a user, as_of the midnight in UTC with which that day begins';
