/* SPDX-License-Identifier: Apache-2.0 */
/* Empties and deletes chains of any table of nf_tables, without a program. */
#include "node/kernel/native_drop.h"

#include <linux/netfilter/nf_tables.h>

void native_put_flush(struct native_batch *batch, const char *table, const char *chain)
{
	struct nlmsghdr *message = native_batch_message(batch, NFT_MSG_DELRULE, 0);

	mnl_attr_put_strz(message, NFTA_RULE_TABLE, table);
	mnl_attr_put_strz(message, NFTA_RULE_CHAIN, chain);
	native_batch_add(batch, message);
}

void native_put_delete(struct native_batch *batch, const char *table, const char *chain)
{
	struct nlmsghdr *message = native_batch_message(batch, NFT_MSG_DELCHAIN, 0);

	mnl_attr_put_strz(message, NFTA_CHAIN_TABLE, table);
	mnl_attr_put_strz(message, NFTA_CHAIN_NAME, chain);
	native_batch_add(batch, message);
}
