# shellcheck shell=bash
# What the gates share that run a TAP file at length, in a PostgreSQL of their own. Sourced, never run.
#
#   tap FILE [VARIABLE=VALUE…]   test/deep/tap/FILE.pl or test/t/FILE.pl of the copy; its log is DEEP_DIR/FILE.log
#   figure_of FILE               what it said as its figure
. "$ROOT/test/deep/lib/server.sh"

# tap FILE [VARIABLE=VALUE…]: says whether it passed
tap() {
	local file=$1 perl_lib pg_regress place=test/deep/tap
	shift
	[[ -e $ROOT/$place/$file.pl ]] || place=test/t
	perl_lib=$(dirname "$("$PG_CONFIG" --pgxs)")/../../src/test/perl
	pg_regress=$(dirname "$("$PG_CONFIG" --pgxs)")/../../src/test/regress/pg_regress
	as_owner "$WORK" rm -rf tap
	as_owner "$WORK" mkdir -p tap/tmp_check/log
	as_owner "$ROOT" env PATH="$BIN:$PATH" PERL5LIB="$perl_lib:$ROOT" PG_CONFIG="$PG_CONFIG" PG_REGRESS="$pg_regress" PGPORT="6$PORT" TESTDIR="$WORK/tap" TESTDATADIR="$WORK/tap/tmp_check" \
		TESTLOGDIR="$WORK/tap/tmp_check/log" "$@" perl "$place/$file.pl" >"$DEEP_DIR/$file.log" 2>&1
}

figure_of() { sed -n 's/^# figure: //p' "$DEEP_DIR/$1.log" | tail -n 1; }
