// DuckDB on its own columnar copy: duckdb.mjs FILE MEMORY. Started by peer.mjs.
import { DuckDBInstance } from '@duckdb/node-api';
import { seconds, serve } from './peer.mjs';

const [, , file, memory] = process.argv;
// Without insertion order to keep, results are made and discarded in parallel.
const instance = await DuckDBInstance.create(file, { threads: '2', memory_limit: memory, preserve_insertion_order: 'false' });
const connection = await instance.connect();
await connection.run("SET TimeZone = 'UTC'");

serve({
	async load(csv, named) {
		await connection.run(`
			SET preserve_insertion_order = true;
			CREATE OR REPLACE TABLE events AS
			SELECT * FROM read_csv('${csv}', header = false, columns = {user_id: 'BIGINT', event_time: 'TIMESTAMP', amount: 'DECIMAL(12,2)'});
			CREATE OR REPLACE TABLE events_by_user AS SELECT * FROM events ORDER BY user_id, event_time;
			CREATE OR REPLACE TABLE events_named AS
			SELECT * FROM read_csv('${named}', header = false, columns = {user_id: 'BIGINT', event_time: 'TIMESTAMP', event: 'VARCHAR'});
			CREATE OR REPLACE TABLE events_by_user_named AS SELECT * FROM events_named ORDER BY user_id, event_time;
			CHECKPOINT;
			SET preserve_insertion_order = false;`);
	},
	async time(sql) {
		await connection.run('SELECT 1');
		// Past the end: every row is made, none is kept.
		return seconds(() => connection.run(`SELECT * FROM (${sql}) OFFSET 1000000000000`));
	},
	copy(sql, path) {
		return seconds(() => connection.run(`COPY (${sql}) TO '${path}' (FORMAT csv, DELIMITER '\t', HEADER false, NULLSTR '\\N')`));
	},
	async version() {
		return `DuckDB ${(await connection.runAndReadAll('SELECT version()')).getRows()[0][0]}`;
	},
});
