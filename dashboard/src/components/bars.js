// Bars of groups of users side by side: two shares in one row, or a figure in each column.
import * as Plot from "@observablehq/plot";
import {compact, countIn, percent} from "./format.js";
import {colour, legend, plot} from "./frame.js";

const INK = "var(--theme-foreground)";
const LETTER = 6.5;             // pixels, about; letters of Chinese are twice as wide
const lengthOf = (text) => text.length + (text.match(/[\u1100-\uffff]/g)?.length ?? 0);
export const longest = (texts) => LETTER * Math.max(4, ...texts.map(lengthOf));

// A name that is too long for its room ends in dots.
export function cut(text, room) {
	let shown = text;
	while (LETTER * lengthOf(shown) > room) shown = shown.slice(0, -1);
	return shown === text ? text : `${shown.slice(0, -1)}…`;
}

// rows: {name, told, …}; kinds: [field, label, colour] of shares.
export function shareBars(rows, kinds, width) {
	const marginLeft = Math.min(0.45 * width, 16 + longest(rows.map((row) => row.name)));
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
				Plot.axisFy({label: null, anchor: "left", tickSize: 0, fontSize: 12.5, fill: INK, tickFormat: (name) => cut(name, marginLeft - 16)})
			]
		})
	};
}

// rows: {name, told, fill, …}; sides: [field, label, how it is written, the longest bar] of figures,
// each with a scale of its own if that is not told.
// Names that are too long to stand beside the bars stand above them.
export function sideBars(rows, sides, width) {
	const above = longest(rows.map((row) => row.name)) > 0.4 * width;
	const marginLeft = above ? 4 : 12 + longest(rows.map((row) => row.name));
	const short = (value) => (Math.abs(value) >= 1e5 ? compact(value) : countIn(6, value));
	const bars = sides.flatMap(([field, side, written = short, longestBar]) => {
		const values = rows.map((row) => row[field] ?? 0);
		const most = longestBar ?? (Math.max(...values.map(Math.abs)) || 1);
		return rows.map((row, i) => ({...row, side, value: values[i], shown: row[field] == null ? "–" : written(values[i], row), part: values[i] / most}));
	});
	// of the room of a side, what the longest number takes after a bar
	const room = Math.min(0.6, (8 + longest(bars.map((bar) => bar.shown))) / (0.85 * (width - marginLeft) / sides.length));
	const least = Math.min(0, ...bars.map((bar) => bar.part));
	return rows.length === 0 ? null : plot({
		width, height: (above ? 46 : 34) * rows.length + 40, marginLeft, marginRight: 4,
		fx: {label: null, axis: sides.length > 1 ? "top" : null, domain: sides.map(([, label]) => label), padding: 0.1},
		y: {label: null, axis: above ? null : "left", domain: rows.map((row) => row.name), tickSize: 0, padding: 0.25},
		x: {axis: null, domain: [least, least + (1 - least) / (1 - room)]},
		marks: [
			Plot.barX(bars, {fx: "side", y: "name", x: "part", insetTop: above ? 15 : 0, fill: colour("fill"),
				ariaLabel: (bar) => `${bar.name}: ${bar.value}`, tip: true, title: "told"}),
			Plot.text(bars, {fx: "side", y: "name", x: (bar) => Math.max(0, bar.part), dx: 4, dy: above ? 8 : 0, textAnchor: "start", fill: INK,
				text: "shown"}),
			above ? Plot.text(bars.slice(0, rows.length), {fx: "side", y: "name", frameAnchor: "left", dy: -11, textAnchor: "start", fill: INK, fontSize: 11.5,
				text: (bar) => cut(bar.name, width)}) : null
		]
	});
}
