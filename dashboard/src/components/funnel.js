// Funnels: who gets how far, how fast, and whether some users get further than others.
import * as Plot from "@observablehq/plot";
import {count, countIn, duration, percent, plural, readable, span} from "./format.js";
import {code, colour, legend, panel, plot} from "./frame.js";
import {cut, longest, sideBars} from "./bars.js";

const INK = "var(--theme-foreground)";

// In place of a funnel where none was made.
export function noFunnel(meta) {
	return panel("funnel", {
		title: "There is no funnel in this schema yet",
		read: "A funnel says how many users get from one event to the next, where they are lost, and how long they take.",
		note: ["It is made with a call such as ", code(`SELECT user_ops.create_funnel_view('${meta.schema_name}', 'purchase', '{view,cart,checkout,purchase}', '7 days')`),
			", and the next build shows it here."]
	});
}

// Several steps may be called the same.
const nameOf = (row) => `${row.step} ${readable(row.label)}`;

// The step at which most users are lost.
const greatestLoss = (steps) => steps.slice(1).toSorted((a, b) => b.drop_off - a.drop_off)[0];

// A bar for each step; what is missing of the one before it is pale.
export function funnelBars(steps, width) {
	const [first, last] = [steps[0], steps.at(-1)];
	const lost = greatestLoss(steps);
	const rows = steps.map((row) => ({...row, name: nameOf(row), before: row.users + row.drop_off}));
	const marginLeft = Math.min(0.35 * width, 16 + longest(rows.map((row) => row.name)));
	const marginRight = 12;
	const room = (width - marginLeft - marginRight) / Math.max(1, first?.users);
	const told = (row) => `${row.name}: ${plural(row.users, "user")}, ${percent(row.conversion_from_first)} of the first step`
		+ (row.step === 1 ? "" : `\n${percent(row.conversion_from_previous)} of those before, ${count(row.drop_off)} lost`
			+ (row.median_seconds == null ? "" : `\nhalf of them within ${duration(row.median_seconds)}`))
		+ (row.open_users ? `\n${count(row.open_users)} stand here with time left` : "");
	const figures = (row) => `${countIn(7, row.users)} · ${percent(row.conversion_from_first)}`;
	const onBar = (row) => row.users * room > 8 * figures(row).length;
	const losses = rows.filter((row) => row.drop_off > 0);
	const loss = (row) => `−${countIn(7, row.drop_off)} (${percent(1 - row.conversion_from_previous)})`;
	return panel("funnel", {
		title: !first?.users ? "Nobody has begun yet"
			: `${percent(last.conversion_from_first)} of those who begin get to the end${lost?.drop_off ? `; most are lost before “${readable(lost.label)}”: ${count(lost.drop_off)}` : ""}`,
		read: "Users who reached each step, each counted once, and how many of the step before did not.",
		legend: legend([["reached the step", "var(--returning)"], ["lost since the step before", "var(--lost)"]]),
		chart: !first?.users ? null : plot({
			width, height: 62 * rows.length + 8, marginLeft, marginRight, marginTop: 4, marginBottom: 4,
			x: {axis: null, domain: [0, first.users]},
			y: {label: null, domain: rows.map((row) => row.name), padding: 0.22, axis: null},
			marks: [
				Plot.barX(rows, {y: "name", x1: 0, x2: "users", fill: "var(--returning)", rx: 3, className: "reached",
					ariaLabel: (row) => `${row.name}: ${row.users}`, tip: true, title: told}),
				Plot.barX(losses, {y: "name", x1: "users", x2: "before", fill: "var(--lost)", rx: 3, className: "lost",
					ariaLabel: (row) => `${row.name}: ${row.drop_off} lost`}),
				Plot.text(rows, {y: "name", x: (row) => (onBar(row) ? 0 : row.users), dx: 8, dy: -8, textAnchor: "start", fontWeight: 600, fontSize: 13,
					fill: colour((row) => (onBar(row) ? "var(--on-heat)" : INK)), text: figures}),
				Plot.text(losses, {y: "name", x: (row) => (onBar(row) ? 0 : row.users), dx: 8, dy: 10, textAnchor: "start", fontSize: 11.5,
					fill: colour((row) => (onBar(row) ? "var(--on-heat)" : INK)), text: loss}),
				Plot.axisY({label: null, anchor: "left", tickSize: 0, fontSize: 12.5, fill: INK, tickFormat: (name) => cut(name, marginLeft - 16)})
			]
		}),
		note: rows.some((row) => row.open_users) ? `${plural(rows.reduce((total, row) => total + row.open_users, 0), "user")} may still get further: their time is not over.` : null
	});
}

export function timeToConvert(steps, width) {
	const rows = steps.slice(1).map((row) => ({...row, name: nameOf(row), fill: "var(--returning)",
		told: row.median_seconds == null ? `${nameOf(row)}: nobody` : `${nameOf(row)}\nhalf of them within ${duration(row.median_seconds)}\n${duration(row.average_seconds)} on average`}));
	const most = Math.max(1, ...rows.flatMap((row) => [row.median_seconds ?? 0, row.average_seconds ?? 0]));
	const timed = rows.filter((row) => row.median_seconds != null).toSorted((a, b) => b.median_seconds - a.median_seconds);
	return panel("time-to-convert", {
		title: !timed.length ? "Nobody has gone on from the first step yet"
			: `The step to “${readable(timed[0].label)}” takes longest: half need ${duration(timed[0].median_seconds)} or less`,
		read: "Time from the step before, of those who reached the step. Where the average is far above the median, some come back later.",
		chart: !timed.length ? null : sideBars(rows, [["median_seconds", "median", duration, most], ["average_seconds", "average", duration, most]], width)
	});
}

export function funnelSegments(rows, width) {
	const parts = rows.toSorted((a, b) => b.conversion - a.conversion);
	const [best, worst] = [parts[0], parts.at(-1)];
	const clear = (row) => row.p_value != null && row.p_value < 0.01;
	const bars = parts.map((row) => ({...row, name: row.segment, fill: !clear(row) ? "var(--neutral)" : row.z > 0 ? "var(--new)" : "var(--dormant)",
		told: `${row.segment}: ${count(row.users)} of ${count(row.begun)}${row.conversion == null ? "" : ` (${percent(row.conversion)})`}`
			+ (row.p_value == null ? "\ntoo few to compare" : `\nagainst all others p ${row.p_value < 0.001 ? "< 0.001" : `= ${row.p_value.toFixed(3)}`}`)}));
	return panel("funnel-segments", {
		title: parts.length < 2 ? "There are no segments to compare yet"
			: `Of “${best.segment}” ${percent(best.conversion)} get to the end, of “${worst.segment}” ${percent(worst.conversion)}`,
		read: "Users of each segment who got to the last step, in per cent of those who began.",
		legend: legend([["more than among the others", "var(--new)"], ["fewer", "var(--dormant)"], ["no clear difference", "var(--neutral)"]]),
		chart: parts.length < 2 ? null : sideBars(bars, [["conversion", "got to the end", (share, row) => `${percent(share)} of ${countIn(6, row.begun)}`]], width),
		note: ["A difference is clear if chance alone makes one as large in fewer than one of a hundred cases.",
			parts.length && parts[0].of_segments > parts.length ? ` The ${count(parts.length)} largest of ${count(parts[0].of_segments)} segments.` : ""]
	});
}

// What the funnel asks for, in words.
export function funnelLead(steps, asked) {
	const names = steps.map((row) => readable(row.label));
	if (!names.length) return `From the first step to the last within ${span(asked.within_seconds)}.`;
	return `${asked.unordered ? `${names.join(", ")} in any order` : names.join(" → ")} within ${span(asked.within_seconds)}`
		+ (asked.entry === "first" && !asked.unordered ? `, from each user’s first “${names[0]}” on.` : ".");
}
