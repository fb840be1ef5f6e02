-- Small cells of what is published.

CREATE FUNCTION suppress(counts bigint[], k integer, total_published boolean DEFAULT true, OUT hide boolean[], OUT hide_total boolean)
	AS 'MODULE_PATHNAME', 'user_ops_suppress'
	LANGUAGE c IMMUTABLE PARALLEL SAFE COST 10;
COMMENT ON FUNCTION suppress(bigint[], integer, boolean) IS
	'Privacy: Which counts of one published line, whose counts add up to its total, must be hidden so that none from 1 to k - 1 can be read off it. hide: these; and, where the total is published and they could be worked out from it (one alone, together fewer than k, or each of them 1), the smallest other one above 0, the first of equal ones. hide_total: there is no other one, or the total itself is from 1 to k - 1; false where the total is not published. Zeros stay. It does not stop anybody from comparing several tables, dates or breakdowns. NULL for NULL counts; a count that is NULL is an error (22004), as is one below 0 or k below 1 (22023)';
