/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * One physical port, through libibumad: sends, receives, registrations, attributes.
 *
 * Sends leave through agents of our own that own no class, so that answers come back by the upper
 * half of the TID (kernel mad.c, find_mad_agent) and no class is taken from anybody. Registrations
 * for unsolicited MADs are agents of their own, made on the core's demand; each carries the core's
 * token. RMPP is never the kernel's business here: every agent has rmpp_version 0, so segments come
 * and go raw (user_mad.c, ib_umad_write). A file of umad holds 32 agents: more files are opened
 * when needed.
 *
 * A port that vanishes (EIO, ENODEV) is closed, reported down, and looked for at every
 * io_umad_port_poll() until it is back; registrations are then made again.
 *
 * Calls back only from io_umad_port_poll() and from the poller, never from send or register.
 */
#pragma once

#include "mad-proxy/core/core.h"
#include "mad-proxy/io/poller.h"

#define IO_UMAD_FILES_MAX 16
#define IO_UMAD_AGENTS_MAX 32 /* per file: IB_UMAD_MAX_AGENTS */
#define IO_UMAD_CLASSES 256

struct io_umad_ops {
	/* A MAD came in (status 0), or a send of ours came back. mad: 256 bytes, borrowed. */
	void (*mad)(void *ctx, unsigned int port, uint32_t token, uint32_t status,
		    const struct chan_addr *addr, const uint8_t *mad);
	/* Answers are outstanding: after one MAD there may be another. */
	bool (*expects)(void *ctx);
	/* The attributes have changed. */
	void (*attr)(void *ctx, unsigned int port, const struct proxy_port_attr *attr);
	void (*event)(void *ctx, unsigned int port, enum chan_port_event event);
	/* It opened (error 0), or was lost (positive errno). */
	void (*state)(void *ctx, unsigned int port, int error);
	/* A registration could not be made again when the port came back. */
	void (*reg_lost)(void *ctx, unsigned int port, const struct chan_register *what, int error);
};

struct io_umad_port;

struct io_umad_agent {
	bool used;
	uint32_t token; /* 0: our own */
};

struct io_umad_file {
	struct io_watch watch;
	struct io_umad_port *port;
	int portid; /* of umad_open_port(), -1: not open */
	unsigned int agents;
	struct io_umad_agent agent[IO_UMAD_AGENTS_MAX];
};

/* A registration the core asked for; kept to make it again when the port comes back. */
struct io_umad_reg {
	uint32_t token;
	struct chan_register what;
};

struct io_umad_port {
	const struct io_umad_ops *ops;
	void *ctx;
	struct io_poller *poller;
	unsigned int number; /* as the core knows it */
	char ca_name[CHAN_CA_NAME_BYTES];
	unsigned int port_num;
	bool is_open;
	int fault; /* positive errno: to be closed by the next poll */
	struct proxy_port_attr attr;
	struct io_umad_file file[IO_UMAD_FILES_MAX];
	int16_t send_agent[IO_UMAD_CLASSES]; /* file * 32 + agent, -1: none yet */
	int16_t gsi_agent;
	GArray *regs; /* struct io_umad_reg */
	bool issm_wanted; /* also when the port comes back */
	int issm_fd;
	void *send_buf; /* struct ib_user_mad and 256 bytes */
	void *recv_buf;
};

void io_umad_port_init(struct io_umad_port *port, const struct io_umad_ops *ops, void *ctx,
		       struct io_poller *poller, unsigned int number, const char *ca_name,
		       unsigned int port_num);
void io_umad_port_fini(struct io_umad_port *port);

/* Opens it and reads its attributes (no callback). 0 or -errno. */
int io_umad_port_open(struct io_umad_port *port);

/* Once a second, and whenever something may have happened: attributes, faults, coming back. */
void io_umad_port_poll(struct io_umad_port *port);

/* One MAD of 256 bytes. 0 or -errno; then it was not sent and will not come back. */
int io_umad_port_send(struct io_umad_port *port, const struct proxy_send *send);

/* 0 or -errno as the kernel's registration; -ENODEV while the port is gone. */
int io_umad_port_register(struct io_umad_port *port, uint32_t token,
			  const struct chan_register *what);
void io_umad_port_unregister(struct io_umad_port *port, uint32_t token);

/* IsSM in the port's capability mask, by holding its issm device open. 0 or -errno. */
int io_umad_port_set_issm(struct io_umad_port *port, bool on);
