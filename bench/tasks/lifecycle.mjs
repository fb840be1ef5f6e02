// Weekly lifecycle: in each week the users who are new, were there the week
// before (returning), were there only before that (resurrected), or were there
// the week before and are not now (dormant).
import { AS_OF, FIRST_DAY, WEEKS, clickhouse, duckdb, postgres, userOps } from './common.mjs';
import { pgMask } from './retention.mjs';

const cells = (state) => `
SELECT period_start AS week, new_users, returning_users, resurrected_users, dormant_users FROM cells((${state}))`;

// From a row for each user's active week, its number with those before and
// after it. No week is without users, so that who leaves after one is dormant
// in the next row.
const counted = (active, start) => `
SELECT ${start} AS week, new_users, returning_users, resurrected_users,
       coalesce(lag(leaving_users) OVER (ORDER BY number), 0) AS dormant_users
FROM (SELECT number,
             count(CASE WHEN prior IS NULL THEN 1 END) AS new_users,
             count(CASE WHEN prior = number - 1 THEN 1 END) AS returning_users,
             count(CASE WHEN prior < number - 1 THEN 1 END) AS resurrected_users,
             count(CASE WHEN next IS NULL OR next > number + 1 THEN 1 END) AS leaving_users
      FROM (${active}) AS a GROUP BY number) AS c`;

const windowed = (distinct) => `
SELECT number, lag(number) OVER w AS prior, lead(number) OVER w AS next
FROM (${distinct}) AS d WINDOW w AS (PARTITION BY user_id ORDER BY number)`;

// From distinct masks: what each says of each week.
const fromMasks = (masks, start, is, was) => `
SELECT ${start} AS week,
       sum(CASE WHEN ${is} AND first = number THEN users ELSE 0 END) AS new_users,
       sum(CASE WHEN ${is} AND ${was} THEN users ELSE 0 END) AS returning_users,
       sum(CASE WHEN ${is} AND first < number AND NOT ${was} THEN users ELSE 0 END) AS resurrected_users,
       sum(CASE WHEN NOT ${is} AND ${was} THEN users ELSE 0 END) AS dormant_users
FROM ${masks} GROUP BY number`;

const pgStart = `date '${FIRST_DAY}' + 7 * number`;
const duckWeek = `CAST((event_time::DATE - DATE '${FIRST_DAY}') // 7 AS INTEGER)`;
const duckStart = `DATE '${FIRST_DAY}' + CAST(7 * number AS INTEGER)`;
const clickWeek = `intDiv(toUInt32(event_time) - toUInt32(toDateTime('${FIRST_DAY}', 'UTC')), 604800)`;
const clickStart = `toDate('${FIRST_DAY}') + 7 * number`;

export default [{
	name: 'weekly lifecycle',
	columns: ['week', 'new_users', 'returning_users', 'resurrected_users', 'dormant_users'],
	forms: [
		...userOps({
			read: (from) => cells(`SELECT lifecycle(activity, 'week', date '${AS_OF}') FROM ${from}`),
			direct: cells(`SELECT lifecycle(p, 'week', date '${AS_OF}') FROM (SELECT population_agg(user_id, event_time) AS p FROM events) AS scan`),
			needs: ['lifecycle(activity,period,date)'],
			directNeeds: ['lifecycle(population,period,date)'],
		}),

		postgres('usual: distinct, lag and lead', counted(windowed(`
SELECT user_id, (week::date - date '${FIRST_DAY}') / 7 AS number
FROM (SELECT DISTINCT user_id, date_bin('7 days', event_time, timestamptz '${FIRST_DAY} 00:00Z') AS week FROM events) AS e`), pgStart)),
		postgres('bit mask', fromMasks(`
(SELECT position(B'1' IN mask) - 1 AS first, mask, users
 FROM (SELECT mask::bit(64), count(*) AS users FROM ${pgMask} AS u GROUP BY mask) AS g) AS m
CROSS JOIN LATERAL generate_series(first, ${WEEKS - 1}) AS number`,
			pgStart, 'get_bit(mask, number) = 1', '(number > first AND get_bit(mask, number - 1) = 1)')),

		duckdb('distinct, lag and lead', counted(windowed(
			`SELECT DISTINCT user_id, ${duckWeek} AS number FROM events`), duckStart)),
		duckdb('list', counted(`
SELECT unnest(weeks) AS number, unnest([NULL] || weeks[:-2]) AS prior, unnest(weeks[2:] || [NULL]) AS next
FROM (SELECT list_sort(list(DISTINCT ${duckWeek})) AS weeks FROM events GROUP BY user_id)`, duckStart)),
		duckdb('bit mask', fromMasks(`
(SELECT first, mask, count(*) AS users
 FROM (SELECT min(week) AS first, bit_or(1::UBIGINT << week) AS mask
       FROM (SELECT user_id, ${duckWeek}::UBIGINT AS week FROM events) GROUP BY user_id)
 GROUP BY first, mask), (SELECT CAST(range AS UBIGINT) AS number FROM range(${WEEKS}))`,
			duckStart, '((mask >> number) & 1 = 1)', '(number > 0 AND (mask >> (greatest(number, 1) - 1)) & 1 = 1)')),

		clickhouse('groupUniqArray', counted(`
SELECT number, nullIf(before, -1) AS prior, nullIf(after, -1) AS next
FROM (SELECT arraySort(groupUniqArray(toInt16(${clickWeek}))) AS weeks FROM events GROUP BY user_id)
ARRAY JOIN weeks AS number, arrayPushFront(arrayPopBack(weeks), -1) AS before, arrayPushBack(arrayPopFront(weeks), -1) AS after`, clickStart)),
		clickhouse('distinct, lag and lead', counted(`
SELECT number, lagInFrame(toNullable(number)) OVER w AS prior, leadInFrame(toNullable(number)) OVER w AS next
FROM (SELECT DISTINCT user_id, toInt16(${clickWeek}) AS number FROM events)
WINDOW w AS (PARTITION BY user_id ORDER BY number ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)`, clickStart)),
		clickhouse('bit mask', fromMasks(`
(SELECT bitPositionsToArray(mask)[1] AS first, mask, users
 FROM (SELECT mask, count() AS users
       FROM (SELECT groupBitOr(bitShiftLeft(toUInt64(1), ${clickWeek})) AS mask FROM events GROUP BY user_id) GROUP BY mask)) AS m
CROSS JOIN (SELECT number FROM numbers(${WEEKS})) AS w`,
			clickStart, 'bitTest(mask, number)', '(number > 0 AND bitTest(mask, greatest(number, 1) - 1))')),
	],
}];
