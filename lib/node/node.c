/* SPDX-License-Identifier: Apache-2.0 */
/* The node as its user sees it: options, and the three acts. */
#include <fcntl.h>
#include <linux/nsfs.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "node/work.h"

#define WAIT_MAX 3600

IPMASQ_EXPORT const char *ipmasq_backend_name(enum ipmasq_backend backend)
{
	static const char *const names[] = {
		[IPMASQ_BACKEND_AUTO] = "auto",
		[IPMASQ_BACKEND_NFT] = "nft",
		[IPMASQ_BACKEND_LEGACY] = "legacy",
	};

	return NAME_OF(names, backend);
}

IPMASQ_EXPORT void ipmasq_node_free(struct ipmasq_node *node)
{
	if (!node)
		return;
	if (node->netns >= 0)
		close(node->netns);
	free(node->search_path);
	free(node->lock_file);
	free(node);
}

IPMASQ_EXPORT int ipmasq_node_new(struct ipmasq_node **node)
{
	struct ipmasq_node *made = calloc(1, sizeof(*made));

	if (!made)
		return -ENOMEM;
	made->wait = 5;
	made->netns = -1;
	made->stop_fd = -1;
	made->limit_ms = NODE_LIMIT_MS;
	made->direct = true;
	made->ipv6_dir = "/proc/sys/net/ipv6";
	made->search_path = strdup(PROGRAMS_PATH);
	if (!made->search_path) {
		ipmasq_node_free(made);
		return -ENOMEM;
	}
	*node = made;
	return 0;
}

/* What was learnt of programs and kernel need not hold for others. */
static void forget_answers(struct ipmasq_node *node)
{
	memset(node->random_fully, 0, sizeof(node->random_fully));
}

IPMASQ_EXPORT int ipmasq_node_set_backend(struct ipmasq_node *node, enum ipmasq_backend backend)
{
	if ((unsigned int)backend >= BACKENDS)
		return -EINVAL;
	node->backend = backend;
	return 0;
}

IPMASQ_EXPORT int ipmasq_node_set_wait(struct ipmasq_node *node, unsigned int seconds)
{
	if (seconds > WAIT_MAX)
		return -EINVAL;
	node->wait = seconds;
	return 0;
}

/* Opening succeeds for any file; only a network namespace is one. */
static int open_netns(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd >= 0 && ioctl(fd, NS_GET_NSTYPE) != CLONE_NEWNET) {
		close(fd);
		return -ENOTTY;
	}
	return fd < 0 ? -errno : fd;
}

IPMASQ_EXPORT int ipmasq_node_set_netns(struct ipmasq_node *node, const char *netns,
					struct ipmasq_diags *diags)
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
			 fd == -ENOTTY ? "this is no network namespace" : strerror(-fd));
		free(path);
		return fd == -EACCES || fd == -EPERM ? -EACCES : fd == -ENOMEM ? fd : -ENOENT;
	}
	free(path);
	if (node->netns >= 0)
		close(node->netns);
	node->netns = fd;
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

IPMASQ_EXPORT int ipmasq_node_set_search_path(struct ipmasq_node *node, const char *path)
{
	forget_answers(node);
	/* Programs from elsewhere may be wrappers that look into another kernel or namespace. */
	node->direct = !path;
	return set_string(&node->search_path, path ? path : PROGRAMS_PATH);
}

IPMASQ_EXPORT int ipmasq_node_set_lock_file(struct ipmasq_node *node, const char *path)
{
	return set_string(&node->lock_file, path);
}

IPMASQ_EXPORT int ipmasq_node_set_stop_fd(struct ipmasq_node *node, int fd)
{
	node->stop_fd = fd;
	return 0;
}

IPMASQ_EXPORT int ipmasq_node_set_flows(struct ipmasq_node *node, enum ipmasq_flows flows)
{
	if ((unsigned int)flows > IPMASQ_FLOWS_END)
		return -EINVAL;
	node->flows = flows;
	return 0;
}

/* @preferred: the backend of the family before, and then of this one. */
static int on_family(const struct work *common, enum ipmasq_family family,
		     enum ipmasq_backend *preferred, int (*act)(struct work *w))
{
	struct work w = *common;
	struct programs programs;
	int r;

	w.family = family;
	w.programs = &programs;
	w.preferred = *preferred;
	r = programs_find(w.node, family, &programs, &w.failure);
	r = r < 0 ? family_fail(&w, NULL) : act(&w);
	*preferred = w.iptables.backend;
	work_release(&w);
	programs_release(&programs);
	return r;
}

/* The second also when the first has failed. */
static int on_both(const struct work *common, int (*act)(struct work *w))
{
	enum ipmasq_backend preferred = IPMASQ_BACKEND_AUTO;
	int error;
	int r;

	report_reset(common->report);
	error = on_family(common, IPMASQ_IPV4, &preferred, act);
	r = on_family(common, IPMASQ_IPV6, &preferred, act);
	if (error == 0)
		error = r;
	if (error == 0)
		error = common->report->error;
	return error == 0 ? diag_error(common->diags) : error;
}

IPMASQ_EXPORT int ipmasq_node_check(struct ipmasq_node *node, const struct ipmasq_policy *policy,
				    struct ipmasq_report *report, struct ipmasq_diags *diags)
{
	const struct work common = { .node = node,
				     .policy = policy,
				     .root = policy->chain,
				     .report = report,
				     .diags = diags };

	return on_both(&common, family_check);
}

IPMASQ_EXPORT int ipmasq_node_apply(struct ipmasq_node *node, const struct ipmasq_policy *policy,
				    struct ipmasq_report *report, struct ipmasq_diags *diags)
{
	const struct work common = { .node = node,
				     .policy = policy,
				     .root = policy->chain,
				     .report = report,
				     .diags = diags };

	return on_both(&common, family_apply);
}

IPMASQ_EXPORT int ipmasq_node_remove(struct ipmasq_node *node, const char *chain,
				     struct ipmasq_report *report, struct ipmasq_diags *diags)
{
	const struct work common = {
		.node = node, .root = chain, .report = report, .diags = diags
	};
	const char *why = chain_name_error(chain);

	if (why) {
		report_reset(report);
		diag_add(diags, IPMASQ_ERROR, "chain-name", NULL, NULL, "\"%s\" %s", chain, why);
		return -EINVAL;
	}
	return on_both(&common, family_remove);
}
