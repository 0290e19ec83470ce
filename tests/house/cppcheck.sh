#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# cppcheck over the sources (tests aside). Its build directory remembers the verdict on each file by
# the hash of its contents. Usage: cppcheck.sh SOURCE_ROOT BUILD_ROOT
set -eu
cd "$1"
command -v cppcheck >/dev/null || { echo "SKIP: cppcheck is not installed"; exit 77; }
mkdir -p "$2/cppcheck"
cppcheck --quiet --cppcheck-build-dir="$2/cppcheck" --error-exitcode=1 --inline-suppr --std=c11 -j2 -I. -D__CPPCHECK__ \
	--include=/usr/include/"$(cc -print-multiarch)"/sys/queue.h \
	--enable=warning,performance,portability \
	--suppress=missingIncludeSystem --suppress=ctunullpointer --suppress=unknownMacro --suppress=normalCheckLevelMaxBranches \
	base wire channel policy mad-proxy guest-umad tests/fabric && echo "clean"
