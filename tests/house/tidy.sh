#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# clang-tidy with .clang-tidy over every C file that the build compiles (tests aside).
# Usage: tidy.sh SOURCE_ROOT BUILD_ROOT
set -eu
cd "$1"
command -v clang-tidy >/dev/null || { echo "SKIP: clang-tidy is not installed"; exit 77; }
find base wire channel policy mcast-refcount cm-demux mad-proxy guest-umad tests/fabric -name '*.c' |
	grep -v -E '^tests/fabric/cases/' |
	while read -r f; do grep -q -F "/$f\"" "$2/compile_commands.json" && echo "$f"; done |
	xargs -r -n 6 -P 2 clang-tidy -p "$2" --quiet --warnings-as-errors='*' 2>/dev/null
