// What stands around a chart, and the marks that several charts share.
import * as Plot from "@observablehq/plot";

export function element(name, attributes, ...children) {
	const made = document.createElement(name);
	for (const [key, value] of Object.entries(attributes ?? {})) {
		if (value != null) made.setAttribute(key, value);
	}
	made.append(...children.filter((child) => child));
	return made;
}

// A chart with the finding as its title, how to read it, and what to know besides.
export function panel(name, {title, read, legend, chart, note}) {
	return element("figure", {class: "panel", "data-chart": name},
		element("h2", null, title),
		read && element("p", null, read),
		chart && legend,
		chart,
		note && element("figcaption", null, ...[note].flat()));
}

// Cards side by side; one too many is as wide as both.
export function inPairs(...charts) {
	const there = charts.filter((chart) => chart);
	return element("div", {class: "grid grid-cols-2"}, ...there.map((chart, i) =>
		element("div", {class: i === there.length - 1 && i % 2 === 0 ? "card grid-colspan-2" : "card"}, chart)));
}

// A chart as wide as its card; while the page is laid out a card may be narrower than margins are.
export const plot = ({width, ...options}) => Plot.plot({width: Math.max(width, 240), ...options});

export function legend(items, hatched) {
	const keys = items.map(([label, colour]) => element("span", null, element("i", {style: `background: ${colour}`}), label));
	if (hatched) keys.push(element("span", null, element("i", {class: "hatched"}), hatched));
	return element("div", {class: "legend"}, ...keys);
}

export const code = (text) => element("code", null, text);

// The colour of a share of the greatest value, and of the text on it.
export const heat = (share) => `color-mix(in oklab, var(--heat) ${Math.round(100 * Math.min(1, share))}%, var(--heat-low))`;
export const onHeat = (share) => (share > 0.5 ? "var(--on-heat)" : "var(--theme-foreground)");

// A channel whose values are colours of the style sheet and pass no scale.
export const colour = (value) => ({value, scale: null});

// A period that is not over: stripes over the mark itself.
export const hatched = (data, make, channels) => make(data, {...channels, fill: "url(#hatch)", className: "open"});

export const zeroLine = (options = {}) => Plot.ruleY([0], {stroke: "var(--theme-foreground-faint)", ...options});
