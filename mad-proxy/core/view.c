/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Views of the core for ibgate, the names of counters, and the check of invariants. */
#include <assert.h>

#include "mad-proxy/core/core.h"
#include "mad-proxy/core/request.h"
#include "mad-proxy/core/service.h"
#include "mad-proxy/core/session.h"

const struct proxy_counter_text proxy_counters[PROXY_COUNTERS] = {
#define X(n, text) [PROXY_COUNT_##n] = {#n, text},
	PROXY_COUNTER_TABLE(X)
#undef X
};

void proxy_push_lost(struct proxy_core *core, struct session_id id)
{
	struct session *s = session_find(core, id);

	COUNT(core, s ? s->counter : NULL, lost_ring_full);
	if (s)
		session_todo(core, s, TODO_LOST);
}

void proxy_count_for(struct proxy_core *core, const char *guest, enum proxy_counter c, uint64_t n)
{
	struct guest *g = guest ? guest_find(core, guest) : NULL;

	core->total[c] += n;
	if (g)
		g->past[c] += n;
}

static unsigned int agents_of(const struct session *s)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < CHAN_CLIENTS_MAX; i++)
		n += (unsigned int)__builtin_popcount(s->client[i].agents);
	return n;
}

void proxy_each_session(const struct proxy_core *core,
			void (*each)(void *ctx, const struct proxy_session_view *view), void *ctx)
{
	for (const struct session *s = core->sessions->list; s; s = s->next) {
		struct proxy_session_view view = {
			.session = s->id,
			.guest = s->g->name,
			.grade = s->policy ? s->policy->grade : POLICY_GRADE_NONE,
			.clients = s->client_count,
			.agents = agents_of(s),
			.outstanding = s->outstanding,
			.port = s->bound,
			.since = s->since,
			.counter = s->counter,
		};

		each(ctx, &view);
	}
}

const uint64_t *proxy_guest_past(const struct proxy_core *core, const char *guest)
{
	const struct guest *g = guest_find(core, guest);

	return g ? g->past : NULL;
}

const uint64_t *proxy_totals(const struct proxy_core *core)
{
	return core->total;
}

unsigned int proxy_slot_cost(const struct chan_slot *slot)
{
	switch (slot->kind) {
	case CHAN_KIND_REGISTER: /* system calls of the port, which may wait in the kernel */
	case CHAN_KIND_UNREGISTER:
	case CHAN_KIND_CLIENT_CLOSE: /* ends registrations and requests as well */
	case CHAN_KIND_SET_ISSM:
		return 16;
	case CHAN_KIND_SEND:
		return 1;
	default:
		return 2;
	}
}

size_t proxy_in_flight(const struct proxy_core *core)
{
	return requests_live(core);
}

void proxy_check(const struct proxy_core *core)
{
	unsigned int sessions = 0;
	size_t requests = 0;

	for (const struct session *s = core->sessions->list; s; s = s->next) {
		session_check(core, s);
		sessions++;
	}
	assert(sessions == core->sessions->count);
	for (const struct guest *g = core->guests->list; g; g = g->next)
		guest_check(core, g);
	FOR_EACH_SERVICE(sv, check)
	requests += (*sv)->check(core);
	assert(requests == requests_live(core));
}
