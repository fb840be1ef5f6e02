// DAU, WAU and MAU of each day: distinct users of the last 1, 7 and 30 days.
//
// Counting distinct users of every window anew costs every system minutes. So
// all count each active day of a user once, up to the user's next one: it adds
// a user on that day, and takes one away 7 (30) days later or on the next
// active day, whichever is first. ClickHouse can also merge bitmaps.
import { AS_OF, FIRST_DAY, clickhouse, duckdb, postgres, userOps } from './common.mjs';

const columns = ['day', 'dau', 'wau', 'mau'];

// From (number of the day, days to the next active one or 30, users).
const rolling = (gaps, start) => `
WITH gaps AS MATERIALIZED (${gaps})
SELECT ${start} AS day, dau, wau, mau
FROM (SELECT number, sum(dau) AS dau, sum(sum(wau)) OVER (ORDER BY number) AS wau, sum(sum(mau)) OVER (ORDER BY number) AS mau
      FROM (SELECT number, users AS dau, users AS wau, users AS mau FROM gaps
            UNION ALL SELECT number + least(gap, 7), 0, -users, 0 FROM gaps
            UNION ALL SELECT number + gap, 0, 0, -users FROM gaps) AS t
      GROUP BY number) AS s
WHERE dau > 0`;

// The same for ClickHouse, which would compute a CTE anew at each use.
const clickRolling = (gaps) => `
SELECT toDate('${FIRST_DAY}') + number AS day, dau, wau, mau
FROM (SELECT number, sum(t.2) AS dau, sum(sum(t.3)) OVER (ORDER BY number) AS wau, sum(sum(t.4)) OVER (ORDER BY number) AS mau
      FROM (SELECT arrayJoin([(active, users, users, users), (active + least(gap, 7), 0, -users, 0), (active + gap, 0, 0, -users)]) AS t, t.1 AS number
            FROM (${gaps}))
      GROUP BY number)
WHERE dau > 0`;

const windowed = (distinct) => `
SELECT number, gap, count(*) AS users
FROM (SELECT number, least(30, coalesce(lead(number) OVER (PARTITION BY user_id ORDER BY number) - number, 30)) AS gap
      FROM (${distinct}) AS d) AS g
GROUP BY number, gap`;

const pgStart = `date '${FIRST_DAY}' + number`;
const duckDay = `CAST(event_time::DATE - DATE '${FIRST_DAY}' AS INTEGER)`;
const duckStart = `DATE '${FIRST_DAY}' + CAST(number AS INTEGER)`;
const clickDay = `toInt16(toDate(event_time) - toDate('${FIRST_DAY}'))`;

const direct = (state) => `SELECT day, dau, wau, mau FROM cells((${state})) WHERE dau > 0`;

export default [{
	name: 'rolling DAU, WAU, MAU', columns,
	forms: [
		...userOps({
			read: (from) => direct(`SELECT engagement(activity, date '${AS_OF}') FROM ${from}`),
			direct: direct(`SELECT engagement(p, date '${AS_OF}') FROM (SELECT population_agg(user_id, event_time) AS p FROM events) AS scan`),
			needs: ['engagement(activity,date)'],
			directNeeds: ['engagement(population,date)'],
		}),
		...userOps({
			read: (from) => rolling(`
SELECT number, gap, count(*) AS users
FROM ${from}, LATERAL (
	SELECT day - date '${FIRST_DAY}' AS number, least(30, coalesce(lead(day) OVER (ORDER BY day) - day, 30)) AS gap
	FROM days(activity)) AS d
GROUP BY number, gap`, pgStart),
			needs: ['days(activity,date)'],
		}).map((f) => ({ ...f, name: `${f.name}, days() and SQL` })),

		postgres('usual: distinct, lead', rolling(windowed(`
SELECT user_id, day::date - date '${FIRST_DAY}' AS number
FROM (SELECT DISTINCT user_id, date_bin('1 day', event_time, timestamptz '${FIRST_DAY} 00:00Z') AS day FROM events) AS e`), pgStart)),

		duckdb('distinct, lead', rolling(windowed(
			`SELECT DISTINCT user_id, ${duckDay} AS number FROM events`), duckStart)),
		duckdb('list', rolling(`
SELECT number, least(30, coalesce(next - number, 30)) AS gap, count(*) AS users
FROM (SELECT unnest(days) AS number, unnest(days[2:] || [NULL]) AS next
      FROM (SELECT list_sort(list(DISTINCT ${duckDay})) AS days FROM events GROUP BY user_id))
GROUP BY number, gap`, duckStart)),

		clickhouse('groupUniqArray', clickRolling(`
SELECT active, least(30, next - active) AS gap, toInt64(count()) AS users
FROM (SELECT arraySort(groupUniqArray(${clickDay})) AS days FROM events GROUP BY user_id)
ARRAY JOIN days AS active, arrayPushBack(arrayPopFront(days), 10000) AS next
GROUP BY active, gap`)),
		clickhouse('distinct, lead', clickRolling(`
SELECT active, least(30, next - active) AS gap, toInt64(count()) AS users
FROM (SELECT active, leadInFrame(active, 1, toInt16(10000)) OVER (PARTITION BY user_id ORDER BY active ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS next
      FROM (SELECT DISTINCT user_id, ${clickDay} AS active FROM events))
GROUP BY active, gap`)),
		clickhouse('bitmaps', `
SELECT day, groupBitmapMerge(users) OVER (ORDER BY day RANGE BETWEEN CURRENT ROW AND CURRENT ROW) AS dau,
       groupBitmapMerge(users) OVER (ORDER BY day RANGE BETWEEN 6 PRECEDING AND CURRENT ROW) AS wau,
       groupBitmapMerge(users) OVER (ORDER BY day RANGE BETWEEN 29 PRECEDING AND CURRENT ROW) AS mau
FROM (SELECT toDate(event_time) AS day, groupBitmapState(toUInt64(user_id)) AS users FROM events GROUP BY day)`),
	],
}];
