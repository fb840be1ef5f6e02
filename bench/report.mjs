// The table of times and ratios, from the rows of results.json.

export function median(values) {
	const sorted = [...values].sort((a, b) => a - b);
	const middle = sorted.length >> 1;
	return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

// The fastest row of those that match.
export function fastest(results, wanted) {
	return results.filter((row) => Object.entries(wanted).every(([name, value]) =>
		value instanceof RegExp ? value.test(row[name]) : row[name] === value))
		.sort((a, b) => a.median_s - b.median_s)[0];
}

export const taskNames = (results) => [...new Set(results.map(({ task }) => task))];

// Ratios are to the fastest form of user_ops over the events; the fastest form
// of each system and road is marked.
export function report(results) {
	const lines = [];
	for (const task of taskNames(results)) {
		const ours = fastest(results, { task, road: 'events', system: 'user_ops' });
		lines.push('', `${task.padEnd(72)} ${'seconds'.padStart(9)} ${'ratio'.padStart(9)}`);
		for (const row of results.filter((r) => r.task === task)) {
			const best = row === fastest(results, { task, road: row.road, system: row.system });
			const ratio = ours ? (row.median_s / ours.median_s).toFixed(2) : '';
			lines.push(`${best ? '*' : ' '} ${row.system.padEnd(11)}${row.form.padEnd(59)} ${row.median_s.toFixed(3).padStart(9)} ${ratio.padStart(9)}`);
		}
	}
	return `${lines.join('\n')}\n\n* the fastest form of this system; ratio: to the fastest form of user_ops over the events\n`;
}
