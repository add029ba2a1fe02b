/* SPDX-License-Identifier: Apache-2.0 */
/* Which key an unknown one is taken for, and which flag of an agent a name is. */
#include <string.h>

#include "profile/agent_flag.h"
#include "profile/key_guess.h"
#include "support/unit.h"

static void check_guesses(const char *key, const char *const *names, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		enum config_key guess = config_key_guess(KEYS_ALL, names[i], strlen(names[i]));

		CHECK_STRING(guess == KEY_COUNT ? "" : config_key_name(guess), key, names[i]);
	}
}

#define GUESSES(key, ...)                                                  \
	do {                                                               \
		static const char *const names[] = { __VA_ARGS__ };        \
		check_guesses(key, names, sizeof(names) / sizeof(*names)); \
	} while (0)

/* What people write and propose for lists; the opposite is never suggested. */
static void lists(void)
{
	GUESSES("masqueradeCIDRs", "masqueradeCIDR", "masqeradeCIDRs", "forceMasqueradeCIDRs",
		"force-masquerade-cidrs", "alwaysMasqueradeCIDRs", "masqCIDRs", "MasqCidrs",
		"includeCIDRs", "onlyMasqueradeCIDRs", "masqueradeRanges", "masqueradeSubnets",
		"snatCIDRs", "natDestinations", "nonMasqueradeExceptions",
		"nonMasqueradeCIDRsExcept", "exceptNonMasqueradeCIDRs", "forceMasquerade",
		"excludeFromNonMasqueradeCIDRs");
	GUESSES("nonMasqueradeCIDRs", "nonMasqueradeCIDR", "nonMasquradeCIDRs", "noMasqueradeCIDRs",
		"nonmasqueradecidr", "nomMasqueradeCIDRs", "onMasqueradeCIDRs",
		"nonMasqueradeRanges", "skipMasqueradeCIDRs", "noSnatCIDRs", "excludeCIDRs",
		"exceptCIDRs", "non_masquerade_subnets", "masqueradeExceptCIDRs", "nonMasquerade",
		"skipSNAT", "bypassCIDRs", "nonMasqCIDRs");
	GUESSES("nonMasqueradeSrcCIDRs", "nonMasqueradeSrcCIDR", "nonMasqueradeSourceCIDRs",
		"excludeSourceRanges", "noMasqueradeSrcCIDRs");
}

static void others(void)
{
	GUESSES("masqLinkLocal", "masqueradeLinkLocal", "masqLinkLocl", "masqLinklocals");
	GUESSES("masqLinkLocalIPv6", "masqueradeLinkLocalIPv6", "masqLinkLocalIp6");
	GUESSES("masqOutBound", "masqueradeOutbound", "masqOutBond");
	GUESSES("masqOutBoundIPv6", "masqOutBoundIPv", "masqueradeOutboundIPv6");
	GUESSES("resyncInterval", "resync", "syncInterval", "resync-interval", "interval");
	GUESSES("cidrLimit", "cidrLimits", "cidr-limit");
	/* None of them, or the opposite of all. */
	GUESSES("", "x", "", "kind", "metadata", "noMasqLinkLocal", "masqueradeSrcCIDRs",
		"skipOutbound", "dryRun", "logLevel",
		"aVeryLongNameThatIsNoneOfOursAndIsNotComparedAtAll");
}

static void known_keys_only(void)
{
	unsigned int known = KEY_BIT(KEY_NON_MASQUERADE_CIDRS);

	CU_ASSERT_EQUAL(config_key_guess(known, "masqueradeCIDR", 14), KEY_COUNT);
	CU_ASSERT_EQUAL(config_key_guess(known, "nonMasqueradeCIDR", 17), KEY_NON_MASQUERADE_CIDRS);
}

static void flags(void)
{
	static const struct {
		const char *name;
		const char *flag;
	} rows[] = {
		{ "enable-ipv6", "enable-ipv6" },
		{ "--enable-ipv6", "enable-ipv6" },
		{ "enableIPv6", "enable-ipv6" },
		{ "enable_ipv6", "enable-ipv6" },
		{ "masq-chain", "masq-chain" },
		{ "masqChain", "masq-chain" },
		{ "randomFully", "random-fully" },
		{ "to-ports", "to-ports" },
		{ "nomasqAllReservedRanges", "nomasq-all-reserved-ranges" },
		{ "masq-random-fully", "masq-random-fully" },
		{ "enable", "" },
		{ "ipv6", "" },
		{ "enable-ipv6x", "" },
		{ "", "" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct agent_flag *flag = agent_flag_of(rows[i].name, strlen(rows[i].name));

		CHECK_STRING(flag ? flag->name : "", rows[i].flag, rows[i].name);
	}
}

int main(void)
{
	static const struct unit_test tests[] = {
		{ "lists", lists },
		{ "other keys", others },
		{ "only keys that are known", known_keys_only },
		{ "flags of agents", flags },
	};

	return unit_main("key_guess", tests, ARRAY_SIZE(tests));
}
