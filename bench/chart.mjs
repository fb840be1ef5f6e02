// The chart of ratios, from results.json alone: node chart.mjs > chart.svg
// Each task is a group of bars, which start at 1, the time of user_ops over the
// events; the axis is logarithmic.
import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { fastest, taskNames } from './report.mjs';

const WIDTH = 860, LEFT = 250, RIGHT = 150, ROW = 19, TOP = 64;

// The bars of a task, each of the fastest form of its kind.
const BARS = [
	['user_ops, from events', 'ours', { road: 'events', system: 'user_ops' }],
	['user_ops, from stored values', 'stored', { road: 'stored', system: 'user_ops' }],
	['PostgreSQL, usual SQL', 'postgres', { system: 'postgres', form: /^usual/ }],
	['PostgreSQL, other SQL', 'postgres', { system: 'postgres', form: /^(?!usual|bit mask)/ }],
	['PostgreSQL, bit mask', 'postgres', { system: 'postgres', form: /^bit mask/ }],
	['DuckDB', 'duckdb', { system: 'duckdb', form: /^(?!bit mask)/ }],
	['DuckDB, bit mask', 'duckdb', { system: 'duckdb', form: /^bit mask/ }],
	['ClickHouse', 'clickhouse', { system: 'clickhouse', form: /^(?!bit mask)/ }],
	['ClickHouse, bit mask', 'clickhouse', { system: 'clickhouse', form: /^bit mask/ }],
];

// Greys and colours that stand out on white and on black.
const STYLE = `text{font:13px system-ui,sans-serif;fill:#24292f}.title{font-size:16px;font-weight:600}.task{font-weight:600}
.small{font-size:12px;fill:#57606a}.grid{stroke:#d0d7de}.one{stroke:#57606a}
.ours{fill:#1a7f37}.stored{fill:#4ac26b}.postgres{fill:#54758f}.duckdb{fill:#bf8700}.clickhouse{fill:#bc4c00}
@media (prefers-color-scheme:dark){text{fill:#e6edf3}.small{fill:#9198a1}.grid{stroke:#3d444d}.one{stroke:#9198a1}.postgres{fill:#7a9cb8}}`;

const escape = (text) => text.replace(/[&<>]/g, (c) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;' })[c]);
const round = (x) => Number(x.toPrecision(x < 10 ? 2 : 3)).toString();

function groups(results) {
	return taskNames(results).flatMap((task) => {
		const ours = fastest(results, { task, ...BARS[0][2] });
		const bars = BARS.flatMap(([label, style, wanted]) => {
			const row = fastest(results, { task, ...wanted });
			return row && ours ? [{ label, style, row, ratio: row.median_s / ours.median_s }] : [];
		});
		return bars.some(({ row }) => row.system !== 'user_ops') ? [{ task, bars }] : [];
	});
}

export function chart(results) {
	const all = groups(results);
	const ratios = all.flatMap(({ bars }) => bars.map(({ ratio }) => ratio));
	const low = Math.floor(Math.log10(Math.min(0.1, ...ratios)));
	const high = Math.log10(Math.max(10, ...ratios) * 1.1);
	const x = (ratio) => LEFT + (Math.log10(ratio) - low) / (high - low) * (WIDTH - LEFT - RIGHT);
	const shapes = [];
	let y = TOP;
	for (const { task, bars } of all) {
		shapes.push(`<text class="task" x="10" y="${y + 13}">${escape(task)}</text>`);
		y += ROW + 2;
		for (const { label, style, row, ratio } of bars) {
			const from = Math.min(x(ratio), x(1) - 1.5), to = Math.max(x(ratio), x(1) + 1.5);
			shapes.push(`<text x="${LEFT - 8}" y="${y + 13}" text-anchor="end">${label}</text>` +
				`<rect class="${style}" x="${from.toFixed(1)}" y="${y + 2}" width="${(to - from).toFixed(1)}" height="${ROW - 5}"><title>${escape(row.form)}</title></rect>` +
				`<text class="small" x="${(to + 6).toFixed(1)}" y="${y + 13}">${round(ratio)}× · ${round(row.median_s)} s</text>`);
			y += ROW;
		}
		y += 12;
	}
	const ticks = [];
	for (let power = low; power <= high; power++)
		ticks.push(`<line class="${power ? 'grid' : 'one'}" x1="${x(10 ** power).toFixed(1)}" y1="${TOP - 8}" x2="${x(10 ** power).toFixed(1)}" y2="${y - 6}"/>` +
			`<text class="small" x="${x(10 ** power).toFixed(1)}" y="${TOP - 14}" text-anchor="middle">${10 ** power}×</text>`);
	return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${y}" width="${WIDTH}" height="${y}" role="img" aria-label="Times of user_ops and its peers">
<style>${STYLE}</style>
<text class="title" x="10" y="22">Time, as a multiple of user_ops from events (left is faster; logarithmic)</text>
${ticks.join('\n')}
${shapes.join('\n')}
</svg>
`;
}

if (import.meta.url === pathToFileURL(process.argv[1]).href)
	process.stdout.write(chart(JSON.parse(readFileSync(new URL('results.json', import.meta.url), 'utf8'))));
