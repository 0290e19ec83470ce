/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The smallest front-end that gets a MAD through: a Linux kernel module, written from
 * docs/protocol.md and with channel/ring.c as it is. It rolls (2.2), connects (2.1), says HELLO,
 * asks for the port, opens a client, registers an agent and sends one NodeInfo to its own port; what
 * comes back goes to the kernel's log. It starts anew whenever the back-end does.
 *
 * Two works, each of which runs once at a time: `life` leads the states, `data` reads the ring. The
 * ring is dropped by `life` alone, when `data` cannot run.
 */
#include <linux/delay.h>
#include <linux/interrupt.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/workqueue.h>
#include <xen/events.h>
#include <xen/grant_table.h>
#include <xen/page.h>
#include <xen/xen.h>
#include <xen/xenbus.h>

#include "channel/abi/chan_xenbus.h"
#include "channel/ring.h"

#define CLIENT 3 /* numbers of our own choice */
#define AGENT 1

enum vib_at { VIB_ROLLING, VIB_WAITING, VIB_OFFERED, VIB_CONNECTED };

struct vib {
	struct xenbus_device *xd;
	struct work_struct life, data;
	enum vib_at at;
	bool dying;
	void *map;
	u32 slots, refs;
	grant_ref_t ref[CHAN_XENBUS_REFS_MAX];
	evtchn_port_t port;
	int irq;
	struct chan_producer out;
	struct chan_consumer in;
	struct chan_slot slot; /* a copy: the ring's own may change at any time */
	u64 cookie;
};

/* --- the ring ----------------------------------------------------------------------------- */

static irqreturn_t vib_rang(int irq, void *vib)
{
	schedule_work(&((struct vib *)vib)->data);
	return IRQ_HANDLED;
}

static void vib_drop(struct vib *v)
{
	if (v->irq > 0)
		unbind_from_irqhandler(v->irq, v);
	v->irq = 0;
	cancel_work_sync(&v->data);
	while (v->refs)
		gnttab_end_foreign_access(v->ref[--v->refs], NULL);
	if (v->map)
		free_pages_exact(v->map, CHAN_RING_MAP_BYTES(v->slots));
	v->map = NULL;
}

static int vib_make(struct vib *v)
{
	struct xenbus_device *d = v->xd;
	int e;

	v->slots = xenbus_read_unsigned(d->otherend, CHAN_XENBUS_MAD_SLOTS, 0);
	if (!chan_ring_slots_valid(v->slots) || v->slots > CHAN_XENBUS_SLOTS_MAX)
		return -EPROTO;
	v->map = alloc_pages_exact(CHAN_RING_MAP_BYTES(v->slots), GFP_KERNEL | __GFP_ZERO);
	if (!v->map)
		return -ENOMEM;
	chan_ring_format(v->map, v->slots);
	chan_ring_guest(v->map, v->slots, &v->out, &v->in);
	while (v->refs < CHAN_XENBUS_REFS(v->slots)) {
		void *page = (char *)v->map + v->refs * CHAN_RING_PAGE_BYTES;

		e = gnttab_grant_foreign_access(d->otherend_id, virt_to_gfn(page), 0);
		if (e < 0)
			return e;
		v->ref[v->refs++] = (grant_ref_t)e;
	}
	e = xenbus_alloc_evtchn(d, &v->port);
	if (e)
		return e;
	v->irq = bind_evtchn_to_irqhandler(v->port, vib_rang, 0, "vib", v);
	return v->irq < 0 ? v->irq : 0;
}

static int vib_publish(struct vib *v)
{
	struct xenbus_device *d = v->xd;
	struct xenbus_transaction t;
	char name[24];
	int e;

	do {
		e = xenbus_transaction_start(&t);
		if (e)
			return e;
		e = xenbus_printf(t, d->nodename, CHAN_XENBUS_CHOSEN, "%u", CHAN_XENBUS_VERSION);
		if (!e)
			e = xenbus_printf(t, d->nodename, CHAN_XENBUS_EVENT_CHANNEL, "%u", v->port);
		for (u32 i = 0; i < v->refs && !e; i++) {
			snprintf(name, sizeof(name), CHAN_XENBUS_RING_REF, i);
			e = xenbus_printf(t, d->nodename, name, "%u", v->ref[i]);
		}
		e = xenbus_transaction_end(t, e != 0) ?: e;
	} while (e == -EAGAIN);
	return e ?: xenbus_switch_state(d, XenbusStateInitialised);
}

static void vib_put(struct vib *v, u8 kind, u32 timeout_ms, const void *message, size_t bytes)
{
	struct chan_slot *s;

	if (chan_producer_reserve(&v->out, &s) != CHAN_DONE)
		return;
	memset(s, 0, sizeof(*s));
	s->kind = kind;
	s->client = CLIENT;
	s->agent = AGENT;
	s->timeout_ms = timeout_ms;
	s->cookie = ++v->cookie;
	s->addr.lid = 0xffff;
	memcpy(s->mad, message, bytes);
	chan_producer_commit(&v->out);
	if (chan_producer_should_notify(&v->out))
		notify_remote_via_irq(v->irq);
}

/* --- what is said ------------------------------------------------------------------------- */

static void vib_say_hello(struct vib *v)
{
	struct chan_hello hello = {.magic = CHAN_ABI_MAGIC,
				   .version_min = CHAN_ABI_VERSION,
				   .version_max = CHAN_ABI_VERSION};

	vib_put(v, CHAN_KIND_HELLO, 0, &hello, sizeof(hello));
}

/* SubnDR, Get, NodeInfo, no hops: IBA 14.2.1.2, 14.2.5.3 */
static void vib_ask_node(struct vib *v)
{
	u8 mad[CHAN_MAD_BYTES] = {1, 0x81, 1, 1, [15] = 0x42, [17] = 0x11};

	memset(mad + 32, 0xff, 4);
	vib_put(v, CHAN_KIND_SEND, 1000, mad, sizeof(mad));
}

static void vib_take_in(struct vib *v, const struct chan_slot *s)
{
	struct device *dev = &v->xd->dev;
	struct chan_register what = {.mgmt_class = 0x81, .mgmt_class_version = 1};
	struct chan_hello_reply hello;
	struct chan_port_info port;

	switch (s->kind) {
	case CHAN_KIND_HELLO_REPLY:
		memcpy(&hello, s->mad, sizeof(hello));
		dev_info(dev, "version %u, %u ports, %u outstanding\n", hello.version, hello.ports,
			 hello.outstanding);
		vib_put(v, CHAN_KIND_PORT_QUERY, 0, NULL, 0);
		break;
	case CHAN_KIND_PORT_REPLY:
		memcpy(&port, s->mad, sizeof(port));
		dev_info(dev, "%.20s/%u %016llx LID %u state %u\n", port.ca_name, port.port_num,
			 (unsigned long long)port.port_guid, port.base_lid, port.state);
		vib_put(v, CHAN_KIND_CLIENT_OPEN, 0, NULL, 0);
		break;
	case CHAN_KIND_CLIENT_OPEN_REPLY:
		vib_put(v, CHAN_KIND_REGISTER, 0, &what, sizeof(what));
		break;
	case CHAN_KIND_REGISTER_REPLY:
		dev_info(dev, "registered: %u\n", s->status);
		vib_ask_node(v);
		break;
	case CHAN_KIND_RECV: /* NodeInfo: its GUID is at 12 of the data, the data at 64 */
		dev_info(dev, "method %02x, node %8phN\n", s->mad[3], s->mad + 64 + 12);
		break;
	default:
		dev_info(dev, "kind %u, status %u\n", s->kind, s->status);
	}
}

static void vib_data(struct work_struct *work)
{
	struct vib *v = container_of(work, struct vib, data);

	do {
		while (chan_consumer_take(&v->in, &v->slot) == CHAN_DONE)
			vib_take_in(v, &v->slot);
		if (chan_consumer_should_notify(&v->in))
			notify_remote_via_irq(v->irq);
	} while (chan_consumer_arm(&v->in) == CHAN_DONE);
}

/* --- the states --------------------------------------------------------------------------- */

static void vib_roll(struct vib *v)
{
	vib_drop(v);
	v->at = VIB_ROLLING;
	xenbus_switch_state(v->xd, XenbusStateClosed);
	schedule_work(&v->life);
}

static void vib_offer(struct vib *v)
{
	int e = vib_make(v) ?: vib_publish(v);

	v->at = VIB_OFFERED;
	if (!e)
		return;
	dev_err(&v->xd->dev, "no ring: %d\n", e);
	vib_drop(v);
	v->at = VIB_WAITING; /* for the back-end's next InitWait */
}

/* One look at the back-end's state; each change of it causes another. */
static void vib_life(struct work_struct *work)
{
	struct vib *v = container_of(work, struct vib, life);
	enum xenbus_state back = xenbus_read_driver_state(v->xd->otherend);

	if (v->dying)
		return;
	switch (v->at) {
	case VIB_ROLLING:
		if (back != XenbusStateClosed)
			break;
		v->at = VIB_WAITING;
		xenbus_switch_state(v->xd, XenbusStateInitialising);
		break;
	case VIB_WAITING:
		if (back == XenbusStateInitWait)
			vib_offer(v);
		break;
	case VIB_OFFERED:
		if (back == XenbusStateConnected) {
			v->at = VIB_CONNECTED;
			xenbus_switch_state(v->xd, XenbusStateConnected);
			vib_say_hello(v);
			schedule_work(&v->data);
		} else if (back != XenbusStateInitWait && back != XenbusStateInitialised) {
			vib_roll(v);
		}
		break;
	case VIB_CONNECTED:
		if (back != XenbusStateConnected)
			vib_roll(v);
		break;
	}
}

static void vib_otherend_changed(struct xenbus_device *d, enum xenbus_state state)
{
	schedule_work(&((struct vib *)dev_get_drvdata(&d->dev))->life);
}

static int vib_probe(struct xenbus_device *d, const struct xenbus_device_id *id)
{
	struct vib *v = kzalloc(sizeof(*v), GFP_KERNEL);

	if (!v)
		return -ENOMEM;
	v->xd = d;
	INIT_WORK(&v->life, vib_life);
	INIT_WORK(&v->data, vib_data);
	dev_set_drvdata(&d->dev, v);
	vib_roll(v);
	return 0;
}

/* After a restore: another domain, other directories, grants that are void. */
static int vib_resume(struct xenbus_device *d)
{
	struct vib *v = dev_get_drvdata(&d->dev);

	cancel_work_sync(&v->life);
	vib_roll(v);
	return 0;
}

static void vib_remove(struct xenbus_device *d)
{
	struct vib *v = dev_get_drvdata(&d->dev);

	v->dying = true;
	cancel_work_sync(&v->life);
	if (v->map) {
		xenbus_switch_state(d, XenbusStateClosing);
		for (int i = 0; i < 100; i++) {
			if (xenbus_read_driver_state(d->otherend) >= XenbusStateClosing)
				break;
			msleep(20);
		}
	}
	vib_drop(v);
	xenbus_switch_state(d, XenbusStateClosed);
	kfree(v);
}

static const struct xenbus_device_id vib_ids[] = {{CHAN_XENBUS_CLASS}, {""}};

static struct xenbus_driver vib_driver = {
	.ids = vib_ids,
	.probe = vib_probe,
	.remove = vib_remove,
	.resume = vib_resume,
	.otherend_changed = vib_otherend_changed,
	.allow_rebind = true,
	.not_essential = true,
};

static int __init vib_init(void)
{
	return xen_domain() ? xenbus_register_frontend(&vib_driver) : -ENODEV;
}

static void __exit vib_exit(void)
{
	xenbus_unregister_driver(&vib_driver);
}

module_init(vib_init);
module_exit(vib_exit);
MODULE_DESCRIPTION("The smallest vib front-end");
MODULE_LICENSE("Dual BSD/GPL");
MODULE_ALIAS("xen:" CHAN_XENBUS_CLASS);
