/* SPDX-License-Identifier: Apache-2.0 */
/* How are results written for people? */
#include "cli/output.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"

bool text_colour(FILE *stream)
{
	const char *forbidden = getenv("NO_COLOR");

	return isatty(fileno(stream)) && !(forbidden && forbidden[0]);
}

void text_dropped(const struct ipmasq_diags *diags)
{
	if (ipmasq_diags_dropped(diags) > 0)
		cli_say("%zu more findings are not shown", ipmasq_diags_dropped(diags));
}

void text_findings(FILE *stream, const struct ipmasq_diags *diags, enum ipmasq_severity least)
{
	bool colour = text_colour(stream);
	struct ipmasq_finding finding;
	char *text;

	for (size_t i = 0; ipmasq_diags_get(diags, i, &finding, sizeof(finding)) == 0; i++) {
		if (finding.severity < least)
			continue;
		if (ipmasq_diags_format(diags, i, colour, &text) < 0)
			cli_die(-ENOMEM, "cannot print a finding");
		fputs(text, stream);
		free(text);
	}
	text_dropped(diags);
}

enum ipmasq_verdict answer_verdict(const struct answer *answer)
{
	return answer->entry ? ipmasq_entry_verdict(answer->entry) : IPMASQ_RETURN;
}

enum ipmasq_origin answer_origin(const struct answer *answer)
{
	return answer->entry ? ipmasq_entry_origin(answer->entry) : IPMASQ_ORIGIN_NONE;
}

const char *family_name(enum ipmasq_family family)
{
	return family == IPMASQ_IPV4 ? "ipv4" : "ipv6";
}

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

/* What the entry is, without its place: "10.0.0.0/8 in nonMasqueradeCIDRs". */
static void put_entry(enum ipmasq_family family, const struct ipmasq_entry *entry)
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

static void put_place(const struct answer_style *style, const struct ipmasq_entry *entry)
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

void text_entry(const struct answer_style *style, enum ipmasq_family family,
		const struct ipmasq_entry *entry)
{
	put_entry(family, entry);
	printf(" (");
	put_place(style, entry);
	putchar(')');
}

/* What the destination will see as the sender, and on which condition. */
static void put_verdict(const struct answer_style *style, const struct answer *answer)
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

/* The packet's way through the chains; in a tree it is several rules long. */
static void put_rules(const struct answer *answer)
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

void text_answer(const struct answer_style *style, const struct answer *answer)
{
	put_verdict(style, answer);
	if (!answer->entry) {
		puts("  decided by  nothing: IPv6 is off, there are no rules of ours for it");
		return;
	}
	printf("  decided by  ");
	text_entry(style, answer->family, answer->entry);
	putchar('\n');
	for (size_t i = 0; i < answer->override_count; i++) {
		const struct ipmasq_entry *entry = answer->overrides[i];

		printf("  %-10s  %s by ", i == 0 ? "overrides" : "",
		       ipmasq_verdict_name(ipmasq_entry_verdict(entry)));
		text_entry(style, answer->family, entry);
		putchar('\n');
	}
	put_rules(answer);
}

void text_row(const struct answer_style *style, const struct answer *answer, const char *indent,
	      size_t width)
{
	char cidr[IPMASQ_TEXT_MAX];
	const char *entry = answer->entry ? ipmasq_entry_cidr(answer->entry, cidr) : NULL;
	const char *host = answer->entry ? ipmasq_entry_host(answer->entry) : NULL;

	printf("%s%-*s  %-10s  %-18s  %-18s  ", indent, (int)width, answer->target,
	       ipmasq_verdict_name(answer_verdict(answer)),
	       ipmasq_origin_name(answer_origin(answer)), entry ? entry : "-");
	if (answer->entry)
		put_place(style, answer->entry);
	else
		printf("IPv6 is off");
	if (host)
		printf(" (%s)", host);
	putchar('\n');
}

const char *state_name(enum ipmasq_state state)
{
	switch (state) {
	case IPMASQ_STATE_IN_LINE:
		return "in line";
	case IPMASQ_STATE_CHANGED:
		return "changed";
	case IPMASQ_STATE_DRIFT:
		return "drift";
	case IPMASQ_STATE_SKIPPED:
		return "skipped";
	case IPMASQ_STATE_FAILED:
		return "failed";
	case IPMASQ_STATE_UNKNOWN:
		break;
	}
	return "unknown";
}

void text_report(const struct ipmasq_report *report, enum ipmasq_family family)
{
	enum ipmasq_backend backend = ipmasq_report_backend(report, family);
	const char *state = state_name(ipmasq_report_state(report, family));
	size_t count = ipmasq_report_count(report, family);
	char head[64];

	if (backend == IPMASQ_BACKEND_AUTO)
		snprintf(head, sizeof(head), "%s: %s", family_name(family), state);
	else
		snprintf(head, sizeof(head), "%s: %s (%s)", family_name(family), state,
			 ipmasq_backend_name(backend));
	for (size_t i = 0; i < count; i++)
		printf("%s: %s\n", head, ipmasq_report_line(report, family, i));
	if (count == 0)
		puts(head);
}
