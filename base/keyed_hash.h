/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Keyed hash (libsodium's crypto_shorthash, SipHash-2-4): without the secret nobody can construct collisions.
 * It is a separate library, so that the guest's library does not depend on libsodium.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct keyed_hash {
	uint8_t secret[16];
};

uint64_t keyed_hash(const struct keyed_hash *h, const void *data, size_t len);
