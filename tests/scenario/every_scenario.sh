#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# every_scenario.sh DIRECTORY NAME...: the directory's .scn files are those names, no more and no fewer.
dir=$1
shift
printf '%s.scn\n' "$@" | LC_ALL=C sort >"${TMPDIR:-/tmp}/listed.$$"
(cd "$dir" && ls -- *.scn | LC_ALL=C sort) | diff "${TMPDIR:-/tmp}/listed.$$" -
result=$?
rm -f "${TMPDIR:-/tmp}/listed.$$"
exit $result
