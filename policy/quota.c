/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "policy/quota.h"

#include <string.h>

const struct policy_quota policy_quotas[POLICY_QUOTAS] = {
	{POLICY_KEY_OUTSTANDING, "requests of the guest waiting for an answer", 128, 131072,
	 offsetof(struct policy_limits, outstanding)},
	{POLICY_KEY_MAD_RATE, "MADs a second that are taken from the guest", 0, 10000000,
	 offsetof(struct policy_limits, mad_rate)},
	/* MLIDs end at 0xfffe: no fabric has more groups. */
	{POLICY_KEY_JOINS, "multicast groups the guest is a member of", 256, 16383,
	 offsetof(struct policy_limits, joins)},
	{POLICY_KEY_CONNECTIONS, "connections of the guest, counting those being set up", 4096,
	 1048576, offsetof(struct policy_limits, connections)},
};

uint32_t policy_limit_get(const struct policy_limits *limits, const struct policy_quota *quota)
{
	uint32_t value;

	memcpy(&value, (const char *)limits + quota->offset, sizeof(value));
	return value;
}

void policy_limit_set(struct policy_limits *limits, const struct policy_quota *quota,
		      uint32_t value)
{
	memcpy((char *)limits + quota->offset, &value, sizeof(value));
}

struct policy_limits policy_limits_default(void)
{
	struct policy_limits limits;

	memset(&limits, 0, sizeof(limits));
	for (size_t i = 0; i < POLICY_QUOTAS; i++)
		policy_limit_set(&limits, &policy_quotas[i], policy_quotas[i].deflt);
	return limits;
}
