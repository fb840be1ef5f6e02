// Any file as a table of texts in DuckDB: "rows" with columns c0, c1 …, trimmed, NULL where empty.
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { findHeader, head, lineAt, lineOf, plain } from './text.mjs';

export class Advice extends Error {}

export const literal = (text) => `'${text.replaceAll("'", "''")}'`;
export const excerpt = (text) => {
	const line = text.replace(/\s+/g, ' ').trim();
	return `"${line.length > 60 ? `${line.slice(0, 57)}...` : line}"`;
};
// What DuckDB says, in short.
export const reason = (error) => error.message.split('\n')[0].replace(/^[A-Z][A-Za-z ]* Error: /, '').replace(/,? in file ["'].*?["']/, '').replace(/\W+$/, '');
const listed = (names) => names.slice(0, 40).map((name) => `"${name.trim()}"`).join(', ') + (names.length > 40 ? ', …' : '');

export function noColumn(name, option, names) {
	const values = names.length > 0 && names.every((n) => /^[\s\d.:,;/+-]*$/.test(n));
	return new Advice(values
		? `its first line has values and no names (${listed(names)}): put a line with the columns' names on top of it`
		: `there is no column "${name}" (--${option}); the file has: ${listed(names)}`);
}

// The file's names as PostgreSQL takes them: each once, none empty, 63 bytes at most.
function usable(names) {
	const taken = new Set(['ctid', 'xmin', 'xmax', 'cmin', 'cmax', 'tableoid']);
	return names.map((given, i) => {
		let name = given.trim() || `column${i + 1}`;
		for (let n = 1; ; n++) {
			while (Buffer.byteLength(name) > 60) name = name.slice(0, -1);
			const next = n === 1 ? name : `${name}_${n}`;
			if (!taken.has(next) && taken.add(next)) return next;
		}
	});
}

function complaint(reject, line) {
	const [, wanted, found] = /Columns: (\d+) Found: (\d+)/.exec(reject.error_message) ?? [];
	const leave = 'or leave such lines out with --skip-bad-rows';
	if (/UNQUOTED|QUOTE/.test(reject.error_type) || /quote/.test(reject.error_message))
		return `line ${line}: a quoted value does not end, or a quote stands within it: ${excerpt(reject.csv_line)}; double the quotes within a value, ${leave}`;
	if (found > wanted)
		return `line ${line} has ${found} columns, the header ${wanted}: ${excerpt(reject.csv_line)}; put values that hold the delimiter in quotes, ${leave}`;
	if (found)
		return `line ${line} has ${found === '1' ? 'one column' : `${found} columns`}, the header ${wanted}: ${excerpt(reject.csv_line)}; mend or delete that line, ${leave}`;
	return `line ${line} cannot be read: ${excerpt(reject.csv_line)}; mend it, ${leave}`;
}

async function delimited(db, file, options) {
	const text = await head(file);
	const { fields, before, delimiter, seen } = findHeader(text, [options['user-id'], options['event-time']], options.delimiter);
	if (!fields) {
		const there = new Set(seen.map(plain));
		const option = there.has(plain(options['user-id'])) ? 'event-time' : 'user-id';
		throw noColumn(options[option], option, seen);
	}
	while (fields.length > 2 && fields.at(-1).trim() === '') fields.pop();      // empty fields at a line's end are none
	const columns = fields.map((_, i) => `c${i}`);
	const reader = (names, { escape, strict }, padded) => `read_csv(${literal(file)}, auto_detect = false, header = true, skip = ${before},
		delim = ${literal(delimiter)}, quote = '"', escape = ${literal(escape)}, strict_mode = ${strict}, store_rejects = true, max_line_size = 16000000,
		null_padding = ${padded}, parallel = ${!padded}, columns = {${names.map((c) => `${c}: 'VARCHAR'`).join(', ')}})`;
	const clear = () => db.run('DROP TABLE IF EXISTS rows; DROP TABLE IF EXISTS reject_errors; DROP TABLE IF EXISTS reject_scans');
	const attempts = [{ escape: '"', strict: true }, { escape: '\\', strict: true }, { escape: '"', strict: false }];
	let best;
	for (const attempt of attempts) {
		const { escape } = attempt;
		const read = `CREATE TABLE rows AS SELECT ${columns.map((c) => `tidy(replace(${c}, chr(0), '')) AS ${c}`).join(', ')} FROM ${reader(columns, attempt, options.padded)}`;
		let rejects;
		await clear();
		try {
			await db.run(read);
			rejects = await db.all(`SELECT line_byte_position AS at, error_type::VARCHAR AS error_type, error_message, csv_line FROM reject_errors
				WHERE trim(csv_line, ' \t\r\n' || ${literal(delimiter)}) <> '' ORDER BY line_byte_position, column_idx`);
			// where it is not strict, it drops columns beyond the header's
			if (!attempt.strict && (await db.all(`SELECT 1 FROM ${reader([...columns, 'beyond'], attempt, true)} WHERE beyond IS NOT NULL LIMIT 1`)).length > 0) break;
		} catch (error) {
			best ??= { thrown: error };
			continue;
		}
		if (!best?.rejects || rejects.length < best.rejects.length) best = { rejects, escape, read };
		if (best.rejects.length === 0 || !best.rejects.some(({ error_type }) => error_type.includes('QUOTE'))) break;
	}
	if (!best.rejects) {
		const [, line] = /Line: (\d+)/.exec(best.thrown.message) ?? [];
		throw new Advice(`${line ? `line ${line}` : 'it'} cannot be read as columns between ${shown(delimiter)}: ${reason(best.thrown)}`);
	}
	if (best.rejects.length > 0) {
		const [first] = best.rejects;
		if (!options['skip-bad-rows']) throw new Advice(complaint(first, await lineAt(file, Number(first.at))));
		await clear();
		await db.run(best.read);
	}
	return {
		names: fields.map((name) => name.trim()), skipped: new Set(best.rejects.map((r) => r.at)).size,
		place: async (row) => `line ${await lineOf(file, row, { before, delimiter, escape: best.escape })}`,
		as: `columns between ${shown(delimiter)}`,
	};
}

export const shown = (delimiter) => ({ ',': 'commas', ';': 'semicolons', '\t': 'tabs', '|': 'bars' })[delimiter] ?? `"${delimiter}"`;

// The first line that is not a value of JSON; undefined where values go over several lines.
async function firstBadLine(file) {
	let number = 0;
	for await (const line of createInterface({ input: createReadStream(file), crlfDelay: Infinity })) {
		number++;
		try {
			if (line.trim()) JSON.parse(line);
		} catch {
			return number > 1 ? number : undefined;
		}
	}
}

async function typed(db, file, reader, text, as) {
	let columns;
	try {
		columns = await db.all(`DESCRIBE SELECT * FROM ${reader}`);
		const texts = columns.map(({ column_name }, i) => `tidy(replace(${text(`"${column_name.replaceAll('"', '""')}"`)}, chr(0), '')) AS c${i}`);
		await db.run(`CREATE TABLE rows AS SELECT ${texts.join(', ')} FROM ${reader}`);
	} catch (error) {
		const line = as === 'JSON' && await firstBadLine(file);
		throw new Advice(line ? `line ${line} is no JSON` : `it is no ${as}: ${reason(error)}`);
	}
	return { names: columns.map((c) => c.column_name), skipped: 0, place: async (row) => `row ${row + 1}`, as };
}

// {names, place(row), as, skipped}; the names are those of c0, c1 …
export async function readSource(db, file, options) {
	const start = await open(file);
	const { buffer, bytesRead } = await start.read(Buffer.alloc(4096), 0, 4096, 0);
	await start.close();
	const first = buffer.subarray(0, bytesRead).toString('latin1').replace(/^\xef\xbb\xbf/, '').trimStart();
	let source;
	if (first.startsWith('PAR1')) source = await typed(db, file, `read_parquet(${literal(file)})`, (c) => `${c}::VARCHAR`, 'Parquet');
	else if (/^(\{|\[\s*\{)/.test(first)) source = await typed(db, file, `read_json(${literal(file)}, maximum_depth = 1, sample_size = -1)`, (c) => `(${c} ->> '$')`, 'JSON');
	else source = await delimited(db, file, options);
	return { ...source, columns: usable(source.names) };
}
