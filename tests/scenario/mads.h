/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * MADs in words. The same words build a MAD (GUEST, WIRE) and describe an expected one (EXPECT):
 *
 * CLASS METHOD ATTRIBUTE field=value ... @OFFSET=hexbytes ...
 *
 * CLASS: smp, sa, perf, cm, vendor (OpenIB ping, with its OUI) or a number; METHOD and ATTRIBUTE as in
 * wire/names.h, or numbers; for CM the method (Send) is omitted. dr=0,1,4 makes an SMP a directed-route
 * one. The fields are those of mad_fields in mads.c.
 */
#pragma once

#include "tests/scenario/words.h"
#include "wire/mad.h"

/* The gateway's port, for sgid=own. */
#define MADS_GID_PREFIX UINT64_C(0xfe80000000000000)
#define MADS_PORT_GUID UINT64_C(0x0002c90300000004)

/* Builds a MAD from zero. Class, method and attribute are required. */
void mads_build(uint8_t *mad, struct words *w);

/* Changes only what the words name. */
void mads_change(uint8_t *mad, struct words *w);

/* Fails the scenario unless `mad` matches the words. */
void mads_expect(const uint8_t *mad, struct words *w);
