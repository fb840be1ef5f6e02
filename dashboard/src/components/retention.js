// Cohorts: heat maps of who came back, and the curve over all of them.
import * as Plot from "@observablehq/plot";
import {count, isoDay, isoMonth, longDate, monthName, percent, plural} from "./format.js";
import {colour, heat, hatched, legend, onHeat, panel, plot, zeroLine} from "./frame.js";

// The colours run up to the greatest share after the first period (by which all were
// there), but for the outliers of tiny cohorts.
function scaleTop(cells) {
	const later = cells.filter((cell) => cell.period_number > 0 && cell.complete).map((cell) => cell.retention_rate);
	later.sort((a, b) => a - b);
	return later[Math.floor(0.98 * (later.length - 1))] || 1;
}

const shade = (top) => (cell) => (cell.period_number === 0 ? "var(--neutral)" : heat(cell.retention_rate / top));

function describe(period) {
	const name = period === "month" ? monthName : (date) => `week from ${longDate(date)}`;
	return (cell) => `${name(cell.cohort)}: ${plural(cell.cohort_size, "new user")}\n`
		+ `${plural(cell.period_number, period)} later: ${count(cell.retained_users)} (${percent(cell.retention_rate)})`
		+ (cell.complete ? "" : `\nthis ${period} is not over`);
}

function heatMap(name, cells, period, width, options) {
	const top = scaleTop(cells);
	const open = cells.filter((cell) => !cell.complete);
	const place = {x: "period_number", y: "cohort", inset: options.inset};
	const columns = new Set(cells.map((cell) => cell.period_number)).size;
	const each = Math.min(64, (width - options.marginLeft - 20) / columns);
	const every = options.everyTick * Math.ceil(20 / (each * options.everyTick));
	return panel(name, {
		...options,
		legend: legend([
			[`0%`, heat(0)], [percent(top / 2), heat(0.5)], [`${percent(top)} or more`, heat(1)],
			[`the first ${period} (all were there)`, "var(--neutral)"]
		], open.length ? `${period} not over` : null),
		chart: !cells.length ? null : plot({
			width: options.marginLeft + 20 + each * columns, height: options.height, marginLeft: options.marginLeft, marginTop: 34, marginBottom: 4, padding: 0,
			x: {type: "band", axis: "top", label: `${period}s after the first →`, tickSize: 0, labelAnchor: "left",
				tickFormat: (n) => (n % every === 0 ? n : "")},
			y: {type: "band", label: null, tickSize: 0, tickFormat: options.yTick},
			marks: [
				Plot.cell(cells, {...place, fill: colour(shade(top))}),
				hatched(open, Plot.cell, place),
				options.numbers ? Plot.text(cells, {
					...place, text: (cell) => Math.round(100 * cell.retention_rate), fontSize: options.numbers,
					fill: colour((cell) => (cell.period_number === 0 ? "var(--theme-foreground-muted)" : onHeat(cell.retention_rate / top)))
				}) : null,
				Plot.tip(cells, Plot.pointer({x: "period_number", y: "cohort", title: describe(period)}))
			]
		})
	});
}

// Of the newcomers, how many were there n periods later: over all cohorts that are that old.
function pooled(cells, n) {
	const column = cells.filter((cell) => cell.period_number === n && cell.complete);
	const users = column.reduce((total, cell) => total + cell.cohort_size, 0);
	return users ? column.reduce((total, cell) => total + cell.retained_users, 0) / users : null;
}

export function retentionMonths(cells, width) {
	const sizes = new Map(cells.map((cell) => [isoMonth(cell.cohort), cell.cohort_size]));
	const columns = new Set(cells.map((cell) => cell.period_number)).size;
	const numbers = (width - 104) / columns > 22;
	const first = pooled(cells, 1);
	const half = pooled(cells, 6);
	return heatMap("retention-month", cells, "month", width, {
		title: !cells.length ? "Nobody has come yet" : first == null ? "No month after a first one is over yet"
			: `Of 100 new users, ${Math.round(100 * first)} are active in the month after`
				+ (half == null ? "" : ` and ${Math.round(100 * half)} in the sixth month after`),
		read: `Each row: the users who were first active in a month (and how many). ${numbers ? "The numbers: how many per cent" : "The colour: what share"} of them were active so many months later.`,
		height: 40 + 26 * sizes.size,
		marginLeft: 104,
		inset: 0.75,
		numbers: numbers ? 12 : null,
		everyTick: 1,
		yTick: (cohort) => `${isoMonth(cohort)}  ·  ${count(sizes.get(isoMonth(cohort)))}`
	});
}

export function retentionWeeks(cells, width) {
	const cohorts = [...new Set(cells.map((cell) => +cell.cohort))].sort((a, b) => a - b);
	const place = new Map(cohorts.map((cohort, i) => [cohort, i]));
	const step = Math.max(6, Math.min(20, Math.floor(640 / Math.max(1, cohorts.length))));
	const every = Math.ceil(14 / step);
	return heatMap("retention-week", cells, "week", width, {
		title: cells.length ? "Week by week: which newcomers stayed longest?" : "No week to tell of yet",
		read: "Each row: the users who were first active in a week. A strong row is a good cohort, a strong diagonal a week in which many came.",
		height: 40 + step * cohorts.length,
		marginLeft: 84,
		inset: 0.25,
		everyTick: 4,
		yTick: (cohort) => (place.get(+cohort) % every === 0 ? isoDay(cohort) : "")
	});
}

// --- the curve -----------------------------------------------------------------

export function retentionCurve(curve, width) {
	const later = curve.filter((point) => point.period_number > 0);
	const at = (n) => later.find((point) => point.period_number === n);
	const [first, quarter] = [at(1), at(12)];
	const few = curve[0]?.eligible_users / 10;
	const thin = later.filter((point) => point.eligible_users < few);
	const end = later.at(-1);
	return panel("retention-curve", {
		title: !first ? "No week after a first one is over yet"
			: `${percent(first.retention_rate)} come back the week after`
				+ (quarter ? `; 12 weeks later ${percent(quarter.retention_rate)} are there in any one week` : ""),
		read: "Active so many weeks after the first, in per cent of all users who have been known that long.",
		chart: !later.length ? null : plot({
			width, height: 280, marginLeft: 50,
			x: {label: "weeks after the first →", domain: [0, end.period_number], interval: 1, ticks: Math.min(end.period_number, width / 60)},
			y: {label: "% active", grid: true, zero: true, percent: true},
			marks: [
				zeroLine(),
				Plot.areaY(later, {x: "period_number", y: "retention_rate", fill: "var(--returning)", fillOpacity: 0.12}),
				Plot.lineY(later.filter((point) => !thin.includes(point)), {x: "period_number", y: "retention_rate", stroke: "var(--returning)", strokeWidth: 2}),
				Plot.dot(later, {x: "period_number", y: "retention_rate", r: 2.6, ariaLabel: (point) => `week ${point.period_number}: ${point.retention_rate}`,
					fill: "var(--returning)", fillOpacity: (point) => (thin.includes(point) ? 0.35 : 1)}),
				Plot.tip(later, Plot.pointerX({x: "period_number", y: "retention_rate",
					title: (point) => `${plural(point.period_number, "week")} later\n${count(point.retained_users)} of ${count(point.eligible_users)} (${percent(point.retention_rate)})`}))
			]
		}),
		note: !later.length ? null : "Only weeks that are over count." + (thin.length ? " Faint points rest on fewer than a tenth of all users." : "")
	});
}
