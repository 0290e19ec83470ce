/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "mad-proxy/io/hca_port.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <infiniband/umad.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "base/container_of.h"
#include "channel/umad_addr.h"
#include "mad-proxy/io/port_attr.h"
#include "wire/mad.h"

_Static_assert(PROXY_PORT_REGS + 32 <= IO_UMAD_FILES_MAX * IO_UMAD_AGENTS_MAX,
	       "guests' registrations leave room for the agents that the gateway sends by");

#define RECV_BATCH 64 /* MADs per file and turn */
#define RECV_BYTES 2048 /* larger than a MAD, so that no packet can block the file */

/* --- files and agents --- */

static void file_readable(struct io_watch *watch, uint32_t events);

static int file_open(struct io_umad_port *port, struct io_umad_file *file)
{
	int portid, fd, rc;

	errno = 0;
	portid = umad_open_port(port->ca_name, (int)port->port_num);
	if (portid < 0)
		return errno ? -errno : -ENODEV;
	fd = umad_get_fd(portid);
	rc = io_poller_add(port->poller, &file->watch, fd, EPOLLIN);
	if (rc < 0) {
		umad_close_port(portid);
		return rc;
	}
	file->portid = portid;
	file->agents = 0;
	memset(file->agent, 0, sizeof(file->agent));
	return 0;
}

static void file_close(struct io_umad_port *port, struct io_umad_file *file)
{
	if (file->portid < 0)
		return;
	io_poller_remove(port->poller, &file->watch);
	umad_close_port(file->portid);
	file->portid = -1;
	file->agents = 0;
}

/* A file with room for one more agent, opened if necessary. NULL: none. */
static struct io_umad_file *file_with_room(struct io_umad_port *port)
{
	for (unsigned int i = 0; i < IO_UMAD_FILES_MAX; i++) {
		struct io_umad_file *file = &port->file[i];

		if (file->portid < 0 && file_open(port, file) < 0)
			return NULL;
		if (file->agents < IO_UMAD_AGENTS_MAX)
			return file;
	}
	return NULL;
}

/* umad takes an array of longs; bit n of the whole is method n. */
static void mask_to_longs(long longs[16 / sizeof(long)], const uint32_t mask[4])
{
	const unsigned int bits = sizeof(long) * CHAR_BIT;

	memset(longs, 0, 16);
	for (unsigned int n = 0; n < 128; n++) {
		if (mask[n / 32] & (1u << (n % 32)))
			longs[n / bits] =
				(long)((unsigned long)longs[n / bits] | 1ul << (n % bits));
	}
}

/* Returns file * 32 + agent, or -errno. */
static int agent_add(struct io_umad_port *port, const struct chan_register *what, uint32_t token)
{
	struct io_umad_file *file = file_with_room(port);
	long mask[16 / sizeof(long)];
	uint8_t oui[3];
	int id;

	if (!file)
		return -ENOMEM;
	mask_to_longs(mask, what->method_mask);
	memcpy(oui, what->oui, sizeof(oui));
	errno = 0;
	if (wire_class_has_oui(what->mgmt_class) && (oui[0] | oui[1] | oui[2]))
		id = umad_register_oui(file->portid, what->mgmt_class, 0, oui, mask);
	else
		id = umad_register(file->portid, what->mgmt_class, what->mgmt_class_version, 0,
				   mask);
	if (id < 0)
		return errno ? -errno : -EINVAL;
	if (id >= IO_UMAD_AGENTS_MAX) {
		umad_unregister(file->portid, id);
		return -ENOMEM;
	}
	file->agent[id] = (struct io_umad_agent){.used = true, .token = token};
	file->agents++;
	return (int)(file - port->file) * IO_UMAD_AGENTS_MAX + id;
}

/*
 * The agent that sends MADs of this class. SMPs use QP0, one agent per class; all others share one agent on
 * QP1 without a class (mgmt_class 0: sends only), or have one per class if the library rejects class 0.
 */
static int send_agent_make(struct io_umad_port *port, uint8_t mgmt_class)
{
	struct chan_register none = {0};
	struct chan_register own = {.mgmt_class = mgmt_class, .mgmt_class_version = 1};
	int agent;

	if (mgmt_class != WIRE_CLASS_SUBN_LID && mgmt_class != WIRE_CLASS_SUBN_DR) {
		if (port->gsi_agent < 0) {
			agent = agent_add(port, &none, 0);
			if (agent < 0 && agent != -EINVAL)
				return agent;
			port->gsi_agent = (int16_t)(agent < 0 ? -1 : agent);
		}
		if (port->gsi_agent >= 0)
			return port->gsi_agent;
		if (mgmt_class == WIRE_CLASS_SA || mgmt_class == WIRE_CLASS_CM)
			own.mgmt_class_version = 2;
	}
	return agent_add(port, &own, 0);
}

static int send_agent(struct io_umad_port *port, uint8_t mgmt_class)
{
	int agent = port->send_agent[mgmt_class];

	if (agent < 0) {
		agent = send_agent_make(port, mgmt_class);
		port->send_agent[mgmt_class] = (int16_t)(agent < 0 ? -1 : agent);
	}
	return agent;
}

/* --- open and close --- */

void io_umad_port_init(struct io_umad_port *port, const struct io_umad_ops *ops, void *ctx,
		       struct io_poller *poller, unsigned int number, const char *ca_name,
		       unsigned int port_num)
{
	memset(port, 0, sizeof(*port));
	port->ops = ops;
	port->ctx = ctx;
	port->poller = poller;
	port->number = number;
	port->port_num = port_num;
	g_strlcpy(port->ca_name, ca_name, sizeof(port->ca_name));
	g_strlcpy(port->attr.info.ca_name, ca_name, sizeof(port->attr.info.ca_name));
	port->attr.info.port_num = (uint8_t)port_num;
	port->attr.info.state = IO_PORT_STATE_DOWN;
	for (unsigned int i = 0; i < IO_UMAD_FILES_MAX; i++) {
		port->file[i].port = port;
		port->file[i].portid = -1;
		port->file[i].watch = (struct io_watch){.ready = file_readable, .fd = -1};
	}
	port->issm_fd = -1;
	port->regs = g_array_new(FALSE, FALSE, sizeof(struct io_umad_reg));
	port->send_buf = g_malloc0(umad_size() + WIRE_MAD_BYTES);
	port->recv_buf = g_malloc0(umad_size() + RECV_BYTES);
}

static int issm_open(struct io_umad_port *port)
{
	char path[128];

	if (!port->is_open ||
	    umad_get_issm_path(port->ca_name, (int)port->port_num, path, sizeof(path)) < 0)
		return -ENODEV;
	port->issm_fd = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
	return port->issm_fd < 0 ? -errno : 0;
}

static void port_close(struct io_umad_port *port)
{
	if (port->issm_fd >= 0)
		close(port->issm_fd);
	port->issm_fd = -1;
	for (unsigned int i = 0; i < IO_UMAD_FILES_MAX; i++)
		file_close(port, &port->file[i]);
	port->is_open = false;
	port->fault = 0;
}

void io_umad_port_fini(struct io_umad_port *port)
{
	port_close(port);
	g_array_unref(port->regs);
	g_free(port->send_buf);
	g_free(port->recv_buf);
}

int io_umad_port_open(struct io_umad_port *port)
{
	struct proxy_port_attr attr;
	int rc;

	assert(!port->is_open);
	rc = io_port_attr_read(port->ca_name, port->port_num, &attr);
	if (rc < 0)
		return rc;
	memset(port->send_agent, 0xff, sizeof(port->send_agent));
	port->gsi_agent = -1;
	rc = file_open(port, &port->file[0]);
	if (rc < 0)
		return rc;
	/*
	 * The agents that are always needed; without them the port cannot be served. Made before those of
	 * guests, which could leave no room.
	 */
	rc = send_agent(port, WIRE_CLASS_SUBN_DR);
	if (rc >= 0)
		rc = send_agent(port, WIRE_CLASS_SUBN_LID);
	if (rc >= 0)
		rc = send_agent(port, WIRE_CLASS_SA);
	if (rc < 0) {
		port_close(port);
		return rc;
	}
	for (unsigned int i = 0; i < port->regs->len; i++) {
		const struct io_umad_reg *reg = &g_array_index(port->regs, struct io_umad_reg, i);

		rc = agent_add(port, &reg->what, reg->token);
		if (rc < 0)
			port->ops->reg_lost(port->ctx, port->number, &reg->what, -rc);
	}
	port->attr = attr;
	port->is_open = true;
	if (port->issm_wanted)
		issm_open(port);
	return 0;
}

static void report_changes(struct io_umad_port *port, const struct proxy_port_attr *before)
{
	enum chan_port_event change[IO_PORT_CHANGES_MAX];
	unsigned int n = io_port_attr_changes(before, &port->attr, change);

	if (!io_port_attr_equal(before, &port->attr))
		port->ops->attr(port->ctx, port->number, &port->attr);
	for (unsigned int i = 0; i < n; i++)
		port->ops->event(port->ctx, port->number, change[i]);
}

static void port_lost(struct io_umad_port *port, int error)
{
	struct proxy_port_attr before = port->attr;

	port_close(port);
	io_port_attr_down(&port->attr);
	port->ops->state(port->ctx, port->number, error);
	report_changes(port, &before);
}

void io_umad_port_poll(struct io_umad_port *port)
{
	struct proxy_port_attr before = port->attr, attr;
	int rc;

	if (port->is_open && port->fault) {
		port_lost(port, port->fault);
		return;
	}
	if (!port->is_open) {
		if (io_umad_port_open(port) < 0)
			return;
		port->ops->state(port->ctx, port->number, 0);
		report_changes(port, &before);
		return;
	}
	rc = io_port_attr_read(port->ca_name, port->port_num, &attr);
	if (rc < 0) {
		port_lost(port, -rc);
		return;
	}
	port->attr = attr;
	report_changes(port, &before);
}

/* --- MADs --- */

int io_umad_port_send(struct io_umad_port *port, const struct proxy_send *send)
{
	struct ib_user_mad *umad = port->send_buf;
	int agent;

	if (!port->is_open)
		return -ENODEV;
	agent = send_agent(port, wire_mad_class(send->mad));
	if (agent < 0)
		return agent;
	umad->status = 0;
	umad->length = 0;
	chan_addr_to_umad(&umad->addr, &send->addr);
	memcpy(umad_get_mad(umad), send->mad, WIRE_MAD_BYTES);
	errno = 0;
	if (umad_send(port->file[agent / IO_UMAD_AGENTS_MAX].portid, agent % IO_UMAD_AGENTS_MAX,
		      umad, WIRE_MAD_BYTES, (int)send->timeout_ms, 0) == 0)
		return 0;
	if (errno == ENODEV)
		port->fault = ENODEV;
	return errno ? -errno : -EIO;
}

/* Receives one MAD of this file. 1; 0: there is none; -errno: the file is broken. */
static int file_recv(struct io_umad_file *file)
{
	struct io_umad_port *port = file->port;
	struct ib_user_mad *umad = port->recv_buf;
	uint8_t *mad = umad_get_mad(umad);
	int length = RECV_BYTES;
	struct chan_addr addr;
	uint32_t token = 0;
	int agent;

	agent = umad_recv(file->portid, umad, &length, 0);
	if (agent < 0) {
		if (errno == EAGAIN || errno == EINTR || agent == -EAGAIN || agent == -ETIMEDOUT)
			return 0;
		return errno ? -errno : -EIO;
	}
	/* A time-out returns only the MAD header (user_mad.c, send_handler). */
	if (length < 0)
		length = 0;
	if (length < WIRE_MAD_BYTES)
		memset(mad + length, 0, (size_t)(WIRE_MAD_BYTES - length));
	if (agent < IO_UMAD_AGENTS_MAX && file->agent[agent].used)
		token = file->agent[agent].token;
	chan_addr_from_umad(&addr, &umad->addr);
	port->ops->mad(port->ctx, port->number, token, umad->status, &addr, mad);
	return 1;
}

static void file_readable(struct io_watch *watch, uint32_t events)
{
	struct io_umad_file *file = container_of(watch, struct io_umad_file, watch);
	struct io_umad_port *port = file->port;
	int rc = 1;

	/* without expected answers one read is enough: the level-triggered poller reports the rest */
	for (unsigned int i = 0; i < RECV_BATCH && rc > 0 && file->portid >= 0; i++) {
		if (i > 0 && !port->ops->expects(port->ctx))
			break;
		rc = file_recv(file);
	}
	/* Nothing to read but an error: the device is gone; otherwise epoll would report it for ever. */
	if (rc == 0 && (events & (EPOLLERR | EPOLLHUP)))
		rc = -ENODEV;
	if (rc < 0)
		port_lost(port, -rc);
}

/* --- registrations --- */

int io_umad_port_register(struct io_umad_port *port, uint32_t token,
			  const struct chan_register *what)
{
	struct io_umad_reg reg = {.token = token, .what = *what};
	int rc;

	if (!port->is_open)
		return -ENODEV;
	rc = agent_add(port, what, token);
	if (rc < 0)
		return rc;
	g_array_append_val(port->regs, reg);
	return 0;
}

void io_umad_port_unregister(struct io_umad_port *port, uint32_t token)
{
	for (unsigned int i = 0; i < port->regs->len; i++) {
		if (g_array_index(port->regs, struct io_umad_reg, i).token == token) {
			g_array_remove_index_fast(port->regs, i);
			break;
		}
	}
	for (unsigned int f = 0; f < IO_UMAD_FILES_MAX; f++) {
		struct io_umad_file *file = &port->file[f];

		for (int a = 0; file->portid >= 0 && a < IO_UMAD_AGENTS_MAX; a++) {
			if (!file->agent[a].used || file->agent[a].token != token || !token)
				continue;
			umad_unregister(file->portid, a);
			file->agent[a].used = false;
			file->agents--;
		}
	}
}

int io_umad_port_set_issm(struct io_umad_port *port, bool on)
{
	port->issm_wanted = on;
	if (on)
		return port->issm_fd >= 0 ? 0 : issm_open(port);
	if (port->issm_fd >= 0)
		close(port->issm_fd);
	port->issm_fd = -1;
	return 0;
}
