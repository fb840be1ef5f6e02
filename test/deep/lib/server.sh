# shellcheck shell=bash
# What the gates share that need a server with the library: a PostgreSQL of their own, so that what
# is built to be tested is installed nowhere else. Sourced by a gate, never run.
#
#   own_postgres VARIANT [MAKE ARGUMENT…]  builds the tree into a copy of the PostgreSQL; gates that
#                                          name the same variant share it
#   plant FILE PERL                        before own_postgres: a fault in the copy of a file
#   new_server [SETTING…]                  an empty server in DEEP_DIR; ends with the gate
#   regress TOPIC… [OPTION…]               pg_regress there
#   made_with                              a hash of what is in the server
. "$ROOT/scripts/common.sh"

TREE=$ROOT                      # the tree itself; ROOT becomes the copy that is built
planted_faults=()
mkdir -p "$DEEP_DIR/findings"

# plant FILE PERL: this expression must change the file, e.g. plant src/x.c 's/a check;//'
plant() { planted_faults+=("$1" "$2"); }

# copy_postgres FROM DIR: the folders of the PostgreSQL in their places, so that its programs find
# each other; sets PG_CONFIG.
copy_postgres() {
	local config=$1 to=$2 folder prefix
	local folders=()
	for folder in --bindir --pkglibdir --sharedir --pkgincludedir --includedir-server; do
		folder=$("$config" "$folder")
		[[ " ${folders[*]} " == *" $folder "* ]] || folders+=("$folder")
	done
	prefix=$(printf '%s/\n' "${folders[@]}" | sed -e 'N;s/^\(.*\/\).*\n\1.*$/\1\n\1/;D')
	PG_CONFIG=$to/${folders[0]#"$prefix"}/pg_config
	[[ ! -e $to/complete ]] || return 0
	rm -rf "$to"
	for folder in "${folders[@]}"; do
		mkdir -p "$to/${folder#"$prefix"}"
		cp -rL --no-preserve=ownership "$folder/." "$to/${folder#"$prefix"}"
	done
	rm -f "$("$PG_CONFIG" --pkglibdir)/user_ops.so" "$("$PG_CONFIG" --sharedir)"/extension/user_ops*
	touch "$to/complete"
}

# Files that are no longer in the tree go, objects stay for make.
refresh_tree() {
	local to=$1 file i
	(
		ROOT=$TREE
		copy_tree "$to"
		cd "$to"
		find src sql test expected -type f -name '*.[chsp]*' -not -name '*.so' 2>/dev/null | LC_ALL=C sort |
			comm -23 - <(tree_files | LC_ALL=C sort) | tr '\n' '\0' | xargs -0 -r rm -f
	)
	for ((i = 0; i < ${#planted_faults[@]}; i += 2)); do
		file=$to/${planted_faults[i]}
		perl -0pi -e "${planted_faults[i + 1]}" "$file"
		! cmp -s "$file" "$TREE/${planted_faults[i]}" || die "the fault does not fit into ${planted_faults[i]} any more"
	done
}

# own_postgres VARIANT [MAKE ARGUMENT…]
own_postgres() {
	local variant=$1 place
	shift
	place=${DEEP_DIR%/*}/built/$variant${DEEP_PLANTED:+-planted-${DEEP_DIR##*/}}
	# most of what it needs is built already
	[[ -d $place || ! -d ${DEEP_DIR%/*}/built/$variant ]] || cp -a "${DEEP_DIR%/*}/built/$variant" "$place"
	mkdir -p "$place/logs"
	exec 8>"$place/lock"
	flock 8                         # of two gates that are called by hand, one builds
	copy_postgres "$PG_CONFIG" "$place/pg"
	ROOT=$place/tree LOGS=$place/logs
	refresh_tree "$ROOT"
	use_postgres
	MAKE+=(with_llvm=no "$@")
	[[ $(cat "$place/built_with" 2>/dev/null) == "$*" ]] || "${MAKE[@]}" clean >"$LOGS/clean.log" 2>&1
	rm -f "$place/built_with"
	step "Building ($variant)"
	logged "$LOGS/build.log" "${MAKE[@]}" -j2 all
	echo "$*" >"$place/built_with"
	logged "$LOGS/install.log" "${MAKE[@]}" install
	exec 8>&-
	chmod -R a+rX "${place%/*}"
	WORK=$DEEP_DIR DATA=$DEEP_DIR/data
	choose_owner
}

# shellcheck disable=SC2120  # some have nothing to add
made_with() {
	(
		cd "$ROOT"
		sha256sum user_ops.so sql/user_ops--*.sql
		printf '%s\n' "$@"
	) | sha256sum | cut -c 1-16
}

# new_server [SETTING…]: anew, whatever there was.
new_server() {
	stop_server || true
	rm -rf "$DATA"
	trap end_server EXIT
	trap 'exit 130' INT TERM
	start_server "fsync = off" "autovacuum = off" "jit = off" "max_locks_per_transaction = 256" "$@"
}

# regress TOPIC… [OPTION…]: of the copy, in the server; what differs is in DEEP_DIR/regress.
regress() {
	local options=()
	((MAJOR < 16)) || options+=(--expecteddir=.)
	as_owner "$WORK" mkdir -p regress
	as_owner "$WORK" ln -sfn "$ROOT/expected" regress/expected
	as_owner "$ROOT" "$(dirname "$("$PG_CONFIG" --pgxs)")/../../src/test/regress/pg_regress" --inputdir=test "${options[@]}" --bindir="$BIN" \
		--outputdir="$WORK/regress" --host="$WORK" --port="$PORT" --user=postgres "$@"
}

end_server() { stop_server || true; }
