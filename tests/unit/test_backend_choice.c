/* SPDX-License-Identifier: Apache-2.0 */
/* The choice of the backend: all cases of what can be seen. */
#include "node/backend_choice.h"

#include "support/unit.h"

enum outcome { TO_NFT, TO_LEGACY, TO_NATIVE, TO_DEFAULT, NOT_KNOWN, AS_WITHOUT };

enum { NONE = OURS_NONE, IDLE = OURS_IDLE, REACHED = OURS_REACHED };
enum { UNKNOWN = SIGHT_UNKNOWN, CLEAR = SIGHT_CLEAR, ABSENT = SIGHT_ABSENT };
enum { HINT = ANSWER_YES, NO_HINT = ANSWER_NO, UNREAD = ANSWER_UNKNOWN };

#define ANY (-1)
#define ANY_SIGNS             \
	{                     \
		ANY, ANY, ANY \
	}

/* What a row says of one backend; ANY: it does not matter. */
struct wanted_signs {
	int nat;
	int ours;
	int hints;
};

/* The backend that follows from what was seen of both. The first row that fits counts. */
static const struct {
	const char *what;
	struct wanted_signs nft;
	struct wanted_signs legacy;
	/* How the number of rules of others in nft compares with that in legacy. */
	int rules;
	enum outcome outcome;
} choices[] = {
	{ "none is there", { ABSENT, ANY, ANY }, { ABSENT, ANY, ANY }, ANY, TO_DEFAULT },
	{ "only legacy is there", { ABSENT, ANY, ANY }, { ANY, ANY, ANY }, ANY, TO_LEGACY },
	{ "only nft is there", { ANY, ANY, ANY }, { ABSENT, ANY, ANY }, ANY, TO_NFT },
	{ "ours work in nft", { CLEAR, REACHED, ANY }, { UNKNOWN, ANY, ANY }, ANY, TO_NFT },
	{ "ours work in legacy", { UNKNOWN, ANY, ANY }, { CLEAR, REACHED, ANY }, ANY, TO_LEGACY },
	{ "nft cannot be read", { UNKNOWN, ANY, ANY }, { ANY, ANY, ANY }, ANY, NOT_KNOWN },
	{ "legacy cannot be read", { ANY, ANY, ANY }, { UNKNOWN, ANY, ANY }, ANY, NOT_KNOWN },
	{ "a jump in nft, a chain in legacy",
	  { CLEAR, REACHED, ANY },
	  { CLEAR, IDLE, ANY },
	  ANY,
	  TO_NFT },
	{ "ours in nft", { CLEAR, REACHED, ANY }, { CLEAR, NONE, ANY }, ANY, TO_NFT },
	{ "a chain in nft", { CLEAR, IDLE, ANY }, { CLEAR, NONE, ANY }, ANY, TO_NFT },
	{ "a jump in legacy, a chain in nft",
	  { CLEAR, IDLE, ANY },
	  { CLEAR, REACHED, ANY },
	  ANY,
	  TO_LEGACY },
	{ "ours in legacy", { CLEAR, NONE, ANY }, { CLEAR, REACHED, ANY }, ANY, TO_LEGACY },
	{ "a chain in legacy", { CLEAR, NONE, ANY }, { CLEAR, IDLE, ANY }, ANY, TO_LEGACY },
	/* From here on, ours are in none or as much in both. */
	{ "hints of nft are not known",
	  { CLEAR, ANY, UNREAD },
	  { CLEAR, ANY, ANY },
	  ANY,
	  NOT_KNOWN },
	{ "hints of legacy are not known",
	  { CLEAR, ANY, ANY },
	  { CLEAR, ANY, UNREAD },
	  ANY,
	  NOT_KNOWN },
	{ "hints in nft", { CLEAR, ANY, HINT }, { CLEAR, ANY, NO_HINT }, ANY, TO_NFT },
	{ "hints in legacy", { CLEAR, ANY, NO_HINT }, { CLEAR, ANY, HINT }, ANY, TO_LEGACY },
	/* Hints in none or in both. */
	{ "more rules in nft", { CLEAR, ANY, ANY }, { CLEAR, ANY, ANY }, '>', TO_NFT },
	{ "more rules in legacy", { CLEAR, ANY, ANY }, { CLEAR, ANY, ANY }, '<', TO_LEGACY },
	{ "nothing speaks for either", { CLEAR, ANY, ANY }, { CLEAR, ANY, ANY }, '=', TO_DEFAULT },
};

static bool fits(const struct wanted_signs *wanted, const struct backend_signs *signs)
{
	return (wanted->nat == ANY || wanted->nat == (int)signs->nat) &&
	       (wanted->ours == ANY || wanted->ours == (int)signs->ours) &&
	       (wanted->hints == ANY || wanted->hints == (int)signs->hints);
}

static bool rules_fit(int wanted, size_t nft, size_t legacy)
{
	return wanted == ANY || wanted == (nft > legacy ? '>' : nft < legacy ? '<' : '=');
}

static enum outcome outcome_with(const struct backend_signs *nft,
				 const struct backend_signs *legacy,
				 const struct backend_signs *native)
{
	const struct backend_signs signs[BACKENDS] = { [IPMASQ_BACKEND_NFT] = *nft,
						       [IPMASQ_BACKEND_LEGACY] = *legacy,
						       [IPMASQ_BACKEND_NFTABLES] = *native };
	enum ipmasq_backend backend;

	if (backend_decide(signs, &backend) == -EAGAIN)
		return NOT_KNOWN;
	return backend == IPMASQ_BACKEND_NFT	    ? TO_NFT
	       : backend == IPMASQ_BACKEND_LEGACY   ? TO_LEGACY
	       : backend == IPMASQ_BACKEND_NFTABLES ? TO_NATIVE
						    : TO_DEFAULT;
}

/* Where tables of our own are out of the question. */
static enum outcome outcome_of(const struct backend_signs *nft, const struct backend_signs *legacy)
{
	const struct backend_signs none = { .nat = SIGHT_ABSENT };

	return outcome_with(nft, legacy, &none);
}

/* All that can be seen of one backend. */
#define SIGNS 81

static struct backend_signs signs_number(unsigned int number)
{
	return (struct backend_signs){ .nat = number % 3,
				       .ours = number / 3 % 3,
				       .hints = number / 9 % 3,
				       .rules = number / 27 };
}

static void test_choices(void)
{
	bool used[ARRAY_SIZE(choices)] = { false };

	for (unsigned int i = 0; i < SIGNS * SIGNS; i++) {
		struct backend_signs nft = signs_number(i % SIGNS);
		struct backend_signs legacy = signs_number(i / SIGNS);
		size_t row = 0;

		while (row < ARRAY_SIZE(choices) &&
		       !(fits(&choices[row].nft, &nft) && fits(&choices[row].legacy, &legacy) &&
			 rules_fit(choices[row].rules, nft.rules, legacy.rules)))
			row++;
		CHECK(row < ARRAY_SIZE(choices), "each case is in the table");
		CHECK(outcome_of(&nft, &legacy) == choices[row].outcome, choices[row].what);
		used[row] = true;
	}
	for (size_t row = 0; row < ARRAY_SIZE(choices); row++)
		CHECK(used[row], choices[row].what);
}

/* With one fact less, the same follows, or nothing does, or what works stays. */
static void test_unknown_never_moves(void)
{
	for (unsigned int i = 0; i < SIGNS * SIGNS; i++) {
		struct backend_signs nft = signs_number(i % SIGNS);
		struct backend_signs legacy = signs_number(i / SIGNS);
		struct backend_signs unseen = nft;
		struct backend_signs unread = nft;
		enum outcome all = outcome_of(&nft, &legacy);
		enum outcome less;

		if (nft.nat != SIGHT_CLEAR || legacy.nat != SIGHT_CLEAR)
			continue;
		unseen.nat = SIGHT_UNKNOWN;
		less = outcome_of(&unseen, &legacy);
		CHECK(less == NOT_KNOWN || (less == TO_LEGACY && legacy.ours == OURS_REACHED),
		      "nat cannot be read");
		unread.hints = ANSWER_UNKNOWN;
		less = outcome_of(&unread, &legacy);
		CHECK(less == NOT_KNOWN || less == all, "mangle cannot be read");
	}
}

enum { YES = 1, NO = 0 };

/* Where tables of our own can be had, or nearly. AS_WITHOUT: the same as if they were out of the
 * question. The first row that fits counts. */
static const struct {
	const char *what;
	struct wanted_signs nft;
	struct wanted_signs legacy;
	struct wanted_signs native;
	int kube_proxy;
	enum outcome outcome;
} native_choices[] = {
	{ "ours work in nft", { CLEAR, REACHED, ANY }, ANY_SIGNS, ANY_SIGNS, ANY, AS_WITHOUT },
	{ "ours work in legacy", ANY_SIGNS, { CLEAR, REACHED, ANY }, ANY_SIGNS, ANY, AS_WITHOUT },
	{ "tables of our own cannot be had",
	  ANY_SIGNS,
	  ANY_SIGNS,
	  { ABSENT, ANY, ANY },
	  ANY,
	  AS_WITHOUT },
	{ "they cannot be read", ANY_SIGNS, ANY_SIGNS, { UNKNOWN, ANY, ANY }, ANY, AS_WITHOUT },
	{ "ours work there", ANY_SIGNS, ANY_SIGNS, { CLEAR, REACHED, ANY }, ANY, TO_NATIVE },
	{ "there is no iptables",
	  { ABSENT, ANY, ANY },
	  { ABSENT, ANY, ANY },
	  { CLEAR, ANY, ANY },
	  ANY,
	  TO_NATIVE },
	{ "no kube-proxy of that kind", ANY_SIGNS, ANY_SIGNS, { CLEAR, ANY, ANY }, NO, AS_WITHOUT },
	{ "kube-proxy uses nftables, and ours may work in nft",
	  { UNKNOWN, ANY, ANY },
	  ANY_SIGNS,
	  { CLEAR, ANY, ANY },
	  YES,
	  NOT_KNOWN },
	{ "kube-proxy uses nftables, and ours may work in legacy",
	  ANY_SIGNS,
	  { UNKNOWN, ANY, ANY },
	  { CLEAR, ANY, ANY },
	  YES,
	  NOT_KNOWN },
	{ "kube-proxy uses nftables", ANY_SIGNS, ANY_SIGNS, { CLEAR, ANY, ANY }, YES, TO_NATIVE },
};

/* All that can be seen of tables of our own. */
#define NATIVE_SIGNS 18

static struct backend_signs native_number(unsigned int number)
{
	return (struct backend_signs){ .nat = number % 3,
				       .ours = number / 3 % 3,
				       .kube_proxy = number / 9 };
}

static void check_native(const struct backend_signs *nft, const struct backend_signs *legacy,
			 unsigned int number, bool *used)
{
	struct backend_signs native = native_number(number);
	enum outcome expected;
	size_t row = 0;

	while (row < ARRAY_SIZE(native_choices) &&
	       !(fits(&native_choices[row].nft, nft) && fits(&native_choices[row].legacy, legacy) &&
		 fits(&native_choices[row].native, &native) &&
		 (native_choices[row].kube_proxy == ANY ||
		  native_choices[row].kube_proxy == native.kube_proxy)))
		row++;
	if (!CHECK(row < ARRAY_SIZE(native_choices), "each case is in the table"))
		return;
	expected = native_choices[row].outcome;
	if (expected == AS_WITHOUT)
		expected = outcome_of(nft, legacy);
	CHECK(outcome_with(nft, legacy, &native) == expected, native_choices[row].what);
	used[row] = true;
}

static void test_native_choices(void)
{
	bool used[ARRAY_SIZE(native_choices)] = { false };

	for (unsigned int i = 0; i < SIGNS * SIGNS; i++)
		for (unsigned int j = 0; j < NATIVE_SIGNS; j++) {
			struct backend_signs nft = signs_number(i % SIGNS);
			struct backend_signs legacy = signs_number(i / SIGNS);

			nft.compat = i % 2 ? ANSWER_YES : ANSWER_UNKNOWN;
			check_native(&nft, &legacy, j, used);
		}
	for (size_t row = 0; row < ARRAY_SIZE(native_choices); row++)
		CHECK(used[row], native_choices[row].what);
}

/* Where the kernel takes no rule of ours from iptables-nft, that is as good as absent, unless rules
 * of ours work there, so that the answer is wrong. */
static void test_without_compat(void)
{
	for (unsigned int i = 0; i < SIGNS * SIGNS; i++)
		for (unsigned int j = 0; j < NATIVE_SIGNS; j++) {
			struct backend_signs nft = signs_number(i % SIGNS);
			struct backend_signs legacy = signs_number(i / SIGNS);
			struct backend_signs native = native_number(j);
			struct backend_signs same = nft;

			nft.compat = ANSWER_NO;
			if (nft.nat != SIGHT_CLEAR || nft.ours != OURS_REACHED)
				same.nat = SIGHT_ABSENT;
			CHECK(outcome_with(&nft, &legacy, &native) ==
				      outcome_with(&same, &legacy, &native),
			      "without nft_compat");
		}
}

int main(void)
{
	static const struct unit_test tests[] = {
		{ "each case has its backend", test_choices },
		{ "what is not known moves nothing", test_unknown_never_moves },
		{ "tables of our own", test_native_choices },
		{ "no nft_compat", test_without_compat },
	};

	return unit_main("backend choice", tests, ARRAY_SIZE(tests));
}
