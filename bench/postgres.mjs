// PostgreSQL through psql, which tells what a statement took.  The caller's
// environment (PSQL, PGHOST …) leads to the server.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

const END = '~end~';

export class Postgres {
	constructor() {
		this.process = spawn(process.env.PSQL, ['-X', '-q', '-A', '-t', '-F', '\t'],
			{ stdio: ['pipe', 'pipe', 'ignore'] });
		this.process.on('close', () => {
			this.ended = true;
			this.waiting?.reject(new Error('psql has ended'));
		});
		this.process.stdin.on('error', () => {});
		createInterface({ input: this.process.stdout }).on('line', (line) => this.#hear(line));
	}

	#hear(line) {
		const { lines, resolve, reject } = this.waiting;
		if (!line.startsWith(END)) {
			lines.push(line);
			return;
		}
		const [, failed, ...message] = line.split(' ');
		this.waiting = null;
		if (failed === 'true')
			reject(new Error(message.join(' ')));
		else
			resolve(lines);
	}

	#send(script) {
		return new Promise((resolve, reject) => {
			if (this.ended)
				reject(new Error('psql has ended'));
			this.waiting = { lines: [], resolve, reject };
			this.process.stdin.write(`${script}\n\\echo ${END} :ERROR :SQLSTATE :LAST_ERROR_MESSAGE\n`);
		});
	}

	// Rows as arrays of text.
	async query(sql) {
		return (await this.#send(`${sql};`)).map((line) => line.split('\t'));
	}

	async #timed(script) {
		const lines = await this.#send(`\\timing on\n${script}\n\\timing off`);
		return Number(/^Time: ([0-9.]+) ms/.exec(lines.at(-1))[1]) / 1000;
	}

	// Past the end: every row is made, none is sent.
	time(sql) { return this.#timed(`SELECT * FROM (${sql}) AS result OFFSET 1000000000000;`); }

	// The statement as it stands, rows sent.
	timeWhole(sql) { return this.#timed(`\\o /dev/null\n${sql};\n\\o`); }

	copy(sql, file) { return this.#timed(`COPY (${sql}) TO STDOUT \\g '${file}'`); }

	set(name, value) { return this.query(`SET ${name} = '${value}'`); }

	async pid() { return Number((await this.query('SELECT pg_backend_pid()'))[0][0]); }

	end() { this.process.stdin.end(); }
}
