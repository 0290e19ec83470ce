/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Builds the requests that make the two directories of a device in xenstore (docs/protocol.md, section 1): for
 * ibgated, with itself as the back-end, and for ibgate, with a back-end in another domain. Pure: sends none.
 */
#pragma once

#include <stdbool.h>

#include "mad-proxy/io/xen_request.h"

struct io_xen_pair {
	uint32_t back_id, front_id, handle;
	const char *port; /* CA/N; NULL: the first of the back-end's policy */
	const char *name, *uuid; /* of the front-end's domain; NULL: unknown */
	bool for_another; /* the back-end is another domain than the one that makes the device */
};

/* B and F, absolute; free with g_free(). */
char *io_xen_pair_back(const struct io_xen_pair *pair);
char *io_xen_pair_front(const struct io_xen_pair *pair);

/*
 * The request that makes the device, as one transaction. It fails with -ENOENT: the domain does not exist;
 * -EEXIST: the domain has a device of that handle, of this back-end or of another existing one.
 */
void io_xen_pair_make(struct io_store_request *r, const struct io_xen_pair *pair);
