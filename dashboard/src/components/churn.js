// Who may leave: bands of churn risk, and how well the risk foretold what happened.
import * as Plot from "@observablehq/plot";
import {sideBars} from "./bars.js";
import {capital, count, money, people, percent, plural, sum} from "./format.js";
import {code, panel, plot, zeroLine} from "./frame.js";

// The bands of risk are ranges of per cent; the other is of users who never bought.
const isRisk = (row) => /^\d+-\d+%$/.test(row.band);
const isHigh = (row) => isRisk(row) && parseInt(row.band) >= 60;
const fill = (row) => (isHigh(row) ? "var(--dormant)" : isRisk(row) ? "var(--returning)" : "var(--neutral)");

export function churnBands(rows, meta, width) {
	const hasAmounts = meta.amount != null;
	const bands = rows.filter((row) => isRisk(row) || row.users > 0)
		.sort((a, b) => isRisk(b) - isRisk(a))
		.map((row) => {
			const name = isRisk(row) ? row.band : "never bought";
			return {...row, name, fill: fill(row), told: `${name}: ${plural(row.users, "user")} (${percent(row.share)})`
				+ (row.revenue_at_risk == null ? "" : `\nrevenue so far ${money(row.revenue_at_risk)}`)};
		});
	const high = bands.filter(isHigh);
	const leaving = sum(high, (row) => row.users);
	return panel("churn-bands", {
		title: capital(`${people(leaving)} will probably stay away for ${meta.horizon_days} days`)
			+ (hasAmounts && leaving ? `; they have brought ${money(sum(high, (row) => row.revenue_at_risk ?? 0))}` : ""),
		read: `Users by churn_risk: the probability of silence for the next ${meta.horizon_days} days${hasAmounts ? ", and what the users of a band have brought so far" : ""}.`,
		chart: sum(bands, (row) => row.users) === 0 ? null
			: sideBars(bands, [["users", "users"], ...(hasAmounts ? [["revenue_at_risk", "revenue so far"]] : [])], width),
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
	const off = sum(rows, (row) => row.users * Math.abs(row.predicted - row.actual)) / users;
	const top = Math.max(0.05, ...rows.flatMap((row) => [row.predicted, row.actual]));
	return panel("calibration", {
		title: `In the last ${meta.horizon_days} days ${count(Math.round(sum(rows, (row) => row.predicted_active)))} `
			+ `${meta.amount == null ? "users" : "buyers"} were expected, ${count(sum(rows, (row) => row.actual_active))} came`,
		read: `What the model would have said of ${plural(users, "user")} before those days. A dot is a tenth of them, by predicted risk: on the line, as many stayed away as was predicted; above it, more did.`,
		chart: plot({
			width, height: Math.min(width, 340), marginLeft: 50,
			x: {label: "predicted, % →", percent: true, domain: [0, 100 * top], nice: true},
			y: {label: "↑ stayed away, %", percent: true, domain: [0, 100 * top], nice: true, grid: true},
			marks: [
				zeroLine(),
				Plot.line([[0, 0], [top, top]], {stroke: "var(--theme-foreground-muted)", strokeDasharray: "4 3", className: "as-predicted"}),
				Plot.dot(rows, {x: "predicted", y: "actual", r: 5, fill: "var(--returning)", tip: true,
					title: (row) => `tenth ${row.decile}: ${plural(row.users, "user")}\npredicted ${percent(row.predicted)}, happened ${percent(row.actual)}`
						+ `\n${count(Math.round(row.predicted_active))} expected, ${count(row.actual_active)} came`})
			]
		}),
		note: `A tenth is off by ${(100 * off).toFixed(1)} percentage points on average.`
	});
}
