// Who moved from one segment to another, and how segments grew and shrank.
import * as Plot from "@observablehq/plot";
import {capital, compact, count, longDate, people, plural, readable, sum} from "./format.js";
import {code, colour, legend, panel, plot, zeroLine} from "./frame.js";
import {sideBars} from "./bars.js";

const SHOWN = 10;
const from = (move) => (move.old_value == null ? "new" : readable(move.old_value));
const to = (move) => (move.new_value == null ? "gone" : readable(move.new_value));

export function movers(moves, meta, width) {
	const since = `since ${longDate(meta.since)}`;
	const stayed = moves.filter((move) => move.old_value != null && move.new_value != null);
	const named = moves.slice(0, SHOWN).map((move) => ({...move, name: `${from(move)} → ${to(move)}`,
		fill: move.old_value == null ? "var(--new)" : move.new_value == null ? "var(--dormant)" : "var(--returning)",
		told: `${from(move)} → ${to(move)}: ${plural(move.users, "user")}`}));
	const users = sum(stayed, (move) => move.users);
	return panel("movers", {
		title: !meta.named ? "Who moved from one segment to another?"
			: capital(`${people(users)} moved from one segment to another ${since}`),
		read: !meta.named ? "Segments have names where there are five scores of each kind."
			: moves.length > SHOWN ? `The ${SHOWN} commonest of ${count(moves.length)} ways.` : null,
		legend: legend([["from one segment to another", "var(--returning)"], ["new users", "var(--new)"]]),
		chart: sideBars(named, [["users", "users"]], width),
		note: !meta.named ? null
			: meta.by_history ? ["By the labels that refreshes wrote down, in ", code(`${meta.schema_name}.transitions`), "."]
				: ["Reckoned from the events by today’s cut points: ", code(`${meta.schema_name}.transitions`), " holds no earlier refresh to compare with."]
	});
}

// rows: {as_of, segment, users}, by date, a row for each segment that had users.
export function segmentHistory(rows, dates, width) {
	const names = [...new Set(rows.map((row) => row.segment))];
	const users = new Map(rows.map((row) => [`${+row.as_of} ${row.segment}`, row.users]));
	const at = (date, name) => users.get(`${date} ${name}`) ?? 0;
	const trend = (name) => at(dates.at(-1), name) - at(dates[0], name);
	const lines = names.flatMap((name) => dates.map((date) => ({name, date: new Date(date), users: at(date, name),
		stroke: trend(name) < 0 ? "var(--dormant)" : "var(--new)"})));
	const grown = names.toSorted((a, b) => trend(b) - trend(a));
	const most = Math.max(1, ...lines.map((line) => line.users));
	const ends = lines.filter((line) => +line.date === dates.at(-1)).sort((a, b) => a.users - b.users);
	let free = -Infinity;
	for (const end of ends) end.label = free = Math.max(end.users, free + 14 * most / 290);
	const marginRight = Math.min(0.4 * width, 30 + 6.5 * Math.max(...ends.map((end) => readable(end.name).length)));
	return panel("segment-history", {
		title: `Grown most since ${longDate(new Date(dates[0]))}: ${readable(grown[0])}, ${trend(grown[0]) < 0 ? "−" : "+"}${count(Math.abs(trend(grown[0])))}`,
		read: `Users of each segment, as ${plural(dates.length, "refresh").replace(/s$/, "es")} found them.`,
		legend: legend([["as many as at first, or more", "var(--new)"], ["fewer", "var(--dormant)"]]),
		chart: plot({
			width, height: 340, marginLeft: 50, marginRight,
			x: {type: "utc", label: null, ticks: Math.min(dates.length, width / 90)},
			y: {label: "users", grid: true, zero: true, tickFormat: compact},
			marks: [
				zeroLine(),
				Plot.lineY(lines, {x: "date", y: "users", z: "name", stroke: colour("stroke"), strokeWidth: 1.6}),
				Plot.text(ends, {x: "date", y: "label", dx: 6, textAnchor: "start", fill: colour("stroke"), fontSize: 11, text: (end) => readable(end.name)}),
				Plot.tip(lines, Plot.pointer({x: "date", y: "users", title: (line) => `${readable(line.name)}, ${longDate(line.date)}\n${plural(line.users, "user")}`}))
			]
		})
	});
}
