// Observable Framework's settings, and what keeps a build off the network.
import {mkdirSync, readdirSync, readFileSync} from "node:fs";
import {join} from "node:path";

const framework = join("node_modules/@observablehq/framework/dist/client");

// The framework's standard library names libraries that it would load from a CDN
// when a page mentions them. Ours do not, but while bundling it asks the registry
// for their latest versions unless its cache knows one; so we name one.
function nameVersions() {
	for (const file of readdirSync(framework, {recursive: true}).filter((name) => name.endsWith(".js"))) {
		for (const [, library] of readFileSync(join(framework, file), "utf8").matchAll(/["']npm:((?:@[\w-]+\/)?[\w.-]+)/g)) {
			mkdirSync(join("src/.observablehq/cache/_npm", `${library}@0.0.0`), {recursive: true});
		}
	}
}
nameVersions();

// What asks for the network all the same is a mistake, and says so.
globalThis.fetch = (address) => Promise.reject(new Error(`a build must not fetch anything: ${address}`));

const pages = [
	{name: "Overview", path: "/index"},
	{name: "Retention", path: "/retention"},
	{name: "Users", path: "/users"},
	{name: "Funnel", path: "/funnel"},
	{name: "Paths", path: "/paths"},
	{name: "Experiments", path: "/experiments"},
	{name: "Growth", path: "/growth"},
	{name: "Items", path: "/items"},
	{name: "Content", path: "/content"}
];

// Relative links, so that the pages may stand in any folder of a web server.
const links = (current) => pages
	.map(({name, path}) => `<a href=".${path}"${path === current ? ' aria-current="page"' : ""}>${name}</a>`)
	.join("");

export default {
	title: "user_ops",
	root: "src",
	output: "dist",
	pages,
	style: "style.css",
	globalStylesheets: [],
	sidebar: false,
	toc: false,
	pager: false,
	search: false,
	preserveIndex: true,
	preserveExtension: true,
	header: ({path}) => `<nav>${links(path)}</nav>
<svg width="0" height="0" aria-hidden="true"><defs>
<pattern id="hatch" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect width="3" height="6"/></pattern>
</defs></svg>`,
	footer: ""
};
