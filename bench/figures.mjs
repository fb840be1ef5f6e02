// The figures user_ops promises, each printed with PASS or MISS: ratios of the
// measured times, and what is measured here for them alone.
import { readFileSync, rmSync } from 'node:fs';
import { sameFiles, sortFile } from './answers.mjs';
import { fastest, median } from './report.mjs';
import { AS_OF } from './tasks/common.mjs';
import tasks from './tasks/index.mjs';

const EVENTS = { system: 'user_ops', road: 'events' };
const STORED = { system: 'user_ops', road: 'stored' };
const CLICKHOUSE_GENERAL = { system: 'clickhouse', form: /^(?!bit mask)/ };
const DUCKDB_GENERAL = { system: 'duckdb', form: /^(?!bit mask)/ };

let misses = 0;
let partly = false;          // not all tasks were measured

function show(what, value, limit, unit = '×') {
	if (partly && (value === undefined || Number.isNaN(value)))
		return;
	const [, comparison, bound] = /(.)(.*)/.exec(limit);
	const met = comparison === '≥' ? value >= bound : value <= bound;
	const text = value === undefined || Number.isNaN(value) ? 'not measured' : `${value.toFixed(2)} ${unit}`;
	if (!met)
		misses++;
	console.log(`${met ? 'PASS' : 'MISS'}  ${what.padEnd(84)} ${text.padStart(14)}  (${comparison} ${bound} ${unit})`);
}

// Ratio of the fastest rows that match.
function ratio(results, task, above, below) {
	return fastest(results, { task, ...above })?.median_s / fastest(results, { task: below.task ?? task, ...below })?.median_s;
}

function fromResults(results) {
	const r = (task, above, below) => ratio(results, task, above, below);
	show('weekly retention: PostgreSQL, usual form / user_ops', r('weekly retention', { system: 'postgres', form: /^usual/ }, EVENTS), '≥15');
	show('weekly retention: PostgreSQL, fastest form / user_ops', r('weekly retention', { system: 'postgres' }, EVENTS), '≥8');
	show('one activity per user / PostgreSQL max, count, sum per user',
		r('one activity per user', EVENTS, { task: 'max, count, sum per user', system: 'postgres' }), '≤0.4');
	const two = { ...EVENTS, form: /2 workers$/ };
	show('weekly retention, 2 workers / ClickHouse, general, copy in time order',
		r('weekly retention', two, { system: 'clickhouse', form: /^(?!bit mask).*by time$/ }), '≤1.0');
	show('weekly retention, 2 workers / ClickHouse, general, best copy', r('weekly retention', two, CLICKHOUSE_GENERAL), '≤1.0');
	show('weekly retention, 2 workers / ClickHouse, bit mask', r('weekly retention', two, { system: 'clickhouse', form: /^bit mask/ }), '≤2');
	show('weekly retention, 2 workers / DuckDB, general', r('weekly retention', two, DUCKDB_GENERAL), '≤0.5');
	show('daily retention, 2 workers / ClickHouse', r('daily retention', two, CLICKHOUSE_GENERAL), '≤0.8');
	show('RFM scores, 2 workers / DuckDB', r('RFM scores', two, { system: 'duckdb' }), '≤2.5');
	show('RFM scores, 2 workers / ClickHouse', r('RFM scores', two, { system: 'clickhouse' }), '≤1.5');
	show('weekly retention, serial / count(*), serial', r('weekly retention', { ...EVENTS, form: /serial$/ },
		{ task: 'count(*)', system: 'floor', form: /serial$/ }), '≤4');
	for (const task of ['weekly retention', 'weekly lifecycle', 'rolling DAU, WAU, MAU'])
		show(`${task} from stored activity / ClickHouse over events, general`, r(task, STORED, CLICKHOUSE_GENERAL), '≤0.25');
	const funnel = 'funnel of four steps';
	const faster = fastest(results.filter(({ system }) => system === 'clickhouse' || system === 'duckdb'), { task: funnel })?.system;
	show('funnel of four steps, 2 workers / the faster of ClickHouse and DuckDB', r(funnel, two, { system: faster }), '≤1.0');
	show('funnel of four steps: PostgreSQL, fastest form / user_ops', r(funnel, { system: 'postgres' }, EVENTS), '≥15');
	show('funnel of four steps from stored journeys / ClickHouse over events', r(funnel, STORED, { system: 'clickhouse' }), '≤0.25');
	show('sessions, numbered row by row / PostgreSQL, lag and sum', r('sessions', { ...EVENTS, form: /^session_id/ }, { system: 'postgres' }), '≤0.5');
	show('sessions of each user / PostgreSQL, lag and sum', r('sessions', EVENTS, { system: 'postgres' }), '≤0.5');
	show('edges of paths / PostgreSQL', r('edges of paths', EVENTS, { system: 'postgres' }), '≤0.4');
	for (const type of ['uuid', 'text'])
		for (const workers of ['serial', '2 workers']) {
			const ours = { ...EVENTS, form: new RegExp(`${workers}$`) };
			show(`weekly retention, ${type} ids / bigint ids, ${workers}`, r(`weekly retention, ${type} ids`, ours, { task: 'weekly retention', ...ours }), '≤1.6');
		}
}

// --- measured here ------------------------------------------------------------------

// Medians of statements run in turn.
async function race(pg, statements, runs, method = 'time') {
	const times = statements.map(() => []);
	for (let run = -1; run < runs; run++)          // the first warms up
		for (const [i, sql] of statements.entries()) {
			const seconds = await pg[method](sql);
			if (run >= 0)
				times[i].push(seconds);
		}
	return times.map(median);
}

// The SQL of the form that groups a task's events into a population.
async function ours(formsOf, name) {
	const form = (await formsOf(tasks.find((task) => task.name === name))).find((f) => f.name.includes('population'));
	if (!form)
		throw new Error(`there is no form of ${name} over a population`);
	return form.sql;
}

const COUNT = (table) => `SELECT count(*) FROM ${table}`;

async function growth({ pg, runs, formsOf }) {
	const sql = await ours(formsOf, 'weekly retention');
	const [small, smallFloor, large, largeFloor] = await race(pg,
		[sql.replaceAll('FROM events', 'FROM events_tenth'), COUNT('events_tenth'), sql, COUNT('events')], runs);
	show('weekly retention / count(*), all users, against the same over a tenth of the users',
		(large / largeFloor) / (small / smallFloor), '≤1.4');
}

async function groupBy({ pg, runs }) {
	const [activities, plain] = await race(pg, [
		'SELECT user_id, activity_agg(event_time) FROM events GROUP BY user_id',
		'SELECT user_id, max(event_time), count(*) FROM events GROUP BY user_id'], runs);
	show('activity_agg(event_time) / max, count under the same GROUP BY, serial', activities / plain, '≤2.0');
}

// A million users of ten active days within a year, one event a day.
async function sizes({ pg }) {
	for (const [what, argument, limit] of [['without amounts', '', 72], ['with amounts', ', CASE WHEN n % 7 = 0 THEN cents / 100.0 END', 90]]) {
		await pg.query('DROP TABLE IF EXISTS public.sized');
		await pg.query(`CREATE TABLE public.sized AS
			SELECT user_id, activity_agg(date '2024-01-01' + day${argument}) AS activity
			FROM (SELECT g / 10 AS user_id, g AS n, abs(hashint8extended(g, 1) % 365)::int AS day,
			             (99 + abs(hashint8extended(g, 2) % 20000))::numeric AS cents
			      FROM generate_series(0, 9999999::bigint) AS g) AS e
			GROUP BY user_id`);
		const [[bytes]] = await pg.query("SELECT pg_table_size('public.sized')");
		show(`a million stored activities of ten days, ${what}`, bytes / 1e6, `≤${limit}`, 'MB');
	}
	await pg.query('DROP TABLE public.sized');
}

// Times count(*) over the events that a view may take, all its columns read.
function viewLimit(name) {
	if (name === 'users')
		return '≤10';
	return /^(retention|lifecycle)_|^kpis_day$/.test(name) ? '≤2' : '≤5';
}

async function views({ pg, runs }) {
	await pg.query('DROP SCHEMA IF EXISTS bench_views CASCADE');
	await pg.query(`SELECT count(*) FROM create_views('public.events', user_id => 'user_id', event_time => 'event_time',
		amount => 'amount', target_schema => 'bench_views', as_of => '${AS_OF}')`);
	await pg.query('VACUUM (ANALYZE) bench_views.activity');
	const names = (await pg.query("SELECT viewname FROM pg_views WHERE schemaname = 'bench_views' ORDER BY viewname")).flat();
	const [floor, ...whole] = await race(pg, [COUNT('events'), ...names.map((name) => `SELECT * FROM bench_views.${name}`)], runs);
	for (const [i, name] of names.entries())
		show(`bench_views.${name}, whole / count(*) over the events`, whole[i] / floor, viewLimit(name));

	const [[someone]] = await pg.query('SELECT max(user_id) / 2 FROM bench_views.activity');
	const [view, key] = await race(pg, [`SELECT * FROM bench_views.users WHERE user_id = ${someone}`,
		`SELECT * FROM bench_views.activity WHERE user_id = ${someone}`], 40 * runs, 'timeWhole');
	show('one user in the view users / in the stored table, planning included', view / key, '≤20');
}

// Refreshes of a schema over a table that says when its rows changed. A run leaves both as they were.
async function refreshes({ pg, runs }) {
	const day = `timestamptz '${AS_OF} 00:00Z' - interval '1 hour'`;
	const refresh = async (how) => {
		const seconds = await pg.timeWhole(`SELECT * FROM refresh('bench_refresh'${how})`);
		await pg.query('VACUUM bench_refresh.activity');
		return seconds;
	};
	const scan = ', full_scan => true';
	const times = { floor: [], nothing: [], some: [], changed: [], all: [] };
	await pg.query('DROP SCHEMA IF EXISTS bench_refresh CASCADE');
	await pg.query('DROP TABLE IF EXISTS public.changing');
	await pg.query(`CREATE TABLE public.changing AS SELECT *, timestamptz '2025-01-01' AS changed_at FROM events`);
	await pg.query('CREATE INDEX ON public.changing (user_id) INCLUDE (event_time, amount); CREATE INDEX ON public.changing (changed_at); VACUUM (ANALYZE, FREEZE) public.changing');
	await pg.query(`SELECT count(*) FROM create_views('public.changing', user_id => 'user_id', event_time => 'event_time', amount => 'amount',
		target_schema => 'bench_refresh', as_of => '${AS_OF}', changed_at => 'changed_at')`);
	for (let run = 0; run < runs; run++) {
		await pg.time(COUNT('changing'));
		times.floor.push(await pg.time(COUNT('changing')));
		times.nothing.push(await refresh(scan));
		await pg.query(`INSERT INTO public.changing SELECT 1 + n % 5000 * 200, ${day}, 1, now() FROM generate_series(1, 10000) AS n`);
		times.some.push(await refresh(''));
		await pg.query(`INSERT INTO public.changing SELECT n, ${day}, 1, timestamptz '2025-01-02' FROM generate_series(1, (SELECT max(user_id) FROM events)) AS n`);
		times.changed.push(await refresh(scan));
		await pg.query("DELETE FROM public.changing WHERE changed_at > timestamptz '2025-01-01'; VACUUM public.changing");
		times.changed.push(await refresh(scan));
		await pg.query('TRUNCATE bench_refresh.activity');
		times.all.push(await refresh(scan));
	}
	const m = Object.fromEntries(Object.entries(times).map(([what, seconds]) => [what, median(seconds)]));
	show('refresh when nothing changed / count(*) over the events', m.nothing / m.floor, '≤10');
	show('refresh when all users are new / count(*)', m.all / m.floor, '≤15');
	show('refresh when every user changed / count(*)', m.changed / m.floor, '≤30');
	show('refresh by changed_at after 10 000 events of 5 000 users / when nothing changed', m.some / m.nothing, '≤0.1');
	await pg.query('DROP SCHEMA bench_refresh CASCADE; DROP TABLE public.changing');
}

// The memory of its own that a process uses, in MB.
const anonymous = (pid) => Number(/RssAnon:\s+([0-9]+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) / 1024;

// Peak memory over that of the idle backend. A backend keeps what malloc does
// not give back, so that each statement gets a backend of its own.
async function peak(Connection, sql, workMem) {
	const pg = new Connection();
	await pg.query('SET search_path = user_ops, public');
	await pg.set('max_parallel_workers_per_gather', 0);
	await pg.set('work_mem', workMem);
	const pid = await pg.pid();
	const idle = anonymous(pid);
	let highest = idle;
	const sampler = setInterval(() => { highest = Math.max(highest, anonymous(pid)); }, 2);
	const seconds = await pg.time(sql);
	clearInterval(sampler);
	pg.end();
	return { megabytes: highest - idle, seconds };
}

async function memory({ pg, runs, folder, formsOf }) {
	const [[multiplier]] = await pg.query('SHOW hash_mem_multiplier');
	const allowed = 4 * 4 * multiplier + 48;
	for (const what of ['weekly retention', 'one activity per user']) {
		const sql = await ours(formsOf, what);
		const small = [], large = [];
		for (let run = 0; run < runs; run++) {
			small.push(await peak(pg.constructor, sql, '4MB'));
			large.push(await peak(pg.constructor, sql, '512MB'));
		}
		show(`${what} at work_mem 4MB, serial: peak memory over an idle backend`,
			Math.max(...small.map((s) => s.megabytes)), `≤${allowed}`, 'MB');
		show(`${what} at work_mem 4MB / at 512MB, serial`,
			median(small.map((s) => s.seconds)) / median(large.map((s) => s.seconds)), '≤3');

		const files = [];
		for (const size of ['4MB', '512MB']) {
			files.push(`${folder}/answer-${size}.tsv`);
			await pg.set('work_mem', size);
			await pg.copy(sql, files.at(-1));
			sortFile(files.at(-1));
		}
		show(`${what} at work_mem 4MB: answers that differ from those at 512MB`, sameFiles(...files) ? 0 : 1, '≤0', '');
		files.forEach((file) => rmSync(file));
	}
}

// Prints all figures; how many were missed.
export async function figures(results, { pg, runs, folder, formsOf, partly: some }) {
	partly = some;
	console.log('Figures (ratios of medians unless another unit is named)');
	fromResults(results);
	await pg.set('max_parallel_workers_per_gather', 0);
	for (const measured of [growth, groupBy, sizes, views, refreshes, memory]) {
		try {
			await measured({ pg, runs, folder, formsOf });
		} catch (error) {
			misses++;
			console.log(`MISS  ${measured.name}: ${error.message}`);
		}
	}
	return misses;
}
