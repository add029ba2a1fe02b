/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A library for LD_PRELOAD under which the kernel seems to refuse to list flows: those of IPv4
 * while the file $REFUSE_FLOWS.4 exists, and those of IPv6 while $REFUSE_FLOWS.6 does. It seems to
 * refuse to report events while $REFUSE_FLOWS.events does.
 */
#include <errno.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <linux/netlink.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The programs that the process starts are real. */
__attribute__((constructor)) static void spare_children(void)
{
	unsetenv("LD_PRELOAD");
}

static bool is_refused(const void *data, size_t len, const struct sockaddr *to)
{
	const char *prefix = getenv("REFUSE_FLOWS");
	struct {
		struct nlmsghdr header;
		struct nfgenmsg general;
	} request;
	char path[256];

	if (!prefix || !to || to->sa_family != AF_NETLINK || len < sizeof(request))
		return false;
	memcpy(&request, data, sizeof(request));
	if (request.header.nlmsg_type != (NFNL_SUBSYS_CTNETLINK << 8 | IPCTNL_MSG_CT_GET))
		return false;
	snprintf(path, sizeof(path), "%s.%c", prefix,
		 request.general.nfgen_family == AF_INET ? '4' : '6');
	return access(path, F_OK) == 0;
}

static bool are_events_refused(void)
{
	const char *prefix = getenv("REFUSE_FLOWS");
	char path[256];

	snprintf(path, sizeof(path), "%s.events", prefix ? prefix : "");
	return prefix && access(path, F_OK) == 0;
}

__attribute__((visibility("default"))) int setsockopt(int fd, int level, int name,
						      const void *value, socklen_t len)
{
	if (level == SOL_NETLINK && name == NETLINK_ADD_MEMBERSHIP && are_events_refused()) {
		errno = EPERM;
		return -1;
	}
	return (int)syscall(SYS_setsockopt, fd, level, name, value, len);
}

__attribute__((visibility("default"))) ssize_t
sendto(int fd, const void *data, size_t len, int flags, const struct sockaddr *to, socklen_t to_len)
{
	if (is_refused(data, len, to)) {
		errno = EPERM;
		return -1;
	}
	return syscall(SYS_sendto, fd, data, len, flags, to, to_len);
}
