/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Declarations shared by the files of xen.h. */
#pragma once

#include "mad-proxy/io/gateway.h"
#include "mad-proxy/io/xen.h"
#include "mad-proxy/io/xen_device.h"
#include "mad-proxy/io/xen_store.h"

#define IO_XEN_DEVICES_MAX 1024

/* A command of the operator that is not finished yet. */
struct io_xen_wait {
	struct io_xen *xen;
	char *guest; /* detach: the guest */
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
	char *guest; /* NULL: no guest of the policy, or another domain is that guest */
	bool refused; /* the journal says already that another domain is its guest */
	bool distrusted; /* the journal says already that it may write its own name */
	bool attached; /* it got a device since it became this guest */
	struct io_store_watch *watch; /* of its name; NULL: this domain may not read that */
};

struct io_xen {
	struct io_gateway *gate;
	struct io_store *store;
	uint32_t self; /* id of the gateway's own domain */
	bool hidden; /* this domain may not read the list of domains, or their names */
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
/* Deletes F and B of a device, and the directory above B if it is empty. */
void io_xen_delete_nodes(struct io_xen *xen, uint32_t domid, uint32_t handle);
/* Frees a device, and answers commands that waited for its end. */
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
	char *was; /* its name when an earlier gateway attached it; NULL: not known */
	char **handles; /* under backend/vib; NULL: none */
	bool hidden; /* this domain may not read its name */
	bool self_named; /* the domain may write its name, or what its UUID is read from */
};
/* Starts a survey of all domains and of backend/vib soon, which makes and removes devices as needed. */
void io_xen_survey(struct io_xen *xen);
void io_xen_survey_stop(struct io_xen *xen);

/* --- xen_domains.c --- */
void io_xen_domains_start(struct io_xen *xen);
void io_xen_domains_stop(struct io_xen *xen);
/* Finds the section of each domain in the current policy. */
void io_xen_domains_policy(struct io_xen *xen);
/* Results of a survey: the domains that exist or have devices; then the facts of each (struct io_xen_seen). */
void io_xen_domains_drop_dead(struct io_xen *xen, char **living, char **with_devices);
void io_xen_domains_seen(struct io_xen *xen, const GPtrArray *seen);
/* A domain by id, UUID or name (of several with that name the one that is a guest); NULL: none. */
struct io_xen_domain *io_xen_domain_find(const struct io_xen *xen, const char *word);
/* The other domain that is served as this domain's guest; NULL: none. */
const struct io_xen_domain *io_xen_domain_rival(const struct io_xen_domain *domain);
