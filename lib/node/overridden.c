/* SPDX-License-Identifier: Apache-2.0 */
/* Says which rules of others decide otherwise than the policy. */
#include "node/overridden.h"

#include <string.h>

#include "node/everybody.h"
#include "node/kernel/nat_kernel.h"
#include "node/node.h"

/* So many rules are told, and of each so many ranges. */
#define TOLD_MAX   8
#define RANGES_MAX 3
/* Rules that decide otherwise only under conditions. */
#define NOTED_MAX 4

void seen_nat_release(struct seen_nat *seen)
{
	for (size_t i = 0; i < ARRAY_SIZE(seen->legacy); i++)
		nat_legacy_table_free(seen->legacy[i]);
	ipmasq_nat_free(seen->nat);
	*seen = (struct seen_nat){ .nat = NULL };
}

static void read_nat(struct work *w, struct seen_nat *seen)
{
	const struct nat_known known = { .nat = { seen->legacy[0], seen->legacy[1] },
					 .proved = { seen->proved[0], seen->proved[1] } };
	unsigned int families = NAT_BOTH_FAMILIES;

	if (seen->tried)
		return;
	seen->tried = true;
	if (w->policy->ipv6 == IPMASQ_OFF)
		families = NAT_FAMILY(IPMASQ_IPV4);
	seen->error = everybody_read(w->node, families, &known, &seen->nat);
}

static void put_ranges(struct buf *buf, enum ipmasq_family family,
		       const struct ipmasq_overrides *overrides, size_t index, bool sources,
		       size_t count)
{
	uint8_t first[16], last[16];
	char text[IPMASQ_TEXT_MAX];

	for (size_t i = 0; i < count && i < RANGES_MAX; i++) {
		if (ipmasq_overrides_range(overrides, index, sources, i, first, last) < 0)
			return;
		buf_printf(buf, "%s%s", i ? ", " : "",
			   ipmasq_format_range(family, first, last, text));
	}
	if (count > RANGES_MAX)
		buf_printf(buf, " and %zu more ranges", count - RANGES_MAX);
}

static const char *doing(enum ipmasq_outcome_verdict verdict)
{
	switch (verdict) {
	case IPMASQ_OUTCOME_RETURN:
		return "leaves alone";
	case IPMASQ_OUTCOME_MASQUERADE:
		return "masquerades";
	case IPMASQ_OUTCOME_SNAT:
		return "rewrites the source of";
	default:
		return "may decide about";
	}
}

/* Whether a verdict always comes about, unless a mark or the order of base chains prevents it. */
static bool is_sure(const struct ipmasq_override *it)
{
	return it->certain || it->unmarked || it->first;
}

static void put_rule(struct buf *buf, const struct ipmasq_override *it)
{
	if (!it->decided) {
		buf_puts(buf, "no rule rewrites the source of");
		return;
	}
	if (it->rule.number)
		buf_printf(buf, "rule %zu of chain %s", it->rule.number, it->rule.chain);
	else
		buf_printf(buf, "the policy of chain %s", it->rule.chain);
	buf_printf(buf, " (%s, table %s %s%s%s) %s%s", it->rule.backend, it->rule.family,
		   it->rule.table, it->rule.owner ? "; " : "", it->rule.owner ? it->rule.owner : "",
		   is_sure(it) ? "" : "under conditions ", doing(it->verdict));
}

/* On what an alarm depends that no address tells. */
static const char *unless(const struct ipmasq_override *it)
{
	return it->first ? ", if the kernel asks this rule's base chain before others of the same "
			   "priority (it asks the newest first, and does not tell which that is)"
			 : "";
}

static void put_override(struct buf *buf, enum ipmasq_family family,
			 const struct ipmasq_overrides *overrides, size_t index,
			 const struct ipmasq_override *it)
{
	put_rule(buf, it);
	buf_puts(buf, it->unmarked ? " traffic without a mark " : " traffic ");
	if (!it->any_source) {
		buf_puts(buf, "from ");
		put_ranges(buf, family, overrides, index, true, it->sources);
		buf_putc(buf, ' ');
	}
	buf_puts(buf, "to ");
	put_ranges(buf, family, overrides, index, false, it->destinations);
	buf_printf(buf, ", which the policy %s%s",
		   it->wanted == IPMASQ_MASQUERADE ? "masquerades" : "leaves alone", unless(it));
	if (it->decided)
		buf_printf(buf, ": `%s'", it->rule.text);
}

static int say(struct work *w, enum ipmasq_line_kind kind, const struct ipmasq_overrides *overrides,
	       size_t index, const struct ipmasq_override *it)
{
	CLEANUP(buf_release) struct buf buf = BUF_INIT;

	put_override(&buf, w->family, overrides, index, it);
	if (buf.error)
		return work_no_memory(w);
	WORK_SAY(w, kind, "%s", buf.data);
	return 0;
}

/* Whether it is of one address to itself: such packets were sent to a service, which led back, and
 * come to nothing unless they are rewritten. */
static bool is_hairpin(const struct ipmasq_overrides *overrides, size_t index,
		       const struct ipmasq_override *it)
{
	uint8_t ends[2][2][16] = { { { 0 } } };

	if (it->any_source || it->sources != 1 || it->destinations != 1)
		return false;
	for (int sources = 0; sources < 2; sources++)
		if (ipmasq_overrides_range(overrides, index, sources, 0, ends[sources][0],
					   ends[sources][1]) < 0)
			return false;
	return memcmp(ends[0], ends[1], sizeof(ends[0])) == 0 &&
	       memcmp(ends[0][0], ends[0][1], sizeof(ends[0][0])) == 0;
}

/* The conditions of known programs are mostly marks and interfaces; explain tells them. */
static bool is_worth_a_note(const struct ipmasq_override *it)
{
	return !it->alarm && it->decided && !it->rule.ours && (is_sure(it) || !it->rule.owner);
}

static int say_all(struct work *w, const struct ipmasq_overrides *overrides, size_t *alarms)
{
	struct ipmasq_override it;
	size_t notes = 0;
	int r = 0;

	for (size_t i = 0; r == 0 && ipmasq_overrides_get(overrides, i, &it, sizeof(it)) == 0;
	     i++) {
		if (it.alarm && (*alarms)++ < TOLD_MAX)
			r = say(w, IPMASQ_LINE_OVERRIDE, overrides, i, &it);
		else if (is_worth_a_note(&it) && !is_hairpin(overrides, i, &it) &&
			 notes++ < NOTED_MAX)
			r = say(w, IPMASQ_LINE_NOTE, overrides, i, &it);
	}
	if (r == 0 && *alarms > TOLD_MAX)
		WORK_SAY(w, IPMASQ_LINE_OVERRIDE, "%zu more rules decide otherwise than the policy",
			 *alarms - TOLD_MAX);
	if (r == 0 && notes > NOTED_MAX)
		WORK_SAY(w, IPMASQ_LINE_NOTE,
			 "%zu more rules decide otherwise than the policy under conditions",
			 notes - NOTED_MAX);
	return r;
}

static int compare(struct work *w, const struct ipmasq_nat *nat)
{
	struct ipmasq_overrides *overrides = NULL;
	const char *incomplete;
	size_t alarms = 0;
	int r = ipmasq_nat_overrides(nat, w->policy, w->family, &overrides);

	if (r < 0)
		return work_no_memory(w);
	r = say_all(w, overrides, &alarms);
	incomplete = ipmasq_overrides_incomplete(overrides);
	if (r == 0 && incomplete)
		WORK_SAY(w, IPMASQ_LINE_OVERRIDE,
			 "it cannot be told whether rules of others decide otherwise than the "
			 "policy: %s",
			 incomplete);
	ipmasq_overrides_free(overrides);
	if (r == 0 && (alarms > 0 || incomplete)) {
		work_report(w)->overridden = true;
		if (work_report(w)->state == IPMASQ_STATE_IN_LINE)
			work_set_state(w, IPMASQ_STATE_OVERRIDDEN);
	}
	return r;
}

int overridden_look(struct work *w, struct seen_nat *seen)
{
	enum ipmasq_state state = work_report(w)->state;

	/* Programs that are not the system's may show the rules of another namespace. */
	if (!w->node->direct || (state != IPMASQ_STATE_IN_LINE && state != IPMASQ_STATE_CHANGED))
		return 0;
	read_nat(w, seen);
	if (seen->error == -ENOMEM)
		return work_no_memory(w);
	if (seen->error == -EAGAIN) {
		WORK_SAY(w, IPMASQ_LINE_NOTE,
			 "it cannot be told whether rules of others decide otherwise than the "
			 "policy, for they changed each time while they were read, for %d seconds",
			 NAT_KERNEL_PATIENCE_SECONDS);
		return 0;
	}
	if (seen->error < 0) {
		WORK_SAY(w, IPMASQ_LINE_NOTE,
			 "it cannot be told whether rules of others decide otherwise than the "
			 "policy, for the kernel does not show them: %s",
			 strerror(-seen->error));
		return 0;
	}
	return compare(w, seen->nat);
}
