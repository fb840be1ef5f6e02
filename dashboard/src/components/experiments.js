// Experiments: what each metric did against the control, how that came about, and what it brought.
import * as Plot from "@observablehq/plot";
import {count, isoDay, longDate, money, plural, readable, signed} from "./format.js";
import {code, colour, legend, panel, plot, zeroLine} from "./frame.js";
import {cut, longest} from "./bars.js";

const INK = "var(--theme-foreground)";

export function noExperiment(meta) {
	return panel("effects", {
		title: "There is no experiment in this schema yet",
		read: "An experiment compares users whom chance assigned to a campaign with others whom it held out.",
		note: ["It is made with a call such as ", code(`SELECT user_ops.create_experiment_views('${meta.schema_name}', 'win_back', 'assignments', 'customer_id', 'variant', 'assigned_at', control => 'holdout')`),
			", and the next build shows it here."]
	});
}

// Who is in which arm, and whether these are the numbers that were meant.
export function experimentLead(arms) {
	const sizes = arms.map((arm) => `${plural(arm.users, "user")} in “${arm.variant}”`).join(", ");
	const open = arms.reduce((total, arm) => total + arm.open_users, 0);
	const verdict = arms[0].mismatch ? "These are not the numbers that were meant: nothing below is to be read."
		: arms[0].sample_ratio_p == null ? "" : `As many as were meant (p = ${arms[0].sample_ratio_p.toFixed(2)}).`;
	return `${sizes}. ${verdict}${open ? ` ${count(open)} of them are not through yet.` : ""}`;
}

const clear = (row) => row.lower != null && (row.lower > 0 || row.upper < 0);
const hue = (row) => (!clear(row) ? "var(--neutral)" : row.lower > 0 ? "var(--new)" : "var(--dormant)");

// Effects on one scale: in per cent of the control, with the interval of the effect.
export function effects(results, width) {
	const several = new Set(results.map((row) => row.variant)).size > 1;
	const rows = results.filter((row) => row.lower != null && row.control_mean > 0).map((row) => ({...row,
		name: several ? `${readable(row.metric)}, ${row.variant}` : readable(row.metric),
		at: row.effect / row.control_mean, from: row.lower / row.control_mean, to: row.upper / row.control_mean}));
	const found = rows.filter(clear);
	const told = (row) => `${row.name}: ${signed(row.at)}, ${signed(row.from)} to ${signed(row.to)}\n${money(row.control_mean)} for each held out, ${money(row.mean)} for each of “${row.variant}”`
		+ (row.p_holm == null ? "" : `\np ${row.p_holm < 0.001 ? "< 0.001" : `= ${row.p_holm.toFixed(3)}`} for all of these together`);
	const marginLeft = Math.min(0.4 * width, 16 + longest(rows.map((row) => row.name)));
	return panel("effects", {
		title: !rows.length ? "There is nothing to compare yet"
			: found.length ? `A difference in ${count(found.length)} of ${plural(rows.length, "comparison")}` : `No difference in ${plural(rows.length, "comparison")}`,
		read: "How much more than the control, in per cent of it. Where the line from end to end of the interval crosses 0, there may be no effect at all.",
		legend: legend([["more", "var(--new)"], ["less", "var(--dormant)"], ["no clear difference", "var(--neutral)"]]),
		chart: !rows.length ? null : plot({
			width, height: 34 * rows.length + 40, marginLeft, marginRight: 16,
			x: {label: null, tickFormat: signed, grid: true, ticks: width < 500 ? 4 : 8},
			y: {label: null, domain: rows.map((row) => row.name)},
			marks: [
				Plot.ruleX([0], {stroke: INK}),
				Plot.ruleY(rows, {y: "name", x1: "from", x2: "to", stroke: colour(hue), strokeWidth: 3, className: "interval"}),
				Plot.dot(rows, {y: "name", x: "at", r: 5, fill: colour(hue), className: "dot", ariaLabel: (row) => `${row.metric} ${row.variant}: ${row.effect}`, tip: true, title: told}),
				Plot.axisY({label: null, anchor: "left", tickSize: 0, fontSize: 12.5, fill: INK, tickFormat: (name) => cut(name, marginLeft - 16)})
			]
		}),
		note: rows.some((row) => row.adjusted) ? "What users did before they were assigned is taken out of these numbers." : null
	});
}

// The effect on one metric at each look; of fixed inference one look alone may be read.
export function effectDays(days, width) {
	const metric = days.some((row) => row.metric === "revenue") ? "revenue" : "active_days";
	const rows = days.filter((row) => row.metric === metric && row.lower != null);
	const looks = new Set(rows.map((row) => isoDay(row.as_of))).size;
	const sequential = rows.some((row) => row.always_valid_p != null);
	const told = (row) => `${longDate(row.as_of)}, ${row.variant}: ${money(row.effect)}\n${money(row.lower)} to ${money(row.upper)} over ${plural(row.users, "user")}`;
	return panel("effect-days", {
		title: !rows.length ? "There is no look at it yet" : `The effect on ${readable(metric)} as ${looks === 1 ? "one refresh" : `${count(looks)} refreshes`} saw it`,
		read: "For each user of the arm, with its interval, at the time of each refresh.",
		chart: !rows.length ? null : plot({
			width, height: 260, marginLeft: 48,
			x: {type: "utc", label: null, ticks: width < 500 ? 3 : 6},
			y: {label: null, grid: true},
			marks: [
				zeroLine(),
				...(looks === 1 ? [] : [
					Plot.areaY(rows, {x: "as_of", y1: "lower", y2: "upper", z: "variant", fill: "var(--returning)", fillOpacity: 0.2}),
					Plot.lineY(rows, {x: "as_of", y: "effect", z: "variant", stroke: "var(--returning)", className: "line"})
				]),
				Plot.ruleX(rows, {x: "as_of", y1: "lower", y2: "upper", stroke: "var(--returning)", strokeWidth: 2, className: "interval"}),
				Plot.dot(rows, {x: "as_of", y: "effect", r: 4, fill: "var(--returning)", className: "dot", tip: true, title: told})
			]
		}),
		note: sequential ? "These intervals hold at every look: one may stop whenever they leave 0." : "These intervals hold for one look, at a time that was settled before. inference => 'sequential' makes those for every look."
	});
}

// What the campaign brought, between the ends of its interval, against its cost.
export function whatItBrought(lift, width) {
	const rows = lift.filter((row) => row.lower != null);
	const [first] = rows;
	const marginLeft = Math.min(0.4 * width, 16 + longest(rows.map((row) => row.variant)));
	const told = (row) => `${row.variant}: ${money(row.incremental_revenue)} more, ${money(row.lower)} to ${money(row.upper)}`
		+ (row.cost == null ? "" : `\nit cost ${money(row.cost)}`);
	return panel("campaign-lift", {
		title: !first ? "What it brought cannot be told yet"
			: first.net_revenue == null ? `“${first.variant}” brought ${money(first.incremental_revenue)} more`
			: `“${first.variant}” brought ${money(first.incremental_revenue)} more, ${money(first.net_revenue)} net of its cost`,
		read: "Revenue there is more for it, of all who were assigned to it, with its interval; the upright line is what it cost.",
		chart: !first ? null : plot({
			width, height: 60 * rows.length + 40, marginLeft, marginRight: 16,
			x: {label: null, grid: true, tickFormat: (value) => count(value), ticks: width < 500 ? 4 : 6},
			y: {label: null, domain: rows.map((row) => row.variant)},
			marks: [
				Plot.ruleX([0], {stroke: INK}),
				Plot.ruleY(rows, {y: "variant", x1: "lower", x2: "upper", stroke: colour(hue), strokeWidth: 3, className: "interval"}),
				Plot.dot(rows, {y: "variant", x: "incremental_revenue", r: 5, fill: colour(hue), className: "dot", tip: true, title: told}),
				Plot.tickX(rows.filter((row) => row.cost != null), {y: "variant", x: "cost", stroke: "var(--lost)", strokeWidth: 2, className: "cost"}),
				Plot.axisY({label: null, anchor: "left", tickSize: 0, fontSize: 12.5, fill: INK, tickFormat: (name) => cut(name, marginLeft - 16)})
			]
		}),
		note: first?.incremental_converters == null ? null : `${count(Math.round(first.incremental_converters))} buyers more${first.cost_per_converter == null ? "" : `, at ${money(first.cost_per_converter)} each`}; ${plural(first.treated, "user")} were assigned to it.`
	});
}
