/* SPDX-License-Identifier: Apache-2.0 */
/* Pods that come one by one: what is there stays, and is added to. */
#include <string.h>

#include "rules/script.h"
#include "support/pod_sets.h"
#include "support/unit.h"

#define MOST 500

static const enum ipmasq_family families[] = { IPMASQ_IPV4, IPMASQ_IPV6 };

/* The place of a chain by its name; the number of chains: it is not there. */
static size_t find_chain(const struct ipmasq_ruleset *ruleset, const char *name)
{
	size_t i = 0;

	while (i < ruleset->count && strcmp(ruleset->chains[i].name, name) != 0)
		i++;
	return i;
}

/* As text, since numbers of chains and labels are another ruleset's. */
static bool is_same_rule(const struct ipmasq_ruleset *a, size_t chain_a, size_t rule_a,
			 const struct ipmasq_ruleset *b, size_t chain_b, size_t rule_b)
{
	struct buf texts[2] = { BUF_INIT, BUF_INIT };
	bool same;

	script_write_rule(&texts[0], a, chain_a, rule_a);
	script_write_rule(&texts[1], b, chain_b, rule_b);
	same = texts[0].len == texts[1].len &&
	       memcmp(texts[0].data, texts[1].data, texts[0].len) == 0;
	buf_release(&texts[0]);
	buf_release(&texts[1]);
	return same;
}

/* Whether a chain has the rules that it had, and others in one place at most. */
static bool chain_only_grew(const struct ipmasq_ruleset *before, size_t a,
			    const struct ipmasq_ruleset *after, size_t b)
{
	size_t count = before->chains[a].count;
	size_t more = after->chains[b].count - count;
	size_t at = 0;

	/* Of a network that is taken over. */
	if (after->chains[b].kept)
		return true;
	if (after->chains[b].count < count)
		return false;
	while (at < count && is_same_rule(before, a, at, after, b, at))
		at++;
	while (at < count && is_same_rule(before, a, at, after, b, at + more))
		at++;
	return at == count;
}

static bool only_grew(const struct ipmasq_ruleset *before, const struct ipmasq_ruleset *after)
{
	for (size_t a = 0; a < before->count; a++) {
		size_t b = find_chain(after, before->chains[a].name);

		if (b == after->count || !chain_only_grew(before, a, after, b))
			return false;
	}
	return true;
}

/* The rules of the pods of @before, and of one more; counts if that changes others in @rewrites. */
static struct ipmasq_ruleset *come(struct sample_pods *pods, const struct ipmasq_ruleset *before,
				   enum pods_spread spread, size_t index, size_t *rewrites)
{
	struct ipmasq_ruleset *after;
	size_t count;

	if (!CHECK(pod_set_read(&pods->set, before, PODS_ROOT) == 0, "read"))
		return NULL;
	count = pods->set.count;
	sample_pods_add(pods, spread, index, 1);
	after = sample_pods_build(&pods->set, 0, 'a');
	/* Else it takes the address away from another one. */
	if (after && pods->set.count > count)
		*rewrites += !only_grew(before, after);
	pod_set_release(&pods->set);
	return after;
}

static bool is_pod(const struct pod_label *label, const void *context)
{
	const char *id = context;

	return label->id_len == strlen(id) && memcmp(label->id, id, label->id_len) == 0;
}

/* The rules without a pod; @index: there is none of that number. */
static struct ipmasq_ruleset *go(struct sample_pods *pods, const struct ipmasq_ruleset *before,
				 size_t index)
{
	struct ipmasq_ruleset *after = NULL;
	char id[32];

	snprintf(id, sizeof(id), "pod-%zu", index);
	if (!CHECK(pod_set_read(&pods->set, before, PODS_ROOT) == 0, "read"))
		return NULL;
	pod_set_remove(&pods->set, is_pod, id);
	sample_pods_policies(pods);
	after = sample_pods_build(&pods->set, 0, 'a');
	pod_set_release(&pods->set);
	return after;
}

/* One comes, goes, and comes again. */
static struct ipmasq_ruleset *come_and_go(struct sample_pods *pods,
					  const struct ipmasq_ruleset *before,
					  enum pods_spread spread, size_t index, size_t rewrites[2])
{
	struct ipmasq_ruleset *after = come(pods, before, spread, index, &rewrites[0]);
	struct ipmasq_ruleset *same = after ? go(pods, after, MOST) : NULL;
	struct ipmasq_ruleset *gone = after ? go(pods, after, index) : NULL;
	struct ipmasq_ruleset *again = gone ? come(pods, gone, spread, index, &rewrites[1]) : NULL;

	CHECK(same && same->count == after->count && only_grew(after, same),
	      "without a change nothing changes");
	ipmasq_ruleset_free(after);
	ipmasq_ruleset_free(same);
	ipmasq_ruleset_free(gone);
	return again;
}

/* Programs wait for what is deleted: of pods that come, hardly one changes what is there. */
static void check_coming(enum ipmasq_family family, enum pods_spread spread)
{
	size_t most = unit_small() ? MOST / 5 : MOST;
	struct ipmasq_ruleset *before;
	size_t rewrites[2] = { 0, 0 };
	struct sample_pods pods;

	if (!sample_pods_begin(&pods, family, most))
		return;
	before = sample_pods_build(&pods.set, 0, 'a');
	pod_set_release(&pods.set);
	for (size_t i = 0; i < most && before; i++) {
		struct ipmasq_ruleset *after = come_and_go(&pods, before, spread, i, rewrites);

		ipmasq_ruleset_free(before);
		before = after;
	}
	ipmasq_ruleset_free(before);
	for (size_t i = 0; i < ARRAY_SIZE(rewrites); i++)
		CHECK(rewrites[i] <= (spread == PODS_ONE_AFTER_THE_OTHER ? 0 : most / 20),
		      pods_spread_names[spread]);
	sample_pods_release(&pods);
}

static void test_coming(void)
{
	for (size_t f = 0; f < ARRAY_SIZE(families); f++)
		for (enum pods_spread s = 0; s < PODS_SPREADS; s++)
			check_coming(families[f], s);
}

int main(void)
{
	static const struct unit_test tests[] = {
		{ "of pods that come hardly one changes what is there", test_coming },
	};

	return unit_main("pods that come", tests, ARRAY_SIZE(tests));
}
