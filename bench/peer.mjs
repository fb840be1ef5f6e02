// A peer system runs in a process of its own, stopped (SIGSTOP) whenever it is
// not asked: its idle threads take no time from the others.
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export class Peer {
	// script: a file of this folder that calls serve(); args for it.
	constructor(script, ...args) {
		this.process = fork(fileURLToPath(new URL(script, import.meta.url)), args, { serialization: 'advanced' });
		this.process.on('exit', (code, signal) => {
			this.reject?.(new Error(`${script} ended: ${signal ?? code}`));
			this.ended = true;
		});
	}

	async call(operation, ...args) {
		if (this.ended)
			throw new Error('the peer has ended');
		this.process.kill('SIGCONT');
		const reply = await new Promise((resolve, reject) => {
			this.reject = reject;
			this.process.once('message', resolve);
			this.process.send({ operation, args });
		});
		this.process.kill('SIGSTOP');
		if (reply.error)
			throw new Error(reply.error);
		return reply.value;
	}

	load(...files) { return this.call('load', ...files); }
	time(sql) { return this.call('time', sql); }
	copy(sql, file) { return this.call('copy', sql, file); }
	version() { return this.call('version'); }

	end() { this.process.kill('SIGKILL'); }
}

// In the peer's process: answer calls with the functions of this name.
export function serve(operations) {
	process.on('message', async ({ operation, args }) => {
		try {
			process.send({ value: await operations[operation](...args) });
		} catch (error) {
			process.send({ error: `${error.message}` });
		}
	});
	process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));
}

export async function seconds(work) {
	const start = performance.now();
	await work();
	return (performance.now() - start) / 1000;
}
