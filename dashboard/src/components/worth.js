// What users are worth: segments, life stages, recency against frequency, forecast, lifetime value, repeat purchases.
import * as Plot from "@observablehq/plot";
import {shareBars, sideBars} from "./bars.js";
import {capital, compact, count, countIn, isoMonth, money, monthName, percent, plural, readable, sum} from "./format.js";
import {code, colour, heat, legend, onHeat, panel, plot, zeroLine} from "./frame.js";

const kinds = (meta) => [["share", "share of users", "var(--neutral)"], ...(meta.amount == null ? [] : [["revenue_share", "share of revenue", "var(--returning)"]])];
const worth = (row) => (row.revenue == null ? "" : `\nrevenue ${money(row.revenue)}`);

// --- segments and life stages ------------------------------------------------------

// The title tells of the segment of those with the highest scores, whatever it is called.
export function segments(rows, scores, bins, meta, width) {
	const name = scores.find((row) => row.r_score === bins && row.f_score === bins)?.label;
	const best = name && rows.find((row) => row.segment === name);
	const named = rows.map((row) => ({...row, name: readable(row.segment), told: `${readable(row.segment)}: ${plural(row.users, "user")}${worth(row)}`}));
	return panel("segments", {
		title: !rows.length ? "There is nobody to put into segments yet"
			: best && best.revenue_share != null ? `${capital(readable(best.segment))}: ${percent(best.share)} of the users bring ${percent(best.revenue_share)} of the revenue`
				: "How many users are in each segment?",
		read: "RFM segments: by how recently and how often people bought.",
		...shareBars(named, kinds(meta), width)
	});
}

export function lifeStages(rows, meta, width) {
	const users = sum(rows, (row) => row.users);
	const revenue = sum(rows, (row) => row.revenue ?? 0);
	const stages = rows.toSorted((a, b) => a.idle_days - b.idle_days).map((row) => ({
		...row, name: readable(row.label), share: row.users / users, revenue_share: revenue ? row.revenue / revenue : null,
		told: `${readable(row.label)}: ${plural(row.users, "user")}${worth(row)}\nlast there ${plural(Math.round(row.idle_days), "day")} ago on average`
	}));
	const most = stages.toSorted((a, b) => b.users - a.users)[0];
	return panel("life-stages", {
		title: most ? `Most are in the stage “${most.name}”: ${plural(most.users, "user")}, ${percent(most.share)}` : "There is nobody in any stage of life yet",
		read: "Life stages, by how long their users have been silent: on top those who were there last.",
		...shareBars(stages, kinds(meta), width)
	});
}

// --- recency against frequency -------------------------------------------------

export function rfmGrid(cells, scores, bins, meta, width) {
	const hasAmounts = meta.amount != null;
	const most = Math.max(1, ...cells.map((cell) => cell.users));
	const users = sum(cells, (cell) => cell.users);
	const revenue = sum(cells, (cell) => cell.revenue ?? 0);
	const best = cells.find((cell) => cell.r_score === bins && cell.f_score === bins);
	const shareOf = (cell) => Math.sqrt(cell.users / most);         // areas of many differ less to the eye
	const place = {x: "f_score", y: "r_score"};
	const line = (dy, text, options) => Plot.text(cells.filter((cell) => cell.users > 0), {...place, dy, text, lineHeight: 1,
		fill: colour((cell) => onHeat(shareOf(cell))), ...options});
	const labels = new Map(scores.map((row) => [`${row.r_score} ${row.f_score}`, row.label]));
	const nameOf = (cell) => labels.get(`${cell.r_score} ${cell.f_score}`);
	const named = width > 540 && cells.some(nameOf);
	const each = (width - 66) / bins;
	const told = (cell) => countIn(each / 10, cell.users);
	const fit = (text, most) => Math.min(most, Math.max(6, 1.4 * each / Math.max(...cells.map((cell) => text(cell).length))));
	const brought = (cell) => compact(cell.revenue ?? 0);
	return panel("rfm-grid", {
		title: !users ? "Nobody has scores yet"
			: !best.users ? "Nobody is in the best corner"
				: `The best corner: ${plural(best.users, "user")}, ${percent(best.users / users)} of all who ${hasAmounts ? "bought" : "came"}`
					+ (revenue > 0 ? `, ${percent(best.revenue / revenue)} of their revenue` : ""),
		read: `Users by recency and frequency score, stronger in colour where there are more${hasAmounts ? "; below, what they have brought" : ""}.`,
		chart: !users ? null : plot({
			width, height: 440, marginLeft: 46, marginBottom: 40, padding: 0,
			x: {type: "band", label: `frequency score (${bins}: most often) →`, labelAnchor: "center", tickSize: 0},
			y: {type: "band", reverse: true, label: `recency score (${bins}: most recent)`, tickSize: 0},
			marks: [
				Plot.cell(cells, {...place, inset: 1, rx: 3, fill: colour((cell) => heat(shareOf(cell))),
					ariaLabel: (cell) => `recency ${cell.r_score}, frequency ${cell.f_score}: ${plural(cell.users, "user")}`}),
				line(hasAmounts || named ? -12 : 0, told, {fontSize: fit(told, 16), fontWeight: 700}),
				hasAmounts ? line(6, brought, {fontSize: fit(brought, 12)}) : null,
				named ? line(24, (cell) => readable(nameOf(cell)), {fontSize: 10, fillOpacity: 0.8}) : null,
				Plot.tip(cells, Plot.pointer({...place, title: (cell) =>
					`recency ${cell.r_score}, frequency ${cell.f_score}\n${plural(cell.users, "user")}${cell.revenue == null ? "" : `\nrevenue ${money(cell.revenue)}`}`}))
			]
		}),
		note: users ? "Users who are equal score equally, so a score may be empty." : null
	});
}

// --- what is to come -----------------------------------------------------------------

export function forecast(rows, meta, width) {
	const told = rows.filter((row) => row.purchases != null);
	const hasAmounts = meta.amount != null && told.some((row) => row.clv != null);
	const days = meta.amount == null ? "active days" : "purchase days";
	if (!told.length) {
		return panel("forecast", {
			title: "What is to be expected of these users?",
			read: "Not known here: there is no fitted purchase model.",
			note: ["With one, ", code(`${meta.schema_name}.users`), " holds ", code("expected_purchases_90d"), " and ", code("clv_365d"), ", and the next build adds them up here."]
		});
	}
	const bars = told.map((row) => ({...row, name: readable(row.label), fill: "var(--returning)",
		told: `${readable(row.label)}: ${plural(row.users, "user")}\n${count(Math.round(row.purchases))} ${days} in 90 days`
			+ (row.spend == null ? "" : `, ${money(row.spend)} each`) + (row.clv == null ? "" : `\n${money(row.clv)} in 365 days`)}));
	const purchases = count(Math.round(sum(told, (row) => row.purchases)));
	return panel("forecast", {
		title: hasAmounts ? `These users are expected to bring ${money(sum(told, (row) => row.clv ?? 0))} in the next 365 days` : `${purchases} ${days} are expected in the next 90 days`,
		read: `What the models expect of the users of each segment${hasAmounts ? `: ${purchases} ${days} in 90 days, and net revenue in 365 days, later money discounted by 10 % a year` : ""}. Users who are yet to come are not in it.`,
		chart: sideBars(bars, [...(hasAmounts ? [["clv", "net value"]] : []), ["purchases", days]], width)
	});
}

// --- lifetime value --------------------------------------------------------------

// What a newcomer had brought after n months, over all cohorts that old.
function valueAfter(rows, n) {
	const old = rows.filter((row) => row.period_number === n && row.complete);
	const users = sum(old, (row) => row.cohort_size);
	return old.length ? sum(old, (row) => row.cumulative_revenue) / users : null;
}

const endsOf = (rows) => [...new Map(rows.map((row) => [+row.cohort, row])).values()];

// Names of the lines' ends: beside, above or below them, where they cover no other; the newest and the oldest first.
// One month is so many pixels, and so is one unit of value.
function names(ends, month, unit) {
	const kept = [];
	for (const end of [ends.at(-1), ...ends.slice(0, -1)]) {
		const place = [[6, 0], [-23, -11], [-23, 11]]
			.map(([right, down]) => ({left: Math.max(0, end.period_number * month + right), top: down - end.ltv * unit}))
			.find(({left, top}) => kept.every((other) => Math.abs(other.left - left) > 47 || Math.abs(other.top - top) > 13));
		if (place) kept.push({...place, name: isoMonth(end.cohort), x: place.left / month, y: -place.top / unit});
	}
	return kept;
}

export function lifetimeValue(rows, meta, width) {
	if (!rows.length) {
		return panel("ltv", {title: "What is a newcomer worth?",
			read: meta.amount == null ? "The source has no amounts, so there is no lifetime value to show." : "Nobody has come yet."});
	}
	const cohorts = [...new Set(rows.map((row) => +row.cohort))].sort((a, b) => a - b);
	const age = new Map(cohorts.map((cohort, i) => [cohort, cohorts.length > 1 ? i / (cohorts.length - 1) : 1]));
	const shade = (row) => heat(0.25 + 0.75 * age.get(+row.cohort));
	// the step into a month that is not over: dashed
	const open = rows.filter((row, i) => !row.complete || (rows[i + 1] && !rows[i + 1].complete && +rows[i + 1].cohort === +row.cohort));
	const done = rows.filter((row) => row.complete);
	const ends = endsOf(rows);
	const columns = Math.max(...rows.map((row) => row.period_number)) + 1;
	const low = Math.min(0, ...rows.map((row) => row.ltv));
	const high = Math.max(0, ...rows.map((row) => row.ltv));
	const step = Math.ceil(20 * columns / (width - 106));
	const months = [12, 6, 3, 1].find((n) => valueAfter(rows, n) != null);
	return panel("ltv", {
		title: months ? `A newcomer brings ${money(valueAfter(rows, 0))} in the first month and ${money(valueAfter(rows, months))} after ${plural(months, "month")}`
			: `A newcomer has brought ${money(sum(ends, (row) => row.cumulative_revenue) / sum(ends, (row) => row.cohort_size))} so far; no month after a first one is over yet`,
		read: "Revenue so far for each user of a cohort, buyers or not, by months after the first. A line is a cohort.",
		legend: legend([[`oldest cohort (${isoMonth(new Date(cohorts[0]))})`, heat(0.25)], [`newest (${isoMonth(new Date(cohorts.at(-1)))})`, heat(1)]],
			open.some((row) => !row.complete) ? "dashed: month not over" : null),
		chart: !months ? null : plot({
			width, height: 320, marginLeft: 50, marginRight: 56,
			x: {label: "months after the first →", domain: [0, columns - 1], ticks: Array.from({length: Math.ceil(columns / step)}, (_, i) => i * step), tickFormat: String},
			y: {label: "revenue per user", domain: [low, high], grid: true, tickFormat: compact},
			marks: [
				zeroLine(),
				Plot.lineY(done, {x: "period_number", y: "ltv", z: "cohort", stroke: colour(shade), strokeWidth: 1.6}),
				Plot.lineY(open, {x: "period_number", y: "ltv", z: "cohort", stroke: colour(shade), strokeWidth: 1.6, strokeDasharray: "2 3", className: "open"}),
				Plot.dot(rows, {x: "period_number", y: "ltv", r: 2, fill: colour(shade), fillOpacity: (row) => (row.complete ? 1 : 0.4)}),
				Plot.text(names(ends, (width - 106) / Math.max(1, columns - 1), 270 / (high - low || 1)), {x: "x", y: "y", text: "name", textAnchor: "start",
					fontSize: 11, fill: "var(--theme-foreground)", stroke: "var(--panel)", strokeWidth: 4, className: "cohort"}),
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
			: `Nobody has ${meta.amount == null ? "come" : "bought"} yet`,
		read: row.days_to_second_q1 == null ? null
			: `A quarter took ${plural(row.days_to_second_q1, "day")} or less to the second time, three quarters ${plural(row.days_to_second_q3, "day")} or less.`,
		legend: legend(parts.map((part) => [`${part.label}: ${count(part.users)}`, part.fill])),
		chart: !row.buyers ? null : plot({
			width, height: 44, margin: 0, axis: null, x: {domain: [0, Math.max(1, row.buyers)]},
			marks: [
				Plot.rectX(parts, {x1: "x1", x2: "x2", inset: 1, rx: 3, fill: colour("fill")}),
				Plot.text(parts.filter((part) => part.users / row.buyers * width > 8 * count(part.users).length),
					{x: (part) => (part.x1 + part.x2) / 2, fill: colour("on"), fontSize: 13, text: (part) => count(part.users)})
			]
		})
	});
}
