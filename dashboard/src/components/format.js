// Numbers, dates and CSV files as the pages show and read them.
import {autoType, csvParse} from "d3-dsv";

// What people named stays text, be it 2024, true or NaN.
const NAMES = ["amount", "channel", "creator", "favourite", "item", "label", "metric", "model", "name", "new_value", "old_value", "other", "property", "schema_name", "segment", "source", "target", "tier_name", "time_zone", "variant"];

function typed(row) {
	const named = NAMES.filter((name) => name in row).map((name) => [name, row[name] === "" ? null : row[name]]);
	return Object.assign(autoType(row), Object.fromEntries(named));
}

// rows(FileAttachment(…).text()): asked for .csv(), the framework would bring a parser from a CDN.
export async function rows(text) {
	return csvParse(await text, typed);
}

const whole = new Intl.NumberFormat("en-US", {maximumFractionDigits: 0});
const cents = new Intl.NumberFormat("en-US", {minimumFractionDigits: 2, maximumFractionDigits: 2});
const short = new Intl.NumberFormat("en-US", {notation: "compact", maximumSignificantDigits: 3});

const LONG = 1e7;               // from here on digits are no longer read one by one

export const compact = (value) => short.format(value);
export const count = (value) => (value < LONG ? whole : short).format(value);
export const money = (value) => (Math.abs(value) < 100 ? cents : Math.abs(value) < LONG ? whole : short).format(value);
// as count(), where there is room for so many characters
export const countIn = (room, value) => (count(value).length > room ? compact : count)(value);

// Below ten per cent a digit after the point; a change has its sign.
export function percent(share) {
	const value = 100 * share;
	return `${value !== 0 && Math.abs(value) < 9.95 ? value.toFixed(1) : whole.format(value)}%`;
}
export const signed = (share) => `${share < 0 ? "−" : "+"}${percent(Math.abs(share))}`;

const formats = {
	day: new Intl.DateTimeFormat("en-GB", {day: "numeric", month: "short", year: "numeric", timeZone: "UTC"}),
	month: new Intl.DateTimeFormat("en-GB", {month: "long", year: "numeric", timeZone: "UTC"})
};
export const longDate = (date) => formats.day.format(date);
export const monthName = (date) => formats.month.format(date);
export const isoMonth = (date) => date.toISOString().slice(0, 7);
export const isoDay = (date) => date.toISOString().slice(0, 10);

// So many seconds as people say them.
export function duration(seconds) {
	const [unit, name] = seconds < 90 ? [1, "s"] : seconds < 5400 ? [60, "min"] : seconds < 172800 ? [3600, "h"] : [86400, "days"];
	const value = seconds / unit;
	return `${unit > 1 && value < 9.95 ? value.toFixed(1) : whole.format(value)} ${name}`;
}

// A span of time that somebody chose, such as 30 minutes.
export function span(seconds) {
	const [unit, name] = [[86400, "day"], [3600, "hour"], [60, "minute"], [1, "second"]].find(([unit]) => seconds % unit === 0 || unit === 1);
	return plural(seconds / unit, name);
}

export const DAY = 86400000;
export const sum = (list, value) => list.reduce((total, item) => total + value(item), 0);
export const plural = (n, word) => `${count(n)} ${word}${n === 1 ? "" : "s"}`;
export const people = (n, word = "user") => (n ? plural(n, word) : "nobody");
export const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1);
export const readable = (label) => label?.replaceAll("_", " ") ?? "(no name)";
