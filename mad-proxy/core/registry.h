/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Who gets unsolicited MADs. One owner per port, class, class version and method (per OUI in the
 * vendor range 2), as the kernel has it (mad.c, method_in_use and vendor_vector). A registration
 * is made on the port under a token; MADs that come through it carry the token, so handing them to
 * their owner is one look-up. The owner embeds the registration: a session of a guest, or a service.
 */
#pragma once

#include <sys/queue.h>

#include "base/idtab.h"
#include "mad-proxy/core/engine.h"
#include "mad-proxy/core/event.h"

struct reg;

struct reg_ops {
	/* The port made it (0), or could not (errno): then the owner removes it. */
	void (*made)(struct proxy_core *core, struct reg *reg, int error);
	/* A MAD came that is nobody's answer. */
	void (*unsolicited)(struct proxy_core *core, struct reg *reg,
			    const struct proxy_port_mad *in);
};

/* The owner sets ops, port and what before registry_add(). */
struct reg {
	struct idtab_node token;
	TAILQ_ENTRY(reg) in_all;
	const struct reg_ops *ops;
	bool pending; /* the port has not said yet */
	uint16_t port;
	struct chan_register what;
};

/* True when one MAD could be for both. */
bool reg_overlaps(const struct reg *a, const struct reg *b);

int registry_init(struct proxy_core *core);
void registry_fini(struct proxy_core *core);

/* 0 (pending; ops->made() is called later), EBUSY or ENOMEM. */
int registry_add(struct proxy_core *core, struct reg *reg);
void registry_remove(struct proxy_core *core, struct reg *reg);
/* The shell says what became of it. */
void registry_made(struct proxy_core *core, uint32_t token, int error);
/* Hands a MAD to its owner, or drops and counts it. */
void registry_unsolicited(struct proxy_core *core, const struct proxy_port_mad *in);

void registry_check(const struct proxy_core *core, const struct reg *reg);
