/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The keys by which managers own the fabric, and their places in a MAD: M_Key, SM_Key, B_Key,
 * CC_Key, service keys, and the V_Key and AM_Key of NVIDIA's vendor classes. Guests below grade admin must
 * neither send nor see them.
 */
#pragma once

#include <stdint.h>

/*
 * Clears the keys that the sender of a request shows: those in the headers, and those that an SA query asks
 * for, with their bits of the component mask: by what it finds the SA would say whether a guess was right.
 * What an SA is to keep (a Set) stays.
 */
void wire_keys_clear(uint8_t *mad);

/*
 * Clears the keys in an answer or Notice: those in the headers, and those in the attribute. In a segment of
 * an SA table, the position of the records follows from the segment's number.
 */
void wire_keys_hide(uint8_t *mad);
