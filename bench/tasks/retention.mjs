// Retention: the cohort of a user is the first active period; a cell counts the
// users of a cohort who were active so many periods later. Cells with nobody
// are left out.
import { AS_OF, FIRST_DAY, WEEKS, clickhouse, duckdb, postgres, userOps } from './common.mjs';

const columns = ['cohort', 'period_number', 'users'];

const matrix = (state) => `
SELECT cohort, period_number, retained_users AS users FROM cells((${state})) WHERE retained_users > 0`;

function retention(period, days) {
	// PostgreSQL counts periods as time stamps: date_bin costs a third of what date_trunc and casts to date cost.
	const start = `date_bin('${days} days', event_time, timestamptz '${FIRST_DAY} 00:00Z')`;
	const from_start = `SELECT cohort::date, (period::date - cohort::date) / ${days} AS period_number, count(*) AS users`;
	const duck = `(event_time::DATE - DATE '${FIRST_DAY}') // ${days}`;
	const duckCells = `SELECT DATE '${FIRST_DAY}' + CAST(${days} * first AS INTEGER) AS cohort, period - first AS period_number, count(*) AS users`;
	const click = `toUInt16(intDiv(toUInt32(event_time) - toUInt32(toDateTime('${FIRST_DAY}', 'UTC')), ${days} * 86400))`;
	const clickCells = `SELECT toDate('${FIRST_DAY}') + ${days} * first AS cohort, period - first AS period_number, count() AS users`;

	return [
		...userOps({
			read: (from) => matrix(`SELECT retention(activity, '${period}', date '${AS_OF}') FROM ${from}`),
			direct: matrix(`SELECT retention(p, '${period}', date '${AS_OF}') FROM (SELECT population_agg(user_id, event_time) AS p FROM events) AS scan`),
			needs: ['retention(activity,period,date)'],
			directNeeds: ['retention(population,period,date)'],
		}),

		postgres('usual: distinct, joined', `
WITH active AS (SELECT DISTINCT user_id, ${start} AS period FROM events),
     cohorts AS (SELECT user_id, min(period) AS cohort FROM active GROUP BY user_id)
${from_start}
FROM active JOIN cohorts USING (user_id) GROUP BY cohort, period`),
		postgres('usual: distinct, windowed', `
${from_start}
FROM (SELECT period, min(period) OVER (PARTITION BY user_id) AS cohort
      FROM (SELECT DISTINCT user_id, ${start} AS period FROM events) AS active) AS c
GROUP BY cohort, period`),

		duckdb('list', `
${duckCells}
FROM (SELECT first, unnest(periods) AS period
      FROM (SELECT list(DISTINCT period) AS periods, min(period) AS first
            FROM (SELECT user_id, ${duck} AS period FROM events) GROUP BY user_id))
GROUP BY first, period`),
		duckdb('distinct, windowed', `
${duckCells}
FROM (SELECT period, min(period) OVER (PARTITION BY user_id) AS first
      FROM (SELECT DISTINCT user_id, ${duck} AS period FROM events))
GROUP BY first, period`),
		duckdb('distinct, joined', `
WITH active AS MATERIALIZED (SELECT DISTINCT user_id, ${duck} AS period FROM events),
     cohorts AS (SELECT user_id, min(period) AS first FROM active GROUP BY user_id)
${duckCells}
FROM active JOIN cohorts USING (user_id) GROUP BY first, period`),
		duckdb('distinct, list', `
${duckCells}
FROM (SELECT first, unnest(periods) AS period
      FROM (SELECT list(period) AS periods, min(period) AS first
            FROM (SELECT DISTINCT user_id, ${duck} AS period FROM events) GROUP BY user_id))
GROUP BY first, period`),

		clickhouse('groupUniqArray', `
${clickCells}
FROM (SELECT arrayMin(periods) AS first, arrayJoin(periods) AS period
      FROM (SELECT groupUniqArray(${click}) AS periods FROM events GROUP BY user_id))
GROUP BY first, period`),
		clickhouse('distinct, groupArray', `
${clickCells}
FROM (SELECT arrayMin(periods) AS first, arrayJoin(periods) AS period
      FROM (SELECT groupArray(period) AS periods
            FROM (SELECT user_id, ${click} AS period FROM events GROUP BY user_id, period) GROUP BY user_id))
GROUP BY first, period`),
		clickhouse('distinct, windowed', `
${clickCells}
FROM (SELECT period, min(period) OVER (PARTITION BY user_id) AS first
      FROM (SELECT DISTINCT user_id, ${click} AS period FROM events))
GROUP BY first, period`),
	];
}

// A bit for each week of a user, the first week being the highest of 64.
// width_bucket is PostgreSQL's cheapest way from a time to the number of a week.
export const pgMask = `
(SELECT bit_or(1::bigint << ${WEEKS} - width_bucket(event_time, (
            SELECT array_agg(timestamptz '${FIRST_DAY} 00:00Z' + n * interval '7 days' ORDER BY n)
            FROM generate_series(0, ${WEEKS - 1}) AS n))) AS mask
 FROM events GROUP BY user_id)`;

const bits = Array.from({ length: WEEKS }, (_, n) => n);

const masks = [
	postgres('bit mask, a row for each bit', `
SELECT date '${FIRST_DAY}' + 7 * first AS cohort, week - first AS period_number, sum(users)::bigint AS users
FROM (SELECT position(B'1' IN mask) - 1 AS first, mask, users
      FROM (SELECT mask::bit(64), count(*) AS users FROM ${pgMask} AS u GROUP BY mask) AS m) AS f
CROSS JOIN LATERAL generate_series(first, ${WEEKS - 1}) AS week
WHERE get_bit(mask, week) = 1
GROUP BY first, week`),
	postgres('bit mask, a count for each bit', `
SELECT date '${FIRST_DAY}' + 7 * first AS cohort, number - 1 AS period_number, users
FROM (SELECT first, ARRAY[${bits.map((n) => `count(*) FILTER (WHERE mask & (1::bigint << ${WEEKS - 1 - n}) <> 0)`).join(', ')}] AS counts
      FROM (SELECT first, mask << first AS mask
            FROM (SELECT position(B'1' IN mask::bit(64)) - 1 AS first, mask FROM ${pgMask} AS u OFFSET 0) AS p OFFSET 0) AS f
      GROUP BY first) AS c
CROSS JOIN LATERAL unnest(counts) WITH ORDINALITY AS cell(users, number)
WHERE users > 0`),
	duckdb('bit mask', `
SELECT DATE '${FIRST_DAY}' + CAST(7 * first AS INTEGER) AS cohort, week - first AS period_number, sum(users)::BIGINT AS users
FROM (SELECT first, mask, count(*) AS users
      FROM (SELECT min(week) AS first, bit_or(1::UBIGINT << week) AS mask
            FROM (SELECT user_id, ((event_time::DATE - DATE '${FIRST_DAY}') // 7)::UBIGINT AS week FROM events)
            GROUP BY user_id)
      GROUP BY first, mask), range(${WEEKS}) AS w(week)
WHERE (mask >> week::UBIGINT) & 1 = 1
GROUP BY first, week`),
	duckdb('bit mask, a sum for each bit', `
SELECT cohort, period_number, users
FROM (SELECT DATE '${FIRST_DAY}' + CAST(7 * first AS INTEGER) AS cohort,
             unnest(range(${WEEKS})) AS period_number, unnest(counts)::BIGINT AS users
      FROM (SELECT first, [${bits.map((n) => `sum((mask >> ${n}) & 1)`).join(', ')}] AS counts
            FROM (SELECT first, mask >> first AS mask
                  FROM (SELECT min(week) AS first, bit_or(1::UBIGINT << week) AS mask
                        FROM (SELECT user_id, ((event_time::DATE - DATE '${FIRST_DAY}') // 7)::UBIGINT AS week FROM events)
                        GROUP BY user_id))
            GROUP BY first))
WHERE users > 0`),
	clickhouse('bit mask', `
SELECT toDate('${FIRST_DAY}') + 7 * first AS cohort, week - first AS period_number, sum(users) AS users
FROM (SELECT bitPositionsToArray(mask) AS weeks, weeks[1] AS first, arrayJoin(weeks) AS week, users
      FROM (SELECT mask, count() AS users
            FROM (SELECT groupBitOr(bitShiftLeft(toUInt64(1),
                             intDiv(toUInt32(event_time) - toUInt32(toDateTime('${FIRST_DAY}', 'UTC')), 604800))) AS mask
                  FROM events GROUP BY user_id)
            GROUP BY mask))
GROUP BY first, week`),
];

// Other types of user ids, for user_ops alone, held against the answer for bigint ids.
const withIds = (type) => ({
	name: `weekly retention, ${type} ids`, columns, answer: 'weekly retention',
	forms: userOps({
		read: (from) => matrix(`SELECT retention(activity, 'week', date '${AS_OF}') FROM ${from}`),
		direct: matrix(`SELECT retention(p, 'week', date '${AS_OF}') FROM (SELECT population_agg(user_id, event_time) AS p FROM events_${type}) AS scan`),
		needs: ['retention(activity,period,date)'],
		directNeeds: ['retention(population,period,date)'],
		table: `events_${type}`, type,
	}).filter(({ road }) => road === 'events'),
});

export default [
	{ name: 'weekly retention', columns, forms: [...retention('week', 7), ...masks] },
	{ name: 'daily retention', columns, forms: retention('day', 1) },
	withIds('uuid'),
	withIds('text'),
];
