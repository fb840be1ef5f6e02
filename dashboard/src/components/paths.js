// Paths: what people do one after the other in a session, as a Sankey diagram and as a table of events by events.
import * as Plot from "@observablehq/plot";
import {sankey} from "d3-sankey";
import {count, countIn, duration, percent, plural, span, sum} from "./format.js";
import {code, colour, heat, legend, onHeat, panel, plot} from "./frame.js";
import {cut, longest} from "./bars.js";

const ENDS = ["(entry)", "(exit)"];
const isEnd = (name) => ENDS.includes(name);

// In place of paths where none were made.
export function noPaths(meta) {
	return panel("paths", {
		title: "There are no paths in this schema yet",
		read: "Paths say what users do one after the other: which way they take from event to event, and where they leave.",
		note: ["They are made with a call such as ", code(`SELECT user_ops.create_path_view('${meta.schema_name}', 'sessions')`), ", and the next build shows them here."]
	});
}

const RARE = 1 / 1000;          // of all sessions: ways that are no more than a hair

// The graph of the first columns: a node is an event at one depth, so that no way leads back.
// Depths of reversed paths are counted from the last event.
function graph(edges, columns, begun, reversed) {
	const nodes = new Map();
	const node = (depth, name, side, sessions) => {
		const id = `${depth} ${name}`;
		if (!nodes.has(id)) nodes.set(id, {id, depth_of: depth, name, column: reversed ? columns - depth : depth - 1, in: 0, out: 0});
		nodes.get(id)[side] += sessions;
		return id;
	};
	const links = edges.filter((edge) => edge.depth < columns).map((edge) => ({...edge, value: edge.sessions, from: edge.source, to: edge.target,
		source: node(edge.depth + (reversed ? 1 : 0), edge.source, "out", edge.sessions), target: node(edge.depth + (reversed ? 0 : 1), edge.target, "in", edge.sessions)}))
		.filter((link) => link.sessions >= RARE * begun);
	const drawn = new Set(links.flatMap((link) => [link.source, link.target]));
	return {links, nodes: [...nodes.values()].filter((one) => drawn.has(one.id)).map((one) => ({...one, fixedValue: Math.max(one.in, one.out)}))};
}

export function sankeyOfPaths(edges, asked, width) {
	const reversed = asked.reverse;
	const depths = edges.length ? Math.max(...edges.map((edge) => edge.depth)) + 1 : 0;
	const columns = Math.max(2, Math.min(depths, Math.floor(width / 100)));
		const begun = sum(edges.filter((edge) => edge.depth === 1), (edge) => edge.sessions);
	const {nodes, links} = graph(edges, columns, begun, reversed);
	const commonest = edges.filter((edge) => edge.depth === 1 && ![edge.source, edge.target].some((name) => isEnd(name) || name === "(other)")).toSorted((a, b) => b.sessions - a.sessions)[0];
	const labelRoom = width / columns - 26;
	// where there is little room the numbers stand below the names
	const narrow = labelRoom < 110;
	const height = narrow ? 560 : 440;
	const label = (one) => (narrow ? `${cut(one.name, labelRoom)}\n${countIn(6, one.value)}`
		: `${cut(one.name, labelRoom - 6.5 * (1 + countIn(6, one.value).length))} ${countIn(6, one.value)}`);
	let chart = null;
	if (links.length) {
		sankey().nodeId((one) => one.id).nodeAlign((one) => one.column).nodeWidth(10).nodePadding(narrow ? 30 : 16)
			.nodeSort((a, b) => isEnd(a.name) - isEnd(b.name) || b.value - a.value)
			.extent([[0, 8], [Math.max(240, width) - labelRoom - 6, height - 8]])({nodes, links});
		const fill = (one) => (isEnd(one.name) ? "var(--neutral)" : "var(--returning)");
		const told = (link) => `${link.from} → ${link.to}: ${plural(link.sessions, "session")}`
			+ (link.users == null ? "" : `, ${plural(link.users, "user")}`) + (link.average_seconds == null ? "" : `\n${duration(link.average_seconds)} on average`);
		const ribbons = links.flatMap((link, id) => [[link.source.x1, link.y0], [link.target.x0, link.y1]]
			.map(([x, y]) => ({...link, id, x, top: y - Math.max(1, link.width) / 2, bottom: y + Math.max(1, link.width) / 2})));
		chart = plot({
			width, height, margin: 0, axis: null, x: {type: "identity"}, y: {type: "identity"},
			marks: [
				Plot.areaY(ribbons, {x: "x", y1: "top", y2: "bottom", z: "id", curve: "bump-x", fillOpacity: 0.4,
					fill: colour((end) => (isEnd(end.to) || isEnd(end.from) ? "var(--neutral)" : "var(--returning)")),
					ariaLabel: (end) => `${end.depth} ${end.from} → ${end.to}: ${end.sessions}`}),
				Plot.rect(nodes, {x1: "x0", x2: "x1", y1: "y0", y2: (one) => Math.max(one.y1, one.y0 + 1), fill: colour(fill),
					ariaLabel: (one) => `${one.depth_of} ${one.name}: ${one.value}`}),
				Plot.text(nodes, {x: "x1", y: (one) => (one.y0 + one.y1) / 2, dx: 5, textAnchor: "start", fontSize: 11.5, fill: "var(--theme-foreground)",
					stroke: "var(--panel)", strokeWidth: 3, text: label}),
				Plot.tip(links, Plot.pointer({x: (link) => (link.source.x1 + link.target.x0) / 2, y: (link) => (link.y0 + link.y1) / 2, title: told}))
			]
		});
	}
	return panel("paths", {
		title: !begun ? "Nobody has come yet"
			: commonest ? `${percent(commonest.sessions / begun)} of all sessions go ${reversed ? "at last" : "first"} from “${commonest.source}” to “${commonest.target}”`
				: "Every session is one event",
		read: `Sessions from ${reversed ? "the last event backwards" : "the first event on"}, as wide as there are many. Repeats of an event in a row count once.`,
		legend: legend([["from event to event", "var(--returning)"], [reversed ? "begun there" : "ended there", "var(--neutral)"]]),
		chart,
		note: links.length ? `Ways that fewer than one of ${count(1 / RARE)} sessions take are left out.`
			+ (columns < depths ? ` The ${reversed ? "last" : "first"} ${count(columns)} of ${count(depths)} steps; a wider page shows more.` : "") : null
	});
}

// Rows go on to columns. Entries stand above, exits to the right.
export function transitionMap(cells, width) {
	const weight = new Map();
	for (const cell of cells) for (const name of [cell.source, cell.target]) weight.set(name, (weight.get(name) ?? 0) + cell.transitions);
	const events = [...weight.keys()].filter((name) => !isEnd(name)).toSorted((a, b) => weight.get(b) - weight.get(a));
	const most = Math.max(2, Math.min(8, Math.floor(width / 62) - 2));
	const shown = events.slice(0, most);
	const all = (cells[0]?.events ?? 0) - (weight.size - events.length);
	const [from, to] = [[...(weight.has("(entry)") ? ["(entry)"] : []), ...shown], [...shown, ...(weight.has("(exit)") ? ["(exit)"] : [])]];
	const drawn = cells.filter((cell) => from.includes(cell.source) && to.includes(cell.target));
	const marginLeft = Math.min(0.3 * width, 16 + longest(from));
	const each = Math.min(110, (width - marginLeft - 8) / to.length);
	const leaving = drawn.filter((cell) => cell.target === "(exit)" && !isEnd(cell.source)).toSorted((a, b) => b.transitions - a.transitions)[0];
	return panel("transitions", {
		title: leaving ? `Most sessions end after “${leaving.source}”: ${percent(leaving.probability)} of the times that it happens` : "What comes after what?",
		read: "Of all times that the event on the left happened, in per cent, which event came next in the session.",
		chart: !drawn.length ? null : plot({
			width: marginLeft + 8 + each * to.length, height: 34 * from.length + 34, marginLeft, marginTop: 30, marginRight: 8, marginBottom: 4, padding: 0,
			x: {type: "band", axis: null, domain: to},
			y: {type: "band", axis: null, domain: from},
			marks: [
				Plot.cell(drawn, {x: "target", y: "source", inset: 1, rx: 3, fill: colour((cell) => heat(cell.probability)),
					ariaLabel: (cell) => `${cell.source} → ${cell.target}: ${cell.transitions}`}),
				Plot.text(drawn, {x: "target", y: "source", fontSize: 12, fill: colour((cell) => onHeat(cell.probability)),
					text: (cell) => (cell.probability < 0.005 ? "<1" : String(Math.round(100 * cell.probability)))}),
				Plot.axisX({anchor: "top", label: null, tickSize: 0, fontSize: 12, fill: "var(--theme-foreground)", tickFormat: (name) => cut(name, each - 10)}),
				Plot.axisY({label: null, tickSize: 0, fontSize: 12, fill: "var(--theme-foreground)", tickFormat: (name) => cut(name, marginLeft - 12)}),
				Plot.tip(drawn, Plot.pointer({x: "target", y: "source", title: (cell) => `${cell.source} → ${cell.target}\n${plural(cell.transitions, "time")}, ${percent(cell.probability)}`}))
			]
		}),
		note: all > shown.length ? `The ${count(shown.length)} commonest of ${count(all)} events.` : null
	});
}

export const pathsLead = (asked) => (asked.gap_seconds == null ? "From event to event; all events of a user are one session."
	: `From event to event. A session ends where nothing happens for more than ${span(asked.gap_seconds)}.`);
