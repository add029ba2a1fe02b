/* SPDX-License-Identifier: Apache-2.0 */
/* Answers as text on stdout, for people. */
#include "explain/answer_text.h"

#include <stdio.h>
#include <string.h>

static const char *bold(const struct answer_style *style)
{
	return style->colour ? "\033[1m" : "";
}

static const char *plain(const struct answer_style *style)
{
	return style->colour ? "\033[0m" : "";
}

/* The verdict, and which source address the destination will see. */
static void print_verdict(const struct answer_style *style, const char *target,
			  const struct ipmasq_entry_details *entry)
{
	printf("%s%s%s: %s%s%s, %s will see ", bold(style), target, plain(style), bold(style),
	       ipmasq_verdict_name(entry->verdict), plain(style),
	       strchr(target, '/') ? "its addresses" : "it");
	if (entry->verdict == IPMASQ_MASQUERADE)
		puts("the node's address");
	else if (entry->origin == IPMASQ_ORIGIN_PODS)
		puts("the sender's own address");
	else if (entry->origin == IPMASQ_ORIGIN_NONE)
		puts("the pod's own address, unless another rule rewrites it");
	else
		puts("the pod's own address");
}

/* The packet's way through the chains. In a tree it is several rules long. */
static void print_rules(const struct answer_style *style, const char *rules,
			const struct ipmasq_entry_details *entry)
{
	const char *line = rules ? rules : "";
	bool goes_on = !line[0];
	const char *label = "rule";

	if (!style->chain[0]) {
		printf("  %-10s  none: the agent of the profile %s has no chain of iptables\n",
		       label, style->profile);
		return;
	}
	while (line[0]) {
		size_t len = strcspn(line, "\n");

		printf("  %-10s  %.*s\n", label, (int)len, line);
		label = "";
		line += len + (line[len] == '\n');
		goes_on = !line[0] && strstr(line - len, " -g ");
	}
	if (entry->origin == IPMASQ_ORIGIN_NONE)
		printf("  %-10s  none: the packet leaves our chain at its end and goes on to\n"
		       "              the later rules of POSTROUTING; it keeps the pod's\n"
		       "              address only if none of them rewrites it\n",
		       label);
	else if (goes_on)
		printf("  %-10s  none matches%s: the chain ends and leaves the source as it is\n",
		       label, label[0] ? "" : " there");
}

void answer_print_pods(const struct ipmasq_policy *policy, enum ipmasq_family family)
{
	char pods[ANSWER_PODS_MAX];

	printf("  %-10s  sources in podCIDRs, %s; all others keep their address\n", "for",
	       answer_pods(policy, family, pods));
}

/* What people do not expect to be rewritten. Only our agent knows podCIDRs. */
static void print_every_source(const struct answer_style *style)
{
	bool ours = strcmp(style->profile, "default") == 0;

	printf("  %-10s  every source: pods, and also the node's own sockets, tunnels, and\n"
	       "              clients from outside that pass here; podCIDRs%s limits it to pods\n",
	       "for", ours ? "" : " (profile default)");
}

void answer_print(const struct answer_style *style, const struct answer *answer)
{
	const struct ipmasq_entry_details entry = answer_entry(answer->entry);

	print_verdict(style, answer->target, &entry);
	if (!answer->entry) {
		puts("  decided by  nothing: IPv6 is off, so there are no rules for it");
		return;
	}
	if (answer->pods)
		answer_print_pods(answer->pods, answer->family);
	if (answer->every_source && entry.verdict == IPMASQ_MASQUERADE && style->chain[0])
		print_every_source(style);
	printf("  decided by  ");
	answer_put_entry(stdout, style, &entry);
	putchar('\n');
	for (size_t i = 0; i < answer->override_count; i++) {
		const struct ipmasq_entry_details override = answer_entry(answer->overrides[i]);

		printf("  %-10s  %s by ", i == 0 ? "overrides" : "",
		       ipmasq_verdict_name(override.verdict));
		answer_put_entry(stdout, style, &override);
		putchar('\n');
	}
	print_rules(style, answer->rule, &entry);
}
