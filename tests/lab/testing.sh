# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# shellcheck shell=bash
# ./lab test: the tests in three builds: gcc (units, scenarios, the fabric, real Xen, the analysers),
# gcc with ASan and UBSan (units and scenarios), clang (what is installed, and libFuzzer on each target for
# FUZZ_SECONDS).
# --quick: one build, and only what needs no fabric and no minutes.
# --xen: only those on a real hypervisor.
#
# Tests of the fabric and of Xen mostly wait. What only computes (images, the other two builds and their
# tests, the analysers) runs beside them, on what they leave of the processors.

lab_test() {
	case "${1:-}" in
	'') test_all ;;
	--quick)
		setup_packages run test
		setup_build
		test_suites "$LAB_BUILD" --no-suite fabric --no-suite xen --no-suite lint
		;;
	--xen)
		need_root
		setup_packages run test
		test_has_xen || exit 77
		setup_build
		test_suites "$LAB_BUILD" --suite xen
		;;
	*) die_usage "test has no option '$1'" ;;
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
	# shellcheck disable=SC2064
	trap "test_ends $beside $log" EXIT
	trap 'exit 1' HUP INT TERM
	test_suites "$LAB_BUILD" --no-suite xen --no-suite lint
	[ -z "$xen" ] || test_suites "$LAB_BUILD" --suite xen
	wait "$beside" || {
		cat "$log" >&2
		die "what ran beside the tests failed"
	}
	cat "$log" >&2
	[ -n "$xen" ] || note "all but the tests on Xen, which this machine cannot run"
	note "all passed, in $((SECONDS / 60)) min $((SECONDS % 60)) s"
}

# What runs beside ends with the tests; that it ended before them is no fault of theirs.
test_ends() {
	! kill -0 -- "-$1" 2>/dev/null || kill -- "-$1" || true
	rm -f "$2"
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
	test_suites "$LAB_BUILD-sanitize" --no-suite fabric --no-suite xen --no-suite lint \
		--no-suite house --timeout-multiplier 4
	test_suites "$LAB_BUILD" --suite lint --logbase lint --timeout-multiplier 4
	FUZZ_SECONDS=${FUZZ_SECONDS:-8} test_suites "$LAB_BUILD-clang" --suite fuzz \
		--num-processes "$(nproc)" --timeout-multiplier 4
}

test_has_xen() {
	(xen_check) && return
	note "SKIPPED: the tests on Xen, for that reason"
	return 1
}

# test_suites BUILD MESON-TEST-OPTIONS...: two tests a processor, since those of the fabric mostly wait
test_suites() {
	note "testing $1"
	(cd "$LAB_SRC" && setup_meson test -C "$1" --no-rebuild --print-errorlogs \
		--num-processes "$((2 * $(nproc)))" "${@:2}") ||
		die "tests failed in $1"
}
