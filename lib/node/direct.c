/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the kernel's tables without a program. */
#include "node/direct.h"

#include <string.h>
#include <sys/socket.h>

#include "node/launch.h"

int direct_ask(const struct iptables *t, int (*send)(int family),
	       int (*output)(void *context, const char *data, size_t len), void *context,
	       struct failure *failure)
{
	struct run run = { .task.act = send,
			   .task.argument = t->family == IPMASQ_IPV6 ? AF_INET6 : AF_INET,
			   .output = output,
			   .context = context };
	struct run_end end;
	int r = launch(t->node, &run, &end, failure);

	return r == 0 && end.status != 0 ? -EAGAIN : r;
}

static int read_nft(struct kernel *k, const struct iptables *t, struct failure *failure)
{
	struct nft_reader *reader = nft_reader_new(k);
	int r = reader ? direct_ask(t, kernel_send_nft, nft_reader_feed, reader, failure) : -ENOMEM;

	if (r == 0)
		r = nft_reader_end(reader);
	nft_reader_free(reader);
	return r;
}

static int read_legacy(struct kernel *k, const struct iptables *t, struct failure *failure)
{
	struct legacy_reader *reader = legacy_reader_new(k);
	int r = reader ? direct_ask(t, kernel_send_legacy, legacy_reader_feed, reader, failure)
		       : -ENOMEM;

	if (r == 0)
		r = legacy_reader_end(reader);
	legacy_reader_free(reader);
	return r;
}

int direct_observe(const struct iptables *t, const char *root, struct observation *obs,
		   struct failure *failure)
{
	struct kernel k = { .obs = obs, .root = root, .family = t->family };
	uint32_t index;
	int r;

	*obs = (struct observation){ .direct = true };
	chain_prefix(root, k.prefix);
	r = ruleset_new_empty(t->family, &obs->rules);
	if (r == 0)
		r = ruleset_add_chain(obs->rules, root, strlen(root), &index);
	if (r == 0)
		r = chain_index_update(&k.chains, obs->rules);
	if (r == 0)
		r = t->backend == IPMASQ_BACKEND_NFT ? read_nft(&k, t, failure)
						     : read_legacy(&k, t, failure);
	chain_index_release(&k.chains);
	if (r == 0) {
		kernel_fingerprint(obs);
		return 0;
	}
	observation_release(obs);
	if (r == -ENOMEM)
		return failure_no_memory(failure);
	return r == -ECANCELED ? r : KERNEL_UNSURE;
}

int direct_legacy_listed(const struct ipmasq_node *node, enum ipmasq_family family,
			 const char *table, bool *listed, struct failure *failure)
{
	struct run run = { .task.file = family == IPMASQ_IPV6 ? "/proc/self/net/ip6_tables_names"
							      : "/proc/self/net/ip_tables_names" };
	struct run_end end;
	char text[1024];
	int r = launch_for_text(node, &run, &end, text, sizeof(text), failure);

	*listed = false;
	/* Where the file does not exist or cannot be read, its kernel half is not for us either. */
	for (const char *p = text; r == 0 && *p; p += strcspn(p, "\n"), p += *p == '\n')
		if (strcspn(p, "\n") == strlen(table) && strncmp(p, table, strlen(table)) == 0)
			*listed = true;
	return r;
}
