/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A vib device of ibguestd for tests: a xenstore in memory that fails on request, a kernel that grants
 * pages or does not, a clock that the test moves, and the test as back-end. Include after test.h.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "guest-umad/ibguestd_device.h"
#include "tests/unit/capture.h"

#define F "device/vib/0/"
#define B "/local/domain/0/backend/vib/5/0/"

enum { DEVICE_UP = 3, FIXTURE_KEYS = 64 };

struct device_fixture {
	struct {
		char path[GUESTD_PATH_MAX], value[GUESTD_PATH_MAX];
	} key[FIXTURE_KEYS];
	/* errnos */
	int fail; /* every call fails with it */
	const char *fail_path; /* reads of this path fail with EIO */
	int fail_watch, fail_show;
	int refuse_pages; /* chan_xen_guest_new() fails with it */
	char watched[GUESTD_PATH_MAX]; /* "": none */
	unsigned int writes, channels;
	uint32_t backend; /* the domain that was granted pages last */
	struct mono_ms now;
	struct guestd_feed feed;
	struct guestd_device device;
};

extern struct device_fixture fixture;
extern struct guestd_store *const some_store;

int device_fixture_setup(void **state);
int device_fixture_teardown(void **state); /* also calls capture_end() */
#define TEST_F(name) TEST_OVER(device_fixture_setup, device_fixture_teardown, name, void *no_state)

/* NULL: there is no such key. */
char *find(const char *path);
void put(const char *path, const char *value);
void drop(const char *prefix);
void shows(const char *state);

/* The nodes of the toolstack; those of a starting back-end; starts the device. */
void attach(void);
void offers(void);
void begins(void);
/* The back-end sets this state, and the device reads it. */
void back(const char *state);
/* The specification's back-end, as long as the front-end's state changes; timers fire. */
void back_follows(void);
/* Attaches and connects. */
void connects(void);

/* The loop takes the channel and returns it. */
void loop_gives_up(enum guestd_why why);
/* Time passes; the device is polled. */
void passes(uint64_t ms);
bool has_timer(void);
