#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# run_fuzzer.sh FUZZER FOUND [CORPUS]: libFuzzer for FUZZ_SECONDS (20), from CORPUS; what it finds
# goes to FOUND.
set -eu
fuzzer=$1 found=$2
shift
mkdir -p "$found"
exec "$fuzzer" -max_total_time="${FUZZ_SECONDS:-20}" -max_len=4096 -timeout=10 \
	-rss_limit_mb=1024 -print_final_stats=1 -artifact_prefix="$found/" "$@"
