/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* See the header. */
#include "tests/fuzz/core_chaos_bytes.h"

#include <string.h>

#include "wire/mad.h"

uint8_t bytes_u8(struct bytes *b)
{
	uint8_t byte = b->at < b->len ? b->p[b->at] : 0;

	if (b->at < b->len)
		b->at++;
	return byte;
}

void bytes_hello(struct chan_slot *slot)
{
	struct chan_hello ask = {CHAN_ABI_MAGIC, CHAN_ABI_VERSION, CHAN_ABI_VERSION, 0};

	memset(slot, 0, sizeof(*slot));
	slot->kind = CHAN_KIND_HELLO;
	memcpy(slot->mad, &ask, sizeof(ask));
}

struct template
{
	uint8_t mgmt_class;
	uint8_t method;
	uint16_t attribute;
};

static const struct template templates[] = {
	{0x01, 0x01, 0x11}, {0x01, 0x01, 0x15}, {0x01, 0x01, 0x20}, {0x01, 0x02, 0x15},
	{0x81, 0x01, 0x11}, {0x81, 0x01, 0x15}, {0x81, 0x01, 0x15}, {0x03, 0x01, 0x35},
	{0x03, 0x12, 0x11}, {0x03, 0x12, 0x12}, {0x03, 0x02, 0x38}, {0x03, 0x14, 0x3a},
	{0x04, 0x01, 0x12}, {0x04, 0x02, 0x12}, {0x07, 0x03, 0x10}, {0x07, 0x03, 0x17},
	{0x07, 0x03, 0x15}, {0x32, 0x01, 0x00}, {0x32, 0x81, 0x00}, {0x01, 0x05, 0x02},
	{0x01, 0x07, 0x02}, {0x05, 0x01, 0x01},
};

static void build(struct bytes *b, uint8_t *mad)
{
	const struct template *t =
		&templates[bytes_u8(b) % (sizeof(templates) / sizeof(templates[0]))];
	uint8_t rmpp = bytes_u8(b);

	memset(mad, 0, WIRE_MAD_BYTES);
	mad[0] = 1;
	mad[1] = t->mgmt_class;
	mad[2] = 1;
	mad[3] = t->method;
	wire_mad_set_tid(mad, bytes_u8(b) % 8);
	put_be16(mad + 16, t->attribute);
	if (t->mgmt_class == 0x81) {
		mad[7] = rmpp % 3;
		memset(mad + 32, 0xff, 4);
	}
	if (wire_class_has_rmpp(t->mgmt_class) && rmpp > 160) {
		mad[24] = 1;
		mad[25] = rmpp % 5;
		mad[26] = rmpp / 5 % 8;
		mad[31] = rmpp / 40 % 4;
	}
	if (t->mgmt_class == 0x32)
		mad[39] = 5;
	if (t->attribute == 0x35)
		mad[55] = rmpp % 2 ? 0x08 : 0x20;
}

void bytes_send(struct bytes *b, struct chan_slot *slot)
{
	static const uint32_t timeouts[] = {0, 1, 10, 100, 100, 100, 1000, 1000};
	uint8_t header = bytes_u8(b);

	memset(slot, 0, sizeof(*slot));
	slot->kind = CHAN_KIND_SEND;
	slot->client = header % 3;
	slot->agent = header / 3 % 16 == 0;
	slot->port = header / 24 % 8 == 0;
	header = bytes_u8(b);
	slot->timeout_ms = timeouts[header % 8];
	slot->retries = header / 8 % 4;
	slot->addr.lid = header / 128 ? 1 : 4;
	slot->addr.qpn = 1;
	build(b, slot->mad);
	if (wire_mad_is_smp(slot->mad))
		slot->addr.qpn = 0;
}

void bytes_control(struct bytes *b, struct chan_slot *slot)
{
	uint8_t header = bytes_u8(b);
	uint8_t kind = bytes_u8(b);

	memset(slot, 0, sizeof(*slot));
	/* a few are no control slots of a guest */
	slot->kind = kind < 250 ? (uint8_t)(CHAN_KIND_HELLO + kind % 8 * 2) : kind;
	slot->client = header % 3;
	/* mostly opens: a closed client makes all else ineffective */
	if (slot->kind == CHAN_KIND_CLIENT_CLOSE && kind < 200)
		slot->kind = CHAN_KIND_CLIENT_OPEN;
	slot->agent = header / 4 % 8;
	slot->port = header / 32 % 2;
	if (slot->kind == CHAN_KIND_HELLO) {
		bytes_hello(slot);
	} else if (slot->kind == CHAN_KIND_REGISTER) {
		static const uint8_t classes[] = {0x32, 0x32, 0x01, 0x81, 0x07, 0x04, 0x00, 0x60};
		struct chan_register what = {.mgmt_class = classes[kind / 8 % 8],
					     .mgmt_class_version = 1,
					     .oui = {0x00, 0x14, 0x05}};

		what.method_mask[0] = bytes_u8(b) % 64;
		memcpy(slot->mad, &what, sizeof(what));
	} else {
		slot->mad[0] = bytes_u8(b);
	}
	if (header == 255)
		slot->client = 300;
	if (header == 254)
		slot->agent = 40;
}

void bytes_garbage(struct bytes *b, struct chan_slot *slot)
{
	uint32_t x = bytes_u8(b) * 2654435761u + bytes_u8(b) + 1u;
	uint8_t *to = (uint8_t *)slot;

	for (size_t i = 0; i < sizeof(*slot); i++) {
		x = x * 1664525u + 1013904223u;
		to[i] = (uint8_t)(x >> 24);
	}
	if (x & 0x100)
		slot->kind = CHAN_KIND_SEND;
	slot->client %= 3;
	slot->agent %= 2;
	slot->port %= 2;
	slot->timeout_ms %= 2000;
	slot->retries %= 4;
}

void bytes_answer(struct bytes *b, uint8_t *mad)
{
	uint8_t how = bytes_u8(b);

	mad[3] = mad[3] == WIRE_METHOD_SET    ? WIRE_METHOD_GET_RESP
		 : mad[3] == WIRE_METHOD_TRAP ? WIRE_METHOD_TRAP_REPRESS
					      : mad[3] | WIRE_METHOD_RESPONSE;
	mad[11] = 7; /* the kernel's half */
	if (how > 250)
		mad[5] = 0x1c;
	if (wire_class_has_rmpp(mad[1])) {
		mad[24] = 1;
		mad[25] = how % 8 < 5 ? 1 : how % 8 - 3;
		mad[26] = how / 8 % 8;
		mad[31] = how / 64;
	}
}

void bytes_spoil(struct bytes *b, uint8_t *mad)
{
	uint8_t at = bytes_u8(b);

	mad[at % 2 ? at % 20 : at] ^= bytes_u8(b);
}
