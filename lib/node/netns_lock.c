/* SPDX-License-Identifier: Apache-2.0 */
/* A lock of a network namespace among processes that use this library. */
#include "node/netns_lock.h"

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#define PAUSE_MS 20

/* A child has its streams below. */
static int raise_fd(int fd)
{
	int raised;

	if (fd < 0 || fd > STDERR_FILENO)
		return fd;
	raised = fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	close(fd);
	return raised;
}

/* A description of its own: a lock belongs to that, not to the process. */
static int open_again(const struct ipmasq_node *node)
{
	char path[64] = "/proc/thread-self/ns/net";

	if (node->netns >= 0)
		snprintf(path, sizeof(path), "/proc/thread-self/fd/%d", node->netns);
	return raise_fd(open(path, O_RDONLY | O_CLOEXEC));
}

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* False: the caller wants to stop. */
static bool pause_briefly(const struct ipmasq_node *node)
{
	struct pollfd stop = { .fd = node->stop_fd, .events = POLLIN };

	return poll(&stop, 1, PAUSE_MS) <= 0;
}

int netns_lock(struct ipmasq_node *node, int *lock, struct failure *failure)
{
	int64_t until = now_ms() + (int64_t)node->wait * 1000;

	*lock = open_again(node);
	while (*lock >= 0 && flock(*lock, LOCK_EX | LOCK_NB) < 0) {
		bool held = errno == EWOULDBLOCK;
		bool stopped = held && !pause_briefly(node);

		if (held && !stopped && now_ms() < until)
			continue;
		close(*lock);
		*lock = -1;
		if (stopped)
			return failure_set(failure, -ECANCELED, "stopped",
					   "rules were not taken over, because a stop was "
					   "requested");
		if (held)
			return failure_set(
				failure, -EBUSY, "lock-held",
				"another instance is taking the rules over, and held its "
				"lock of the network namespace for %u seconds",
				node->wait);
	}
	node->lock = *lock < 0 ? 0 : *lock;
	return 0;
}

void netns_unlock(struct ipmasq_node *node, int lock)
{
	if (lock < 0)
		return;
	node->lock = 0;
	/* Children may still have the description. */
	flock(lock, LOCK_UN);
	close(lock);
}
