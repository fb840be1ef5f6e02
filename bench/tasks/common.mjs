// What the tasks share: the calendar of the data, and the ways user_ops comes
// to its activities.

export const FIRST_DAY = '2024-01-01';   // a Monday
export const AS_OF = '2025-03-24';       // the first day without events
export const WEEKS = 64;                 // so that all of them fit one 64-bit mask

// A form is one way to ask a system:
//   system   user_ops | postgres | duckdb | clickhouse | floor
//   road     events | stored
//   name     "bit mask …" where it works for up to 64 periods only
//   sql      over the table events; peers try it on copies in several orders
//   needs    functions of user_ops without which the form is skipped
//   differs  its answer is another one than ours, for a reason that the task tells
export const form = (system, name, sql, more = {}) => ({ system, road: 'events', name, sql, needs: [], ...more });
export const postgres = (name, sql) => form('postgres', name, sql);
export const duckdb = (name, sql) => form('duckdb', name, sql);
export const clickhouse = (name, sql, more) => form('clickhouse', name, sql, more);

const population = (amount) =>
	`population_agg(anyelement,timestamp with time zone${amount ? ',numeric' : ''})`;

// users(population) as a streaming FROM item.
export const users = (table, amount, type) => `
	(SELECT (u).user_id, (u).activity
	 FROM (SELECT users(p, NULL::${type}) AS u
	       FROM (SELECT population_agg(user_id, event_time${amount}) AS p FROM ${table}) AS x OFFSET 0) AS s) AS a`;

// The forms of user_ops that differ only in where the activities come from.
//   read(from)   SQL over a FROM item with user_id and activity
//   direct       SQL straight from a population, if the metric has such a function
//   amount       the amount argument of the aggregates, if the task needs it
//   needs        functions that read calls; directNeeds, direct
//   table, type  other events and the type of their user ids
export function userOps({ read, direct, amount = '', needs = [], directNeeds = [], table = 'events', type = 'bigint' }) {
	const forms = [
		form('user_ops', 'users(population)', read(users(table, amount, type)), { needs: [population(amount), ...needs] }),
		form('user_ops', 'GROUP BY', read(`
	(SELECT user_id, activity_agg(event_time${amount}) AS activity FROM ${table} GROUP BY user_id) AS a`), { needs }),
		form('user_ops', 'stored activity', read('activity AS a'), { road: 'stored', needs }),
	];
	if (direct)
		forms.unshift(form('user_ops', 'population', direct, { needs: [population(amount), ...directNeeds] }));
	return forms;
}
