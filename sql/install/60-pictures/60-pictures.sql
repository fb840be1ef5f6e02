-- Pictures for the terminal: bars, lines and a heat map as text.  Unicode blocks
-- in a database whose encoding is UTF-8, ASCII in any other.

CREATE FUNCTION bar(value double precision, maximum double precision, width integer DEFAULT 20)
	RETURNS text
	AS 'MODULE_PATHNAME', 'user_ops_bar'
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 2;
COMMENT ON FUNCTION bar(double precision, double precision, integer) IS
	'Pictures: A bar as long as the value is of the maximum, which takes width characters: bar(users, max(users) OVER ()). Empty for values of 0 and less; # instead of blocks where the encoding is not UTF-8';

CREATE FUNCTION sparkline(series double precision[]) RETURNS text
	AS 'MODULE_PATHNAME', 'user_ops_sparkline'
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 5;
COMMENT ON FUNCTION sparkline(double precision[]) IS
	'Pictures: A character for each value, as high as the value between the lowest and the highest; a space for NULL; .:-=+*#@ instead of blocks where the encoding is not UTF-8';

CREATE FUNCTION user_ops_internal.sparkline_add(double precision[], double precision) RETURNS double precision[]
	AS 'MODULE_PATHNAME', 'user_ops_sparkline_add'
	LANGUAGE c IMMUTABLE PARALLEL SAFE COST 2;
COMMENT ON FUNCTION user_ops_internal.sparkline_add(double precision[], double precision) IS
	'Transition function of sparkline';

-- without a combine function: rows have an order, and parts have none
CREATE AGGREGATE sparkline(value double precision) (
	SFUNC = sparkline_add, STYPE = double precision[], SSPACE = 1024,
	FINALFUNC = sparkline, PARALLEL = SAFE
);
COMMENT ON AGGREGATE sparkline(double precision) IS
	'Pictures: The values of the rows as a line, in the order that is given: sparkline(dau ORDER BY day)';

CREATE FUNCTION heatmap(matrix retention_matrix) RETURNS SETOF text
	AS 'MODULE_PATHNAME', 'user_ops_heatmap'
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 20 ROWS 50;
COMMENT ON FUNCTION heatmap(retention_matrix) IS
	'Pictures: A retention matrix as lines of text: per cent of each cohort by period number, the darker the more; * where the period was not over at as_of; all: the pooled curve. \crosstabview draws the cells as a table: SELECT cohort, period_number, retained_users FROM cells(matrix) \crosstabview';
