/* SPDX-License-Identifier: Apache-2.0 */
/* Makes the objects that the threads share. */
#include "threads/shared.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char dump[] = "*nat\n"
			   ":PREROUTING ACCEPT [0:0]\n"
			   ":POSTROUTING ACCEPT [0:0]\n"
			   ":IP-MASQ-AGENT - [0:0]\n"
			   ":CNI-0123456789 - [0:0]\n"
			   "-A POSTROUTING -s 10.244.1.7/32 -j CNI-0123456789\n"
			   "-A POSTROUTING -s 172.17.0.0/16 ! -o docker0 -j MASQUERADE\n"
			   "-A POSTROUTING -m mark --mark 0x4000/0x4000 -j MASQUERADE\n"
			   "-A CNI-0123456789 -d 10.244.1.0/24 -j ACCEPT\n"
			   "-A CNI-0123456789 ! -d 224.0.0.0/4 -j MASQUERADE\n"
			   "COMMIT\n";

static const char manifest[] = "apiVersion: v1\n"
			       "kind: ConfigMap\n"
			       "metadata: {name: ip-masq-agent}\n"
			       "data:\n"
			       "  config: |\n"
			       "    nonMasqueradeCIDRs: [10.0.0.0/8]\n"
			       "    masqOutbound: true\n";

static const char host_text[] = "nonMasqueradeCIDRs: [10.0.0.0/8, registry.example.com]\n"
				"masqueradeCIDRs: [10.9.9.9/32]\n";

void need(bool ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "threads: %s failed\n", what);
	exit(2);
}

void shared_address(enum ipmasq_family family, size_t index, uint8_t address[16])
{
	memset(address, 0, 16);
	if (family == IPMASQ_IPV4) {
		address[0] = index % 3 ? 10 : 198;
		address[1] = (uint8_t)(index * 3);
		address[2] = (uint8_t)index;
		address[3] = 1;
	} else {
		address[0] = 0x20;
		address[1] = 0x01;
		address[2] = 0x0d;
		address[3] = 0xb8;
		address[5] = (uint8_t)(index * 3);
		address[15] = 1;
	}
}

/* Enough entries for a tree and for maps, and whatever else an entry can be. */
static char *policy_text(unsigned int step)
{
	char *text = NULL;
	size_t size;
	FILE *stream = open_memstream(&text, &size);

	need(stream != NULL, "open_memstream");
	fputs("podCIDRs: [10.244.0.0/16, fd00:244::/48]\n"
	      "nonMasqueradeSrcCIDRs: [10.244.9.0/24]\n"
	      "masqueradeCIDRs: [10.9.9.9/32, 2001:db8:9::/48]\n"
	      "nonMasqueradeCIDRs:\n",
	      stream);
	for (unsigned int i = 0; i < 60; i++) {
		fprintf(stream, "- 10.%u.0.0/16\n", i * step);
		fprintf(stream, "- 2001:db8:%x::/48\n", i * step);
	}
	fputs("- 10.4.7.0/24\n", stream);
	fclose(stream);
	return text;
}

static struct ipmasq_config *read_config(const struct ipmasq_options *options, const char *text,
					 struct ipmasq_diags *diags)
{
	const struct ipmasq_source source = {
		.kind = IPMASQ_SOURCE_DATA, .name = "shared", .data = text, .size = strlen(text)
	};
	struct ipmasq_config *config;

	need(ipmasq_config_new(options, &config) == 0, "ipmasq_config_new");
	need(ipmasq_config_load(config, &source, diags) == 0, "ipmasq_config_load");
	return config;
}

static void make_policies(struct shared *shared)
{
	struct ipmasq_options *options;
	struct ipmasq_policy *policies[2];
	struct ipmasq_config *configs[2];

	need(ipmasq_diags_new(&shared->diags) == 0, "ipmasq_diags_new");
	need(ipmasq_options_new(&options) == 0, "ipmasq_options_new");
	need(ipmasq_options_add_cidr(options, IPMASQ_POD_CIDR, "10.244.0.0/16", NULL) == 0 &&
		     ipmasq_options_add_cidr(options, IPMASQ_SERVICE_CIDR, "172.30.0.0/16", NULL) ==
			     0,
	     "ipmasq_options_add_cidr");
	need(ipmasq_options_set_mode(options, IPMASQ_FEATURE_IPV6, IPMASQ_ON) == 0,
	     "ipmasq_options_set_mode");
	for (unsigned int i = 0; i < 2; i++) {
		char *text = policy_text(2 + i);

		configs[i] = read_config(options, text, shared->diags);
		need(ipmasq_policy_new(configs[i], options, shared->diags, &policies[i]) == 0,
		     "ipmasq_policy_new");
		free(text);
	}
	need(ipmasq_policy_lint(policies[0], configs[0], options, shared->diags) == 0,
	     "ipmasq_policy_lint");
	need(ipmasq_diags_settle(shared->diags) == 0, "ipmasq_diags_settle");
	need(ipmasq_diags_count(shared->diags) > 2, "finding anything");
	ipmasq_config_free(configs[1]);
	shared->options = options;
	shared->config = configs[0];
	shared->policy = policies[0];
	shared->other = policies[1];
}

static void make_hosts(struct shared *shared)
{
	static const uint8_t addresses[][4] = { { 192, 0, 2, 7 }, { 192, 0, 2, 9 } };
	struct ipmasq_options *options;
	struct ipmasq_hosts *hosts;

	need(ipmasq_hosts_new(&hosts) == 0, "ipmasq_hosts_new");
	for (size_t i = 0; i < COUNT_OF(addresses); i++)
		need(ipmasq_hosts_add(hosts, "registry.example.com", IPMASQ_IPV4, addresses[i]) ==
			     0,
		     "ipmasq_hosts_add");
	need(ipmasq_options_new(&options) == 0 &&
		     ipmasq_options_set_profile(options, "cce", NULL) == 0 &&
		     ipmasq_options_set_hosts(options, hosts) == 0,
	     "options with hosts");
	shared->hosts = hosts;
	shared->host_options = options;
	shared->host_config = read_config(options, host_text, NULL);
}

static void make_input(struct shared *shared)
{
	const struct ipmasq_source source = { .kind = IPMASQ_SOURCE_DATA,
					      .name = "manifest",
					      .data = manifest,
					      .size = sizeof(manifest) - 1 };
	struct ipmasq_input *input;

	need(ipmasq_input_new(shared->options, &input) == 0, "ipmasq_input_new");
	need(ipmasq_input_load(input, &source, 0, NULL) == 0 && ipmasq_input_count(input) == 1,
	     "ipmasq_input_load");
	shared->input = input;
}

static void make_rules(struct shared *shared)
{
	static const unsigned int flags[SHARED_RULESETS] = { [SHARED_MAPS] = IPMASQ_NFTABLES };

	for (size_t i = 0; i < COUNT_OF(shared_families); i++) {
		struct ipmasq_partition *partition;

		need(ipmasq_partition_new(shared->policy, shared_families[i], &partition) == 0,
		     "ipmasq_partition_new");
		shared->partitions[i] = partition;
		for (size_t k = 0; k < SHARED_RULESETS; k++) {
			struct ipmasq_ruleset *ruleset;

			need(ipmasq_ruleset_new(shared->policy, shared_families[i], flags[k],
						&ruleset) == 0,
			     "ipmasq_ruleset_new");
			shared->rulesets[i][k] = ruleset;
		}
	}
}

static void make_nat(struct shared *shared)
{
	const struct ipmasq_source source = {
		.kind = IPMASQ_SOURCE_DATA, .name = "dump", .data = dump, .size = sizeof(dump) - 1
	};
	static const uint8_t pod[4] = { 10, 244, 1, 7 };
	struct ipmasq_overrides *overrides;
	struct ipmasq_answer *answer;
	struct ipmasq_nat *nat;
	uint8_t address[16];

	shared_address(IPMASQ_IPV4, 4, address);
	need(ipmasq_nat_from_dumps(&source, 1, NULL, &nat) == 0, "ipmasq_nat_from_dumps");
	need(ipmasq_nat_answer(nat, shared->policy, IPMASQ_IPV4, address, pod, &answer) == 0,
	     "ipmasq_nat_answer");
	need(ipmasq_nat_overrides(nat, shared->policy, IPMASQ_IPV4, &overrides) == 0 &&
		     ipmasq_overrides_count(overrides) > 0,
	     "ipmasq_nat_overrides");
	shared->nat = nat;
	shared->answer = answer;
	shared->overrides = overrides;
}

/* A list with a pod in it, which is gone again. */
static void make_pods(struct shared *shared, struct ipmasq_node *node)
{
	static const struct ipmasq_pod_address address = { IPMASQ_IPV4, { 10, 0, 0, 9 } };
	static const struct ipmasq_pod pod = { "net", "shared", "eth0", &address, 1 };
	struct ipmasq_report *report;
	struct ipmasq_pods *pods;

	need(ipmasq_report_new(&report) == 0, "ipmasq_report_new");
	need(ipmasq_pods_add(node, NULL, &pod, shared->policy, report, NULL) == 0,
	     "ipmasq_pods_add");
	need(ipmasq_pods_list(node, NULL, NULL, &pods) == 0 && ipmasq_pods_count(pods) == 1,
	     "ipmasq_pods_list");
	need(ipmasq_pods_del(node, NULL, &pod, report, NULL) == 0, "ipmasq_pods_del");
	ipmasq_report_free(report);
	shared->pods = pods;
}

void shared_make(struct shared *shared, const char *directory)
{
	struct ipmasq_report *report;
	struct ipmasq_diff *diff;
	struct ipmasq_node *node;

	*shared = (struct shared){ .directory = directory };
	make_policies(shared);
	make_hosts(shared);
	make_input(shared);
	make_rules(shared);
	make_nat(shared);
	need(ipmasq_diff_new(shared->policy, shared->other, &diff) == 0, "ipmasq_diff_new");
	need(ipmasq_node_new(&node) == 0, "ipmasq_node_new");
	need(ipmasq_report_new(&report) == 0, "ipmasq_report_new");
	need(ipmasq_node_set_backend(node, IPMASQ_BACKEND_NFTABLES) == 0,
	     "ipmasq_node_set_backend");
	/* A report with something to read in it. */
	need(ipmasq_node_check(node, shared->policy, report, NULL) == 0, "ipmasq_node_check");
	make_pods(shared, node);
	shared->diff = diff;
	shared->node = node;
	shared->report = report;
}

void digest_bytes(struct digest *digest, const void *data, size_t size)
{
	const uint8_t *bytes = data;

	for (size_t i = 0; i < size; i++)
		digest->value = (digest->value ^ bytes[i]) * UINT64_C(0x100000001b3);
}

void digest_number(struct digest *digest, uint64_t number)
{
	digest_bytes(digest, &number, sizeof(number));
}

void digest_text(struct digest *digest, const char *text)
{
	digest_number(digest, text != NULL);
	if (text)
		digest_bytes(digest, text, strlen(text) + 1);
}

void digest_own_text(struct digest *digest, char *text)
{
	digest_text(digest, text);
	free(text);
}
