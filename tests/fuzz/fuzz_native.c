/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A target for libFuzzer: tables of our own, as the kernel sends them. Rules that were understood
 * are written again as messages and read as the same rules, the names of chains are those of the
 * kernel, and the words of nft for them are read as a dump whose rules are understood too.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz/fuzz.h"
#include "node/kernel/native_rule.h"
#include "rules/nft_form.h"
#include "rules/nft_script.h"
#include "support/native_replay.h"

/* As much as an expression list of ours ever has. */
static char room[4096] __attribute__((aligned(8)));

static void check_rule(const struct ipmasq_ruleset *rules, const struct rule *rule)
{
	struct nlmsghdr *message = mnl_nlmsg_put_header(room);
	struct native_rule native = { .rule = *rule };
	char name[NFT_NAME_MAX + 1];
	struct native_rule again;

	if (rule->target == TARGET_GOTO) {
		nft_name(rules->chains[rule->chain].name, name);
		native.chain = name;
	}
	mnl_nlmsg_put_extra_header(message, 4);
	native_rule_write(message, rules->family, &native);
	INSIST(native_rule_read(rules->family, mnl_nlmsg_get_payload_offset(message, 4), &again) ==
	       NATIVE_KNOWN);
	INSIST(!again.lookup.map && (again.chain != NULL) == (rule->target == TARGET_GOTO));
	INSIST(!again.chain || strcmp(again.chain, name) == 0);
	again.rule.chain = rule->chain;
	INSIST(rule_equal(&again.rule, rule));
}

static void check_name(const char *chain)
{
	char name[NFT_NAME_MAX + 1];
	char again[CHAIN_NAME_MAX + 1];

	INSIST(*chain && memchr(chain, '\0', CHAIN_NAME_MAX + 1));
	nft_name(chain, name);
	INSIST(nft_name_read(name, again) && strcmp(again, chain) == 0);
}

/* Elements of a map stand side by side, in ascending order but for those that are equal. */
static void check_items(const struct ipmasq_ruleset *rules, const struct chain *chain)
{
	struct nft_item item;
	size_t at = 0;
	size_t seen = 0;

	while (nft_item_next(chain, &at, &item)) {
		struct buf buf = BUF_INIT;

		seen += item.count;
		INSIST(at == seen && item.count > 0);
		if (item.key.size > 0) {
			INSIST(item.key.bits > 0 && item.key.bits <= item.key.size * 8);
			nft_script_put_key(&buf, rules, &item);
			nft_script_put_element(&buf, rules, &item, item.rules);
		} else if (!rule_is_odd(item.rules)) {
			check_rule(rules, item.rules);
			nft_script_put_rule(&buf, rules, item.rules);
		}
		INSIST(buf.error == 0 && (!buf.data || !strchr(buf.data, '\n')));
		buf_release(&buf);
	}
	INSIST(seen == chain->count);
}

static void check_table(const struct native_table *table)
{
	const struct ipmasq_ruleset *rules = table->rules;

	INSIST(memchr(table->odd, '\0', sizeof(table->odd)) && (!table->unclear || *table->odd));
	INSIST(table->stale <= table->chains.count + table->maps.count);
	INSIST(table->hooked == (table->has_base && table->faults == 0));
	INSIST((rules->count > 0) == (table->generation != '\0'));
	for (size_t i = 0; i < rules->count; i++) {
		const struct chain *chain = &rules->chains[i];

		check_name(chain->name);
		for (size_t j = 0; j < chain->count; j++) {
			INSIST(chain->rules[j].target != TARGET_GOTO ||
			       chain->rules[j].chain < rules->count);
			INSIST(!rule_is_odd(&chain->rules[j]) || *table->odd);
		}
		check_items(rules, chain);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct native_table table;
	int r = native_replay_read(data, size, &table);

	INSIST(r <= 0);
	if (r == 0)
		check_table(&table);
	native_table_release(&table);
	return 0;
}
