/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Slots and MADs from bytes, likely enough to be accepted. Missing bytes are zero. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "channel/abi/chan_slot.h"

struct bytes {
	const uint8_t *p;
	size_t len;
	size_t at;
};

uint8_t bytes_u8(struct bytes *b);
void bytes_hello(struct chan_slot *slot);
/* A SEND with a MAD that some guest may send; of few LIDs, TIDs and attributes. */
void bytes_send(struct bytes *b, struct chan_slot *slot);
/* Any kind of slot with small numbers in its header. */
void bytes_control(struct bytes *b, struct chan_slot *slot);
/* 320 random bytes. */
void bytes_garbage(struct bytes *b, struct chan_slot *slot);
/* Makes the request in `mad` an answer, possibly a segment. */
void bytes_answer(struct bytes *b, uint8_t *mad);
/* Changes a byte of it. */
void bytes_spoil(struct bytes *b, uint8_t *mad);
