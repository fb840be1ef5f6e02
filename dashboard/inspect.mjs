// Tells, as JSON, what the built pages show: node inspect.mjs FOLDER [light|dark]…
//   {PAGE: {SCHEME: {complaints, foreign, bytes, kpis, charts: {NAME: {title, text, marks: {KIND: n}, labels}}}}}
import {PAGES, withPages} from "./browser.mjs";

// In the page: the marks of each chart, by the class or the kind of their group.
function readCharts() {
	const charts = {};
	for (const figure of document.querySelectorAll("[data-chart]")) {
		const marks = {};
		for (const group of figure.querySelectorAll("svg g[aria-label]")) {
			const leaves = [...group.querySelectorAll("rect, path, circle, line, text")];
			if (leaves.length === 0 || group.querySelector("g[aria-label]")) continue;
			const kind = group.getAttribute("class") || group.getAttribute("aria-label");
			marks[kind] = (marks[kind] ?? 0) + leaves.length;
		}
		charts[figure.dataset.chart] = {
			title: figure.querySelector("h2").textContent,
			text: figure.textContent,
			wide: Math.max(0, ...[...figure.querySelectorAll("svg")].map((svg) => svg.getBoundingClientRect().width)),
			labels: [...figure.querySelectorAll("svg [aria-label]:not(g)")].map((mark) => mark.getAttribute("aria-label")),
			marks
		};
	}
	const kpis = {};
	for (const card of document.querySelectorAll("[data-kpi]")) {
		kpis[card.dataset.kpi] = {value: card.querySelector(".big").textContent, change: card.querySelector(".change").textContent};
	}
	return {charts, kpis, background: getComputedStyle(document.documentElement).backgroundColor};
}

const [folder, ...schemes] = process.argv.slice(2);
const told = {};
await withPages(folder, async (open) => {
	for (const name of PAGES) {
		told[name] = {};
		for (const scheme of schemes) {
			const {page, did, close} = await open(name, scheme);
			told[name][scheme] = {...did, ...await page.evaluate(readCharts)};
			await close();
		}
	}
});
console.log(JSON.stringify(told));
