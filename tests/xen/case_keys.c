/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Keys of the front-end: missing, unreadable, changed while they are read. */
#include "tests/xen/hostile.h"

#include <stdio.h>
#include <string.h>

/* Values that a strict reader does not accept as a 32-bit number. */
static const struct {
	const char *bytes;
	size_t n;
} no_number[] = {
#define TEXT(text)                     \
	{                              \
		text, sizeof(text) - 1 \
	}
	TEXT(""),
	TEXT("-1"),
	TEXT("+1"),
	TEXT(" 1"),
	TEXT("1 "),
	TEXT("1\n"),
	TEXT("1.0"),
	TEXT("0x1"),
	TEXT("one"),
	TEXT("1\0002"),
	TEXT("\xff\xfe"),
	TEXT("%s%n%s%n"),
	TEXT("4294967296"),
	TEXT("99999999999999999999"),
	TEXT("00000000000000000000000000000000000000000000000000000000000000001"),
#undef TEXT
};
#define NO_NUMBERS (sizeof(no_number) / sizeof(no_number[0]))

/* A handshake with the present keys; the back-end must refuse and name the fault. */
static bool refused(struct front *f, const char *why)
{
	front_state(f, INITIALISED);
	return was_closed(f, why) && front_restart(f);
}

static void honest_keys(struct front *f)
{
	front_share(f);
	front_bind(f);
	front_publish(f);
}

bool key_missing(struct front *f, unsigned long n)
{
	static const char *const keys[] = {"version", "ring-ref0", "ring-ref10", "ring-ref20",
					   "event-channel"};

	char why[64];

	honest_keys(f);
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		snprintf(why, sizeof(why), "^%s is missing$", keys[i]);
		if (!front_remove(f, keys[i]) || !refused(f, why))
			return complain("without %s", keys[i]);
		front_publish(f);
	}
	return true;
}

/* Each nth of the invalid numbers, in one key after another; the last has 2000 bytes. */
bool key_no_number(struct front *f, unsigned long n)
{
	static const char *const keys[] = {"version", "ring-ref20", "event-channel"};
	char huge[2000];

	memset(huge, '1', sizeof(huge));
	honest_keys(f);
	for (size_t i = 0; i <= NO_NUMBERS; i += n) {
		const char *key = keys[i / n % 3];
		const bool last = i + n > NO_NUMBERS;

		if (!front_write_bytes(f, key, last ? huge : no_number[i].bytes,
				       last ? sizeof(huge) : no_number[i].n) ||
		    !refused(f, key))
			return complain("%s = value %zu", key, i);
		front_publish(f);
	}
	return true;
}

/* One of the two values of each key is valid. */
static void change_keys(struct front *own, unsigned int round)
{
	char key[32];

	switch (round % 6) {
	case 0:
		front_write(own, "version", "77");
		break;
	case 1:
		front_write(own, "version", "1");
		break;
	case 2:
	case 4:
		ring_ref_key(key, round % FRONT_PAGES);
		front_write(own, key, round % 6 == 2 ? "4000000000" : "garbage");
		break;
	case 3:
	case 5:
		ring_ref_key(key, (round - 1) % FRONT_PAGES);
		front_write_number(own, key, own->ref[(round - 1) % FRONT_PAGES]);
		break;
	}
}

bool keys_change(struct front *f, unsigned long n)
{
	unsigned int connected = 0, closed = 0;
	int child;

	honest_keys(f);
	child = child_begin(f, change_keys);
	for (unsigned long i = 0; i < n; i++) {
		front_state(f, INITIALISED);
		if (!back_wait(f, ONE_OF(CONNECTED) | ONE_OF(CLOSED)))
			break;
		if (back_state(f) == CONNECTED)
			connected++;
		else
			closed += was_closed(f, ".");
		if (!front_restart(f))
			break;
	}
	child_end(f, child);
	printf("connected %u closed %u\n", connected, closed);
	return connected + closed == n || complain("a handshake came to no end");
}

bool key_backend_elsewhere(struct front *f, unsigned long n)
{
	if (!front_write(f, "backend", "/local/domain/0/backend/vib/1/0") ||
	    !front_write(f, "backend-id", "1") || !front_write(f, "handle", "7"))
		return complain("cannot write backend");
	if (!front_connect(f) || !front_hello(f))
		return complain("the back-end believes it");
	front_write(f, "backend", f->back);
	front_write_number(f, "backend-id", f->back_id);
	front_write_number(f, "handle", f->handle);
	return true;
}
