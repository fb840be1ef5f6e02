// Tells, as JSON, what the built pages show: node inspect.mjs FOLDER [light|dark|phone]… [part=NUMBER]
//   {PAGE: {SCHEME: {complaints, foreign, bytes, kpis, parts, outside, covered, charts: {NAME: {title, text, marks: {KIND: n}, labels}}}}}
// phone: light, 390 pixels wide. part: whom the picker chooses, where there is one.
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
	const parts = [...document.querySelectorAll(".picker option")].map((option) => option.textContent);
	return {charts, kpis, parts, lead: document.querySelector(".lead").textContent, background: getComputedStyle(document.documentElement).backgroundColor};
}

// In the page: texts that do not fit their card, and texts of a chart that cover each other.
function readRoom() {
	const outside = [];
	const covered = [];
	const {scrollWidth, clientWidth} = document.documentElement;
	if (scrollWidth > clientWidth) outside.push(`page: ${scrollWidth} > ${clientWidth}`);
	const box = (node) => {
		const range = document.createRange();
		range.selectNodeContents(node);
		return range.getBoundingClientRect();
	};
	for (const card of document.querySelectorAll(".card")) {
		const {left, right} = card.getBoundingClientRect();
		const texts = document.createTreeWalker(card, NodeFilter.SHOW_TEXT, (node) => (node.data.trim() && !node.parentNode.closest("style") ? NodeFilter.FILTER_ACCEPT : NodeFilter.FILTER_SKIP));
		const inCharts = [];
		while (texts.nextNode()) {
			const text = texts.currentNode;
			const place = box(text);
			if (place.left < left - 0.5 || place.right > right + 0.5) outside.push(text.data);
			if (text.parentNode.closest("svg")) inCharts.push({text: text.data, place});
		}
		inCharts.forEach((one, i) => inCharts.slice(i + 1).forEach((other) => {
			const across = Math.min(one.place.right, other.place.right) - Math.max(one.place.left, other.place.left);
			const down = Math.min(one.place.bottom, other.place.bottom) - Math.max(one.place.top, other.place.top);
			// lines of text stand closer than the boxes of their letters
			if (across > 2 && down > 6) covered.push(`${one.text} / ${other.text}`);
		}));
	}
	return {outside, covered};
}

const [folder, ...asked] = process.argv.slice(2);
const part = asked.find((argument) => argument.startsWith("part="))?.slice(5);
const told = {};
await withPages(folder, async (open) => {
	for (const name of PAGES) {
		told[name] = {};
		for (const scheme of asked.filter((argument) => !argument.startsWith("part="))) {
			const {page, did, close} = await (scheme === "phone" ? open(name, "light", 390) : open(name, scheme));
			if (part && await page.locator(`.picker option[value="${part}"]`).count()) {
				const before = await page.locator(".lead").textContent();
				await page.selectOption(".picker select", part);
				await page.waitForFunction((old) => document.querySelector(".lead").textContent !== old, before);
			}
			told[name][scheme] = {...did, ...await page.evaluate(readCharts), ...await page.evaluate(readRoom)};
			await close();
		}
	}
});
console.log(JSON.stringify(told));
