/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A gateway that was built without Xen. */
#include "mad-proxy/io/xen.h"

struct io_xen *io_xen_new(struct io_gateway *gate)
{
	return NULL;
}

void io_xen_free(struct io_xen *xen)
{
}

void io_xen_policy_changed(struct io_xen *xen)
{
}

bool io_xen_attach(struct io_xen *xen, struct io_xen_attach *attach, io_xen_done done, void *ctx,
		   char **ret_error)
{
	*ret_error = g_strdup("this ibgated was built without Xen");
	return false;
}

unsigned int io_xen_detach(struct io_xen *xen, const char *guest, io_xen_done done, void *ctx)
{
	return 0;
}

void io_xen_each_device(const struct io_xen *xen,
			void (*each)(void *ctx, const struct io_xen_view *view), void *ctx)
{
}
