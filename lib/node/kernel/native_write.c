/* SPDX-License-Identifier: Apache-2.0 */
/* Writes native tables: the load of new content, the switch, and what is deleted after it. */
#include "node/kernel/native_write.h"

#include <linux/membarrier.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "node/kernel/native_drop.h"
#include "node/kernel/native_load.h"
#include "rules/nft_form.h"

static void put_base(struct native_batch *batch, const char *name)
{
	struct nlmsghdr *message =
		native_start(batch, NFT_MSG_NEWCHAIN, NLM_F_CREATE, NFTA_CHAIN_TABLE);
	struct nlattr *hook;

	mnl_attr_put_strz(message, NFTA_CHAIN_NAME, name);
	hook = mnl_attr_nest_start(message, NFTA_CHAIN_HOOK);
	native_put_u32(message, NFTA_HOOK_HOOKNUM, NF_INET_POST_ROUTING);
	native_put_u32(message, NFTA_HOOK_PRIORITY, NFT_PRIORITY);
	mnl_attr_nest_end(message, hook);
	native_put_u32(message, NFTA_CHAIN_POLICY, NF_ACCEPT);
	mnl_attr_put_strz(message, NFTA_CHAIN_TYPE, "nat");
	native_batch_add(batch, message);
}

/* @put: native_put_rule() or native_put_rule_first(). */
static void put_base_rules(struct native_batch *batch, const char *name, const char *first,
			   void (*put)(struct native_batch *batch, const char *chain,
				       const struct native_rule *rule))
{
	enum ipmasq_family family = batch->socket->family;

	for (size_t i = 0; i < nft_base_test_count; i++) {
		struct native_rule rule = { .rule = rule_any(family), .chain = first };

		rule.rule.target = TARGET_GOTO;
		rule.rule.not_local = nft_base_tests[i] == NFT_BASE_NOT_LOCAL;
		put(batch, name, &rule);
	}
}

void native_put_switch(struct native_batch *batch, const char *root, const char *first,
		       const struct native_table *seen)
{
	char name[NFT_NAME_MAX + 1];

	nft_name(root, name);
	native_put_table(batch);
	if (seen->has_base)
		native_put_flush(batch, NFT_TABLE, name);
	if (seen->has_base && !seen->hooked)
		native_put_delete(batch, NFT_TABLE, name);
	if (!seen->has_base || !seen->hooked)
		put_base(batch, name);
	put_base_rules(batch, name, first, native_put_rule);
}

void native_put_first(struct native_batch *batch, const char *root, const char *first)
{
	char name[NFT_NAME_MAX + 1];

	nft_name(root, name);
	put_base_rules(batch, name, first, native_put_rule_first);
}

int native_switch(struct native_batch *batch, const char *root, const char *first,
		  const struct native_table *seen)
{
	int r;

	batch->generation = seen->id;
	native_put_switch(batch, root, first, seen);
	r = native_commit(batch);
	batch->generation = 0;
	return r;
}

void native_settle(void)
{
	const struct timespec nap = { .tv_nsec = 20000000 };

	/* A packet is in a reader's section of RCU, the end of which this waits for. It is refused
	 * where a processor runs without ticks (nohz_full), and by some filters of system calls. */
	if (syscall(SYS_membarrier, MEMBARRIER_CMD_GLOBAL, 0, 0) < 0)
		nanosleep(&nap, NULL);
}

static void put_stale_chains(struct native_batch *batch, const char *root, char keep,
			     const struct native_table *seen,
			     void (*put)(struct native_batch *batch, const char *table,
					 const char *chain))
{
	const char *name = seen->chains.text.data;
	char generation;

	for (size_t i = 0; i < seen->chains.count; i++, name += strlen(name) + 1)
		if (native_chain_is_ours(name, root, &generation) && generation != keep)
			put(batch, NFT_TABLE, name);
}

static void put_stale_maps(struct native_batch *batch, const char *root, char keep,
			   const struct native_table *seen)
{
	const char *name = seen->maps.text.data;
	char generation;

	for (size_t i = 0; i < seen->maps.count; i++, name += strlen(name) + 1) {
		struct nlmsghdr *message;

		if (!native_map_is_ours(name, root, &generation) || generation == keep)
			continue;
		message = native_start(batch, NFT_MSG_DELSET, 0, NFTA_SET_TABLE);
		mnl_attr_put_strz(message, NFTA_SET_NAME, name);
		native_batch_add(batch, message);
	}
}

/* What leads somewhere goes first: rules lead to maps and chains, elements to chains. */
void native_put_deletions(struct native_batch *batch, const char *root, char keep,
			  const struct native_table *seen)
{
	put_stale_chains(batch, root, keep, seen, native_put_flush);
	put_stale_maps(batch, root, keep, seen);
	put_stale_chains(batch, root, keep, seen, native_put_delete);
}

int native_delete(struct native_batch *batch, const char *root, char keep,
		  const struct native_table *seen)
{
	native_put_deletions(batch, root, keep, seen);
	return native_commit(batch);
}

int native_delete_base(struct native_batch *batch, const char *root,
		       const struct native_table *seen)
{
	char name[NFT_NAME_MAX + 1];

	if (!seen->has_base)
		return 0;
	nft_name(root, name);
	native_put_flush(batch, NFT_TABLE, name);
	native_put_delete(batch, NFT_TABLE, name);
	return native_commit(batch);
}

int native_delete_table(struct native_batch *batch, const struct native_table *seen)
{
	int r;

	if (!seen->exists || seen->others > 0)
		return 0;
	/* Whatever else came into it meanwhile is left alone. */
	native_batch_add(batch,
			 native_start(batch, NFT_MSG_DELTABLE, NLM_F_NONREC, NFTA_TABLE_NAME));
	r = native_commit(batch);
	return r == -EBUSY || r == NATIVE_STALE ? 0 : r;
}
