/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Which domains exist, which guests they are, and which devices they should have. Level-triggered: after
 * any change (a domain appears, ends or is renamed; a node under backend/vib; the policy; xenstored
 * reconnects) one survey (xen_survey.c) reads everything, and differences are corrected. That also removes
 * what a previous gateway process left.
 *
 * A domain is the guest whose section is named as its UUID, otherwise as its name; a name in the form of a
 * UUID is ignored. One domain is one guest: if several have the name (toolstacks other than xl allow that),
 * the one that is the guest already stays it, otherwise the one with the lowest id becomes it; the others
 * get nothing meanwhile. A domain renamed to a name without a section stays its guest until another domain
 * has the old name. This survives a restart of the gateway: B/domain, which no guest can write, records the
 * guest. A domain that becomes a guest and has no device gets one, once: a device that the operator
 * detaches stays away.
 */
#include <errno.h>
#include <string.h>
#include <syslog.h>

#include "mad-proxy/io/journal.h"
#include "mad-proxy/io/xen_priv.h"

/* --- domains --- */

static void domain_free(gpointer data)
{
	struct io_xen_domain *domain = data;

	io_store_watch_free(domain->watch);
	g_free(domain->name);
	g_free(domain->uuid);
	g_free(domain->guest);
	g_free(domain);
}

static void name_changed(void *ctx)
{
	io_xen_survey(((struct io_xen_domain *)ctx)->xen);
}

static struct io_xen_domain *domain_new(struct io_xen *xen, uint32_t domid, bool watched)
{
	struct io_xen_domain *domain = g_new0(struct io_xen_domain, 1);
	struct io_store_watch_params params = {.fired = name_changed, .ctx = domain};
	g_autofree char *path = g_strdup_printf("/local/domain/%u/name", domid);

	domain->xen = xen;
	domain->domid = domid;
	if (watched)
		domain->watch = io_store_watch_new(xen->store, &params, path);
	g_hash_table_insert(xen->domains, GUINT_TO_POINTER(domid), domain);
	return domain;
}

/* The section with that UUID, otherwise with that name, in the current policy; NULL: none. */
static const char *section_of(const struct io_xen *xen, const char *uuid, const char *name)
{
	const struct policy *policy = xen->gate->policy;
	const struct policy_guest *guest = NULL;

	if (uuid && policy_guest_name_is_uuid(uuid))
		guest = policy_find(policy, uuid);
	if (!guest && name && !policy_guest_name_is_uuid(name))
		guest = policy_find(policy, name);
	return guest ? guest->name : NULL;
}

static void set_section(struct io_xen_domain *domain)
{
	domain->section = section_of(domain->xen, domain->uuid, domain->name);
}

/* The guest that the domain claims: after a rename to a name without a section, the one it was. */
static const char *claim_of(const struct io_xen_domain *domain)
{
	if (domain->section)
		return domain->section;
	return domain->guest && policy_find(domain->xen->gate->policy, domain->guest)
		       ? domain->guest
		       : NULL;
}

/* Order of two domains that claim a guest: a section, then being it already, then the lower id. */
static bool comes_before(const struct io_xen_domain *a, const struct io_xen_domain *b,
			 const char *guest)
{
	const bool a_is = g_strcmp0(a->guest, guest) == 0, b_is = g_strcmp0(b->guest, guest) == 0;

	if (!a->section != !b->section)
		return a->section;
	return a_is != b_is ? a_is : a->domid < b->domid;
}

/* The domain that is that guest, of those that claim it; NULL: none. */
static const struct io_xen_domain *first_of(const struct io_xen *xen, const char *guest)
{
	const struct io_xen_domain *first = NULL;
	GHashTableIter iter;
	gpointer value;

	g_hash_table_iter_init(&iter, xen->domains);
	while (g_hash_table_iter_next(&iter, NULL, &value)) {
		if (g_strcmp0(claim_of(value), guest) == 0 &&
		    (!first || comes_before(value, first, guest)))
			first = value;
	}
	return first;
}

const struct io_xen_domain *io_xen_domain_rival(const struct io_xen_domain *domain)
{
	const char *claim = claim_of(domain);
	const struct io_xen_domain *first = claim ? first_of(domain->xen, claim) : NULL;

	return first != domain ? first : NULL;
}

static const char *guest_of(const struct io_xen_domain *domain)
{
	return io_xen_domain_rival(domain) ? NULL : claim_of(domain);
}

/* The devices of a domain, as a copy of the list: calls may free any of them. */
static GPtrArray *devices_of(const struct io_xen *xen, uint32_t domid)
{
	GPtrArray *list = g_ptr_array_new();
	GHashTableIter iter;
	gpointer value;

	g_hash_table_iter_init(&iter, xen->devices);
	while (g_hash_table_iter_next(&iter, NULL, &value)) {
		if (((struct io_xen_device *)value)->domid == domid)
			g_ptr_array_add(list, value);
	}
	return list;
}

/* Takes the next device from such a list; NULL: the list is empty. */
static struct io_xen_device *take_one(GPtrArray *devices)
{
	return devices->len ? g_ptr_array_steal_index_fast(devices, 0) : NULL;
}

static void domain_gone(struct io_xen *xen, uint32_t domid)
{
	g_autoptr(GPtrArray) devices = devices_of(xen, domid);
	struct io_xen_device *device;

	while ((device = take_one(devices)))
		io_xen_device_domain_gone(device);
	g_hash_table_remove(xen->domains, GUINT_TO_POINTER(domid));
}

/* The devices of the previous guest are detached and attached again for the new one. */
static void domain_set_guest(struct io_xen_domain *domain, const char *guest)
{
	enum audit_reason reason = AUDIT_REASON_POLICY_CHANGED;
	g_autoptr(GPtrArray) devices = NULL;
	struct io_xen_device *device;
	char *was = domain->guest;

	if (g_strcmp0(was, guest) == 0)
		return;
	if (g_strcmp0(was, claim_of(domain)) == 0 && io_xen_domain_rival(domain))
		reason = AUDIT_REASON_ANOTHER_DOMAIN;
	else if (was && policy_find(domain->xen->gate->policy, was))
		reason = AUDIT_REASON_RENAMED;
	domain->guest = g_strdup(guest);
	g_free(was);
	domain->attached = false;
	devices = devices_of(domain->xen, domain->domid);
	while ((device = take_one(devices))) {
		/* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): each is on the list once */
		if (g_strcmp0(device->guest, guest) != 0)
			io_xen_device_detach(device, reason);
	}
}

struct io_xen_domain *io_xen_domain_find(const struct io_xen *xen, const char *word)
{
	g_autofree char *lower = g_ascii_strdown(word, -1);
	const bool is_uuid = policy_guest_name_is_uuid(word);
	struct io_xen_domain *found = NULL;
	GHashTableIter iter;
	gpointer value;
	uint32_t domid;

	if (io_xen_number(word, CHAN_XENBUS_DOMID_MAX, &domid))
		return g_hash_table_lookup(xen->domains, GUINT_TO_POINTER(domid));
	g_hash_table_iter_init(&iter, xen->domains);
	while (g_hash_table_iter_next(&iter, NULL, &value)) {
		struct io_xen_domain *domain = value;

		if (g_strcmp0(is_uuid ? domain->uuid : domain->name, is_uuid ? lower : word) != 0)
			continue;
		if (!found || (!found->guest && (domain->guest || domain->domid < found->domid)))
			found = domain;
	}
	return found;
}

/* --- automatic attach --- */

static void attach_done(struct io_store_request *r)
{
	/* EEXIST: another process made the nodes; ENOENT: the domain is gone again */
	if (r->error < 0 && r->error != -EEXIST && r->error != -ENOENT)
		io_journal_note(LOG_WARNING, "domain %u: cannot be attached: %s", r->tag,
				g_strerror(-r->error));
}

static void domain_attach(struct io_xen_domain *domain)
{
	struct io_store_request *r =
		io_xen_attach_request(domain->xen, domain, 0, 0, attach_done, NULL);

	r->tag = domain->domid;
	domain->attached = true;
	io_store_send(domain->xen->store, r);
}

/* --- the nodes under backend/vib --- */

static void device_found(struct io_xen *xen, uint32_t domid, uint32_t handle,
			 const struct io_xen_domain *domain)
{
	const char *guest = domain->guest ? domain->guest : domain->name ? domain->name : "?";
	struct io_xen_device *device;

	if (g_hash_table_size(xen->devices) >= IO_XEN_DEVICES_MAX) {
		io_journal_note(
			LOG_WARNING,
			"a device of domain %u is not served: the limit of %u devices is reached",
			domid, IO_XEN_DEVICES_MAX);
		return;
	}
	device = io_xen_device_new(xen, domid, handle, guest);
	g_hash_table_insert(xen->devices, io_xen_key(domid, handle), device);
	if (!domain->guest)
		io_xen_device_detach(device, domain->refused ? AUDIT_REASON_ANOTHER_DOMAIN
							     : AUDIT_REASON_NO_SECTION);
}

/* Compares the domain's devices with the listed handles: adds new ones, checks those not listed. */
static void compare_devices(struct io_xen *xen, uint32_t domid, char **handles,
			    const struct io_xen_domain *domain)
{
	g_autoptr(GPtrArray) known = devices_of(xen, domid);

	for (char **name = handles; name && *name; name++) {
		struct io_xen_device *device;
		uint32_t handle;

		if (!io_xen_number(*name, CHAN_XENBUS_HANDLE_MAX, &handle))
			continue;
		device = g_hash_table_lookup(xen->devices, io_xen_key(domid, handle));
		if (device)
			g_ptr_array_remove_fast(known, device);
		else if (!xen->survey_old) /* otherwise perhaps just removed by us */
			device_found(xen, domid, handle, domain);
	}
	/* not listed: read again, it may exist by now */
	for (guint i = 0; i < known->len; i++)
		io_xen_device_look_at_all(g_ptr_array_index(known, i));
}

/* Whether it has a device that belongs to its present guest and is to stay. */
static bool has_device(const struct io_xen_domain *domain)
{
	g_autoptr(GPtrArray) devices = devices_of(domain->xen, domain->domid);

	for (guint i = 0; i < devices->len; i++) {
		const struct io_xen_device *device = g_ptr_array_index(devices, i);

		if (device->back.state != CHAN_BACK_DETACHING &&
		    g_strcmp0(device->guest, domain->guest) == 0)
			return true;
	}
	return false;
}

static void delete_leftover(struct io_xen *xen, uint32_t domid)
{
	struct io_store_request *r = io_store_request_new(NULL, NULL);

	io_store_add(r, IO_STORE_REMOVE, CHAN_XENBUS_BACK_DIR "/%u", domid);
	io_store_send(xen->store, r);
	io_journal_note(LOG_INFO, "domain %u is gone: its devices are deleted from xenstore",
			domid);
}

/* --- results of a survey --- */

/* Stores the name and UUID that are known; conclusions wait until those of all domains are known. */
static void take_facts(struct io_xen *xen, const struct io_xen_seen *seen)
{
	struct io_xen_domain *domain =
		g_hash_table_lookup(xen->domains, GUINT_TO_POINTER(seen->domid));
	bool has_handles = seen->handles && seen->handles[0];

	/* another domain has this id now: the values may be of either */
	if (domain && domain->uuid && seen->uuid && strcmp(domain->uuid, seen->uuid) != 0) {
		domain_gone(xen, seen->domid);
		xen->survey_again = true;
		return;
	}
	if (!domain && seen->hidden && !has_handles)
		return;
	if (!domain) {
		domain = domain_new(xen, seen->domid, !seen->hidden);
		if (seen->was)
			domain->guest = g_strdup(section_of(xen, seen->uuid, seen->was));
	}
	/* a domain that is being destroyed has no name */
	if (seen->name && g_strcmp0(domain->name, seen->name) != 0) {
		g_free(domain->name);
		domain->name = g_strdup(seen->name);
	}
	if (!domain->uuid)
		domain->uuid = g_strdup(seen->uuid);
	set_section(domain);
	if (seen->self_named && !domain->distrusted)
		io_journal_note(LOG_WARNING,
				"domain %u may write its own name or UUID in xenstore: "
				"ibgated ignores them",
				domain->domid);
	domain->distrusted = seen->self_named;
}

/* Logs once that another domain is the guest that this one claims. */
static void note_rival(struct io_xen_domain *domain)
{
	const struct io_xen_domain *rival = io_xen_domain_rival(domain);
	g_autofree char *detail = NULL;
	struct audit_record r = {.event = AUDIT_ATTACH,
				 .verdict = AUDIT_REFUSE,
				 .reason = AUDIT_REASON_ANOTHER_DOMAIN,
				 .port = -1};

	if (rival && !domain->refused) {
		r.guest = domain->section;
		detail = g_strdup_printf("domain %u has the name or UUID of domain %u",
					 domain->domid, rival->domid);
		r.detail = detail;
		io_journal_record(&r, NULL);
	}
	domain->refused = rival != NULL;
}

static void make_right(struct io_xen_domain *domain, const struct io_xen_seen *seen)
{
	struct io_xen *xen = domain->xen;
	bool has_handles = seen->handles && seen->handles[0];

	domain_set_guest(domain, guest_of(domain));
	note_rival(domain);
	compare_devices(xen, seen->domid, seen->handles, domain);
	if (has_device(domain))
		domain->attached = true;
	/* wait for devices that are being removed: the survey after that attaches */
	else if (domain->guest && !domain->attached && !has_handles && !seen->hidden)
		domain_attach(domain);
}

void io_xen_domains_seen(struct io_xen *xen, const GPtrArray *seen)
{
	for (guint i = 0; i < seen->len; i++)
		take_facts(xen, g_ptr_array_index(seen, i));
	for (guint i = 0; i < seen->len; i++) {
		const struct io_xen_seen *s = g_ptr_array_index(seen, i);
		struct io_xen_domain *domain =
			g_hash_table_lookup(xen->domains, GUINT_TO_POINTER(s->domid));

		if (domain)
			make_right(domain, s);
	}
}

static bool is_listed(char **names, uint32_t domid)
{
	uint32_t other;

	for (; names && *names; names++) {
		if (io_xen_number(*names, CHAN_XENBUS_DOMID_MAX, &other) && other == domid)
			return true;
	}
	return false;
}

void io_xen_domains_drop_dead(struct io_xen *xen, char **living, char **with_devices)
{
	g_autoptr(GList) known = g_hash_table_get_keys(xen->domains);

	for (; with_devices && *with_devices; with_devices++) {
		uint32_t domid;

		if (io_xen_number(*with_devices, CHAN_XENBUS_DOMID_MAX, &domid) &&
		    !g_hash_table_contains(xen->domains, GUINT_TO_POINTER(domid)) &&
		    !is_listed(living, domid))
			delete_leftover(xen, domid);
	}
	for (GList *l = known; l; l = l->next) {
		if (!is_listed(living, GPOINTER_TO_UINT(l->data)))
			domain_gone(xen, GPOINTER_TO_UINT(l->data));
	}
}

/* --- watches --- */

static void changed(void *ctx)
{
	io_xen_survey(ctx);
}

/* For the store's thread: false for nodes that the gateway itself writes all the time. */
static bool is_news(const char *path)
{
	static const char *const ours[] = {CHAN_XENBUS_STATE,	   CHAN_XENBUS_ERROR,
					   CHAN_XENBUS_ONLINE,	   CHAN_XENBUS_VERSIONS,
					   CHAN_XENBUS_RING_KINDS, CHAN_XENBUS_MAD_SLOTS};
	const char *last = strrchr(path, '/');

	for (gsize i = 0; last && i < G_N_ELEMENTS(ours); i++) {
		if (strcmp(last + 1, ours[i]) == 0)
			return false;
	}
	return true;
}

void io_xen_domains_policy(struct io_xen *xen)
{
	GHashTableIter iter;
	gpointer value;

	g_hash_table_iter_init(&iter, xen->domains);
	while (g_hash_table_iter_next(&iter, NULL, &value))
		set_section(value);
	g_hash_table_iter_init(&iter, xen->domains);
	while (g_hash_table_iter_next(&iter, NULL, &value))
		domain_set_guest(value, guest_of(value));
}

void io_xen_domains_start(struct io_xen *xen)
{
	struct io_store_watch_params params = {.fired = changed, .ctx = xen};

	xen->domains = g_hash_table_new_full(NULL, NULL, NULL, domain_free);
	xen->introduced = io_store_watch_new(xen->store, &params, "@introduceDomain");
	xen->released = io_store_watch_new(xen->store, &params, "@releaseDomain");
	params.wanted = is_news;
	xen->backends = io_store_watch_new(xen->store, &params, CHAN_XENBUS_BACK_DIR);
}

void io_xen_domains_stop(struct io_xen *xen)
{
	io_xen_survey_stop(xen);
	io_store_watch_free(xen->introduced);
	io_store_watch_free(xen->released);
	io_store_watch_free(xen->backends);
	g_hash_table_unref(xen->domains);
}
