/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A session by hand, for measuring what the library would not do. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "channel/local.h"

/* The reply to one control slot; 0 or -errno. */
int session_ask(struct chan *chan, uint8_t kind, const void *body, size_t len);

/* Connects, says hello, opens client 0 and registers its agent 0 for a class. 0 or -errno. */
int session_open(const char *path, uint8_t mgmt_class, struct chan **ret);
