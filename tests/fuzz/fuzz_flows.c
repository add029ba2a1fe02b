/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A target for libFuzzer: the flows that a kernel lists.
 *
 * The first byte of an input chooses the family; the rest are messages of ctnetlink.
 */
#include <libmnl/libmnl.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz/fuzz.h"
#include "node/kernel/flow.h"

/* What identifies a flow lies within its message. */
static void check_inside(const struct nlmsghdr *message, const struct nlattr *attr)
{
	const char *start = (const char *)message;
	const char *at = (const char *)attr;

	INSIST(!attr ||
	       (at > start && at + attr->nla_len <= start + MNL_ALIGN(message->nlmsg_len)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct nlmsghdr *message;
	enum ipmasq_family family;
	char *messages;
	int left;

	if (size < 2)
		return 0;
	family = data[0] & 1 ? IPMASQ_IPV6 : IPMASQ_IPV4;
	/* Aligned, and exactly as long. */
	messages = malloc(size - 1);
	INSIST(messages);
	memcpy(messages, data + 1, size - 1);
	left = (int)(size - 1);
	message = (const void *)messages;
	/* As libmnl may take it for granted of a kernel: the length is not negative where it is
	 * signed, and the message is filled up to a multiple of 4. */
	for (; mnl_nlmsg_ok(message, left) && message->nlmsg_len <= INT32_MAX &&
	       (int)MNL_ALIGN(message->nlmsg_len) <= left;
	     message = mnl_nlmsg_next(message, &left)) {
		struct flow_identity identity;
		struct flow flow;

		if (!flow_read(family, message, &flow, &identity))
			continue;
		INSIST(identity.id && identity.original);
		check_inside(message, identity.id);
		check_inside(message, identity.original);
		check_inside(message, identity.zone);
		INSIST(family == IPMASQ_IPV6 || (flow.src.lo == 0 && flow.dst.lo == 0));
	}
	free(messages);
	return 0;
}
