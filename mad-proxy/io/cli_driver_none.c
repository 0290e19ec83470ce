/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* An ibgate that was built without Xen. */
#include "mad-proxy/io/cli_driver.h"

GVariant *io_cli_driver_attach(const struct io_cli_driver *driver, GError **error)
{
	g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_FAILED,
		    "this ibgate was built without Xen");
	return NULL;
}

GVariant *io_cli_driver_detach(const struct io_cli_driver *driver, GError **error)
{
	return io_cli_driver_attach(driver, error);
}
