/* SPDX-License-Identifier: Apache-2.0 */
/* ipmasq-explain --diff: the ranges whose verdict differs between two configurations. */
#include "explain/explain_diff.h"

#include <stdio.h>
#include <string.h>

#include "cli/cli_policy.h"
#include "explain/answer_json.h"
#include "explain/answer_text.h"

/* How many entries are named for a CIDR that several of them decide. */
#define NAMED_MAX 4

static void compared(int r)
{
	if (r < 0)
		cli_die(r, "cannot compare");
}

/* The two policies, and what differs between them. */
struct comparison {
	struct ipmasq_policy *policies[2];
	struct ipmasq_diff *diff;
};

static bool has_pods(const struct ipmasq_policy *policy, enum ipmasq_family family)
{
	return ipmasq_policy_pod_count(policy, family) > 0;
}

/* @part has the entry of the policy before, or after. */
static void print_side_entry(const struct answer_style *style, const struct comparison *comparison,
			     const struct ipmasq_difference *part, bool after)
{
	const struct ipmasq_entry *entry = after ? part->after : part->before;
	const struct ipmasq_entry_details info = answer_entry(entry);

	if (entry)
		answer_put_entry(stdout, style, &info);
	else
		printf("%snot in nonMasqueradeSrcCIDRs: the destination decides",
		       has_pods(comparison->policies[after], part->family) ? "in podCIDRs and "
									   : "");
}

/* The entries that decide on one side, in the order of their addresses. */
static void print_side(const struct answer_style *style, const struct comparison *comparison,
		       size_t index, bool after)
{
	const struct ipmasq_diff *diff = comparison->diff;
	const struct ipmasq_entry *previous = NULL;
	struct ipmasq_difference part;
	size_t named = 0;
	size_t more = 0;

	for (size_t i = 0; ipmasq_diff_get_part(diff, index, i, &part, sizeof(part)) == 0; i++) {
		const struct ipmasq_entry *entry = after ? part.after : part.before;

		if (i > 0 && entry == previous)
			continue;
		previous = entry;
		if (named == NAMED_MAX) {
			more++;
			continue;
		}
		printf("  %-10s  ", named++ ? "" : after ? "after" : "before");
		print_side_entry(style, comparison, &part, after);
		putchar('\n');
	}
	if (more > 0)
		printf("  %-10s  and %zu more\n", "", more);
}

static void print_range(const struct ipmasq_difference *difference)
{
	bool masquerade = difference->to == IPMASQ_MASQUERADE;
	char text[IPMASQ_TEXT_MAX];

	ipmasq_format_range(difference->family, difference->first, difference->last, text);
	if (!difference->sources)
		printf("%s: %s\n", text,
		       masquerade ? "RETURN -> MASQUERADE" : "MASQUERADE -> RETURN");
	else
		printf("from %s: %s\n", text,
		       masquerade ? "RETURN -> as the destination says"
				  : "as the destination says -> RETURN");
}

/* Whether the same two entries decide for one CIDR and the next one. */
static bool same_entries(const struct ipmasq_difference *difference,
			 const struct ipmasq_difference *next)
{
	return difference->before == next->before && difference->after == next->after &&
	       difference->part_count == 1 && next->part_count == 1;
}

/* A range with a small exception is many CIDRs. Their two entries are printed once, at the end. */
static void print_changes(const struct answer_style *style, const struct comparison *comparison)
{
	const struct ipmasq_diff *diff = comparison->diff;
	struct ipmasq_difference difference;
	struct ipmasq_difference next;

	for (size_t i = 0; ipmasq_diff_get(diff, i, &difference, sizeof(difference)) == 0; i++) {
		print_range(&difference);
		if (ipmasq_diff_get(diff, i + 1, &next, sizeof(next)) == 0 &&
		    same_entries(&difference, &next))
			continue;
		print_side(style, comparison, i, false);
		print_side(style, comparison, i, true);
	}
}

/* "16777216 IPv4 destinations from RETURN to MASQUERADE", after ": " or ", ". */
static void print_number(const struct comparison *comparison, enum ipmasq_family family,
			 bool sources, enum ipmasq_verdict to, bool *first)
{
	const struct ipmasq_diff *diff = comparison->diff;
	bool pods = has_pods(comparison->policies[0], family) ||
		    has_pods(comparison->policies[1], family);
	char number[IPMASQ_TEXT_MAX];
	bool masquerade = to == IPMASQ_MASQUERADE;
	const char *plural;

	ipmasq_diff_addresses(diff, family, sources, to, number);
	if (strcmp(number, "0") == 0)
		return;
	plural = strcmp(number, "1") == 0 ? "" : "s";
	printf("%s%s IPv%d ", *first ? ": " : ", ", number, (int)family);
	*first = false;
	if (!sources)
		printf("destination%s from %s", plural,
		       masquerade ? "RETURN to MASQUERADE" : "MASQUERADE to RETURN");
	else if (pods)
		printf("source%s from %s", plural,
		       masquerade ? "RETURN to what the destination says"
				  : "what the destination says to RETURN");
	else
		printf("source%s %s nonMasqueradeSrcCIDRs", plural, masquerade ? "out of" : "into");
}

static void print_summary(const struct comparison *comparison)
{
	size_t cidrs = ipmasq_diff_count(comparison->diff);
	bool first = true;

	if (cidrs == 0) {
		puts("no verdict differs");
		return;
	}
	printf("%zu CIDR%s", cidrs, cidrs == 1 ? " differs" : "s differ");
	for (int sources = 0; sources < 2; sources++) {
		print_number(comparison, IPMASQ_IPV4, sources, IPMASQ_MASQUERADE, &first);
		print_number(comparison, IPMASQ_IPV4, sources, IPMASQ_RETURN, &first);
		print_number(comparison, IPMASQ_IPV6, sources, IPMASQ_MASQUERADE, &first);
		print_number(comparison, IPMASQ_IPV6, sources, IPMASQ_RETURN, &first);
	}
	putchar('\n');
}

/* The addresses of a CIDR or of a part of one. */
static struct json_object *range_text(const struct ipmasq_difference *difference)
{
	char text[IPMASQ_TEXT_MAX];

	return json_new_text(
		ipmasq_format_range(difference->family, difference->first, difference->last, text));
}

/* The object of CIDR number @index. */
static struct json_object *change_object(const struct ipmasq_diff *diff, size_t index,
					 const struct ipmasq_difference *difference)
{
	bool masquerade = difference->to == IPMASQ_MASQUERADE;
	struct json_object *object = json_new_object();
	struct json_object *parts = json_new_array();
	struct ipmasq_difference part;
	char text[IPMASQ_TEXT_MAX];

	json_add(object, "address", range_text(difference));
	json_add(object, "side", json_new_text(difference->sources ? "source" : "destination"));
	json_add(object, "addresses",
		 json_new_text(ipmasq_range_size(difference->family, difference->first,
						 difference->last, text)));
	json_add(
		object, "before",
		json_new_text(ipmasq_verdict_name(masquerade ? IPMASQ_RETURN : IPMASQ_MASQUERADE)));
	json_add(object, "after", json_new_text(ipmasq_verdict_name(difference->to)));
	for (size_t i = 0; ipmasq_diff_get_part(diff, index, i, &part, sizeof(part)) == 0; i++) {
		struct json_object *member = json_new_object();

		json_add(member, "address", range_text(&part));
		json_add(member, "before", answer_entry_object(part.before));
		json_add(member, "after", answer_entry_object(part.after));
		json_append(parts, member);
	}
	json_add(object, "parts", parts);
	return object;
}

static void write_json(struct json_list *list, const struct ipmasq_diff *diff)
{
	struct ipmasq_difference difference;

	json_list_open(list);
	for (size_t i = 0; ipmasq_diff_get(diff, i, &difference, sizeof(difference)) == 0; i++)
		json_list_put(list, change_object(diff, i, &difference));
	json_list_close(list);
}

enum cli_exit explain_load_both(struct cli *cli, const char *const paths[2],
				struct ipmasq_policy *policies[2])
{
	enum cli_exit status[2];

	cli_one_stdin(paths, 2, false);
	for (int i = 0; i < 2; i++)
		status[i] = cli_policy_of(cli, &paths[i], 1, &policies[i]);
	return status[0] == CLI_FINE ? status[1] : status[0];
}

enum cli_exit explain_diff(struct explain *explain, const char *const paths[2])
{
	struct comparison comparison = { .diff = NULL };
	enum cli_exit status = explain_load_both(&explain->cli, paths, comparison.policies);
	struct ipmasq_policy_details info;

	if (status == CLI_FINE) {
		compared(ipmasq_policy_info(comparison.policies[0], &info, sizeof(info)));
		explain->style = (struct answer_style){
			.profile = info.profile,
			.reserved_ranges = explain->cli.reserved_ranges,
		};
		compared(ipmasq_diff_new(comparison.policies[0], comparison.policies[1],
					 &comparison.diff));
		if (explain->cli.format == CLI_JSON) {
			write_json(&explain->list, comparison.diff);
		} else {
			print_changes(&explain->style, &comparison);
			print_summary(&comparison);
		}
		if (ipmasq_diff_count(comparison.diff) > 0)
			status = CLI_NO;
	}
	ipmasq_diff_free(comparison.diff);
	ipmasq_policy_free(comparison.policies[0]);
	ipmasq_policy_free(comparison.policies[1]);
	return status;
}
