// Answers are compared whole: as files of text, sorted.
import { execFileSync, spawnSync } from 'node:child_process';
import { dirname } from 'node:path';

export function sortFile(file) {
	execFileSync('sort', ['-S', '1G', '-T', dirname(file), '-o', file, file], { env: { ...process.env, LC_ALL: 'C' } });
}

export const sameFiles = (a, b) => spawnSync('cmp', ['-s', a, b]).status === 0;

// The first rows that only one of two sorted files has.
export const firstDifferences = (a, b) => [['<', '-23'], ['>', '-13']].map(([mark, option]) =>
	spawnSync('sh', ['-c', `comm ${option} "$0" "$1" | head -n 5 | sed 's/^/${mark} /'`, a, b],
		{ encoding: 'utf8', env: { ...process.env, LC_ALL: 'C' } }).stdout).join('');
