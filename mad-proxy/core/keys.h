/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Keys of the fabric and of other people's locks: cleared on the way out, hidden on the way in. */
#pragma once

#include <stdint.h>

/* Clears the keys that a guest below admin must not see; `mad` is an answer. */
void proxy_hide_keys(uint8_t *mad);
/* Clears the guest's own keys to other people's locks: M_Key, SM_Key, B_Key, CC_Key. */
void proxy_clear_keys(uint8_t *mad);
