/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The gateway's core under any sequence of events; see core_chaos.h for what must hold. */
#include "tests/fuzz/core_chaos.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct chaos *c = chaos_new();
	size_t took;

	while ((took = chaos_event(c, data, size))) {
		data += took;
		size -= took;
	}
	chaos_end(c);
	return 0;
}
