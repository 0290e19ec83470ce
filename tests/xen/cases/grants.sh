# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# shellcheck shell=bash
# References and event channels that are not what they should be. Part of suite.sh.

hostile_begin
attack grant-one-never
attack grants-huge
attack grants-other
attack grant-one-read-only
attack grants-revoked
attack grants-revoked-mapped
attack grant-twice
attack port-taken
attack port-other
attack port-closed
hostile_end
