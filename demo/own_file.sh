# shellcheck shell=bash
# One's own file of events, for demo/run, which sources this: unpack it, bring it to UTF-8, read it, load it.
#
#   read_file      sets what demo/csv/read.mjs found out (facts) and writes what is loaded into $folder
#   load_file      makes public.events and, where it takes more than columns of it, public.chosen_events
#
# shellcheck disable=SC2154  # the arguments are set by demo/run

advise() { die "$csv: $*"; }

# Packages that only some files need.
need_reader() {
	local package
	[[ ${USER_OPS_SKIP_INSTALL:-0} == 1 ]] || like_packages "$@" || true
	for package; do
		command -v "${package/#nodejs/node}" >/dev/null || advise "reading it needs the package $package, which is not to be had here: install it, or save the file as CSV in UTF-8"
	done
}

need_duckdb() {
	need_reader nodejs npm
	[[ ${USER_OPS_SKIP_INSTALL:-0} == 1 ]] || (node_modules demo/csv) 2>/dev/null || true
	[[ -d $ROOT/demo/csv/node_modules/@duckdb ]] ||
		die "files are read with DuckDB, and npm could not fetch it (npm --prefix demo/csv install says why); or load yours with psql's \\copy and call user_ops.create_views"
}

starts_with() { [[ $magic == "$1"* ]]; }

# Compressed files and workbooks become plain files; what is no table is told apart.
unpack() {
	local magic unpacked=$folder/unpacked
	magic=$(head -c 8 "$file" | od -An -tx1 | tr -d ' \n')
	if starts_with 1f8b; then
		gzip -dc "$file" >"$unpacked" 2>/dev/null || (($? == 2)) || advise "the compressed file is damaged or incomplete: get it again"
	elif starts_with 28b52ffd; then
		need_reader zstd
		zstd -dcq "$file" >"$unpacked" || advise "the compressed file is damaged or incomplete: get it again"
	elif starts_with 504b0304 && grep -aq 'xl/workbook' "$file"; then
		need_reader xlsx2csv
		step "Taking the first sheet of the workbook"
		xlsx2csv --dateformat '%Y-%m-%d %H:%M:%S' --ignoreempty "$file" >"$unpacked" 2>"$LOGS/xlsx.log" ||
			advise "the workbook cannot be read: save its sheet as CSV"
		reading+=(--padded)
	elif starts_with 504b0304; then
		advise "it is an archive: unzip it and give the file in it"
	elif starts_with 425a68 || starts_with fd377a585a; then
		advise "it is compressed in a form not read here: unpack it, or compress it with gzip"
	elif starts_with d0cf11e0; then
		advise "it is a workbook of the old kind (.xls): save it as .xlsx or CSV"
	elif head -c 512 "$file" | grep -aqiE '^[^[:alnum:]]*<(!doctype|html|\?xml|table)'; then
		advise "it is a page or XML and no table of text: save it as CSV"
	else
		return 0
	fi
	file=$unpacked
	[[ -s $file ]] || advise "the file is empty"
}

is_in() { iconv -f "$1" -t UTF-8 "$file" >/dev/null 2>&1; }

# The header says the names in the encoding that is right, where they are more than ASCII.
says_the_names() {
	local start
	start=$(head -c 16384 "$file" | iconv -f "$1" -t UTF-8 2>/dev/null || true)
	[[ ${start,,} == *"${user_id,,}"* && ${start,,} == *"${event_time,,}"* ]]
}

# Sets encoding, and guessed if it is no more than likely.
choose_encoding() {
	local bytes candidate nuls
	bytes=$(head -c 4 "$file" | od -An -tx1 | tr -d ' \n')
	if [[ -n $encoding ]]; then
		iconv -f "$encoding" -t UTF-8 </dev/null 2>/dev/null || die "--encoding: iconv knows no $encoding (iconv -l lists them)"
		return
	fi
	case $bytes in
		efbbbf*) encoding=UTF-8; return ;;
		fffe0000 | 0000feff) encoding=UTF-32; return ;;
		fffe* | feff*) encoding=UTF-16; return ;;
	esac
	nuls=$(head -c 4096 "$file" | od -An -v -tx1 -w2 | awk '$1 == "00" { big++ } $2 == "00" { little++ } END { print (big > NR / 2) ? "BE" : (little > NR / 2) ? "LE" : "" }')
	if [[ -n $nuls ]]; then
		encoding=UTF-16$nuls
	elif is_in UTF-8; then
		encoding=UTF-8
	else
		need_reader uchardet
		guessed=yes
		encoding=$(uchardet "$file")
		[[ $encoding != GB2312 && $encoding != GBK ]] || encoding=GB18030
		for candidate in "$encoding" GB18030 WINDOWS-1252 BIG5 SHIFT_JIS EUC-JP EUC-KR WINDOWS-1251; do
			if is_in "$candidate" && says_the_names "$candidate"; then
				encoding=$candidate
				return
			fi
		done
		if [[ $encoding == @(UTF-8|ASCII|unknown) ]] || ! is_in "$encoding"; then
			encoding=UTF-8
			undecodable "nor is its encoding clear: say it with --encoding, such as GB18030 or WINDOWS-1252"
		fi
	fi
}

# undecodable ADVICE: the line with bytes that are no text.
undecodable() {
	local said position=0 line
	said=$(LC_ALL=C iconv -f "$encoding" -t UTF-8 "$file" 2>&1 >/dev/null || true)
	[[ ! $said =~ position\ ([0-9]+) ]] || position=${BASH_REMATCH[1]}
	((position > 0)) || position=$(stat -c %s "$file")
	line=$(head -c "$position" "$file" | iconv -c -f "$encoding" -t UTF-8 2>/dev/null | sed 's/\r$//' | tr '\r' '\n' | wc -l)
	advise "line $((line + 1)) has bytes that are no $encoding, $1"
}

# DuckDB reads UTF-8.
to_utf8() {
	[[ $(head -c 4 "$file" | tr -d '\0') != PAR1 ]] || return 0          # Parquet: no text
	choose_encoding
	if [[ ${encoding^^} != @(UTF-8|UTF8) ]]; then
		iconv -f "$encoding" -t UTF-8 "$file" >"$folder/text" 2>/dev/null ||
			undecodable "so say another one with --encoding"
		file=$folder/text
	elif ! is_in UTF-8; then
		undecodable "so say with --encoding in which it was written, such as GB18030 or WINDOWS-1252"
	fi
}

read_file() {
	local reading=() said guessed=
	file=$csv
	step "Reading $csv"
	unpack
	to_utf8
	[[ -z $skip_bad_rows ]] || reading+=(--skip-bad-rows)
	for argument in user_id event_time amount where breakdown event channel delimiter decimal date_order source_time_zone; do
		[[ -z ${!argument} ]] || reading+=("--${argument//_/-}=${!argument}")
	done
	said=$(node "$ROOT/demo/csv/read.mjs" "$file" "$folder" "${reading[@]}" 2>&1 >/dev/null) || advise "${said%%$'\n'*}"
	amount_given=$amount
	# shellcheck source=/dev/null  # assignments: user_id, event_time, amount, amount_sql, where_sql, time_type …
	. "$folder/facts"
	mapfile -t notes <"$folder/notes"
	[[ $read_as != columns* ]] || read_as="$encoding, $read_as"
	[[ -z $guessed ]] || notes+=("The encoding $encoding is a guess; where letters look wrong, say --encoding NAME.")
	if [[ -n $time_zone && $time_type == date ]]; then
		advise "it has days and no times: omit --time-zone, the days are taken as written"
	elif [[ -n $time_zone && $time_type == timestamp && -z $source_time_zone ]]; then
		advise "its times carry no zone: say with --source-time-zone in which they are, or omit --time-zone to take the days as written"
	fi
	chmod -R a+rX "$folder"
}

# evaluate OPTION EXPRESSION QUERY: run what holds the expression; if it does not work, say so in a sentence.
evaluate() {
	local said
	said=$(db -d csv -v VERBOSITY=terse -Atc "$3" 2>&1 >/dev/null) && return
	said=$(sed -nE 's/^(psql:[^ ]*: )?ERROR:  //p' <<<"$said" | sed -E '1!d; s/ at character [0-9]+$//')
	if [[ $said == column*'does not exist' ]]; then
		said+="; the file has: $columns"
	elif [[ -n $texts ]]; then
		said+="; $texts"
	fi
	die "$1 $2: $said"
}

# The rows and columns that are meant; a view where these are not those of the file.
choose_events() {
	local rounded
	[[ -z $where_sql ]] || evaluate --where "$where" "SELECT count(*) FROM public.events WHERE ($where_sql"$'\n)'
	[[ -z $amount_sql ]] || evaluate --amount "$amount_given" "SELECT max(($amount_sql"$'\n'")::numeric) FROM public.events WHERE (${where_sql:-true}"$'\n)'
	IFS='|' read -r source amount breakdown rounded event channel < <(quietly -d csv -v user_id="$user_id" -v event_time="$event_time" -v amount="$amount" \
		-v amount_sql="$amount_sql" -v where_sql="$where_sql" -v breakdown="$breakdown" -v event="$event" -v channel="$channel" -f "$ROOT/demo/csv/choose.sql") || exit 1
	case $source in
		vast) advise "amounts reach more than 12 digits before the point: leave such rows out with --where" ;;
		nothing) advise "no row is left by --where $where" ;;
	esac
	[[ $rounded == f ]] ||
		notes+=("Amounts are rounded to 6 decimals, as some have more than 9; --amount 'round(..., 2)' rounds as you like.")
}

load_file() {
	local first_day next_day strange left_out with_amounts=0
	quietly -d csv -c "SET client_min_messages = warning" -c "DROP SCHEMA IF EXISTS $schema CASCADE" -c "DROP TABLE IF EXISTS public.events CASCADE"
	quietly -d csv -f "$folder/load.sql"
	[[ $time_type == timestamp ]] || source_time_zone=          # the times have theirs by now
	choose_events
	[[ -z $amount ]] || with_amounts=1
	IFS='|' read -r first_day next_day strange found left_out < <(quietly -d csv -v source="$source" -v user_id="$user_id" -v event_time="$event_time" -v amount="$amount" \
		-v with_amounts=$with_amounts -v time_zone="${time_zone:-UTC}" -v source_time_zone="$source_time_zone" -f "$ROOT/demo/csv/found.sql") || exit 1
	[[ -n ${first_day:-} ]] || advise "no row ${where:+that --where leaves }has both a user and a time"
	[[ -z $left_out ]] || notes+=("Rows ${left_out}.")
	[[ $strange == f ]] || notes+=("Times before 1990 or in the future are likely not meant; --where leaves such rows out.")
	as_of=${as_of:-$next_day}
	[[ $as_of > $first_day ]] || die "--as-of $as_of: the first event is of $first_day, so nothing had happened before"
}
