// What the values of a column are: the SQL, for DuckDB, that tells numbers and times in text, and writes them as
// PostgreSQL reads them. Nothing goes through a float: a number is its digits, only signs and separators are moved.

const BLANKS = '\\u00a0\\u2007\\u2009\\u202f\\u3000'.replace(/\\u(....)/g, (_, hex) => String.fromCharCode(parseInt(hex, 16)));
const CURRENCIES = 'AED|AUD|BRL|CAD|CHF|CNY|CZK|DKK|EUR|GBP|HKD|HUF|IDR|ILS|INR|JPY|KRW|MXN|MYR|NOK|NTD|NZD|PHP|PLN|RMB|RUB|SEK|SGD|THB|TRY|TWD|USD|VND|ZAR'
	+ '|kr\\.?|zł|Kč|Ft|Rs\\.?|元|円|원';
const SIGN = '(?:[A-Z]{1,3}?)?\\p{Sc}';
const MISSING = `'', 'NULL', '\\N', 'NA', 'N/A', '#N/A', 'NAN', 'NONE', 'NIL'`;
const MONTHS = '(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\\.?';

// A number with what people write around it: a currency, a sign before or behind, parentheses for less than nothing.
// Signs of currencies may stand anywhere, their names only where numbers are expected.
export function numberParts(x, expected) {
	const currency = expected ? `${SIGN}|${CURRENCIES}` : SIGN;
	return `regexp_extract(translate(${x}, '${BLANKS}’−', '     ''-'), '^(\\()? *([-+])? *(?:${currency})? *([-+])? *(\\d[\\d., '']*|[.,]\\d+)(e[-+]?\\d{1,2})? *(?:${currency})? *(-)? *(\\))?$',
		['opened', 'sign', 'late', 'digits', 'power', 'behind', 'closed'], 'i')`;
}

export const MACROS = [
	// without what stands around it: blanks, and the ="…" of spreadsheets; most texts have nothing of it
	`tidy(x) AS CASE WHEN regexp_full_match(x, '(?s)[!-<>-~](.*[!-~])?') THEN x
		ELSE nullif(trim(CASE WHEN starts_with(x, '="') AND ends_with(x, '"') THEN substr(x, 3, length(x) - 3) ELSE x END, ' \t\r\n${BLANKS}'), '') END`,
	`missing(x) AS upper(x) IN (${MISSING}, '-', '--', '0000-00-00', '0000-00-00 00:00:00', '0000-00-00T00:00:00')`,
	`given(x) AS CASE WHEN NOT missing(x) THEN x END`,
	`is_plain_number(x) AS regexp_full_match(x, '-?[0-9]{1,40}([.][0-9]{1,40})?')`,
	// what number_parts found, as "-1,234.50"; NULL if it is no number
	`assembled(p) AS CASE WHEN p.digits <> '' AND (p.opened = '') = (p.closed = '') AND length(p.digits) <= 60
		THEN CASE WHEN p.opened <> '' OR p.sign = '-' OR p.late = '-' OR p.behind = '-' THEN '-' ELSE '' END || trim(p.digits) || lower(p.power) END`,
	// can it be read with a decimal point, with a decimal comma; 1,234 and 1.234 with either
	`with_point(d) AS regexp_full_match(d, '-?(\\d+|[1-9]\\d{0,2}(,\\d{2,3})*,\\d{3}|[1-9]\\d{0,2}([ '']\\d{3})+)?(\\.\\d*)?(e[-+]?\\d+)?')`,
	`with_comma(d) AS regexp_full_match(d, '-?(\\d+|[1-9]\\d{0,2}(\\.\\d{3})+|[1-9]\\d{0,2}([ '']\\d{3})+)?(,\\d*)?')`,
	`as_decimal(d, mark) AS CASE WHEN CASE mark WHEN '.' THEN true WHEN ',' THEN false ELSE with_point(d) END
		THEN CASE WHEN with_point(d) THEN translate(d, ', ''', '') END
		ELSE CASE WHEN with_comma(d) THEN replace(translate(d, '. ''', ''), ',', '.') END END`,

	// the words of East Asia out of the way: 2026年1月2日 下午3:04
	`latin(x) AS CASE WHEN regexp_matches(x, '[年下午上오]')
		THEN regexp_replace(regexp_replace(regexp_replace(regexp_replace(x, '(\\d) *[年년] *(\\d{1,2}) *[月월] *(\\d{1,2}) *[日일]?', '\\1-\\2-\\3 '),
			'(上午|午前|오전) *([\\d:.]+)', '\\2 AM'), '(下午|午後|오후) *([\\d:.]+)', '\\2 PM'), ' +', ' ', 'g')
		ELSE x END`,
	`plain_time(x) AS regexp_full_match(x, '\\d{4}-\\d\\d-\\d\\d([T ]\\d\\d:\\d\\d(:\\d\\d([.]\\d{1,6})?)?([zZ]|[-+](0\\d|1[0-5])(:?[0-5]\\d)?)?)?')`,
	`time_parts(x) AS regexp_extract(trim(latin(x)), '^(?:(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*,? +)?'
		|| '(?:(\\d{4})[-/.](\\d{1,2})[-/.](\\d{1,2})|((?:19|20)\\d\\d)(\\d\\d)(\\d\\d)|(\\d{1,2})([-/. ])(\\d{1,2})[-/. ](\\d{4}|\\d\\d)'
		|| '|(\\d{1,2})(?:st|nd|rd|th)?[-/. ]+${MONTHS}[-/., ]*(\\d{4}|\\d\\d)|${MONTHS}[-/. ]*(\\d{1,2})(?:st|nd|rd|th)?[-/., ]+(\\d{4}|\\d\\d))'
		|| '(?:(?:[T,]? *| +at +)(?:(\\d{1,2}):(\\d\\d)(?::(\\d\\d)(?:[.,](\\d{1,6})\\d*)?)?|(\\d\\d)(\\d\\d)(\\d\\d)?) *([ap])?(?:\\.?m\\.?)?)?'
		|| ' *(?:(?:UTC|GMT)?([-+](?:0\\d|1[0-5])(?::?[0-5]\\d)?)|(Z|UTC|GMT|[A-Z]{2,5}|[A-Za-z_]+/[A-Za-z_/+-]+))?$',
		['y1', 'm1', 'd1', 'y2', 'm2', 'd2', 'p1', 'mark', 'p2', 'p3', 'd4', 'm4', 'y4', 'm5', 'd5', 'y5',
		 'hour', 'minute', 'second', 'fraction', 'hour2', 'minute2', 'second2', 'half', 'shift', 'zone'], 'i')`,
	`year(y) AS CASE WHEN length(y) = 2 THEN CASE WHEN y < '70' THEN '20' ELSE '19' END || y ELSE y END`,
	`month(m) AS lpad(list_position(['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'], lower(m))::VARCHAR, 2, '0')`,
	`two(n) AS lpad(n, 2, '0')`,
	`day_of(p, date_order) AS CASE
		WHEN p.y1 <> '' THEN p.y1 || '-' || two(p.m1) || '-' || two(p.d1)
		WHEN p.y2 <> '' THEN p.y2 || '-' || p.m2 || '-' || p.d2
		WHEN p.y4 <> '' THEN year(p.y4) || '-' || month(p.m4) || '-' || two(p.d4)
		WHEN p.y5 <> '' THEN year(p.y5) || '-' || month(p.m5) || '-' || two(p.d5)
		WHEN p.p1 = '' THEN NULL
		WHEN date_order = 'ymd' THEN CASE WHEN length(p.p3) = 2 THEN year(two(p.p1)) || '-' || two(p.p2) || '-' || p.p3 END
		WHEN date_order = 'dmy' THEN year(p.p3) || '-' || two(p.p2) || '-' || two(p.p1)
		ELSE year(p.p3) || '-' || two(p.p1) || '-' || two(p.p2) END`,
	`hour_of(p) AS CASE WHEN p.half = '' THEN two(p.hour)
		WHEN p.hour::INTEGER BETWEEN 1 AND 12 THEN two((p.hour::INTEGER % 12 + CASE WHEN lower(p.half) = 'p' THEN 12 ELSE 0 END)::VARCHAR) END`,
	`clock_of(p) AS CASE WHEN p.hour <> '' THEN ' ' || hour_of(p) || ':' || p.minute || ':' || CASE WHEN p.second = '' THEN '00' ELSE p.second END
			|| CASE WHEN p.fraction = '' THEN '' ELSE '.' || p.fraction END
		WHEN p.hour2 <> '' THEN ' ' || p.hour2 || ':' || p.minute2 || ':' || CASE WHEN p.second2 = '' THEN '00' ELSE p.second2 END
		ELSE '' END`,
	// a zone that PostgreSQL and everyone else take for the same; the letters of others are passed over where the zone was told
	`zone_of(p, told) AS CASE WHEN p.shift <> '' THEN p.shift WHEN p.zone = '' THEN ''
		WHEN upper(p.zone) IN ('Z', 'UTC', 'GMT') THEN '+00' WHEN contains(p.zone, '/') THEN ' ' || p.zone WHEN told THEN '' END`,
	`checked(day, clock, zone) AS CASE WHEN day >= '0001' AND TRY_CAST(day || clock AS TIMESTAMP) IS NOT NULL AND (clock <> '' OR zone = '')
			AND (NOT contains(zone, '/') OR TRY_CAST(day || clock || zone AS TIMESTAMPTZ) IS NOT NULL)
		THEN day || clock || zone END`,
	`read_plain_time(x) AS CASE WHEN x >= '0001' AND TRY_CAST(x AS TIMESTAMPTZ) IS NOT NULL THEN x END`,
	`since_1970(x) AS strftime(make_timestamp(split_part(x, '.', 1)::BIGINT * 1000000 + rpad(left(split_part(x, '.', 2), 6), 6, '0')::BIGINT), '%Y-%m-%d %H:%M:%S.%f') || '+00'`,
	`since_1899(x) AS TIMESTAMP '1899-12-30 00:00:00' + to_seconds(round(x::DECIMAL(24, 15) * 86400)::BIGINT)`,
];
