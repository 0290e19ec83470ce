# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# shellcheck shell=bash
# What the front-end publishes in xenstore. Part of suite.sh.

# Of the values that cannot be read each key gets a third, another one each; with XEN_LONG=1, all.
every=3
[ -z "${XEN_LONG:-}" ] || every=1

hostile_begin
attack key-missing
attack key-version "$every"
attack key-version-unknown
attack key-ring-ref "$every"
attack key-event-channel "$every"
attack keys-change
attack key-backend
hostile_end
