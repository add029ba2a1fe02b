/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Brings a node in line with a configuration and prints each family's result:
 *
 *     apply-once CONFIG [NETNS]
 */
#include <stdio.h>
#include <stdlib.h>
#include <ipmasq.h>

static struct ipmasq_policy *read_policy(const char *path, struct ipmasq_diags *diags)
{
	const struct ipmasq_source source = { .name = path };
	struct ipmasq_policy *policy = NULL;
	struct ipmasq_config *config;

	if (ipmasq_config_new(NULL, &config) < 0)
		return NULL;
	if (ipmasq_config_load(config, &source, diags) == 0)
		ipmasq_policy_new(config, NULL, diags, &policy);
	ipmasq_config_free(config);
	return policy;
}

static void print_result(const struct ipmasq_report *report, enum ipmasq_family family)
{
	struct ipmasq_result result;
	struct ipmasq_line line;

	if (ipmasq_report_result(report, family, &result, sizeof(result)) < 0)
		return;
	printf("IPv%d: %s", (int)family, ipmasq_state_name(result.state));
	if (result.backend != IPMASQ_BACKEND_AUTO)
		printf(" (%s)", ipmasq_backend_name(result.backend));
	puts("");
	if (result.error < 0)
		printf("  %s [%s]\n", result.text, result.code ? result.code : "memory");
	for (size_t i = 0; ipmasq_report_line(report, family, i, &line, sizeof(line)) == 0; i++)
		printf("  %s\n", line.text);
}

static bool apply(const struct ipmasq_policy *policy, const char *netns, struct ipmasq_diags *diags)
{
	struct ipmasq_report *report = NULL;
	struct ipmasq_node *node = NULL;
	bool ok = ipmasq_node_new(&node) == 0 && ipmasq_report_new(&report) == 0 &&
		  ipmasq_node_set_path(node, IPMASQ_PATH_NETNS, netns, diags) == 0;

	/* The results have the errors of the node, so these are not printed as findings too. */
	if (ok) {
		ok = ipmasq_node_apply(node, policy, report, NULL) == 0;
		print_result(report, IPMASQ_IPV4);
		print_result(report, IPMASQ_IPV6);
	}
	ipmasq_report_free(report);
	ipmasq_node_free(node);
	return ok;
}

int main(int argc, char **argv)
{
	struct ipmasq_policy *policy = NULL;
	struct ipmasq_diags *diags;
	char *text;
	bool ok;

	if (argc < 2 || ipmasq_diags_new(&diags) < 0)
		return EXIT_FAILURE;
	policy = read_policy(argv[1], diags);
	ok = policy && apply(policy, argv[2], diags);
	if (ipmasq_diags_format(diags, IPMASQ_ALL, false, &text) == 0) {
		fputs(text, stderr);
		free(text);
	}
	ipmasq_policy_free(policy);
	ipmasq_diags_free(diags);
	return ok ? EXIT_SUCCESS : EXIT_FAILURE;
}
