/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "mad-proxy/io/control_commands.h"

#include <stdarg.h>
#include <string.h>
#include <unistd.h>

#include "mad-proxy/io/clock.h"
#include "mad-proxy/io/control_msg.h"
#include "mad-proxy/io/guest_socket.h"
#include "mad-proxy/io/port_attr.h"
#include "mad-proxy/io/reload.h"

static const char *port_state_name(const struct io_umad_port *port)
{
	static const char *const names[] = {"nochange", "down", "init", "armed", "active"};

	if (!port->is_open)
		return "gone";
	return port->attr.info.state < G_N_ELEMENTS(names) ? names[port->attr.info.state] : "?";
}

static GVariant *port_view(const struct io_gateway *gate, unsigned int number)
{
	const struct io_umad_port *port = &gate->port[number];
	const struct chan_port_info *info = &port->attr.info;
	g_autofree char *guid = g_strdup_printf("0x%016" G_GINT64_MODIFIER "x", info->port_guid);
	char name[IO_PORT_NAME_BYTES];

	return g_variant_new_parsed("{'port': <%s>, 'state': <%s>, 'lid': <%u>, 'sm_lid': <%u>, "
				    "'guid': <%s>, 'registrations': <%u>}",
				    io_gateway_port_name(gate, (int)number, name),
				    port_state_name(port), (guint32)info->base_lid,
				    (guint32)info->sm_lid, guid, port->regs->len);
}

static GVariant *do_status(struct io_commands *c, guint64 id, char **args)
{
	struct io_gateway *gate = c->gate;
	GVariantBuilder ports;

	g_variant_builder_init(&ports, G_VARIANT_TYPE("aa{sv}"));
	for (unsigned int i = 0; i < gate->ports; i++)
		g_variant_builder_add_value(&ports, port_view(gate, i));
	return io_control_reply_new(g_variant_new_parsed(
		"{'version': <%s>, 'pid': <%u>, 'uptime_s': <%t>, 'policy': <%s>, 'run_dir': <%s>, "
		"'guests': <%u>, 'sessions': <%u>, 'ports': <%*>}",
		IBGATE_VERSION, (guint32)getpid(), mono_until(gate->started, io_clock_now()) / 1000,
		c->policy_path, gate->run_dir, (guint32)gate->policy->guest_count,
		g_hash_table_size(gate->sessions), g_variant_builder_end(&ports)));
}

/* One device as data; for io_xen_each_device(). */
struct device_list {
	const struct io_gateway *gate;
	const char *guest;
	GVariantBuilder builder;
	guint count;
};

static void add_device(void *ctx, const struct io_xen_view *view)
{
	struct device_list *list = ctx;
	char port[IO_PORT_NAME_BYTES];
	GVariantBuilder d;

	if (strcmp(view->guest, list->guest) != 0)
		return;
	list->count++;
	g_variant_builder_init(&d, G_VARIANT_TYPE_VARDICT);
	g_variant_builder_add(&d, "{sv}", "domid", g_variant_new("u", view->domid));
	g_variant_builder_add(&d, "{sv}", "handle", g_variant_new("u", view->handle));
	g_variant_builder_add(&d, "{sv}", "state", g_variant_new("s", view->state));
	if (view->port >= 0)
		g_variant_builder_add(
			&d, "{sv}", "port",
			g_variant_new("s", io_gateway_port_name(list->gate, view->port, port)));
	g_variant_builder_add_value(&list->builder, g_variant_builder_end(&d));
}

/* Sums over the open sessions of a guest. */
struct guest_sum {
	guint32 sessions, clients, agents;
	guint64 outstanding;
	struct mono_ms since;
};

static void sum_session(void *ctx, const struct proxy_session_view *view)
{
	GHashTable *sums = ctx;
	struct guest_sum *sum = g_hash_table_lookup(sums, view->guest);

	if (!sum) {
		sum = g_new0(struct guest_sum, 1);
		sum->since = MONO_NEVER;
		g_hash_table_insert(sums, (gpointer)view->guest, sum);
	}
	sum->sessions++;
	sum->clients += view->clients;
	sum->agents += view->agents;
	sum->outstanding += view->outstanding;
	sum->since = mono_min(sum->since, view->since);
}

static GVariant *guest_view(const struct io_gateway *gate, const struct policy_guest *guest,
			    GHashTable *sums)
{
	static const struct guest_sum none;
	const struct guest_sum *sum = g_hash_table_lookup(sums, guest->name);
	g_autofree char *socket = io_guest_socket_path(gate->run_dir, guest->name);
	struct device_list devices = {.gate = gate, .guest = guest->name};
	GVariantBuilder d;

	g_variant_builder_init(&devices.builder, G_VARIANT_TYPE("aa{sv}"));
	io_xen_each_device(gate->xen, add_device, &devices);
	g_variant_builder_init(&d, G_VARIANT_TYPE_VARDICT);
	g_variant_builder_add(&d, "{sv}", "guest", g_variant_new("s", guest->name));
	if (devices.count || sum)
		g_variant_builder_add(&d, "{sv}", "substrate",
				      g_variant_new("s", devices.count ? "xen" : "local"));
	g_variant_builder_add(&d, "{sv}", "devices", g_variant_builder_end(&devices.builder));
	g_variant_builder_add(&d, "{sv}", "access",
			      g_variant_new("s", policy_grade_name(guest->grade)));
	if (sum)
		g_variant_builder_add(&d, "{sv}", "attached_s",
				      g_variant_new("t",
						    mono_until(sum->since, io_clock_now()) / 1000));
	else
		sum = &none;
	g_variant_builder_add(&d, "{sv}", "sessions", g_variant_new("u", sum->sessions));
	g_variant_builder_add(&d, "{sv}", "clients", g_variant_new("u", sum->clients));
	g_variant_builder_add(&d, "{sv}", "agents", g_variant_new("u", sum->agents));
	g_variant_builder_add(&d, "{sv}", "outstanding", g_variant_new("t", sum->outstanding));
	g_variant_builder_add(&d, "{sv}", "socket", g_variant_new("s", socket));
	return g_variant_builder_end(&d);
}

static GVariant *do_guests(struct io_commands *c, guint64 id, char **args)
{
	const struct policy *policy = c->gate->policy;
	g_autoptr(GHashTable) sums = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, g_free);
	GVariantBuilder all;

	proxy_each_session(c->gate->core, sum_session, sums);
	g_variant_builder_init(&all, G_VARIANT_TYPE("aa{sv}"));
	for (size_t i = 0; i < policy->guest_count; i++)
		g_variant_builder_add_value(&all, guest_view(c->gate, policy->guest[i], sums));
	return io_control_reply_new(g_variant_builder_end(&all));
}

struct counter_sum {
	const char *guest;
	uint64_t value[PROXY_COUNTERS];
};

static void sum_counters(void *ctx, const struct proxy_session_view *view)
{
	struct counter_sum *sum = ctx;

	if (strcmp(view->guest, sum->guest) != 0)
		return;
	for (int i = 0; i < PROXY_COUNTERS; i++)
		sum->value[i] += view->counter[i];
}

static GVariant *no_such_guest(const struct io_commands *c, const char *guest)
{
	g_autofree char *why =
		g_strdup_printf("no guest '%s' in %s (see: ibgate guests)", guest, c->policy_path);

	return io_control_reply_error(why);
}

/* All sessions of the guest, including closed ones. */
static void sum_guest(const struct io_commands *c, struct counter_sum *sum)
{
	const uint64_t *past = proxy_guest_past(c->gate->core, sum->guest);

	if (past)
		memcpy(sum->value, past, sizeof(sum->value));
	proxy_each_session(c->gate->core, sum_counters, sum);
}

static GVariant *do_counters(struct io_commands *c, guint64 id, char **args)
{
	struct counter_sum sum = {.guest = args[0]};
	const uint64_t *value = sum.value;
	GVariantBuilder counters;
	GVariantBuilder d;

	if (args[0] && !policy_find(c->gate->policy, args[0]))
		return no_such_guest(c, args[0]);
	if (args[0])
		sum_guest(c, &sum);
	else
		value = proxy_totals(c->gate->core);
	g_variant_builder_init(&counters, G_VARIANT_TYPE("a{st}"));
	for (int i = 0; i < PROXY_COUNTERS; i++)
		g_variant_builder_add(&counters, "{st}", proxy_counters[i].name, value[i]);
	g_variant_builder_init(&d, G_VARIANT_TYPE_VARDICT);
	if (args[0])
		g_variant_builder_add(&d, "{sv}", "guest", g_variant_new("s", args[0]));
	g_variant_builder_add(&d, "{sv}", "counters", g_variant_builder_end(&counters));
	return io_control_reply_new(g_variant_builder_end(&d));
}

static GVariant *do_reload(struct io_commands *c, guint64 id, char **args)
{
	g_autoptr(GError) error = NULL;
	g_auto(GStrv) changes = io_reload(c->gate, c->policy_path, &error);

	if (!changes) {
		g_autofree char *text =
			g_strdup_printf("%s\nThe previous policy stays in force.", error->message);

		return io_control_reply_error(text);
	}
	return io_control_reply_new(g_variant_new_parsed("{'changes': <%^as>}", changes));
}

/* A request whose answer comes later. */
struct later {
	struct io_commands *commands;
	guint64 id;
	GVariant *data; /* the answer on success */
};

static void later_done(void *ctx, const char *error)
{
	struct later *later = ctx;

	io_control_reply(later->commands->control, later->id,
			 error ? io_control_reply_error(error) : io_control_reply_new(later->data));
	g_variant_unref(later->data);
	g_free(later);
}

static struct later *later_new(struct io_commands *c, guint64 id)
{
	struct later *later = g_new0(struct later, 1);

	later->commands = c;
	later->id = id;
	return later;
}

static GVariant *do_attach(struct io_commands *c, guint64 id, char **args)
{
	struct io_xen_attach attach = {.domain = args[0],
				       .port = args[1][0] ? args[1] : NULL,
				       .handle = args[2][0] ? args[2] : NULL};
	struct later *later = later_new(c, id);
	g_autofree char *why = NULL;

	if (!io_xen_attach(c->gate->xen, &attach, later_done, later, &why)) {
		g_free(later);
		return io_control_reply_error(why);
	}
	later->data = g_variant_ref_sink(
		g_variant_new_parsed("{'guest': <%s>, 'domid': <%u>, 'handle': <%u>}", attach.guest,
				     attach.domid, attach.handle_number));
	g_free(attach.guest);
	return NULL;
}

static GVariant *do_detach(struct io_commands *c, guint64 id, char **args)
{
	struct later *later;
	guint32 devices, sessions;
	GVariant *data;

	if (!g_hash_table_contains(c->gate->guests, args[0]))
		return no_such_guest(c, args[0]);
	later = later_new(c, id);
	sessions = io_gateway_sessions(c->gate, args[0]);
	devices = io_xen_detach(c->gate->xen, args[0], later_done, later);
	io_gateway_detach(c->gate, args[0]);
	data = g_variant_new_parsed("{'guest': <%s>, 'sessions': <%u>, 'devices': <%u>}", args[0],
				    sessions, devices);
	if (!devices) {
		g_free(later);
		return io_control_reply_new(data);
	}
	later->data = g_variant_ref_sink(data);
	return NULL;
}

static const struct command {
	const char *name;
	guint args_min, args_max;
	GVariant *(*run)(struct io_commands *c, guint64 id, char **args);
} command_table[] = {
	{"status", 0, 0, do_status}, {"guests", 0, 0, do_guests}, {"counters", 0, 1, do_counters},
	{"reload", 0, 0, do_reload}, {"attach", 3, 3, do_attach}, {"detach", 1, 1, do_detach},
};

GVariant *io_commands_answer(void *ctx, guint64 id, const char *command, char **args)
{
	guint count = g_strv_length(args);

	for (gsize i = 0; i < G_N_ELEMENTS(command_table); i++) {
		const struct command *c = &command_table[i];

		if (strcmp(c->name, command) != 0)
			continue;
		if (count < c->args_min || count > c->args_max)
			return io_control_reply_error("wrong number of arguments");
		return c->run(ctx, id, args);
	}
	return io_control_reply_error("unknown command (are ibgate and ibgated of one version?)");
}
