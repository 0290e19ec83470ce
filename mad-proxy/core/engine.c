/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "mad-proxy/core/engine.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/container_of.h"

/* Room for an event that ends all waiters, followed by a timer that does. */
_Static_assert(PROXY_MAX_EFFECTS >= 2 * EFFECT_RESERVE, "effects");

int engine_init(struct proxy_core *core)
{
	/* mmap serves this size: unused pages are never resident */
	core->mads = calloc(PROXY_MAX_EFFECTS + 1, sizeof(*core->mads));
	wheel_init(&core->wheel, (struct mono_ms){0});
	return core->mads ? 0 : -ENOMEM;
}

void engine_fini(struct proxy_core *core)
{
	free(core->mads);
}

void engine_begin(struct proxy_core *core, struct proxy_effects *fx, struct mono_ms now)
{
	fx->count = 0;
	core->fx = fx;
	core->now = now;
	core->mads_used = 0;
}

void engine_run_due(struct proxy_core *core)
{
	while (fx_room(core) > EFFECT_RESERVE) {
		struct wheel_node *node = wheel_pop(&core->wheel, core->now);
		struct timer *timer;

		if (!node)
			break;
		timer = container_of(node, struct timer, node);
		timer->due(core, timer);
	}
}

void timer_arm_at(struct proxy_core *core, struct timer *timer, struct mono_ms when)
{
	wheel_arm(&core->wheel, &timer->node, when);
}

void timer_arm(struct proxy_core *core, struct timer *timer, uint64_t ms)
{
	timer_arm_at(core, timer, mono_add(core->now, ms));
}

void timer_cancel(struct proxy_core *core, struct timer *timer)
{
	wheel_cancel(&core->wheel, &timer->node);
}

struct proxy_effect *fx_add(struct proxy_core *core, enum proxy_effect_kind kind)
{
	static struct proxy_effect overflow;
	struct proxy_effect *fx;

	/* EFFECT_RESERVE makes this unreachable; otherwise the lost effect is counted. */
	if (core->fx->count == PROXY_MAX_EFFECTS) {
		COUNT(core, NULL, drop_effects);
		return &overflow;
	}
	fx = &core->fx->fx[core->fx->count++];
	fx->kind = kind;
	return fx;
}

static struct proxy_state state_of(enum proxy_state_kind kind, const uint8_t *key, size_t key_len)
{
	assert(key_len > 0 && key_len <= PROXY_STATE_KEY_MAX);
	return (struct proxy_state){
		.kind = (uint8_t)kind, .key = key, .key_len = (uint16_t)key_len};
}

void state_put(struct proxy_core *core, enum proxy_state_kind kind, const uint8_t *key,
	       size_t key_len, const uint8_t *value, size_t value_len)
{
	struct proxy_state *state = &fx_add(core, PROXY_FX_STATE_PUT)->state;

	assert(value_len <= PROXY_STATE_VALUE_MAX);
	*state = state_of(kind, key, key_len);
	state->value = value;
	state->value_len = (uint16_t)value_len;
}

void state_remove(struct proxy_core *core, enum proxy_state_kind kind, const uint8_t *key,
		  size_t key_len)
{
	fx_add(core, PROXY_FX_STATE_REMOVE)->state = state_of(kind, key, key_len);
}

uint8_t *engine_mad(struct proxy_core *core)
{
	/* the last MAD is shared by all effects that are lost */
	if (core->mads_used < PROXY_MAX_EFFECTS)
		return core->mads[core->mads_used++];
	return core->mads[PROXY_MAX_EFFECTS];
}

uint8_t *engine_mad_copy(struct proxy_core *core, const uint8_t *mad)
{
	return memcpy(engine_mad(core), mad, WIRE_MAD_BYTES);
}

void proxy_count(struct proxy_core *core, uint64_t *own, enum proxy_counter c)
{
	core->total[c]++;
	if (own)
		own[c]++;
}
