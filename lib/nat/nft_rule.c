/* SPDX-License-Identifier: Apache-2.0 */
#include "nat/nft_rule.h"

#include <stdlib.h>
#include <string.h>

#include "util/utf8.h"

/* Longer texts are cut: a set may stand in a rule with all that is in it. */
#define TEXT_MAX 600

void nft_rule_begin(struct nft_rule *rule, struct nft_index *index, struct nft_table *table,
		    uint32_t chain, size_t number)
{
	*rule = (struct nft_rule){
		.index = index,
		.table = table,
		.model = index->model,
		.chain = chain,
		.number = number,
		.families = table->families,
		.protocol = -1,
		.decision = { .verdict = NAT_CONTINUE, .chain = NAT_NO_CHAIN },
	};
}

void nft_cases_release(struct nft_cases *cases)
{
	free(cases->cases);
	free(cases->conditions);
	*cases = (struct nft_cases){ 0 };
}

void nft_rule_release(struct nft_rule *rule)
{
	free(rule->conditions);
	nft_cases_release(&rule->cases);
	buf_release(&rule->text);
}

static bool is_gap(char c)
{
	return (unsigned char)c <= ' ' || c == 0x7f;
}

/* Blanks within quotes stay, but no control characters. */
static void add_words(struct buf *buf, const char *p, const char *end)
{
	bool quoted = false;

	for (; p < end && buf->len <= TEXT_MAX; p++) {
		bool after_gap = buf->len == 0 || buf->data[buf->len - 1] == ' ';

		if (*p == '"')
			quoted = !quoted;
		if (!is_gap(*p))
			buf_putc(buf, *p);
		else if (quoted || !after_gap)
			buf_putc(buf, ' ');
	}
}

static const char *take_text(struct nat_model *model, struct buf *buf)
{
	size_t len = buf->len;

	while (len > 0 && buf->data[len - 1] == ' ')
		len--;
	if (len > TEXT_MAX) {
		len = utf8_cut(buf->data, len, TEXT_MAX);
		buf->len = len;
		buf_puts(buf, "...");
		len += 3;
	}
	return buf->error ? NULL : nat_text(model, len ? buf->data : "", len);
}

const char *nft_copy_text(struct nat_model *model, const char *begin, const char *end)
{
	CLEANUP(buf_release) struct buf buf = BUF_INIT;

	add_words(&buf, begin, end);
	return take_text(model, &buf);
}

void nft_rule_say(struct nft_rule *rule, const char *begin, const char *end)
{
	if (rule->text.len > 0)
		buf_putc(&rule->text, ' ');
	add_words(&rule->text, begin, end);
}

static int add_condition(struct nat_condition **conditions, size_t *count, size_t *capacity,
			 const struct nat_condition *condition)
{
	int r = array_grow(conditions, capacity, *count, sizeof(**conditions));

	if (r == 0)
		(*conditions)[(*count)++] = *condition;
	return r;
}

int nft_rule_when(struct nft_rule *rule, const struct nat_condition *condition)
{
	return add_condition(&rule->conditions, &rule->count, &rule->capacity, condition);
}

int nft_rule_unknown(struct nft_rule *rule, const char *begin, const char *end)
{
	struct nat_condition condition = { .kind = NAT_ON_UNKNOWN };

	condition.text = nft_copy_text(rule->model, begin, end);
	return condition.text ? nft_rule_when(rule, &condition) : -ENOMEM;
}

int nft_family_condition(struct nat_model *model, unsigned int families,
			 struct nat_condition *condition)
{
	bool is_ipv6 = families == NAT_FAMILY(IPMASQ_IPV6);
	struct prefix all = { .family = is_ipv6 ? IPMASQ_IPV6 : IPMASQ_IPV4 };
	struct nat_set *set;
	int r = nat_add_set(model, NULL, is_ipv6 ? IPMASQ_IPV6 : IPMASQ_IPV4, &set);

	if (r == 0 && families)
		r = ranges_add(&set->ranges, &all);
	*condition = (struct nat_condition){ .kind = NAT_ON_DESTINATION, .set = set };
	return r;
}

int nft_rule_families(struct nft_rule *rule, unsigned int families)
{
	unsigned int left = rule->families & families;
	struct nat_condition condition;
	int r;

	if (left == rule->families)
		return 0;
	rule->families = left;
	r = nft_family_condition(rule->model, left, &condition);
	condition.text = left == NAT_FAMILY(IPMASQ_IPV6) ? "meta nfproto ipv6"
							 : "meta nfproto ipv4";
	return r < 0 ? r : nft_rule_when(rule, &condition);
}

int nft_rule_protocol(struct nft_rule *rule, int protocol)
{
	struct nat_condition condition = { .kind = NAT_ON_IP_PROTOCOL };
	CLEANUP(buf_release) struct buf text = BUF_INIT;

	if (protocol < 0 || protocol == rule->protocol)
		return 0;
	rule->protocol = protocol;
	condition.protocols[protocol / 64] = UINT64_C(1) << protocol % 64;
	buf_printf(&text, "meta l4proto %d", protocol);
	condition.text = take_text(rule->model, &text);
	return condition.text ? nft_rule_when(rule, &condition) : -ENOMEM;
}

int nft_cases_add(struct nft_cases *cases, const struct nft_case *made)
{
	int r = array_grow(&cases->cases, &cases->capacity, cases->count, sizeof(*made));

	if (r < 0)
		return r;
	cases->cases[cases->count] = *made;
	cases->cases[cases->count].first = cases->condition_count;
	cases->cases[cases->count].count = 0;
	cases->count++;
	return 0;
}

int nft_cases_when(struct nft_cases *cases, const struct nat_condition *condition)
{
	int r = add_condition(&cases->conditions, &cases->condition_count,
			      &cases->condition_capacity, condition);

	if (r == 0)
		cases->cases[cases->count - 1].count++;
	return r;
}

bool nft_rule_has_room(const struct nft_rule *rule, size_t count)
{
	return !rule->has_cases || count * rule->cases.count <= NFT_CASES_MAX;
}

static int join_conditions(struct nft_cases *to, const struct nft_cases *from,
			   const struct nft_case *one)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < one->count; i++)
		r = nft_cases_when(to, &from->conditions[one->first + i]);
	return r;
}

int nft_rule_split(struct nft_rule *rule, struct nft_cases *cases)
{
	struct nft_cases all = { 0 };
	int r = 0;

	if (!rule->has_cases) {
		rule->has_cases = true;
		rule->cases = *cases;
		*cases = (struct nft_cases){ 0 };
		return 0;
	}
	for (size_t i = 0; i < rule->cases.count; i++) {
		for (size_t j = 0; r == 0 && j < cases->count; j++) {
			r = nft_cases_add(&all, &cases->cases[j]);
			if (r == 0)
				r = join_conditions(&all, &rule->cases, &rule->cases.cases[i]);
			if (r == 0)
				r = join_conditions(&all, cases, &cases->cases[j]);
		}
	}
	nft_cases_release(&rule->cases);
	nft_cases_release(cases);
	rule->cases = all;
	return r;
}

static int add_rule(struct nft_rule *rule, const char *text, const struct nat_condition *conditions,
		    size_t count, const struct nft_decision *decision)
{
	struct nat_rule made = {
		.number = rule->number,
		.text = text,
		.comment = rule->comment,
		.verdict = decision->verdict,
		.chain = decision->chain,
		.to_known = decision->to_known,
		.to_first = decision->to_first,
		.to_last = decision->to_last,
		.to_prefix = decision->to_prefix,
		.condition_count = rule->count + count,
	};
	size_t size = made.condition_count * sizeof(*conditions);
	struct nat_condition *copy = malloc(size + 1);

	if (!copy)
		return -ENOMEM;
	if (rule->count)
		memcpy(copy, rule->conditions, rule->count * sizeof(*copy));
	if (count)
		memcpy(copy + rule->count, conditions, count * sizeof(*copy));
	made.conditions = nat_copy(rule->model, copy, size);
	free(copy);
	return made.conditions ? nat_add_rule(rule->table->table, rule->chain, &made) : -ENOMEM;
}

int nft_rule_end(struct nft_rule *rule)
{
	const char *text = take_text(rule->model, &rule->text);
	int r = 0;

	if (!text)
		return -ENOMEM;
	if (!rule->has_cases)
		return add_rule(rule, text, NULL, 0, &rule->decision);
	for (size_t i = 0; r == 0 && i < rule->cases.count; i++) {
		const struct nft_case *one = &rule->cases.cases[i];

		r = add_rule(rule, one->text ? one->text : text,
			     one->count ? &rule->cases.conditions[one->first] : NULL, one->count,
			     one->decides ? &one->decision : &rule->decision);
	}
	return r;
}
