# shellcheck shell=bash
# What the gates share that run the regress suite topic by topic while something watches the library. Sourced, never run.
#
#   make_database      once, in the gate's server: what each topic's database is a copy of
#   ask_topics TOPIC…  each in a database of its own, unless it held over the same files before; counts in
#                      asked, held and failed, and keeps what was found in DEEP_DIR/findings
#
# A gate gives two functions: start_watching, called before the first topic that is run, and
# new_reports, which sets said and n_said: what was reported since it was asked last.
. "$ROOT/test/deep/lib/server.sh"

asked=0 held=0 failed=()

# Of the regress suite, those that make no views first: under valgrind they take a minute each, the others up to ten.
all_topics() {
	(cd "$TREE/test/sql" && { grep -Lw create_views -- *.sql; grep -lw create_views -- *.sql; } | sed 's/\.sql$//')
}

make_database() {
	db -d postgres -c 'CREATE DATABASE made' >&2
	db -d made -c 'SET client_min_messages = warning' -c 'CREATE EXTENSION user_ops' >&2
}

ask_topics() {
	local topic key of_topic ran begun started=
	key=$(made_with)
	as_owner "$WORK" mkdir -p held
	for topic; do
		asked=$((asked + 1))
		of_topic=$key-$(cat "$TREE/test/sql/$topic.sql" "$TREE/expected/$topic.out" "$TREE"/test/lib/{helpers,split}.sql | sha256sum | cut -c 1-16)
		if [[ $(cat "$WORK/held/$topic" 2>/dev/null) == "$of_topic" ]]; then
			held=$((held + 1))
			continue
		fi
		[[ -n $started ]] || start_watching
		started=1 begun=$SECONDS
		db -d postgres -c 'DROP DATABASE IF EXISTS regression' -c 'CREATE DATABASE regression TEMPLATE made STRATEGY file_copy' >&2
		ran='its output differs'
		! regress "$topic" --use-existing --dbname=regression >"$WORK/regress.log" 2>&1 || ran=
		new_reports
		echo "$topic: ${ran:-as expected}, $n_said reports, $((SECONDS - begun)) s"
		if [[ -z $ran && $n_said == 0 ]]; then
			held=$((held + 1))
			echo "$of_topic" | as_owner "$WORK" tee "held/$topic" >/dev/null
		else
			failed+=("$topic")
			echo "$said" >"$DEEP_DIR/findings/$topic.reports"
			cp "$WORK/regress/regression.diffs" "$DEEP_DIR/findings/$topic.diffs" 2>/dev/null || true
		fi
	done
}
