// ClickHouse on its own columnar copy: clickhouse.mjs FOLDER MEMORY. Started by peer.mjs.
import { Session } from 'chdb';
import { seconds, serve } from './peer.mjs';

const [, , folder, memory] = process.argv;
const session = new Session(folder);
session.query(`SET max_threads = 2, max_insert_threads = 2, max_memory_usage = ${memory}, session_timezone = 'UTC'`);
session.query('CREATE DATABASE IF NOT EXISTS bench');
session.query('USE bench');

serve({
	// Whole seconds fit a DateTime of four bytes, few names a byte.
	load(csv, named) {
		const tables = { events: [csv, 'amount Nullable(Decimal(12, 2))'], events_named: [named, 'event LowCardinality(String)'] };
		for (const [name, [file, column]] of Object.entries(tables))
			for (const [table, order] of [[name, 'event_time'], [name.replace('events', 'events_by_user'), '(user_id, event_time)']]) {
				const columns = `user_id Int64, event_time DateTime('UTC'), ${column}`;
				session.query(`DROP TABLE IF EXISTS ${table} SYNC`);
				session.query(`CREATE TABLE ${table} (${columns}) ENGINE = MergeTree ORDER BY ${order}`);
				session.query(`INSERT INTO ${table} SELECT * FROM file('${file}', 'CSV', '${columns.replaceAll("'", "\\'")}')`);
				session.query(`OPTIMIZE TABLE ${table} FINAL`);
			}
	},
	// Format Null: every row is made, none is written.
	time(sql) {
		session.query('SELECT 1', 'Null');
		return seconds(() => session.query(sql, 'Null'));
	},
	copy(sql, path) {
		return seconds(() => session.query(`${sql} INTO OUTFILE '${path}' TRUNCATE FORMAT TabSeparated`));
	},
	version() {
		return `ClickHouse ${session.query('SELECT version()', 'TabSeparated').trim()}`;
	},
});
