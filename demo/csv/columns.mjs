// The types of the columns that are neither the user nor the time of the event, and how their cells are written.
import { Advice, excerpt } from './source.mjs';
import { numberParts } from './values.mjs';

// A line of \. would end COPY before PostgreSQL 18.
const textCell = (i) => ({ type: 'text', sql: `replace(c${i}, chr(10) || '\\.', chr(10) || ' \\.')` });

// What the numbers of a column say about their decimal mark: '.', ',' or 'each' for itself; undefined: they contradict.
function markOf({ point, comma, maybe }, told) {
	if (told) return told;
	if (point && comma) return maybe ? undefined : 'each';
	return comma ? ',' : '.';
}

// The first row with such a number in column i, its text and its digits.
const firstWith = (db, i, condition) => db.one(`SELECT rows.rowid AS n, given(c${i}) AS v, d${i} AS d FROM rows POSITIONAL JOIN numbers
	WHERE c${i} IS NOT NULL AND ${condition} ORDER BY rows.rowid LIMIT 1`);
const isBad = (i, mark) => `(given(c${i}) IS NOT NULL AND as_decimal(d${i}, '${mark}') IS NULL)`;

// Where numbers contradict each other: those that do.
async function contradiction(db, source, i) {
	const point = await firstWith(db, i, `with_point(d${i}) AND NOT with_comma(d${i})`);
	const comma = await firstWith(db, i, `with_comma(d${i}) AND NOT with_point(d${i})`);
	return new Advice(`in "${source.columns[i]}" the decimals stand behind a point (${await source.place(Number(point.n))}: ${excerpt(point.v)}) and behind a comma `
		+ `(${await source.place(Number(comma.n))}: ${excerpt(comma.v)}): say which is meant with --decimal . or --decimal ,`);
}

async function ambiguous(db, source, i) {
	const { v, d } = await firstWith(db, i, `regexp_matches(d${i}, '[.,]')`);
	return `Ambiguous: every number in "${source.columns[i]}" is like ${excerpt(v)}, which was read as ${d.replace(',', '')}; if its mark means the other thing, say --decimal ,`;
}

// Those columns whose first rows do not say already that they are text.
async function likely(db, places) {
	const looks = places.length === 0 ? {} : await db.one(`SELECT ${places.map((i) => `
			coalesce(bool_and(plain_time(c${i}) OR regexp_matches(c${i}, '^[^\\pL]*\\d[^\\pL]*$|^.{0,3}\\p{Sc}|\\d[eE][-+]?\\d') OR missing(c${i})), true) AS l${i}`).join(', ')}
		FROM (SELECT * FROM rows LIMIT 5000)`);
	return places.filter((i) => looks[`l${i}`]);
}

// The table "numbers": what could be a number in each column, as digits.
async function findNumbers(db, places, expected) {
	const parts = places.map((i) => `CASE WHEN NOT is_plain_number(c${i}) THEN ${numberParts(`given(c${i})`, expected(i))} END AS p${i}, c${i}`);
	const digits = places.map((i) => `CASE WHEN is_plain_number(c${i}) THEN c${i} ELSE assembled(p${i}) END AS d${i}`);
	await db.run(`CREATE TABLE numbers AS SELECT ${[...digits, '0 AS one'].join(', ')} FROM (SELECT ${[...parts, '0 AS one'].join(', ')} FROM rows)`);
}

// A cell for each column: {type, sql, bad: SQL for a row that cannot be read, why: it is text}.
// amount: the place of a column that has to be numbers; used: places of those that an expression names.
export async function profile(db, source, { amount, used, skip, decimal, skipBad, notes }) {
	const others = source.columns.map((_, i) => i).filter((i) => !skip.has(i));
	const meant = others.filter((i) => i === amount || used.has(i));
	const places = [...meant, ...await likely(db, others.filter((i) => !meant.includes(i)))];
	await findNumbers(db, places, (i) => meant.includes(i));
	const looks = await db.one(`SELECT 0 AS one, ${places.map((i) => `
			count(v${i}) AS n${i}, count(*) FILTER (WHERE v${i} IS NOT NULL AND NOT coalesce(p${i} OR k${i}, false)) AS bad${i},
			coalesce(bool_or(p${i} AND NOT k${i}), false) AS point${i}, coalesce(bool_or(k${i} AND NOT p${i}), false) AS comma${i},
			coalesce(bool_or((contains(d${i}, '.') OR contains(d${i}, ',')) AND p${i} AND k${i}), false) AS maybe${i},
			coalesce(bool_or(regexp_matches(d${i}, '^-?0[0-9]')), false) AS zeros${i},
			coalesce(bool_and(plain_time(v${i}) AND read_plain_time(v${i}) IS NOT NULL) FILTER (WHERE v${i} IS NOT NULL), false) AS time${i}, max(length(v${i})) AS wide${i},
			coalesce(bool_or(contains(v${i}, ':') AND regexp_matches(v${i}, '([zZ]|[+][0-9:]+|:[0-9.]+-[0-9:]+)$')), false) AS zone${i}`).join(', ')}
		FROM (SELECT *, ${places.map((i) => `with_point(d${i}) AS p${i}, with_comma(d${i}) AS k${i}, given(c${i}) AS v${i}`).join(', ')}
			FROM rows POSITIONAL JOIN numbers)`);
	const cells = source.columns.map((_, i) => textCell(i));
	for (const i of places) {
		const look = Object.fromEntries(['n', 'bad', 'point', 'comma', 'maybe', 'zeros', 'time', 'wide', 'zone'].map((key) => [key, looks[key + i]]));
		cells[i] = await cellOf(db, source, i, look, { must: i === amount, should: used.has(i), decimal, skipBad, notes });
	}
	return cells;
}

// must: it has to be numbers; should: an expression names it, so that it is numbers if most of it is.
async function cellOf(db, source, i, look, { must, should, decimal, skipBad, notes }) {
	const [n, bad] = [Number(look.n), Number(look.bad)];
	const mark = markOf(look, decimal);
	const meant = must || (should && bad * 2 < n);
	const name = source.columns[i];
	const text = textCell(i);
	if (must && n === 0) throw new Advice(`the column "${name}" (--amount) is empty`);
	if (n > 0 && look.time && !must)
		return { type: look.zone ? 'timestamptz' : Number(look.wide) > 10 ? 'timestamp' : 'date', sql: `given(c${i})` };
	if (n === 0 || !(meant || (bad === 0 && !look.zeros))) return text;
	if (mark === undefined) {
		if (meant) throw await contradiction(db, source, i);
		return text;
	}
	const wrong = await firstWith(db, i, isBad(i, mark));
	if (wrong && !meant) return text;
	if (wrong && !skipBad) {
		const where = `${await source.place(Number(wrong.n))}: ${excerpt(wrong.v)}`;
		if (must) throw new Advice(`${where} is not a number (--amount); mend it, or leave such rows out with --skip-bad-rows`);
		return { ...text, why: `"${name}" is text, for ${where} is no number (--skip-bad-rows leaves such rows out)` };
	}
	if (meant && look.maybe && !look.point && !look.comma && !decimal) notes.push(await ambiguous(db, source, i));
	return { type: 'numeric', sql: `as_decimal(d${i}, '${mark}')`, bad: meant && skipBad ? isBad(i, mark) : undefined };
}
