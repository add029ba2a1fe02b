/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writes a policy as the configuration that the agent of another profile understands as the same,
 * and proves that it does: the text is read again as that agent reads it.
 */
#include <stdlib.h>

#include "config/config.h"
#include "policy/convert_text.h"
#include "util/diag.h"

struct conversion {
	const struct ipmasq_policy *policy;
	const struct ipmasq_options *options;
	const struct profile *profile;
	struct ipmasq_diags *diags;
	/* IPv4 and IPv6. */
	struct convert_side sides[2];
	/* The agent cannot say it, and @diags has the reason. */
	bool refused;
};

static const enum ipmasq_family families[2] = { IPMASQ_IPV4, IPMASQ_IPV6 };

static enum ipmasq_mode target_ipv6(const struct conversion *c)
{
	return c->options && c->options->ipv6_set ? c->options->ipv6 : c->profile->ipv6;
}

/* Says why, and goes on so that all reasons are found. */
#define REFUSE(c, ...)                                                                  \
	do {                                                                            \
		(c)->refused = true;                                                    \
		diag_add((c)->diags, IPMASQ_ERROR, "convert", NULL, NULL, __VA_ARGS__); \
	} while (0)

static void check_sources(struct conversion *c, const struct convert_side *side)
{
	char number[IPMASQ_TEXT_MAX];

	if (!side->sources.impossible)
		return;
	REFUSE(c,
	       "the agent of profile %s has no key for sources, and packets from %s IPv%d sources "
	       "(%zu CIDR%s) are never masqueraded here",
	       c->profile->name, tally_format(runs_tally(&side->verdicts.sources, false), number),
	       (int)side->family, side->sources.exceptions.count,
	       side->sources.exceptions.count == 1 ? "" : "s");
}

static void check_off(struct conversion *c, const struct convert_side *side)
{
	char number[IPMASQ_TEXT_MAX];

	if (!side->off || runs_none(&side->verdicts.destinations))
		return;
	REFUSE(c,
	       "the agent of profile %s leaves IPv6 alone, and %s IPv6 destinations are "
	       "masqueraded here: convert for an agent that handles IPv6 (--ipv6=on), or leave "
	       "IPv6 "
	       "out on both sides (--ipv6=off)",
	       c->profile->name,
	       tally_format(runs_tally(&side->verdicts.destinations, true), number));
}

/* A pair of forms, one of each family. */
struct choice {
	enum form forms[2];
	size_t cost;
	/* How many entries nonMasqueradeCIDRs has. */
	size_t entries;
	bool made;
};

/* Takes a pair into account that the agent can have. The first of several with one cost stays. */
static void consider(const struct conversion *c, size_t ipv4, size_t ipv6, uint64_t limit,
		     struct choice *best)
{
	const struct shortest *forms[2] = { &c->sides[0].forms[ipv4], &c->sides[1].forms[ipv6] };
	size_t cost = shortest_cost(forms[0]) + shortest_cost(forms[1]);
	size_t entries = forms[0]->covers.count + forms[1]->covers.count;

	if (forms[0]->impossible || (forms[1]->impossible && !c->sides[1].off))
		return;
	if (entries <= limit && (!best->made || cost < best->cost))
		*best = (struct choice){ { ipv4, ipv6 }, cost, entries, true };
}

static struct choice choose_forms(const struct conversion *c, uint64_t limit)
{
	struct choice best = { .made = false };

	for (size_t ipv4 = 0; ipv4 < FORM_COUNT; ipv4++)
		for (size_t ipv6 = 0; ipv6 < FORM_COUNT; ipv6++)
			consider(c, ipv4, ipv6, limit, &best);
	return best;
}

/* Chooses how to say it, or refuses. Returns the number of entries of nonMasqueradeCIDRs. */
static size_t choose(struct conversion *c)
{
	bool settable = profile_knows(c->profile, KEY_CIDR_LIMIT);
	struct choice choice = choose_forms(c, settable ? UINT64_MAX : c->profile->cidr_limit);
	struct choice unlimited;

	if (choice.made) {
		c->sides[0].chosen = choice.forms[0];
		c->sides[1].chosen = choice.forms[1];
		return choice.entries;
	}
	unlimited = choose_forms(c, UINT64_MAX);
	if (unlimited.made)
		REFUSE(c,
		       "it takes %zu entries of nonMasqueradeCIDRs (%zu IPv4, %zu IPv6), and the "
		       "agent of profile %s takes at most %llu",
		       unlimited.entries, c->sides[0].forms[unlimited.forms[0]].covers.count,
		       c->sides[1].forms[unlimited.forms[1]].covers.count, c->profile->name,
		       (unsigned long long)c->profile->cidr_limit);
	else
		REFUSE(c, "the agent of profile %s has no keys for what happens here",
		       c->profile->name);
	return 0;
}

static int same_verdicts(const struct conversion *c, const struct ipmasq_policy *policy)
{
	bool same = true;
	int r = 0;

	for (size_t i = 0; i < 2 && r == 0; i++) {
		struct verdicts verdicts;

		r = verdicts_init(&verdicts, policy, families[i]);
		same = same && r == 0 && verdicts_equal(&verdicts, &c->sides[i].verdicts);
		if (r == 0)
			verdicts_release(&verdicts);
	}
	return r < 0 ? r : same ? 0 : -EDOM;
}

/* Reads the text as the agent does, and compares. -EFBIG: no file may be as large. */
static int prove(const struct conversion *c, const struct buf *buf)
{
	const struct ipmasq_source source = {
		.kind = IPMASQ_SOURCE_DATA, .name = "converted", .data = buf->data, .size = buf->len
	};
	struct ipmasq_config *config = NULL;
	struct ipmasq_policy *policy = NULL;
	int r = ipmasq_config_new(c->options, &config);

	if (r == 0)
		r = ipmasq_config_load(config, &source, NULL);
	if (r == 0)
		r = ipmasq_policy_new(config, c->options, NULL, &policy);
	if (r == 0)
		r = same_verdicts(c, policy);
	ipmasq_policy_free(policy);
	ipmasq_config_free(config);
	if (r == 0 || r == -ENOMEM || r == -EFBIG)
		return r;
	r = diag_add(c->diags, IPMASQ_ERROR, "not-proved", NULL, NULL,
		     "what was written for the agent of profile %s does not mean the same there; "
		     "this is a defect of the library",
		     c->profile->name);
	return r < 0 ? r : -EDOM;
}

static int convert(struct conversion *c, char **text)
{
	struct convert_result result = { c->policy, c->profile, c->sides, 0 };
	CLEANUP(buf_release) struct buf buf = BUF_INIT;
	int r = 0;

	for (size_t i = 0; i < 2 && r == 0; i++)
		r = convert_side_init(&c->sides[i], c->policy, families[i], c->profile,
				      target_ipv6(c));
	if (r < 0)
		return r;
	for (size_t i = 0; i < 2; i++) {
		check_off(c, &c->sides[i]);
		check_sources(c, &c->sides[i]);
	}
	result.entries = choose(c);
	r = diag_error(c->diags);
	if (r == 0 && c->refused)
		r = -ENOTSUP;
	if (r < 0)
		return r;
	convert_put_text(&result, &buf);
	r = buf.error;
	if (r == 0)
		r = prove(c, &buf);
	if (r == -EFBIG) {
		REFUSE(c,
		       "it takes %zu entries of nonMasqueradeCIDRs, and the file would have more "
		       "than 64 MiB",
		       result.entries);
		r = diag_error(c->diags);
		return r < 0 ? r : -ENOTSUP;
	}
	return r < 0 ? r : buf_steal(&buf, text, NULL);
}

IPMASQ_EXPORT int ipmasq_policy_convert(const struct ipmasq_policy *policy,
					const struct ipmasq_options *target,
					struct ipmasq_diags *diags, char **text)
{
	struct conversion c = {
		.policy = policy,
		.options = target,
		.profile = options_profile(target),
		.diags = diags,
	};
	int r;

	if (!policy || !text)
		return -EINVAL;
	r = convert(&c, text);
	for (size_t i = 0; i < 2; i++)
		convert_side_release(&c.sides[i]);
	return r;
}
