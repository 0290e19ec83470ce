/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "mad-proxy/io/effects.h"

#include <string.h>
#include <syslog.h>

#include "mad-proxy/io/gateway.h"
#include "mad-proxy/io/journal.h"

static struct io_session *find_session(struct io_gateway *gate, struct session_id id)
{
	return g_hash_table_lookup(gate->sessions, &id.v);
}

static void do_push(struct io_gateway *gate, const struct proxy_push *push)
{
	struct io_pending gone = {.event = {.kind = PROXY_EV_DETACH}};
	struct io_session *session = find_session(gate, push->session);

	if (session && io_session_push(session, push))
		return;
	proxy_push_lost(gate->core, push->session);
	if (!session || !session->broken)
		return;
	io_session_close(session, AUDIT_REASON_BAD_INDEX);
	gone.event.detach.session = push->session;
	gone.event.detach.reason = AUDIT_REASON_BAD_INDEX;
	io_gateway_queue(gate, &gone);
}

/* A send that the port refused is returned as a completed one. */
static void do_send(struct io_gateway *gate, const struct proxy_send *send)
{
	struct io_pending back = {.event = {.kind = PROXY_EV_PORT_MAD}};
	int rc = io_umad_port_send(&gate->port[send->port], send);

	if (rc == 0)
		return;
	back.event.port_mad.port = send->port;
	back.event.port_mad.status = (uint32_t)-rc;
	back.event.port_mad.addr = send->addr;
	memcpy(back.mad, send->mad, sizeof(back.mad));
	io_gateway_queue(gate, &back);
}

static void do_register(struct io_gateway *gate, const struct proxy_effect *fx)
{
	struct io_pending outcome = {.event = {.kind = PROXY_EV_REGISTERED}};
	int rc = io_umad_port_register(&gate->port[fx->reg.port], fx->reg.token, &fx->reg.what);

	outcome.event.registered.token = fx->reg.token;
	outcome.event.registered.error = -rc;
	io_gateway_queue(gate, &outcome);
}

static void do_issm(struct io_gateway *gate, unsigned int port, bool on)
{
	char name[IO_PORT_NAME_BYTES];
	int rc = io_umad_port_set_issm(&gate->port[port], on);

	if (rc < 0)
		io_journal_note(LOG_WARNING, "port %s: cannot raise IsSM: %s",
				io_gateway_port_name(gate, (int)port, name), g_strerror(-rc));
}

static void do_audit(struct io_gateway *gate, const struct audit_record *record)
{
	char name[IO_PORT_NAME_BYTES];

	io_journal_record(record, io_gateway_port_name(gate, record->port, name));
}

static void do_effect(struct io_gateway *gate, const struct proxy_effect *fx)
{
	struct io_session *session;

	switch (fx->kind) {
	case PROXY_FX_ATTACHED:
		io_session_attached(gate->attaching, fx->session);
		break;
	case PROXY_FX_REJECTED:
		/* guest_attach() sees that the session is not attached, and closes it. */
		break;
	case PROXY_FX_CLOSE:
		session = find_session(gate, fx->close.session);
		if (session)
			io_session_close(session, fx->close.reason);
		break;
	case PROXY_FX_RESUME:
		session = find_session(gate, fx->session);
		if (session)
			io_session_wake(session);
		break;
	case PROXY_FX_PUSH:
		do_push(gate, &fx->push);
		break;
	case PROXY_FX_SEND:
		do_send(gate, &fx->send);
		break;
	case PROXY_FX_PORT_REGISTER:
		do_register(gate, fx);
		break;
	case PROXY_FX_PORT_UNREGISTER:
		io_umad_port_unregister(&gate->port[fx->reg.port], fx->reg.token);
		break;
	case PROXY_FX_SET_ISSM:
		do_issm(gate, fx->issm.port, fx->issm.on);
		break;
	case PROXY_FX_AUDIT:
		do_audit(gate, &fx->audit);
		break;
	case PROXY_FX_STATE_PUT:
		if (gate->state)
			io_state_put(gate->state, &fx->state);
		break;
	case PROXY_FX_STATE_REMOVE:
		if (gate->state)
			io_state_remove(gate->state, &fx->state);
		break;
	}
}

void io_effects_run(struct io_gateway *gate)
{
	for (size_t i = 0; i < gate->effects.count; i++)
		do_effect(gate, &gate->effects.fx[i]);
}
