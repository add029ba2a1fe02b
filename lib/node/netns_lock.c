/* SPDX-License-Identifier: Apache-2.0 */
/* A lock of a network namespace among processes that use this library. */
#include "node/netns_lock.h"

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <sys/file.h>
#include <unistd.h>

#include "node/child.h"
#include "util/patience.h"

#define PAUSE_MS 20

/* A description of its own: a lock belongs to that, not to the process. */
static int open_again(const struct ipmasq_node *node)
{
	char path[64] = "/proc/thread-self/ns/net";
	int fd;

	if (node->netns >= 0)
		snprintf(path, sizeof(path), "/proc/thread-self/fd/%d", node->netns);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0 && child_raise_fd(&fd) < 0) {
		close(fd);
		fd = -1;
	}
	return fd;
}

/* False: the caller wants to stop. */
static bool pause_briefly(const struct ipmasq_node *node)
{
	struct pollfd stop = { .fd = node->stop_fd, .events = POLLIN };

	return poll(&stop, 1, PAUSE_MS) <= 0;
}

int netns_lock(struct ipmasq_node *node, struct failure *failure)
{
	int64_t until = monotonic_ms() + (int64_t)node->wait * 1000;
	int fd = open_again(node);

	while (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) < 0) {
		bool held = errno == EWOULDBLOCK;
		bool stopped = held && !pause_briefly(node);

		if (held && !stopped && monotonic_ms() < until)
			continue;
		close(fd);
		fd = -1;
		if (stopped)
			return failure_set(failure, -ECANCELED, "stopped",
					   "the rules were not changed, because a stop was "
					   "requested");
		if (held)
			return failure_set(
				failure, -EBUSY, "lock-held",
				"another process that changes rules held the lock of the network "
				"namespace for %u seconds",
				node->wait);
	}
	node->lock = fd < 0 ? 0 : fd;
	return 0;
}

void netns_unlock(struct ipmasq_node *node)
{
	if (!node->lock)
		return;
	/* Children may still have the description. */
	flock(node->lock, LOCK_UN);
	close(node->lock);
	node->lock = 0;
}
