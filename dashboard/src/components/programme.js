// What is given for staying: points, tiers, invitations.
import * as Plot from "@observablehq/plot";
import {capital, compact, count, isoMonth, longDate, monthName, percent, plural, readable, sum} from "./format.js";
import {code, colour, hatched, legend, panel, plot, zeroLine} from "./frame.js";
import {shareBars, sideBars} from "./bars.js";

// In place of all of it where nothing was made.
export function noGrowth(meta) {
	const call = (text) => code(`SELECT user_ops.${text}`);
	return panel("growth", {
		title: "There is no growth programme in this schema yet",
		read: "Points, tiers, invitations, answers to surveys, goals: each is added by a call, and the next build shows it here.",
		note: ["For example ", call(`create_points_views('${meta.schema_name}', 'points', 'user_id', 'occurred_at', 'points')`), " or ",
			call(`set_goal('${meta.schema_name}', 'revenue', 100000, '2026-01-01', '2026-02-01')`), "."]
	});
}

const MONTH = {x: "month", interval: "month", insetLeft: 1, insetRight: 1};
const months = (width) => ({type: "utc", label: null, ticks: width < 500 ? 4 : 8});
const upright = (label, format = compact) => ({label, grid: true, tickFormat: (value) => format(Math.abs(value))});
const since = (meta) => `at the beginning of ${longDate(meta.as_of)}`;

// What came above the line, and below it by which way points went.
export function pointsMonth(rows, meta, width) {
	const kinds = [["earned", "earned", "var(--new)", 1], ["spent", "spent", "var(--returning)", -1],
		["reversed", "taken back", "var(--resurrected)", -1], ["expired", "expired", "var(--dormant)", -1]];
	const bars = rows.flatMap((row) => kinds.map(([kind, label, fill, sign]) => ({...row, kind: label, fill, points: sign * row[kind]})));
	const told = (bar) => `${monthName(bar.month)}: ${count(Math.abs(bar.points))} points ${bar.kind}\n${count(bar.closing_balance)} outstanding at its end`;
	const last = rows.findLast((row) => row.complete);
	const options = {...MONTH, y: "points", ariaLabel: (bar) => `${isoMonth(bar.month)} ${bar.kind}: ${Math.abs(bar.points)}`};
	return panel("points-month", {
		title: rows.length ? `${count(rows.at(-1).closing_balance)} points are outstanding ${since(meta)}` : "No points were given yet",
		read: last && `In ${monthName(last.month)} ${count(last.earned)} were earned and ${count(last.spent)} spent.`,
		legend: legend(kinds.map(([, label, fill]) => [label, fill]), rows.some((row) => !row.complete) && "month not over"),
		chart: rows.length === 0 ? null : plot({
			width, height: 280, marginLeft: 50, x: months(width), y: upright("points"),
			marks: [
				Plot.rectY(bars, {...options, fill: colour("fill"), tip: true, title: told}),
				hatched(bars.filter((bar) => !bar.complete), Plot.rectY, options),
				zeroLine()
			]
		})
	});
}

export function pointsExpiring(rows, meta, width) {
	const [first] = rows;
	const options = {...MONTH, y: "points", ariaLabel: (row) => `${isoMonth(row.month)}: ${row.points}`};
	return panel("points-expiring", {
		title: first ? `${count(first.points)} points of ${plural(first.users, "user")} end in ${monthName(first.month)}` : "No points are about to expire",
		read: "What is lost, month by month, if nobody spends: reason enough to write to them before.",
		chart: !first ? null : plot({
			width, height: 240, marginLeft: 50, x: months(width), y: upright("points"),
			marks: [
				Plot.rectY(rows, {...options, fill: "var(--dormant)", tip: true,
					title: (row) => `${monthName(row.month)}: ${count(row.points)} points of ${plural(row.users, "user")}`}),
				zeroLine()
			]
		})
	});
}

const tierName = (name) => (name == null ? "below the first" : readable(name));

export function tierShares(rows, meta, width) {
	const all = sum(rows, (row) => row.revenue ?? 0);
	const named = rows.map((row) => ({...row, name: tierName(row.tier_name), revenue_share: all > 0 ? row.revenue / all : 0,
		told: `${tierName(row.tier_name)}: ${plural(row.users, "user")}, ${percent(row.share)}${all > 0 ? `\n${percent(row.revenue / all)} of revenue` : ""}`}));
	const kinds = [["share", "share of users", "var(--returning)"], ["revenue_share", "share of revenue", "var(--new)"]];
	const top = named[0];
	return panel("tiers", {
		title: !top ? "Nobody has growth yet" : `“${top.name}”: ${percent(top.share)} of users${all > 0 ? ` with ${percent(top.revenue_share)} of revenue` : ""}`,
		read: `Tiers as they stand ${since(meta)}.`,
		...shareBars(named, all > 0 ? kinds : kinds.slice(0, 1), width)
	});
}

const MOVES = [["upgrade", "went up", "var(--new)", 1], ["downgrade", "went down", "var(--dormant)", -1]];

export function tierMoves(rows, width) {
	const bars = rows.flatMap((row) => MOVES.map(([kind, label, fill, sign]) => ({...row, kind: label, fill, signed: sign * row[kind]})));
	const last = rows.findLast((row) => row.complete) ?? rows.at(-1);
	return panel("tier-moves", {
		title: !last ? "Nobody has changed tier yet" : `In ${monthName(last.month)} ${count(last.upgrade)} went up a tier, ${count(last.downgrade)} down`,
		read: "Users who changed tier in each month.",
		legend: legend(MOVES.map(([, label, fill]) => [label, fill])),
		chart: !last ? null : plot({
			width, height: 240, marginLeft: 44, x: months(width), y: upright("users"),
			marks: [
				Plot.rectY(bars, {...MONTH, y: "signed", fill: colour("fill"), tip: true, ariaLabel: (bar) => `${isoMonth(bar.month)} ${bar.kind}: ${Math.abs(bar.signed)}`,
					title: (bar) => `${monthName(bar.month)}: ${plural(Math.abs(bar.signed), "user")} ${bar.kind}`}),
				zeroLine()
			]
		})
	});
}

export function invitations(rows, width) {
	const last = rows.findLast((row) => row.complete && row.k_factor != null);
	const bars = rows.filter((row) => row.k_factor != null);
	const told = (row) => `Came in ${monthName(row.month)}: ${plural(row.users, "user")}, ${count(row.inviters)} of whom invited\n${plural(row.accepted, "user")} came by them`
		+ (row.cycle_days == null ? "" : `, half within ${plural(row.cycle_days, "day")}`) + (row.complete ? "" : "\nsome of them have days left");
	const options = {...MONTH, y: "k_factor", ariaLabel: (row) => `${isoMonth(row.month)}: ${row.k_factor}`};
	return panel("k-factor", {
		title: last ? `100 users of ${monthName(last.month)} brought ${count(Math.round(100 * last.k_factor))} more` : "Nobody was invited yet",
		read: "By the month in which users came: how many each of them brought within the days that count.",
		legend: legend([["users brought by each user", "var(--new)"]], bars.some((row) => !row.complete) && "not all of their days are over"),
		chart: bars.length === 0 ? null : plot({
			width, height: 240, marginLeft: 44, x: months(width), y: {label: null, grid: true, zero: true},
			marks: [
				Plot.rectY(bars, {...options, fill: "var(--new)", tip: true, title: told}),
				hatched(bars.filter((row) => !row.complete), Plot.rectY, options),
				zeroLine()
			]
		})
	});
}

const GENERATIONS = ["Came by themselves", "Invited by these", "Invited by the invited"];

export function generations(rows, width) {
	const named = rows.map((row) => ({...row, fill: row.generation === 0 ? "var(--returning)" : "var(--new)",
		name: GENERATIONS[row.generation] ?? `Generation ${row.generation}`,
		told: `${plural(row.users, "user")}, ${percent(row.retention_rate)} of them there in the last 30 days`}));
	const sides = [["users", "users", count], ["retention_rate", "active in the last 30 days", percent]];
	const invited = sum(rows.filter((row) => row.generation > 0), (row) => row.users);
	return panel("generations", {
		title: capital(`${plural(invited, "user")} came by invitation`),
		read: "Users of whom invitations are known, by how many stand between them and one who came by himself.",
		chart: sideBars(named, sides, width)
	});
}

// Whose tier is due: who keeps it without doing anything, and who must act.
export function tierDue(rows, width) {
	const bars = rows.flatMap((row) => [{...row, kind: "keep it as they are", fill: "var(--returning)", n: row.will_keep},
		{...row, kind: "lose it unless they act", fill: "var(--dormant)", n: row.users - row.will_keep}]);
	const lose = sum(rows, (row) => row.users - row.will_keep);
	return panel("tier-due", {
		title: lose ? `${plural(lose, "user")} will lose a tier within a year unless they act` : "Nobody is about to lose a tier",
		read: "Users by the month in which their tier is due.",
		legend: legend([["keep it as they are", "var(--returning)"], ["lose it unless they act", "var(--dormant)"]]),
		chart: !rows.length ? null : plot({
			width, height: 240, marginLeft: 44, x: months(width), y: upright("users"),
			marks: [
				Plot.rectY(bars, {...MONTH, y: "n", fill: colour("fill"), tip: true, ariaLabel: (bar) => `${isoMonth(bar.month)} ${bar.kind}: ${bar.n}`,
					title: (bar) => `${monthName(bar.month)}: ${plural(bar.n, "user")} ${bar.kind}`}),
				zeroLine()
			]
		})
	});
}
