// One row for each user: last day, events and amount; the whole activity; RFM.
import { AS_OF, clickhouse, duckdb, form, postgres, userOps } from './common.mjs';

// --- the floor: reading the table ---------------------------------------------

const count = {
	name: 'count(*)', columns: ['events'],
	forms: [form('floor', 'count(*)', 'SELECT count(*) AS events FROM events')],
};

// --- last day, events and amount ------------------------------------------------

const maxCountSum = (day) => `
SELECT user_id, ${day('max(event_time)')} AS last_day, count(*) AS events, coalesce(sum(amount), 0) AS amount
FROM events GROUP BY user_id`;

const totals = {
	name: 'max, count, sum per user', columns: ['user_id', 'last_day', 'events', 'amount:decimal'],
	forms: [
		...userOps({
			read: (from) => `
SELECT user_id, last_day(activity) AS last_day, events(activity) AS events, amount(activity) AS amount FROM ${from}`,
			amount: ', amount',
		}),
		postgres('usual: GROUP BY', maxCountSum((t) => `${t}::date`)),
		duckdb('GROUP BY', maxCountSum((t) => `${t}::DATE`)),
		clickhouse('GROUP BY', maxCountSum((t) => `toDate(${t})`)),
	],
};

// --- one activity per user --------------------------------------------------------

// Peers build a list of days with their counts; check unrolls the values.
const perDay = (day) => `
SELECT user_id, ${day} AS day, count(*) AS events, count(CASE WHEN amount >= 0 THEN 1 END) AS purchases,
       coalesce(sum(amount), 0) AS net
FROM events GROUP BY user_id, day`;

const activity = {
	name: 'one activity per user', columns: ['user_id', 'day', 'events', 'purchases', 'amount:decimal'],
	check: {
		user_ops: (sql) => `SELECT user_id, d.* FROM (${sql}) AS s, LATERAL days(activity) AS d`,
		postgres: (sql) => `SELECT user_id, d.* FROM (${sql}) AS s, LATERAL unnest(days, events, purchases, amounts) AS d(day, events, purchases, amount)`,
		duckdb: (sql) => `SELECT user_id, unnest(days, recursive := true) FROM (${sql})`,
		clickhouse: (sql) => `SELECT user_id, d.1 AS day, d.2 AS events, d.3 AS purchases, d.4 AS amount FROM (${sql}) ARRAY JOIN days AS d`,
	},
	forms: [
		...userOps({ read: (from) => `SELECT user_id, activity FROM ${from}`, amount: ', amount' }).filter(({ road }) => road === 'events'),
		postgres('usual: days, array_agg', `
SELECT user_id, array_agg(day::date) AS days, array_agg(events) AS events, array_agg(purchases) AS purchases, array_agg(net) AS amounts
FROM (${perDay("date_bin('1 day', event_time, timestamptz '2024-01-01 00:00Z')")}) AS d GROUP BY user_id`),
		duckdb('days, list', `
SELECT user_id, list({day: day, events: events, purchases: purchases, amount: net}) AS days
FROM (${perDay('event_time::DATE')}) GROUP BY user_id`),
		clickhouse('days, groupArray', `
SELECT user_id, groupArray((day, events, purchases, net)) AS days
FROM (${perDay('toDate(event_time)')}) GROUP BY user_id`),
		clickhouse('groupArray, sumMap', `
SELECT user_id, arrayZip(sums.1, sums.2, sums.3, sums.4) AS days
FROM (SELECT user_id, sumMap([toDate(event_time)], [toUInt32(1)], [toUInt32(ifNull(amount >= 0, 0))], [ifNull(amount, 0)]) AS sums
      FROM events GROUP BY user_id)`),
	],
};

// --- RFM ---------------------------------------------------------------------------

// recency: days since the last purchase; frequency: days with a purchase;
// monetary: net amount. Scores by the quantiles of the users with a purchase,
// linearly interpolated; equal values get equal scores.
const cut = (list, comparison) => [1, 2, 3, 4].map((i) => `(${list}[${i}] ${comparison})::int`).join(' + ');
const scores = `
SELECT user_id, recency_days, frequency, monetary,
       CASE WHEN frequency > 0 THEN 1 + ${cut('r', '>= recency_days')} END AS r_score,
       CASE WHEN frequency > 0 THEN 1 + ${cut('f', '< frequency')} END AS f_score,
       CASE WHEN frequency > 0 THEN 1 + ${cut('m', '< monetary')} END AS m_score
FROM users, cuts`;

const pgScored = (users) => `
WITH users AS MATERIALIZED (${users}),
     cuts AS (SELECT percentile_cont(ARRAY[.2, .4, .6, .8]) WITHIN GROUP (ORDER BY recency_days) AS r,
                     percentile_cont(ARRAY[.2, .4, .6, .8]) WITHIN GROUP (ORDER BY frequency) AS f,
                     percentile_cont(ARRAY[.2, .4, .6, .8]) WITHIN GROUP (ORDER BY monetary) AS m
              FROM users WHERE frequency > 0)
${scores}`;

const duckScored = (users) => `
WITH users AS MATERIALIZED (${users}),
     cuts AS (SELECT quantile_cont(recency_days::DOUBLE, [.2, .4, .6, .8]) AS r,
                     quantile_cont(frequency::DOUBLE, [.2, .4, .6, .8]) AS f,
                     quantile_cont(monetary::DOUBLE, [.2, .4, .6, .8]) AS m
              FROM users WHERE frequency > 0)
${scores}`;

// ClickHouse would compute a CTE anew at each use; a window over everybody is computed once.
const clickScored = (users) => `
SELECT user_id, recency_days, frequency, monetary,
       if(frequency > 0, 1 + arrayCount(c -> c >= assumeNotNull(recency_days), r), NULL) AS r_score,
       if(frequency > 0, 1 + arrayCount(c -> c < frequency, f), NULL) AS f_score,
       if(frequency > 0, 1 + arrayCount(c -> c < toFloat64(monetary), m), NULL) AS m_score
FROM (SELECT *,
             quantilesExactInclusiveIf(.2, .4, .6, .8)(assumeNotNull(recency_days), frequency > 0) OVER () AS r,
             quantilesExactInclusiveIf(.2, .4, .6, .8)(frequency, frequency > 0) OVER () AS f,
             quantilesExactInclusiveIf(.2, .4, .6, .8)(toFloat64(monetary), frequency > 0) OVER () AS m
      FROM (${users}))`;
const clickTwice = (users) => `
WITH users AS (${users}),
     (SELECT (quantilesExactInclusive(.2, .4, .6, .8)(assumeNotNull(recency_days)), quantilesExactInclusive(.2, .4, .6, .8)(frequency),
              quantilesExactInclusive(.2, .4, .6, .8)(toFloat64(monetary))) FROM users WHERE frequency > 0) AS cuts
SELECT user_id, recency_days, frequency, monetary,
       if(frequency > 0, 1 + arrayCount(c -> c >= assumeNotNull(recency_days), cuts.1), NULL) AS r_score,
       if(frequency > 0, 1 + arrayCount(c -> c < frequency, cuts.2), NULL) AS f_score,
       if(frequency > 0, 1 + arrayCount(c -> c < toFloat64(monetary), cuts.3), NULL) AS m_score
FROM users`;

const clickUsers = (days) => `
SELECT user_id, toDate('${AS_OF}') - toDate(maxOrNullIf(event_time, amount >= 0)) AS recency_days,
       ${days} AS frequency, ifNull(sum(amount), 0) AS monetary
FROM events GROUP BY user_id`;
const clickJoined = `
SELECT user_id, recency_days, frequency, ifNull(spent, 0) AS monetary
FROM (SELECT DISTINCT user_id FROM events) AS u
LEFT JOIN (SELECT user_id, toDate('${AS_OF}') - max(day) AS recency_days, count(day) AS frequency, sum(monetary) AS spent
           FROM (SELECT user_id, if(amount >= 0, toNullable(toDate(event_time)), NULL) AS day, sum(amount) AS monetary
                 FROM events WHERE amount IS NOT NULL GROUP BY user_id, day)
           GROUP BY user_id) AS p USING (user_id)`;

const rfm = {
	name: 'RFM scores', columns: ['user_id', 'recency_days', 'frequency', 'monetary:decimal', 'r_score', 'f_score', 'm_score'],
	forms: [
		...userOps({
			read: (from) => `
WITH users AS MATERIALIZED (SELECT user_id, activity FROM ${from}),
     fitted AS MATERIALIZED (SELECT rfm_model(activity, date '${AS_OF}') AS model FROM users)
SELECT user_id, (r).recency_days, (r).frequency, (r).monetary, (r).r_score, (r).f_score, (r).m_score
FROM (SELECT user_id, rfm(model, activity, date '${AS_OF}') AS r FROM users, fitted OFFSET 0) AS s`,
			direct: `
SELECT (r).user_id, (r).recency_days, (r).frequency, (r).monetary, (r).r_score, (r).f_score, (r).m_score
FROM (SELECT rfm_scores(p, rfm_model(p, date '${AS_OF}'), date '${AS_OF}', NULL::bigint) AS r
      FROM (SELECT population_agg(user_id, event_time, amount) AS p FROM events) AS x OFFSET 0) AS s`,
			amount: ', amount',
			needs: ['rfm_model(activity,date)'],
			directNeeds: ['rfm_scores(population,rfm_model,date,anyelement)', 'rfm_model(population,date)'],
		}),

		postgres('usual: count(DISTINCT day)', pgScored(`
SELECT user_id, date '${AS_OF}' - (max(event_time) FILTER (WHERE amount >= 0))::date AS recency_days,
       count(DISTINCT date_bin('1 day', event_time, timestamptz '2024-01-01 00:00Z')) FILTER (WHERE amount >= 0) AS frequency,
       coalesce(sum(amount), 0) AS monetary
FROM events GROUP BY user_id`)),
		postgres('users joined to purchases', pgScored(`
SELECT user_id, recency_days, coalesce(frequency, 0) AS frequency, coalesce(monetary, 0) AS monetary
FROM (SELECT DISTINCT user_id FROM events) AS u
LEFT JOIN (SELECT user_id, date '${AS_OF}' - max(day)::date AS recency_days, count(day) AS frequency, sum(monetary) AS monetary
           FROM (SELECT user_id, CASE WHEN amount >= 0 THEN date_bin('1 day', event_time, timestamptz '2024-01-01 00:00Z') END AS day,
                        sum(amount) AS monetary
                 FROM events WHERE amount IS NOT NULL GROUP BY 1, 2) AS d
           GROUP BY user_id) AS p USING (user_id)`)),

		duckdb('count(DISTINCT day)', duckScored(`
SELECT user_id, DATE '${AS_OF}' - (max(event_time) FILTER (WHERE amount >= 0))::DATE AS recency_days,
       count(DISTINCT event_time::DATE) FILTER (WHERE amount >= 0) AS frequency, coalesce(sum(amount), 0) AS monetary
FROM events GROUP BY user_id`)),
		duckdb('users joined to purchases', duckScored(`
SELECT user_id, recency_days, coalesce(frequency, 0) AS frequency, coalesce(monetary, 0) AS monetary
FROM (SELECT DISTINCT user_id FROM events)
LEFT JOIN (SELECT user_id, DATE '${AS_OF}' - max(day) AS recency_days, count(day) AS frequency, sum(monetary) AS monetary
           FROM (SELECT user_id, CASE WHEN amount >= 0 THEN event_time::DATE END AS day, sum(amount) AS monetary
                 FROM events WHERE amount IS NOT NULL GROUP BY user_id, day)
           GROUP BY user_id) USING (user_id)`)),

		clickhouse('uniqExactIf, window', clickScored(clickUsers('uniqExactIf(toDate(event_time), amount >= 0)'))),
		clickhouse('uniqExactIf, read twice', clickTwice(clickUsers('uniqExactIf(toDate(event_time), amount >= 0)'))),
		clickhouse('groupUniqArrayIf, window', clickScored(clickUsers('length(groupUniqArrayIf(toDate(event_time), amount >= 0))'))),
		clickhouse('groupUniqArrayIf, read twice', clickTwice(clickUsers('length(groupUniqArrayIf(toDate(event_time), amount >= 0))'))),
		clickhouse('users joined to purchases, window', clickScored(clickJoined)),
		clickhouse('users joined to purchases, read twice', clickTwice(clickJoined)),
	],
};

export default [count, totals, activity, rfm];
