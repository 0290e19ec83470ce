/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the files behind xen.h share. */
#pragma once

#include "mad-proxy/io/gateway.h"
#include "mad-proxy/io/xen.h"
#include "mad-proxy/io/xen_device.h"
#include "mad-proxy/io/xen_store.h"

#define IO_XEN_DEVICES_MAX 1024

/* The operator waits until what was asked is done. */
struct io_xen_wait {
	struct io_xen *xen;
	char *guest; /* detach: whose devices are to go */
	io_xen_done done;
	void *ctx;
	struct io_store_request *request; /* under way, NULL: none */
};

struct io_xen_domain {
	struct io_xen *xen;
	uint32_t domid;
	char *name; /* NULL: it has none yet */
	char *uuid; /* NULL: unknown */
	const char *section; /* of its UUID or name, in the policy in force; NULL: none */
	char *guest; /* NULL: none of the policy's, or another domain is that guest */
	bool refused; /* that another domain is its guest stands in the journal */
	bool distrusted; /* so does that it may write its own name */
	bool attached; /* by ourselves or by others, since it became this guest */
	struct io_store_watch *watch; /* of its name; NULL: that is not ours to see */
};

struct io_xen {
	struct io_gateway *gate;
	struct io_store *store;
	uint32_t self; /* our own domain */
	bool hidden; /* xenstore does not tell us which domains there are, or their names */
	GHashTable *domains; /* domid -> struct io_xen_domain, owned */
	GHashTable *devices; /* io_xen_key() -> struct io_xen_device, owned */
	GPtrArray *waits; /* struct io_xen_wait */
	struct io_store_watch *introduced, *released, *backends;
	struct io_store_request *survey; /* under way, NULL: none */
	GPtrArray *seen; /* struct io_xen_seen: what it has found so far */
	bool survey_again;
	bool survey_old; /* a device was forgotten: what it finds may be of before that */
	bool stopping;
};

static inline gpointer io_xen_key(uint32_t domid, uint32_t handle)
{
	return GUINT_TO_POINTER(domid << 8 | handle);
}

/* --- xen.c --- */
/* Number of the gateway's port of that name, -1: it has none. */
int io_xen_port_of(const struct io_xen *xen, const char *name);
/* F and B of a device, and what holds nothing more above B. */
void io_xen_delete_nodes(struct io_xen *xen, uint32_t domid, uint32_t handle);
/* The device has nothing left to do: freed, and who waited for that is told. */
void io_xen_forget(struct io_xen *xen, struct io_xen_device *device);
/* The transaction that makes a device; the caller sends it. */
struct io_store_request *io_xen_attach_request(struct io_xen *xen,
					       const struct io_xen_domain *domain, uint32_t handle,
					       unsigned int port,
					       void (*done)(struct io_store_request *r), void *ctx);

/* --- xen_survey.c --- */
/* A domain as a survey saw it. */
struct io_xen_seen {
	uint32_t domid;
	char *name, *uuid; /* NULL: not known */
	char *was; /* its name when it was attached, before this gateway began; NULL: not known */
	char **handles; /* under backend/vib; NULL: none */
	bool hidden; /* xenstore does not let us see its name */
	bool self_named; /* the domain may write its name, or what its UUID is read from */
};
/* Looks at all domains and what stands under backend/vib, soon; makes right what is not. */
void io_xen_survey(struct io_xen *xen);
void io_xen_survey_stop(struct io_xen *xen);
/* Strictly as "%u" prints it. */
bool io_xen_number(const char *word, uint32_t max, uint32_t *ret);

/* --- xen_domains.c --- */
void io_xen_domains_start(struct io_xen *xen);
void io_xen_domains_stop(struct io_xen *xen);
/* Whose guests the domains are by the policy in force now. */
void io_xen_domains_policy(struct io_xen *xen);
/* What a survey found: those that live and have devices; then what each is (struct io_xen_seen). */
void io_xen_domains_drop_dead(struct io_xen *xen, char **living, char **with_devices);
void io_xen_domains_seen(struct io_xen *xen, const GPtrArray *seen);
/* By id, UUID or name (of several of that name the one that is a guest); NULL: there is none. */
struct io_xen_domain *io_xen_domain_find(const struct io_xen *xen, const char *word);
/* Which other domain is the guest that this one would be; NULL: none. */
const struct io_xen_domain *io_xen_domain_rival(const struct io_xen_domain *domain);
