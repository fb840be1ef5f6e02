-- Is a value as usual?

CREATE FUNCTION robust_z(value double precision, history double precision[], z_limit double precision DEFAULT 3.5,
						 OUT expected double precision, OUT z double precision, OUT lower double precision, OUT upper double precision, OUT status text)
	AS 'MODULE_PATHNAME', 'user_ops_robust_z'
	LANGUAGE c IMMUTABLE PARALLEL SAFE COST 10;
COMMENT ON FUNCTION robust_z(double precision, double precision[], double precision) IS
	'Alerts: How far a value is from what its history lets expect: expected, the median of the history; z, the distance in robust standard deviations (from the median absolute deviation; where that is 0, from the mean absolute one); lower and upper, z_limit of them away; status, alert beyond these, ok, or too_few where fewer than 4 values are known. z is NULL where the history never varies and the value is another: that is an alert, too. NULLs in the history do not count';
