/* SPDX-License-Identifier: Apache-2.0 */
/* Changes of a node's rules by others, as the kernel reports them. */
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "node/launch.h"
#include "policy/policy.h"

/* What a descriptor takes as ancillary data. */
union ancillary {
	char bytes[CMSG_SPACE(sizeof(int))];
	struct cmsghdr aligned;
};

/* Opens the socket in the namespace of the child, and sends it to the parent over stdin: a socket
 * belongs to the namespace that it was opened in. Only async-signal-safe calls. */
static int send_socket(int unused)
{
	int fd = listener_socket();
	int result = fd < 0 ? fd : 0;
	union ancillary room = { { 0 } };
	struct iovec data = { .iov_base = &result, .iov_len = sizeof(result) };
	struct msghdr message = { .msg_iov = &data, .msg_iovlen = 1 };

	(void)unused;
	if (fd >= 0) {
		room.aligned.cmsg_len = CMSG_LEN(sizeof(fd));
		room.aligned.cmsg_level = SOL_SOCKET;
		room.aligned.cmsg_type = SCM_RIGHTS;
		memcpy(CMSG_DATA(&room.aligned), &fd, sizeof(fd));
		message.msg_control = &room;
		message.msg_controllen = sizeof(room);
	}
	return sendmsg(STDIN_FILENO, &message, 0) < 0;
}

/* Takes what send_socket() sent: the socket, or a negative errno. */
static int receive_socket(int channel)
{
	int result = -EIO;
	int fd = -EIO;
	union ancillary room = { { 0 } };
	struct iovec data = { .iov_base = &result, .iov_len = sizeof(result) };
	struct msghdr message = { .msg_iov = &data,
				  .msg_iovlen = 1,
				  .msg_control = &room,
				  .msg_controllen = sizeof(room) };
	ssize_t len = recvmsg(channel, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);

	if (len == (ssize_t)sizeof(result) && result < 0)
		return result;
	if (len == (ssize_t)sizeof(result) && message.msg_controllen >= room.aligned.cmsg_len &&
	    room.aligned.cmsg_type == SCM_RIGHTS && room.aligned.cmsg_len == CMSG_LEN(sizeof(fd)))
		memcpy(&fd, CMSG_DATA(&room.aligned), sizeof(fd));
	return fd;
}

/* The socket in the node's namespace, or a negative errno. */
static int open_socket(const struct ipmasq_node *node)
{
	struct failure failure;
	struct run_end end;
	int ends[2];
	struct run run = { .task.act = send_socket, .channel = &ends[1] };
	int r;

	if (node->netns < 0)
		return listener_socket();
	if (socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, ends) < 0)
		return -errno;
	r = launch(node, &run, &end, &failure);
	if (r == 0)
		r = receive_socket(ends[0]);
	close(ends[0]);
	close(ends[1]);
	return r;
}

/* The errors that the header promises. */
static int public_error(int error)
{
	switch (error) {
	case -ENOMEM:
	case -EPERM:
	case -ETIMEDOUT:
	case -ECANCELED:
		return error;
	case -EACCES:
		return -EPERM;
	case -ENOBUFS:
		return -ENOMEM;
	case -EPROTONOSUPPORT:
	case -EAFNOSUPPORT:
	case -ENOENT:
		return -EOPNOTSUPP;
	default:
		return -EIO;
	}
}

IPMASQ_EXPORT int ipmasq_node_listen(struct ipmasq_node *node, int *fd)
{
	int r;

	if (!node || !fd)
		return -EINVAL;
	if (!node->direct)
		return -EOPNOTSUPP;
	if (!node->listener) {
		r = open_socket(node);
		if (r < 0)
			return public_error(r);
		node->listener = listener_new(r);
		if (!node->listener)
			return -ENOMEM;
	}
	*fd = listener_fd(node->listener);
	return 0;
}

IPMASQ_EXPORT void ipmasq_node_unlisten(struct ipmasq_node *node)
{
	if (!node)
		return;
	listener_free(node->listener);
	node->listener = NULL;
}

IPMASQ_EXPORT int ipmasq_node_changes(struct ipmasq_node *node, const struct ipmasq_policy *policy,
				      struct ipmasq_changes *changes, size_t size)
{
	struct ipmasq_changes made = { .process = "" };
	struct listener_news news;
	int r;

	if (!node || !policy || !changes || size == 0)
		return -EINVAL;
	if (node->listener) {
		r = listener_take(node->listener, policy->chain, node->seen_nft_generation, &news);
		if (r < 0)
			return public_error(r);
		made.ours = news.ours;
		made.others = news.others;
		made.lost = news.lost;
		made.more = news.more;
		made.process = news.process;
		made.pid = news.pid;
	}
	return struct_fill(changes, size, &made, sizeof(made));
}
