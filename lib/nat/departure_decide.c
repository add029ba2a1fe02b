/* SPDX-License-Identifier: Apache-2.0 */
/* Judges what a rule does to packets, and records what the policy does not want. */
#include "nat/departure_walk.h"
#include "nat/levels.h"

#define DEPARTURES_MAX 50000

/* Destinations of a class as spans, while words of them are looked at in order. */
struct collector {
	struct spans spans[2];
	int error;
};

static void collect(struct spans *spans, size_t word, uint64_t bits, int *error)
{
	while (bits && *error == 0) {
		unsigned int first = (unsigned int)__builtin_ctzll(bits);
		uint64_t rest = ~(bits >> first);
		unsigned int run = rest ? (unsigned int)__builtin_ctzll(rest) : 64;
		uint32_t start = (uint32_t)(word * 64 + first);

		if (run > 64 - first)
			run = 64 - first;
		*error = spans_add(spans, start, start + run);
		bits &= first + run < 64 ? UINT64_MAX << (first + run) : 0;
	}
}

/* Which of some destinations that wanted one thing depart, and for which that is certain. */
struct judgement {
	bool departs;
	bool may_agree;
};

static struct judgement judge(const struct walker *w, const struct nat_at *at,
			      enum nat_verdict verdict, enum ipmasq_verdict wanted)
{
	const struct nat_rule *rule = at->rule;
	enum nat_match own = NAT_MAYBE;

	if (verdict == NAT_UNKNOWN)
		return (struct judgement){ true, true };
	if (verdict == NAT_RETURN || verdict == NAT_MASQUERADE) {
		bool agrees = (verdict == NAT_MASQUERADE) == (wanted == IPMASQ_MASQUERADE);

		return (struct judgement){ !agrees, agrees };
	}
	if (wanted == IPMASQ_RETURN)
		return (struct judgement){ true, false };
	/* Of NETMAP and of a range, the address differs from source to source. */
	if (rule->verdict == NAT_SNAT && rule->to_known &&
	    addr_equal(rule->to_first, rule->to_last))
		own = nat_view_is_own(w->space->nat, w->space->family, rule->to_first);
	return (struct judgement){ own != NAT_YES, own != NAT_NO };
}

static int record(struct walker *w, const struct nat_at *at, enum nat_verdict verdict,
		  enum ipmasq_verdict wanted, uint32_t class, struct spans *destinations)
{
	struct departures *found = w->found;
	struct departure departure = { *at, verdict, wanted, NULL, *destinations };

	if (found->count == DEPARTURES_MAX) {
		w->classes->work_left = 0;
		return 0;
	}
	departure.sources = class_sources(w->classes, class);
	if (!departure.sources)
		return -ENOMEM;
	if (array_grow(&found->list, &found->capacity, found->count, sizeof(departure)))
		return -ENOMEM;
	found->list[found->count++] = departure;
	*destinations = (struct spans){ 0 };
	return 0;
}

int departure_decide(struct walker *w, const struct nat_at *at, enum nat_verdict verdict,
		     uint32_t class, size_t level, const struct spans *where)
{
	const uint64_t *bits = class_level(w->classes, class, level);
	uint64_t *agreed = class_level(w->classes, class, LEVEL_AGREED);
	bool excluded = w->classes->list[class].excluded;
	struct collector collector = { 0 };
	int r;

	class_touch(w->classes, class);
	for (size_t i = 0; i < where->count; i++) {
		const struct span *span = &where->list[i];

		classes_work(w->classes, (span->end - span->first) / 64 + 1);
		for (size_t word = span->first / 64; word * 64 < span->end; word++) {
			uint64_t here = bits[word] & span_mask(span, word);
			uint64_t masqueraded = excluded ? 0 : here & w->masqueraded[word];
			uint64_t of[] = {
				[IPMASQ_RETURN] = here & ~masqueraded,
				[IPMASQ_MASQUERADE] = masqueraded,
			};

			for (size_t wanted = 0; wanted < ARRAY_SIZE(of); wanted++) {
				struct judgement j;

				if (!of[wanted])
					continue;
				j = judge(w, at, verdict, (enum ipmasq_verdict)wanted);
				if (j.may_agree)
					agreed[word] |= of[wanted];
				if (j.departs)
					collect(&collector.spans[wanted], word, of[wanted],
						&collector.error);
			}
		}
	}
	r = collector.error;
	for (size_t wanted = 0; wanted < 2; wanted++) {
		struct spans *spans = &collector.spans[wanted];

		if (r == 0 && spans->count > 0)
			r = record(w, at, verdict, (enum ipmasq_verdict)wanted, class, spans);
		spans_release(spans);
	}
	return r;
}
