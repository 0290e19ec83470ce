/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The engine of a step: time, effects, timers, counters, and memory for MADs that effects point to. It
 * depends on no higher layer.
 *
 * struct proxy_core points to the data of each layer, whose type only that layer's header defines. So every
 * file gets the core, but can use only the data whose headers it may include (tests/house/arrows.sh).
 */
#pragma once

#include "base/mono.h"
#include "base/wheel.h"
#include "mad-proxy/core/counters.h"
#include "mad-proxy/core/effect.h"
#include "mad-proxy/core/params.h"
#include "wire/mad.h"

/* Effects that one unit of work may need: all waiters of a request end, and each one's session resumes. */
#define ENGINE_UNIT_WAITERS 200
#define EFFECT_RESERVE (4 * ENGINE_UNIT_WAITERS + 200)

struct proxy_core {
	struct proxy_params params;
	const struct policy *policy;
	struct proxy_effects *fx; /* of the step that runs */
	struct mono_ms now;
	struct wheel wheel;
	uint64_t total[PROXY_COUNTERS];
	uint8_t (*mads)[WIRE_MAD_BYTES]; /* engine_mad(): one for each effect there may be */
	size_t mads_used; /* in this step */
	struct requests *requests; /* request.h */
	struct ports *ports; /* ports.h */
	struct guests *guests; /* guest.h */
	struct sessions *sessions; /* session.h */
	struct registry *registry; /* registry.h */
	struct claim *claims; /* session_reg.c */
	struct merge *merge; /* merge.h */
	struct transfers *transfers; /* transfer.c */
};

/* Embedded in an object that waits; all zeros: not armed. Set `due` once, before arming. */
struct timer {
	struct wheel_node node;
	void (*due)(struct proxy_core *core, struct timer *timer);
};

int engine_init(struct proxy_core *core);
void engine_fini(struct proxy_core *core);

/* Begins a step; reuses the memory to which effects of the last step pointed. */
void engine_begin(struct proxy_core *core, struct proxy_effects *fx, struct mono_ms now);
/* Runs due timers while there is room for the effects of another one. */
void engine_run_due(struct proxy_core *core);

/* Arms or moves the timer to ms from now. */
void timer_arm(struct proxy_core *core, struct timer *timer, uint64_t ms);
void timer_arm_at(struct proxy_core *core, struct timer *timer, struct mono_ms when);
void timer_cancel(struct proxy_core *core, struct timer *timer);
static inline bool timer_armed(const struct timer *timer)
{
	return wheel_armed(&timer->node);
}

struct proxy_effect *fx_add(struct proxy_core *core, enum proxy_effect_kind kind);
static inline size_t fx_room(const struct proxy_core *core)
{
	return PROXY_MAX_EFFECTS - core->fx->count;
}

/* Stores a record that survives a restart. Its bytes must be valid until the next step. */
void state_put(struct proxy_core *core, enum proxy_state_kind kind, const uint8_t *key,
	       size_t key_len, const uint8_t *value, size_t value_len);
/* Removes the record. */
void state_remove(struct proxy_core *core, enum proxy_state_kind kind, const uint8_t *key,
		  size_t key_len);

/* Memory for one MAD (256 bytes, uninitialized) to which effects of this step may point. */
uint8_t *engine_mad(struct proxy_core *core);
uint8_t *engine_mad_copy(struct proxy_core *core, const uint8_t *mad);

/* Counts in total, and in `own` (PROXY_COUNTERS elements) if it is not NULL. */
void proxy_count(struct proxy_core *core, uint64_t *own, enum proxy_counter c);
#define COUNT(core, own, name) proxy_count(core, own, PROXY_COUNT_##name)
