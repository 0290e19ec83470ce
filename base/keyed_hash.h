/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A hash that nobody who lacks the secret can choose inputs for (libsodium's crypto_shorthash, SipHash-2-4).
 * A library of its own: what other people's processes load does not need it.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct keyed_hash {
	uint8_t secret[16];
};

uint64_t keyed_hash(const struct keyed_hash *h, const void *data, size_t len);
