/* SPDX-License-Identifier: Apache-2.0 */
/* The network interfaces of a namespace. */
#include "node/kernel/nat_interfaces.h"

#include <libmnl/libmnl.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

void nat_interfaces_release(struct nat_interfaces *interfaces)
{
	for (size_t i = 0; i < interfaces->count; i++)
		free(interfaces->names[i]);
	free(interfaces->names);
	free(interfaces->indices);
	*interfaces = (struct nat_interfaces){ 0 };
}

const char *nat_interface_name(const struct nat_interfaces *interfaces, uint32_t index)
{
	for (size_t i = 0; i < interfaces->count; i++)
		if (interfaces->indices[i] == index)
			return interfaces->names[i];
	return NULL;
}

static int add(struct nat_interfaces *list, uint32_t index, const char *name)
{
	char *copy;

	if (array_grow(&list->names, &list->capacity, list->count, sizeof(char *)) < 0 ||
	    array_grow(&list->indices, &list->index_capacity, list->count, sizeof(*list->indices)) <
		    0)
		return -ENOMEM;
	copy = strdup(name);
	if (!copy)
		return -ENOMEM;
	list->names[list->count] = copy;
	list->indices[list->count++] = index;
	return 0;
}

static int take_link(void *context, const struct nlmsghdr *message)
{
	const struct ifinfomsg *link = mnl_nlmsg_get_payload(message);
	struct nlattr *attr;

	if (message->nlmsg_type != RTM_NEWLINK ||
	    mnl_nlmsg_get_payload_len(message) < sizeof(*link))
		return -EBADMSG;
	mnl_attr_for_each(attr, message, sizeof(*link))
		if (mnl_attr_get_type(attr) == IFLA_IFNAME &&
		    mnl_attr_validate(attr, MNL_TYPE_NUL_STRING) == 0)
			return add(context, (uint32_t)link->ifi_index, mnl_attr_get_str(attr));
	return 0;
}

int nat_interfaces_read(struct nat_wire *wire, struct nat_interfaces *interfaces)
{
	char room[128] __attribute__((aligned(8)));
	struct nlmsghdr *request = mnl_nlmsg_put_header(room);
	struct ifinfomsg *link;

	*interfaces = (struct nat_interfaces){ 0 };
	request->nlmsg_type = RTM_GETLINK;
	request->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	link = mnl_nlmsg_put_extra_header(request, sizeof(*link));
	link->ifi_family = AF_UNSPEC;
	/* Statistics of the interfaces are of no interest. */
	mnl_attr_put_u32(request, IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
	return wire->ask(wire, request, take_link, interfaces);
}
