// Content: what brings people and brings them back, who makes it, and how many take part.
import * as Plot from "@observablehq/plot";
import {count, isoMonth, longDate, monthName, percent, plural} from "./format.js";
import {code, colour, hatched, legend, panel, plot, zeroLine} from "./frame.js";
import {cut, longest, sideBars} from "./bars.js";

const INK = "var(--theme-foreground)";

// In place of all of it where nothing was made.
export function noContent(meta) {
	return panel("content-items", {
		title: "There is no content in this schema yet",
		read: "Content says which posts, articles or videos bring people back, and who makes them.",
		note: ["It is made with a call such as ", code(`SELECT user_ops.create_content_views('${meta.schema_name}', 'reads', 'user_id', 'post', 'read_at', creator => 'author')`),
			", and the next build shows it here."]
	});
}

// The rate of each item, and from where on it is sure to be.
export function returning(rows, width) {
	const shown = rows.filter((row) => row.return_rate != null);
	const marginLeft = Math.min(0.42 * width, 16 + longest(shown.map((row) => row.item)));
	const told = (row) => `“${row.item}”: ${count(row.returned_users)} of ${plural(row.eligible_users, "user")} came back, ${percent(row.return_rate)}\nat least ${percent(row.return_lower)}, as few as they are`;
	const [best] = shown;
	const all = rows[0]?.items;
	return panel("content-items", {
		title: best ? `Readers of “${best.item}” come back: ${percent(best.return_rate)} of ${count(best.eligible_users)}` : "No item has enough users yet",
		read: "Share of the users of an item who were active again in the days after; dark is what is sure, however few they are.",
		chart: !shown.length ? null : plot({
			width, height: 30 * shown.length + 40, marginLeft, marginRight: 46,
			x: {label: null, axis: null, domain: [0, Math.max(...shown.map((row) => row.return_rate))]},
			y: {label: null, domain: shown.map((row) => row.item), tickSize: 0, padding: 0.3},
			marks: [
				Plot.barX(shown, {y: "item", x: "return_rate", fill: "var(--returning)", fillOpacity: 0.35, className: "rate", ariaLabel: (row) => `${row.item}: ${row.return_rate}`, tip: true, title: told}),
				Plot.barX(shown, {y: "item", x: "return_lower", fill: "var(--returning)", className: "sure"}),
				Plot.text(shown, {y: "item", x: "return_rate", dx: 5, textAnchor: "start", fill: INK, text: (row) => percent(row.return_rate)}),
				Plot.axisY({label: null, tickSize: 0, fontSize: 12, fill: INK, tickFormat: (name) => cut(name, marginLeft - 14)})
			]
		}),
		note: "Not why they come back: whoever likes the place sees more of it. An experiment tells what an item does."
			+ (all > rows.length ? ` The ${count(rows.length)} surest of ${count(all)} items.` : "")
	});
}

export function newcomers(rows, width) {
	const named = rows.map((row) => ({...row, name: row.item, fill: "var(--new)", told: `“${row.item}” was the first item of ${plural(row.new_users, "user")}, of ${count(row.users)} who had it`}));
	const [first] = named;
	return panel("content-new", {
		title: first ? `“${first.item}” brought most newcomers: ${count(first.new_users)}` : "Nobody came by content yet",
		read: "Users whose first item it was.",
		chart: sideBars(named, [["new_users", "newcomers", count], ["users", "all users of it", count]], width)
	});
}

const ROLES = [["contribute", "contribute", "var(--new)"], ["react", "react", "var(--resurrected)"], ["view", "only look", "var(--returning)"]];

export function contribution(rows, width) {
	const bars = rows.filter((row) => row.share != null);
	const last = rows.findLast((row) => row.complete && row.share != null && row.role === "contribute");
	const of = (role) => rows.find((row) => row.role === role && row.month.getTime() === last.month.getTime());
	const label = (role) => ROLES.find(([name]) => name === role)[1];
	const told = (row) => `${monthName(row.month)}: ${plural(row.users, "user")} ${label(row.role)}, ${percent(row.share)}`
		+ (row.users ? `\n${percent(row.retained_next_month / row.users)} of them were there the month after${row.complete ? "" : ", which is not over"}` : "");
	const order = {x: "month", interval: "month", y: "share", insetLeft: 1, insetRight: 1, order: (row) => ROLES.findIndex(([name]) => name === row.role), ariaLabel: (row) => `${isoMonth(row.month)} ${row.role}: ${row.users}`};
	return panel("contribution", {
		title: last ? `In ${monthName(last.month)} ${percent(last.share)} contributed, ${percent(of("react")?.share ?? 0)} reacted` : "How many take part",
		read: "Users of each month by the most that they did in it.",
		legend: legend(ROLES.map(([, name, fill]) => [name, fill]), bars.some((row) => !row.complete) && "the month after is not over"),
		chart: !bars.length ? null : plot({
			width, height: 280, marginLeft: 44,
			x: {type: "utc", label: null, ticks: width < 500 ? 4 : 8}, y: {label: null, grid: true, tickFormat: percent},
			marks: [
				Plot.rectY(bars, Plot.stackY({...order, fill: colour((row) => ROLES.find(([name]) => name === row.role)[2]), tip: true, title: told})),
				hatched(bars, Plot.rectY, Plot.stackY({...order, filter: (row) => !row.complete})),
				zeroLine()
			]
		}),
		note: rows.length > bars.length ? "Where so few did something that they could be made out, nothing is shown." : null
	});
}

export function creators(rows, meta, width) {
	const shown = rows.filter((row) => row.events != null);
	const named = shown.map((row) => ({...row, name: row.creator, fill: row.active_days_28 > 0 ? "var(--returning)" : "var(--dormant)",
		told: `${row.creator}: ${plural(row.items, "item")}, ${plural(row.events, "event")} of ${plural(row.users, "user")}\nlast item ${longDate(row.last_item_day)}, active on ${plural(row.active_days_28, "day")} of the last 28`}));
	const three = named.slice(0, 3).reduce((total, row) => total + row.share, 0);
	const [first] = rows;
	return panel("creators", {
		title: shown.length ? `${count(Math.min(3, shown.length))} of ${count(first.creators)} creators bring ${percent(three)} of all events` : "Nobody has made anything that others like",
		read: "Events of others with the items of each creator.",
		legend: legend([["active in the last 28 days", "var(--returning)"], ["silent", "var(--dormant)"]]),
		chart: sideBars(named, [["events", "events of others", count], ["items", "items", count]], width),
		note: first?.gini == null ? null : `Gini coefficient of their events: ${first.gini.toFixed(2)}, where 0 is all alike and 1 is one alone.`
	});
}
