# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# shellcheck shell=bash
# The ring and its slots, in memory that a domain shares. Slots that cannot be: tests/scenario; indices: tests/unit,
# over both channels. Part of suite.sh.

hostile_begin
attack ring-kind
attack ring-produced
attack ring-consumed
attack ring-header
attack ring-scribble
seldom attack ring-scribble 2
attack ring-never-read
attack slots-mutate
hostile_end
