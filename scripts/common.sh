# shellcheck shell=bash
# What demo/run, demo/stop and test/run share: packages, build, and a private
# PostgreSQL server. Sourced, never run.
#
#   choose_postgres, need_packages    sets PG_CONFIG, BIN, MAJOR, MAKE
#   like_packages, node_modules       what is done without if it is not to be had
#   private_dir .demo|.test           sets RUN_AS, WORK, DATA
#   build, install_extension          make, make install
#   start_server, stop_server, db     the server in DATA, its socket in WORK
#   demo_place shop|csv               sets database, source, schema
#
# The server listens on a Unix socket in a folder that only its owner and root
# can enter, which is why trust authentication is safe there.
set -euo pipefail

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
OLDEST=15
NEWEST=19
PORT=5432                       # only names the socket file: nothing listens on TCP
LOGS=$ROOT/.build               # logs, and what the objects were built for
SELF=$(basename "$(cd "$(dirname "$0")" && pwd -P)")/${0##*/}
SECONDS_AT_START=${EPOCHREALTIME/[^0-9]/}

# The caller's PGHOST, PGDATABASE, PGOPTIONS … must not lead anywhere else.
for variable in ${!PG@}; do
	[[ $variable == PG_* ]] || unset "$variable"
done
export PGCLIENTENCODING=UTF8

umask 022
[[ -e $LOGS/.gitignore ]] || { mkdir -p "$LOGS"; echo '*' >"$LOGS/.gitignore"; }

# --- words -------------------------------------------------------------------

step() {
	local tenths=$(((${EPOCHREALTIME/[^0-9]/} - SECONDS_AT_START) / 100000))
	printf '[%4d.%d s] %s\n' $((tenths / 10)) $((tenths % 10)) "$*"
}

die() {
	printf '%s: %s\n' "$SELF" "$*" >&2
	exit 1
}

# Run a command with its output in a log; show the log's end if it fails.
logged() {
	local log=$1
	shift
	"$@" >"$log" 2>&1 </dev/null && return
	tail -n 30 "$log" >&2
	die "failed: $* (whole log: $log)"
}

as_root() {
	if ((EUID == 0)); then
		"$@"
	elif command -v sudo >/dev/null; then
		sudo "$@"
	else
		die "this needs root, and there is no sudo: $*"
	fi
}

# --- packages ----------------------------------------------------------------

major_of() { "$1" --version | sed -E 's/^[^0-9]*([0-9]+).*/\1/'; }

# A server and the headers to build for it, of a version we support.
is_complete() {
	[[ -x $1 && -x $("$1" --bindir)/postgres && -f $("$1" --pgxs) &&
		-f $("$1" --includedir-server)/postgres.h ]] &&
		(($(major_of "$1") >= OLDEST))
}

# Headers may be of another minor version than the server where only one of
# the two packages was upgraded.
minors_differ() {
	local headers server
	headers=$(sed -nE 's/^#define PG_VERSION "([0-9.]+).*/\1/p' "$("$1" --includedir-server)/pg_config.h")
	server=$("$("$1" --bindir)/postgres" --version | sed -E 's/.*\(PostgreSQL\) ([0-9.]+).*/\1/')
	[[ -n $headers && $headers != "$server" ]]
}

# Majors that have a file in Debian's place, the highest first; those that are newer
# than we know stand behind.
majors_with() {
	local file
	for file in /usr/lib/postgresql/*/"$1"; do
		[[ ! -e $file ]] || cut -d/ -f5 <<<"$file"
	done | sort -rn | awk -v oldest=$OLDEST -v newest=$NEWEST '
		$1 > newest { newer = newer $1 "\n"; next } $1 >= oldest; END { printf "%s", newer }'
}

# Sets PG_CONFIG, or WANTED: the major to install.
choose_postgres() {
	local candidate
	WANTED=
	if [[ -n ${PG_CONFIG:-} ]]; then
		PG_CONFIG=$(command -v "$PG_CONFIG") || die "PG_CONFIG is not a program: $PG_CONFIG"
		is_complete "$PG_CONFIG" ||
			die "$PG_CONFIG: no server with headers, or older than PostgreSQL $OLDEST"
		return
	fi
	for candidate in $(majors_with bin/pg_config); do
		candidate=/usr/lib/postgresql/$candidate/bin/pg_config
		is_complete "$candidate" && PG_CONFIG=$candidate && break
	done
	if [[ -z ${PG_CONFIG:-} ]] && candidate=$(command -v pg_config) && is_complete "$candidate"; then
		PG_CONFIG=$candidate
	elif [[ -z ${PG_CONFIG:-} ]]; then
		WANTED=$(majors_with bin/postgres | head -n 1)
		WANTED=${WANTED:-any}
	elif minors_differ "$PG_CONFIG" && [[ $PG_CONFIG == /usr/lib/postgresql/* ]]; then
		WANTED=$(major_of "$PG_CONFIG")
	fi
}

# The distribution's default major if we support it, else the newest there is.
major_in_apt() {
	local major
	major=$(apt-cache depends postgresql 2>/dev/null | sed -nE 's/.*Depends: postgresql-([0-9]+)$/\1/p' | head -n 1)
	if [[ -n $major ]] && ((major >= OLDEST && major <= NEWEST)); then
		echo "$major"
		return
	fi
	for ((major = NEWEST; major >= OLDEST; major--)); do
		if apt-cache show "postgresql-server-dev-$major" >/dev/null 2>&1; then
			echo "$major"
			return
		fi
	done
	die "apt-get offers no PostgreSQL from $OLDEST to $NEWEST"
}

# Server and headers of one minor version. Where the server stands already,
# its headers are asked for in that very version, so that it is not upgraded
# (which would restart its clusters) unless there is no other way.
postgres_packages() {
	local version
	version=$(dpkg-query -W -f '${Version}' "postgresql-$1" 2>/dev/null) || version=
	if [[ -n $version ]] && apt-cache show "postgresql-server-dev-$1=$version" >/dev/null 2>&1; then
		echo "postgresql-$1=$version postgresql-server-dev-$1=$version"
	else
		echo "postgresql-$1 postgresql-server-dev-$1"
	fi
}

apt_install() {
	# A server package makes and starts a cluster when it is first installed.
	# While this file stands it does not; clusters that exist are not affected.
	local snippet=/etc/postgresql-common/createcluster.d/user_ops.conf
	(
		trap 'as_root rm -f "$snippet"' EXIT
		as_root mkdir -p "${snippet%/*}"
		echo 'create_main_cluster = false' | as_root tee "$snippet" >/dev/null
		logged "$LOGS/apt.log" as_root env DEBIAN_FRONTEND=noninteractive \
			apt-get install -y -q --no-install-recommends --allow-downgrades "$@"
	)
}

# missing_packages PACKAGE…: those that are not there.
missing_packages() {
	local package
	for package; do
		case $package in
			debian-archive-keyring) [[ -e /usr/share/keyrings/$package.gpg ]] || echo "$package" ;;
			debootstrap) PATH=$PATH:/usr/sbin command -v debootstrap >/dev/null || echo "$package" ;;
			libipc-run-perl) perl -MIPC::Run -MTAP::Parser -e 1 2>/dev/null || echo "perl $package" ;;
			nodejs) command -v node >/dev/null || echo "$package" ;;
			xz-utils) command -v xz >/dev/null || echo "$package" ;;
			postgresql-*-cron) [[ -e $("$PG_CONFIG" --pkglibdir)/pg_cron.so ]] || echo "$package" ;;
			python3-*) /usr/bin/python3 -c "import ${package#python3-}" 2>/dev/null || echo "$package" ;;
			*) command -v "$package" >/dev/null || echo "$package" ;;
		esac
	done
}

apt_update() {
	step "Packages are missing: apt-get update"
	logged "$LOGS/apt.log" as_root apt-get update -q
}

# need_packages [PACKAGE…]: what building and running needs, and what is named
# besides. Without anything missing there is no apt-get and no network.
need_packages() {
	local missing=()
	command -v gcc >/dev/null && command -v make >/dev/null && [[ -e /usr/include/stdio.h ]] ||
		missing+=(gcc make libc6-dev)
	# shellcheck disable=SC2207  # package names hold no blanks
	missing+=($(missing_packages "$@"))
	choose_postgres
	if [[ -n $WANTED || ${#missing[@]} -gt 0 ]]; then
		command -v apt-get >/dev/null ||
			die "please install first: ${missing[*]} ${WANTED:+PostgreSQL $OLDEST or later with its server headers}"
		apt_update
		[[ $WANTED != any ]] || WANTED=$(major_in_apt)
		# shellcheck disable=SC2207  # package names hold no blanks
		[[ -z $WANTED ]] || missing+=($(postgres_packages "$WANTED"))
		step "Installing with apt-get: ${missing[*]}"
		apt_install "${missing[@]}"
		[[ -z $WANTED ]] || PG_CONFIG=/usr/lib/postgresql/$WANTED/bin/pg_config
		is_complete "$PG_CONFIG" || die "$PG_CONFIG: still no server with headers (log: $LOGS/apt.log)"
	fi
	use_postgres
}

# like_packages PACKAGE…: those that are to be had without asking anybody. In a
# shell of its own: what goes wrong ends it and nothing else.
like_packages() (
	local package there=()
	# shellcheck disable=SC2207  # package names hold no blanks
	local missing=($(missing_packages "$@"))
	[[ ${#missing[@]} -gt 0 ]] || return 0
	command -v apt-get >/dev/null && { ((EUID == 0)) || sudo -n true 2>/dev/null; } || return 1
	apt_update
	for package in "${missing[@]}"; do
		! apt-cache show "$package" >/dev/null 2>&1 || there+=("$package")
	done
	[[ ${#there[@]} -gt 0 ]] || return 1
	step "Installing with apt-get: ${there[*]}"
	apt_install "${there[@]}"
)

# node_modules FOLDER [OPTION…]: the npm packages that its package.json names, in
# FOLDER/node_modules; options of npm.
# npm install and not npm ci, which refuses where the registry lacks the packages of other platforms.
node_modules() {
	local folder=$ROOT/$1
	local installed=$folder/node_modules/.package-lock.json
	[[ -e $installed && ! $folder/package-lock.json -nt $installed ]] && return
	step "Installing npm packages in $1/node_modules"
	logged "$LOGS/npm.log" npm --prefix "$folder" install --no-save --no-audit --no-fund "${@:2}"
	touch "$installed"
}

use_postgres() {
	local global clang
	BIN=$("$PG_CONFIG" --bindir)
	MAJOR=$(major_of "$PG_CONFIG")
	MAKE=(env LC_ALL=C make -C "$ROOT" --no-print-directory PG_CONFIG="$PG_CONFIG")
	# Bitcode is a luxury; without the server's clang we do without it.
	global=$(dirname "$("$PG_CONFIG" --pgxs)")/../Makefile.global
	clang=$(sed -nE 's/^CLANG = *//p' "$global")
	if grep -qE '^with_llvm\s*= yes' "$global" && ! command -v "$clang" >/dev/null; then
		MAKE+=(with_llvm=no)
	fi
}

# --- build -------------------------------------------------------------------

# build [clean]: objects made for another server, or asked to be made anew, go.
build() {
	local built_for
	built_for="$PG_CONFIG $("$PG_CONFIG" --version)"
	if [[ ${1:-} == clean || $(cat "$LOGS/built_for" 2>/dev/null) != "$built_for" ]]; then
		rm -f "$LOGS/built_for"
		logged "$LOGS/clean.log" "${MAKE[@]}" clean
	fi
	logged "$LOGS/build.log" "${MAKE[@]}" -j2 all
	echo "$built_for" >"$LOGS/built_for"
}

is_installed() {
	local file libraries extensions
	libraries=$("$PG_CONFIG" --pkglibdir)
	extensions=$("$PG_CONFIG" --sharedir)/extension
	cmp -s "$ROOT/user_ops.so" "$libraries/user_ops.so" || return 1
	for file in "$ROOT"/user_ops.control "$ROOT"/sql/user_ops--*.sql; do
		cmp -s "$file" "$extensions/${file##*/}" || return 1
	done
}

install_extension() {
	local maybe_root=()
	[[ -w $("$PG_CONFIG" --pkglibdir) && -w $("$PG_CONFIG" --sharedir)/extension ]] || maybe_root=(as_root)
	logged "$LOGS/install.log" "${maybe_root[@]}" "${MAKE[@]}" install
}

# --- a private place and a server in it --------------------------------------

# The server's owner. PostgreSQL refuses to run as root; who used sudo owns it,
# so that psql works without sudo afterwards.
choose_owner() {
	if ((EUID != 0)); then
		RUN_AS=$(id -un)
	elif [[ -n ${SUDO_USER:-} && ${SUDO_UID:-0} != 0 ]] && id "$SUDO_USER" >/dev/null 2>&1; then
		RUN_AS=$SUDO_USER
	elif id postgres >/dev/null 2>&1; then
		RUN_AS=postgres
	else
		RUN_AS=nobody
	fi
}

# as_owner DIR COMMAND…: as the server's owner, in a folder that it can enter.
as_owner() (
	cd "$1" || exit
	shift
	((EUID == 0)) || exec "$@"
	exec runuser -u "$RUN_AS" -- env -u TMPDIR HOME="${WORK:-/}" "$@"
)

# private_dir NAME: a folder of the project that only the owner can enter. A
# socket's path is limited to 107 bytes, and an owner that is not ourselves may
# not reach the project at all: then a folder under /var/tmp takes its place
# and NAME/where remembers it.
private_dir() {
	local inside=$ROOT/$1 bytes
	choose_owner
	mkdir -p "$inside"
	[[ -O $inside || $EUID -eq 0 ]] ||
		die "$inside belongs to $(stat -c %U "$inside"): run as that user or as root"
	WORK=$inside
	bytes=$(printf %s "$inside/.s.PGSQL.$PORT" | wc -c)
	if [[ -s $inside/where ]] && owned_by_owner "$(<"$inside/where")"; then
		WORK=$(<"$inside/where")
	elif ((bytes > 107)) || ! as_owner / test -x "$ROOT" -a -r "$ROOT/user_ops.control"; then
		WORK=$(mktemp -d /var/tmp/user_ops.XXXXXXXX)
		echo "$WORK" >"$inside/where"
		step "$inside is too deep for a socket or out of reach of user $RUN_AS: using $WORK"
	fi
	((EUID != 0)) || chown "$RUN_AS" "$WORK"
	chmod 700 "$WORK"
	DATA=$WORK/data
}

owned_by_owner() { [[ -d $1 && ! -L $1 && $(stat -c %U "$1") == "$RUN_AS" ]]; }

# remove_private_dir NAME: after stop_server.
remove_private_dir() {
	rm -rf "$WORK" "${ROOT:?}/$1"
}

db() { "$BIN/psql" -X -q -v ON_ERROR_STOP=1 -P pager=off -h "$WORK" -p "$PORT" -U postgres "$@"; }

# make_data SETTING…: an empty database cluster, unless there is one; lines for its postgresql.conf.
make_data() {
	if [[ ! -s $DATA/PG_VERSION ]]; then
		logged "$LOGS/initdb.log" as_owner "$WORK" "$BIN/initdb" -D "$DATA" -U postgres \
			--auth=trust --encoding=UTF8 --locale=C
		printf '%s\n' "listen_addresses = ''" "port = $PORT" \
			"unix_socket_directories = '${WORK//\'/\'\'}'" "timezone = 'UTC'" "$@" \
			>>"$DATA/postgresql.conf"
	elif [[ $(<"$DATA/PG_VERSION") != "$MAJOR" ]]; then
		die "$DATA was made by PostgreSQL $(<"$DATA/PG_VERSION"), this is $MAJOR: end it with demo/stop --purge first"
	fi
}

# start_server SETTING…: with the data in DATA, which are made with these settings if they are not there.
start_server() {
	local answer
	make_data "$@"
	if answer=$(db -d postgres -Atc 'SHOW data_directory' 2>/dev/null); then
		[[ $answer == "$DATA" ]] ||
			die "the server that answers at $WORK is not ours: its data stand in $answer, ours would in $DATA"
		return
	fi
	as_owner "$WORK" "$BIN/pg_ctl" start -w -s -D "$DATA" -l "$WORK/server.log" </dev/null >/dev/null 2>&1 && return
	tail -n 20 "$WORK/server.log" >&2
	die "the server did not start (log: $WORK/server.log)"
}

# Where demo/run puts events and views, and dashboard/run finds them.
# shellcheck disable=SC2034  # who sources this reads them
demo_place() {
	case $1 in
		shop) database=shop source=public.shop_events schema=shop ;;
		csv) database=csv source=public.events schema=events_ops ;;
	esac
}

# The server's process. A postmaster works in its data directory; a process that
# merely has the number which a stale postmaster.pid names does not.
server_pid() {
	local pid
	[[ -s $DATA/postmaster.pid ]] || return 1
	pid=$(head -n 1 "$DATA/postmaster.pid")
	[[ $(readlink "/proc/$pid/cwd") == "$DATA" ]] && echo "$pid"
}

# Ends the server in DATA and no other; false if there is none.
stop_server() {
	local pid
	pid=$(server_pid) || return 1
	kill -INT "$pid"                # fast shutdown
	for ((i = 0; i < 600; i++)); do
		[[ -e /proc/$pid ]] || return 0
		sleep 0.1
	done
	die "the server (process $pid) does not end"
}

# tree_files: what a fresh clone would hold, changes not yet committed included, by paths from the root.
tree_files() {
	local list file
	list=$(git -c safe.directory='*' -C "$ROOT" ls-files -co --exclude-standard 2>/dev/null) ||
		list=$(cd "$ROOT" && find . -type f -not -path './.*' -not -path '*/node_modules/*' -not -name '*.o' -not -name '*.bc' -not -name '*.so' -printf '%P\n')
	while IFS= read -r file; do
		[[ ! -f $ROOT/$file ]] || printf '%s\n' "$file"
	done <<<"$list"
}

# copy_tree DIR: these files.
copy_tree() {
	mkdir -p "$1"
	(cd "$ROOT" && tree_files | tr '\n' '\0' | xargs -0 cp --parents -p -t "$1")
}
