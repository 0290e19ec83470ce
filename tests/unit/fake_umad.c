/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "tests/unit/fake_umad.h"

#include <assert.h>
#include <endian.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define PORTID_BASE 1000

struct fake_umad fake_umad;

void fake_umad_reset(void)
{
	for (int i = 0; i < FAKE_FILES; i++) {
		if (fake_umad.file[i].open)
			close(fake_umad.file[i].fd);
	}
	memset(&fake_umad, 0, sizeof(fake_umad));
	fake_umad.present = true;
	fake_umad.state = 4;
	fake_umad.lid = 4;
	fake_umad.sm_lid = 1;
	fake_umad.pkey[0] = 0xffff;
	fake_umad.pkeys = 1;
}

void fake_umad_poke(int file)
{
	eventfd_write(fake_umad.file[file].fd, 1);
}

void fake_umad_give(int file, int agent, uint32_t status, const uint8_t *mad, int length)
{
	struct fake_file *f = &fake_umad.file[file];
	struct fake_message *m = &f->queue[(f->head + f->count) % FAKE_QUEUE];

	assert(f->open && f->count < FAKE_QUEUE);
	memset(m, 0, sizeof(*m));
	m->umad.agent_id = (uint32_t)agent;
	m->umad.status = status;
	m->umad.addr.lid = htobe16(7);
	m->umad.addr.qpn = htobe32(1);
	memcpy(m->mad, mad, (size_t)length);
	m->length = length;
	f->count++;
	fake_umad_poke(file);
}

unsigned int fake_umad_open_files(void)
{
	unsigned int n = 0;

	for (int i = 0; i < FAKE_FILES; i++)
		n += fake_umad.file[i].open;
	return n;
}

static struct fake_file *file_of(int portid)
{
	struct fake_file *f = &fake_umad.file[portid - PORTID_BASE];

	assert(portid >= PORTID_BASE && portid < PORTID_BASE + FAKE_FILES && f->open);
	return f;
}

int umad_open_port(const char *ca_name, int portnum)
{
	for (int i = 0; fake_umad.present && i < FAKE_FILES; i++) {
		struct fake_file *f = &fake_umad.file[i];

		if (f->open)
			continue;
		memset(f, 0, sizeof(*f));
		f->open = true;
		f->fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
		return PORTID_BASE + i;
	}
	errno = ENODEV;
	return -ENODEV;
}

int umad_close_port(int portid)
{
	struct fake_file *f = file_of(portid);

	close(f->fd);
	f->open = false;
	return 0;
}

int umad_get_fd(int portid)
{
	return file_of(portid)->fd;
}

static int add_agent(int portid, const struct fake_agent *agent)
{
	struct fake_file *f = file_of(portid);

	if (agent->mgmt_class == 0 ? fake_umad.no_class_0
				   : agent->mgmt_class == fake_umad.taken_class) {
		errno = EINVAL;
		return -EPERM;
	}
	for (int i = 0; i < FAKE_AGENTS; i++) {
		if (f->agent[i].used)
			continue;
		f->agent[i] = *agent;
		f->agent[i].used = true;
		fake_umad.agents++;
		return i;
	}
	errno = ENOMEM;
	return -EPERM;
}

int umad_register(int portid, int mgmt_class, int version, uint8_t rmpp_version,
		  long method_mask[16 / sizeof(long)])
{
	struct fake_agent agent = {
		.mgmt_class = mgmt_class, .version = version, .rmpp_version = rmpp_version};

	memcpy(agent.methods, method_mask, sizeof(agent.methods));
	return add_agent(portid, &agent);
}

int umad_register_oui(int portid, int mgmt_class, uint8_t rmpp_version, uint8_t oui[3],
		      long method_mask[16 / sizeof(long)])
{
	struct fake_agent agent = {
		.mgmt_class = mgmt_class, .version = 1, .rmpp_version = rmpp_version};

	memcpy(agent.methods, method_mask, sizeof(agent.methods));
	memcpy(agent.oui, oui, sizeof(agent.oui));
	return add_agent(portid, &agent);
}

int umad_unregister(int portid, int agent)
{
	assert(file_of(portid)->agent[agent].used);
	file_of(portid)->agent[agent].used = false;
	return 0;
}

int umad_send(int portid, int agent, void *umad, int length, int timeout_ms, int retries)
{
	struct fake_message *m = &fake_umad.sent[fake_umad.sent_count];

	assert(file_of(portid)->agent[agent].used && length == 256);
	if (fake_umad.send_errno) {
		errno = fake_umad.send_errno;
		return -EIO;
	}
	assert(fake_umad.sent_count < FAKE_SENT);
	m->umad = *(struct ib_user_mad *)umad;
	m->umad.agent_id = (uint32_t)agent;
	m->umad.timeout_ms = (uint32_t)timeout_ms;
	m->umad.retries = (uint32_t)retries;
	memcpy(m->mad, umad_get_mad(umad), sizeof(m->mad));
	fake_umad.sent_agents[fake_umad.sent_count] = fake_umad.agents;
	fake_umad.sent_file[fake_umad.sent_count++] = portid - PORTID_BASE;
	return 0;
}

int umad_recv(int portid, void *umad, int *length, int timeout_ms)
{
	struct fake_file *f = file_of(portid);
	struct fake_message *m = &f->queue[f->head];
	eventfd_t ignored;

	if (!f->count) {
		errno = fake_umad.recv_errno ? fake_umad.recv_errno : EAGAIN;
		return -errno;
	}
	f->head = (f->head + 1) % FAKE_QUEUE;
	f->count--;
	if (!f->count)
		eventfd_read(f->fd, &ignored);
	memcpy(umad, &m->umad, sizeof(m->umad));
	memcpy(umad_get_mad(umad), m->mad, (size_t)m->length);
	*length = m->length;
	return (int)m->umad.agent_id;
}

void *umad_get_mad(void *umad)
{
	return ((struct ib_user_mad *)umad)->data;
}

size_t umad_size(void)
{
	return sizeof(struct ib_user_mad);
}

int umad_get_ca(const char *ca_name, umad_ca_t *ca)
{
	if (!fake_umad.present)
		return -ENODEV;
	memset(ca, 0, sizeof(*ca));
	snprintf(ca->ca_name, sizeof(ca->ca_name), "%s", ca_name);
	ca->node_type = 1;
	ca->numports = 1;
	ca->node_guid = htobe64(0x1122334455667788);
	return 0;
}

int umad_release_ca(umad_ca_t *ca)
{
	return 0;
}

int umad_get_port(const char *ca_name, int portnum, umad_port_t *port)
{
	if (!fake_umad.present)
		return -ENODEV;
	memset(port, 0, sizeof(*port));
	port->portnum = portnum;
	port->state = fake_umad.state;
	port->phys_state = 5;
	port->base_lid = fake_umad.lid;
	port->sm_lid = fake_umad.sm_lid;
	port->capmask = htobe32(0x0050c048);
	port->gid_prefix = htobe64(0xfe80000000000000);
	port->port_guid = htobe64(0x1122334455667789);
	port->pkeys = fake_umad.pkey;
	port->pkeys_size = fake_umad.pkeys;
	return 0;
}

int umad_release_port(umad_port_t *port)
{
	return 0;
}

int umad_get_issm_path(const char *ca_name, int portnum, char path[], int max)
{
	snprintf(path, (size_t)max, "/dev/null");
	return fake_umad.present ? 0 : -ENODEV;
}
