# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# shellcheck shell=bash
# What the front-end publishes in xenstore. Each wrong value of each key: tests/unit/test_xenbus_keys.c. Part of
# suite.sh.

hostile_begin
attack key-missing
attack key-no-number
attack keys-change
attack key-backend
hostile_end
