/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the daemon answers to each command of the control socket, as data; ibgate gives it words.
 *
 *	status			a{sv}: version, uptime_s, policy, run_dir, guests, sessions, ports
 *	guests			aa{sv}, one a guest of the policy
 *	counters [GUEST]	a{sv}: guest (all of them: absent), counters a{st}
 *	reload			a{sv}: changes as
 *	detach GUEST		a{sv}: guest, sessions
 */
#pragma once

#include <glib.h>

#include "mad-proxy/io/gateway.h"

struct io_commands {
	struct io_gateway *gate;
	const char *policy_path;
};

/* For io_control_new(); ctx is a struct io_commands. */
GVariant *io_commands_answer(void *ctx, const char *command, char **args);
