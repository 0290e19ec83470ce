/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Functions without a port, on the distribution's libibumad and on ours: the same words, the same bytes in
 * a buffer, the same output.
 *
 * Usage: test_umad_stock STOCK OURS (paths of the two libraries)
 */
#include <dlfcn.h>
#include <stdio.h>
#include <unistd.h>

#include <infiniband/umad.h>

#define TEST_OWN_MAIN
#include "test.h"

static void *stock, *ours;

static void *symbol(void *library, const char *name)
{
	void *p = dlsym(library, name);

	assert_non_null(p);
	return p;
}

/* Two function pointers of the type that the header declares. */
#define BOTH(name) __typeof__(&name) s_##name = symbol(stock, #name), o_##name = symbol(ours, #name)

const char *umad_class_str(uint8_t mgmt_class);
const char *umad_method_str(uint8_t mgmt_class, uint8_t method);
const char *umad_common_mad_status_str(__be16 status);
const char *umad_sa_mad_status_str(__be16 status);
const char *umad_attribute_str(uint8_t mgmt_class, __be16 attr_id);

TEST(classes_and_methods_have_the_same_names)
{
	BOTH(umad_class_str);
	BOTH(umad_method_str);

	for (unsigned int c = 0; c < 256; c++) {
		assert_string_equal(s_umad_class_str((uint8_t)c), o_umad_class_str((uint8_t)c));
		for (unsigned int m = 0; m < 256; m++)
			assert_string_equal(s_umad_method_str((uint8_t)c, (uint8_t)m),
					    o_umad_method_str((uint8_t)c, (uint8_t)m));
	}
}

TEST(statuses_have_the_same_names)
{
	BOTH(umad_common_mad_status_str);
	BOTH(umad_sa_mad_status_str);

	for (unsigned int i = 0; i < 65536; i++) {
		__be16 s = htobe16((uint16_t)i);

		assert_string_equal(s_umad_common_mad_status_str(s),
				    o_umad_common_mad_status_str(s));
		assert_string_equal(s_umad_sa_mad_status_str(s), o_umad_sa_mad_status_str(s));
	}
}

TEST(attributes_have_the_same_names)
{
	BOTH(umad_attribute_str);

	for (unsigned int c = 0; c < 256; c++) {
		/* classes with names of their own: every attribute */
		unsigned int last = c < 16 || c == 0x81 ? 65536 : 512;

		for (unsigned int a = 0; a < last; a++) {
			__be16 attr = htobe16((uint16_t)a);

			assert_string_equal(s_umad_attribute_str((uint8_t)c, attr),
					    o_umad_attribute_str((uint8_t)c, attr));
		}
	}
}

struct buffer {
	struct ib_user_mad umad;
	uint8_t mad[256];
};

/* Every setter of the library, in a buffer. */
static void fill(void *library, struct buffer *b)
{
	__typeof__(&umad_set_addr) set_addr = symbol(library, "umad_set_addr");
	__typeof__(&umad_set_addr_net) set_addr_net = symbol(library, "umad_set_addr_net");
	__typeof__(&umad_set_grh) set_grh = symbol(library, "umad_set_grh");
	struct ib_mad_addr grh = {.hop_limit = 3, .traffic_class = 4, .gid_index = 9};

	grh.flow_label = 0x54321;
	for (uint8_t i = 0; i < 16; i++)
		grh.gid[i] = i;
	memset(b, 0xa5, sizeof(*b));
	set_addr(b, 0x1234, 0xabcdef, 5, (int)0x80010000);
	set_grh(b, &grh);
	set_addr(b + 1, 1, 1, 0, 0);
	memset(b + 1, 0x5a, sizeof(*b));
	set_addr_net(b + 1, htobe16(0x4321), htobe32(1), 15, htobe32(0x80010000));
	set_grh(b + 1, NULL);
}

/* The stock library does so once a port reported the kernel's ABI. */
TEST(the_pkey_index_is_part_of_the_address)
{
	struct buffer b;
	__typeof__(&umad_set_pkey) set = symbol(ours, "umad_set_pkey");
	__typeof__(&umad_get_pkey) get = symbol(ours, "umad_get_pkey");
	__typeof__(&umad_size) size = symbol(ours, "umad_size");
	__typeof__(&umad_get_mad) mad = symbol(ours, "umad_get_mad");

	memset(&b, 0, sizeof(b));
	assert_int_equal(set(&b, 0x77), 0);
	assert_int_equal(b.umad.addr.pkey_index, 0x77);
	assert_int_equal(get(&b), 0x77);
	assert_int_equal(size(), sizeof(struct ib_user_mad));
	assert_ptr_equal(mad(&b), b.mad);
}

TEST(setters_leave_the_same_bytes)
{
	struct buffer s[2], o[2];

	fill(stock, s);
	fill(ours, o);
	assert_memory_equal(s, o, sizeof(s));
}

TEST(getters_return_the_same)
{
	BOTH(umad_status);
	BOTH(umad_get_mad_addr);
	BOTH(umad_debug);
	BOTH(umad_init);
	BOTH(umad_done);
	BOTH(umad_get_fd);
	BOTH(umad_register2);
	struct buffer b;
	uint32_t id;
	struct umad_reg_attr attr = {.mgmt_class = 0x30};

	memset(&b, 0, sizeof(b));
	b.umad.status = 110;
	assert_int_equal(s_umad_status(&b), o_umad_status(&b));
	assert_ptr_equal(s_umad_get_mad_addr(&b), o_umad_get_mad_addr(&b));
	assert_int_equal(s_umad_debug(-1), o_umad_debug(-1));
	assert_int_equal(s_umad_init(), o_umad_init());
	assert_int_equal(s_umad_done(), o_umad_done());
	assert_int_equal(s_umad_get_fd(5), o_umad_get_fd(5));
	assert_int_equal(s_umad_register2(-1, NULL, &id), o_umad_register2(-1, NULL, &id));
	assert_int_equal(s_umad_register2(-1, &attr, &id), o_umad_register2(-1, &attr, &id));
}

TEST(a_port_id_that_is_none_fails_the_same)
{
	BOTH(umad_send);
	BOTH(umad_register);
	BOTH(umad_register_oui);
	BOTH(umad_unregister);
	BOTH(umad_close_port);
	BOTH(umad_recv);
	struct buffer b;
	uint8_t oui[3] = {0, 0x14, 5};
	int len = 256, es, eo;

#define SAME(call_s, call_o)              \
	do {                              \
		int rs, ro;               \
		errno = 0;                \
		rs = call_s;              \
		es = errno;               \
		errno = 0;                \
		ro = call_o;              \
		eo = errno;               \
		assert_int_equal(rs, ro); \
		assert_int_equal(es, eo); \
	} while (0)

	memset(&b, 0, sizeof(b));
	SAME(s_umad_send(-1, 0, &b, 256, 1, 0), o_umad_send(-1, 0, &b, 256, 1, 0));
	SAME(s_umad_register(-1, 4, 1, 0, NULL), o_umad_register(-1, 4, 1, 0, NULL));
	SAME(s_umad_register_oui(-1, 0x32, 0, oui, NULL),
	     o_umad_register_oui(-1, 0x32, 0, oui, NULL));
	SAME(s_umad_register_oui(-1, 4, 0, oui, NULL), o_umad_register_oui(-1, 4, 0, oui, NULL));
	SAME(s_umad_unregister(-1, 0), o_umad_unregister(-1, 0));
	SAME(s_umad_close_port(-1), o_umad_close_port(-1));
	SAME(s_umad_recv(-1, NULL, &len, 0), o_umad_recv(-1, NULL, &len, 0));
	SAME(s_umad_recv(-1, &b, &len, 0), o_umad_recv(-1, &b, &len, 0));
}

static void capture(void *library, char *text, size_t size)
{
	__typeof__(&umad_dump) dump = symbol(library, "umad_dump");
	struct buffer b[2];
	FILE *f = tmpfile();
	int saved = dup(STDERR_FILENO);
	size_t n;

	assert_non_null(f);
	fill(ours, b);
	b[0].umad.agent_id = 3;
	b[0].umad.status = 110;
	b[0].umad.timeout_ms = 1000;
	dup2(fileno(f), STDERR_FILENO);
	dump(&b[0]);
	dump(&b[1]);
	fflush(stderr);
	dup2(saved, STDERR_FILENO);
	close(saved);
	rewind(f);
	n = fread(text, 1, size - 1, f);
	text[n] = '\0';
	fclose(f);
}

TEST(dumps_read_the_same)
{
	char s[2048], o[2048];

	capture(stock, s, sizeof(s));
	capture(ours, o, sizeof(o));
	assert_true(strlen(s) > 100);
	assert_string_equal(s, o);
}

int main(int argc, char **argv)
{
	int r;

	if (argc != 3)
		return 2;
	stock = dlopen(argv[1], RTLD_NOW | RTLD_LOCAL);
	ours = dlopen(argv[2], RTLD_NOW | RTLD_LOCAL);
	if (!stock || !ours || stock == ours) {
		fprintf(stderr, "cannot load both: %s\n", dlerror());
		return 2;
	}
	r = test_run(NULL, NULL);
	dlclose(ours);
	dlclose(stock);
	return r;
}
