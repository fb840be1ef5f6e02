-- What users are worth: purchases to come times what one brings, discounted.

CREATE FUNCTION clv(purchases purchase_model, spend spend_model, activity activity, as_of date,
					horizon_days integer, annual_discount double precision)
	RETURNS double precision
	AS 'MODULE_PATHNAME', 'user_ops_activity_clv'
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 300;
COMMENT ON FUNCTION clv(purchase_model, spend_model, activity, date, integer, double precision) IS
	'Lifetime value: Customer lifetime value: the net amount expected of a user in the next horizon_days, from what purchase days to come (purchase_model) are expected to bring (spend_model) net of refunds, on later days too (net_share), month by month (365.25 / 12 days), each discounted by its end at the annual rate. NULL without a purchase day, or where the expected spend is undefined';

CREATE FUNCTION unlimited_clv(purchases purchase_model, spend spend_model, activity activity,
							  as_of date, annual_discount double precision)
	RETURNS double precision
	AS 'MODULE_PATHNAME', 'user_ops_unlimited_clv'
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 500;
COMMENT ON FUNCTION unlimited_clv(purchase_model, spend_model, activity, date, double precision) IS
	'Lifetime value: Customer lifetime value over all the future: every purchase day to come, net of refunds as in clv, is discounted continuously at the annual rate, which must be above 0. NULL without a purchase day, or where the expected spend is undefined';

CREATE FUNCTION clv(purchases purchase_model, spend spend_model, x bigint, t_x double precision,
					age double precision, mean_value double precision, steps integer,
					step double precision, discount double precision)
	RETURNS double precision
	AS 'MODULE_PATHNAME', 'user_ops_clv'
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 300;
COMMENT ON FUNCTION clv(purchase_model, spend_model, bigint, double precision, double precision, double precision, integer, double precision, double precision) IS
	'Lifetime value: Customer lifetime value over so many steps, from numbers: x repeat purchases with this mean value, the last one t_x after the first, age since the first; times and step in the unit of the purchase model, the discount per step. mean_value does not matter if x is 0. Refunds are deducted by the net_share of the model';
