/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Registration of agents (user_mad.c: ib_umad_reg_agent, ib_umad_reg_agent2).
 */
#include "guest-umad/umad_lib.h"

#include <errno.h>
#include <string.h>

#include "wire/mad.h"

static const uint8_t openib_oui[3] = {0x00, 0x14, 0x05};

static int register_once(struct gumad_file *f, const struct kmad_reg *reg)
{
	int agent, r;

	if (!gumad.link || f->port->index < 0)
		return -EIO;
	agent = kmad_register(f->port->kmad, f->number, reg);
	if (agent < 0)
		return agent;
	r = gumad_link_register(gumad.link, (unsigned int)f->port->index, f->client,
				(uint16_t)agent, reg);
	if (r < 0) {
		kmad_unregister(f->port->kmad, f->number, (unsigned int)agent);
		return r;
	}
	f->agent[agent].used = true;
	f->agent[agent].reg = *reg;
	return agent;
}

/* The agent's number in the file or -errno. */
static int file_register(int portid, const struct kmad_reg *reg)
{
	struct gumad_guard guard = gumad_lock();
	struct gumad_file *f = gumad_file_find(portid);
	uint64_t asked, serial = f ? f->serial : 0;
	int agent = -EBADF;

	while (f) {
		gumad_call_begin(&guard, &asked);
		f = gumad_file_again(portid, serial);
		agent = f ? register_once(f, reg) : -EBADF;
		if (!gumad_call_again(asked) || agent >= 0)
			break;
	}
	gumad_unlock(guard);
	return agent;
}

static int register_v1(int portid, struct kmad_reg *reg, const long *method_mask)
{
	int r;

	if (method_mask)
		memcpy(reg->method_mask, method_mask, sizeof(reg->method_mask));
	reg->qp0 = wire_class_is_smp(reg->mgmt_class);
	r = file_register(portid, reg);
	if (r >= 0)
		return r;
	errno = -r;
	return -EPERM;
}

int umad_register(int portid, int mgmt_class, int mgmt_version, uint8_t rmpp_version,
		  long method_mask[16 / sizeof(long)])
{
	struct kmad_reg reg = {
		.mgmt_class = (uint8_t)mgmt_class,
		.mgmt_class_version = (uint8_t)mgmt_version,
		.rmpp_version = rmpp_version,
	};

	memcpy(reg.oui, openib_oui, sizeof(reg.oui));
	return register_v1(portid, &reg, method_mask);
}

int umad_register_oui(int portid, int mgmt_class, uint8_t rmpp_version, uint8_t oui[3],
		      long method_mask[16 / sizeof(long)])
{
	struct kmad_reg reg = {
		.mgmt_class = (uint8_t)mgmt_class,
		.mgmt_class_version = 1,
		.rmpp_version = rmpp_version,
	};

	if (mgmt_class != (uint8_t)mgmt_class || !wire_class_has_oui((uint8_t)mgmt_class))
		return -EINVAL;
	memcpy(reg.oui, oui, sizeof(reg.oui));
	return register_v1(portid, &reg, method_mask);
}

int umad_register2(int portid, struct umad_reg_attr *attr, uint32_t *agent_id)
{
	struct kmad_reg reg = {0};
	int r;

	if (!attr || !agent_id)
		return EINVAL;
	if (wire_class_has_oui(attr->mgmt_class) && (!(attr->oui & 0xffffff) || attr->oui >> 24))
		return EINVAL;
	reg.mgmt_class = attr->mgmt_class;
	reg.mgmt_class_version = attr->mgmt_class_version;
	reg.rmpp_version = attr->rmpp_version;
	reg.user_rmpp = attr->flags & UMAD_USER_RMPP;
	reg.qp0 = wire_class_is_smp(attr->mgmt_class);
	reg.oui[0] = (uint8_t)(attr->oui >> 16);
	reg.oui[1] = (uint8_t)(attr->oui >> 8);
	reg.oui[2] = (uint8_t)attr->oui;
	memcpy(reg.method_mask, attr->method_mask, sizeof(reg.method_mask));
	/* user_mad.c refuses all flags but one, and OUIs wider than 24 bits */
	r = attr->flags & ~(uint32_t)UMAD_USER_RMPP || attr->oui >> 24
		    ? -EINVAL
		    : file_register(portid, &reg);
	if (r >= 0) {
		*agent_id = (uint32_t)r;
		return 0;
	}
	if (r == -EINVAL)
		attr->flags = 0;
	errno = -r;
	return -r;
}

int umad_unregister(int portid, int agentid)
{
	struct gumad_guard guard = gumad_lock();
	struct gumad_file *f = gumad_file_find(portid);
	int r = f ? -EINVAL : -EBADF;

	if (f && agentid >= 0 && agentid < KMAD_MAX_AGENTS && f->agent[agentid].used) {
		f->agent[agentid].used = false;
		r = kmad_unregister(f->port->kmad, f->number, (unsigned int)agentid);
		if (gumad.link && f->port->index >= 0)
			gumad_link_unregister(gumad.link, (unsigned int)f->port->index, f->client,
					      (uint16_t)agentid);
	}
	gumad_settle();
	gumad_unlock(guard);
	if (!r)
		return 0;
	errno = -r;
	return -1;
}
