// Who may leave: bands of churn risk, and how well the risk foretold what happened.
import * as Plot from "@observablehq/plot";
import {compact, count, money, percent, plural, sum} from "./format.js";
import {code, colour, panel, zeroLine} from "./frame.js";

const HIGH = ["60-80%", "80-100%"];
const shown = (band) => (band === "no_purchase" ? "never bought" : band.replace("-", "–"));
const fills = {"60-80%": "var(--dormant)", "80-100%": "var(--dormant)", no_purchase: "var(--neutral)"};

export function churnBands(rows, meta, width) {
	const hasAmounts = meta.amount != null;
	const bands = rows.filter((row) => row.band !== "no_purchase" || row.users > 0);
	const high = bands.filter((row) => HIGH.includes(row.band));
	const sides = [["users", "users"], ...(hasAmounts ? [["revenue_at_risk", "revenue so far"]] : [])];
	const bars = sides.flatMap(([side, label]) => {
		const most = Math.max(...bands.map((row) => row[side] ?? 0)) || 1;
		return bands.map((row) => ({...row, side: label, value: row[side] ?? 0, part: (row[side] ?? 0) / most}));
	});
	return panel("churn-bands", {
		title: `${plural(sum(high, (row) => row.users), "user")} will probably stay away for ${meta.horizon_days} days`
			+ (hasAmounts ? `; they have brought ${money(sum(high, (row) => row.revenue_at_risk ?? 0))}` : ""),
		read: `Users by churn_risk: the probability of silence for the next ${meta.horizon_days} days${hasAmounts ? ", and what the users of a band have brought so far" : ""}.`,
		chart: Plot.plot({
			width, height: 34 * bands.length + 40, marginLeft: 96, marginRight: 56,
			fx: {label: null, domain: sides.map(([, label]) => label), padding: 0.28},
			y: {label: null, domain: bands.map((row) => row.band), tickSize: 0, tickFormat: shown, padding: 0.25},
			x: {axis: null, domain: [0, 1]},
			marks: [
				Plot.barX(bars, {fx: "side", y: "band", x: "part", fill: colour((bar) => fills[bar.band] ?? "var(--returning)"),
					ariaLabel: (bar) => `${bar.band}: ${bar.value}`, tip: true,
					title: (bar) => `${shown(bar.band)}: ${plural(bar.users, "user")} (${percent(bar.share)})${bar.revenue_at_risk == null ? "" : `\nrevenue so far ${money(bar.revenue_at_risk)}`}`}),
				Plot.text(bars, {fx: "side", y: "band", x: "part", dx: 4, textAnchor: "start", fill: "var(--theme-foreground)",
					text: (bar) => (bar.value >= 1e5 ? compact(bar.value) : count(bar.value))})
			]
		}),
		note: meta.calibrated ? null : "The risk ranks users; it is not calibrated."
	});
}

export function calibration(rows, meta, width) {
	if (!meta.calibrated) {
		return panel("calibration", {
			title: "Does the predicted risk come true?",
			read: "Not known here: there is no fitted purchase model.",
			note: ["There were too few users to fit one, or ", code("create_views"), " was told ", code("purchase_model => 'none'"), ". With a model ",
				code(`${meta.schema_name}.churn_calibration`), " holds what was predicted beside what happened, and the next build shows it here."]
		});
	}
	const users = sum(rows, (row) => row.users);
	const off = users ? sum(rows, (row) => row.users * Math.abs(row.predicted - row.actual)) / users : null;
	const top = Math.max(0.05, ...rows.flatMap((row) => [row.predicted, row.actual]));
	return panel("calibration", {
		title: off == null ? "No predictions to check yet" : `The predicted risk is off by ${(100 * off).toFixed(1)} percentage points on average`,
		read: "Tenths of the users by predicted churn risk: on the line, as many stayed away as was predicted; above it, more did.",
		chart: Plot.plot({
			width, height: Math.min(width, 340), marginLeft: 50,
			x: {label: "predicted, % →", percent: true, domain: [0, 100 * top], nice: true},
			y: {label: "↑ stayed away, %", percent: true, domain: [0, 100 * top], nice: true, grid: true},
			marks: [
				zeroLine(),
				Plot.line([[0, 0], [top, top]], {stroke: "var(--theme-foreground-muted)", strokeDasharray: "4 3", className: "as-predicted"}),
				Plot.dot(rows, {x: "predicted", y: "actual", r: 5, fill: "var(--returning)", tip: true,
					title: (row) => `tenth ${row.decile}: ${plural(row.users, "user")}\npredicted ${percent(row.predicted)}, happened ${percent(row.actual)}`})
			]
		})
	});
}
