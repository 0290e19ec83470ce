/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Records as text and journal fields, and the catalog that explains them. */
#include <stdio.h>
#include <glib.h>
#include <syslog.h>

#include "mad-proxy/io/audit.h"
#include "wire/mad.h"
#include "tests/unit/test.h"

static const struct audit_record refused_set = {
	.event = AUDIT_MAD,
	.verdict = AUDIT_REFUSE,
	.reason = AUDIT_REASON_SET_NOT_ALLOWED,
	.guest = "alpha",
	.port = 0,
	.mad_set = true,
	.mgmt_class = WIRE_CLASS_SUBN_LID,
	.method = WIRE_METHOD_SET,
	.attribute = 0x15,
	.peer_lid = 9,
	.rule = {.file = "/etc/ibgate/policy.conf", .line = 12, .key = "access"},
	.repeats = 3,
};

/* Value of a field, NULL if it is absent; a field never appears twice. */
static const char *field(GPtrArray *fields, const char *name)
{
	const char *value = NULL;
	size_t len = strlen(name);

	for (guint i = 0; i < fields->len; i++) {
		const char *f = g_ptr_array_index(fields, i);

		if (strncmp(f, name, len) != 0 || f[len] != '=')
			continue;
		assert_null(value);
		value = f + len + 1;
	}
	return value;
}

TEST(a_refusal_names_the_rule_that_refused)
{
	g_autoptr(GPtrArray) f = io_audit_fields(&refused_set, "mlx5_0/1");

	assert_string_equal(field(f, "MESSAGE"),
			    "guest alpha: SubnLID Set PortInfo to LID 9: refused: only admin "
			    "guests may change the subnet (/etc/ibgate/policy.conf:12, access) "
			    "and 3 more like it");
	assert_string_equal(field(f, "MESSAGE_ID"), io_audit_events[AUDIT_MAD].message_id);
	assert_string_equal(field(f, "PRIORITY"), "5");
	assert_string_equal(field(f, "IBGATE_EVENT"), "mad");
	assert_string_equal(field(f, "IBGATE_GUEST"), "alpha");
	assert_string_equal(field(f, "IBGATE_PORT"), "mlx5_0/1");
	assert_string_equal(field(f, "IBGATE_VERDICT"), "refuse");
	assert_string_equal(field(f, "IBGATE_RULE"), "/etc/ibgate/policy.conf:12");
	assert_string_equal(field(f, "IBGATE_CLASS"), "SubnLID");
	assert_string_equal(field(f, "IBGATE_METHOD"), "Set");
	assert_string_equal(field(f, "IBGATE_ATTRIBUTE"), "PortInfo");
	assert_string_equal(field(f, "IBGATE_PEER_LID"), "9");
	assert_string_equal(field(f, "IBGATE_REPEATS"), "3");
	assert_null(field(f, "IBGATE_PEER_GID"));
	assert_null(field(f, "IBGATE_MGID"));
	assert_null(field(f, "IBGATE_SERVICE_ID"));
}

TEST(addresses_and_service_ids_have_their_fields)
{
	struct audit_record r = refused_set;
	g_autoptr(GPtrArray) f = NULL;

	r.peer_gid_set = r.mgid_set = r.service_id_set = true;
	r.peer_gid[0] = 0xfe;
	r.peer_gid[1] = 0x80;
	r.peer_gid[15] = 1;
	r.mgid[0] = 0xff;
	r.mgid[1] = 0x12;
	r.service_id = 0x1061000;
	f = io_audit_fields(&r, NULL);
	assert_string_equal(field(f, "IBGATE_PEER_GID"), "fe80::1");
	assert_string_equal(field(f, "IBGATE_MGID"), "ff12::");
	assert_string_equal(field(f, "IBGATE_SERVICE_ID"), "0x0000000001061000");
	assert_null(field(f, "IBGATE_PORT"));
}

TEST(a_directed_route_is_named_by_its_path)
{
	struct audit_record r = refused_set;
	g_autoptr(GPtrArray) f = NULL;

	r.mgmt_class = WIRE_CLASS_SUBN_DR;
	r.peer_lid = 0;
	r.peer_path_set = true;
	r.peer_hops = 2;
	r.peer_path[1] = 1;
	r.peer_path[2] = 21;
	r.peer_port = 3;
	f = io_audit_fields(&r, NULL);
	assert_true(
		g_str_has_prefix(field(f, "MESSAGE"),
				 "guest alpha: SubnDR Set PortInfo along 0,1,21, port 3: refused"));
	assert_string_equal(field(f, "IBGATE_PEER_PATH"), "0,1,21");
	assert_null(field(f, "IBGATE_PEER_LID"));
}

TEST(what_has_no_name_shows_its_number)
{
	struct audit_record r = refused_set;
	g_autoptr(GPtrArray) f = NULL;

	r.mgmt_class = 0xfe;
	r.method = 0x7e;
	r.attribute = 0xbeef;
	f = io_audit_fields(&r, NULL);
	assert_string_equal(field(f, "IBGATE_CLASS"), "0xfe");
	assert_string_equal(field(f, "IBGATE_METHOD"), "0x7e");
	assert_string_equal(field(f, "IBGATE_ATTRIBUTE"), "0xbeef");
}

TEST(a_registration_has_a_class_and_no_attribute)
{
	struct audit_record r = {.event = AUDIT_REGISTER,
				 .verdict = AUDIT_ALLOW,
				 .guest = "alpha",
				 .port = 0,
				 .mad_set = true,
				 .mgmt_class = WIRE_CLASS_SA};
	g_autoptr(GPtrArray) f = io_audit_fields(&r, NULL);

	assert_string_equal(field(f, "MESSAGE"), "guest alpha: class SA: registration allowed");
	assert_string_equal(field(f, "IBGATE_CLASS"), "SA");
	assert_null(field(f, "IBGATE_METHOD"));
	assert_null(field(f, "IBGATE_ATTRIBUTE"));
}

TEST(a_guests_strings_cannot_forge_a_field_or_a_line)
{
	struct audit_record r = {.event = AUDIT_SESSION_KILL,
				 .verdict = AUDIT_INFO,
				 .reason = AUDIT_REASON_MALFORMED_SLOT,
				 .port = -1,
				 .guest = "al\npha\x1b[31m",
				 .detail = "x\nIBGATE_VERDICT=allow\\\xff"};
	g_autoptr(GPtrArray) f = io_audit_fields(&r, NULL);

	for (guint i = 0; i < f->len; i++) {
		for (const char *p = g_ptr_array_index(f, i); *p; p++)
			assert_in_range(*p, 0x20, 0x7e);
	}
	assert_string_equal(field(f, "IBGATE_GUEST"), "al\\x0apha\\x1b[31m");
	assert_non_null(strstr(field(f, "MESSAGE"), "x\\x0aIBGATE_VERDICT=allow\\x5c\\xff"));
	assert_null(field(f, "IBGATE_VERDICT"));
	assert_int_equal(io_audit_priority(&r), LOG_WARNING);
}

TEST(a_device_has_its_domain_and_handle)
{
	struct audit_record r = {.event = AUDIT_DEVICE,
				 .verdict = AUDIT_REFUSE,
				 .guest = "alpha",
				 .port = -1,
				 .device_set = true,
				 .domid = 3,
				 .handle = 1,
				 .detail = "ring-ref3 is missing"};
	g_autoptr(GPtrArray) fields = io_audit_fields(&r, "mlx5_0/1");
	g_autofree char *closed = io_audit_message(&r, NULL);
	g_autofree char *removed = NULL;

	assert_string_equal(closed,
			    "guest alpha: device 1 of domain 3 closed: ring-ref3 is missing");
	assert_true(g_ptr_array_find_with_equal_func(fields, "IBGATE_DOMID=3", g_str_equal, NULL));
	assert_true(g_ptr_array_find_with_equal_func(fields, "IBGATE_HANDLE=1", g_str_equal, NULL));
	r.verdict = AUDIT_INFO;
	r.detail = "removed";
	removed = io_audit_message(&r, NULL);
	assert_string_equal(removed, "guest alpha: device 1 of domain 3: removed");
}

TEST(every_event_and_verdict_has_words)
{
	for (int event = 0; event < AUDIT_EVENTS; event++) {
		for (int verdict = AUDIT_ALLOW; verdict <= AUDIT_INFO; verdict++) {
			struct audit_record r = {.event = (enum audit_event)event,
						 .verdict = (enum audit_verdict)verdict,
						 .guest = "g",
						 .port = -1};
			g_autofree char *text = io_audit_message(&r, NULL);

			assert_true(strlen(text) > strlen("guest g: "));
			assert_null(strstr(text, "(null)"));
		}
	}
}

TEST(every_event_has_an_id_of_its_own_and_a_catalog_entry)
{
	g_autofree char *catalog = NULL;

	assert_true(g_file_get_contents(CATALOG, &catalog, NULL, NULL));
	for (int a = 0; a < AUDIT_EVENTS; a++) {
		const char *id = io_audit_events[a].message_id;
		g_autofree char *entry = g_strdup_printf("\n-- %s\nSubject: ", id);

		assert_int_equal(strlen(id), 32);
		assert_int_equal(strspn(id, "0123456789abcdef"), 32);
		assert_non_null(strstr(catalog, entry));
		for (int b = 0; b < a; b++) {
			assert_string_not_equal(id, io_audit_events[b].message_id);
			assert_string_not_equal(io_audit_events[a].name, io_audit_events[b].name);
		}
	}
}
