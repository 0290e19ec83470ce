#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# mandoc has nothing to say against the pages. Usage: lint.sh PAGE...
command -v mandoc >/dev/null || { echo "SKIP: mandoc is not installed"; exit 77; }
exec mandoc -Tlint -Wwarning "$@"
