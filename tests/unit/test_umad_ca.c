/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* libibumad's adapters: their ports and attributes, and the file that sets IsSM. */
#include <fcntl.h>
#include <unistd.h>

#include "tests/unit/test.h"
#include "tests/unit/umad_fixture.h"

TEST_F(without_a_peer_there_is_no_adapter)
{
	char names[4][UMAD_CA_NAME_LEN];
	__be64 guids[4];
	umad_port_t port;
	umad_ca_t ca;
	char path[64];

	fake.absent = true;
	assert_int_equal(umad_get_cas_names(names, 4), 0);
	assert_null(umad_get_ca_device_list());
	assert_int_equal(errno, 0);
	assert_int_equal(umad_get_ca("fake0", &ca), -ENOENT);
	assert_int_equal(umad_get_ca(NULL, &ca), -ENODEV);
	assert_int_equal(umad_get_port("fake0", 1, &port), -EIO);
	assert_int_equal(umad_get_port(NULL, 0, &port), -ENODEV);
	assert_int_equal(umad_get_ca_portguids(NULL, guids, 4), -ENODEV);
	assert_int_equal(umad_open_port(NULL, 0), -ENODEV);
	assert_int_equal(umad_open_port("fake0", 1), -EINVAL);
	assert_int_equal(umad_get_issm_path(NULL, 0, path, sizeof(path)), -ENODEV);
}

TEST_F(ports_and_adapters_are_what_the_peer_says)
{
	char names[4][UMAD_CA_NAME_LEN];
	struct umad_device_node *list;
	__be64 guids[4];
	umad_port_t port;
	umad_ca_t ca;

	fake.two_ports = true;
	assert_int_equal(umad_get_cas_names(names, 4), 1);
	assert_string_equal(names[0], "fake0");
	list = umad_get_ca_device_list();
	assert_non_null(list);
	assert_string_equal(list->ca_name, "fake0");
	assert_null(list->next);
	assert_int_equal(umad_sort_ca_device_list(&list, 0), 0);
	umad_free_ca_device_list(list);

	assert_int_equal(umad_get_ca(NULL, &ca), 0);
	assert_int_equal(ca.numports, 2);
	assert_null(ca.ports[0]);
	assert_int_equal(ca.ports[2]->base_lid, 8);
	assert_int_equal(be64toh(ca.node_guid), 0x100);
	assert_int_equal(umad_release_ca(&ca), 0);
	assert_null(ca.ports[2]);

	assert_int_equal(umad_get_port("fake0", 2, &port), 0);
	assert_int_equal(port.portnum, 2);
	assert_int_equal(be32toh(port.capmask), 0x0050c048);
	assert_int_equal(be64toh(port.gid_prefix), 0xfe80000000000000);
	assert_int_equal(port.pkeys_size, 2);
	assert_int_equal(port.pkeys[1], 0x8001);
	assert_string_equal(port.link_layer, "InfiniBand");
	assert_int_equal(umad_release_port(&port), 0);

	assert_int_equal(umad_get_ca_portguids("fake0", guids, 4), 3);
	assert_int_equal(guids[0], 0);
	assert_int_equal(be64toh(guids[2]), 0x102);
	assert_int_equal(umad_get_ca_portguids("fake0", guids, 2), -ENOMEM);
	assert_int_equal(umad_get_ca_portguids("fake0", NULL, 0), 0);
}

TEST_F(a_list_of_adapters_is_sorted_by_name)
{
	struct umad_device_node c = {NULL, "c"}, a = {&c, "a"}, b = {&a, "b"}, *head = &b;

	assert_int_equal(umad_sort_ca_device_list(&head, 2), EINVAL);
	assert_int_equal(umad_sort_ca_device_list(&head, 4), EINVAL);
	assert_int_equal(umad_sort_ca_device_list(&head, 0), 0);
	assert_ptr_equal(head, &a);
	assert_ptr_equal(a.next, &b);
	assert_ptr_equal(b.next, &c);
	assert_null(c.next);
}

TEST_F(opening_the_issm_file_raises_issm_and_closing_it_lowers_it)
{
	char path[64];
	int port = open_port(1), fd;

	assert_int_equal(umad_get_issm_path("fake0", 1, path, sizeof(path)), 0);
	assert_int_equal(fake.issm_raised, 0);
	fd = open(path, O_NONBLOCK);
	assert_true(fd >= 0);
	assert_true(readable(umad_get_fd(port), FOREVER));
	assert_int_equal(umad_poll(port, 0), -ETIMEDOUT);
	assert_int_equal(fake.issm_raised, 1);
	assert_false(readable(umad_get_fd(port), 0));
	close(fd);
	assert_true(readable(umad_get_fd(port), FOREVER));
	assert_int_equal(umad_poll(port, 0), -ETIMEDOUT);
	assert_int_equal(fake.issm_lowered, 1);
}

TEST_F(a_new_peer_is_told_of_issm)
{
	char path[64];
	int port = open_port(1), fd;

	assert_int_equal(umad_get_issm_path("fake0", 1, path, sizeof(path)), 0);
	fd = open(path, O_NONBLOCK);
	umad_poll(port, 0);
	assert_int_equal(fake.issm_raised, 1);
	fake.absent = true;
	umad_poll(port, 0);
	fake.absent = false;
	while (fake.opens < 2)
		umad_poll(port, 100);
	assert_int_equal(fake.issm_raised, 2);
	close(fd);
}
