// Serves the built pages on this machine only: node serve.mjs FOLDER PORT (0: any)
import {createReadStream, statSync} from "node:fs";
import {createServer} from "node:http";
import {extname, join, normalize} from "node:path";
import {fileURLToPath} from "node:url";

const types = {
	".css": "text/css", ".csv": "text/csv", ".html": "text/html", ".js": "text/javascript", ".json": "application/json"
};

export function serve(folder, port) {
	const server = createServer((request, response) => {
		// every file's name is plain, so what is escaped is not there
		const path = normalize(request.url.replace(/[?#].*/, ""));
		const file = join(folder, path.endsWith("/") ? `${path}index.html` : path);
		if (!statSync(file, {throwIfNoEntry: false})?.isFile()) {
			response.writeHead(404).end("not found");
			return;
		}
		response.writeHead(200, {"content-type": `${types[extname(file)] ?? "application/octet-stream"}; charset=utf-8`});
		createReadStream(file).pipe(response);
	});
	return new Promise((resolve, reject) => {
		server.once("error", reject);
		server.listen(port, "127.0.0.1", () => resolve({server, origin: `http://127.0.0.1:${server.address().port}`}));
	});
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
	const {origin} = await serve(process.argv[2], Number(process.argv[3]));
	console.log(`${origin}/   (end it with Ctrl-C)`);
}
