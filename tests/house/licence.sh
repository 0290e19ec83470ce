#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Every file that can hold a comment says its licence in the first five lines.
set -eu
cd "$1"
tag='SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause'
count=0
failed=0
list() {
	if git rev-parse --git-dir >/dev/null 2>&1; then
		git ls-files --cached --others --exclude-standard
	else
		find . -type f ! -path './build/*' | sed 's,^\./,,'
	fi
}
files=$(list | grep -E '(\.(c|h|sh|scn|conf|service|catalog|[1-9])|meson\.build|/lab|^lab)$' | grep -v -E '^(build/|tests/fuzz/corpus/)' || true)
for f in $files; do
	[ -f "$f" ] || continue
	count=$((count + 1))
	if ! head -n 5 "$f" | grep -q -F "$tag"; then
		echo "$f: no licence line"
		failed=1
	fi
done
[ "$count" -gt 0 ] || { echo "no files found"; exit 2; }
[ "$failed" = 0 ] && echo "$count files say their licence"
exit "$failed"
