/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * One physical port, through libibumad: sends, receives, registrations, attributes.
 *
 * MADs are sent through agents that own no class: the kernel delivers answers by the upper half of the TID
 * (mad.c, find_mad_agent), and no class is taken from other programs. Each registration for unsolicited MADs
 * is a separate agent, made for the core and marked with its token. The kernel does no RMPP: every agent has
 * rmpp_version 0, so segments are sent and received unchanged (user_mad.c, ib_umad_write). A umad file has at
 * most 32 agents, so further files are opened when needed.
 *
 * When the device of a port disappears (EIO, ENODEV), its files are closed and it is reported down. Each
 * io_umad_port_poll() tries to open it again, and then makes its registrations again.
 *
 * Callbacks come only from io_umad_port_poll() and from the poller, never from send or register.
 */
#pragma once

#include "mad-proxy/core/core.h"
#include "mad-proxy/io/poller.h"

#define IO_UMAD_FILES_MAX 16
#define IO_UMAD_AGENTS_MAX 32 /* per file: IB_UMAD_MAX_AGENTS */
#define IO_UMAD_CLASSES 256

struct io_umad_ops {
	/* A received MAD (status 0), or a returned send. mad: 256 bytes, borrowed. */
	void (*mad)(void *ctx, unsigned int port, uint32_t token, uint32_t status,
		    const struct chan_addr *addr, const uint8_t *mad);
	/* Returns whether answers are outstanding, so that more MADs may follow. */
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
	uint32_t token; /* 0: an agent for sending */
};

struct io_umad_file {
	struct io_watch watch;
	struct io_umad_port *port;
	int portid; /* of umad_open_port(), -1: not open */
	unsigned int agents;
	struct io_umad_agent agent[IO_UMAD_AGENTS_MAX];
};

/* A registration of the core; kept to make it again when the port is back. */
struct io_umad_reg {
	uint32_t token;
	struct chan_register what;
};

struct io_umad_port {
	const struct io_umad_ops *ops;
	void *ctx;
	struct io_poller *poller;
	unsigned int number; /* in the core */
	char ca_name[CHAN_CA_NAME_BYTES];
	unsigned int port_num;
	bool is_open;
	int fault; /* positive errno: the next poll closes the port */
	struct proxy_port_attr attr;
	struct io_umad_file file[IO_UMAD_FILES_MAX];
	int16_t send_agent[IO_UMAD_CLASSES]; /* file * 32 + agent, -1: none yet */
	int16_t gsi_agent;
	GArray *regs; /* struct io_umad_reg */
	bool issm_wanted; /* set IsSM, also when the port is back */
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

/* Reads attributes, handles faults, reopens a lost port. Call it once a second and after events. */
void io_umad_port_poll(struct io_umad_port *port);

/* Sends one MAD of 256 bytes. 0; or -errno: it was not sent and will not be returned. */
int io_umad_port_send(struct io_umad_port *port, const struct proxy_send *send);

/* 0 or -errno as the kernel's registration; -ENODEV while the port is lost. */
int io_umad_port_register(struct io_umad_port *port, uint32_t token,
			  const struct chan_register *what);
void io_umad_port_unregister(struct io_umad_port *port, uint32_t token);

/* Sets or clears IsSM in the port's capability mask by opening or closing its issm device. 0 or -errno. */
int io_umad_port_set_issm(struct io_umad_port *port, bool on);
