/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Audit records: how they are made, and why in words. */
#include "mad-proxy/core/audit.h"

#include <string.h>

#include "channel/abi/chan_slot.h"
#include "wire/mad.h"

const char *audit_reason_text(enum audit_reason reason)
{
	static const char *const text[] = {
#define X(n, t) [AUDIT_REASON_##n] = t,
		AUDIT_REASON_TABLE(X)
#undef X
	};

	return reason < AUDIT_REASONS ? text[reason] : "?";
}

struct audit_record proxy_record(enum audit_event event, enum audit_verdict verdict,
				 enum audit_reason reason)
{
	return (struct audit_record){
		.event = event, .verdict = verdict, .reason = reason, .port = -1};
}

void proxy_record_mad(struct audit_record *rec, unsigned int port, const struct chan_addr *addr,
		      const uint8_t *mad)
{
	rec->port = (int)port;
	rec->mad_set = true;
	rec->mgmt_class = wire_mad_class(mad);
	rec->method = wire_mad_method(mad);
	rec->attribute = wire_mad_attribute(mad);
	rec->peer_lid = addr->lid;
	rec->peer_gid_set = addr->grh_present;
	memcpy(rec->peer_gid, addr->gid, sizeof(rec->peer_gid));
}
