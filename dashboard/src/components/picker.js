// Chooses what the charts of a page show: everybody or the users of one value of a column; one of several funnels.
import {count} from "./format.js";
import {element} from "./frame.js";

const REMEMBERED = "user_ops part";

// An input as Generators.input of the framework wants it; its value is a number of parts, 0 for everybody.
export function picker(parts) {
	const properties = [...new Set(parts.map((part) => part.property))];
	const select = element("select", {"aria-label": "Whose figures"},
		element("option", {value: 0}, "all users"),
		...properties.map((property) => {
			const values = parts.filter((part) => part.property === property);
			const more = values[0].of_values - values.length;
			return element("optgroup", {label: property},
				...values.map((part) => element("option", {value: part.part}, `${part.label} (${count(part.users)})`)),
				more > 0 && element("option", {disabled: ""}, `and ${count(more)} rarer`));
		}));
	const chosen = Number(sessionStorage.getItem(REMEMBERED));
	select.value = parts.some((part) => part.part === chosen) ? chosen : 0;
	const box = element("label", {class: "picker", hidden: parts.length ? null : ""}, "Show ", select);
	Object.defineProperty(box, "value", {get: () => Number(select.value)});
	select.addEventListener("input", () => sessionStorage.setItem(REMEMBERED, select.value));
	return box;
}

// One of several things that have names; nothing to see where there is one.
export function chooser(names, what) {
	const select = element("select", {"aria-label": what}, ...names.map((name) => element("option", {value: name}, name)));
	const box = element("label", {class: "picker", hidden: names.length > 1 ? null : ""}, "Show ", select);
	Object.defineProperty(box, "value", {get: () => select.value});
	return box;
}
