/* SPDX-License-Identifier: Apache-2.0 */
/* Rules of iptables that are being read: their conditions and targets. */
#include "nat/xt_rule.h"

#include <string.h>

#include "nat/xt_value.h"

/* Longer texts are cut, since a single line of a hostile dump could be as large as all of it. */
#define TEXT_MAX 2048

void xt_rule_start(struct xt_rule *rule, struct nat_model *model, enum ipmasq_family family)
{
	/* Not the conditions, which would take most of the time. */
	rule->model = model;
	rule->family = family;
	rule->rule = (struct nat_rule){ .verdict = NAT_CONTINUE, .chain = NAT_NO_CHAIN };
	rule->count = 0;
	rule->comment = rule->target = NULL;
	rule->comment_len = rule->target_len = 0;
	rule->is_goto = false;
	rule->error = 0;
}

/* A copy that belongs to the model; NULL where there is no memory, which the rule remembers. */
static const char *keep_text(struct xt_rule *rule, const char *text, size_t len)
{
	const char *kept;
	size_t end = len;

	if (len > TEXT_MAX) {
		end = TEXT_MAX;
		/* Not within a character. */
		while (end > 0 && ((unsigned char)text[end] & 0xc0) == 0x80)
			end--;
	}
	kept = nat_text(rule->model, text, end);
	if (!kept)
		rule->error = -ENOMEM;
	return kept;
}

/* Adds a condition whose own member is still to be filled. NULL: there is no room or memory. */
static struct nat_condition *add(struct xt_rule *rule, enum nat_condition_kind kind,
				 const struct xt_value *value)
{
	struct nat_condition *condition;
	const char *text;

	if (rule->error)
		return NULL;
	if (rule->count == XT_CONDITIONS_MAX) {
		condition = &rule->conditions[XT_CONDITIONS_MAX - 1];
		condition->kind = NAT_ON_UNKNOWN;
		condition->negated = false;
		return NULL;
	}
	text = keep_text(rule, value->words, value->words_len);
	if (!text)
		return NULL;
	condition = &rule->conditions[rule->count++];
	*condition = (struct nat_condition){
		.kind = kind,
		.negated = value->negated,
		.text = text,
	};
	return condition;
}

void xt_add_plain(struct xt_rule *rule, enum nat_condition_kind kind, const struct xt_value *value)
{
	(void)add(rule, kind, value);
}

void xt_add_unknown(struct xt_rule *rule, const char *words, size_t len)
{
	const struct xt_value value = { .words = words, .words_len = len };

	(void)add(rule, NAT_ON_UNKNOWN, &value);
}

void xt_add_addresses(struct xt_rule *rule, enum nat_condition_kind kind,
		      const struct xt_value *value)
{
	struct nat_condition *condition = add(rule, kind, value);
	struct nat_set *set;
	struct range range;
	int r;

	/* What cannot be read, such as a host name, may be any address. */
	if (!condition || !xt_read_range(rule->family, value->text, value->len, &range))
		return;
	r = nat_add_set(rule->model, NULL, rule->family, &set);
	if (r == 0)
		r = ranges_add_range(&set->ranges, range.first, range.last);
	if (r < 0) {
		rule->error = r;
		return;
	}
	ranges_unite(&set->ranges);
	condition->set = set;
}

static const struct nat_set *find_set(const struct xt_rule *rule, const char *name, size_t len)
{
	const struct nat_model *model = rule->model;

	/* Those of ipset are read before all rules, whose own sets have no names. */
	for (size_t i = 0; i < model->set_count && model->sets[i]->name; i++) {
		const struct nat_set *set = model->sets[i];

		if (set->family == rule->family && xt_is(name, len, set->name))
			return set;
	}
	return NULL;
}

void xt_add_set(struct xt_rule *rule, const struct xt_value *name, const char *flags,
		size_t flags_len)
{
	const char *first;
	size_t first_len;
	struct nat_condition *condition;
	bool source;

	(void)xt_next_item(&flags, &flags_len, &first, &first_len);
	source = xt_is(first, first_len, "src");
	if (!source && !xt_is(first, first_len, "dst")) {
		xt_add_unknown(rule, name->words, name->words_len);
		return;
	}
	condition = add(rule, source ? NAT_ON_SOURCE : NAT_ON_DESTINATION, name);
	if (condition)
		condition->set = find_set(rule, name->text, name->len);
}

void xt_add_protocol(struct xt_rule *rule, const struct xt_value *value)
{
	struct nat_condition *condition;
	uint8_t number = 0;
	bool known = xt_read_protocol(value->text, value->len, &number);

	/* All protocols, which cannot be negated. */
	if (xt_is(value->text, value->len, "all") || (known && number == 0))
		return;
	condition = add(rule, known ? NAT_ON_IP_PROTOCOL : NAT_ON_UNKNOWN, value);
	if (condition && known)
		condition->protocols[number / 64] |= UINT64_C(1) << number % 64;
}

/* More than the 15 of the multiport match come from no kernel. */
#define PORTS_MAX 64

void xt_add_ports(struct xt_rule *rule, enum nat_condition_kind kind, const struct xt_value *value)
{
	struct nat_ports ports[PORTS_MAX];
	const char *text = value->text;
	size_t len = value->len;
	size_t count = 0;
	const char *item;
	size_t item_len;
	bool known = true;
	struct nat_condition *condition;

	while (known && xt_next_item(&text, &len, &item, &item_len))
		known = count < PORTS_MAX && xt_read_port_range(item, item_len, &ports[count++]);
	condition = add(rule, known ? kind : NAT_ON_UNKNOWN, value);
	if (!condition || !known)
		return;
	condition->ports.ranges = nat_copy(rule->model, ports, count * sizeof(*ports));
	condition->ports.count = count;
	if (!condition->ports.ranges)
		rule->error = -ENOMEM;
}

void xt_add_interface(struct xt_rule *rule, enum nat_condition_kind kind,
		      const struct xt_value *value)
{
	bool is_start = value->len > 0 && value->text[value->len - 1] == '+';
	size_t len = value->len - is_start;
	struct nat_condition *condition;

	if ((len == 0 || xt_is(value->text, value->len, "*") ||
	     xt_is(value->text, value->len, "any")) &&
	    !value->negated)
		return;
	condition = add(rule, kind, value);
	if (!condition)
		return;
	condition->interface.name = keep_text(rule, value->text, len);
	condition->interface.is_start = is_start;
}

struct word_bits {
	const char *word;
	unsigned int bits;
};

/* The union of the bits of the words between commas. False: a word is none of the table. */
static bool read_bits(const struct xt_value *value, const struct word_bits *words, size_t count,
		      unsigned int *bits)
{
	const char *text = value->text;
	size_t len = value->len;
	const char *item;
	size_t item_len;

	*bits = 0;
	while (xt_next_item(&text, &len, &item, &item_len)) {
		size_t i = 0;

		while (i < count && !xt_is(item, item_len, words[i].word))
			i++;
		if (i == count)
			return false;
		*bits |= words[i].bits;
	}
	return true;
}

void xt_add_address_types(struct xt_rule *rule, enum nat_condition_kind kind,
			  const struct xt_value *value)
{
	static const struct word_bits types[] = {
		{ "UNICAST", NAT_ADDRESS_UNICAST },	{ "LOCAL", NAT_ADDRESS_LOCAL },
		{ "BROADCAST", NAT_ADDRESS_BROADCAST }, { "MULTICAST", NAT_ADDRESS_MULTICAST },
		{ "UNSPEC", NAT_ADDRESS_OTHER },	{ "ANYCAST", NAT_ADDRESS_OTHER },
		{ "BLACKHOLE", NAT_ADDRESS_OTHER },	{ "UNREACHABLE", NAT_ADDRESS_OTHER },
		{ "PROHIBIT", NAT_ADDRESS_OTHER },	{ "THROW", NAT_ADDRESS_OTHER },
		{ "NAT", NAT_ADDRESS_OTHER },		{ "XRESOLVE", NAT_ADDRESS_OTHER },
	};
	unsigned int bits;
	bool known = read_bits(value, types, ARRAY_SIZE(types), &bits);
	struct nat_condition *condition = add(rule, known ? kind : NAT_ON_UNKNOWN, value);

	if (condition && known)
		condition->address_types = bits;
}

void xt_add_states(struct xt_rule *rule, const struct xt_value *value)
{
	static const struct word_bits states[] = {
		{ "INVALID", NAT_STATE_INVALID },
		{ "NEW", NAT_STATE_NEW },
		{ "ESTABLISHED", NAT_STATE_ESTABLISHED },
		{ "RELATED", NAT_STATE_RELATED },
		{ "UNTRACKED", NAT_STATE_UNTRACKED },
		{ "SNAT", NAT_STATE_SNAT },
		{ "DNAT", NAT_STATE_DNAT },
	};
	unsigned int bits;
	bool known = read_bits(value, states, ARRAY_SIZE(states), &bits);
	struct nat_condition *condition =
		add(rule, known ? NAT_ON_CONNECTION_STATE : NAT_ON_UNKNOWN, value);

	if (condition && known)
		condition->states = bits;
}

void xt_add_mark(struct xt_rule *rule, enum nat_condition_kind kind, const struct xt_value *value)
{
	const char *slash = memchr(value->text, '/', value->len);
	size_t len = slash ? (size_t)(slash - value->text) : value->len;
	uint32_t number = 0;
	uint32_t mask = UINT32_MAX;
	bool known = xt_read_number(value->text, len, &number) &&
		     (!slash || xt_read_number(slash + 1, value->len - len - 1, &mask));
	struct nat_condition *condition = add(rule, known ? kind : NAT_ON_UNKNOWN, value);

	if (!condition || !known)
		return;
	condition->mark.number = number;
	condition->mark.mask = mask;
}

void xt_set_source_address(struct xt_rule *rule, const char *text, size_t len)
{
	const char *bracket = len > 0 && text[0] == '[' ? memchr(text, ']', len) : NULL;
	const char *colon = rule->family == IPMASQ_IPV4 ? memchr(text, ':', len) : NULL;
	struct range range;

	/* Ports may follow: of IPv6, only behind brackets. */
	if (bracket) {
		text++;
		len = (size_t)(bracket - text);
	} else if (colon) {
		len = (size_t)(colon - text);
	}
	rule->rule.to_known = !memchr(text, '/', len) &&
			      xt_read_range(rule->family, text, len, &range);
	if (!rule->rule.to_known)
		return;
	rule->rule.to_first = range.first;
	rule->rule.to_last = range.last;
	/* An address, without the ones of bits that IPv4 does not have. */
	if (rule->family == IPMASQ_IPV4) {
		rule->rule.to_last.hi &= UINT64_MAX << 32;
		rule->rule.to_last.lo = 0;
	}
}

void xt_set_netmap(struct xt_rule *rule, const char *text, size_t len)
{
	struct range range;
	struct prefix prefix;

	rule->rule.to_known = false;
	if (!xt_read_range(rule->family, text, len, &range))
		return;
	prefix = prefix_from_range(rule->family, range.first, range.last);
	if (!addr_equal(prefix_last(&prefix), range.last))
		return;
	rule->rule.to_known = true;
	rule->rule.to_prefix = prefix;
}

enum nat_verdict xt_target_verdict(const char *name, size_t len)
{
	static const struct {
		const char *name;
		enum nat_verdict verdict;
	} targets[] = {
		{ "ACCEPT", NAT_ACCEPT },
		{ "RETURN", NAT_RETURN },
		{ "DROP", NAT_DROP },
		{ "REJECT", NAT_DROP },
		{ "MASQUERADE", NAT_MASQUERADE },
		{ "SNAT", NAT_SNAT },
		{ "NETMAP", NAT_NETMAP },
		{ "NOTRACK", NAT_NOTRACK },
		{ "QUEUE", NAT_QUEUE },
		{ "NFQUEUE", NAT_QUEUE },
		/* CT ends tracking with --notrack only. */
		{ "CT", NAT_CONTINUE },
		{ "LOG", NAT_CONTINUE },
		{ "NFLOG", NAT_CONTINUE },
		{ "ULOG", NAT_CONTINUE },
		{ "MARK", NAT_CONTINUE },
		{ "CONNMARK", NAT_CONTINUE },
		{ "SET", NAT_CONTINUE },
		{ "TRACE", NAT_CONTINUE },
		{ "AUDIT", NAT_CONTINUE },
		{ "CLASSIFY", NAT_CONTINUE },
		{ "DSCP", NAT_CONTINUE },
		{ "TOS", NAT_CONTINUE },
		{ "ECN", NAT_CONTINUE },
		{ "TTL", NAT_CONTINUE },
		{ "HL", NAT_CONTINUE },
		{ "TCPMSS", NAT_CONTINUE },
		{ "TCPOPTSTRIP", NAT_CONTINUE },
		{ "CHECKSUM", NAT_CONTINUE },
		{ "SECMARK", NAT_CONTINUE },
		{ "CONNSECMARK", NAT_CONTINUE },
		{ "RATEEST", NAT_CONTINUE },
		{ "IDLETIMER", NAT_CONTINUE },
		{ "LED", NAT_CONTINUE },
		{ "HMARK", NAT_CONTINUE },
		{ "TEE", NAT_CONTINUE },
	};

	for (size_t i = 0; i < ARRAY_SIZE(targets); i++) {
		if (xt_is(name, len, targets[i].name))
			return targets[i].verdict;
	}
	return NAT_UNKNOWN;
}

int xt_rule_finish(struct xt_rule *rule, const char *text, size_t len, uint32_t chain,
		   struct nat_rule *finished)
{
	if (rule->error)
		return rule->error;
	rule->rule.text = keep_text(rule, text, len);
	if (rule->comment)
		rule->rule.comment = keep_text(rule, rule->comment, rule->comment_len);
	rule->rule.condition_count = rule->count;
	if (rule->count > 0) {
		rule->rule.conditions = nat_copy(rule->model, rule->conditions,
						 rule->count * sizeof(*rule->conditions));
		if (!rule->rule.conditions)
			rule->error = -ENOMEM;
	}
	/* To an address that is not known. */
	if (rule->rule.verdict == NAT_NETMAP && !rule->rule.to_known)
		rule->rule.verdict = NAT_SNAT;
	if (rule->is_goto || chain != NAT_NO_CHAIN) {
		rule->rule.verdict = rule->is_goto ? NAT_GOTO : NAT_JUMP;
		rule->rule.chain = chain;
	}
	if (rule->error)
		return rule->error;
	*finished = rule->rule;
	return 0;
}
