// Reads a file of events of any shape: node read.mjs FILE FOLDER --user-id NAME … (see demo/run --help). The file is
// UTF-8 text between delimiters, JSON or Parquet. Writes into FOLDER what demo/run needs: events.csv and load.sql, a
// table with all columns; facts, assignments for the shell; notes, a line for each. What cannot be read ends it
// with one sentence.
import { DuckDBInstance } from '@duckdb/node-api';
import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { profile } from './columns.mjs';
import { named, quoteNames } from './expressions.mjs';
import { Advice, literal, readSource, reason } from './source.mjs';
import { readTimes } from './times.mjs';
import { MACROS } from './values.mjs';

async function connect(folder) {
	const instance = await DuckDBInstance.create(':memory:', { temp_directory: `${folder}/spill`, preserve_insertion_order: 'true', autoinstall_known_extensions: 'false' });
	const connection = await instance.connect();
	const db = {
		run: (sql) => connection.run(sql),
		all: async (sql) => (await connection.runAndReadAll(sql)).getRowObjectsJson(),
		one: async (sql) => (await db.all(sql))[0],
	};
	await db.run("SET TimeZone = 'UTC'");
	for (const macro of MACROS) await db.run(`CREATE MACRO ${macro}`);
	return db;
}

// The user's id: a whole number, a uuid or text.
async function readUser(db, c, notes, column) {
	const looks = await db.one(`
		SELECT count(v) AS n, bool_and(regexp_full_match(v, '(0|-?[1-9]\\d{0,18})([.]0+)?') AND TRY_CAST(regexp_replace(v, '[.]0+$', '') AS BIGINT) IS NOT NULL) FILTER (WHERE v IS NOT NULL) AS whole,
			bool_and(regexp_full_match(v, '(?i)[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}')) AS uuid,
			bool_or(regexp_full_match(v, '\\d([.,]\\d+)?[eE][+]?\\d+')) AS cut
		FROM (SELECT given(${c}) AS v FROM rows)`);
	if (looks.cut)
		notes.push(`"${column}" has ids such as 1.23E+11, which a spreadsheet shortened: several users may have become one.`);
	if (looks.whole) return { type: 'bigint', sql: `regexp_replace(given(${c}), '[.]0+$', '')` };
	return { type: looks.uuid ? 'uuid' : 'text', sql: `given(${c})` };
}

const shell = (text) => `'${String(text ?? '').replaceAll("'", "'\\''")}'`;
const quoted = (name) => `"${name.replaceAll('"', '""')}"`;

async function main(file, folder, options) {
	const notes = [];
	const db = await connect(folder);
	const source = await readSource(db, file, options);
	const { columns } = source;
	if (columns.length > 1500) throw new Advice(`it has ${columns.length} columns, and a table of PostgreSQL takes 1500: remove some`);
	if (Number((await db.one('SELECT count(*) AS n FROM rows')).n) === 0) throw new Advice('there is a header but no row under it');

	// Which columns are meant, and for what.
	const user = named(source, options['user-id'], 'user-id');
	const time = named(source, options['event-time'], 'event-time');
	if (user === time) throw new Advice('--user-id and --event-time name the same column');
	const breakdown = options.breakdown ? options.breakdown.split(',').map((name) => named(source, name, 'breakdown')) : [];
	const event = options.event ? named(source, options.event, 'event') : -1;
	const channel = options.channel ? named(source, options.channel, 'channel') : -1;
	let amount = -1, amountSql = '', whereSql = '';
	const used = new Set();
	if (options.amount) {
		amount = named(source, options.amount, 'amount', true);
		if (amount < 0) amountSql = quoteNames(options.amount, source, used);
	}
	if (options.where) whereSql = quoteNames(options.where, source, used);

	const cells = await profile(db, source, { amount, used, skip: new Set([user, time]), decimal: options.decimal, skipBad: options['skip-bad-rows'], notes });
	cells[user] = await readUser(db, `c${user}`, notes, columns[user]);
	cells[time] = await readTimes(db, source, time, { ...options, notes });
	const both = await db.one(`SELECT count(*) AS n FROM rows POSITIONAL JOIN numbers POSITIONAL JOIN times WHERE given(c${user}) IS NOT NULL AND iso IS NOT NULL`);
	if (Number(both.n) === 0) throw new Advice('no row has both a user and a time');

	// Bad rows go where that was asked for; where it was not, they were errors before now.
	const good = cells.filter((cell) => cell.bad).map((cell) => `NOT coalesce(${cell.bad}, false)`);
	const bad = good.length ? await db.one(`SELECT count(*) AS n FROM rows POSITIONAL JOIN numbers POSITIONAL JOIN times WHERE NOT (${good.join(' AND ')})`) : { n: 0 };
	const left = source.skipped + Number(bad.n);
	if (left > 0) notes.push(`Left out: ${left} rows that could not be read (--skip-bad-rows).`);

	await db.run(`COPY (SELECT ${cells.map((cell) => cell.sql).join(', ')} FROM rows POSITIONAL JOIN numbers POSITIONAL JOIN times ${good.length ? `WHERE ${good.join(' AND ')}` : ''})
		TO ${literal(`${folder}/events.csv`)} (FORMAT csv, HEADER false, DELIMITER ',', QUOTE '"', ESCAPE '"', NULLSTR '')`);
	await writeFile(`${folder}/load.sql`, `SET timezone = ${literal(options['source-time-zone'] || 'UTC')};
		CREATE TABLE public.events (${columns.map((name, i) => `${quoted(name)} ${cells[i].type}`).join(', ')});
		COPY public.events FROM ${literal(`${folder}/events.csv`)} (FORMAT csv);
		ANALYZE public.events;\n`);
	const facts = {
		user_id: columns[user], event_time: columns[time], amount: amount < 0 ? '' : columns[amount],
		amount_sql: amountSql, where_sql: whereSql, time_type: cells[time].type, user_type: cells[user].type,
		event: columns[event], channel: columns[channel], read_as: source.as, columns: columns.map((name) => `"${name}"`).join(', '),
		breakdown: `{${breakdown.map((i) => `"${columns[i].replace(/["\\]/g, '\\$&')}"`).join(',')}}`,
		texts: [...used].filter((i) => cells[i].type === 'text').map((i) => cells[i].why ?? `"${columns[i]}" is text`).join('; '),
	};
	await writeFile(`${folder}/facts`, Object.entries(facts).map(([name, value]) => `${name}=${shell(value)}\n`).join(''));
	await writeFile(`${folder}/notes`, notes.map((note) => `${note}\n`).join(''));
}

const text = { type: 'string', default: '' };
const flag = { type: 'boolean', default: false };
const { values, positionals } = parseArgs({
	allowPositionals: true,
	options: {
		'user-id': text, 'event-time': text, amount: text, where: text, breakdown: text, event: text, channel: text, delimiter: text, decimal: text,
		'date-order': text, 'source-time-zone': text, 'skip-bad-rows': flag, padded: flag,
	},
});
try {
	await main(...positionals, values);
} catch (error) {
	console.error(error instanceof Advice ? error.message : `it cannot be read: ${reason(error)}`);
	process.exitCode = 1;
}
