// Questions about order: a funnel of four steps within seven days, sessions, and the edges of paths.
// A row serves one step, and rows of one second in whatever order serves the user best.
import { AS_OF, clickhouse, duckdb, form, postgres } from './common.mjs';

const STEPS = ['view', 'cart', 'checkout', 'purchase'];
const names = `'{${STEPS.join(',')}}'`;
const BOUND = `timestamptz '${AS_OF} 00:00Z'`;

// --- funnel -----------------------------------------------------------------------

const counts = (funnel) => `SELECT step, users FROM steps((${funnel}))`;

// Users of a level or more.
const fromLevels = (levels) => `
SELECT step, CAST(sum(users) AS BIGINT) AS users
FROM (SELECT level, count(*) AS users FROM (SELECT max(level) AS level FROM (${levels}) AS l GROUP BY user_id) AS u GROUP BY level) AS c
JOIN (VALUES ${STEPS.map((_, i) => `(${i + 1})`).join(', ')}) AS s (step) ON level >= step
GROUP BY step`;

// The latest start within the window is as good as any other: so each step looks back once, over one sort.
// Of rows of one second each sees the others, as RANGE has it.  (Steps joined to steps, as most write it, take
// twenty times as long as this.)
function windowed(within) {
	const start = (k) => `max(CASE WHEN event = '${STEPS[k - 2]}' ${k > 2 ? `AND event_time - start${k - 1} <= ${within} ` : ''}THEN ${k > 2 ? `start${k - 1}` : 'event_time'} END) OVER w`;
	let rows = 'SELECT user_id, event_time, event FROM events_named';

	for (let k = 2; k <= STEPS.length; k++)
		rows = `SELECT *, ${start(k)} AS start${k} FROM (${rows}) AS r WINDOW w AS (PARTITION BY user_id ORDER BY event_time)`;
	return fromLevels(`
SELECT user_id, CASE event ${STEPS.map((name, i) => `WHEN '${name}' THEN ${i === 0 ? '1' : `CASE WHEN event_time - start${i + 1} <= ${within} THEN ${i + 1} ELSE 0 END`}`).join(' ')} ELSE 0 END AS level
FROM (${rows}) AS r`);
}

const week = "interval '7 days'";
const conditions = STEPS.map((name) => `event = '${name}'`).join(', ');

const funnel = {
	name: 'funnel of four steps', columns: ['step', 'users'],
	forms: [
		form('user_ops', 'journeys', counts(`SELECT funnel(j, ${STEPS.length}, ${week}, ${BOUND})
	FROM (SELECT journeys_agg(user_id, event_time, event, ${names}) AS j FROM events_named) AS scan`)),
		form('user_ops', 'journeys, conditions', counts(`SELECT funnel(j, ${STEPS.length}, ${week}, ${BOUND})
	FROM (SELECT journeys_agg(user_id, event_time, ${conditions}) AS j FROM events_named) AS scan`)),
		form('user_ops', 'GROUP BY', counts(`SELECT funnel(j, ${STEPS.length}, ${week}, ${BOUND})
	FROM (SELECT journey_agg(event_time, event, ${names}) AS j FROM events_named GROUP BY user_id) AS users`)),
		form('user_ops', 'stored journeys', counts(`SELECT funnel(journey, ${names}, ${week}, ${BOUND}) FROM journeys`), { road: 'stored' }),
		postgres('steps windowed', windowed(week)),
		duckdb('steps windowed', windowed(week)),
		// It overwrites what is known of a level: its answer may differ, and does on other events.
		clickhouse('windowFunnel', `
SELECT step, count() AS users
FROM (SELECT windowFunnel(604800)(event_time, ${conditions}) AS level FROM events_named GROUP BY user_id)
ARRAY JOIN range(1, level + 1) AS step
GROUP BY step`, { differs: true }),
	],
};

// --- sessions ---------------------------------------------------------------------

const perUser = (numbered) => `
SELECT sessions, count(*) AS users FROM (SELECT user_id, max(session) AS sessions FROM (${numbered}) AS n GROUP BY user_id) AS s GROUP BY sessions`;
const lagged = (gap) => perUser(`
SELECT user_id, sum(CASE WHEN event_time - before <= ${gap} THEN 0 ELSE 1 END) OVER (PARTITION BY user_id ORDER BY event_time ROWS UNBOUNDED PRECEDING) AS session
FROM (SELECT user_id, event_time, lag(event_time) OVER (PARTITION BY user_id ORDER BY event_time) AS before FROM events_named) AS l`);

const sessions = {
	name: 'sessions', columns: ['sessions', 'users'],
	forms: [
		form('user_ops', 'session_id', perUser(`
SELECT user_id, session_id(event_time, interval '30 minutes') OVER (PARTITION BY user_id ORDER BY event_time) AS session FROM events_named`)),
		form('user_ops', 'sessions of journeys', `
SELECT sessions, count(*) AS users
FROM (SELECT (SELECT max(s.session) FROM sessions(u.journey, interval '30 minutes') AS s) AS sessions
      FROM (SELECT (users(j, NULL::bigint)).* FROM (SELECT journeys_agg(user_id, event_time, event) AS j FROM events_named) AS scan OFFSET 0) AS u) AS n
GROUP BY sessions`),
		postgres('usual: lag, sum', lagged("interval '30 minutes'")),
		duckdb('lag, sum', lagged("interval '30 minutes'")),
	],
};

// --- edges of paths -----------------------------------------------------------------

// Of the whole of a user's events, repeats collapsed; the rest of a user's path behind the fifth edge is not counted.
const edges = `
SELECT depth, source, target, count(*) AS sessions
FROM (SELECT depth, event AS source, target
      FROM (SELECT user_id, event, row_number() OVER w AS depth, lead(event) OVER w AS target
            FROM (SELECT user_id, event_time, event, lag(event) OVER w AS before FROM events_named
                  WINDOW w AS (PARTITION BY user_id ORDER BY event_time, event)) AS l
            WHERE before IS NULL OR before <> event
            WINDOW w AS (PARTITION BY user_id ORDER BY event_time, event)) AS n
      WHERE depth <= 5) AS e
GROUP BY depth, source, target`;

const paths = {
	name: 'edges of paths', columns: ['depth', 'source', 'target', 'sessions'],
	forms: [
		form('user_ops', 'journeys', `SELECT depth, source, target, sessions FROM edges((SELECT path_edges(j, NULL, ${BOUND})
	FROM (SELECT journeys_agg(user_id, event_time, event) AS j FROM events_named) AS scan))`),
		form('user_ops', 'stored journeys', `SELECT depth, source, target, sessions FROM edges((SELECT path_edges(journey, NULL, ${BOUND}) FROM journeys))`, { road: 'stored' }),
		postgres('usual: lag, row_number, lead', edges),
		duckdb('lag, row_number, lead', edges),
	],
};

export default [funnel, sessions, paths];
