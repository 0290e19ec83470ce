/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Which agent receives unsolicited MADs: an owner record for each class version, class and (vendor range 2)
 * OUI that an agent registered, with the agent of each method. As in mad.c: a class table per version, 8
 * OUIs per vendor class, directed-route SMPs are a class of their own.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "guest-umad/kmad_priv.h"

#define METHODS 128 /* IB_MGMT_MAX_METHODS */
#define CLASSES 0x50 /* MAX_MGMT_CLASS */
#define CLASS_VERSIONS 0x83 /* MAX_MGMT_VERSION */
#define OUIS 8 /* MAX_MGMT_OUI */
#define VENDOR_OUI_OFFSET 37

struct kmad_owner {
	LIST_ENTRY(kmad_owner) link;
	uint8_t mgmt_class;
	uint8_t class_version;
	uint8_t oui[3];
	unsigned int agents; /* agents registered here, including those without methods */
	struct kmad_agent *method[METHODS];
};

/* ib_register_mad_agent, "Validate MAD registration request". */
static bool reg_is_valid(const struct kmad_reg *reg)
{
	static const uint8_t no_oui[3];

	if (reg->rmpp_version && reg->rmpp_version != WIRE_RMPP_VERSION)
		return false;
	if (!reg->mgmt_class)
		return !reg->user_rmpp;
	if (reg->mgmt_class_version >= CLASS_VERSIONS)
		return false;
	if (reg->mgmt_class >= CLASSES && reg->mgmt_class != WIRE_CLASS_SUBN_DR)
		return false;
	if (wire_class_has_oui(reg->mgmt_class) && !memcmp(reg->oui, no_oui, 3))
		return false;
	if (reg->rmpp_version && !wire_class_has_rmpp(reg->mgmt_class))
		return false;
	return reg->qp0 == wire_class_is_smp(reg->mgmt_class);
}

static struct kmad_owner *owner_find(const struct kmad *k, uint8_t mgmt_class, uint8_t version,
				     const uint8_t *oui)
{
	struct kmad_owner *o;

	LIST_FOREACH (o, &k->owners, link)
		if (o->mgmt_class == mgmt_class && o->class_version == version &&
		    (!wire_class_has_oui(mgmt_class) || !memcmp(o->oui, oui, 3)))
			return o;
	return NULL;
}

static unsigned int owner_ouis(const struct kmad *k, uint8_t mgmt_class, uint8_t version)
{
	struct kmad_owner *o;
	unsigned int n = 0;

	LIST_FOREACH (o, &k->owners, link)
		n += o->mgmt_class == mgmt_class && o->class_version == version;
	return n;
}

static struct kmad_owner *owner_new(struct kmad *k, const struct kmad_reg *reg)
{
	struct kmad_owner *o;

	if (wire_class_has_oui(reg->mgmt_class) &&
	    owner_ouis(k, reg->mgmt_class, reg->mgmt_class_version) >= OUIS)
		return NULL;
	o = calloc(1, sizeof(*o));
	if (!o)
		return NULL;
	o->mgmt_class = reg->mgmt_class;
	o->class_version = reg->mgmt_class_version;
	if (wire_class_has_oui(reg->mgmt_class))
		memcpy(o->oui, reg->oui, 3);
	LIST_INSERT_HEAD(&k->owners, o, link);
	return o;
}

static bool mask_has(const struct kmad_reg *reg, unsigned int method)
{
	return reg->method_mask[method / 32] >> (method % 32) & 1;
}

int kmad_owner_take(struct kmad *k, struct kmad_agent *agent)
{
	const struct kmad_reg *reg = &agent->reg;
	struct kmad_owner *o;
	unsigned int m;

	if (!reg_is_valid(reg))
		return -EINVAL;
	agent->owner = NULL;
	if (!reg->mgmt_class)
		return 0;
	o = owner_find(k, reg->mgmt_class, reg->mgmt_class_version, reg->oui);
	if (!o)
		o = owner_new(k, reg);
	if (!o)
		return -ENOMEM;
	for (m = 0; m < METHODS; m++)
		if (mask_has(reg, m) && o->method[m])
			return -EINVAL;
	for (m = 0; m < METHODS; m++)
		if (mask_has(reg, m))
			o->method[m] = agent;
	o->agents++;
	agent->owner = o;
	return 0;
}

void kmad_owner_release(struct kmad_agent *agent)
{
	struct kmad_owner *o = agent->owner;
	unsigned int m;

	if (!o)
		return;
	for (m = 0; m < METHODS; m++)
		if (o->method[m] == agent)
			o->method[m] = NULL;
	agent->owner = NULL;
	if (--o->agents == 0) {
		LIST_REMOVE(o, link);
		free(o);
	}
}

struct kmad_agent *kmad_owner_find(const struct kmad *k, const uint8_t *mad)
{
	const struct kmad_owner *o;

	o = owner_find(k, wire_mad_class(mad), wire_mad_class_version(mad),
		       mad + VENDOR_OUI_OFFSET);
	return o ? o->method[wire_mad_method(mad) & (METHODS - 1)] : NULL;
}
