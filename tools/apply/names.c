/* SPDX-License-Identifier: Apache-2.0 */
/* Families and states as words, the same in every output. */
#include "apply/names.h"

const char *family_name(enum ipmasq_family family)
{
	return family == IPMASQ_IPV4 ? "ipv4" : "ipv6";
}

const char *state_name(enum ipmasq_state state)
{
	switch (state) {
	case IPMASQ_STATE_IN_LINE:
		return "in line";
	case IPMASQ_STATE_CHANGED:
		return "changed";
	case IPMASQ_STATE_DRIFT:
		return "drift";
	case IPMASQ_STATE_SKIPPED:
		return "skipped";
	case IPMASQ_STATE_FAILED:
		return "failed";
	case IPMASQ_STATE_UNKNOWN:
		break;
	}
	return "unknown";
}
