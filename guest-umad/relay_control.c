/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Control messages on their way upstream: a window of consecutive cookies, oldest first. All have the same
 * time-out, so the first expires next. A reply with another cookie is dropped.
 */
#include <assert.h>
#include <stddef.h>

#include "base/share.h"
#include "guest-umad/relay_priv.h"

static struct control *control_at(struct upstream *up, uint64_t cookie)
{
	return &up->window[cookie % WINDOW];
}

bool control_room(const struct relay *r, const struct upstream *up, unsigned int process)
{
	static const struct share share = {CONTROLS - CONTROLS_OWN, 0};
	uint32_t mine = 0;

	if (up->end - up->first == WINDOW)
		return false;
	if (process == NONE)
		return up->controls < CONTROLS;
	for (unsigned int i = 0; i < RELAY_PROCESSES; i++)
		if (r->process[i].used && r->process[i].uid == r->process[process].uid)
			mine += r->process[i].controls;
	return r->process[process].controls < CONTROLS_PER_PROCESS &&
	       share_has_one_more(share, mine, up->controls, !r->process[process].uid);
}

uint64_t control_add(struct relay *r, struct upstream *up, unsigned int process,
		     const struct chan_slot *slot, unsigned int client, struct mono_ms now)
{
	struct control *c = control_at(up, up->end);

	assert(control_room(r, up, process));
	*c = (struct control){
		.kind = slot->kind,
		.client = (uint16_t)client,
		.process = (uint16_t)process,
		.port = slot->port,
		.number = slot->client,
		.agent = slot->agent,
		.cookie = slot->cookie,
		.expires = mono_add(now, RELAY_CONTROL_MS),
	};
	if (process != NONE) {
		c->generation = r->process[process].generation;
		r->process[process].controls++;
	}
	r->awaited++;
	up->controls++;
	return up->end++;
}

/* The process that sent it, if it still exists. */
static struct process *asker(struct relay *r, const struct control *c)
{
	struct process *p = c->process == NONE ? NULL : &r->process[c->process];

	return p && p->used && p->generation == c->generation ? p : NULL;
}

static void finish(struct relay *r, struct upstream *up, struct control *c)
{
	struct process *p = asker(r, c);

	if (p)
		p->controls--;
	else
		c->process = NONE;
	c->done = true;
	up->controls--;
	while (up->first != up->end && control_at(up, up->first)->done) {
		up->first++;
		r->awaited--;
	}
}

struct control *control_match(struct relay *r, struct upstream *up, const struct chan_slot *reply)
{
	struct control *c = control_at(up, reply->cookie);

	if (reply->cookie - up->first >= up->end - up->first || c->done ||
	    c->kind + 1 != reply->kind)
		return NULL;
	finish(r, up, c);
	return c;
}

bool control_is_last(struct relay *r, struct upstream *up, uint64_t cookie)
{
	const struct control *c = control_at(up, cookie);
	const struct client *of = &up->client[c->client];

	if (of->process != c->process || of->number != c->number || !asker(r, c))
		return false;
	for (uint64_t i = cookie + 1; i != up->end; i++) {
		const struct control *later = control_at(up, i);

		if (later->kind == CHAN_KIND_REGISTER && later->client == c->client &&
		    later->agent == c->agent)
			return false;
	}
	return true;
}

void control_expire(struct relay *r, struct upstream *up, struct mono_ms now)
{
	while (up->first != up->end) {
		struct control *c = control_at(up, up->first);

		if (mono_before(now, c->expires))
			return;
		if (c->kind == CHAN_KIND_CLIENT_OPEN || c->kind == CHAN_KIND_CLIENT_CLOSE)
			client_unsure(r, up, &up->client[c->client]);
		finish(r, up, c);
		r->counters.expired++;
	}
}

void control_forget_all(struct relay *r, struct upstream *up)
{
	for (uint64_t cookie = up->first; cookie != up->end; cookie++) {
		struct control *c = control_at(up, cookie);
		struct process *p = c->done ? NULL : asker(r, c);

		if (!p)
			continue;
		p->controls--;
		p->must_close = true;
	}
	r->awaited -= (unsigned int)(up->end - up->first);
	up->first = up->end;
	up->controls = 0;
}
