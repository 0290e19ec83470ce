/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#pragma once

/*
 * How long a test's program waits for what must come: it finds what hangs, and no loaded machine is
 * that slow. The scripts' is LAB_PATIENCE (tests/lab/wait.sh); a whole test's is in ../meson.build.
 */
enum { TEST_PATIENCE_MS = 240000 };
