/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lets every allocation of the library fail once. Each scenario is repeated, each time with the
 * next allocation failing: it must return -ENOMEM and leave nothing allocated.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util/common.h"
#include "support/heap.h"
#include "support/manifest_kinds.h"
#include "support/sources.h"
#include "support/unit.h"

static const char good_yaml[] = "# all of it\n"
				"nonMasqueradeSrcCIDRs: [10.5.0.0/16, 'fd05::/16']\n"
				"masqueradeCIDRs: &again\n"
				"- 10.10.10.10/32\n"
				"- \"10.10.0.0/16\"\n"
				"nonMasqueradeCIDRs: *again\n"
				"MasqOutBound: yes\n"
				"masqLinkLocal: false\n"
				"resyncInterval: 1m30s\n"
				"cidrLimit: 10\n"
				"# ipmasq-lint: ignore=unknown-key,no-such,conflict\n"
				"nonMasqueradeCIDR: typo\n";
static const char good_json[] = "\t{\"nonMasqueradeCIDRs\":\t[\"10.\\u0030.0.0\\/8\", "
				"\"2001:db8::/32\"], \"resyncInterval\": \"60s\"}";
static const char bad_yaml[] = "nonMasqueradeCIDRs: [10/8, 10.0.0.1/8, 10.0.0.0/255.0.0.0, ~, 7, "
			       "db.example, 'fe80::1%eth0/64', '::ffff:10.0.0.0/104']\n"
			       "masqOutBound: \"true\"\n"
			       "resyncInterval: 60\n"
			       "cidrLimit: -1\n"
			       "masqOutBound: true\n";
static const char names_yaml[] = "masqueradeCIDRs: [db.example, cache.example, DB.example.]\n"
				 "nonMasqueradeCIDRs: [gone.example, db.example, 10.0.0.0/8]\n";
static const char broken_yaml[] = "nonMasqueradeCIDRs: [10.0.0.0/8\nmasqOutBound: true\n";
static const char broken_json[] = "{\"nonMasqueradeCIDRs\": [\"10.0.0.0/8\",]}";

static const char manifests[] =
	"apiVersion: v1\nkind: List\nitems:\n- kind: ConfigMap\n  metadata: {name: ip-masq-agent}\n"
	"  data:\n    config: |\n      nonMasqueradeCIDRs:\n      - 10.0.0.0/8\n"
	"    ip-masq-b: >\n      resyncInterval:\n      30s\n"
	"    ip-masq-c: \"masqLinkLocal: \\x66alse\"\n"
	"---\nkind: Other\napiVersion: v1\n";
static const char no_manifests[] = "kind: ConfigMap\napiVersion: v1\n";
static const char bad_manifests[] =
	"kind: ConfigMap\nmetadata: {name: ip-masq}\ndata:\n  config: 1\n  ip-masq: 'x: {{ y }}'\n";

static int format_all(const struct ipmasq_diags *diags)
{
	char *text = NULL;
	int r = ipmasq_diags_format(diags, IPMASQ_ALL, false, &text);

	free(text);
	for (size_t i = 0; i < ipmasq_diags_count(diags) && r == 0; i++) {
		text = NULL;
		r = ipmasq_diags_format(diags, i, i % 2, &text);
		free(text);
	}
	return r;
}

static int use_ruleset(const struct ipmasq_policy *policy, enum ipmasq_family family,
		       unsigned int flags)
{
	static const uint8_t address[16] = { 10, 4, 3, 1 };
	struct ipmasq_ruleset *ruleset = NULL;
	struct ipmasq_ruleset_details info;
	char *script = NULL;
	char *rule = NULL;
	char *trace = NULL;
	char *why = NULL;
	int r = ipmasq_ruleset_new(policy, family, flags, &ruleset);

	if (r == 0)
		r = ipmasq_ruleset_prove(ruleset, policy, &why);
	if (r == 0)
		r = ipmasq_ruleset_script(ruleset, &script, NULL);
	if (r == 0)
		r = ipmasq_ruleset_info(ruleset, &info, sizeof(info));
	if (r == 0)
		r = ipmasq_ruleset_rule_text(ruleset, flags ? 8 : 2 + info.chains, &rule);
	/* Without a rule for pods, the table ends before. */
	if (flags && r == -ERANGE)
		r = 0;
	if (r == 0)
		r = ipmasq_ruleset_trace(ruleset, address, NULL, &trace);
	free(script);
	free(rule);
	free(trace);
	free(why);
	ipmasq_ruleset_free(ruleset);
	return r;
}

/* Compares the policy with the default one. */
static int use_diff(const struct ipmasq_policy *policy)
{
	struct ipmasq_policy *defaults = NULL;
	struct ipmasq_diff *diff = NULL;
	int r = ipmasq_policy_new(NULL, NULL, NULL, &defaults);

	if (r == 0)
		r = ipmasq_diff_new(defaults, policy, &diff);
	ipmasq_diff_free(diff);
	ipmasq_policy_free(defaults);
	return r;
}

/* With exceptions and without, and for an agent that cannot say it. */
static int use_convert(const struct ipmasq_policy *policy)
{
	static const char *const profiles[] = { "default", "tke", "aks" };
	int r = 0;

	for (size_t i = 0; i < ARRAY_SIZE(profiles) && r == 0; i++) {
		struct ipmasq_options *options = NULL;
		struct ipmasq_diags *diags = NULL;
		char *text = NULL;

		r = ipmasq_diags_new(&diags);
		if (r == 0)
			r = ipmasq_options_new(&options);
		if (r == 0)
			r = ipmasq_options_set_profile(options, profiles[i], NULL);
		if (r == 0)
			r = ipmasq_options_set_mode(options, IPMASQ_FEATURE_IPV6, IPMASQ_ON);
		if (r == 0)
			r = ipmasq_policy_convert(policy, options, diags, &text);
		free(text);
		ipmasq_options_free(options);
		ipmasq_diags_free(diags);
		if (r == -ENOTSUP)
			r = 0;
	}
	return r;
}

static int use_policy(const struct ipmasq_policy *policy)
{
	static const enum ipmasq_family families[] = { IPMASQ_IPV4, IPMASQ_IPV6 };
	static const uint8_t address[16] = { 10, 10, 10, 10 };
	int r = use_diff(policy);

	if (r == 0)
		r = use_convert(policy);

	for (size_t i = 0; i < ARRAY_SIZE(families) && r == 0; i++) {
		struct ipmasq_partition *partition = NULL;
		struct ipmasq_decision *decision = NULL;

		r = ipmasq_partition_new(policy, families[i], &partition);
		if (r == 0)
			r = ipmasq_policy_explain(policy, families[i], address, address, &decision);
		if (r == 0)
			r = use_ruleset(policy, families[i], 0);
		if (r == 0)
			r = use_ruleset(policy, families[i], IPMASQ_NFTABLES);
		ipmasq_decision_free(decision);
		ipmasq_partition_free(partition);
	}
	return r;
}

struct things {
	struct ipmasq_diags *diags;
	struct ipmasq_options *options;
	struct ipmasq_config *config;
	struct ipmasq_policy *policy;
};

static int things_new(struct things *t)
{
	int r = ipmasq_diags_new(&t->diags);

	if (r == 0)
		r = ipmasq_options_new(&t->options);
	if (r == 0)
		r = ipmasq_options_set_to_ports(t->options, "1024-2047,4096-8191", t->diags);
	if (r == 0)
		r = ipmasq_options_add_cidr(t->options, IPMASQ_POD_CIDR, "10.0.0.0/8", t->diags);
	if (r == 0)
		r = ipmasq_config_new(t->options, &t->config);
	return r;
}

static int use_lint(const struct things *t)
{
	struct ipmasq_policy *defaults = NULL;
	int r = ipmasq_policy_lint(t->policy, t->config, t->options, t->diags);

	if (r == 0)
		r = ipmasq_policy_new(NULL, NULL, NULL, &defaults);
	if (r == 0)
		r = ipmasq_policy_compare(defaults, t->policy, t->diags);
	if (r == 0)
		r = ipmasq_diags_settle(t->diags);
	ipmasq_policy_free(defaults);
	return r;
}

static int things_finish(struct things *t, int r)
{
	if (r == 0)
		r = ipmasq_policy_new(t->config, t->options, t->diags, &t->policy);
	if (r == 0)
		r = use_policy(t->policy);
	if (r == 0)
		r = use_lint(t);
	if (t->diags && (r == 0 || r == -EINVAL) && format_all(t->diags) < 0)
		r = -ENOMEM;
	ipmasq_policy_free(t->policy);
	ipmasq_config_free(t->config);
	ipmasq_options_free(t->options);
	ipmasq_diags_free(t->diags);
	return r;
}

static int load(const char *const *inputs, size_t count)
{
	struct things t = { 0 };
	int r = things_new(&t);

	for (size_t i = 0; i < count && r == 0; i++)
		r = ipmasq_config_load(t.config, DATA_SOURCE("input", inputs[i], strlen(inputs[i])),
				       t.diags);
	return things_finish(&t, r);
}

/* ipmasq_compile() for both families. */
static int scenario_compile(void)
{
	struct things t = { 0 };
	char *scripts[2] = { NULL, NULL };
	int r = things_new(&t);

	if (r == 0)
		r = ipmasq_compile(DATA_SOURCE("input", good_yaml, strlen(good_yaml)), IPMASQ_IPV4,
				   t.options, t.diags, &scripts[0]);
	if (r == 0)
		r = ipmasq_compile(DATA_SOURCE("input", good_yaml, strlen(good_yaml)), IPMASQ_IPV6,
				   t.options, t.diags, &scripts[1]);
	free(scripts[0]);
	free(scripts[1]);
	return things_finish(&t, r);
}

static int scenario_good(void)
{
	static const char *const inputs[] = { good_yaml, good_json };

	return load(inputs, ARRAY_SIZE(inputs));
}

static int scenario_bad(void)
{
	static const char *const inputs[] = { bad_yaml };

	return load(inputs, ARRAY_SIZE(inputs));
}

static int scenario_broken_yaml(void)
{
	static const char *const inputs[] = { broken_yaml };

	return load(inputs, ARRAY_SIZE(inputs));
}

static int scenario_broken_json(void)
{
	static const char *const inputs[] = { broken_json };

	return load(inputs, ARRAY_SIZE(inputs));
}

static int scenario_manifests(void)
{
	static const char *const inputs[] = { manifests, good_yaml };

	return load(inputs, ARRAY_SIZE(inputs));
}

static int scenario_no_manifests(void)
{
	static const char *const inputs[] = { no_manifests };

	return load(inputs, ARRAY_SIZE(inputs));
}

/* Reads each configuration of the text on its own. */
static int read_input(struct things *t, const char *text)
{
	struct ipmasq_input *input = NULL;
	int r = ipmasq_options_add_pattern(t->options, IPMASQ_CONFIGMAP_PATTERN, "ip-masq*");

	if (r == 0)
		r = ipmasq_options_add_pattern(t->options, IPMASQ_KEY_PATTERN, "config");
	if (r == 0)
		r = ipmasq_options_add_pattern(t->options, IPMASQ_KEY_PATTERN, "ip-masq*");
	if (r == 0)
		r = ipmasq_input_new(t->options, &input);
	if (r == 0)
		r = ipmasq_input_load(input, DATA_SOURCE("input", text, strlen(text)), 0, t->diags);
	for (size_t i = 0; r == 0 && i < ipmasq_input_count(input); i++)
		r = ipmasq_config_load_input(t->config, input, i, t->diags);
	ipmasq_input_free(input);
	return r;
}

static int scenario_input(void)
{
	struct things t = { 0 };
	int r = things_new(&t);

	if (r == 0)
		r = read_input(&t, manifests);
	return things_finish(&t, r);
}

static int scenario_bad_input(void)
{
	struct things t = { 0 };
	int r = things_new(&t);

	if (r == 0)
		r = read_input(&t, bad_manifests);
	return things_finish(&t, r);
}

static int scenario_manifest_kinds(void)
{
	const char *const inputs[] = { manifest_kinds };

	return load(inputs, 1);
}

static int scenario_manifest_errors(void)
{
	const char *const inputs[] = { manifest_errors };

	return load(inputs, 1);
}

static int scenario_in_code(void)
{
	struct things t = { 0 };
	int r = things_new(&t);

	if (r == 0)
		r = ipmasq_config_set_list(t.config, IPMASQ_NON_MASQUERADE_CIDRS);
	if (r == 0)
		r = ipmasq_config_add_cidr(t.config, IPMASQ_MASQUERADE_CIDRS, "10.0.0.0/8",
					   t.diags);
	if (r == 0)
		r = ipmasq_config_set_bool(t.config, IPMASQ_MASQ_OUT_BOUND, false);
	if (r == 0)
		r = ipmasq_config_set_resync(t.config, "30s", t.diags);
	return things_finish(&t, r);
}

/* Large enough for sub-chains of sub-chains, with everything that a tree can contain. */
static int scenario_tree(void)
{
	struct things t = { 0 };
	int r = things_new(&t);

	if (r == 0)
		r = ipmasq_options_set_layout(t.options, IPMASQ_LAYOUT_TREE);
	if (r == 0)
		r = ipmasq_config_add_cidr(t.config, IPMASQ_NON_MASQUERADE_SRC_CIDRS, "10.5.0.0/16",
					   t.diags);
	for (unsigned int i = 0; i < 60 && r == 0; i++) {
		char cidr[32];

		snprintf(cidr, sizeof(cidr), "10.%u.%u.0/24", i * 4, i * 3 % 250);
		r = ipmasq_config_add_cidr(t.config, IPMASQ_NON_MASQUERADE_CIDRS, cidr, t.diags);
	}
	return things_finish(&t, r);
}

/* A tree of sources before the one of destinations, and what lint says of it. */
static int scenario_pods(void)
{
	struct things t = { 0 };
	int r = things_new(&t);

	for (unsigned int i = 0; i < 30 && r == 0; i++) {
		char cidr[32];

		snprintf(cidr, sizeof(cidr), "10.%u.0.0/16", i * 3);
		r = ipmasq_config_add_cidr(t.config, IPMASQ_POD_CIDRS, cidr, t.diags);
		snprintf(cidr, sizeof(cidr), "10.%u.%u.0/24", i * 3 % 60, i);
		if (r == 0)
			r = ipmasq_config_add_cidr(t.config, IPMASQ_NON_MASQUERADE_SRC_CIDRS, cidr,
						   t.diags);
		if (r == 0)
			r = ipmasq_options_add_cidr(t.options, IPMASQ_POD_CIDR, cidr, t.diags);
	}
	return things_finish(&t, r);
}

static int fill_hosts(struct ipmasq_hosts *hosts)
{
	static const uint8_t addresses[][4] = { { 10, 9, 8, 7 }, { 10, 9, 8, 5 } };
	static const uint8_t address6[16] = { 0x20, 0x01, 0x0d, 0xb8 };
	int r = 0;

	for (size_t i = 0; i < ARRAY_SIZE(addresses) && r == 0; i++)
		r = ipmasq_hosts_add(hosts, "db.example", IPMASQ_IPV4, addresses[i]);
	for (char name[] = "a.example"; name[0] <= 'k' && r == 0; name[0]++)
		r = ipmasq_hosts_add(hosts, name, IPMASQ_IPV6, address6);
	return r == 0 ? ipmasq_hosts_fail(hosts, "gone.example", "no such name") : r;
}

static int scenario_names(void)
{
	struct ipmasq_hosts *hosts = NULL;
	struct things t = { 0 };
	int r = ipmasq_hosts_new(&hosts);

	if (r == 0)
		r = fill_hosts(hosts);
	if (r == 0)
		r = ipmasq_diags_new(&t.diags);
	if (r == 0)
		r = ipmasq_options_new(&t.options);
	if (r == 0)
		r = ipmasq_options_set_profile(t.options, "cce", t.diags);
	if (r == 0)
		r = ipmasq_options_set_hosts(t.options, hosts);
	if (r == 0)
		r = ipmasq_config_new(t.options, &t.config);
	if (r == 0)
		r = ipmasq_config_load(
			t.config, DATA_SOURCE("input", names_yaml, strlen(names_yaml)), t.diags);
	r = things_finish(&t, r);
	ipmasq_hosts_free(hosts);
	return r;
}

static char directory[] = "/tmp/ipmasq-oom-XXXXXX";

static int scenario_directory(void)
{
	struct things t = { 0 };
	char **files = NULL;
	int r = things_new(&t);

	if (r == 0)
		r = ipmasq_options_list_files(NULL, directory, &files);
	free(files);
	if (r == 0)
		r = ipmasq_config_load(t.config, FILE_SOURCE(directory), t.diags);
	return things_finish(&t, r);
}

static int scenario_hosts_file(void)
{
	struct ipmasq_hosts *hosts = NULL;
	char path[sizeof(directory) + 32];
	int r = ipmasq_hosts_new(&hosts);

	snprintf(path, sizeof(path), "%s/.hosts", directory);
	if (r == 0)
		r = ipmasq_hosts_load(hosts, FILE_SOURCE(path), NULL);
	ipmasq_hosts_free(hosts);
	return r;
}

static const struct {
	const char *name;
	int (*run)(void);
	int expected;
} scenarios[] = {
	{ "two good inputs", scenario_good, 0 },
	{ "every kind of manifest", scenario_manifest_kinds, 0 },
	{ "errors in manifests", scenario_manifest_errors, -EINVAL },
	{ "compile", scenario_compile, 0 },
	{ "many kinds of bad values", scenario_bad, -EINVAL },
	{ "broken YAML", scenario_broken_yaml, -EINVAL },
	{ "broken JSON", scenario_broken_json, -EINVAL },
	{ "manifests", scenario_manifests, 0 },
	{ "a manifest without a configuration", scenario_no_manifests, -EINVAL },
	{ "manifests one by one", scenario_input, 0 },
	{ "a template among manifests", scenario_bad_input, -EINVAL },
	{ "a configuration built in code", scenario_in_code, 0 },
	{ "a tree of chains", scenario_tree, 0 },
	{ "a tree of sources", scenario_pods, 0 },
	{ "host names", scenario_names, 0 },
	{ "a hosts file", scenario_hosts_file, 0 },
	{ "a directory of files", scenario_directory, 0 },
};

static void test_every_allocation(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(scenarios); i++) {
		const char *name = scenarios[i].name;
		unsigned int reported = 0;
		long count;

		CHECK(heap_run(scenarios[i].run, 0) == scenarios[i].expected, name);
		CHECK(heap.live == 0, name);
		count = heap.calls;
		for (long n = 1; n <= count; n++) {
			int r = heap_run(scenarios[i].run, n);

			/* Without memory for a suggestion, the finding has none. */
			CHECK(r == -ENOMEM || r == scenarios[i].expected, name);
			CHECK(heap.live == 0, name);
			reported += r == -ENOMEM;
		}
		CHECK(count > 8, name);
		CHECK(reported > 8, name);
		printf("(%s: %ld) ", name, count);
	}
}

static void write_file(const char *name, const char *text)
{
	char path[sizeof(directory) + 32];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	file = fopen(path, "w");
	if (!CHECK(file != NULL, path))
		return;
	fputs(text, file);
	fclose(file);
}

static void remove_file(const char *name)
{
	char path[sizeof(directory) + 32];

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	remove(path);
}

static void test_all(void)
{
	if (!CHECK(mkdtemp(directory) != NULL, "directory"))
		return;
	write_file("a.yaml", good_yaml);
	write_file("b.json", good_json);
	write_file("kustomization.yaml",
		   "configMapGenerator:\n- name: ip-masq\n  files: [config=b.json]\n"
		   "  envs: [masq.env]\n");
	write_file("masq.env", "ip-masq=masqLinkLocalIPv6: false\n");
	write_file(".hosts", "10.0.0.1 a.example b.example\n10.0.0.2 a.example\n"
			     "2001:db8::1 c.example\n");
	test_every_allocation();
	remove_file("a.yaml");
	remove_file("b.json");
	remove_file("kustomization.yaml");
	remove_file("masq.env");
	remove_file(".hosts");
	remove(directory);
}

int main(void)
{
	static const struct unit_test tests[] = {
		{ "each failed allocation is reported, and nothing leaks", test_all },
	};

	return unit_main("oom", tests, ARRAY_SIZE(tests));
}
