/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A libibumad without a fabric, linked instead of the real one: a test sees what was opened, registered and
 * sent, and sets what is received.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <infiniband/umad.h>

#define FAKE_FILES 8
#define FAKE_AGENTS 32
#define FAKE_QUEUE 64
#define FAKE_SENT 1024

struct fake_agent {
	bool used;
	int mgmt_class;
	int version;
	int rmpp_version;
	uint8_t oui[3];
	uint8_t methods[16]; /* bit n of byte n / 8 */
};

struct fake_message {
	struct ib_user_mad umad;
	uint8_t mad[256];
	int length;
};

struct fake_file {
	bool open;
	int fd; /* eventfd, readable while messages wait or the file is broken */
	struct fake_agent agent[FAKE_AGENTS];
	struct fake_message queue[FAKE_QUEUE];
	unsigned int head, count;
};

struct fake_umad {
	bool present; /* the adapter is plugged in */
	int send_errno; /* of every send; 0: they succeed */
	int recv_errno; /* of reads of an empty queue; 0: EAGAIN */
	bool no_class_0; /* mgmt_class 0 is EINVAL, as in some libraries */
	int taken_class; /* registering it is EINVAL: another agent owns it */
	unsigned int state, lid, sm_lid;
	uint16_t pkey[4];
	unsigned int pkeys;
	struct fake_file file[FAKE_FILES];
	struct fake_message sent[FAKE_SENT];
	int sent_file[FAKE_SENT];
	unsigned int sent_agents[FAKE_SENT]; /* number of agents created by then */
	unsigned int agents;
	unsigned int sent_count;
};

extern struct fake_umad fake_umad;

/* Plugged in, active, LID 4, SM LID 1, one P_Key. */
void fake_umad_reset(void);

/* A message for that agent of that file. */
void fake_umad_give(int file, int agent, uint32_t status, const uint8_t *mad, int length);

/* Makes a file readable without a message (reads fail with recv_errno). */
void fake_umad_poke(int file);

unsigned int fake_umad_open_files(void);
