#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# cppcheck over the sources (tests aside). Usage: cppcheck.sh SOURCE_ROOT BUILD_ROOT
set -eu
cd "$1"
command -v cppcheck >/dev/null || { echo "SKIP: cppcheck is not installed"; exit 77; }
cppcheck --quiet --error-exitcode=1 --inline-suppr --std=c11 -j2 -I. -D__CPPCHECK__ \
	--enable=warning,performance,portability \
	--suppress=missingIncludeSystem --suppress=unknownMacro --suppress=normalCheckLevelMaxBranches \
	base wire channel policy mad-proxy guest-umad tests/fabric && echo "clean"
