#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# test_ibgate_run.sh IBGATE-RUN: the library's directory comes first, and what CMD does passes through.
set -eu
run=$1
dir=$(dirname "$run")

is() {
	[ "$2" = "$3" ] || { echo "$1: '$2' instead of '$3'" >&2; exit 1; }
}

status() {
	s=0
	"$@" >/dev/null 2>&1 || s=$?
	echo "$s"
}

unset LD_LIBRARY_PATH IBGATE_LIBDIR
# shellcheck disable=SC2016
show='echo "$LD_LIBRARY_PATH"'
is "library path" "$("$run" sh -c "$show")" "$(readlink -f "$dir")"
is "library path kept" "$(LD_LIBRARY_PATH=/old "$run" -- sh -c "$show")" "$(readlink -f "$dir"):/old"
is "IBGATE_LIBDIR" "$(IBGATE_LIBDIR=$dir "$run" sh -c "$show")" "$dir"
is "exit status" "$(status "$run" sh -c 'exit 7')" 7
is "signal" "$(status "$run" sh -c 'kill -TERM $$')" 143
is "no such program" "$(status "$run" no-such-program)" 127
is "not a program" "$(status "$run" /etc/passwd)" 126
is "no command" "$(status "$run")" 126
is "unknown option" "$(status "$run" --nonsense)" 126
is "  which is named" "$("$run" --nonsense 2>&1 | grep -c "'--nonsense'")" 1
is "no library there" "$(status env IBGATE_LIBDIR=/nowhere "$run" true)" 126
is "help" "$("$run" --help | head -1)" "usage: ibgate-run CMD [ARGUMENT...]"
is "version" "$("$run" --version | cut -d' ' -f1)" ibgate-run
is "arguments" "$("$run" printf '%s|' a 'b c' '')" "a|b c||"

# A tool on the library, without a gateway: as without an adapter, and not a word from the library.
export IBGATE_SOCKET=/nowhere/guest
is "ibstat -l" "$("$run" ibstat -l 2>&1)" ""
