/* SPDX-License-Identifier: Apache-2.0 */
/* Fails each allocation once while files are read as the agents of the profiles read them, and
 * while findings about those agents are worded. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "support/heap.h"
#include "support/sources.h"
#include "support/unit.h"
#include "util/common.h"

#define CONFIGMAP(name, value)                                                                    \
	"kind: ConfigMap\nmetadata: {name: " name "}\ndata:\n  ip-masq-agent: \"" value "\"\n---" \
	"\n"
#define FIVE(item) item item item item item
#define SIXTY_FIVE                   \
	FIVE(FIVE("- 10.0.0.0/8\n")) \
	FIVE(FIVE("- 10.0.0.0/8\n")) \
	FIVE("- 10.0.0.0/8\n") FIVE("- 10.0.0.0/8\n") FIVE("- 10.0.0.0/8\n")

static char empty_directory[] = "/tmp/ipmasq-oom-XXXXXX";

static const struct scenario {
	const char *name;
	const char *profile;
	/* NULL: the empty directory. */
	const char *text;
	int expected;
} scenarios[] = {
	{ "ConfigMaps of two agents", "kubernetes",
	  CONFIGMAP("ip-masq-agent", "masqLinkLocal: true")
		  CONFIGMAP("ip-masq-agent-config", "masqLinkLocal: true"),
	  0 },
	{ "ConfigMaps of one agent that reads one", "default",
	  CONFIGMAP("ip-masq-agent", "{}") CONFIGMAP("ip-masq-agent", "{}"), 0 },
	{ "ConfigMaps that are merged", "aks",
	  CONFIGMAP("azure-ip-masq-agent-config", "{}")
		  CONFIGMAP("azure-ip-masq-agent-config-reconciled", "{}"),
	  0 },
	{ "a directory without a file", "aks", NULL, 0 },
	{ "too many entries in a file", "aks", "nonMasqueradeCIDRs:\n" SIXTY_FIVE, -EINVAL },
	{ "more entries than others take", "default", "nonMasqueradeCIDRs:\n" SIXTY_FIVE, 0 },
	{ "host bits that are masked", "cilium", "nonMasqueradeCIDRs: [10.0.0.1/8]\n", 0 },
	{ "what an agent takes", "kubernetes",
	  "nonMasqueradeCIDRs: [null, 10.0.0.0/08]\nresyncInterval: 0s\nmasqLinkLocal: true\n"
	  "masqLinkLocal: true\n",
	  -EINVAL },
	{ "a second document that an agent ignores", "kubernetes", "{}\n--- {}\n", -EINVAL },
	{ "a merge key that an agent knows", "kubernetes", "<<: {masqLinkLocal: true}\n", -EINVAL },
	{ "a profile that does not exist", "nobody", "", -EINVAL },
};

static const struct scenario *current;

static int run_scenario(void)
{
	struct ipmasq_options *options = NULL;
	struct ipmasq_config *config = NULL;
	struct ipmasq_policy *policy = NULL;
	struct ipmasq_diags *diags = NULL;
	char *text = NULL;
	int r = ipmasq_diags_new(&diags);

	if (r == 0)
		r = ipmasq_options_new(&options);
	if (r == 0)
		r = ipmasq_options_set_profile(options, current->profile, diags);
	if (r == 0)
		r = ipmasq_config_new(options, &config);
	if (r == 0 && current->text)
		r = ipmasq_config_load(
			config, DATA_SOURCE("input", current->text, strlen(current->text)), diags);
	else if (r == 0)
		r = ipmasq_config_load(config, FILE_SOURCE(empty_directory), diags);
	if (r == 0)
		r = ipmasq_policy_new(config, options, diags, &policy);
	if (r == 0)
		r = ipmasq_policy_lint(policy, config, options, diags);
	if (diags && r != -ENOMEM && ipmasq_diags_format(diags, IPMASQ_ALL, false, &text) < 0)
		r = -ENOMEM;
	free(text);
	ipmasq_policy_free(policy);
	ipmasq_config_free(config);
	ipmasq_options_free(options);
	ipmasq_diags_free(diags);
	return r;
}

static void test_every_allocation(void)
{
	CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(empty_directory));
	for (size_t i = 0; i < ARRAY_SIZE(scenarios); i++) {
		long count;

		current = &scenarios[i];
		CHECK(heap_run(run_scenario, 0) == current->expected, current->name);
		CHECK(heap.live == 0, current->name);
		count = heap.calls;
		CHECK(count > 2, current->name);
		for (long n = 1; n <= count; n++) {
			int r = heap_run(run_scenario, n);

			/* What was refused is refused also where the words fail. */
			CHECK(r == -ENOMEM || r == current->expected, current->name);
			CHECK(heap.live == 0, current->name);
		}
	}
	rmdir(empty_directory);
}

int main(void)
{
	static const struct unit_test tests[] = {
		{ "each failed allocation is reported, and nothing leaks", test_every_allocation },
	};

	return unit_main("profile oom", tests, ARRAY_SIZE(tests));
}
