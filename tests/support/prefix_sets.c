/* SPDX-License-Identifier: Apache-2.0 */
/* Makes policies of many CIDRs. */
#include "support/prefix_sets.h"

#include <stdio.h>

const char *const set_kind_names[SET_KINDS] = {
	"random", "clumped", "comb", "nested", "hosts", "one range",
};

uint32_t set_address(struct random *random)
{
	return random_below(random, 65536) << 16 | random_below(random, 65536);
}

/* @length and @which list of entry @i. */
static uint32_t next_entry(enum set_kind kind, struct random *random, size_t i,
			   unsigned int *length, enum ipmasq_list *which)
{
	uint32_t address = set_address(random);

	*which = IPMASQ_NON_MASQUERADE_CIDRS;
	switch (kind) {
	case SET_RANDOM:
		*length = 16 + random_below(random, 13);
		break;
	case SET_CLUMPED:
		*length = 24 + random_below(random, 8);
		address = 0x0a000000 | random_below(random, 40) << 16 | (address & 0xffff);
		break;
	case SET_COMB:
		/* Every second sibling along a path down the trie: each prefix sits in the last. */
		*length = 18 + 2 * (unsigned int)(i % 8);
		address = ((uint32_t)(i / 8) * 2654435761u & 0xffff0000) | 1u << (32 - *length);
		break;
	case SET_HOSTS:
		*length = 32;
		break;
	case SET_ONE_RANGE:
		*length = 24;
		address = 0x0a000000 | (address & 0xffffff);
		break;
	case SET_NESTED:
	default:
		*length = 12 + random_below(random, 21);
		*which = *length > 22 ? IPMASQ_MASQUERADE_CIDRS : IPMASQ_NON_MASQUERADE_CIDRS;
		break;
	}
	return address >> (32 - *length) << (32 - *length);
}

struct ipmasq_policy *set_policy(enum set_kind kind, size_t entries, enum ipmasq_family family,
				 uint64_t seed)
{
	struct random random = { seed };
	struct ipmasq_config *config = NULL;
	struct ipmasq_policy *policy = NULL;
	int r = ipmasq_config_new(NULL, &config);

	if (r == 0)
		r = ipmasq_config_set_list(config, IPMASQ_NON_MASQUERADE_CIDRS);
	for (size_t i = 0; i < entries && r == 0; i++) {
		enum ipmasq_list which;
		unsigned int length;
		uint32_t a = next_entry(kind, &random, i, &length, &which);
		char text[64];

		if (family == IPMASQ_IPV4)
			snprintf(text, sizeof(text), "%u.%u.%u.%u/%u", a >> 24, a >> 16 & 255,
				 a >> 8 & 255, a & 255, length);
		else if (kind == SET_HOSTS)
			snprintf(text, sizeof(text), "2001:db8:%x::%x/128", a >> 16, a & 0xffff);
		else
			snprintf(text, sizeof(text), "2001:db8:%x:%x::/%u", a >> 16, a & 0xffff,
				 32 + length);
		r = ipmasq_config_add_cidr(config, which, text, NULL);
	}
	if (r == 0)
		ipmasq_policy_new(config, NULL, NULL, &policy);
	ipmasq_config_free(config);
	return policy;
}
