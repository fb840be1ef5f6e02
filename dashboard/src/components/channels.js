// Attribution: what each channel gets of the conversions, by several rules and models.
import * as Plot from "@observablehq/plot";
import {count, money, percent, readable} from "./format.js";
import {colour, legend, panel, plot} from "./frame.js";
import {cut, longest} from "./bars.js";

// The ones that are told apart by colour; all stand in the tip.
const COLOURS = {first: "var(--new)", last: "var(--dormant)", linear: "var(--returning)", markov: "var(--resurrected)", shapley: "var(--theme-foreground-muted)"};

export function attribution(rows, width) {
	const models = Object.keys(COLOURS).filter((model) => rows.some((row) => row.model === model));
	const dots = rows.filter((row) => models.includes(row.model) && row.share != null)
		.map((row) => ({...row, fill: COLOURS[row.model]}));
	const shares = new Map(dots.map((row) => [`${row.model} ${row.channel}`, row.share]));
	const share = (model, channel) => shares.get(`${model} ${channel}`) ?? 0;
	const middle = models.includes("linear") ? "linear" : models.at(-1);
	const names = [...new Set(dots.map((row) => row.channel))].toSorted((a, b) => share(middle, b) - share(middle, a));
	const gaps = names.map((channel) => ({channel, x1: share("first", channel), x2: share("last", channel)}));
	const apart = models.includes("first") && models.includes("last")
		? gaps.toSorted((a, b) => Math.abs(b.x2 - b.x1) - Math.abs(a.x2 - a.x1))[0] : null;
	const marginLeft = Math.min(0.35 * width, 16 + longest(names));
	const told = (channel) => [channel, ...rows.filter((row) => row.channel === channel).map((row) =>
		`${readable(row.model)}: ${count(Math.round(row.conversions))}${row.share == null ? "" : ` (${percent(row.share)})`}${row.amount == null ? "" : `, ${money(row.amount)}`}`)].join("\n");
	return panel("attribution", {
		title: !names.length ? "No channel has brought a conversion yet"
			: apart ? `“${apart.channel}” was the first touch of ${percent(apart.x1)} of the conversions and the last of ${percent(apart.x2)}`
				: `“${names[0]}” gets ${percent(share(middle, names[0]))} of the conversions`,
		read: "What each channel gets of all conversions, by the rule or model that shares them among the touches before.",
		legend: legend(models.map((model) => [readable(model), COLOURS[model]])),
		chart: !names.length ? null : plot({
			width, height: 34 * names.length + 40, marginLeft, marginRight: 16, marginTop: 4, marginBottom: 32,
			x: {label: "% of conversions →", percent: true, grid: true, nice: true, domain: [Math.min(0, ...dots.map((row) => 100 * row.share)), Math.max(...dots.map((row) => 100 * row.share))]},
			y: {type: "point", label: null, domain: names, padding: 0.5, axis: null},
			marks: [
				apart ? Plot.link(gaps, {y1: "channel", y2: "channel", x1: "x1", x2: "x2", stroke: "var(--neutral)", strokeWidth: 3}) : null,
				Plot.dot(dots, {y: "channel", x: "share", r: 5, fill: colour("fill"), ariaLabel: (row) => `${row.channel} ${row.model}: ${row.conversions}`}),
				Plot.axisY({label: null, tickSize: 0, fontSize: 12.5, fill: "var(--theme-foreground)", tickFormat: (name) => cut(name, marginLeft - 16)}),
				Plot.tip(dots, Plot.pointerY({y: "channel", x: "share", title: (row) => told(row.channel)}))
			]
		}),
		note: "Further right under “first”: the channel begins the way to a conversion; under “last”: it ends it."
	});
}
