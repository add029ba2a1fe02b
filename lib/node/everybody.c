/* SPDX-License-Identifier: Apache-2.0 */
/* What a running node does with what leaves it, by everybody's rules. */
#include "node/everybody.h"

#include "node/failure.h"
#include "node/run.h"
#include "util/diag.h"

struct elsewhere {
	struct nat_elsewhere elsewhere;
	const struct ipmasq_node *node;
};

static int run_elsewhere(const struct nat_elsewhere *elsewhere, int (*act)(int argument),
			 int argument, int in,
			 int (*output)(void *context, const char *data, size_t len), void *context)
{
	const struct ipmasq_node *node = ((const struct elsewhere *)elsewhere)->node;
	/* The socket is of the node's namespace, so the process need not enter it. */
	const struct run run = { .task = { .act = act, .argument = argument, .netns = -1 },
				 .channel = &in,
				 .limit_ms = node->limit_ms,
				 .stop_fd = node->stop_fd,
				 .output = output,
				 .context = context };
	struct run_end end;
	int r = run_program(&run, &end);

	if (r < 0)
		return r;
	return end.status < 0 ? -EIO : -end.status;
}

int everybody_read(const struct ipmasq_node *node, unsigned int families,
		   const struct nat_known *known, struct ipmasq_nat **nat)
{
	const struct elsewhere elsewhere = { { run_elsewhere }, node };

	return nat_kernel_read(node->netns, families, &elsewhere.elsewhere, known, nat);
}

/* Adds the finding for an error, and returns it. */
static int tell(struct ipmasq_diags *diags, int error, const char *code, const char *text)
{
	return diag_add(diags, IPMASQ_ERROR, code, NULL, NULL, "%s", text) < 0 ? -ENOMEM : error;
}

IPMASQ_EXPORT int ipmasq_node_nat(const struct ipmasq_node *node, struct ipmasq_diags *diags,
				  struct ipmasq_nat **nat)
{
	int r;

	if (!node || !nat)
		return -EINVAL;
	r = everybody_read(node, NAT_BOTH_FAMILIES, NULL, nat);
	switch (r) {
	case -EPERM:
		return tell(diags, r, "not-permitted",
			    "reading the kernel's rules is not permitted here: it needs "
			    "CAP_NET_ADMIN over the network namespace");
	case -EAGAIN:
		return tell(diags, r, "changing",
			    "others change the kernel's rules so often that they cannot be read");
	case -EIO:
		return tell(diags, r, "not-understood", "the kernel's rules are not understood");
	default:
		return r;
	}
}
