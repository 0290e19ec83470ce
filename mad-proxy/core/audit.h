/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Audit records, as data. The shell's io/audit.c turns a record into text and journal fields.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "policy/policy.h"

enum audit_event {
	AUDIT_ATTACH, /* a guest attached, or was refused */
	AUDIT_DETACH, /* a session ended */
	AUDIT_SESSION_KILL, /* a session was closed because its guest violated the protocol */
	AUDIT_MAD, /* a MAD of a guest was allowed or refused */
	AUDIT_REGISTER, /* a registration was allowed or refused */
	AUDIT_HELD, /* a guest is over a quota, so its ring is not read */
	AUDIT_LOST, /* answers were dropped because the guest does not read them */
	AUDIT_PORT, /* an event of a port, or its device is gone or back */
	AUDIT_POLICY, /* a policy was loaded, or refused */
	AUDIT_DEVICE, /* a domain's device was connected, closed or removed */
	AUDIT_EVENTS,
};

enum audit_verdict { AUDIT_ALLOW, AUDIT_REFUSE, AUDIT_INFO };

/* The reason of a verdict; audit_reason_text() returns the text. */
#define AUDIT_REASON_TABLE(X)                                                       \
	X(NONE, "")                                                                 \
	X(NO_SECTION, "the policy has no section for this guest")                   \
	X(TOO_MANY_SESSIONS, "too many sessions")                                   \
	X(GRADE, "the guest's access grade does not allow it")                      \
	X(SET_NOT_ALLOWED, "only admin guests may change the subnet")               \
	X(NOT_OWN_PORT, "access = port covers the guest's own port only")           \
	X(NOT_KNOWN_HARMLESS, "reading this attribute is not known to be harmless") \
	X(NO_JOINS_YET, "the gateway does not serve multicast joins yet")           \
	X(NO_REPORTS_YET, "the gateway does not serve event subscriptions yet")     \
	X(NO_SERVICES_YET, "the gateway does not serve service records yet")        \
	X(NO_CONNECTIONS_YET, "the gateway does not serve connections yet")         \
	X(MULTICAST, "the multicast group is not granted")                          \
	X(CONNECT, "connecting to the service id is not granted")                   \
	X(LISTEN, "listening on the service id is not granted")                     \
	X(MODIFIER, "the attribute has no such attribute modifier")                 \
	X(TO_GROUP, "only admin guests may send to multicast LIDs")                 \
	X(HOPS, "a directed route has 63 hops at most")                             \
	X(CLASS_UNKNOWN, "the management class is not permitted")                   \
	X(METHOD_UNKNOWN, "the method is not permitted")                            \
	X(PKEY, "the P_Key is not granted")                                         \
	X(SOURCE, "the source address is not the guest's own")                      \
	X(OWNED, "another client owns this class and method")                       \
	X(MALFORMED_SLOT, "the guest sent a slot with invalid values")              \
	X(BAD_INDEX, "the guest's ring indices are invalid")                        \
	X(NO_HELLO, "the guest sent a message before HELLO")                        \
	X(VERSION, "guest and gateway have no protocol version in common")          \
	X(CLIENT_UNKNOWN, "the guest named a client that it did not open")          \
	X(QUOTA, "the guest has used up a quota")                                   \
	X(RING_FULL, "the guest does not read its answers")                         \
	X(CLOSED, "the guest closed the channel")                                   \
	X(OPERATOR, "the operator detached the guest")                              \
	X(SHUTDOWN, "the gateway stops")                                            \
	X(POLICY_CHANGED, "the new policy has no section for this guest")           \
	X(DOMAIN_GONE, "the guest's domain no longer exists")                       \
	X(RENAMED, "the domain is another guest now")                               \
	X(ANOTHER_DOMAIN, "another domain is served as this guest")

enum audit_reason {
#define X(name, text) AUDIT_REASON_##name,
	AUDIT_REASON_TABLE(X)
#undef X
		AUDIT_REASONS
};

/*
 * One record. Strings are valid as long as the effect. `repeats` > 0: the record stands for so many
 * records of the same kind since the last one that was written.
 */
struct audit_record {
	enum audit_event event;
	enum audit_verdict verdict;
	enum audit_reason reason;
	enum policy_key key; /* the key that decided, for `rule` */
	const char *guest; /* NULL: none */
	int port; /* number of the gateway's port, -1: none */
	bool mad_set; /* the four fields below are valid */
	uint8_t mgmt_class;
	uint8_t method;
	uint16_t attribute;
	uint16_t peer_lid; /* 0: none */
	bool peer_path_set; /* a directed route; the two fields below are valid */
	uint8_t peer_hops;
	uint8_t peer_path[64]; /* egress ports of the hops, from entry 1 on */
	uint8_t peer_port; /* the port in an SMP's modifier; 0: none */
	bool peer_gid_set;
	uint8_t peer_gid[16];
	bool service_id_set;
	uint64_t service_id;
	bool mgid_set;
	uint8_t mgid[16];
	struct policy_rule rule; /* file NULL: no rule */
	bool device_set; /* the two fields below are valid */
	uint32_t domid;
	uint32_t handle;
	uint64_t repeats;
	const char *detail; /* NULL, or free text */
};

const char *audit_reason_text(enum audit_reason reason);

struct chan_addr;

/* A record without guest, port and MAD. */
struct audit_record proxy_record(enum audit_event event, enum audit_verdict verdict,
				 enum audit_reason reason);
void proxy_record_mad(struct audit_record *rec, unsigned int port, const struct chan_addr *addr,
		      const uint8_t *mad);
