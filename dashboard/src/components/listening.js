// What users say, and whether things go as they should: surveys, goals, alerts.
import * as Plot from "@observablehq/plot";
import {count, isoDay, isoMonth, longDate, money, monthName, percent, plural, readable, signed, sum} from "./format.js";
import {colour, legend, panel, plot, zeroLine} from "./frame.js";
import {cut, longest} from "./bars.js";

const INK = "var(--theme-foreground)";
const written = (value) => (Number.isInteger(value) ? count(value) : money(value));

// The score of each month between the ends of its interval: NPS where there is one, else the share of the best scores.
export function scores(rows, width) {
	const nps = rows.some((row) => row.nps != null);
	const points = rows.map((row) => (nps ? {...row, value: row.nps, from: row.nps_lower, to: row.nps_upper, p: row.nps_p}
		: {...row, value: row.top_box, from: row.top_box_lower, to: row.top_box_upper, p: row.top_box_p})).filter((row) => row.value != null);
	const shown = nps ? (value) => (value < 0 ? "−" : "") + Math.round(Math.abs(value)) : percent;
	const last = points.findLast((row) => row.complete) ?? points.at(-1);
	const worst = points.filter((row) => row.p != null && row.p < 0.01);
	const told = (row) => `${monthName(row.month)}: ${shown(row.value)}, ${shown(row.from)} to ${shown(row.to)}\n${plural(row.answers, "answer")}`
		+ (row.p == null ? "" : `\nagainst the month before p ${row.p < 0.001 ? "< 0.001" : `= ${row.p.toFixed(3)}`}`) + (row.complete ? "" : "\nthe month is not over");
	return panel("scores", {
		title: !last ? "Nobody has answered yet" : `${nps ? "Net promoter score" : "Best scores"} of “${last.name}” in ${monthName(last.month)}: ${shown(last.value)}`,
		read: nps ? "The share of 9 and 10 less that of 0 to 6, times 100, with its 95 % interval." : "The share of those who gave one of the highest scores, with its 95 % interval.",
		legend: legend([["the month", "var(--returning)"], ["clearly not as the month before", "var(--dormant)"]]),
		chart: !last ? null : plot({
			width, height: 280, marginLeft: 48,
			x: {type: "utc", label: null, ticks: width < 500 ? 4 : 8},
			y: {label: null, grid: true, tickFormat: shown},
			marks: [
				nps ? zeroLine() : null,
				Plot.lineY(points, {x: "month", y: "value", stroke: "var(--neutral)"}),
				Plot.ruleX(points, {x: "month", y1: "from", y2: "to", stroke: "var(--returning)", strokeWidth: 2, className: "interval"}),
				Plot.dot(points, {x: "month", y: "value", r: 4.5, fill: colour((row) => (worst.includes(row) ? "var(--dormant)" : "var(--returning)")), className: "dot",
					ariaLabel: (row) => `${isoMonth(row.month)}: ${row.value}`, tip: true, title: told})
			]
		}),
		note: `${plural(sum(points, (row) => row.answers), "answer")} in all. Where intervals overlap, the months may not differ at all.`
	});
}

const DONE = {reached: "var(--new)", on_track: "var(--new)", behind: "var(--dormant)", missed: "var(--dormant)", not_started: "var(--neutral)"};
const goalName = (row) => `${readable(row.metric)}, ${isoDay(row.from_day)} to ${isoDay(new Date(row.to_day - 86400000))}`;

export function goals(rows, meta, width) {
	const named = rows.map((row) => ({...row, name: goalName(row), part: row.goal > 0 ? row.actual / row.goal : 0, due: row.goal > 0 ? row.expected_to_date / row.goal : 0}));
	const told = (row) => `${row.name}: ${readable(row.status)}\n${written(row.actual)} of ${row.direction === "at_most" ? "at most " : ""}${written(row.goal)}, ${written(Math.round(row.expected_to_date))} by now`
		+ (row.projected == null ? "" : `\nit leads to ${written(Math.round(row.projected))}`);
	const behind = named.filter((row) => ["behind", "missed"].includes(row.status));
	const most = Math.max(1, ...named.map((row) => row.part));
	return panel("goals", {
		title: behind.length ? `${plural(behind.length, "goal")} of ${count(named.length)} behind` : named.length === 1 ? "The goal is within reach" : `All ${count(named.length)} goals are within reach`,
		read: "How much of each goal is done; the upright line is where it should stand by now, as its weekdays weigh.",
		legend: legend([["within reach", "var(--new)"], ["behind", "var(--dormant)"]]),
		chart: plot({
			width, height: 50 * named.length + 30, marginLeft: 4, marginRight: 40,
			x: {axis: null, domain: [0, most]},
			y: {axis: null, domain: named.map((row) => row.name), padding: 0.2},
			marks: [
				Plot.barX(named, {y: "name", x1: 0, x2: 1, insetTop: 18, fill: "var(--neutral)", fillOpacity: 0.5}),
				Plot.barX(named, {y: "name", x1: 0, x2: "part", insetTop: 18, fill: colour((row) => DONE[row.status]), className: "goal", ariaLabel: (row) => `${row.name}: ${row.status}`, tip: true, title: told}),
				Plot.tickX(named, {y: "name", x: "due", insetTop: 14, stroke: INK, strokeWidth: 2}),
				Plot.text(named, {y: "name", frameAnchor: "left", dy: -12, textAnchor: "start", fill: INK, fontSize: 12, text: (row) => cut(row.name, width - 60)}),
				Plot.text(named, {y: "name", x: most, dx: 6, dy: 8, textAnchor: "start", fill: INK, text: (row) => percent(row.part)})
			]
		})
	});
}

// The latest days that were not as usual, and by how much.
const SHOWN = 8;

export function alerts(rows, meta, width) {
	const found = rows.toSorted((a, b) => b.day - a.day).slice(0, SHOWN).map((row) => ({...row, name: `${isoDay(row.day)} ${readable(row.metric)}`}));
	const marginLeft = Math.min(0.5 * width, 16 + longest(found.map((row) => row.name)));
	const told = (row) => `${readable(row.metric)} on ${longDate(row.day)}: ${written(row.value)}\nexpected ${written(row.expected)}, as usual from ${written(row.lower)} to ${written(row.upper)}`;
	return panel("alerts", {
		title: !found.length ? "Every day was as usual" : `${plural(rows.length, "time")} a day was not as usual; the latest: ${longDate(found[0].day)}`,
		read: "By how much a metric was off what the same weekday of the weeks before lets expect.",
		legend: legend([["more", "var(--new)"], ["less", "var(--dormant)"]]),
		chart: !found.length ? null : plot({
			width, height: 30 * found.length + 40, marginLeft, marginRight: 16,
			x: {label: null, grid: true, tickFormat: signed, ticks: width < 500 ? 3 : 6},
			y: {label: null, domain: found.map((row) => row.name), padding: 0.25},
			marks: [
				Plot.barX(found, {y: "name", x: "change", fill: colour((row) => (row.change < 0 ? "var(--dormant)" : "var(--new)")), className: "alert",
					ariaLabel: (row) => `${row.name}: ${row.change}`, tip: true, title: told}),
				Plot.ruleX([0], {stroke: INK}),
				Plot.axisY({label: null, anchor: "left", tickSize: 0, fontSize: 12, fill: INK, tickFormat: (name) => cut(name, marginLeft - 16)})
			]
		}),
		note: rows.length > SHOWN ? `The latest ${SHOWN}. All of them are in the view kpi_alerts.` : null
	});
}
