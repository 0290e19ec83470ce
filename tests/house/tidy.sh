#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# clang-tidy with .clang-tidy over every C file that the build compiles (tests aside). A file that was
# clean is not looked at again until something changes that the verdict depends on: the file, a
# header that it includes, its compiler's options, .clang-tidy, or clang-tidy itself.
# Usage: tidy.sh SOURCE_ROOT BUILD_ROOT
set -eu
cd "$1"
command -v clang-tidy >/dev/null || { echo "SKIP: clang-tidy is not installed"; exit 77; }
build=$2
clean=$build/tidy-clean # lines "FILE KEY", of files that were clean
touch "$clean"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

find base wire channel policy mcast-refcount cm-demux mad-proxy guest-umad tests/fabric -name "*.c" 2>/dev/null |
	grep -v -E '^tests/fabric/cases/' >"$work/files"
# What each object depends on, as ninja has it from the compiler: "OBJECT: #deps ...", then a file a line.
(cd "$build" && ninja -t deps) >"$work/deps"
sed -n 's/^    //p' "$work/deps" | sort -u >"$work/names"
(cd "$build" && xargs sha256sum <"$work/names") >"$work/sums" 2>/dev/null || true # a header may be gone
rules=$({ clang-tidy --version; cat .clang-tidy; } | sha256sum | cut -c 1-16)

# "FILE KEY" of each file that is compiled: the sums of what its objects depend on, and their options.
awk -v rules="$rules" -v up="$(realpath --relative-to="$build" .)/" '
	FILENAME ~ /sums$/ { sum[$2] = substr($1, 1, 16); next }
	FILENAME ~ /deps$/ && /^[^ ]/ { first = 1; next }
	FILENAME ~ /deps$/ && NF {
		if (first)
			source = $1
		first = 0
		key[source] = key[source] sum[$1]
		next
	}
	FILENAME ~ /json$/ {
		if ($1 == "\"command\":")
			command = $0
		if ($1 == "\"file\":") {
			gsub(/[",]/, "", $2)
			options[$2] = options[$2] command
		}
		next
	}
	up $0 in options {
		option = options[up $0]
		gsub(/[ \t]/, "", option)
		print $0, rules key[up $0] option
	}' "$work/sums" "$work/deps" "$build/compile_commands.json" "$work/files" | sort >"$work/now"
sort -u "$clean" | comm -12 - "$work/now" >"$work/still"
cp "$work/still" "$clean"
comm -23 "$work/now" "$work/still" >"$work/todo"
[ -s "$work/now" ] || { echo "the build compiles none of the files"; exit 2; }
echo "$(wc -l <"$work/todo") of $(wc -l <"$work/now") files to look at"
cut -d ' ' -f 1 "$work/todo" | xargs -r -n 1 -P 2 sh -c '
	clang-tidy -p "$1" --quiet --warnings-as-errors="*" "$3" 2>/dev/null || exit 1
	grep -F "$3 " "$2/todo" >>"$1/tidy-clean"' tidy "$build" "$work"
