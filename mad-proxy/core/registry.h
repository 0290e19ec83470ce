/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Owners of unsolicited MADs: one for each port, class, class version and method (and OUI in the
 * vendor range 2), as in the kernel (mad.c, method_in_use and vendor_vector). A registration is made on
 * the port with a token; MADs that the port receives for it carry the token, by which the owner is found.
 * The owner, a session of a guest or a service, embeds the registration.
 */
#pragma once

#include <sys/queue.h>

#include "base/idtab.h"
#include "mad-proxy/core/engine.h"
#include "mad-proxy/core/event.h"

struct reg;

struct reg_ops {
	/* The port made the registration (0), or failed (errno): then the owner removes it. */
	void (*made)(struct proxy_core *core, struct reg *reg, int error);
	/* A MAD for this owner arrived that is not an answer. */
	void (*unsolicited)(struct proxy_core *core, struct reg *reg,
			    const struct proxy_port_mad *in);
};

/* The owner sets ops, port and what before registry_add(). */
struct reg {
	struct idtab_node token;
	TAILQ_ENTRY(reg) in_all;
	const struct reg_ops *ops;
	bool pending; /* the port has not answered yet */
	uint16_t port;
	struct chan_register what;
};

/* True if a MAD could belong to both. */
bool reg_overlaps(const struct reg *a, const struct reg *b);

int registry_init(struct proxy_core *core);
void registry_fini(struct proxy_core *core);

/* 0 (pending; ops->made() is called later), EBUSY or ENOMEM. */
int registry_add(struct proxy_core *core, struct reg *reg);
void registry_remove(struct proxy_core *core, struct reg *reg);
/* The result of the registration on the port. */
void registry_made(struct proxy_core *core, uint32_t token, int error);
/* Delivers a MAD to its owner, or drops and counts it. */
void registry_unsolicited(struct proxy_core *core, const struct proxy_port_mad *in);

void registry_check(const struct proxy_core *core, const struct reg *reg);
