/* SPDX-License-Identifier: Apache-2.0 */
/* Opens netlink sockets in network namespaces. */
#include "node/kernel/netns_socket.h"

#include <pthread.h>
#include <sched.h>
#include <sys/socket.h>

struct call {
	int netns;
	void (*there)(void *context);
	void *context;
	int error;
};

static void *call_there(void *arg)
{
	struct call *call = arg;

	if (setns(call->netns, CLONE_NEWNET) < 0)
		call->error = -errno;
	else
		call->there(call->context);
	return NULL;
}

int netns_call(int netns, void (*there)(void *context), void *context)
{
	struct call call = { .netns = netns, .there = there, .context = context };
	pthread_t thread;

	if (netns < 0) {
		there(context);
		return 0;
	}
	if (pthread_create(&thread, NULL, call_there, &call) != 0)
		return -ENOMEM;
	pthread_join(thread, NULL);
	return call.error;
}

struct opening {
	int bus;
	struct mnl_socket *socket;
	int error;
};

static void open_there(void *context)
{
	struct opening *opening = context;

	opening->socket = mnl_socket_open2(opening->bus, SOCK_CLOEXEC);
	if (!opening->socket) {
		opening->error = -errno;
	} else if (mnl_socket_bind(opening->socket, 0, MNL_SOCKET_AUTOPID) < 0) {
		opening->error = -errno;
		mnl_socket_close(opening->socket);
	}
}

int netns_socket_open(int netns, int bus, struct mnl_socket **socket)
{
	struct opening opening = { .bus = bus };
	int r = netns_call(netns, open_there, &opening);

	if (r == 0)
		r = opening.error;
	if (r == 0)
		*socket = opening.socket;
	return r;
}
