// Draws the built pages: node screenshots.mjs FOLDER OUTPUT
import {mkdirSync, statSync} from "node:fs";
import {join} from "node:path";
import {PAGES, withPages} from "./browser.mjs";

const [folder, output] = process.argv.slice(2);
const WIDTH = 1000;
const HEIGHT = 840;             // the upper part, enough to see what there is
const LIMIT = 150000;           // bytes, as they stand in the repository

mkdirSync(output, {recursive: true});
await withPages(folder, async (open) => {
	for (const [name, scheme] of [...PAGES.map((page) => [page, "light"]), ["users", "dark"]]) {
		const {page, close} = await open(name, scheme, WIDTH);
		const file = join(output, `${name}${scheme === "dark" ? "-dark" : ""}.png`);
		await page.screenshot({path: file, clip: {x: 0, y: 0, width: WIDTH, height: HEIGHT}, fullPage: true, animations: "disabled"});
		await close();
		const {size} = statSync(file);
		console.log(`${file}: ${size} bytes`);
		if (size > LIMIT) console.error(`${file} is larger than ${LIMIT} bytes`);
	}
});
