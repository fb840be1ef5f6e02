# shellcheck shell=bash
# The tests on other majors of PostgreSQL than this machine's, each in a root of the suite of
# Debian that has it. Sourced by test/run, whose counts it adds to.
#
#   check_majors [MAJOR…]    all that are to be had, or those named: whole, built by gcc and by clang
#   check_one_major          one of them, another one at each commit, in a few minutes
#
# A root is made by debootstrap in .majors/MAJOR and kept; rm -rf .majors ends it. Whatever runs
# in it has mounts and processes of its own, which end with it, also if it is killed.

MAJORS=$ROOT/.majors
SUITES=(oldstable stable testing unstable experimental)
declare -A suite_of=()          # of each major that is to be had
deadline=                       # in SECONDS; none: take your time

# What a root holds. The server's headers come beside them, see make_root.
ROOT_PACKAGES=(gcc make libc6-dev perl libipc-run-perl python3)
# What asks one major what all others answer alike, in seconds: for check_one_major.
SHORT_TAP=(t/encodings t/install t/kinds t/parallel t/plans t/privileges t/sources t/split t/symbols)

# --- what is to be had -------------------------------------------------------

# The mirror that this machine uses, if it is Debian's.
debian_mirror() {
	local mirror
	# shellcheck disable=SC2016  # for apt-get to expand
	mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 2>/dev/null |
		grep -E -m 1 '^https?://.*/debian/?$') || mirror=http://deb.debian.org/debian
	echo "${mirror%/}"
}

# Sets suite_of: the first suite that has a major; where none answers, what stands here.
find_majors() {
	local suite major file root
	mirror=$(debian_mirror)
	architecture=$(dpkg --print-architecture)
	for suite in "${SUITES[@]}"; do
		file=$MAJORS/$suite.xz
		/usr/lib/apt/apt-helper -o Acquire::Retries=1 -o Acquire::http::Timeout=20 \
			download-file "$mirror/dists/$suite/main/binary-$architecture/Packages.xz" "$file" \
			>"$LOGS/majors.log" 2>&1 || continue
		for major in $(xz -dc "$file" | sed -nE 's/^Package: postgresql-server-dev-([0-9]+)$/\1/p'); do
			[[ -n ${suite_of[$major]:-} ]] || suite_of[$major]=$suite
		done
		rm -f "$file"
	done
	for root in "$MAJORS"/*/; do
		major=$(basename "$root")
		[[ ! -e $root/made || -n ${suite_of[$major]:-} ]] || suite_of[$major]=$(<"$root/made")
	done
}

# Prints why it cannot, if it cannot.
can_make_roots() {
	if ! command -v apt-get >/dev/null || ! PATH=$PATH:/usr/sbin command -v debootstrap >/dev/null; then
		echo "there is no debootstrap"
	elif ((EUID != 0)) && ! sudo -n true 2>/dev/null; then
		echo "that needs root"
	elif ! own_space true 2>/dev/null; then
		echo "mounts of our own are not allowed here"
	else
		return 0
	fi
	return 1
}

# --- roots -------------------------------------------------------------------

# own_space COMMAND…: as root, with mounts and processes of its own, until the deadline at most.
own_space() {
	local limit=()
	if [[ -n $deadline ]]; then
		((SECONDS < deadline)) || return 124
		limit=(timeout -k 5 $((deadline - SECONDS)))
	fi
	as_root "${limit[@]}" unshare --mount --mount-proc --ipc --pid --fork --kill-child "$@"
}

# in_root MAJOR COMMAND…
in_root() {
	local root=$MAJORS/$1
	# shellcheck disable=SC2016  # for the inner shell
	own_space sh -c 'mount -t proc proc "$0/proc" && mount -t tmpfs -o mode=1777 tmpfs "$0/dev/shm" && exec chroot "$0" "$@"' \
		"$root" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8 DEBIAN_FRONTEND=noninteractive \
		${http_proxy:+http_proxy="$http_proxy"} "${@:2}" </dev/null
}

# remove_root MAJOR: nothing is mounted in it, for what was is gone with who mounted it.
remove_root() { as_root rm -rf --one-file-system "${MAJORS:?}/$1"; }

# make_root MAJOR: unless it stands there. The headers are unpacked without being installed,
# since their package wants all of LLVM.
make_root() {
	local major=$1 root=$MAJORS/$1 suite=${suite_of[$1]} target=()
	local base=$suite log=$LOGS/root-$1.log
	[[ ! -e $root/made ]] || return 0
	remove_root "$major"
	[[ $suite != experimental ]] || base=unstable target=(-t experimental)
	step "PostgreSQL $major: a root of Debian's $suite, from $mirror"
	logged "$log" own_space debootstrap --variant=minbase --keyring=/usr/share/keyrings/debian-archive-keyring.gpg \
		"$base" "$root" "$mirror"
	# No service starts, no cluster is made; a mirror may be a snapshot of the past.
	as_root tee "$root/etc/apt/apt.conf.d/99user_ops" >/dev/null <<-'END'
		Acquire::Check-Valid-Until "false";
		Acquire::Languages "none";
		APT::Install-Recommends "false";
	END
	as_root mkdir -p "$root/etc/postgresql-common/createcluster.d"
	echo 'create_main_cluster = false' | as_root tee "$root/etc/postgresql-common/createcluster.d/user_ops.conf" >/dev/null
	printf '#!/bin/sh\nexit 101\n' | as_root tee "$root/usr/sbin/policy-rc.d" >/dev/null
	as_root chmod +x "$root/usr/sbin/policy-rc.d"
	[[ $base == "$suite" ]] || echo "deb $mirror $suite main" | as_root tee -a "$root/etc/apt/sources.list" >/dev/null
	logged "$log" in_root "$major" apt-get update -q
	logged "$log" in_root "$major" apt-get install -y -q "${ROOT_PACKAGES[@]}"
	logged "$log" in_root "$major" apt-get install -y -q "${target[@]}" "postgresql-$major"
	# shellcheck disable=SC2016  # for the inner shell
	logged "$log" in_root "$major" sh -ec 'cd /tmp; apt-get download -q "$0"; dpkg -x "$0"_*.deb /; rm "$0"_*.deb' \
		"postgresql-server-dev-$major"
	in_root "$major" apt-get install -y -q "postgresql-$major-cron" >/dev/null 2>&1 || true
	as_root sh -c "rm -rf '$root'/var/cache/apt/archives/*.deb"
	echo "$suite" | as_root tee "$root/made" >/dev/null
}

# with_clang MAJOR: clang in its root, whatever its version is called there.
with_clang() {
	[[ -x $MAJORS/$1/usr/bin/clang ]] && return
	step "PostgreSQL $1: clang"
	logged "$LOGS/root-$1.log" in_root "$1" apt-get update -q
	logged "$LOGS/root-$1.log" in_root "$1" apt-get install -y -q clang
	as_root sh -c "rm -rf '$MAJORS/$1'/var/cache/apt/archives/*.deb"
}

# fill_root MAJOR: the tree and the published data beside it, as they are now.
fill_root() {
	local shared=${USER_OPS_SHARED:-${ROOT%/*}/shared} place=$MAJORS/$1/srv
	as_root rm -rf "$place/user_ops" "$place/shared"
	rm -rf "$MAJORS/tree"
	copy_tree "$MAJORS/tree"
	as_root cp -rT --no-preserve=ownership "$MAJORS/tree" "$place/user_ops"
	as_root chmod -R u=rwX,go=rX "$place/user_ops"
	[[ ! -d $shared ]] || as_root cp -rT --no-preserve=mode,ownership "$shared" "$place/shared"
}

# --- runs --------------------------------------------------------------------

# Clang does not know all that gcc was told when the server was built.
CLANG_MAKE="CC=clang with_llvm=no COPT=-Wno-unknown-warning-option\ -Wno-ignored-attributes\ -Wno-ignored-optimization-argument\ -Wno-unused-command-line-argument"

# run_in_root MAJOR COMPILER TOPIC…: test/run there; adds what it counted, and says it.
run_in_root() {
	local major=$1 compiler=$2 make_flags="with_llvm=no" log=$LOGS/major-$1-$2.log line good bad skip began=$SECONDS
	[[ $compiler != clang ]] || make_flags=$CLANG_MAKE
	# shellcheck disable=SC2016  # for the inner shell
	in_root "$major" MAKEFLAGS="$make_flags" sh -c 'cd /srv/user_ops && exec ./test/run "$@"' sh "${@:3}" >"$log" 2>&1 || true
	line=$(tail -n 1 "$log")
	if [[ $line =~ ^([0-9]+)\ passed,\ ([0-9]+)\ failed,\ ([0-9]+)\ skipped$ ]]; then
		good=${BASH_REMATCH[1]} bad=${BASH_REMATCH[2]} skip=${BASH_REMATCH[3]}
	else
		good=0 bad=1 skip=0 line="did not come to an end"
		tail -n 30 "$log"
	fi
	passed=$((passed + good)) failed=$((failed + bad)) skipped=$((skipped + skip))
	((bad == 0)) || awk '/^(NOT OK|not ok|test .*FAILED)/ { shown = 1 } /^(ok |\[)/ { shown = 0 } shown' "$log" | head -n 200
	printf '%-6s PostgreSQL %s (%s), built by %s: %s  (%d s; log: %s)\n' "$( ((bad == 0)) && echo ok || echo 'NOT OK')" \
		"$(server_version "$major")" "${suite_of[$major]}" "$compiler" "$line" $((SECONDS - began)) "${log#"$ROOT"/}"
}

server_version() {
	in_root "$1" "/usr/lib/postgresql/$1/bin/postgres" --version | sed -E 's/.*\(PostgreSQL\) ([^ ]+).*/\1/'
}

regress_topics() { (cd "$ROOT/test" && printf '%s\n' sql/*.sql); }

# TAP tests but for those that need npm or a browser.
plain_tap() {
	local file
	for file in "$ROOT"/test/t/*.pl; do
		file=$(basename "$file" .pl)
		[[ " $NPM_TOPICS " == *" $file "* ]] || echo "t/$file"
	done
}

# not_had MAJOR WHY…: counts as skipped, so that the last line says it too.
not_had() {
	skipped=$((skipped + 1))
	echo "NOT CHECKED on PostgreSQL $1: ${*:2}"
}

# This machine's own major is test/run's; here it is only built by the other compiler.
build_by_clang() {
	local log=$LOGS/major-$MAJOR-clang.log
	command -v clang >/dev/null || { not_had "$MAJOR" "built by clang, which is not there"; return; }
	rm -rf "$MAJORS/tree"
	copy_tree "$MAJORS/tree"
	if MAKEFLAGS="$CLANG_MAKE" make -C "$MAJORS/tree" -j2 PG_CONFIG="$PG_CONFIG" all >"$log" 2>&1 && ! grep -m 20 'warning:' "$log"; then
		passed=$((passed + 1))
		echo "ok     PostgreSQL $MAJOR, this machine's: built by clang without a warning; ./test/run has its tests"
	else
		failed=$((failed + 1))
		echo "NOT OK PostgreSQL $MAJOR, this machine's: built by clang (log: $log)"
	fi
}

prepare_majors() {
	mkdir -p "$MAJORS"
	[[ -e $MAJORS/.gitignore ]] || echo '*' >"$MAJORS/.gitignore"
	[[ -n ${http_proxy:-} ]] || eval "$(apt-config shell http_proxy Acquire::http::Proxy)"
	[[ -z ${http_proxy:-} ]] || export http_proxy
	find_majors
}

check_majors() {
	local major why majors=("$@")
	step "Looking for packages"
	need_packages libipc-run-perl python3 debootstrap debian-archive-keyring xz-utils
	why=$(can_make_roots) || die "no other majors: $why"
	prepare_majors
	if [[ ${#majors[@]} -eq 0 ]]; then
		for ((major = OLDEST; major <= NEWEST; major++)); do
			majors+=("$major")
		done
	fi
	# shellcheck disable=SC2207  # topics hold no blanks
	local regress=($(regress_topics)) tap=($(plain_tap))
	for major in "${majors[@]}"; do
		if [[ $major == "$MAJOR" ]]; then
			build_by_clang
		elif [[ -z ${suite_of[$major]:-} ]]; then
			not_had "$major" "no suite of Debian has it (looked at ${SUITES[*]} of $mirror)"
		elif ! (make_root "$major" && with_clang "$major"); then
			not_had "$major" "its root could not be made, see above"
		else
			fill_root "$major"
			step "PostgreSQL $major: ${#regress[@]} SQL tests and ${#tap[@]} TAP files by gcc, the SQL tests by clang too"
			run_in_root "$major" gcc "${regress[@]}" "${tap[@]}"
			run_in_root "$major" clang "${regress[@]}"
		fi
	done
	rm -rf "$MAJORS/tree"
	step "Done"
}

# check_one_major: never fails for want of a mirror, a tool or time to set up; what runs and fails does.
check_one_major() {
	local why turn major others=()
	like_packages debootstrap debian-archive-keyring xz-utils || true
	why=$(can_make_roots) || { not_had "other than $MAJOR" "$why"; return; }
	deadline=$((SECONDS + ${USER_OPS_SETUP_SECONDS:-240}))
	prepare_majors
	for ((major = OLDEST; major <= NEWEST; major++)); do
		[[ $major == "$MAJOR" || -z ${suite_of[$major]:-} ]] || others+=("$major")
	done
	[[ ${#others[@]} -gt 0 ]] || { not_had "other than $MAJOR" "no suite of Debian answers at $mirror"; return; }
	turn=$(git -c safe.directory='*' -C "$ROOT" rev-list --count HEAD 2>/dev/null) || turn=$(date +%j)
	major=${others[$((10#$turn % ${#others[@]}))]}
	(make_root "$major") || { not_had "$major" "its root was not there in time, see above"; return; }
	deadline=$((SECONDS + ${USER_OPS_MAJOR_SECONDS:-600}))
	fill_root "$major"
	step "PostgreSQL $major, of ${others[*]} this commit's: the SQL tests and some others"
	# shellcheck disable=SC2046  # topics hold no blanks
	run_in_root "$major" gcc $(regress_topics) "${SHORT_TAP[@]}"
	deadline=
	[[ -z ${CI:-} ]] || remove_root "$major"        # a build machine begins with a fresh clone each time
}
