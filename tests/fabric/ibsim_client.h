/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * ibsim 0.10's protocol, local mode, the client's side: one attachment to one node.
 *
 * Datagrams between abstract unix sockets, all named after the simulator, $IBSIM_SOCKNAME ("sim"):
 * \0NAME:ctl takes control messages and answers each; \0NAME:outN takes the MADs of client N; \0NAME:inID,
 * ours, receives MADs, where ID was named in CONNECT. Integers of control messages are in host order, those
 * beside a MAD in network order.
 *
 * ibsim answers MADs itself or forwards them to another client: a response (method bit 7) to the client in
 * bits 63-48 of its TID, anything else to the node's ISSM client, the one client per node that asked for it
 * in CONNECT. It writes its own number into bits 63-48 of everything that is no response. The ISSM client
 * does not set IsSM; SET_ISSM does both.
 *
 * ibsim busy-waits while a client does not read: so every wait here also reads MADs.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum ibsim_ctl_type {
	IBSIM_CTL_ERROR = 0,
	IBSIM_CTL_CONNECT = 1,
	IBSIM_CTL_DISCONNECT = 2,
	IBSIM_CTL_GET_VENDOR = 4,
	IBSIM_CTL_GET_NODEINFO = 7,
	IBSIM_CTL_GET_PORTINFO = 8,
	IBSIM_CTL_SET_ISSM = 9,
	IBSIM_CTL_GET_PKEYS = 10,
};

#define IBSIM_CTL_BYTES 64

/* A MAD on the data sockets. */
struct ibsim_packet {
	uint32_t dlid; /* these and below in network order */
	uint32_t slid; /* 0: ibsim fills it in */
	uint32_t dqp;
	uint32_t sqp;
	uint32_t status; /* 110: undeliverable, returned */
	uint64_t length;
	uint8_t mad[256];
};

struct ibsim_vendor {
	uint32_t vendor_id;
	uint32_t part_id;
	uint32_t hw_ver;
	uint64_t fw_ver;
};

struct ibsim_client;

/*
 * Attaches to a node (NULL: ibsim's first host). -ENODEV without a simulator, room or such a node.
 * `unsolicited`: as the node's ISSM client; fails if the node has one.
 */
int ibsim_client_open(const char *node, bool unsolicited, struct ibsim_client **ret);
/* Detaches, unless called in a forked child: the attachment is the parent's. */
void ibsim_client_close(struct ibsim_client *c);

/* One control message: data[IBSIM_CTL_BYTES] in and out. -ENODEV, or -EPROTO when refused. */
int ibsim_client_ctl(struct ibsim_client *c, enum ibsim_ctl_type type, void *data);

/* 0, -EAGAIN when the socket is full, -ENODEV. */
int ibsim_client_send(struct ibsim_client *c, const struct ibsim_packet *packet);
/* 1, or 0 when there is none. */
int ibsim_client_recv(struct ibsim_client *c, struct ibsim_packet *packet);

/* Readable when the simulator sent something, unless it arrived during a control message. */
int ibsim_client_fd(const struct ibsim_client *c);
/* Moves the MADs received by the old attachment to the new one. */
void ibsim_client_inherit(struct ibsim_client *c, struct ibsim_client *old);
