#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Every file that can hold a comment says its licence in the first five lines. Usage: licence.sh SOURCE_ROOT
set -eu
cd "$1"
list() {
	if git rev-parse --git-dir >/dev/null 2>&1; then
		git ls-files --cached --others --exclude-standard
	else
		find . -type f ! -path './build/*' | sed 's,^\./,,'
	fi
}
# One process reads all of them. A file that git lists and that is deleted has no lines.
list | grep -E '(\.(c|h|sh|scn|conf|service|catalog|[1-9])|meson\.build|/lab|^lab)$' |
	grep -v -E '^(build/|tests/fuzz/corpus/)' |
	awk -v tag='SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause' '
		{
			output = 0
			for (n = 1; n <= 5 && (got = (getline line < $0)) > 0; n++)
				output = output || index(line, tag)
			if (n == 1 && got < 0)
				next
			close($0)
			count++
			if (!output) {
				print $0 ": no licence line"
				failed = 1
			}
		}
		END {
			if (!count)
				print "no files found"
			else if (!failed)
				print count " files say their licence"
			exit failed || !count
		}'
