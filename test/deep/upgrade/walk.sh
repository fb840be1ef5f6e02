#!/bin/bash
# Within the newest root, as an unprivileged user: a cluster of the first major, upgraded by pg_upgrade
# to each of the others.
#   walk.sh FOLDER MAJOR…
# FOLDER has pg/lib, pg/share and libs; what it says at the end is a line; it fails if anything differs.
set -euo pipefail
cd "$1"
shift
export LD_LIBRARY_PATH=$PWD/libs LC_ALL=C HOME=$PWD PGUSER=postgres PGHOST=$PWD PGPORT=6543
bin() { echo "$PWD/pg/lib/postgresql/$1/bin"; }
start() {
	"$(bin "$1")/pg_ctl" -s -w -D "data$1" -l "server$1.log" -o "-c listen_addresses='' -c unix_socket_directories='$PWD' -c port=6543 -c fsync=off -c jit=off -c autovacuum=off" start
}
stop() { "$(bin "$1")/pg_ctl" -s -w -D "data$1" stop; }
ask() { "$(bin "$1")/psql" -XqAt -v ON_ERROR_STOP=1 -d shop "${@:2}"; }
make_data() {
	local checksums=
	(($1 < 18)) || checksums=--no-data-checksums
	"$(bin "$1")/initdb" -D "data$1" -U postgres -A trust -E UTF8 --locale=C $checksums --no-sync >"initdb$1.log"
}
compare() { diff "$1" "$2" >"$2.diff" || { echo "$3 differ: $(grep -c '^>' "$2.diff")"; head -n 20 "$2.diff"; exit 1; }; }

trap '[[ ! -s data$at/postmaster.pid ]] || stop "$at" || true' EXIT
at=$1
make_data "$1"
start "$1"
"$(bin "$1")/createdb" shop
sed '/^-- No type without one/,$d' files/formats.sql >golden.sql
PG_ABS_SRCDIR=$PWD/files ask "$1" -f golden.sql >golden.out
ask "$1" -c 'SET search_path = formats_test, user_ops, public; SELECT of_type, what, bytes_of(of_type, expression) FROM golden ORDER BY of_type::text COLLATE "C", what COLLATE "C"' >"golden$1"
ask "$1" -f files/setup.sql >setup.log
types=$(ask "$1" -c "SELECT relname FROM pg_class WHERE relnamespace = 'kept'::regnamespace AND relkind = 'r'")
ask "$1" -f files/state.sql >"state$1"
copied=0
for type in $types; do
	ask "$1" -c "COPY (SELECT * FROM kept.$type ORDER BY what COLLATE \"C\") TO STDOUT (FORMAT binary)" >"$type.$1.copy"
done
from=$1
first=$1
shift
for to; do
	[[ -z ${PLANTED:-} ]] || ask "$from" -c "UPDATE shop.activity SET activity = activity OPERATOR(user_ops.||) activity WHERE user_id = 5"
	stop "$from"
	make_data "$to"
	"$(bin "$to")/pg_upgrade" -b "$(bin "$from")" -B "$(bin "$to")" -d "data$from" -D "data$to" -s "$PWD" -U postgres >"upgrade$to.log" 2>&1 || { tail -n 3 "upgrade$to.log" data"$to"/pg_upgrade_output.d/*/log/pg_upgrade_dump_*.log; exit 1; }
	at=$to
	start "$to"
	ask "$to" -f files/state.sql >"state$to"
	compare "state$from" "state$to" "after pg_upgrade $from to $to, relations"
	ask "$to" -c 'SET search_path = formats_test, user_ops, public; SELECT of_type, what, bytes_of(of_type, expression) FROM golden ORDER BY of_type::text COLLATE "C", what COLLATE "C"' >"golden$to"
	compare "golden$first" "golden$to" "bytes of $from and $to"
	# binary COPY from the first major, and the other way
	for type in $types; do
		ask "$to" -c "CREATE TABLE came_$type (LIKE kept.$type)" -c "COPY came_$type FROM STDIN (FORMAT binary)" <"$type.$first.copy"
		ask "$to" -c "COPY (SELECT * FROM came_$type ORDER BY what COLLATE \"C\") TO STDOUT (FORMAT binary)" >"$type.$to.copy"
		cmp "$type.$first.copy" "$type.$to.copy"
		ask "$to" -c "DROP TABLE came_$type"
		copied=$((copied + 1))
	done
	# it goes on living
	ask "$to" -c "SET client_min_messages = error; SELECT users FROM user_ops.refresh('shop'); SELECT users FROM user_ops.refresh('tenants'); SELECT * FROM user_ops.verify('shop'); SELECT * FROM user_ops.verify('tenants')" >"living$to"
	[[ $(wc -l <"living$to") == 2 ]] || { echo "verify after pg_upgrade to $to: $(tail -n +3 "living$to" | head -n 5)"; exit 1; }
	ask "$to" -c "SET client_min_messages = error; INSERT INTO store.orders VALUES (3, '2024-06-20', 100); SELECT updated FROM user_ops.refresh('shop'); SELECT count(*) FROM user_ops.create_views('store.orders', 'customer', 'at', 'total', 'shop', as_of => '2024-07-01', changed_at => 'changed', rfm_ntile => true, first_values => '{country}', breakdown => '{country}')" >"more$to"
	ask "$to" -f files/state.sql >"state$to"
	from=$to
done
stop "$from"
# and back: what the newest wrote is read by the oldest
at=$first
start "$first"
for type in $types; do
	ask "$first" -c "CREATE TABLE came_$type (LIKE kept.$type)" -c "COPY came_$type FROM STDIN (FORMAT binary)" <"$type.$to.copy"
	[[ $(ask "$first" -c "SELECT count(*) FROM (TABLE came_$type EXCEPT TABLE kept.$type) AS x") == 0 ]] || { echo "$type came back otherwise"; exit 1; }
	copied=$((copied + 1))
done
stop "$first"
echo "pg_upgrade $first$(printf ' -> %s' "$@"): $(grep -c . "state$first") relations and the extension, 0 differences after each; $(grep -c . "golden$first") golden values with equal bytes; $copied binary copies equal; refresh and verify clean"
