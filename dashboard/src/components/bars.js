// Bars of groups of users side by side: two shares in one row, or a figure in each column.
import * as Plot from "@observablehq/plot";
import {compact, countIn, percent} from "./format.js";
import {colour, legend, plot} from "./frame.js";

const INK = "var(--theme-foreground)";
const LETTER = 7;               // pixels, about
const names = (rows, width) => Math.min(0.4 * width, 16 + LETTER * Math.max(4, ...rows.map((row) => row.name.length)));

// A name that is too long for its margin ends in dots.
const cut = (room) => (name) => (name.length * LETTER > room ? `${name.slice(0, Math.floor(room / LETTER) - 1)}…` : name);

// rows: {name, told, …}; kinds: [field, label, colour] of shares.
export function shareBars(rows, kinds, width) {
	const marginLeft = names(rows, width);
	const bars = rows.flatMap((row) => kinds.map(([kind, , fill]) => ({...row, kind, fill, part: row[kind] ?? 0})));
	return {
		legend: legend(kinds.map(([, label, fill]) => [label, fill])),
		chart: rows.length === 0 ? null : plot({
			width, height: 44 * rows.length + 30, marginLeft, marginRight: 46,
			fy: {label: null, domain: rows.map((row) => row.name), padding: 0.25},
			y: {axis: null, domain: kinds.map(([kind]) => kind), padding: 0.06},
			x: {axis: null, domain: [Math.min(0, ...bars.map((bar) => bar.part)), Math.max(...bars.map((bar) => bar.part), 0.01)]},
			marks: [
				Plot.barX(bars, {fy: "name", y: "kind", x: "part", fill: colour("fill"),
					ariaLabel: (bar) => `${bar.name} ${bar.kind}`, tip: true, title: "told"}),
				Plot.text(bars, {fy: "name", y: "kind", x: (bar) => Math.max(0, bar.part), dx: 4, textAnchor: "start", fill: INK,
					text: (bar) => percent(bar.part)}),
				Plot.axisFy({label: null, anchor: "left", tickSize: 0, fontSize: 12.5, fill: INK, tickFormat: cut(marginLeft - 16)})
			]
		})
	};
}

// rows: {name, told, fill, …}; sides: [field, label] of figures, each with a scale of its own.
export function sideBars(rows, sides, width) {
	const marginLeft = names(rows, width);
	const told = (value) => (Math.abs(value) >= 1e5 ? compact(value) : countIn(6, value));
	const bars = sides.flatMap(([field, side]) => {
		const values = rows.map((row) => row[field] ?? 0);
		const most = Math.max(...values.map(Math.abs)) || 1;
		return rows.map((row, i) => ({...row, side, value: values[i], part: values[i] / most}));
	});
	// of the room of a side, what the longest number takes after a bar
	const room = Math.min(0.6, LETTER * Math.max(3, ...bars.map((bar) => told(bar.value).length)) / (0.8 * (width - marginLeft) / sides.length));
	const least = Math.min(0, ...bars.map((bar) => bar.part));
	return rows.length === 0 ? null : plot({
		width, height: 34 * rows.length + 40, marginLeft, marginRight: 4,
		fx: {label: null, axis: "top", domain: sides.map(([, label]) => label), padding: 0.1},
		y: {label: null, domain: rows.map((row) => row.name), tickSize: 0, tickFormat: cut(marginLeft - 8), padding: 0.25},
		x: {axis: null, domain: [least, least + (1 - least) / (1 - room)]},
		marks: [
			Plot.barX(bars, {fx: "side", y: "name", x: "part", fill: colour("fill"), ariaLabel: (bar) => `${bar.name}: ${bar.value}`, tip: true, title: "told"}),
			Plot.text(bars, {fx: "side", y: "name", x: (bar) => Math.max(0, bar.part), dx: 4, textAnchor: "start", fill: INK, text: (bar) => told(bar.value)})
		]
	});
}
