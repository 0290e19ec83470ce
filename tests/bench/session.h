/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A session without the library, for measuring what the library would not do. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "channel/local.h"

/* Sends one control slot and takes its reply; 0 or -errno. */
int session_ask(struct chan *chan, uint8_t kind, const void *body, size_t len);

/* Connects, sends HELLO, opens client 0 and registers its agent 0 for a class. 0 or -errno. */
int session_open(const char *path, uint8_t mgmt_class, struct chan **ret);
