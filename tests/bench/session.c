/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "tests/bench/session.h"

#include <errno.h>
#include <poll.h>
#include <string.h>

#include "tests/patience.h"
#include "wire/mad.h"

int session_ask(struct chan *chan, uint8_t kind, const void *body, size_t len)
{
	struct pollfd fd = {.fd = chan_bell(chan), .events = POLLIN};
	struct chan_slot slot = {.kind = kind};
	int got;

	memcpy(slot.mad, body, len);
	if (chan_put(chan, &slot) != 1)
		return -EPROTO;
	chan_kick(chan);
	while ((got = chan_take(chan, &slot)) == 0) {
		if (chan_sleep_ok(chan) != 1)
			continue;
		if (poll(&fd, 1, TEST_PATIENCE_MS) <= 0)
			return -ETIMEDOUT;
	}
	if (got < 0)
		return got;
	return slot.kind == kind + 1 && !slot.status ? 0 : -EPROTO;
}

int session_open(const char *path, uint8_t mgmt_class, struct chan **ret)
{
	struct chan_hello hello = {.magic = CHAN_ABI_MAGIC, .version_min = 1, .version_max = 1};
	struct chan_register reg = {
		.mgmt_class = mgmt_class,
		.mgmt_class_version = mgmt_class == WIRE_CLASS_SA ? 2 : 1,
	};
	int err = chan_local_connect(path, TEST_PATIENCE_MS, ret);

	if (err)
		return err;
	err = session_ask(*ret, CHAN_KIND_HELLO, &hello, sizeof(hello));
	if (!err)
		err = session_ask(*ret, CHAN_KIND_CLIENT_OPEN, &hello, 0);
	if (!err)
		err = session_ask(*ret, CHAN_KIND_REGISTER, &reg, sizeof(reg));
	if (err)
		chan_free(*ret);
	return err;
}
