// Runs tasks in all systems, side by side: bench.mjs FOLDER RUNS TASKS SYSTEMS [figures], patterns both.
// bench/run has prepared the server (reached through PSQL, PGHOST …), its tables,
// and FOLDER/events.csv; the peers' copies stand in FOLDER too.
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { totalmem } from 'node:os';
import { fileURLToPath } from 'node:url';
import { firstDifferences, sameFiles, sortFile } from './answers.mjs';
import { chart } from './chart.mjs';
import { figures } from './figures.mjs';
import { Peer } from './peer.mjs';
import { Postgres } from './postgres.mjs';
import { median, report } from './report.mjs';
import allTasks from './tasks/index.mjs';

const [, , folder, runsText, pattern, systemPattern, wantFigures] = process.argv;
const runs = Number(runsText);
const tasks = allTasks.filter((task) => !pattern || new RegExp(pattern).test(task.name));
const memory = Math.floor(totalmem() / 2 / 2 ** 20);      // of a peer, in MB

const pg = new Postgres();
const duckdb = new Peer('duckdb.mjs', `${folder}/duckdb.db`, `${memory}MB`);
const clickhouse = new Peer('clickhouse.mjs', `${folder}/clickhouse`, `${memory * 2 ** 20}`);
process.on('exit', () => [duckdb, clickhouse].forEach((peer) => peer.end()));
['SIGINT', 'SIGTERM'].forEach((signal) => process.on(signal, () => process.exit(1)));
const systems = { user_ops: pg, postgres: pg, floor: pg, duckdb, clickhouse };

const start = performance.now();
const say = (text) => console.log(`[${((performance.now() - start) / 1000).toFixed(1).padStart(6)} s] ${text}`);
let failures = 0;
const fail = (text) => { failures++; say(text); };

// --- forms ---------------------------------------------------------------------

// Each form of PostgreSQL runs serially and with one and two workers beside the leader, each form of a
// peer over its copy in time order and over one in the order of users.
function variants(form) {
	if (systems[form.system] === pg)
		return ['serial', '1 worker', '2 workers'].map((how, workers) => ({ ...form, workers, name: `${form.name}, ${how}` }));
	const byUser = form.sql.replaceAll('FROM events', 'FROM events_by_user');
	const orders = [
		{ ...form, name: `${form.name}, by time` },
		{ ...form, name: `${form.name}, by user`, sql: byUser },
	];
	if (form.system === 'clickhouse' && !form.name.startsWith('distinct, groupArray'))     // which takes minutes then
		orders.push({ ...form, name: `${form.name}, by user, in order`, sql: byUser, end: ' SETTINGS optimize_aggregation_in_order = 1' });
	return orders;
}

async function availableForms(task) {
	const functions = new Set((await pg.query(`
		SELECT p.oid::regprocedure FROM pg_proc AS p WHERE pronamespace = 'user_ops'::regnamespace`)).flat());
	const wanted = new RegExp(`^(user_ops|floor|${systemPattern || '.*'})$`);
	return task.forms.filter(({ system }) => wanted.test(system)).flatMap((form) => {
		const missing = form.needs.filter((name) => !functions.has(name));
		if (missing.length)
			say(`${task.name}: ${form.road}, ${form.name}: left out, there is no ${missing.join(', ')}`);
		return missing.length ? [] : variants(form);
	});
}

async function onSystem({ system, workers }, operation, ...args) {
	if (workers !== undefined)
		await pg.set('max_parallel_workers_per_gather', workers);
	return systems[system][operation](...args);
}

const time = (form) => onSystem(form, 'time', form.sql + (form.end ?? ''));

// --- answers ---------------------------------------------------------------------

const answers = new Map();      // name of the task → file with the sorted answer

// The whole answer as text: dates as YYYY-MM-DD, amounts in cents, NULL as \N.
function flat(task, { system, sql, end = '' }) {
	const cents = { duckdb: (c) => `CAST(${c} * 100 AS BIGINT)`, clickhouse: (c) => `toInt64(${c} * 100)` }[system] ??
		((c) => `(${c} * 100)::bigint`);
	const columns = task.columns.map((column) => column.endsWith(':decimal') ? `${cents(column.slice(0, -8))} AS cents` : column);
	const rows = task.check?.[system]?.(sql) ?? sql;
	return `SELECT ${columns.join(', ')} FROM (${rows}) AS answer${end}`;
}

// True if the form gives the answer of the task's first form, ours.
async function agrees(task, form) {
	const name = task.answer ?? task.name;
	const file = `${folder}/answer.tsv`;
	rmSync(file, { force: true });
	await onSystem(form, 'copy', flat(task, form), file);
	sortFile(file);
	if (!answers.has(name)) {
		answers.set(name, `${folder}/answer-${answers.size}.tsv`);
		renameSync(file, answers.get(name));
	} else if (!sameFiles(answers.get(name), file)) {
		(form.differs ? say : fail)(`NOT EQUAL: ${task.name}: ${form.system}, ${form.name}; ours <, theirs > (${task.columns.join(', ')}):\n${
			firstDifferences(answers.get(name), file)}`);
		return Boolean(form.differs);
	}
	return true;
}

// --- times ------------------------------------------------------------------------

// Forms of one kind compete; only those close to the best after a warm-up run on,
// closer where a run takes long.  Ours and the floor have to say what they take
// serially and in parallel, peers over a copy in time order and at best.
const kind = ({ system, road, name, workers }) =>
	[system, road, /^(usual|bit mask)|/.exec(name)[0], /by time$|/.exec(name)[0], system === 'postgres' || workers].join();
const margin = (best) => best < 2 ? 1.5 : 1.15;

// What all goes well for; a form that fails is told and left out.
async function passing(task, forms, what) {
	const passed = [];
	for (const form of forms) {
		try {
			const result = await what(form);
			if (result)
				passed.push(result);
		} catch (error) {
			fail(`FAILED: ${task.name}: ${form.system}, ${form.name}: ${error.message}`);
		}
	}
	return passed;
}

async function contenders(task, forms) {
	const warm = await passing(task, forms, async (form) => {
		const first = await time(form);          // perhaps the first to touch what it reads
		return { ...form, warmUp: first > 5 ? first : Math.min(first, await time(form)) };
	});
	const best = {};
	for (const form of warm)
		best[kind(form)] = Math.min(best[kind(form)] ?? Infinity, form.warmUp);
	const close = warm.filter((form) => {
		const contends = form.warmUp <= best[kind(form)] * margin(best[kind(form)]);
		if (!contends)
			say(`${task.name}: ${form.system}, ${form.name}: ${form.warmUp.toFixed(3)} s, no contender`);
		return contends;
	});
	return passing(task, close, async (form) => await agrees(task, form) && form);
}

// One form of each system after the other, as often as there are forms.
function interleaved(forms) {
	const queues = Object.keys(systems).map((system) => forms.filter((form) => form.system === system));
	const rounds = Math.max(...queues.map((queue) => queue.length));
	return Array.from({ length: rounds }, (_, i) => queues.flatMap((queue) => queue.slice(i, i + 1))).flat();
}

async function measure(task) {
	say(task.name);
	const forms = interleaved(await contenders(task, await availableForms(task)));
	const times = forms.map(() => []);
	for (let run = 0; run < runs; run++)
		for (const [i, form] of forms.entries())
			times[i].push(await time(form));
	const rank = ({ road, system }) => Object.keys(systems).indexOf(system) + (road === 'stored' ? 0.5 : 0);
	return forms.map(({ road, system, name }, i) => ({
		task: task.name, road, system, form: name, median_s: Number(median(times[i]).toFixed(6)), runs,
	})).sort((a, b) => rank(a) - rank(b) || a.median_s - b.median_s);
}

// --- all of it --------------------------------------------------------------------

if (tasks.length && !existsSync(`${folder}/peers-loaded`)) {
	for (const peer of [duckdb, clickhouse]) {
		say(`Loading ${await peer.version()}`);
		await peer.load(`${folder}/events.csv`, `${folder}/events_named.csv`);
	}
	writeFileSync(`${folder}/peers-loaded`, '');
}
await pg.query('SET search_path = user_ops, public');
const [[server], [table], [events]] = [
	...await pg.query('SHOW server_version'),
	...await pg.query("SELECT pg_size_pretty(pg_table_size('events')) || ', shared_buffers ' || current_setting('shared_buffers') || ', work_mem ' || current_setting('work_mem')"),
	...await pg.query('SELECT count(*) FROM events'),
];
say(`${events} events; PostgreSQL ${server} (events ${table}, jit off; serial, or with 1 or 2 workers and the leader), ` +
	`${await duckdb.version()} and ${await clickhouse.version()} (2 threads and ${memory} MB each)`);
const results = [];
for (const task of tasks)
	results.push(...await measure(task));

const here = (name) => fileURLToPath(new URL(name, import.meta.url));
if (results.length) {
	const file = here('results.json');
	const before = existsSync(file) ? JSON.parse(readFileSync(file)) : [];
	const rows = allTasks.flatMap(({ name }) => (tasks.some((task) => task.name === name) ? results : before)
		.filter(({ task }) => task === name));
	writeFileSync(file, `[\n${rows.map((row) => `  ${JSON.stringify(row)}`).join(',\n')}\n]\n`);
	writeFileSync(here('chart.svg'), chart(rows));
}
console.log(report(results));
let misses = 0;
if (wantFigures)
	misses = await figures(results, { pg, runs, folder, formsOf: availableForms, partly: Boolean(pattern || systemPattern) });
pg.end();
for (const file of answers.values())
	rmSync(file, { force: true });
if (failures)
	console.log(`${failures} forms failed or gave other answers: see above`);
if (misses)
	console.log(`${misses} figures missed`);
process.exit(failures || misses ? 1 : 0);
