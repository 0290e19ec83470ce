/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The two directories of a device in xenstore (docs/protocol.md, section 1) as the toolstack makes
 * them: a request for ibgated, which attaches in its own domain, and for ibgate, which does for a
 * back-end in another one (a driver domain, which may not). Pure: builds requests, sends none.
 */
#pragma once

#include <stdbool.h>

#include "mad-proxy/io/xen_request.h"

struct io_xen_pair {
	uint32_t back_id, front_id, handle;
	const char *port; /* CA/N; NULL: the first of the back-end's policy */
	const char *name, *uuid; /* of the front-end's domain; NULL: unknown */
	bool for_another; /* back_id is not the domain that makes it */
};

/* B and F, absolute; free with g_free(). */
char *io_xen_pair_back(const struct io_xen_pair *pair);
char *io_xen_pair_front(const struct io_xen_pair *pair);

/*
 * What makes it, as one transaction. Ends with -ENOENT: there is no such domain; -EEXIST: it has that
 * device, of this back-end or of another one that lives.
 */
void io_xen_pair_make(struct io_store_request *r, const struct io_xen_pair *pair);
