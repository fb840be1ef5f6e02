// Opens the built pages in Debian's Chromium and keeps count of what they do.
import {execFileSync} from "node:child_process";
import {chromium} from "playwright-core";
import {serve} from "./serve.mjs";

export const PAGES = ["index", "retention", "users", "funnel", "paths", "experiments", "growth", "items", "content"];

export function findChromium() {
	return execFileSync("sh", ["-c", "command -v chromium || command -v chromium-browser"], {encoding: "utf8"}).trim();
}

// Calls use(open) with open(page, scheme): the page when its charts are drawn, and
// what it did: complaints, requests to others, bytes loaded.
export async function withPages(folder, use) {
	const {server, origin} = await serve(folder, 0);
	const browser = await chromium.launch({executablePath: findChromium(), args: ["--no-sandbox", "--disable-gpu"]});
	async function open(name, colorScheme, width = 1240) {
		const context = await browser.newContext({viewport: {width, height: 900}, colorScheme, reducedMotion: "reduce"});
		const page = await context.newPage();
		const did = {complaints: [], foreign: [], bytes: 0};
		const loaded = [];
		page.on("console", (message) => {
			if (["error", "warning"].includes(message.type())) did.complaints.push(message.text());
		});
		page.on("pageerror", (error) => did.complaints.push(String(error)));
		page.on("requestfailed", (request) => did.complaints.push(`failed: ${request.url()}`));
		page.on("response", (response) => {
			if (response.status() >= 400) did.complaints.push(`${response.status()}: ${response.url()}`);
			loaded.push(response.body().then((body) => (did.bytes += body.length), () => {}));
		});
		await context.route("**/*", (route) => {
			const address = route.request().url();
			if (address.startsWith(`${origin}/`) || /^(data|blob):/.test(address)) return route.continue();
			did.foreign.push(address);
			return route.abort();
		});
		await page.goto(`${origin}/${name}.html`);
		await page.waitForFunction(() => {
			const cards = [...document.querySelectorAll(".card")];
			return cards.length > 0 && cards.every((card) => card.querySelector(".panel h2, .big, .observablehq--error"))
				&& !document.querySelector("observablehq-loading");
		}, null, {timeout: 60000});
		await Promise.all(loaded);
		return {page, did, close: () => context.close()};
	}
	try {
		return await use(open);
	} finally {
		await browser.close();
		server.close();
	}
}
