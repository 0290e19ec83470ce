/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * `ibgate attach --backend` and `ibgate detach --backend`: in dom0, the toolstack for a gateway in a driver
 * domain, which may not make devices itself (docs/protocol.md, 2.6). No gateway in dom0 is needed. Both block
 * while xenstored does not answer.
 */
#pragma once

#include <glib.h>

struct io_cli_driver {
	const char *backend; /* its domain, by name, UUID or id; so is the next */
	const char *domain;
	const char *port; /* CA/N; NULL: the first that the back-end serves */
	const char *handle; /* NULL: the lowest free one; to detach: all */
};

/* Data as io_control_ask() returns them for the command of that name; NULL and *error. */
GVariant *io_cli_driver_attach(const struct io_cli_driver *driver, GError **error);
GVariant *io_cli_driver_detach(const struct io_cli_driver *driver, GError **error);
