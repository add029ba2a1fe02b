/* SPDX-License-Identifier: Apache-2.0 */
/* A node and the options of its user. */
#include "node/node.h"

#include <fcntl.h>
#include <linux/nsfs.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "util/diag.h"

#define WAIT_MAX 3600

IPMASQ_EXPORT const char *ipmasq_backend_name(enum ipmasq_backend backend)
{
	static const char *const names[] = {
		[IPMASQ_BACKEND_AUTO] = "auto",
		[IPMASQ_BACKEND_NFT] = "nft",
		[IPMASQ_BACKEND_LEGACY] = "legacy",
		[IPMASQ_BACKEND_NFTABLES] = "nftables",
	};

	return NAME_OF(names, backend);
}

/* The reports are those of one namespace. */
static void stop_listening(struct ipmasq_node *node)
{
	listener_free(node->listener);
	node->listener = NULL;
	for (size_t i = 0; i < ARRAY_SIZE(node->seen_nft_generation); i++)
		node->seen_nft_generation[i] = NFT_GENERATION_UNKNOWN;
}

static void forget_flows(struct ipmasq_node *node)
{
	for (size_t i = 0; i < ARRAY_SIZE(node->pending); i++)
		pending_flows_forget(&node->pending[i]);
}

IPMASQ_EXPORT void ipmasq_node_free(struct ipmasq_node *node)
{
	if (!node)
		return;
	if (node->netns >= 0)
		close(node->netns);
	forget_flows(node);
	stop_listening(node);
	free(node->search_path);
	free(node->lock_file);
	free(node);
}

IPMASQ_EXPORT int ipmasq_node_new(struct ipmasq_node **node)
{
	struct ipmasq_node *made;

	if (!node)
		return -EINVAL;
	made = calloc(1, sizeof(*made));
	if (!made)
		return -ENOMEM;
	made->wait = 5;
	made->netns = -1;
	made->stop_fd = -1;
	stop_listening(made);
	made->limit_ms = NODE_LIMIT_MS;
	made->direct = true;
	made->ipv6_dir = "/proc/sys/net/ipv6";
	made->ipv6_addresses = "/proc/self/net/if_inet6";
	made->search_path = strdup(NODE_PATH);
	if (!made->search_path) {
		ipmasq_node_free(made);
		return -ENOMEM;
	}
	*node = made;
	return 0;
}

/* Another namespace or other programs may give other answers. */
static void forget_answers(struct ipmasq_node *node)
{
	memset(node->random_fully, 0, sizeof(node->random_fully));
}

IPMASQ_EXPORT int ipmasq_node_set_backend(struct ipmasq_node *node, enum ipmasq_backend backend)
{
	if (!node || !IS_UP_TO(IPMASQ_BACKEND_NFTABLES, backend))
		return -EINVAL;
	node->backend = backend;
	return 0;
}

IPMASQ_EXPORT int ipmasq_node_set_flows(struct ipmasq_node *node, enum ipmasq_flows flows)
{
	if (!node || !IS_UP_TO(IPMASQ_FLOWS_END, flows))
		return -EINVAL;
	node->flows = flows;
	if (flows != IPMASQ_FLOWS_END)
		forget_flows(node);
	return 0;
}

IPMASQ_EXPORT int ipmasq_node_set_wait(struct ipmasq_node *node, unsigned int seconds)
{
	if (!node || seconds > WAIT_MAX)
		return -EINVAL;
	node->wait = seconds;
	return 0;
}

IPMASQ_EXPORT int ipmasq_node_set_stop_fd(struct ipmasq_node *node, int fd)
{
	if (!node || fd < -1)
		return -EINVAL;
	node->stop_fd = fd;
	return 0;
}

/* Any file can be opened; -ENOTTY: it is not a network namespace. */
static int open_netns(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd >= 0 && ioctl(fd, NS_GET_NSTYPE) != CLONE_NEWNET) {
		close(fd);
		return -ENOTTY;
	}
	return fd < 0 ? -errno : fd;
}

static bool is_same_netns(int a, int b)
{
	struct stat first;
	struct stat second;

	return a >= 0 && b >= 0 && fstat(a, &first) == 0 && fstat(b, &second) == 0 &&
	       first.st_dev == second.st_dev && first.st_ino == second.st_ino;
}

static int set_netns(struct ipmasq_node *node, const char *netns, struct ipmasq_diags *diags)
{
	char *path = NULL;
	int fd = -1;

	if (netns) {
		bool is_name = !strchr(netns, '/');

		if (asprintf(&path, "%s%s", is_name ? "/run/netns/" : "", netns) < 0)
			return -ENOMEM;
		fd = open_netns(path);
	}
	if (netns && fd < 0) {
		diag_add(diags, IPMASQ_ERROR, "netns", NULL, NULL, "%s: %s", path,
			 fd == -ENOTTY ? "not a network namespace" : strerror(-fd));
		free(path);
		return fd == -EACCES || fd == -EPERM ? -EACCES : fd == -ENOMEM ? fd : -ENOENT;
	}
	free(path);
	/* A caller may look up a name again and again, in case it means another namespace. */
	if (is_same_netns(node->netns, fd)) {
		close(fd);
		return 0;
	}
	if (node->netns >= 0)
		close(node->netns);
	node->netns = fd;
	forget_flows(node);
	stop_listening(node);
	forget_answers(node);
	return 0;
}

static int set_string(char **where, const char *value)
{
	char *copy = value ? strdup(value) : NULL;

	if (value && !copy)
		return -ENOMEM;
	free(*where);
	*where = copy;
	return 0;
}

static int set_programs(struct ipmasq_node *node, const char *path)
{
	int r = set_string(&node->search_path, path ? path : NODE_PATH);

	if (r < 0)
		return r;
	forget_answers(node);
	stop_listening(node);
	/* Other programs may be wrappers that look into another kernel or namespace. */
	node->direct = !path;
	return 0;
}

IPMASQ_EXPORT int ipmasq_node_set_path(struct ipmasq_node *node, enum ipmasq_node_path which,
				       const char *path, struct ipmasq_diags *diags)
{
	if (!node)
		return -EINVAL;
	switch (which) {
	case IPMASQ_PATH_NETNS:
		return set_netns(node, path, diags);
	case IPMASQ_PATH_PROGRAMS:
		return set_programs(node, path);
	case IPMASQ_PATH_LOCK_FILE:
		return set_string(&node->lock_file, path);
	}
	return -EINVAL;
}
