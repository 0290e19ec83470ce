/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#pragma once

/*
 * How long a test's program waits for an expected event: longer means a hang, also on a loaded machine.
 * Scripts use LAB_PATIENCE (tests/lab/wait.sh); whole tests ../meson.build.
 */
enum { TEST_PATIENCE_MS = 240000 };
