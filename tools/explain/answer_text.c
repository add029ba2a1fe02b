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

static const char *outbound_switch(enum ipmasq_family family)
{
	return ipmasq_origin_name(family == IPMASQ_IPV4 ? IPMASQ_ORIGIN_OUT_BOUND
							: IPMASQ_ORIGIN_OUT_BOUND_IPV6);
}

/* An entry without its place: "10.0.0.0/8 in nonMasqueradeCIDRs". */
static void print_entry(enum ipmasq_family family, const struct ipmasq_entry *entry)
{
	const char *origin = ipmasq_origin_name(ipmasq_entry_origin(entry));
	const char *host = ipmasq_entry_host(entry);
	char text[IPMASQ_TEXT_MAX];

	switch (ipmasq_entry_origin(entry)) {
	case IPMASQ_ORIGIN_NON_MASQUERADE_SRC:
		printf("the pod's own address, %s in %s", ipmasq_entry_cidr(entry, text), origin);
		break;
	case IPMASQ_ORIGIN_LINK_LOCAL:
		printf("%s, which is link-local", ipmasq_entry_cidr(entry, text));
		break;
	case IPMASQ_ORIGIN_OUT_BOUND:
	case IPMASQ_ORIGIN_OUT_BOUND_IPV6:
		printf("%s, which is on: everything else is masqueraded", origin);
		break;
	case IPMASQ_ORIGIN_NONE:
		printf("nothing: no entry matches, and %s is off", outbound_switch(family));
		break;
	default:
		printf("%s", ipmasq_entry_cidr(entry, text));
		if (host)
			printf(", an address of %s", host);
		printf("%s in %s", host ? "," : "", origin);
	}
}

static void print_place(const struct answer_style *style, const struct ipmasq_entry *entry)
{
	const char *file = ipmasq_entry_file(entry);

	if (file) {
		printf("%s:%u:%u", file, ipmasq_entry_line(entry), ipmasq_entry_column(entry));
		return;
	}
	printf("built-in default of profile \"%s\"%s", style->profile,
	       style->reserved_ranges && ipmasq_entry_origin(entry) == IPMASQ_ORIGIN_NON_MASQUERADE
		       ? " with --nomasq-all-reserved-ranges"
		       : "");
}

void answer_print_entry(const struct answer_style *style, enum ipmasq_family family,
			const struct ipmasq_entry *entry)
{
	print_entry(family, entry);
	printf(" (");
	print_place(style, entry);
	putchar(')');
}

/* The verdict, and which source address the destination will see. */
static void print_verdict(const struct answer_style *style, const struct answer *answer)
{
	const char *verdict = ipmasq_verdict_name(answer_verdict(answer));
	const char *who = strchr(answer->target, '/') ? "its addresses" : "it";

	printf("%s%s%s: %s%s%s, %s will see ", bold(style), answer->target, plain(style),
	       bold(style), verdict, plain(style), who);
	if (answer_verdict(answer) == IPMASQ_MASQUERADE)
		puts("the node's address");
	else if (answer_origin(answer) == IPMASQ_ORIGIN_NONE)
		puts("the pod's own address, unless another rule rewrites it");
	else
		puts("the pod's own address");
}

/* The packet's way through the chains. In a tree it is several rules long. */
static void print_rules(const struct answer *answer)
{
	const char *line = answer->rule ? answer->rule : "";
	bool goes_on = !line[0];
	const char *label = "rule";

	while (line[0]) {
		size_t len = strcspn(line, "\n");

		printf("  %-10s  %.*s\n", label, (int)len, line);
		label = "";
		line += len + (line[len] == '\n');
		goes_on = !line[0] && strstr(line - len, " -g ");
	}
	if (answer_origin(answer) == IPMASQ_ORIGIN_NONE)
		printf("  %-10s  none: the packet falls off the end of our chain and goes on to "
		       "the\n"
		       "              later rules of POSTROUTING; it keeps the pod's address only "
		       "if\n"
		       "              none of them rewrites it\n",
		       label);
	else if (goes_on)
		printf("  %-10s  none %s: the end of the chain leaves the source alone\n", label,
		       label[0] ? "matches" : "there matches");
}

void answer_print(const struct answer_style *style, const struct answer *answer)
{
	print_verdict(style, answer);
	if (!answer->entry) {
		puts("  decided by  nothing: IPv6 is off, there are no rules of ours for it");
		return;
	}
	printf("  decided by  ");
	answer_print_entry(style, answer->family, answer->entry);
	putchar('\n');
	for (size_t i = 0; i < answer->override_count; i++) {
		const struct ipmasq_entry *entry = answer->overrides[i];

		printf("  %-10s  %s by ", i == 0 ? "overrides" : "",
		       ipmasq_verdict_name(ipmasq_entry_verdict(entry)));
		answer_print_entry(style, answer->family, entry);
		putchar('\n');
	}
	print_rules(answer);
}

void answer_print_row(const struct answer_style *style, const struct answer *answer,
		      const char *indent, size_t width)
{
	char cidr[IPMASQ_TEXT_MAX];
	const char *entry = answer->entry ? ipmasq_entry_cidr(answer->entry, cidr) : NULL;
	const char *host = answer->entry ? ipmasq_entry_host(answer->entry) : NULL;

	printf("%s%-*s  %-10s  %-18s  %-18s  ", indent, (int)width, answer->target,
	       ipmasq_verdict_name(answer_verdict(answer)),
	       ipmasq_origin_name(answer_origin(answer)), entry ? entry : "-");
	if (answer->entry)
		print_place(style, answer->entry);
	else
		printf("IPv6 is off");
	if (host)
		printf(" (%s)", host);
	putchar('\n');
}
