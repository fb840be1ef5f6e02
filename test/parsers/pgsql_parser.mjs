// PostgreSQL's own grammar, as tools in JavaScript have it. Reads a JSON array of
// queries; answers for each: its kinds of statements and its text written anew, or an error.
import { readFileSync } from 'node:fs';
import { deparse, parse } from 'pgsql-parser';

async function answer(query) {
	try {
		const tree = await parse(query);
		return { kinds: tree.stmts.flatMap(({ stmt }) => Object.keys(stmt)), text: await deparse(tree) };
	} catch (error) {
		return { error: error.message };
	}
}

const answers = [];
for (const query of JSON.parse(readFileSync(0, 'utf8')))
	answers.push(await answer(query));
console.log(JSON.stringify(answers));
