/* SPDX-License-Identifier: Apache-2.0 */
/* A request to the kernel over netlink, and its answers. Only async-signal-safe calls. */
#include "node/kernel/netlink.h"

#include <sys/socket.h>

int netlink_ask(int fd, const struct nlmsghdr *request, void *room, size_t size,
		int (*take)(void *context, const void *answer, size_t len), void *context)
{
	const struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };
	int r = 1;

	if (sendto(fd, request, request->nlmsg_len, 0, (const struct sockaddr *)&kernel,
		   sizeof(kernel)) < 0)
		return -errno;
	while (r > 0) {
		ssize_t len = recv(fd, room, size, MSG_TRUNC);

		if (len < 0 && errno == EINTR)
			continue;
		if (len < 0)
			return -errno;
		if ((size_t)len > size)
			return -EMSGSIZE;
		r = take(context, room, (size_t)len);
	}
	return r;
}
