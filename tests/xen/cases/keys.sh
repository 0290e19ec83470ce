# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# shellcheck shell=bash
# What the front-end publishes in xenstore. Part of suite.sh.

hostile_begin
attack key-missing
seldom attack key-version
seldom attack key-version-unknown
seldom attack key-ring-ref
attack key-event-channel
attack keys-change
attack key-backend
hostile_end
