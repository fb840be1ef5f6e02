// The columns that the command line names, alone or within an SQL expression.
import { plain } from './text.mjs';
import { Advice, noColumn } from './source.mjs';

// Words of SQL that may stand in an expression: a column of such a name has to be quoted there.
const WORDS = new Set(('and or not in is null case when then else end between like ilike similar from to as true false distinct any all '
	+ 'some exists cast at zone for both leading trailing').split(' '));

// The place of a column; -1 if it may be an expression and is one.
export function named(source, given, option, orExpression = false) {
	const places = source.names.flatMap((name, i) => (plain(name) === plain(given) || plain(source.columns[i]) === plain(given) ? [i] : []));
	const exact = places.filter((i) => source.names[i] === given.trim());
	if (exact.length === 1) return exact[0];
	if (places.length > 1) throw new Advice(`the column "${given}" (--${option}) stands ${places.length} times in the header: give one of them another name`);
	if (places.length === 1) return places[0];
	if (orExpression && !/^[\p{L}_][\p{L}\p{N}_ ]*$/u.test(given.trim())) return -1;
	throw noColumn(given, option, source.names);
}

// An expression with the file's names quoted, however they are written: "Quantity * unitprice". used: the places of these.
export function quoteNames(expression, source, used) {
	const place = new Map(source.names.map((name, i) => [plain(name), i]));
	source.columns.forEach((name, i) => place.set(plain(name), i));
	const names = [...place.keys()].filter((name) => name && !WORDS.has(name)).sort((a, b) => b.length - a.length)
		.map((name) => name.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&'));
	const token = new RegExp(`'(?:[^']|'')*'|"(?:[^"]|"")*"|(?<![\\p{L}\\p{N}_$]|::\\s*)(?:${names.join('|')})(?![\\p{L}\\p{N}_$]|\\s*['(])`, 'giu');
	return expression.trim().replace(token, (found) => {
		if (found.startsWith("'")) return found;
		const i = place.get(plain(found.startsWith('"') ? found.slice(1, -1).replaceAll('""', '"') : found));
		if (i === undefined) return found;
		used.add(i);
		return `"${source.columns[i].replaceAll('"', '""')}"`;
	});
}
