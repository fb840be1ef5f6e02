// Items: what goes together, what users like, and whether it is worth offering.
import * as Plot from "@observablehq/plot";
import {count, longDate, percent, plural} from "./format.js";
import {code, colour, heat, onHeat, panel, plot} from "./frame.js";
import {cut, longest, shareBars, sideBars} from "./bars.js";

const INK = "var(--theme-foreground)";

// In place of all of it where nothing was made.
export function noItems(meta) {
	return panel("item-pairs", {
		title: "There are no items in this schema yet",
		read: "Items say what goes together and what to offer: products, categories, stores, articles.",
		note: ["They are made with a call such as ", code(`SELECT user_ops.create_item_views('${meta.schema_name}', 'order_lines', 'user_id', 'product', 'ordered_at')`),
			", and the next build shows them here."]
	});
}

// Items so that those stand side by side that go together: from the commonest on each time the surest neighbour of those placed.
function inOrder(pairs, most) {
	const users = new Map(pairs.flatMap((pair) => [[pair.item, pair.users_item], [pair.other, pair.users_other]]));
	const left = new Set([...users.keys()].toSorted((a, b) => users.get(b) - users.get(a) || (a < b ? -1 : 1)).slice(0, most));
	const shown = pairs.filter((pair) => left.has(pair.item) && left.has(pair.other));
	const placed = [];
	while (left.size) {
		const last = placed.at(-1);
		const next = shown.filter((pair) => pair.item === last && left.has(pair.other)).toSorted((a, b) => b.llr - a.llr)[0]?.other ?? [...left][0];
		placed.push(next);
		left.delete(next);
	}
	return {placed, shown, all: users.size};
}

export function pairMap(pairs, width) {
	const {placed, shown, all} = inOrder(pairs, Math.max(4, Math.min(12, Math.floor(width / 48) - 2)));
	const marginLeft = Math.min(0.32 * width, 16 + longest(placed));
	const each = Math.min(90, (width - marginLeft - 8) / placed.length);
	const surest = pairs.toSorted((a, b) => b.llr - a.llr || b.confidence - a.confidence)[0];
	const most = Math.max(...shown.map((pair) => pair.confidence), 0.01);
	const told = (pair) => `Of ${plural(pair.users_item, "user")} with “${pair.item}” ${count(pair.users_both)} have “${pair.other}”: ${percent(pair.confidence)}\n${pair.lift.toFixed(1)} times as many as by chance`;
	return panel("item-pairs", {
		title: surest ? `“${surest.item}” and “${surest.other}” go together most surely: ${count(surest.users_both)} have both` : "Nothing goes together yet",
		read: "Of 100 users with the item on the left, how many have the one above; shown is what goes together more than by chance.",
		chart: !shown.length ? null : plot({
			width: marginLeft + 8 + each * placed.length, height: 30 * placed.length + 84, marginLeft, marginTop: 80, marginRight: 8, marginBottom: 4, padding: 0,
			x: {type: "band", axis: null, domain: placed},
			y: {type: "band", axis: null, domain: placed},
			marks: [
				Plot.cell(placed.flatMap((item) => placed.map((other) => ({item, other}))), {x: "other", y: "item", inset: 1, rx: 3, fill: "var(--heat-low)", fillOpacity: 0.35, className: "empty"}),
				Plot.cell(shown, {x: "other", y: "item", inset: 1, rx: 3, fill: colour((pair) => heat(pair.confidence / most)), className: "cell",
					ariaLabel: (pair) => `${pair.item} → ${pair.other}: ${pair.users_both}`}),
				Plot.text(shown, {x: "other", y: "item", fontSize: 12, fill: colour((pair) => onHeat(pair.confidence / most)), text: (pair) => String(Math.round(100 * pair.confidence))}),
				Plot.axisX({anchor: "top", label: null, tickSize: 0, fontSize: 12, fill: INK, tickRotate: width < 600 ? -90 : -50, tickFormat: (name) => cut(name, 96)}),
				Plot.axisY({label: null, tickSize: 0, fontSize: 12, fill: INK, tickFormat: (name) => cut(name, marginLeft - 12)}),
				Plot.tip(shown, Plot.pointer({x: "other", y: "item", title: told}))
			]
		}),
		note: all > placed.length ? `The ${count(placed.length)} commonest of ${count(all)} items, so that those stand side by side that go together.` : null
	});
}

const METHODS = {similar: "what goes with what they have", popular: "what most have"};

// Of the last as_of: what would have been offered, against what users took.
export function quality(rows, width) {
	const last = rows.at(-1)?.as_of.getTime();
	const now = rows.filter((row) => row.as_of.getTime() === last);
	const similar = now.find((row) => row.method === "similar");
	const lift = similar?.lift_over_popular;
	const named = now.map((row) => ({...row, name: METHODS[row.method], fill: row.method === "similar" ? "var(--new)" : "var(--neutral)",
		told: `${METHODS[row.method]}: ${percent(row.hit_rate)} of ${plural(row.users, "user")} took one of five items`}));
	return panel("item-quality", {
		title: !similar ? "Too few users took something new to judge recommendations"
			: lift == null ? "Nobody took what is popular"
				: lift > 0 ? `Recommendations hit ${percent(lift)} more often than showing what most have` : "Recommendations are not worth it: what most have is taken as often",
		read: similar && `What would have been offered some days before ${longDate(similar.as_of)}, held against what ${plural(similar.users, "user")} took since.`,
		chart: !similar ? null : sideBars(named, [["hit_rate", "users who took one", percent], ["recall", "of what they took", percent], ["coverage", "items offered", percent]], width),
		note: similar && "The bar to clear is the same list for everybody. Five items are offered to each user; what a user had before does not count."
	});
}

export function itemList(rows, width) {
	const named = rows.map((row) => ({...row, name: row.item, fill: "var(--returning)", told: `“${row.item}”: ${plural(row.users, "user")}, ${percent(row.repeat_rate)} of them on two days or more`}));
	const all = rows[0]?.items;
	const kept = rows.toSorted((a, b) => b.repeat_rate - a.repeat_rate)[0];
	return panel("item-list", {
		title: kept ? `“${kept.item}” is what users come back to: ${percent(kept.repeat_rate)} do` : "No item has enough users yet",
		read: "Users with each item, and the share of them who had it on two days or more.",
		chart: sideBars(named, [["users", "users", count], ["repeat_rate", "on two days or more", percent]], width),
		note: all > rows.length ? `The ${count(rows.length)} commonest of ${count(all)} items.` : null
	});
}

export function favourites(rows, width) {
	const all = rows.reduce((total, row) => total + row.users, 0);
	const named = rows.map((row) => ({...row, name: row.favourite, part: row.users / all, told: `“${row.favourite}” is the favourite of ${plural(row.users, "user")}\nwho had it in ${percent(row.share)} of their events on average`}));
	const [first] = named;
	return panel("favourites", {
		title: first ? `“${first.favourite}” is the favourite of ${plural(first.users, "user")}` : "Nobody has a favourite yet",
		read: "Of users whose favourite is one of these, the share with each; and its share of their events, on average.",
		...shareBars(named, [["part", "share of users", "var(--returning)"], ["share", "share of their events", "var(--new)"]], width)
	});
}
