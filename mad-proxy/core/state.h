/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What must survive a restart of the gateway: records, each a kind, a key and a value. The core puts and
 * removes them by effects; the shell keeps them, and gives them back as events when the next core starts.
 * Effects are carried out in order, so what is put is kept before what follows it leaves.
 *
 * Bytes are written field by field: a record may come from a gateway of another build.
 */
#pragma once

#include <stdint.h>

#define PROXY_STATE_KEY_MAX 128
#define PROXY_STATE_VALUE_MAX 1024

/* Numbers stand in files: none is used for another thing. */
enum proxy_state_kind {
	PROXY_STATE_REGISTRATION = 1, /* session_reg.c */
};

struct proxy_state {
	uint8_t kind; /* enum proxy_state_kind; others are of a later gateway, and left alone */
	uint16_t key_len;
	uint16_t value_len; /* of a removed one 0 */
	const uint8_t *key;
	const uint8_t *value;
};
