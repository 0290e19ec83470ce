/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "mad-proxy/io/audit.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>

#include "wire/names.h"

/* The ids were made with `systemd-id128 new` and never change: operators filter by them. */
const struct io_audit_event io_audit_events[AUDIT_EVENTS] = {
	[AUDIT_ATTACH] = {"attach", "c8dfe7147a4e4610a7eb30ae9c62d3d9"},
	[AUDIT_DETACH] = {"detach", "2ab26a1c86094ad18c6eaf8c27b8bcf6"},
	[AUDIT_SESSION_KILL] = {"session-kill", "9fe4c92f3c80406fab1a490f3bca7aef"},
	[AUDIT_MAD] = {"mad", "a1307fde48194dfd85d4ce58eec3aa54"},
	[AUDIT_REGISTER] = {"register", "164e3a6bb61a4163b5ebf03029045c86"},
	[AUDIT_HELD] = {"held", "0ba8f47e0ee140789d7ef4dfb1c25956"},
	[AUDIT_LOST] = {"lost", "7408f7197e5d4e82b33671dc8acdf108"},
	[AUDIT_PORT] = {"port", "9cd990d56ea74213b7914c46a76946c0"},
	[AUDIT_POLICY] = {"policy", "84ae12f70ab149da9213be2d1d198ff9"},
	[AUDIT_DEVICE] = {"device", "29b1860949534d3e9f33a106fdfc6ce9"},
};

int io_audit_priority(const struct audit_record *record)
{
	if (record->event == AUDIT_SESSION_KILL || record->event == AUDIT_LOST ||
	    (record->event == AUDIT_DEVICE && record->verdict == AUDIT_REFUSE))
		return LOG_WARNING;
	if (record->event == AUDIT_POLICY && record->verdict == AUDIT_REFUSE)
		return LOG_ERR;
	if (record->verdict == AUDIT_REFUSE || record->event == AUDIT_PORT)
		return LOG_NOTICE;
	return LOG_INFO;
}

void io_audit_escape(GString *out, const char *text)
{
	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;

		if (c >= 0x20 && c < 0x7f && c != '\\')
			g_string_append_c(out, (char)c);
		else
			g_string_append_printf(out, "\\x%02x", c);
	}
}

static void append_gid(GString *out, const uint8_t gid[16])
{
	char text[INET6_ADDRSTRLEN];

	inet_ntop(AF_INET6, gid, text, sizeof(text));
	g_string_append(out, text);
}

/* A name from wire/names.h, or the number if it has none. buf holds the number. */
#define NUMBER_BYTES 16

static const char *name_or_number(const char *name, unsigned int number, int digits,
				  char buf[NUMBER_BYTES])
{
	if (strcmp(name, "Unknown") != 0)
		return name;
	snprintf(buf, NUMBER_BYTES, "0x%0*x", digits, number);
	return buf;
}

struct mad_names {
	const char *mgmt_class, *method, *attribute;
	char buf[3][NUMBER_BYTES];
};

static void mad_names(struct mad_names *names, const struct audit_record *r)
{
	names->mgmt_class =
		name_or_number(wire_class_name(r->mgmt_class), r->mgmt_class, 2, names->buf[0]);
	names->method = name_or_number(wire_method_name(r->mgmt_class, r->method), r->method, 2,
				       names->buf[1]);
	names->attribute = name_or_number(wire_attribute_name(r->mgmt_class, r->attribute),
					  r->attribute, 4, names->buf[2]);
}

/* A registration has a class and many methods but no attribute. */
static bool record_has_attribute(const struct audit_record *r)
{
	return r->event != AUDIT_REGISTER;
}

/* "SA GetTable PathRecord" */
static void append_mad(GString *out, const struct audit_record *r)
{
	struct mad_names names = {0};

	mad_names(&names, r);
	if (record_has_attribute(r))
		g_string_append_printf(out, "%s %s %s", names.mgmt_class, names.method,
				       names.attribute);
	else
		g_string_append_printf(out, "class %s", names.mgmt_class);
}

/* A directed route as infiniband-diags print it: 0, then the egress port of each hop. */
static void append_path(GString *out, const struct audit_record *r)
{
	g_string_append_c(out, '0');
	for (unsigned int hop = 1; hop <= r->peer_hops; hop++)
		g_string_append_printf(out, ",%u", r->peer_path[hop]);
}

/* " to LID 7", " along 0,1, port 3" */
static void append_where(GString *out, const struct audit_record *r)
{
	if (r->peer_lid)
		g_string_append_printf(out, " to LID %u", r->peer_lid);
	if (r->peer_path_set) {
		g_string_append(out, " along ");
		append_path(out, r);
	}
	if (r->peer_port)
		g_string_append_printf(out, ", port %u", r->peer_port);
	if (r->peer_gid_set) {
		g_string_append(out, " to GID ");
		append_gid(out, r->peer_gid);
	}
}

/* The object of the sentence, after the guest's name. */
static void append_subject(GString *out, const struct audit_record *r)
{
	static const char *const verb[AUDIT_EVENTS][3] = {
		[AUDIT_ATTACH] = {"attached", "attach refused", "attach"},
		[AUDIT_DETACH] = {"detached", "detached", "detached"},
		[AUDIT_SESSION_KILL] = {"session closed", "session closed", "session closed"},
		[AUDIT_MAD] = {"allowed", "refused", "seen"},
		[AUDIT_REGISTER] = {"registration allowed", "registration refused", "registered"},
		[AUDIT_HELD] = {"requests wait", "requests wait", "requests wait"},
		[AUDIT_LOST] = {"answers lost", "answers lost", "answers lost"},
		[AUDIT_PORT] = {"port", "port", "port"},
		[AUDIT_POLICY] = {"policy loaded", "policy refused", "policy"},
		[AUDIT_DEVICE] = {"connected", "closed", "device"},
	};

	if (r->mad_set) {
		append_mad(out, r);
		append_where(out, r);
		if (r->service_id_set)
			g_string_append_printf(out, " service 0x%016" PRIx64, r->service_id);
		if (r->mgid_set) {
			g_string_append(out, " MGID ");
			append_gid(out, r->mgid);
		}
		g_string_append(out, ": ");
	}
	if (r->device_set)
		g_string_append_printf(out, "device %u of domain %u", r->handle, r->domid);
	if (r->device_set && r->verdict == AUDIT_INFO)
		return; /* the detail is the whole object */
	g_string_append_printf(out, "%s%s", r->device_set ? " " : "", verb[r->event][r->verdict]);
}

char *io_audit_message(const struct audit_record *r, const char *port_name)
{
	GString *out = g_string_new(NULL);

	if (r->guest) {
		g_string_append(out, "guest ");
		io_audit_escape(out, r->guest);
		g_string_append(out, ": ");
	}
	append_subject(out, r);
	if (r->event == AUDIT_PORT && port_name)
		g_string_append_printf(out, " %s", port_name);
	if (r->reason != AUDIT_REASON_NONE)
		g_string_append_printf(out, ": %s", audit_reason_text(r->reason));
	if (r->detail) {
		g_string_append(out, ": ");
		io_audit_escape(out, r->detail);
	}
	if (r->rule.file) {
		g_string_append(out, " (");
		io_audit_escape(out, r->rule.file);
		g_string_append_printf(out, ":%u", r->rule.line);
		if (r->rule.key) {
			g_string_append(out, ", ");
			io_audit_escape(out, r->rule.key);
		}
		g_string_append_c(out, ')');
	}
	if (r->repeats)
		g_string_append_printf(out, " and %" PRIu64 " more like it", r->repeats);
	return g_string_free(out, FALSE);
}

static void G_GNUC_PRINTF(2, 3) add(GPtrArray *fields, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	g_ptr_array_add(fields, g_strdup_vprintf(format, ap));
	va_end(ap);
}

static void add_text(GPtrArray *fields, const char *name, const char *value)
{
	GString *s = g_string_new(name);

	g_string_append_c(s, '=');
	io_audit_escape(s, value);
	g_ptr_array_add(fields, g_string_free(s, FALSE));
}

static void add_gid(GPtrArray *fields, const char *name, const uint8_t gid[16])
{
	GString *s = g_string_new(name);

	g_string_append_c(s, '=');
	append_gid(s, gid);
	g_ptr_array_add(fields, g_string_free(s, FALSE));
}

static void add_mad(GPtrArray *fields, const struct audit_record *r)
{
	struct mad_names names = {0};

	mad_names(&names, r);
	add(fields, "IBGATE_CLASS=%s", names.mgmt_class);
	if (!record_has_attribute(r))
		return;
	add(fields, "IBGATE_METHOD=%s", names.method);
	add(fields, "IBGATE_ATTRIBUTE=%s", names.attribute);
}

GPtrArray *io_audit_fields(const struct audit_record *r, const char *port_name)
{
	static const char *const verdict[] = {[AUDIT_ALLOW] = "allow", [AUDIT_REFUSE] = "refuse"};
	GPtrArray *fields = g_ptr_array_new_with_free_func(g_free);
	g_autofree char *message = io_audit_message(r, port_name);

	add(fields, "MESSAGE=%s", message);
	add(fields, "MESSAGE_ID=%s", io_audit_events[r->event].message_id);
	add(fields, "PRIORITY=%d", io_audit_priority(r));
	add(fields, "IBGATE_EVENT=%s", io_audit_events[r->event].name);
	if (r->guest)
		add_text(fields, "IBGATE_GUEST", r->guest);
	if (port_name)
		add_text(fields, "IBGATE_PORT", port_name);
	if (r->verdict != AUDIT_INFO)
		add(fields, "IBGATE_VERDICT=%s", verdict[r->verdict]);
	if (r->reason != AUDIT_REASON_NONE)
		add(fields, "IBGATE_REASON=%s", audit_reason_text(r->reason));
	if (r->mad_set)
		add_mad(fields, r);
	if (r->rule.file) {
		g_autofree char *rule = g_strdup_printf("%s:%u", r->rule.file, r->rule.line);

		add_text(fields, "IBGATE_RULE", rule);
	}
	if (r->service_id_set)
		add(fields, "IBGATE_SERVICE_ID=0x%016" PRIx64, r->service_id);
	if (r->mgid_set)
		add_gid(fields, "IBGATE_MGID", r->mgid);
	if (r->peer_lid)
		add(fields, "IBGATE_PEER_LID=%u", r->peer_lid);
	if (r->peer_path_set) {
		g_autoptr(GString) path = g_string_new("IBGATE_PEER_PATH=");

		append_path(path, r);
		add(fields, "%s", path->str);
	}
	if (r->peer_gid_set)
		add_gid(fields, "IBGATE_PEER_GID", r->peer_gid);
	if (r->device_set) {
		add(fields, "IBGATE_DOMID=%u", r->domid);
		add(fields, "IBGATE_HANDLE=%u", r->handle);
	}
	if (r->repeats)
		add(fields, "IBGATE_REPEATS=%" PRIu64, r->repeats);
	return fields;
}
