/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The daemon's answers to the commands of the control socket, as data; cli_show.h formats them.
 *
 *	status			a{sv}: version, uptime_s, policy, run_dir, guests, sessions, ports
 *	guests			aa{sv}, one a guest of the policy; its devices: aa{sv}
 *	counters [GUEST]	a{sv}: guest (all of them: absent), counters a{st}
 *	reload			a{sv}: changes as
 *	attach DOMAIN PORT HANDLE	a{sv}: guest, domid, handle; PORT, HANDLE may be empty
 *	detach GUEST		a{sv}: guest, sessions, devices
 */
#pragma once

#include <glib.h>

#include "mad-proxy/io/control.h"
#include "mad-proxy/io/gateway.h"

struct io_commands {
	struct io_gateway *gate;
	const char *policy_path;
	struct io_control *control; /* for answers that come later */
};

/* For io_control_new(); ctx is a struct io_commands. */
GVariant *io_commands_answer(void *ctx, guint64 id, const char *command, char **args);
