// Draws the built pages: node screenshots.mjs FOLDER OUTPUT
import {mkdirSync, statSync} from "node:fs";
import {join} from "node:path";
import {withPages} from "./browser.mjs";

const [folder, output] = process.argv.slice(2);
const WIDTH = 1000;
const LIMIT = 150000;           // bytes, as they stand in the repository
// file: page, colours, from the card of which chart (or the top of the page) to that of which, how wide if not WIDTH
const PICTURES = {
	"index": ["index", "light", null, "active-users"],
	"retention": ["retention", "light", null, "retention-month"],
	"users": ["users", "light", null, "segments"],
	"users-value": ["users", "light", "churn-bands", "ltv"],
	"users-moves": ["users", "light", "repeat-purchase", "forecast"],
	"users-dark": ["users", "dark", null, "segments"],
	"funnel": ["funnel", "light", null, "funnel-segments"],
	"paths": ["paths", "light", null, "paths"],
	"paths-channels": ["paths", "light", "transitions", "attribution"],
	"experiments": ["experiments", "light", null, "campaign-lift"],
	"growth": ["growth", "light", null, "tier-moves"],
	"items": ["items", "light", null, "item-quality"],
	"content": ["content", "light", null, "contribution"]
};

// In the page: from which height to which.
function heights([first, last]) {
	const card = (name) => document.querySelector(`[data-chart="${name}"]`).closest(".card").getBoundingClientRect();
	return [first ? card(first).top + scrollY - 8 : 0, card(last).bottom + scrollY + 8];
}

mkdirSync(output, {recursive: true});
await withPages(folder, async (open) => {
	for (const [picture, [name, scheme, first, last, width = WIDTH]] of Object.entries(PICTURES)) {
		const {page, close} = await open(name, scheme, width);
		const file = join(output, `${picture}.png`);
		const [top, bottom] = await page.evaluate(heights, [first, last]);
		await page.screenshot({path: file, clip: {x: 0, y: top, width, height: bottom - top}, fullPage: true, animations: "disabled"});
		await close();
		const {size} = statSync(file);
		console.log(`${file}: ${size} bytes`);
		if (size > LIMIT) console.error(`${file} is larger than ${LIMIT} bytes`);
	}
});
