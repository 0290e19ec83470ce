/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The number of ports that a program started now finds in a guest, by what the library is told and whether
 * each answers. (A tool shows two devices on one port of the gateway as one.)
 *
 * usage: devices_seen
 * prints: the number
 */
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "channel/local.h"
#include "tests/patience.h"

/* Replaces *slot by its reply. 0 or -errno; the content does not matter. */
static int call(struct chan *chan, struct chan_slot *slot)
{
	struct pollfd bell = {.fd = chan_bell(chan), .events = POLLIN};
	const uint8_t reply = (uint8_t)(slot->kind + 1);
	int ok = chan_put(chan, slot);

	chan_kick(chan);
	while (ok >= 0) {
		while ((ok = chan_take(chan, slot)) == 1)
			if (slot->kind == reply)
				return 0;
		if (ok == 0)
			ok = chan_sleep_ok(chan);
		if (ok == 1 && poll(&bell, 1, TEST_PATIENCE_MS) <= 0)
			return -1;
	}
	return ok;
}

static unsigned int answering(struct chan *chan, unsigned int ports)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < ports; i++) {
		struct chan_slot slot = {.kind = CHAN_KIND_PORT_QUERY, .port = (uint16_t)i};

		if (call(chan, &slot) == 0 && !slot.status)
			n++;
	}
	return n;
}

int main(void)
{
	struct chan_hello hello = {
		.magic = CHAN_ABI_MAGIC,
		.version_min = CHAN_ABI_VERSION,
		.version_max = CHAN_ABI_VERSION,
	};
	struct chan_slot slot = {.kind = CHAN_KIND_HELLO};
	struct chan_hello_reply reply = {0};
	struct chan *chan;
	int err = chan_local_connect("/run/ibgate/guest", TEST_PATIENCE_MS, &chan);

	if (err < 0) {
		fprintf(stderr, "devices_seen: %s\n", strerror(-err));
		return 1;
	}
	memcpy(slot.mad, &hello, sizeof(hello));
	if (call(chan, &slot) == 0)
		memcpy(&reply, slot.mad, sizeof(reply));
	printf("%u\n", answering(chan, reply.ports));
	chan_free(chan);
	return 0;
}
