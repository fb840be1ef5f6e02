// Draws the built pages: node screenshots.mjs FOLDER OUTPUT
import {mkdirSync, statSync} from "node:fs";
import {join} from "node:path";
import {withPages} from "./browser.mjs";

const [folder, output] = process.argv.slice(2);
const WIDTH = 1000;
const FOLD = 840;               // where the first row of charts ends on each page
const LIMIT = 150000;           // bytes, as they stand in the repository
// file: page, colours, from which height to which (or the end)
const PICTURES = {
	"index": ["index", "light", 0, FOLD],
	"retention": ["retention", "light", 0, FOLD],
	"users": ["users", "light", 0, FOLD],
	"users-value": ["users", "light", FOLD],
	"users-dark": ["users", "dark", 0, FOLD]
};

mkdirSync(output, {recursive: true});
await withPages(folder, async (open) => {
	for (const [picture, [name, scheme, from, to]] of Object.entries(PICTURES)) {
		const {page, close} = await open(name, scheme, WIDTH);
		const file = join(output, `${picture}.png`);
		const height = (to ?? await page.evaluate(() => document.querySelector("main").getBoundingClientRect().bottom + scrollY)) - from;
		await page.screenshot({path: file, clip: {x: 0, y: from, width: WIDTH, height}, fullPage: true, animations: "disabled"});
		await close();
		const {size} = statSync(file);
		console.log(`${file}: ${size} bytes`);
		if (size > LIMIT) console.error(`${file} is larger than ${LIMIT} bytes`);
	}
});
