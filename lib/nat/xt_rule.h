/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A rule of iptables that is being read, in whichever form: its conditions, each made from the
 * value that was printed, and its target. What a value does not tell becomes NAT_ON_UNKNOWN.
 */
#ifndef LIBIPMASQ_NAT_XT_RULE_H
#define LIBIPMASQ_NAT_XT_RULE_H

#include "nat/nat.h"

/* A rule has a few conditions; those beyond become one that is unknown. */
#define XT_CONDITIONS_MAX 48

struct xt_rule {
	struct nat_model *model;
	enum ipmasq_family family;
	/* Of the rule, without its conditions, text, comment and chain. */
	struct nat_rule rule;
	struct nat_condition conditions[XT_CONDITIONS_MAX];
	size_t count;
	/* A stretch of the text that is read; NULL: there is none. */
	const char *comment;
	size_t comment_len;
	/* What -j or -g names; NULL: there is none. */
	const char *target;
	size_t target_len;
	bool is_goto;
	/* 0 or -ENOMEM. */
	int error;
};

/* A value, and the words that the user sees for its condition. Neither need end in a NUL. */
struct xt_value {
	const char *text;
	size_t len;
	const char *words;
	size_t words_len;
	bool negated;
};

void xt_rule_start(struct xt_rule *rule, struct nat_model *model, enum ipmasq_family family);

/* An address, CIDR, address with a netmask, or range A-B. @kind: NAT_ON_SOURCE or _DESTINATION. */
void xt_add_addresses(struct xt_rule *rule, enum nat_condition_kind kind,
		      const struct xt_value *value);
/* A set by its name; those of the model are known. @flags are those of the set match: "src,dst". */
void xt_add_set(struct xt_rule *rule, const struct xt_value *name, const char *flags,
		size_t flags_len);
/* The name or the number of a protocol; none for all of them. */
void xt_add_protocol(struct xt_rule *rule, const struct xt_value *value);
/* "80", "80:90", ":90", or several with commas. */
void xt_add_ports(struct xt_rule *rule, enum nat_condition_kind kind, const struct xt_value *value);
/* "eth0", "eth+"; none for "*" and "any". */
void xt_add_interface(struct xt_rule *rule, enum nat_condition_kind kind,
		      const struct xt_value *value);
/* "LOCAL,UNICAST". */
void xt_add_address_types(struct xt_rule *rule, enum nat_condition_kind kind,
			  const struct xt_value *value);
/* "0x4000/0x4000" or "0x1". */
void xt_add_mark(struct xt_rule *rule, enum nat_condition_kind kind, const struct xt_value *value);
/* "NEW,ESTABLISHED". */
void xt_add_states(struct xt_rule *rule, const struct xt_value *value);
/* A kind that needs no value: NAT_ON_SOCKET_OWNER, NAT_ON_STATISTIC, NAT_ON_UNKNOWN. */
void xt_add_plain(struct xt_rule *rule, enum nat_condition_kind kind, const struct xt_value *value);
void xt_add_unknown(struct xt_rule *rule, const char *words, size_t len);

/* "1.2.3.4", "1.2.3.4-1.2.3.9", with ports after a colon, "[fd00::1]:80". */
void xt_set_source_address(struct xt_rule *rule, const char *text, size_t len);
/* "10.1.0.0/16". */
void xt_set_netmap(struct xt_rule *rule, const char *text, size_t len);

/* The verdict of a target that is no chain; NAT_UNKNOWN: it is none of those that are known. */
enum nat_verdict xt_target_verdict(const char *name, size_t len);

/*
 * Completes the rule: settles the target, which is @chain where that is not NAT_NO_CHAIN, and
 * copies all of it to the model. @text is cut if it is very long. -ENOMEM.
 */
int xt_rule_finish(struct xt_rule *rule, const char *text, size_t len, uint32_t chain,
		   struct nat_rule *finished);

#endif
