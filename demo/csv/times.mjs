// The time of the event: what shape it has, in which order its days stand, and the table "times" with it as PostgreSQL
// reads it (column iso; NULL where there is none).
import { Advice, excerpt } from './source.mjs';

const ORDERS = { mdy: 'month, day, year', dmy: 'day, month, year', ymd: 'year, month, day' };

// Counts since 1970, and a spreadsheet's days since 1899: the whole column has to be such.
const COUNTS = {
	seconds: ['\\d{9,10}([.]\\d{1,9})?', 'since_1970(v)'],
	millis: ['\\d{13}', "since_1970(left(v, 10) || '.' || right(v, 3))"],
	micros: ['\\d{16}', "since_1970(left(v, 10) || '.' || right(v, 6))"],
	nanos: ['\\d{19}', "since_1970(left(v, 10) || '.' || substr(v, 11, 6))"],
	days: ['[2-7]\\d{4}([.]\\d{1,15})?', `CASE WHEN contains(v, '.') THEN strftime(since_1899(v), '%Y-%m-%d %H:%M:%S') ELSE strftime(since_1899(v), '%Y-%m-%d') END`],
};

async function orderOf(db, source, column, { 'date-order': told, notes }) {
	const seen = await db.one(`
		SELECT count(*) AS n, max(p.p1::INTEGER) AS first, max(p.p2::INTEGER) AS second, bool_and(p.mark = '.') AS dots,
			bool_and(length(p.p3) = 2) AS short, arg_min(v, n) FILTER (WHERE p.p1::INTEGER > 12) AS day_first, min(n) FILTER (WHERE p.p1::INTEGER > 12) AS day_first_at,
			arg_min(v, n) FILTER (WHERE p.p2::INTEGER > 12) AS month_first, min(n) FILTER (WHERE p.p2::INTEGER > 12) AS month_first_at, arg_min(v, n) AS example
		FROM (SELECT rowid AS n, given(c${column}) AS v, time_parts(v) AS p FROM rows) WHERE p.p1 <> ''`);
	const [first, second] = [Number(seen.first), Number(seen.second)];
	if (told || Number(seen.n) === 0) return told || 'mdy';
	if (first > 31 && seen.short) return 'ymd';
	if (first > 12 && second > 12)
		throw new Advice(`${await source.place(Number(seen.day_first_at))} has the day first (${excerpt(seen.day_first)}) and ${await source.place(Number(seen.month_first_at))} `
			+ `the month (${excerpt(seen.month_first)}): write all dates in one order, or leave one kind out with --date-order dmy or mdy and --skip-bad-rows`);
	if (first > 12) return 'dmy';
	if (second > 12) return 'mdy';
	const order = seen.dots ? 'dmy' : 'mdy';
	const other = seen.dots ? 'mdy' : 'dmy';
	notes.push(`Ambiguous: no day in "${source.columns[column]}" is above 12; ${excerpt(seen.example)} was read as ${ORDERS[order]}. If it is ${ORDERS[other]}, say --date-order ${other}`);
	return order;
}

async function complain(db, source, order) {
	const bad = await db.one(`SELECT n, v FROM times WHERE v IS NOT NULL AND iso IS NULL ORDER BY n LIMIT 1`);
	if (!bad) return;
	const where = `${await source.place(Number(bad.n))}: ${excerpt(bad.v)}`;
	const other = await db.one(`SELECT p.zone, p.p1, ${Object.keys(ORDERS).map((name) => `checked(day_of(p, '${name}'), clock_of(p), zone_of(p, true)) AS ${name}`).join(', ')}
		FROM (SELECT time_parts(v) AS p FROM times WHERE n = ${bad.n})`);
	const fits = Object.keys(ORDERS).filter((name) => other[name]);
	const leave = 'or leave such rows out with --skip-bad-rows';
	if (other.zone && fits.includes(order))
		throw new Advice(`${where}: several zones are called ${other.zone}; say which is meant with --source-time-zone, such as America/Chicago or Asia/Shanghai`);
	if (other.p1 && fits.length > 0)
		throw new Advice(`${where} is no date in the order ${ORDERS[order]}; try --date-order ${fits[0]}, ${leave}`);
	throw new Advice(`${where} is not a date or a time (--event-time); mend it, ${leave}`);
}

export async function readTimes(db, source, column, options) {
	const { notes, 'source-time-zone': zone, 'skip-bad-rows': skipBad } = options;
	const shapes = Object.entries(COUNTS).map(([name, [shape]]) => `coalesce(bool_and(regexp_full_match(v, '${shape}')), false) AS ${name}`);
	const looks = await db.one(`SELECT count(v) AS n, coalesce(bool_and(plain_time(v)), false) AS plain, ${shapes.join(', ')} FROM (SELECT given(c${column}) AS v FROM rows)`);
	const count = Object.keys(COUNTS).find((name) => looks[name]);
	let order = 'ymd';
	if (looks.plain || count) {
		await db.run(`CREATE TABLE times AS SELECT rowid AS n, given(c${column}) AS v, ${count ? COUNTS[count][1] : 'read_plain_time(v)'} AS iso FROM rows`);
	} else {
		order = await orderOf(db, source, column, options);
		await db.run(`CREATE TABLE times AS SELECT n, v, checked(day, clock, zone) AS iso
			FROM (SELECT n, v, day_of(p, '${order}') AS day, clock_of(p) AS clock, zone_of(p, ${Boolean(zone)}) AS zone
				FROM (SELECT rowid AS n, given(c${column}) AS v, time_parts(v) AS p FROM rows))`);
	}
	if (!skipBad) await complain(db, source, order);
	const has = await db.one(`SELECT coalesce(bool_or(length(iso) > 10), false) AS clock,
		count(*) FILTER (WHERE regexp_matches(iso, '^.{11,}([zZ]|[-+]\\d\\d(:?\\d\\d)?| \\S+/\\S+)$')) AS zoned, count(iso) AS n FROM times`);
	if (count === 'days') notes.push(`"${source.columns[column]}" holds a spreadsheet's day numbers; 1 is 1 January 1900.`);
	if (Number(has.zoned) > 0 && Number(has.zoned) < Number(has.n))
		notes.push(`Some times carry a zone and some do not; those without were read as ${zone || 'UTC (--source-time-zone)'}.`);
	return {
		type: Number(has.zoned) > 0 ? 'timestamptz' : has.clock ? 'timestamp' : 'date', sql: 'iso',
		bad: skipBad ? 'times.v IS NOT NULL AND iso IS NULL' : undefined,
	};
}
