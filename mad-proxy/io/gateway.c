/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "mad-proxy/io/gateway.h"

#include <assert.h>
#include <errno.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <syslog.h>

#include "mad-proxy/io/clock.h"
#include "mad-proxy/io/effects.h"
#include "mad-proxy/io/journal.h"
#include "policy/policy_file.h"

/*
 * While waits are short, a turn waits for the next MAD itself; GLib's other sources (the control socket,
 * timers of a second) wait for that long.
 */
#define IO_TURN_NS 10000000
#define IO_WAIT_MS 2
#define IO_LOOK_NS 100000 /* longest poll: a fabric round trip in which peers wake up */
#define IO_SHORT_WAITS 4 /* a single request and its answer are two */

#define PORT_POLL_S 1

/* --- stepping --- */

void io_gateway_queue(struct io_gateway *gate, const struct io_pending *pending)
{
	g_array_append_vals(gate->pending, pending, 1);
}

static void step_one(struct io_gateway *gate, const struct proxy_event *event)
{
	gate->handled++;
	proxy_step(gate->core, event, gate->now, &gate->effects);
	io_effects_run(gate);
}

void io_gateway_step(struct io_gateway *gate, const struct proxy_event *event)
{
	assert(!gate->stepping);
	gate->stepping = true;
	step_one(gate, event);
	/* The array may grow and move during a step: use a copy. */
	for (guint i = 0; i < gate->pending->len; i++) {
		struct io_pending next = g_array_index(gate->pending, struct io_pending, i);

		if (next.event.kind == PROXY_EV_PORT_MAD)
			next.event.port_mad.mad = next.mad;
		step_one(gate, &next.event);
	}
	g_array_set_size(gate->pending, 0);
	gate->stepping = false;
}

/* --- the source --- */

struct gateway_source {
	GSource base;
	struct io_gateway *gate;
	gpointer tag; /* of the poller's descriptor */
};

/* source_prepare() reads it: this runs on the loop's own thread, so the loop is not asleep. */
void io_gateway_wake(struct io_gateway *gate)
{
	gate->work_left = true;
}

/* Each guest that was ready at the start of the round has one turn, whatever its number of sessions. */
static void guests_turns(struct io_gateway *gate)
{
	for (unsigned int n = gate->ready_count; n > 0; n--) {
		struct io_guest *guest = TAILQ_FIRST(&gate->ready);

		TAILQ_REMOVE(&gate->ready, guest, in_ready);
		guest->is_ready = false;
		gate->ready_count--;
		if (io_guest_turn(guest) && !guest->is_ready) {
			TAILQ_INSERT_TAIL(&gate->ready, guest, in_ready);
			guest->is_ready = true;
			gate->ready_count++;
		}
	}
}

static void tick_if_due(struct io_gateway *gate)
{
	static const struct proxy_event tick = {.kind = PROXY_EV_TICK};

	if (!mono_before(gate->now, gate->unmask_at))
		io_session_unmask_all(gate);
	if (!mono_before(gate->now, gate->resume_at))
		io_guest_resume_due(gate);
	if (!mono_before(gate->now, proxy_deadline(gate->core)))
		io_gateway_step(gate, &tick);
}

static struct mono_ms next_due(const struct io_gateway *gate)
{
	return mono_min(proxy_deadline(gate->core), mono_min(gate->unmask_at, gate->resume_at));
}

/*
 * prepare and check instead of a ready time, and no blocking during dispatch: both would make GLib write to
 * its wake-up descriptor in every turn.
 */
static gboolean source_prepare(GSource *source, gint *ret_timeout_ms)
{
	struct io_gateway *gate = ((struct gateway_source *)source)->gate;
	struct mono_ms due = next_due(gate);
	uint64_t ms;

	*ret_timeout_ms = -1;
	if (gate->work_left)
		return TRUE;
	if (due.ms == MONO_NEVER.ms)
		return FALSE;
	ms = mono_until(io_clock_now(), due);
	*ret_timeout_ms = ms > G_MAXINT ? G_MAXINT : (gint)ms;
	return ms == 0;
}

static gboolean source_check(GSource *source)
{
	struct gateway_source *ours = (struct gateway_source *)source;

	return g_source_query_unix_fd(source, ours->tag) ||
	       !mono_before(io_clock_now(), next_due(ours->gate));
}

/*
 * Handles everything that is ready once; doorbells ring at the end. With nothing ready it waits at most
 * wait_ms. False: nothing was ready.
 */
static bool one_round(struct io_gateway *gate, int wait_ms)
{
	const bool some = io_poller_fetch(&gate->poller, wait_ms) > 0 || !TAILQ_EMPTY(&gate->ready);

	gate->round_ns = io_clock_ns();
	gate->now = io_clock_ms(gate->round_ns);
	io_poller_call(&gate->poller);
	guests_turns(gate);
	tick_if_due(gate);
	io_session_kick_dirty(gate);
	io_session_free_dead(gate);
	return some;
}

/* How long a round may wait in ms. 0: it only polls. */
static int wait_ms(const struct io_gateway *gate)
{
	const uint64_t due = mono_until(gate->now, next_due(gate));

	if (!TAILQ_EMPTY(&gate->ready))
		return 0;
	return due < IO_WAIT_MS ? (int)due : IO_WAIT_MS;
}

static void end_wait(struct io_gateway *gate, uint64_t waited_ns)
{
	struct look_wait wait = {.mads = gate->handled, .now_ns = gate->round_ns};
	struct rusage usage;

	if (waited_ns >= IO_WAIT_MS * UINT64_C(1000000))
		gate->short_waits = 0;
	else if (gate->short_waits < IO_SHORT_WAITS)
		gate->short_waits++;
	wait.was_long = waited_ns > LOOK_LONG_NS;
	if ((wait.was_long || look_needs_clock(&gate->look)) &&
	    getrusage(RUSAGE_THREAD, &usage) == 0)
		wait.preempted = (uint64_t)usage.ru_nivcsw;
	look_learn(&gate->look, &wait);
}

/*
 * The wait between two rounds, and the second round. While waits are short this waits itself: by polling if
 * that succeeded before, then asleep in the poller, one system call instead of GLib's three. False: nothing
 * came; GLib waits.
 */
static bool next_round(struct io_gateway *gate)
{
	const uint64_t before = gate->round_ns;
	bool some = false;

	if (look_first(&gate->look) && TAILQ_EMPTY(&gate->ready)) {
		while (!(some = one_round(gate, 0)) && gate->round_ns - before < IO_LOOK_NS)
			;
	}
	if (!some && gate->short_waits == IO_SHORT_WAITS)
		some = one_round(gate, wait_ms(gate));
	else if (!some)
		some = one_round(gate, 0);
	if (some)
		end_wait(gate, gate->round_ns - before);
	return some;
}

/* One turn: rounds while there is work, up to IO_TURN_NS, since the control socket waits. */
static gboolean source_dispatch(GSource *source, GSourceFunc callback, gpointer data)
{
	struct io_gateway *gate = ((struct gateway_source *)source)->gate;
	const uint64_t before = gate->round_ns;
	uint64_t began;

	if (one_round(gate, 0))
		end_wait(gate, gate->round_ns - before);
	began = gate->round_ns;
	while (next_round(gate) && gate->round_ns - began < IO_TURN_NS)
		;
	gate->work_left = !TAILQ_EMPTY(&gate->ready);
	return G_SOURCE_CONTINUE;
}

static GSourceFuncs source_funcs = {
	.prepare = source_prepare, .check = source_check, .dispatch = source_dispatch};

static void source_make(struct io_gateway *gate)
{
	gate->source = g_source_new(&source_funcs, sizeof(struct gateway_source));
	((struct gateway_source *)gate->source)->gate = gate;
	g_source_set_static_name(gate->source, "gateway");
	g_source_set_can_recurse(gate->source, TRUE);
}

static void source_attach(struct io_gateway *gate)
{
	((struct gateway_source *)gate->source)->tag =
		g_source_add_unix_fd(gate->source, gate->poller.epoll_fd, G_IO_IN);
	g_source_attach(gate->source, NULL);
	io_gateway_wake(gate);
}

/* --- ports --- */

static void mad_from_port(void *ctx, unsigned int port, uint32_t token, uint32_t status,
			  const struct chan_addr *addr, const uint8_t *mad)
{
	struct proxy_event ev = {
		.kind = PROXY_EV_PORT_MAD,
		.port_mad = {
			.port = port, .token = token, .status = status, .addr = *addr, .mad = mad}};

	io_gateway_step(ctx, &ev);
}

static void port_attr(void *ctx, unsigned int port, const struct proxy_port_attr *attr)
{
	struct proxy_event ev = {.kind = PROXY_EV_PORT_ATTR,
				 .port_attr = {.port = port, .attr = attr}};

	io_gateway_step(ctx, &ev);
}

static void port_event(void *ctx, unsigned int port, enum chan_port_event event)
{
	struct proxy_event ev = {.kind = PROXY_EV_PORT_EVENT,
				 .port_event = {.port = port, .event = event}};

	io_gateway_step(ctx, &ev);
}

static void port_state(void *ctx, unsigned int port, int error)
{
	g_autofree char *gone = g_strdup_printf(
		"the device is gone: %s; ibgated looks for it every second", g_strerror(error));
	struct io_gateway *gate = ctx;
	char name[IO_PORT_NAME_BYTES];
	struct audit_record record = {.event = AUDIT_PORT,
				      .verdict = AUDIT_INFO,
				      .port = (int)port,
				      .detail = error ? gone : "the device is back"};

	io_journal_record(&record, io_gateway_port_name(gate, (int)port, name));
}

static void port_reg_lost(void *ctx, unsigned int port, const struct chan_register *what, int error)
{
	char name[IO_PORT_NAME_BYTES];

	io_journal_note(
		LOG_WARNING,
		"port %s is back, but ibgated could not register class 0x%02x there again (%s): "
		"guests that registered it get no requests until they register again",
		io_gateway_port_name(ctx, (int)port, name), what->mgmt_class, g_strerror(error));
}

/* Whether the core expects answers. */
static bool port_expects(void *ctx)
{
	return proxy_in_flight(((struct io_gateway *)ctx)->core) > 0;
}

static const struct io_umad_ops port_ops = {.expects = port_expects,
					    .reg_lost = port_reg_lost,
					    .mad = mad_from_port,
					    .attr = port_attr,
					    .event = port_event,
					    .state = port_state};

const char *io_gateway_port_name(const struct io_gateway *gate, int port,
				 char buf[IO_PORT_NAME_BYTES])
{
	if (port < 0 || port >= (int)gate->ports)
		return NULL;
	snprintf(buf, IO_PORT_NAME_BYTES, "%s/%u", gate->port[port].ca_name,
		 gate->port[port].port_num);
	return buf;
}

static gboolean ports_timer(gpointer data)
{
	struct io_gateway *gate = data;
	struct io_guest *guest;
	GHashTableIter iter;

	gate->now = io_clock_now();
	for (unsigned int i = 0; i < gate->ports; i++)
		io_umad_port_poll(&gate->port[i]);
	g_hash_table_iter_init(&iter, gate->guests);
	while (g_hash_table_iter_next(&iter, NULL, (gpointer *)&guest))
		io_guest_listen(guest);
	io_gateway_wake(gate);
	return G_SOURCE_CONTINUE;
}

static gboolean ports_open(struct io_gateway *gate, GError **error)
{
	gate->ports = (unsigned int)gate->policy->port_count;
	gate->port = g_new0(struct io_umad_port, gate->ports);
	for (unsigned int i = 0; i < gate->ports; i++) {
		const struct policy_port *p = &gate->policy->port[i];

		io_umad_port_init(&gate->port[i], &port_ops, gate, &gate->poller, i, p->ca_name,
				  p->port_num);
	}
	for (unsigned int i = 0; i < gate->ports; i++) {
		struct io_umad_port *port = &gate->port[i];
		int rc = io_umad_port_open(port);

		if (rc < 0) {
			g_set_error(error, G_FILE_ERROR, g_file_error_from_errno(-rc),
				    "cannot open port %s/%u: %s (is the adapter there, ib_umad "
				    "loaded, and this user allowed to open it?)",
				    port->ca_name, port->port_num, g_strerror(-rc));
			return FALSE;
		}
		port_attr(gate, i, &port->attr);
	}
	return TRUE;
}

/* --- guests --- */

static void guest_free(gpointer data)
{
	io_guest_free(data);
}

/* Creates the guests of the policy that do not exist yet. */
static void guests_make(struct io_gateway *gate)
{
	for (size_t i = 0; i < gate->policy->guest_count; i++) {
		const char *name = gate->policy->guest[i]->name;
		struct io_guest *guest;

		if (g_hash_table_contains(gate->guests, name))
			continue;
		guest = io_guest_new(gate, name);
		g_hash_table_insert(gate->guests, guest->name, guest);
	}
}

static gboolean same_ports(const struct policy *a, const struct policy *b)
{
	if (a->port_count != b->port_count)
		return FALSE;
	for (size_t i = 0; i < a->port_count; i++) {
		if (strcmp(a->port[i].ca_name, b->port[i].ca_name) != 0 ||
		    a->port[i].port_num != b->port[i].port_num)
			return FALSE;
	}
	return TRUE;
}

static gboolean guest_is_gone(gpointer name, gpointer guest, gpointer policy)
{
	return !policy_find(policy, name);
}

gboolean io_gateway_set_policy(struct io_gateway *gate, struct policy *policy, GError **error)
{
	struct proxy_event ev = {.kind = PROXY_EV_POLICY};
	struct policy *old = gate->policy;

	if (!same_ports(old, policy)) {
		g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_INVAL,
			    "%s: [gateway] port: the ports are fixed while ibgated runs; restart "
			    "it to change them",
			    policy->file);
		return FALSE;
	}
	gate->now = io_clock_now();
	gate->policy = policy;
	ev.policy.policy = policy;
	io_gateway_step(gate, &ev);
	g_hash_table_foreach_remove(gate->guests, guest_is_gone, policy);
	guests_make(gate);
	io_xen_policy_changed(gate->xen);
	policy_free(old);
	return TRUE;
}

unsigned int io_gateway_sessions(const struct io_gateway *gate, const char *name)
{
	struct io_guest *guest = g_hash_table_lookup(gate->guests, name);
	struct io_session *session;
	unsigned int count = 0;

	if (!guest)
		return 0;
	TAILQ_FOREACH (session, &guest->sessions, in_guest)
		count++;
	return count;
}

unsigned int io_gateway_detach(struct io_gateway *gate, const char *name)
{
	struct io_guest *guest = g_hash_table_lookup(gate->guests, name);
	struct io_session *session;
	unsigned int count = 0;

	if (!guest)
		return 0;
	gate->now = io_clock_now();
	while ((session = TAILQ_FIRST(&guest->sessions))) {
		io_session_detach(session, AUDIT_REASON_OPERATOR);
		count++;
	}
	return count;
}

/* --- start and end --- */

static gboolean make_run_dirs(const char *run_dir, GError **error)
{
	g_autofree char *guests = g_build_filename(run_dir, "guests", NULL);

	if (g_mkdir_with_parents(guests, 0755) == 0)
		return TRUE;
	g_set_error(error, G_FILE_ERROR, g_file_error_from_errno(errno), "cannot make %s: %s",
		    guests, g_strerror(errno));
	return FALSE;
}

static gboolean core_start(struct io_gateway *gate, const struct io_gateway_params *params,
			   GError **error)
{
	struct proxy_params core = {.ports = (unsigned int)gate->policy->port_count,
				    .max_sessions = params->max_sessions,
				    .max_sessions_per_guest = params->max_sessions_per_guest,
				    .policy = gate->policy};

	if (core.ports == 0 || core.ports > PROXY_MAX_PORTS) {
		g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_INVAL,
			    "%s: [gateway] port must name 1 to %d ports", gate->policy->file,
			    PROXY_MAX_PORTS);
		return FALSE;
	}
	/* The ids must differ from those of the previous gateway process. */
	if (getrandom(&core.seed, sizeof(core.seed), 0) != sizeof(core.seed) ||
	    getrandom(&core.hash, sizeof(core.hash), 0) != sizeof(core.hash)) {
		g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_FAILED, "getrandom: %s",
			    g_strerror(errno));
		return FALSE;
	}
	gate->core = proxy_core_new(&core);
	gate->effects.fx = g_new0(struct proxy_effect, PROXY_MAX_EFFECTS);
	if (gate->core)
		return TRUE;
	g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_NOMEM, "not enough memory for %u sessions",
		    core.max_sessions);
	return FALSE;
}

static void restored(void *ctx, const struct proxy_state *state)
{
	struct proxy_event ev = {.kind = PROXY_EV_STATE, .state = *state};

	io_gateway_step(ctx, &ev);
}

/* The state of the previous gateway process, if it served the same ports. */
static gboolean state_open(struct io_gateway *gate, const char *dir, GError **error)
{
	static const struct proxy_event end = {.kind = PROXY_EV_STATE_END};
	g_autoptr(GString) whose = g_string_new(NULL);

	for (unsigned int i = 0; i < gate->ports; i++)
		g_string_append_printf(whose, "%s/%u %016" G_GINT64_MODIFIER "x;",
				       gate->port[i].ca_name, gate->port[i].port_num,
				       gate->port[i].attr.info.port_guid);
	if (dir) {
		gate->state = io_state_open(dir, whose->str, error);
		if (!gate->state)
			return FALSE;
		io_state_each(gate->state, restored, gate);
	}
	io_gateway_step(gate, &end);
	return TRUE;
}

static gboolean gateway_start(struct io_gateway *gate, const struct io_gateway_params *params,
			      GError **error)
{
	int rc = io_poller_init(&gate->poller);

	if (rc == 0)
		rc = chan_closer_new(&gate->closer);
	if (rc < 0) {
		g_set_error(error, G_FILE_ERROR, g_file_error_from_errno(-rc),
			    "cannot make what a gateway needs: %s", g_strerror(-rc));
		return FALSE;
	}
	if (!make_run_dirs(gate->run_dir, error) || !core_start(gate, params, error) ||
	    !ports_open(gate, error) || !state_open(gate, params->state_dir, error))
		return FALSE;
	guests_make(gate);
	return TRUE;
}

struct io_gateway *io_gateway_new(const struct io_gateway_params *params, GError **error)
{
	struct io_gateway *gate = g_new0(struct io_gateway, 1);

	gate->policy = params->policy;
	gate->run_dir = g_strdup(params->run_dir);
	gate->started = gate->now = io_clock_now();
	gate->poller.epoll_fd = -1;
	gate->guests = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, guest_free);
	gate->sessions = g_hash_table_new(g_int_hash, g_int_equal);
	gate->pending = g_array_new(FALSE, FALSE, sizeof(struct io_pending));
	TAILQ_INIT(&gate->ready);
	TAILQ_INIT(&gate->dirty);
	TAILQ_INIT(&gate->masked);
	TAILQ_INIT(&gate->paused);
	gate->unmask_at = gate->resume_at = MONO_NEVER;
	TAILQ_INIT(&gate->dead);
	source_make(gate);
	if (!gateway_start(gate, params, error)) {
		io_gateway_free(gate);
		return NULL;
	}
	source_attach(gate);
	gate->port_timer = g_timeout_add_seconds(PORT_POLL_S, ports_timer, gate);
	if (params->xen)
		gate->xen = io_xen_new(gate);
	return gate;
}

void io_gateway_free(struct io_gateway *gate)
{
	static const struct proxy_event stop = {.kind = PROXY_EV_STOP};

	if (!gate)
		return;
	if (gate->port_timer)
		g_source_remove(gate->port_timer);
	io_xen_free(gate->xen);
	g_hash_table_unref(gate->guests);
	io_session_free_dead(gate);
	chan_closer_free(gate->closer);
	if (gate->core)
		io_gateway_step(gate, &stop);
	for (unsigned int i = 0; i < gate->ports; i++)
		io_umad_port_fini(&gate->port[i]);
	g_source_destroy(gate->source);
	g_source_unref(gate->source);
	io_poller_fini(&gate->poller);
	proxy_core_free(gate->core);
	io_state_close(gate->state);
	policy_free(gate->policy);
	g_hash_table_unref(gate->sessions);
	g_array_unref(gate->pending);
	g_free(gate->effects.fx);
	g_free(gate->port);
	g_free(gate->run_dir);
	g_free(gate);
}
