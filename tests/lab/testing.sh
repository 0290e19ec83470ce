# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# shellcheck shell=bash
# ./lab test: the tests in three builds: gcc (units, scenarios, the fabric, real Xen, the analysers),
# gcc with ASan and UBSan (units and scenarios), clang (what is installed, and libFuzzer on each target for
# FUZZ_SECONDS). What docs/deploy.md installs in dom0 and in a guest must compile.
# --quick: one build, and only what needs no fabric and no minutes.
# --xen: only those on a real hypervisor.
# NAME...: in one build, the tests, scenarios or suites of these names (patterns as a shell has them).
#
# Tests of the fabric and of Xen mostly wait. What only computes (images, the other builds and their
# tests, the analysers) runs beside them, on what they leave of the processors, and then to its end.
#
# Nothing that is started here outlives it (bound.sh).

lab_test() {
	bound_self "$LAB_SRC/lab" test "$@"
	rm -f "$LAB_BUILD"{,-sanitize,-clang}/meson-logs/lab-*.{json,txt}
	trap test_report EXIT
	case "${1:-}" in
	'') test_all ;;
	--quick)
		setup_packages run test
		setup_build
		test_suites "$LAB_BUILD" quick --no-suite fabric --no-suite xen --no-suite lint
		;;
	--xen)
		need_root
		setup_packages run test
		test_has_xen || exit 77
		setup_build
		test_suites "$LAB_BUILD" xen --suite xen
		;;
	-*) die_usage "test has no option '$1'" ;;
	*) test_named "$@" ;;
	esac
}

test_all() {
	local xen='' log beside
	need_root
	setup_packages run test check
	! test_has_xen || xen=xen_images
	setup_build
	log=$(mktemp)
	# In a session of its own: that is what the kernel divides its processors among (sched(7)).
	setsid bash "$LAB_SRC/lab" --inside test_beside $xen >"$log" 2>&1 </dev/null &
	beside=$!
	test_suites "$LAB_BUILD" main --no-suite xen --no-suite lint
	[ -z "$xen" ] || test_suites "$LAB_BUILD" xen --suite xen
	beside_no_more "$beside"
	wait "$beside" || {
		cat "$log" >&2
		die "what ran beside the tests failed"
	}
	cat "$log" >&2
	rm -f "$log"
	[ -n "$xen" ] || note "SKIPPED: the tests on Xen, which this machine cannot run"
}

# Beside the tests: the image maker first, whom those on Xen wait for.
test_beside() {
	[ $# -eq 0 ] || bash "$LAB_SRC/lab" --inside "$@" || true # whoever needs it says why
	renice -n 19 -p "$$" >/dev/null
	[ ! -e /proc/self/autogroup ] || echo 19 >/proc/self/autogroup
	note "building with ASan and UBSan"
	# gcc's: Debian's clang cannot link a sanitized library with --no-undefined.
	setup_tree "$LAB_BUILD-sanitize" -Db_sanitize=address,undefined -Doptimization=1
	note "building with clang"
	CC=clang setup_tree "$LAB_BUILD-clang" -Dfuzz=true -- fuzzers mad-proxy/ibgated \
		mad-proxy/ibgate guest-umad/ibguestd guest-umad/libibumad.so.3.2.0
	note "building as it is installed"
	setup_tree "$LAB_BUILD-release" --buildtype=release -Dtests=disabled
	setup_tree "$LAB_BUILD-release-guest" --buildtype=release -Dtests=disabled -Dgateway=false
	# These have what the others leave: four times as patient as those are.
	test_suites "$LAB_BUILD-sanitize" sanitize --no-suite fabric --no-suite xen --no-suite lint \
		--no-suite house --timeout-multiplier 16
	test_suites "$LAB_BUILD" lint --suite lint --timeout-multiplier 16
	FUZZ_SECONDS=${FUZZ_SECONDS:-8} test_suites "$LAB_BUILD-clang" fuzz --suite fuzz \
		--num-processes "$(nproc)" --timeout-multiplier 16
}

# beside_no_more PID: nothing runs beside which it should stand back. On a busy machine it would wait for hours.
beside_no_more() {
	# it may have ended, or the kernel have none
	{ echo 0 >"/proc/$1/autogroup"; } 2>/dev/null || true
	# shellcheck disable=SC2046 # one word a process
	renice -n 0 -p $(ps -o pid= -s "$1") >/dev/null 2>&1 || true # some have just ended
}

test_has_xen() {
	(xen_check) && return
	note "SKIPPED: the tests on Xen, for that reason"
	return 1
}

# test_named NAME...: what each of them names must be there, before anything runs.
test_named() {
	local known name suite wanted found tests=() scenarios=() suites=' '
	setup_packages run test
	setup_build
	known=$(test_list) || die "meson lists no tests"
	for wanted; do
		found=
		while read -r suite name; do
			# shellcheck disable=SC2053 # patterns
			[[ $name == $wanted || $name == */$wanted || $suite == $wanted ]] || continue
			found=1
			case $suite in
			scenario.scn) scenarios+=("$LAB_SRC/tests/scenario/$name.scn") ;;
			*) tests+=("$name") suites+="$suite " ;;
			esac
		done <<<"$known"
		[ -n "$found" ] || die "no test, scenario or suite is named '$wanted'$(test_nearest "$wanted" <<<"$known")" \
			"(names: meson test -C $LAB_BUILD --list; ls tests/scenario)"
	done
	case $suites in *' lint '*) setup_packages check ;; esac
	case $suites in *' xen '*) test_has_xen || exit 77 ;; esac
	[ "${#scenarios[@]}" = 0 ] || "$LAB_BUILD/tests/scenario/replay" "${scenarios[@]}" ||
		die "scenarios failed"
	[ "${#tests[@]}" = 0 ] || test_suites "$LAB_BUILD" named "${tests[@]}"
}

# Lines "SUITE NAME": meson's tests, and the scenarios, which are one test of meson's.
test_list() {
	local file
	for file in "$LAB_SRC"/tests/scenario/*.scn; do
		echo "scenario.scn $(basename "$file" .scn)"
	done
	(cd "$LAB_SRC" && setup_meson test -C "$LAB_BUILD" --no-rebuild --list) |
		sed -n 's,^ibgate:\([^ ]*\) / ,\1 ,p'
}

# test_nearest NAME: of the names on standard input those that are most like it, as words for an error.
test_nearest() {
	/usr/bin/python3 -c 'if True:
		import difflib, sys
		whole = {}
		for line in sys.stdin:
			suite, name = line.rstrip("\n").split(" ", 1)
			for key in (name, name.split("/")[-1], suite):
				whole.setdefault(key.lower(), suite if key == suite else name)
		wanted = sys.argv[1].lower()
		near = difflib.get_close_matches(wanted, whole, 5, 0.5)
		near += sorted(key for key in whole if wanted in key)[:5]
		names = list(dict.fromkeys(whole[key] for key in near))[:5]
		print("; is it " + ", or ".join(names) + "?" if names else "")' "$1"
}

# test_suites BUILD LOG MESON-TEST-OPTIONS...: two tests a processor, since those of the fabric mostly wait
test_suites() {
	note "testing $1"
	(cd "$LAB_SRC" && setup_meson test -C "$1" --no-rebuild --print-errorlogs --logbase "lab-$2" \
		--num-processes "$((2 * $(nproc)))" "${@:3}") ||
		die "tests failed in $1"
}

# At the end, whatever that is, from meson's logs: what took longest, and what did not run and why.
test_report() {
	local status=$? rows
	rows=$(test_rows)
	if [ -n "$rows" ]; then
		note "the slowest tests:"
		# all of it is read: sort must not end by SIGPIPE
		sort -t $'\t' -k 1rg <<<"$rows" | awk -F '\t' 'NR <= 10 { printf "%8.1f s  %s\n", $1, $3 }' >&2
		awk -F '\t' '
			{ count[$2]++ }
			$2 == "SKIP" { print "lab: SKIPPED: " $3 ": " $4 }
			END {
				printf "lab: %d passed, %d skipped, %d failed\n", count["OK"], count["SKIP"],
					NR - count["OK"] - count["SKIP"]
			}' <<<"$rows" >&2
	fi
	[ "$status" = 0 ] || {
		test_failed_checks
		note "FAILED"
	}
	note "that took $((SECONDS / 60)) min $((SECONDS % 60)) s"
}

# The checks that failed (check.sh), with what was said of them before: meson shows the end of a long log only.
test_failed_checks() {
	{ find "$LAB_BUILD"{,-sanitize,-clang}/meson-logs -name 'lab-*.txt' 2>/dev/null || true; } |
		xargs -r grep -h -B 6 '^FAILED ' >&2 || true
}

# A line for each test that ran: SECONDS, RESULT, NAME (and its build), and why it was skipped. (In meson's
# logs, what a test printed has its quotes escaped: it is not taken for a key.)
test_rows() {
	{ find "$LAB_BUILD"{,-sanitize,-clang}/meson-logs -name 'lab-*.json' 2>/dev/null || true; } | xargs -r awk '
		function value(key,    at, rest) {
			at = index($0, "\"" key "\": ")
			rest = substr($0, at + length(key) + 4)
			sub(/^"/, "", rest)
			match(rest, /^[^",}]*/)
			return at ? substr(rest, 1, RLENGTH) : ""
		}
		{
			name = value("name")
			sub(/^.* \/ /, "", name)
			if (match(FILENAME, /-(sanitize|clang)\/meson-logs/))
				name = name " (" substr(FILENAME, RSTART + 1, RLENGTH - 12) ")"
			why = match($0, /SKIP: [^\\"]*/) ? substr($0, RSTART + 6, RLENGTH - 6) : "it does not say why"
			print value("duration") "\t" value("result") "\t" name "\t" why
		}'
}
