/* SPDX-License-Identifier: Apache-2.0 */
/* Configurations from several inputs, from calls of a program, and from very large inputs. */
#include <time.h>

#include "util/buf.h"
#include "support/config_check.h"
#include "support/read.h"
#include "support/sources.h"
#include "support/unit.h"

static void several_inputs_stay_apart(void)
{
	struct fixture fixture;
	const char *one = "masqOutBound: true\nnonMasqueradeCIDRs: [10.0.0.0/8]\n";
	const char *two = "masqOutBound: false\nnonMasqueradeCIDRs: [10.0.0.0/8]\n";
	char *dump;

	set_up(&fixture, "default");
	CU_ASSERT_EQUAL(
		ipmasq_config_load(fixture.config, DATA_SOURCE("1", one, strlen(one)), NULL), 0);
	CU_ASSERT_EQUAL(ipmasq_config_set_bool(fixture.config, IPMASQ_MASQ_LINK_LOCAL, true), 0);
	CU_ASSERT_EQUAL(
		ipmasq_config_load(fixture.config, DATA_SOURCE("2", two, strlen(two)), NULL), 0);
	CU_ASSERT_EQUAL(ipmasq_config_set_bool(fixture.config, IPMASQ_MASQ_OUT_BOUND, true), 0);
	dump = dump_config(fixture.config);
	CU_ASSERT_STRING_EQUAL(dump, "nonMasqueradeCIDRs@2:1-19 10.0.0.0/8@2:22-32\n"
				     "masqOutBound@1:15-19 true\n+\nmasqOutBound true\n"
				     "masqLinkLocal true\n+\n"
				     "nonMasqueradeCIDRs@2:1-19 10.0.0.0/8@2:22-32\n"
				     "masqOutBound@1:15-20 false\n");
	free(dump);
	CU_ASSERT_STRING_EQUAL(fixture.config->parts[0].text->name, "1");
	CU_ASSERT_PTR_NULL(fixture.config->parts[1].text);
	CU_ASSERT_STRING_EQUAL(fixture.config->parts[2].text->name, "2");
	CU_ASSERT_FALSE(fixture.config->broken);
	/* One bad input makes the configuration unusable for good. */
	CU_ASSERT_EQUAL(ipmasq_config_load(fixture.config, DATA_SOURCE("3", "x", 1), NULL),
			-EINVAL);
	CU_ASSERT_TRUE(fixture.config->broken);
	CU_ASSERT_EQUAL(ipmasq_config_load(fixture.config, DATA_SOURCE("4", "", 0), NULL), 0);
	CU_ASSERT_TRUE(fixture.config->broken);
	tear_down(&fixture);
}

static void programs_add_values(void)
{
	struct fixture fixture;
	struct ipmasq_config *config;
	char *dump;

	set_up(&fixture, "default");
	config = fixture.config;
	CU_ASSERT_EQUAL(ipmasq_config_add_cidr(config, IPMASQ_NON_MASQUERADE_CIDRS, "10.0.0.0/8",
					       fixture.diags),
			0);
	CU_ASSERT_EQUAL(ipmasq_config_add_cidr(config, IPMASQ_NON_MASQUERADE_CIDRS, "FD00::/8",
					       fixture.diags),
			0);
	CU_ASSERT_EQUAL(ipmasq_config_add_cidr(config, IPMASQ_NON_MASQUERADE_SRC_CIDRS,
					       "10.1.0.0/16", NULL),
			0);
	CU_ASSERT_EQUAL(ipmasq_config_set_list(config, IPMASQ_MASQUERADE_CIDRS), 0);
	CU_ASSERT_EQUAL(ipmasq_config_set_bool(config, IPMASQ_MASQ_OUT_BOUND, true), 0);
	CU_ASSERT_EQUAL(ipmasq_config_set_bool(config, IPMASQ_MASQ_OUT_BOUND, false), 0);
	CU_ASSERT_EQUAL(ipmasq_config_set_bool(config, IPMASQ_MASQ_OUT_BOUND_IPV6, true), 0);
	CU_ASSERT_EQUAL(ipmasq_config_set_bool(config, IPMASQ_MASQ_LINK_LOCAL, false), 0);
	CU_ASSERT_EQUAL(ipmasq_config_set_bool(config, IPMASQ_MASQ_LINK_LOCAL_IPV6, true), 0);
	CU_ASSERT_EQUAL(ipmasq_config_set_resync(config, "1m30s", fixture.diags), 0);
	CU_ASSERT_EQUAL(ipmasq_config_set_cidr_limit(config, 0), 0);
	CU_ASSERT_EQUAL(config->count, 1);
	dump = dump_config(config);
	CU_ASSERT_STRING_EQUAL(dump, "masqueradeCIDRs\nnonMasqueradeCIDRs 10.0.0.0/8 fd00::/8\n"
				     "nonMasqueradeSrcCIDRs 10.1.0.0/16\nmasqOutBound false\n"
				     "masqOutBoundIPv6 true\nmasqLinkLocal false\n"
				     "masqLinkLocalIPv6 true\nresyncInterval 90000000000\n"
				     "cidrLimit 0\n");
	free(dump);
	CU_ASSERT_EQUAL(ipmasq_diags_count(fixture.diags), 0);
	tear_down(&fixture);
}

static void programs_are_checked_too(void)
{
	struct fixture fixture;
	char *dump;

	set_up(&fixture, "default");
	CU_ASSERT_EQUAL(ipmasq_config_add_cidr(fixture.config, IPMASQ_MASQUERADE_CIDRS,
					       "10.0.0.1/8", fixture.diags),
			-EINVAL);
	CU_ASSERT_EQUAL(ipmasq_config_add_cidr(fixture.config, IPMASQ_MASQUERADE_CIDRS, "", NULL),
			-EINVAL);
	CU_ASSERT_EQUAL(ipmasq_config_set_resync(fixture.config, "60", fixture.diags), -EINVAL);
	CU_ASSERT_EQUAL(ipmasq_config_set_resync(fixture.config, "soon", NULL), -EINVAL);
	/* Nothing was set, not even an empty list. */
	CU_ASSERT_EQUAL(fixture.config->count, 0);
	CU_ASSERT_FALSE(fixture.config->broken);
	dump = dump_diags(fixture.diags);
	CU_ASSERT_STRING_EQUAL(dump, "E host-bits 0:0-0 10.0.0.0/8\nE duration 0:0-0 60s\n");
	free(dump);
	CU_ASSERT_PTR_NULL(finding_at(fixture.diags, 0).place.file);
	tear_down(&fixture);
}

static void profiles_bind_programs(void)
{
	struct fixture fixture;
	char *dump;

	set_up(&fixture, "kubernetes");
	CU_ASSERT_EQUAL(ipmasq_config_add_cidr(fixture.config, IPMASQ_MASQUERADE_CIDRS,
					       "10.0.0.0/8", fixture.diags),
			0);
	CU_ASSERT_EQUAL(ipmasq_config_set_list(fixture.config, IPMASQ_MASQUERADE_CIDRS), 0);
	CU_ASSERT_EQUAL(ipmasq_config_set_bool(fixture.config, IPMASQ_MASQ_OUT_BOUND, false), 0);
	CU_ASSERT_EQUAL(fixture.config->count, 0);
	dump = dump_diags(fixture.diags);
	CU_ASSERT_STRING_EQUAL(dump, "W unsupported-key 0:0-0\n");
	free(dump);
	tear_down(&fixture);

	set_up(&fixture, "cce");
	CU_ASSERT_EQUAL(ipmasq_config_add_cidr(fixture.config, IPMASQ_MASQUERADE_CIDRS,
					       "example.com", fixture.diags),
			0);
	dump = dump_config(fixture.config);
	CU_ASSERT_STRING_EQUAL(dump, "masqueradeCIDRs example.com\n");
	free(dump);
	CU_ASSERT_EQUAL(ipmasq_diags_count(fixture.diags), 0);
	CU_ASSERT_STRING_EQUAL(ipmasq_config_host(fixture.config, 0), "example.com");
	CU_ASSERT_PTR_NULL(ipmasq_config_host(fixture.config, 1));
	tear_down(&fixture);
}

/* A reader that takes linear time needs about a second for a million entries. */
static void large_lists(void)
{
	struct fixture fixture;
	struct buf buf = BUF_INIT;
	const struct config_item *items;
	size_t count = unit_many(1000000);
	clock_t start;

	buf_puts(&buf, "nonMasqueradeCIDRs:\n");
	for (unsigned int i = 0; i < count; i++)
		buf_printf(&buf, "- %u.%u.%u.0/24\n", 1 + (i >> 16), i >> 8 & 255, i & 255);
	set_up(&fixture, "default");
	start = clock();
	CU_ASSERT_EQUAL(ipmasq_config_load(fixture.config, DATA_SOURCE("test", buf.data, buf.len),
					   fixture.diags),
			0);
	CU_ASSERT_TRUE(clock() - start < 30 * CLOCKS_PER_SEC);
	CU_ASSERT_EQUAL_FATAL(fixture.config->count, 1);
	CU_ASSERT_EQUAL_FATAL(fixture.config->parts[0].values[1].list.count, count);
	items = fixture.config->parts[0].values[1].list.items;
	CU_ASSERT_EQUAL(items[count - 1].pos.line, count + 1);
	CU_ASSERT_EQUAL(items[count - 1].pos.column, 3);
	CU_ASSERT_EQUAL(items[count - 1].prefix.addr.hi >> 40, 0x10000 + count - 1);
	tear_down(&fixture);
	buf_release(&buf);
}

/* Bad lines take no more time than good ones, and the list of findings is bounded. */
static void many_findings(void)
{
	struct fixture fixture;
	struct buf buf = BUF_INIT;
	size_t count = unit_many(300000);
	clock_t start = clock();

	for (unsigned int i = 0; i < count; i++)
		buf_printf(&buf, "nonMasqueradeCIDR%u: 1\n", i);
	buf_puts(&buf, "nonMasqueradeCIDR7: 1\n");
	set_up(&fixture, "default");
	CU_ASSERT_EQUAL(ipmasq_config_load(fixture.config, DATA_SOURCE("test", buf.data, buf.len),
					   fixture.diags),
			-EINVAL);
	CU_ASSERT_TRUE(clock() - start < 30 * CLOCKS_PER_SEC);
	CU_ASSERT_EQUAL(ipmasq_diags_worst(fixture.diags), IPMASQ_ERROR);
	CU_ASSERT_EQUAL(ipmasq_diags_count(fixture.diags) + ipmasq_diags_dropped(fixture.diags),
			count + 1);
	tear_down(&fixture);
	buf_release(&buf);
}

static void freeing_nothing_is_fine(void)
{
	struct ipmasq_config *config;

	ipmasq_config_free(NULL);
	CU_ASSERT_EQUAL_FATAL(ipmasq_config_new(NULL, &config), 0);
	ipmasq_config_free(config);
}

int main(void)
{
	static const struct unit_test tests[] = {
		{ "several inputs are kept separate", several_inputs_stay_apart },
		{ "values from a program", programs_add_values },
		{ "values from a program are checked", programs_are_checked_too },
		{ "values from a program must suit the profile", profiles_bind_programs },
		{ "a million entries", large_lists },
		{ "hundreds of thousands of findings", many_findings },
		{ "NULL and an empty configuration can be freed", freeing_nothing_is_fine },
	};

	return unit_main("config_build", tests, ARRAY_SIZE(tests));
}
