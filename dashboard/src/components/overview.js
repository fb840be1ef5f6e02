// The charts of the overview: key figures, active users, lifecycle, habit.
import * as Plot from "@observablehq/plot";
import {DAY, capital, compact, count, countIn, longDate, money, monthName, people, percent, plural, signed, sum} from "./format.js";
import {colour, element, hatched, legend, panel, plot, zeroLine} from "./frame.js";

const SPAN = 30;

// Of daily rows: a figure over the last 30 days, the same over the 30 before, and its days for a small line.
function keyFigures(days, hasAmounts) {
	const now = days.slice(-SPAN);
	if (!days.length) return [];
	const before = days.length >= 2 * SPAN ? days.slice(-2 * SPAN, -SPAN) : null;
	const total = (name) => (list) => sum(list, (day) => day[name] ?? 0);
	const last = (name) => (list) => list.at(-1)?.[name];
	const ratio = (above, below) => (list) => (below(list) ? above(list) / below(list) : null);
	const figure = (name, title, value, format, line) => ({
		name, title, now: value(now), before: before && value(before), format, line
	});
	const figures = [
		figure("active", "Active users", last("mau"), count, "mau"),
		figure("new", "New users", total("new_users"), count, "new_users"),
		figure("stickiness", "Stickiness", ratio(total("dau"), (list) => list.length * last("mau")(list)), percent, "dau")
	];
	if (hasAmounts) {
		figures.push(
			figure("revenue", "Revenue", total("revenue"), money, "revenue"),
			figure("purchases", "Purchases", total("purchases"), count, "purchases"),
			figure("basket", "Revenue per purchase", ratio(total("revenue"), total("purchases")), money));
	}
	return figures;
}

function smallLine(days, name) {
	if (!name) return null;
	// by weeks, so that weekends do not show
	const weeks = [];
	for (let end = days.length; end >= 7 && weeks.length < 26; end -= 7) {
		weeks.unshift({end, value: sum(days.slice(end - 7, end), (day) => day[name] ?? 0)});
	}
	if (weeks.length < 2) return null;
	return Plot.plot({
		width: 180, height: 34, margin: 3, axis: null, y: {zero: true},
		marks: [Plot.lineY(weeks, {x: "end", y: "value", stroke: "var(--returning)", strokeWidth: 1.6})]
	});
}

export function keyFigureCards(days, meta) {
	const hasAmounts = meta.amount != null;
	const cards = keyFigures(days, hasAmounts).map(({name, title, now, before, format, line}) => {
		// of a share the difference is told, of all else the ratio
		const change = before && now != null ? (format === percent ? now - before : now / before - 1) : null;
		const shown = now == null ? "–" : format(now);
		const told = change == null ? null : format === percent ? `${signed(change).replace("%", "")} points` : signed(change);
		return element("div", {class: "card kpi", "data-kpi": name},
			element("h2", null, title),
			element("span", {class: "big", style: `--letters: ${shown.length}`}, shown),
			element("span", {class: `change ${change == null ? "" : change < 0 ? "bad" : "good"}`},
				change == null ? "nothing to compare with" : `${change < 0 ? "▼" : "▲"} ${told}`,
				change == null ? null : element("span", {class: "muted"}, ` was ${format(before)}`)),
			smallLine(days, line));
	});
	return element("div", {class: "kpis"}, ...cards);
}

export function lead(days, meta, part) {
	const whose = `${meta.source}${part ? `, ${part.property}: ${part.label}` : ""}`;
	const to = new Date(meta.as_of - DAY);
	if (!days.length) return `${whose}: nobody came before ${longDate(meta.as_of)} (${meta.time_zone}). Once there are events, refresh the views and build these pages again.`;
	const from = new Date(Math.max(meta.as_of - SPAN * DAY, days[0].day));
	const n = Math.round((meta.as_of - from) / DAY);
	return `${whose}, ${n === 1 ? `the one day ${longDate(to)}` : `the ${n} days from ${longDate(from)} to ${longDate(to)}`} (${meta.time_zone})`
		+ `${days.length < 2 * SPAN ? "" : `, against the ${SPAN} days before`}. `
		+ `Stickiness: the share of the active users who come on an average day. Small lines: the last 26 weeks.${meta.amount == null ? "" : ` Money is in the unit of the column “${meta.amount}”.`}`;
}

// --- active users --------------------------------------------------------------

const ACTIVE = [
	["mau", "in the 30 days up to each day", "var(--returning)"],
	["wau", "in 7 days", "var(--new)"],
	["dau", "on the day", "var(--dormant)"]
];

// Where the ends of lines are named, at least 13 pixels apart; one pixel is so many users.
function spread(ends, pixel) {
	const up = ends.toSorted((a, b) => a.users - b.users);
	let free = -Infinity;
	return up.map((end) => ({...end, at: free = Math.max(end.users, free + 13 * pixel)}));
}

export function activeUsers(days, width) {
	const last = days.at(-1);
	const yearAgo = days.at(-366);
	const title = capital(`${people(last?.mau)} came in the last ${SPAN} days`)
		+ (yearAgo?.mau ? `, ${signed(last.mau / yearAgo.mau - 1)} on a year before` : "");
	const ends = !last ? [] : spread(ACTIVE.map(([name, , stroke]) => ({day: last.day, users: last[name], stroke})), Math.max(1, ...days.map((day) => day.mau)) / 210);
	const lines = ACTIVE.flatMap(([name, , stroke]) => days.map((day) => ({day: day.day, name, stroke, users: day[name]})));
	return panel("active-users", {
		title,
		read: days.length === 1 ? "All on the one day that the data hold: lines begin with the second." : "Distinct users who were active, counted day by day.",
		legend: legend(ACTIVE.map(([, label, stroke]) => [label, stroke])),
		chart: days.length < 2 ? null : plot({
			width, height: 260, marginLeft: 50, marginRight: 46,
			x: {type: "utc", label: null, ticks: width / 80},
			y: {label: "users", grid: true, zero: true, tickFormat: compact},
			marks: [
				zeroLine(),
				Plot.lineY(lines, {x: "day", y: "users", z: "name", stroke: colour("stroke"),
					strokeWidth: (line) => (line.name === "dau" ? 0.9 : 1.8)}),
				Plot.text(ends, {x: "day", y: "at", text: (end) => countIn(6, end.users), fill: colour("stroke"), dx: 6, textAnchor: "start", fontWeight: 600}),
				Plot.ruleX(days, Plot.pointerX({x: "day", stroke: "var(--theme-foreground-faint)"})),
				Plot.tip(days, Plot.pointerX({x: "day", y: "mau",
					title: (day) => `${longDate(day.day)}\n30 days: ${count(day.mau)}\n7 days: ${count(day.wau)}\nday: ${count(day.dau)}`}))
			]
		})
	});
}

// --- lifecycle -----------------------------------------------------------------

const STATES = [
	["returning_users", "returning (active in the period before, too)", "var(--returning)"],
	["resurrected_users", "resurrected (back after a pause)", "var(--resurrected)"],
	["new_users", "new", "var(--new)"],
	["dormant_users", "dormant (gone since the period before)", "var(--dormant)"]
];

function nextPeriod(start, period, n = 1) {
	const end = new Date(start);
	if (period === "week") end.setUTCDate(end.getUTCDate() + 7 * n);
	else end.setUTCMonth(end.getUTCMonth() + n);
	return end;
}

function stacked(periods, period) {
	return periods.flatMap((row) => {
		let top = 0;
		return STATES.map(([state, label, fill]) => {
			const users = row[state];
			const [y1, y2] = state === "dormant_users" ? [0, -users] : [top, top += users];
			return {...row, state, label, fill, users, y1, y2, x1: row.period_start, x2: nextPeriod(row.period_start, period)};
		});
	});
}

function lifecycleTitle(periods, period) {
	const last = periods.findLast((row) => row.complete);
	if (!last) return periods.length ? `No ${period} is over yet` : `No ${period} to tell of yet`;
	const when = period === "week" ? `In the week from ${longDate(last.period_start)}` : `In ${monthName(last.period_start)}`;
	const came = last.new_users + last.resurrected_users;
	return `${when} ${people(came)} came or came back, and ${last.dormant_users ? count(last.dormant_users) : "nobody"} stayed away`;
}

export function lifecycle(periods, period, width) {
	const bars = stacked(periods, period);
	const open = bars.filter((bar) => !bar.complete);
	const channels = {x1: "x1", x2: "x2", y1: "y1", y2: "y2", insetLeft: 0.75, insetRight: 0.75};
	const describe = (bar) => `${longDate(bar.period_start)}${bar.complete ? "" : ` (${period} not over)`}\n${STATES
		.map(([state, label]) => `${label.replace(/ \(.*/, "")}: ${count(bar[state])}`).join("\n")}`;
	return panel(`lifecycle-${period}`, {
		title: lifecycleTitle(periods, period),
		read: `Users of each ${period}; below the line those who were there the ${period} before and no more.`,
		legend: legend(STATES.map(([, label, fill]) => [label, fill]), open.length ? `${period} not over` : null),
		chart: !periods.length ? null : plot({
			width, height: 290, marginLeft: 50,
			// a few periods do not fill the whole width
			x: {type: "utc", label: null, domain: [Math.min(bars[0].x1, nextPeriod(bars.at(-1).x2, period, -12)), bars.at(-1).x2], ticks: width / 70},
			y: {label: "users", grid: true, tickFormat: (users) => compact(Math.abs(users))},
			marks: [
				Plot.rect(bars, {...channels, fill: colour("fill"), fillOpacity: (bar) => (bar.complete ? 1 : 0.6)}),
				hatched(open, Plot.rect, channels),
				zeroLine({stroke: "var(--theme-foreground)"}),
				Plot.tip(bars.filter((bar) => bar.state === "new_users"),
					Plot.pointerX({x: (bar) => (+bar.x1 + +bar.x2) / 2, y: "y2", title: describe}))
			]
		})
	});
}

// --- habit ---------------------------------------------------------------------

export function habit(rows, part, width) {
	const users = sum(rows, (row) => row.users);
	const once = rows[0]?.users ?? 0;
	const weekly = sum(rows.filter((row) => row.active_days >= 4), (row) => row.users);
	return panel("habit", {
		title: users ? `${percent(once / users)} of the active users came on one day only, ${percent(weekly / users)} on four days or more`
			: "Nobody was active in the last 28 days",
		read: `${part ? "All users" : "Users"} by the number of days on which they were active in the last 28.`,
		chart: !users ? null : plot({
			width, height: 290, marginLeft: 50,
			x: {label: "active days", type: "band", tickFormat: (days) => (days === 1 || days % 7 === 0 ? days : "")},
			y: {label: "users", grid: true, tickFormat: compact},
			marks: [
				zeroLine(),
				Plot.barY(rows, {x: "active_days", y: "users", fill: "var(--returning)", tip: true,
					title: (row) => `${plural(row.active_days, "day")}: ${plural(row.users, "user")} (${percent(row.share)})`})
			]
		})
	});
}
