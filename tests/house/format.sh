#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# clang-format would change nothing. Usage: format.sh SOURCE_ROOT
set -eu
cd "$1"
command -v clang-format >/dev/null || { echo "SKIP: clang-format is not installed"; exit 77; }
files=$(find . -name '*.[ch]' ! -path './build*' ! -path './tests/unit/kernel/*')
# shellcheck disable=SC2086
clang-format --dry-run -Werror $files && echo "formatted"
