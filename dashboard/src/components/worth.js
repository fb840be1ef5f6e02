// What users are worth: segments, recency against frequency, lifetime value, repeat purchases.
import * as Plot from "@observablehq/plot";
import {compact, count, isoMonth, money, monthName, percent, plural, sum} from "./format.js";
import {colour, heat, legend, onHeat, panel, zeroLine} from "./frame.js";

const readable = (label) => label.replaceAll("_", " ");

export function segments(rows, meta, width) {
	const hasAmounts = meta.amount != null;
	const champions = rows.find((row) => row.segment === "champions");
	const kinds = [["share", "of users", "var(--neutral)"], ...(hasAmounts ? [["revenue_share", "of revenue", "var(--returning)"]] : [])];
	const bars = rows.flatMap((row) => kinds.map(([kind, label, fill]) => ({...row, kind, label, fill, part: row[kind] ?? 0})));
	return panel("segments", {
		title: champions?.revenue_share != null
			? `Champions are ${percent(champions.share)} of the users and bring ${percent(champions.revenue_share)} of the revenue`
			: "How many users are in each segment?",
		read: "RFM segments: by how recently and how often people bought.",
		legend: legend(kinds.map(([, label, fill]) => [`share ${label}`, fill])),
		chart: Plot.plot({
			width, height: 44 * rows.length + 30, marginLeft: 128, marginRight: 46,
			fy: {label: null, domain: rows.map((row) => row.segment), tickFormat: readable, padding: 0.25},
			y: {axis: null, domain: kinds.map(([kind]) => kind), padding: 0.06},
			x: {axis: null, domain: [0, Math.max(...bars.map((bar) => bar.part), 0.01)]},
			marks: [
				Plot.barX(bars, {fy: "segment", y: "kind", x: "part", fill: colour("fill"),
					ariaLabel: (bar) => `${bar.segment} ${bar.kind}`, tip: true,
					title: (bar) => `${readable(bar.segment)}: ${plural(bar.users, "user")}${bar.revenue == null ? "" : `\nrevenue ${money(bar.revenue)}`}`}),
				Plot.text(bars, {fy: "segment", y: "kind", x: "part", dx: 4, textAnchor: "start", fill: "var(--theme-foreground)",
					text: (bar) => percent(bar.part)}),
				Plot.axisFy({label: null, anchor: "left", tickSize: 0, fontSize: 12.5, fill: "var(--theme-foreground)", tickFormat: readable})
			]
		})
	});
}

// --- recency against frequency -------------------------------------------------

// The segment that a cell of the 5 x 5 grid belongs to.
function segmentOf(r, f) {
	if (r <= 2) return f <= 2 ? "hibernating" : f <= 4 ? "at risk" : "can’t lose them";
	if (r === 3) return f <= 2 ? "about to sleep" : f === 3 ? "need attention" : "loyal";
	if (f === 1) return r === 4 ? "promising" : "new";
	if (f <= 3) return "potential loyalists";
	return r === 4 ? "loyal" : "champions";
}

export function rfmGrid(cells, meta, width) {
	const hasAmounts = meta.amount != null;
	const bins = Math.max(...cells.map((cell) => cell.r_score));
	const most = Math.max(1, ...cells.map((cell) => cell.users));
	const users = sum(cells, (cell) => cell.users);
	const revenue = sum(cells, (cell) => cell.revenue ?? 0);
	const best = cells.find((cell) => cell.r_score === bins && cell.f_score === bins);
	const shareOf = (cell) => Math.sqrt(cell.users / most);         // areas of many differ less to the eye
	const place = {x: "f_score", y: "r_score"};
	const line = (dy, text, options) => Plot.text(cells.filter((cell) => cell.users > 0), {...place, dy, text, lineHeight: 1,
		fill: colour((cell) => onHeat(shareOf(cell))), ...options});
	const named = bins === 5 && width > 540;
	return panel("rfm-grid", {
		title: users && revenue ? `The best corner: ${plural(best.users, "user")}, ${percent(best.users / users)} of all who bought, ${percent(best.revenue / revenue)} of their revenue`
			: `Where are the users who come often and came lately? ${users ? `${percent(best.users / users)} in the best corner` : ""}`,
		read: `Users by recency and frequency score, stronger in colour where there are more${hasAmounts ? "; below, what they have brought" : ""}.`,
		chart: Plot.plot({
			width, height: 440, marginLeft: 46, marginBottom: 40, padding: 0,
			x: {type: "band", label: `frequency score (${bins}: most often) →`, labelAnchor: "center", tickSize: 0},
			y: {type: "band", reverse: true, label: `recency score (${bins}: most recent)`, tickSize: 0},
			marks: [
				Plot.cell(cells, {...place, inset: 1, rx: 3, fill: colour((cell) => heat(shareOf(cell))),
					ariaLabel: (cell) => `recency ${cell.r_score}, frequency ${cell.f_score}: ${plural(cell.users, "user")}`}),
				line(hasAmounts || named ? -12 : 0, (cell) => count(cell.users), {fontSize: 16, fontWeight: 700}),
				hasAmounts ? line(6, (cell) => compact(cell.revenue ?? 0), {fontSize: 12}) : null,
				named ? line(24, (cell) => segmentOf(cell.r_score, cell.f_score), {fontSize: 10, fillOpacity: 0.8}) : null,
				Plot.tip(cells, Plot.pointer({...place, title: (cell) =>
					`recency ${cell.r_score}, frequency ${cell.f_score}\n${plural(cell.users, "user")}${cell.revenue == null ? "" : `\nrevenue ${money(cell.revenue)}`}`}))
			]
		}),
		note: "Users who are equal score equally, so a score may be empty."
	});
}

// --- lifetime value --------------------------------------------------------------

// What a newcomer had brought after n months, over all cohorts that old.
function valueAfter(rows, n) {
	const old = rows.filter((row) => row.period_number === n && row.complete);
	const users = sum(old, (row) => row.cohort_size);
	return old.length ? sum(old, (row) => row.cumulative_revenue) / users : null;
}

export function lifetimeValue(rows, width) {
	if (!rows.length) {
		return panel("ltv", {title: "What is a newcomer worth?", read: "The source has no amounts, so there is no lifetime value to show."});
	}
	const cohorts = [...new Set(rows.map((row) => +row.cohort))].sort((a, b) => a - b);
	const age = new Map(cohorts.map((cohort, i) => [cohort, cohorts.length > 1 ? i / (cohorts.length - 1) : 1]));
	const shade = (row) => heat(0.25 + 0.75 * age.get(+row.cohort));
	// the step into a month that is not over: dashed
	const open = rows.filter((row, i) => !row.complete || (rows[i + 1] && !rows[i + 1].complete && +rows[i + 1].cohort === +row.cohort));
	const done = rows.filter((row) => row.complete);
	const months = [12, 6, 3, 1].find((n) => valueAfter(rows, n) != null);
	return panel("ltv", {
		title: months ? `A newcomer brings ${money(valueAfter(rows, 0))} in the first month and ${money(valueAfter(rows, months))} after ${plural(months, "month")}`
			: "No month after a first one is over yet",
		read: "Revenue so far for each user of a cohort, buyers or not, by months after the first. A line is a cohort.",
		legend: legend([[`oldest cohort (${isoMonth(new Date(cohorts[0]))})`, heat(0.25)], [`newest (${isoMonth(new Date(cohorts.at(-1)))})`, heat(1)]],
			open.some((row) => !row.complete) ? "dashed: month not over" : null),
		chart: Plot.plot({
			width, height: 320, marginLeft: 50, marginRight: 24,
			x: {label: "months after the first →", interval: 1, tickFormat: String},
			y: {label: "revenue per user", grid: true, zero: true},
			marks: [
				zeroLine(),
				Plot.lineY(done, {x: "period_number", y: "ltv", z: "cohort", stroke: colour(shade), strokeWidth: 1.6}),
				Plot.lineY(open, {x: "period_number", y: "ltv", z: "cohort", stroke: colour(shade), strokeWidth: 1.6, strokeDasharray: "2 3", className: "open"}),
				Plot.dot(rows, {x: "period_number", y: "ltv", r: 2, fill: colour(shade), fillOpacity: (row) => (row.complete ? 1 : 0.4)}),
				Plot.tip(rows, Plot.pointer({x: "period_number", y: "ltv", title: (row) =>
					`${plural(row.cohort_size, "user")} new in ${monthName(row.cohort)}\n${plural(row.period_number, "month")} later: ${money(row.ltv)} each${row.complete ? "" : "\nthis month is not over"}`}))
			]
		})
	});
}

// --- repeat purchases --------------------------------------------------------------

export function repeatPurchase(row, meta, width) {
	const verb = meta.amount == null ? ["came on one day only", "came again"] : ["bought once", "bought again"];
	const parts = [
		{label: verb[1], users: row.repeat_buyers, x1: 0, x2: row.repeat_buyers, fill: "var(--returning)", on: "var(--on-heat)"},
		{label: verb[0], users: row.buyers - row.repeat_buyers, x1: row.repeat_buyers, x2: row.buyers, fill: "var(--neutral)", on: "var(--theme-foreground)"}
	];
	return panel("repeat-purchase", {
		title: row.buyers ? `${percent(row.repeat_rate)} ${verb[1]}` + (row.days_to_second_median == null ? "" : `, half of them within ${plural(row.days_to_second_median, "day")}`)
			: "Nobody has bought yet",
		read: row.days_to_second_q1 == null ? null
			: `A quarter took ${plural(row.days_to_second_q1, "day")} or less to the second time, three quarters ${plural(row.days_to_second_q3, "day")} or less.`,
		chart: Plot.plot({
			width, height: 64, margin: 0, axis: null, x: {domain: [0, Math.max(1, row.buyers)]},
			marks: [
				Plot.rectX(parts, {x1: "x1", x2: "x2", inset: 1, rx: 3, fill: colour("fill")}),
				Plot.text(parts.filter((part) => part.users > 0.08 * row.buyers), {x: (part) => (part.x1 + part.x2) / 2, fill: colour("on"), fontSize: 13,
					text: (part) => `${count(part.users)}\n${part.label}`})
			]
		})
	});
}
