#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Enforces who may include whom (docs/architecture.md), which folders may not know GLib, and what
# pure code may include. Usage: arrows.sh SOURCE_ROOT
set -eu
cd "$1"

# folder (longest match wins): folders whose headers it may include; ! before the colon: no GLib
arrows='
base!:
wire!: base
channel/abi!:
channel!: base wire channel/abi
policy: base wire
mcast-refcount!: base wire policy
cm-demux!: base wire policy
mad-proxy/core!: base wire channel/abi policy mcast-refcount cm-demux
mad-proxy/io: base wire channel channel/abi policy mad-proxy/core
mad-proxy: base wire channel channel/abi policy mad-proxy/core mad-proxy/io
guest-umad!: base wire channel channel/abi
frontend-verbs!: base wire channel channel/abi
'

# The layers of mad-proxy/core, from the bottom up: a file includes its own layer and those above it in this list. Names without
# .c and .h; a file in no layer is an error. docs/architecture.md describes the layers.
core_rooms='
face: audit state counters effect event params admit admit_read
engine: engine ports
wire: account flow request registry
guests: fold guest inbound service session session_reg ctl
services: forward merge refuse transfer txn
core: core view
'

# Pure code: decisions, no I/O, no clock. These and no other system headers (stdio.h: snprintf).
pure='base/ wire/ channel/ring channel/abi/ channel/xenbus_ policy/policy[.][ch] policy/policy_route mcast-refcount/ cm-demux/ mad-proxy/core/
      guest-umad/kmad guest-umad/relay guest-umad/rmpp'
pure_headers='assert.h endian.h errno.h limits.h stdbool.h stddef.h stdint.h stdlib.h string.h
              inttypes.h stdarg.h stdio.h sys/queue.h linux/types.h sodium/crypto_shorthash.h'

# Folders of later issues are named above already, and may not be there yet.
files=$(find base wire channel policy mcast-refcount cm-demux mad-proxy guest-umad frontend-verbs \
	-name '*.[ch]' 2>/dev/null | LC_ALL=C sort)

# shellcheck disable=SC2086
awk -v arrows="$arrows" -v core_rooms="$core_rooms" -v pure="$pure" -v pure_headers="$pure_headers" '
function room_of(path,    best, f) {
	best = ""
	for (f in known)
		if (index(path, f "/") == 1 && length(f) > length(best))
			best = f
	return best
}
# The layer of a file in mad-proxy/core; 0: the file is elsewhere.
function floor_of(path) {
	if (path !~ /^mad-proxy\/core\//)
		return 0
	sub(/^mad-proxy\/core\//, "", path)
	sub(/\.[ch]$/, "", path)
	if (!(path in floor))
		bad("mad-proxy/core/" path " is in no layer (core_rooms)")
	return floor[path]
}
function bad(why) {
	printf "%s:%d: %s\n", FILENAME, FNR, why
	failed = 1
}
BEGIN {
	n = split(arrows, line, "\n")
	for (i = 1; i <= n; i++) {
		if (line[i] == "")
			continue
		split(line[i], side, ":")
		from = side[1]
		if (sub(/!$/, "", from))
			no_glib[from] = 1
		known[from] = 1
		m = split(side[2], target, " ")
		for (j = 1; j <= m; j++)
			may[from, target[j]] = 1
	}
	n = split(core_rooms, line, "\n")
	for (i = 1; i <= n; i++) {
		split(line[i], side, ": ")
		m = split(side[2], target, " ")
		for (j = 1; j <= m; j++)
			floor[target[j]] = i
	}
	np = split(pure, pure_prefix, " ")
	m = split(pure_headers, h, " ")
	for (j = 1; j <= m; j++)
		pure_ok[h[j]] = 1
}
FNR == 1 {
	room = room_of(FILENAME)
	is_pure = 0
	for (i = 1; i <= np; i++)
		if (FILENAME ~ "^" pure_prefix[i])
			is_pure = 1
	floor_of(FILENAME)
	seen++
}
/^#[ \t]*include[ \t]*"/ {
	split($0, q, "\"")
	to = room_of(q[2])
	if (to == "") { # beside the file itself, as the kernel includes the ABI headers
		here = FILENAME
		sub(/[^\/]*$/, "", here)
		to = room_of(here q[2])
		if (to != "" && (getline ignored < (here q[2])) < 0)
			to = ""
		close(here q[2])
	}
	if (to == "")
		bad("\"" q[2] "\" is not named from the root of the tree")
	else if (to != room && !((room, to) in may))
		bad(room " may not include " q[2])
	else if (to == room && room == "mad-proxy/core") {
		if (floor_of(q[2]) > floor_of(FILENAME))
			bad("upwards: " q[2])
		if (FILENAME ~ /\.h$/)
			includes[FILENAME] = includes[FILENAME] " " q[2]
	}
	edges++
}
/^#[ \t]*include[ \t]*</ {
	split($0, q, /[<>]/)
	if (q[2] ~ /^(glib|gio)/ && (room in no_glib))
		bad(room " may not use GLib")
	if (is_pure && !(q[2] in pure_ok))
		bad("pure code may not include <" q[2] ">")
}
# Headers that are reached from themselves.
function circle(start, at,    list, k, i) {
	k = split(includes[at], list, " ")
	for (i = 1; i <= k; i++) {
		if (list[i] == start) {
			printf "%s: included by itself, by way of %s\n", start, at
			failed = 1
		} else if (!((start, list[i]) in walked)) {
			walked[start, list[i]] = 1
			circle(start, list[i])
		}
	}
}
END {
	for (header in includes)
		circle(header, header)
	if (!seen || !edges) {
		print "no files or no includes found: wrong folder?"
		exit 2
	}
	if (!failed)
		printf "%d files, %d includes, all arrows point the right way\n", seen, edges
	exit failed
}' $files
