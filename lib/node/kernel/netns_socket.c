/* SPDX-License-Identifier: Apache-2.0 */
/* Opens netlink sockets in network namespaces. */
#include "node/kernel/netns_socket.h"

#include <pthread.h>
#include <sched.h>
#include <sys/socket.h>

/* A socket stays in the namespace where it was opened, so a short-lived thread goes there. */
struct opening {
	int netns;
	int bus;
	struct mnl_socket *socket;
	int error;
};

static void *open_there(void *arg)
{
	struct opening *opening = arg;

	if (opening->netns >= 0 && setns(opening->netns, CLONE_NEWNET) < 0) {
		opening->error = -errno;
		return NULL;
	}
	opening->socket = mnl_socket_open2(opening->bus, SOCK_CLOEXEC);
	if (!opening->socket) {
		opening->error = -errno;
	} else if (mnl_socket_bind(opening->socket, 0, MNL_SOCKET_AUTOPID) < 0) {
		opening->error = -errno;
		mnl_socket_close(opening->socket);
	}
	return NULL;
}

int netns_socket_open(int netns, int bus, struct mnl_socket **socket)
{
	struct opening opening = { .netns = netns, .bus = bus };
	pthread_t thread;

	if (netns < 0)
		open_there(&opening);
	else if (pthread_create(&thread, NULL, open_there, &opening) != 0)
		return -ENOMEM;
	else
		pthread_join(thread, NULL);
	if (opening.error == 0)
		*socket = opening.socket;
	return opening.error;
}
