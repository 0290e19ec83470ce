# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# shellcheck shell=bash
# The ring and its slots. Part of suite.sh.

hostile_begin
attack ring-no-hello
attack ring-magic
attack ring-version
seldom attack ring-kind 0
seldom attack ring-kind 2
attack ring-kind 99
attack ring-port 1
seldom attack ring-port 65535
attack ring-client 2
seldom attack ring-client 65535
attack ring-produced
attack ring-produced 2147483648
attack ring-produced-back
attack ring-consumed
attack ring-header
attack ring-scribble 1
seldom attack ring-scribble 2
attack ring-never-read
attack slots-mutate
hostile_end
