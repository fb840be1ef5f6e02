// The text of a delimited file, as far as DuckDB is not asked: where its header stands, and on which line a row.
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';

const HEAD = 1 << 18;           // bytes in which the header has to stand
const PREAMBLE = 30;            // records that may stand before it
const DELIMITERS = [',', ';', '\t', '|'];
const [QUOTE, LF, CR, SPACE] = [34, 10, 13, 32];

// The start of a file, without a byte order mark.
export async function head(path) {
	const file = await open(path);
	const { bytesRead, buffer } = await file.read(Buffer.alloc(HEAD), 0, HEAD, 0);
	await file.close();
	return buffer.subarray(0, bytesRead).toString('utf8').replace(/^\ufeff/, '');
}

// Records of fields; an empty line is a record of one empty field. Quoted fields may go over several lines.
function* records(text, delimiter) {
	let fields = [], field = '', quoted = false;
	for (let i = 0; i < text.length; i++) {
		const c = text[i];
		if (quoted) {
			if (c !== '"') field += c;
			else if (text[i + 1] === '"') field += text[i++];
			else quoted = false;
		} else if (c === '"' && field.trim() === '') {
			quoted = true;
			field = '';
		} else if (c === delimiter) {
			fields.push(field);
			field = '';
		} else if (c === '\n' || c === '\r') {
			if (c === '\r' && text[i + 1] === '\n') i++;
			yield [...fields, field];
			[fields, field] = [[], ''];
		} else field += c;
	}
	if (fields.length || field) yield [...fields, field];
}

// As people write names: blanks around them, case and width do not matter.
export const plain = (name) => name.normalize('NFKC').trim().toLowerCase();

// The header is the first record that has all the names wanted, its delimiter the one under which it does.
// Returns {fields, before: records before it, delimiter}, or {seen: the likeliest header} where there is none.
export function findHeader(text, wanted, delimiter) {
	const names = wanted.map(plain);
	let seen = [];
	for (const d of delimiter ? [delimiter] : DELIMITERS) {
		let before = 0;
		for (const fields of records(text, d)) {
			if (before > PREAMBLE) break;
			const there = fields.map(plain);
			if (names.every((name) => there.includes(name))) return { fields, before, delimiter: d };
			if (fields.length > seen.length) seen = fields;
			before++;
		}
	}
	return { seen };
}

// The line on which a row of the file begins, the first below the header being row 0. Lines of nothing but blanks are no rows.
export async function lineOf(path, row, { before, delimiter, escape }) {
	const [between, escaping] = [delimiter, escape].map((c) => c.charCodeAt(0));
	let line = 1, start = 1, above = before + 1, rows = 0;
	let quoted = false, fresh = true, blank = true, escaped = false, last = 0;
	for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) {
		for (const c of chunk) {
			const previous = last;
			last = c;
			if (c === LF && previous === CR) continue;
			if (c === LF || c === CR) line++;
			if (escaped) {
				escaped = false;
			} else if (quoted) {
				if (c === QUOTE) quoted = false;
				else escaped = c === escaping;
			} else if (c === LF || c === CR) {
				if (above > 0) above--;
				else if (!blank && rows++ === row) return start;
				[start, blank, fresh] = [line, true, true];
			} else {
				quoted = c === QUOTE && (fresh || previous === QUOTE);
				blank &&= c === SPACE;
				fresh = c === between || (fresh && c === SPACE);
			}
		}
	}
	return start;
}

// The line on which a byte stands; line ends at it do not count.
export async function lineAt(path, position) {
	let line = 1, at = 0, last = 0;
	for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) {
		for (const c of chunk) {
			if (at++ >= position && c !== LF && c !== CR) return line;
			if (c === CR || (c === LF && last !== CR)) line++;
			last = c;
		}
	}
	return line;
}
