/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * State that survives a restart of the gateway: records of a kind, a key and a value. The core stores and
 * removes them by effects; after a restart the shell returns them as events. Effects are carried out in order,
 * so a record is stored before later effects are carried out.
 *
 * Records are encoded field by field, because another build of the gateway may have written them.
 */
#pragma once

#include <stdint.h>

#define PROXY_STATE_KEY_MAX 128
#define PROXY_STATE_VALUE_MAX 1024

/* The numbers are in files: never reuse one. */
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
