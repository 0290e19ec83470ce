/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "base/keyed_hash.h"

#include <sodium/crypto_shorthash.h>
#include <string.h>

_Static_assert(sizeof(struct keyed_hash) == crypto_shorthash_KEYBYTES, "secret");
_Static_assert(sizeof(uint64_t) == crypto_shorthash_BYTES, "hash");

uint64_t keyed_hash(const struct keyed_hash *h, const void *data, size_t len)
{
	uint8_t out[crypto_shorthash_BYTES];
	uint64_t hash;

	crypto_shorthash(out, data, len, h->secret);
	memcpy(&hash, out, sizeof(hash));
	return hash;
}
