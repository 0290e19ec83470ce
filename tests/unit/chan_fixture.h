/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Both ends of a session in this process, over any shell (xen: over fake_xen.h). */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "channel/chan.h"

enum chan_shell { CHAN_SHELL_LOCAL, CHAN_SHELL_XEN, CHAN_SHELLS };

/* False: not in this build. */
bool chan_fixture_has(enum chan_shell shell);

/* No doorbell is pending afterwards. The caller frees both. */
void chan_fixture_pair(enum chan_shell shell, uint32_t slots, struct chan **host,
		       struct chan **guest);

/* The ring page in the guest's own mapping, to write invalid values. */
struct chan_ring_page *chan_fixture_page(struct chan *guest);

/* The guest rings unconditionally. */
void chan_fixture_ring(struct chan *guest);
