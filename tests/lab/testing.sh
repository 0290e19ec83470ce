# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# shellcheck shell=bash
# ./lab test: the tests in three builds: gcc (units, scenarios, the fabric, the analysers), gcc with
# ASan and UBSan (all but the fabric), clang with libFuzzer (each target for FUZZ_SECONDS).
# --quick: one build, and only what needs no fabric and no minutes.
# --xen: those on a real hypervisor, which the others do not contain yet.

lab_test() {
	local quick=''
	case "${1:-}" in
	'') ;;
	--quick) quick=1 ;;
	--xen)
		need_root
		setup_packages run test xen
		setup_build
		test_suites "$LAB_BUILD" --suite xen
		return
		;;
	*) die_usage "test has no option '$1'" ;;
	esac
	if [ -n "$quick" ]; then
		setup_packages run test
		setup_build
		test_suites "$LAB_BUILD" --no-suite fabric --no-suite xen --no-suite lint
		return
	fi
	need_root
	setup_packages run test check
	setup_build
	test_suites "$LAB_BUILD" --no-suite xen
	note "building with ASan and UBSan"
	# gcc's: Debian's clang cannot link a sanitized library with --no-undefined.
	setup_tree "$LAB_BUILD-sanitize" -Db_sanitize=address,undefined
	test_suites "$LAB_BUILD-sanitize" --no-suite fabric --no-suite xen --no-suite lint \
		--no-suite house
	note "building with clang"
	CC=clang setup_tree "$LAB_BUILD-clang" -Dfuzz=true
	FUZZ_SECONDS=${FUZZ_SECONDS:-8} test_suites "$LAB_BUILD-clang" --suite fuzz
}

# test_suites BUILD MESON-TEST-OPTIONS...: two tests a processor, since those of the fabric mostly wait
test_suites() {
	note "testing $1"
	(cd "$LAB_SRC" && setup_meson test -C "$1" --no-rebuild --print-errorlogs \
		--num-processes "$((2 * $(nproc)))" "${@:2}") ||
		die "tests failed in $1"
}
