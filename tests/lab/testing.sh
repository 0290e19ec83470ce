# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# shellcheck shell=bash
# ./lab test: every test. With CI=true also what only needs a machine's time: the build with clang,
# and the build with ASan and UBSan.

lab_test() {
	local quick=''
	case "${1:-}" in
	'') ;;
	--quick) quick=1 ;;
	*) die_usage "test has no option '$1'" ;;
	esac
	setup_packages run test
	[ "${CI:-}" != true ] || setup_packages check
	setup_build
	if [ -n "$quick" ]; then
		test_suites "$LAB_BUILD" --no-suite fabric
	else
		need_root
		test_suites "$LAB_BUILD"
	fi
	if [ "${CI:-}" = true ]; then
		CC=clang setup_tree "$LAB_BUILD-clang"
		# gcc's: Debian's clang cannot link a sanitized library with --no-undefined.
		setup_tree "$LAB_BUILD-sanitize" -Db_sanitize=address,undefined
		test_suites "$LAB_BUILD-sanitize" --no-suite fabric --no-suite lint --no-suite house
	fi
}

# test_suites BUILD MESON-TEST-OPTIONS...
test_suites() {
	note "testing $1"
	(cd "$LAB_SRC" && setup_meson test -C "$1" --no-rebuild --print-errorlogs "${@:2}") ||
		die "tests failed in $1"
}
