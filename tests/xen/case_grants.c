/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Invalid references and event channels. */
#include "tests/xen/hostile.h"

#include <stdio.h>

/* A page in a separate mapping; it stays until the process ends. */
static uint32_t another_page(struct front *f, unsigned int domid, bool writable)
{
	uint32_t ref;

	if (!xengntshr_share_pages(f->shr, domid, 1, &ref, writable))
		out_of_luck("xengntshr_share_pages");
	return ref;
}

/* A domain id other than this domain and its back-end; it need not exist. */
static unsigned int third_domain(const struct front *f)
{
	return f->back_id + 30000;
}

/* With the references and the port of *f. */
static bool try_these(struct front *f)
{
	front_publish(f);
	front_state(f, INITIALISED);
	return true;
}

static bool honest_port(struct front *f)
{
	front_bind(f);
	return try_these(f);
}

bool grant_one_never_made(struct front *f, unsigned long n)
{
	front_share(f);
	f->ref[n % FRONT_PAGES] = 3000;
	return honest_port(f);
}

bool grants_huge(struct front *f, unsigned long n)
{
	front_share(f);
	for (unsigned int i = 0; i < FRONT_PAGES; i++)
		f->ref[i] = 0xffffffff - i;
	return honest_port(f);
}

bool grants_of_another(struct front *f, unsigned long n)
{
	front_share_with(f, third_domain(f), true);
	return honest_port(f);
}

bool grant_one_read_only(struct front *f, unsigned long n)
{
	front_share(f);
	f->ref[n % FRONT_PAGES] = another_page(f, f->back_id, false);
	return honest_port(f);
}

bool grants_revoked(struct front *f, unsigned long n)
{
	front_share(f);
	front_unshare(f);
	return honest_port(f);
}

/* The guest's kernel cannot free them; it waits until the back-end unmaps. */
bool grants_revoked_while_mapped(struct front *f, unsigned long n)
{
	if (!front_connect(f) || !front_hello(f))
		return complain("no connection to begin with");
	front_unshare(f);
	for (unsigned int i = 0; i < 100; i++)
		front_ring_bell(f);
	return back_state(f) == CONNECTED || was_closed(f, ".");
}

/* The second page of the slots is the first one. */
bool grant_twice(struct front *f, unsigned long n)
{
	front_share(f);
	f->ref[2] = f->ref[1];
	return honest_port(f);
}

/* xenstored's port, the first of any guest. */
bool port_taken(struct front *f, unsigned long n)
{
	front_share(f);
	f->port = 1;
	try_these(f);
	f->port = -1; /* not one of ours */
	return true;
}

bool port_of_another(struct front *f, unsigned long n)
{
	front_share(f);
	front_bind_for(f, third_domain(f));
	return try_these(f);
}

bool port_closed(struct front *f, unsigned long n)
{
	if (!front_connect(f) || !front_hello(f))
		return complain("no connection to begin with");
	front_unbind(f);
	/* A slot for which the back-end would ring. */
	if (!front_put(f, &(struct chan_slot){.kind = CHAN_KIND_PORT_QUERY, .client = 1}))
		return complain("no room on the ring");
	return true;
}
