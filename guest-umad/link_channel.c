/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The link (gumad_link.h) to the gateway over the local channel, for the guest's libibumad.so.3. The socket
 * is $IBGATE_SOCKET, or /run/ibgate/guest.
 *
 * MADs and control messages share the two rings. A control call waits for the reply with its cookie, at
 * most GUMAD_CONTROL_MS; MADs that arrive meanwhile are kept in `early` for gumad_link_recv(). The waiting
 * thread holds the library's lock, so no other thread takes slots. Port attributes are read on each call,
 * so a PORT_EVENT invalidates nothing.
 *
 * The gateway retries and times out requests (SEND_DONE); kmad only has a backstop.
 */
#include "guest-umad/gumad_link.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "channel/local.h"
#include "guest-umad/times.h"
#include "guest-umad/umad_clock.h"
#include "wire/mad.h"

enum {
	/* slots kept during a control call; further ones are lost, as on the wire */
	EARLY_MAX = 65536,
	DEFAULT_OUTSTANDING = 128,
};

/* The stages of opening a link. */
enum stage { STAGE_CONNECT, STAGE_WELCOME, STAGE_HELLO, STAGE_READY };

struct gumad_link {
	enum stage stage;
	struct mono_ms end; /* of the wait for WELCOME, then for HELLO's reply */
	int sock; /* -1 once there is a channel */
	struct chan *chan;
	bool lost; /* the peer disconnected, or did not answer a request */
	unsigned int ports;
	uint32_t outstanding;
	uint64_t cookies;
	struct chan_slot *early;
	size_t first, count, room;
};

struct gumad_link_traits gumad_link_traits(void)
{
	return (struct gumad_link_traits){.link_times_out = true,
					  .grace_ms = GUMAD_REQUEST_GRACE_MS,
					  .reconnect_ms = GUMAD_RECONNECT_GRACE_MS};
}

static struct mono_ms ctl_end(void)
{
	return mono_add(gumad_now(), GUMAD_CONTROL_MS);
}

/* Sleeps until the doorbell rings. 0, -ETIMEDOUT after `end`, -ENODEV. */
static int bell_wait(struct gumad_link *link, struct mono_ms end)
{
	uint64_t left = mono_until(gumad_now(), end);

	if (!left)
		return -ETIMEDOUT;
	if (gumad_poll(chan_bell(link->chan), (int)left) < 0 && errno != EINTR)
		return -ENODEV;
	return 0;
}

/* Takes a slot from the ring, not from `early`: 1, 0, -ENODEV. */
static int take(struct gumad_link *link, struct chan_slot *slot)
{
	for (;;) {
		int r = chan_take(link->chan, slot);

		if (r == 1)
			return 1;
		if (r == 0)
			r = chan_sleep_ok(link->chan);
		if (r == 1)
			return 0;
		/* slots that the peer produced before it disconnected are valid */
		if (r < 0 && chan_take(link->chan, slot) == 1)
			return 1;
		if (r < 0)
			break;
	}
	link->lost = true;
	return -ENODEV;
}

static void hold_early(struct gumad_link *link, const struct chan_slot *slot)
{
	if (slot->kind != CHAN_KIND_RECV && slot->kind != CHAN_KIND_SEND_DONE)
		return;
	if (link->first + link->count == link->room) {
		size_t room = link->room ? 2 * link->room : 64;
		struct chan_slot *p = NULL;

		if (room <= EARLY_MAX)
			p = realloc(link->early, room * sizeof(*p));
		if (!p)
			return;
		link->early = p;
		link->room = room;
	}
	link->early[link->first + link->count++] = *slot;
}

/* Puts a control message into the ring; waits for room if necessary. */
static int ctl_put(struct gumad_link *link, const struct chan_slot *slot, struct mono_ms end)
{
	struct chan_slot in;
	int r;

	for (;;) {
		r = chan_put(link->chan, slot);
		if (r == 1) {
			chan_kick(link->chan);
			return 0;
		}
		if (r < 0)
			return -ENODEV;
		if (chan_want_room(link->chan, 1))
			continue;
		while ((r = take(link, &in)) == 1)
			hold_early(link, &in);
		if (r == 0)
			r = bell_wait(link, end);
		if (r < 0)
			return r;
	}
}

/* Sends a request and replaces it by its reply. 0, the reply's -errno, or -ETIMEDOUT. */
static int ctl_call(struct gumad_link *link, struct chan_slot *slot)
{
	struct mono_ms end = ctl_end();
	uint8_t reply = (uint8_t)(slot->kind + 1);
	struct chan_slot in;
	int r;

	slot->cookie = ++link->cookies;
	r = ctl_put(link, slot, end);
	while (r == 0) {
		r = take(link, &in);
		if (r == 1 && in.kind == reply && in.cookie == slot->cookie) {
			*slot = in;
			return in.status ? -(int)in.status : 0;
		}
		if (r == 1) {
			hold_early(link, &in);
			r = 0;
		} else if (r == 0) {
			r = bell_wait(link, end);
		}
	}
	link->lost = true;
	return r;
}

/* --- opening. 0: continue with the current stage; -EINPROGRESS: not yet; another -errno --- */

/* If the backlog is full, the next call tries again. */
static int dial(struct gumad_link *link)
{
	const char *path = secure_getenv("IBGATE_SOCKET");

	link->sock = chan_local_dial(path && *path ? path : "/run/ibgate/guest", 0);
	if (link->sock < 0)
		return link->sock == -ETIMEDOUT ? -EINPROGRESS : link->sock;
	link->stage = STAGE_WELCOME;
	return 0;
}

/* Receives WELCOME and sends HELLO, for which a new ring has room. */
static int receive_welcome(struct gumad_link *link)
{
	struct chan_hello ask = {
		.magic = CHAN_ABI_MAGIC,
		.version_min = CHAN_ABI_VERSION,
		.version_max = CHAN_ABI_VERSION,
	};
	struct chan_slot slot = {.kind = CHAN_KIND_HELLO, .cookie = ++link->cookies};
	int r = chan_local_guest_new(link->sock, 0, &link->chan);

	if (r < 0)
		return r == -ETIMEDOUT ? -EINPROGRESS : r;
	link->sock = -1;
	link->stage = STAGE_HELLO;
	link->end = ctl_end();
	memcpy(slot.mad, &ask, sizeof(ask));
	r = ctl_put(link, &slot, link->end);
	link->lost = r < 0;
	return r;
}

static int receive_hello(struct gumad_link *link)
{
	struct chan_hello_reply reply;
	struct chan_slot slot;
	int r = take(link, &slot);

	if (r < 0)
		return r;
	if (r == 0)
		return -EINPROGRESS;
	if (slot.kind != CHAN_KIND_HELLO_REPLY || slot.cookie != link->cookies) {
		hold_early(link, &slot);
		return 0;
	}
	if (slot.status)
		return -(int)slot.status;
	memcpy(&reply, slot.mad, sizeof(reply));
	if (reply.magic != CHAN_ABI_MAGIC || reply.version != CHAN_ABI_VERSION)
		return -EPROTO;
	link->ports = reply.ports < GUMAD_MAX_PORTS ? reply.ports : GUMAD_MAX_PORTS;
	link->outstanding = reply.outstanding ? reply.outstanding : DEFAULT_OUTSTANDING;
	link->stage = STAGE_READY;
	return 0;
}

static int (*const stages[])(struct gumad_link *) = {
	[STAGE_CONNECT] = dial,
	[STAGE_WELCOME] = receive_welcome,
	[STAGE_HELLO] = receive_hello,
};

/* The error of gumad_link.h for a failure to open. */
static int failure(const struct gumad_link *link, int error)
{
	if (link->stage == STAGE_HELLO)
		return link->lost ? -EAGAIN : -ENODEV;
	if (error == -ECONNRESET)
		return -ECONNRESET;
	/* a killed peer leaves its socket without a listener */
	return error == -ECONNREFUSED ? -EAGAIN : -ENODEV;
}

int gumad_link_ready(struct gumad_link *link)
{
	int r = 0;

	while (r == 0 && link->stage != STAGE_READY)
		r = stages[link->stage](link);
	if (r == 0)
		return 1;
	if (r == -EINPROGRESS && mono_before(gumad_now(), link->end))
		return 0;
	/* an expected reply did not come */
	if (r == -EINPROGRESS)
		link->lost = true;
	return failure(link, r);
}

int gumad_link_open(struct gumad_link **ret)
{
	struct gumad_link *link = calloc(1, sizeof(*link));

	if (!link)
		return -ENOMEM;
	link->sock = -1;
	link->end = mono_add(gumad_now(), GUMAD_WELCOME_MS);
	*ret = link;
	return 0;
}

void gumad_link_close(struct gumad_link *link)
{
	if (link->sock >= 0)
		close(link->sock);
	chan_free(link->chan);
	free(link->early);
	free(link);
}

int gumad_link_ports(struct gumad_link *link)
{
	return (int)link->ports;
}

uint32_t gumad_link_outstanding(struct gumad_link *link)
{
	return link->outstanding;
}

static int port_pkeys(struct gumad_link *link, unsigned int port, struct gumad_port_info *ret)
{
	const unsigned int most = sizeof(ret->pkey) / sizeof(ret->pkey[0]);
	unsigned int total = ret->info.pkeys < most ? ret->info.pkeys : most, have = 0;

	while (have < total) {
		struct chan_slot slot = {.kind = CHAN_KIND_PKEY_QUERY, .port = (uint16_t)port};
		struct chan_pkeys table = {.first = (uint16_t)have, .count = CHAN_PKEYS_PER_SLOT};
		int r;

		memcpy(slot.mad, &table, sizeof(table));
		r = ctl_call(link, &slot);
		if (r < 0)
			return r;
		memcpy(&table, slot.mad, sizeof(table));
		if (table.first != have || !table.count || table.count > CHAN_PKEYS_PER_SLOT)
			break;
		for (unsigned int i = 0; i < table.count && have < total; i++)
			ret->pkey[have++] = table.pkey[i];
	}
	ret->info.pkeys = (uint16_t)have;
	return 0;
}

int gumad_link_port_info(struct gumad_link *link, unsigned int port, struct gumad_port_info *ret)
{
	struct chan_slot slot = {.kind = CHAN_KIND_PORT_QUERY, .port = (uint16_t)port};
	int r;

	memset(ret, 0, sizeof(*ret));
	r = ctl_call(link, &slot);
	if (r < 0)
		return r;
	memcpy(&ret->info, slot.mad, sizeof(ret->info));
	return port_pkeys(link, port, ret);
}

int gumad_link_client_open(struct gumad_link *link, unsigned int port, uint16_t client)
{
	struct chan_slot slot = {
		.kind = CHAN_KIND_CLIENT_OPEN,
		.port = (uint16_t)port,
		.client = client,
	};

	return ctl_call(link, &slot);
}

/* Messages that only release something: the reply is ignored. */
void gumad_link_client_close(struct gumad_link *link, uint16_t client)
{
	struct chan_slot slot = {.kind = CHAN_KIND_CLIENT_CLOSE, .client = client};

	slot.cookie = ++link->cookies;
	ctl_put(link, &slot, ctl_end());
}

int gumad_link_register(struct gumad_link *link, unsigned int port, uint16_t client, uint16_t agent,
			const struct kmad_reg *reg)
{
	struct chan_register ask = {
		.mgmt_class = reg->mgmt_class,
		.mgmt_class_version = reg->mgmt_class_version,
		.rmpp_version = reg->rmpp_version,
	};
	struct chan_slot slot = {
		.kind = CHAN_KIND_REGISTER,
		.port = (uint16_t)port,
		.client = client,
		.agent = agent,
	};

	memcpy(ask.method_mask, reg->method_mask, sizeof(ask.method_mask));
	if (wire_class_has_oui(reg->mgmt_class))
		memcpy(ask.oui, reg->oui, sizeof(ask.oui));
	memcpy(slot.mad, &ask, sizeof(ask));
	return ctl_call(link, &slot);
}

void gumad_link_unregister(struct gumad_link *link, unsigned int port, uint16_t client,
			   uint16_t agent)
{
	struct chan_slot slot = {
		.kind = CHAN_KIND_UNREGISTER,
		.port = (uint16_t)port,
		.client = client,
		.agent = agent,
	};

	slot.cookie = ++link->cookies;
	ctl_put(link, &slot, ctl_end());
}

int gumad_link_set_issm(struct gumad_link *link, unsigned int port, bool on)
{
	struct chan_slot slot = {.kind = CHAN_KIND_SET_ISSM, .port = (uint16_t)port};
	struct chan_issm ask = {.on = on};

	memcpy(slot.mad, &ask, sizeof(ask));
	return ctl_call(link, &slot);
}

int gumad_link_send(struct gumad_link *link, const struct chan_slot *slot)
{
	int r;

	do
		r = chan_put(link->chan, slot);
	while (r == 0 && chan_want_room(link->chan, 1));
	if (r < 0)
		return -ENODEV;
	return r ? 0 : -EAGAIN;
}

void gumad_link_flush(struct gumad_link *link)
{
	chan_kick(link->chan);
}

int gumad_link_recv(struct gumad_link *link, struct chan_slot *slot)
{
	int r;

	if (link->count) {
		*slot = link->early[link->first++];
		if (!--link->count)
			link->first = 0;
		return 1;
	}
	/* skip events and late replies */
	if (link->lost)
		return -ENODEV;
	do
		r = take(link, slot);
	while (r == 1 && slot->kind != CHAN_KIND_RECV && slot->kind != CHAN_KIND_SEND_DONE);
	return r;
}

bool gumad_link_shows(const struct gumad_link *link)
{
	return !link->count && !link->lost && chan_bell_shows(link->chan);
}

bool gumad_link_look(struct gumad_link *link)
{
	if (link->count || link->lost)
		return false;
	chan_look(link->chan);
	return true;
}

bool gumad_link_peek(const struct gumad_link *link)
{
	return chan_peek(link->chan);
}

int gumad_link_fd(struct gumad_link *link)
{
	return link->chan ? chan_bell(link->chan) : link->sock;
}
