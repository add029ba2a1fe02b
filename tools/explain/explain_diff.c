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

/* What differs in one family: destinations, or sources. */
struct difference {
	enum ipmasq_family family;
	bool sources;
	struct ipmasq_diff *diff;
};

/* Both families, destinations and then sources. */
#define DIFFERENCES 4

static void compared(int r)
{
	if (r < 0)
		cli_die(r, "cannot compare");
}

static void print_side_entry(const struct answer_style *style, const struct ipmasq_entry *entry)
{
	const struct ipmasq_entry_info info = answer_entry(entry);

	if (entry)
		answer_print_entry(style, &info);
	else
		printf("not in nonMasqueradeSrcCIDRs: the destination decides");
}

/* The entries that decide on one side, in the order of their addresses. */
static void print_side(const struct answer_style *style, const struct difference *difference,
		       size_t index, bool after)
{
	const struct ipmasq_entry *previous = NULL;
	const struct ipmasq_entry *sides[2];
	size_t named = 0;
	size_t more = 0;

	for (size_t i = 0;
	     ipmasq_diff_part(difference->diff, index, i, NULL, NULL, &sides[0], &sides[1]); i++) {
		const struct ipmasq_entry *entry = sides[after];

		if (i > 0 && entry == previous)
			continue;
		previous = entry;
		if (named == NAMED_MAX) {
			more++;
			continue;
		}
		printf("  %-10s  ", named++ ? "" : after ? "after" : "before");
		print_side_entry(style, entry);
		putchar('\n');
	}
	if (more > 0)
		printf("  %-10s  and %zu more\n", "", more);
}

static void print_range(const struct difference *difference, size_t index)
{
	bool masquerade = ipmasq_diff_verdict(difference->diff, index) == IPMASQ_MASQUERADE;
	char text[IPMASQ_TEXT_MAX];
	uint8_t first[16], last[16];

	ipmasq_diff_get(difference->diff, index, first, last, NULL, NULL);
	ipmasq_format_range(difference->family, first, last, text);
	if (!difference->sources)
		printf("%s: %s\n", text,
		       masquerade ? "RETURN -> MASQUERADE" : "MASQUERADE -> RETURN");
	else
		printf("from %s: %s\n", text,
		       masquerade ? "RETURN -> as the destination says"
				  : "as the destination says -> RETURN");
}

/* Whether the same two entries decide for this CIDR and the next one. */
static bool same_entries(const struct ipmasq_diff *diff, size_t index)
{
	const struct ipmasq_entry *here[2], *next[2];

	return ipmasq_diff_get(diff, index, NULL, NULL, &here[0], &here[1]) &&
	       ipmasq_diff_get(diff, index + 1, NULL, NULL, &next[0], &next[1]) &&
	       here[0] == next[0] && here[1] == next[1] &&
	       ipmasq_diff_part_count(diff, index) == 1 &&
	       ipmasq_diff_part_count(diff, index + 1) == 1;
}

/* What stays of a range around one small exception is many CIDRs; they share their reasons. */
static void print_changes(const struct answer_style *style, const struct difference *difference)
{
	for (size_t i = 0; i < ipmasq_diff_count(difference->diff); i++) {
		print_range(difference, i);
		if (same_entries(difference->diff, i))
			continue;
		print_side(style, difference, i, false);
		print_side(style, difference, i, true);
	}
}

/* "16777216 IPv4 destinations from RETURN to MASQUERADE", after ": " or ", ". */
static void print_number(const struct difference *difference, enum ipmasq_verdict to, bool *first)
{
	char number[IPMASQ_TEXT_MAX];
	bool masquerade = to == IPMASQ_MASQUERADE;
	const char *plural;

	ipmasq_diff_addresses(difference->diff, to, number);
	if (strcmp(number, "0") == 0)
		return;
	plural = strcmp(number, "1") == 0 ? "" : "s";
	printf("%s%s IPv%d ", *first ? ": " : ", ", number, (int)difference->family);
	*first = false;
	if (!difference->sources)
		printf("destination%s from %s", plural,
		       masquerade ? "RETURN to MASQUERADE" : "MASQUERADE to RETURN");
	else
		printf("source%s %s nonMasqueradeSrcCIDRs", plural, masquerade ? "out of" : "into");
}

static void print_summary(const struct difference *differences, size_t cidrs)
{
	bool first = true;

	if (cidrs == 0) {
		puts("no verdict differs");
		return;
	}
	printf("%zu CIDR%s", cidrs, cidrs == 1 ? " differs" : "s differ");
	for (size_t i = 0; i < DIFFERENCES; i++) {
		if (!differences[i].diff)
			continue;
		print_number(&differences[i], IPMASQ_MASQUERADE, &first);
		print_number(&differences[i], IPMASQ_RETURN, &first);
	}
	putchar('\n');
}

static void compare_destinations(struct ipmasq_policy *const policies[2],
				 struct difference *difference)
{
	struct ipmasq_partition *partitions[2];

	for (int i = 0; i < 2; i++)
		compared(ipmasq_partition_new(policies[i], difference->family, &partitions[i]));
	compared(ipmasq_diff_new(partitions[0], partitions[1], &difference->diff));
	for (int i = 0; i < 2; i++)
		ipmasq_partition_free(partitions[i]);
}

/* Returns the number of CIDRs that differ. A family without rules has no differences. */
static size_t compare_policies(struct ipmasq_policy *const policies[2],
			       struct difference *differences)
{
	struct ipmasq_policy_info info;
	size_t cidrs = 0;
	bool off;

	compared(ipmasq_policy_info(policies[0], &info, sizeof(info)));
	off = info.ipv6 == IPMASQ_OFF;

	for (size_t i = 0; i < DIFFERENCES; i++) {
		struct difference *difference = &differences[i];

		difference->family = i % 2 ? IPMASQ_IPV6 : IPMASQ_IPV4;
		difference->sources = i >= 2;
		if (off && difference->family == IPMASQ_IPV6)
			continue;
		if (difference->sources)
			compared(ipmasq_diff_sources_new(policies[0], policies[1],
							 difference->family, &difference->diff));
		else
			compare_destinations(policies, difference);
		cidrs += ipmasq_diff_count(difference->diff);
	}
	return cidrs;
}

/* The object of one CIDR of a diff. */
static struct json_object *change_object(const struct difference *difference, size_t index)
{
	const struct ipmasq_diff *diff = difference->diff;
	enum ipmasq_family family = difference->family;
	bool masquerade = ipmasq_diff_verdict(diff, index) == IPMASQ_MASQUERADE;
	struct json_object *object = json_new_object();
	struct json_object *parts = json_new_array();
	const struct ipmasq_entry *before, *after;
	uint8_t first[16], last[16];
	char text[IPMASQ_TEXT_MAX];

	ipmasq_diff_get(diff, index, first, last, NULL, NULL);
	json_add(object, "address", json_new_text(ipmasq_format_range(family, first, last, text)));
	json_add(object, "side", json_new_text(difference->sources ? "source" : "destination"));
	json_add(object, "addresses", json_new_text(ipmasq_range_size(family, first, last, text)));
	json_add(
		object, "before",
		json_new_text(ipmasq_verdict_name(masquerade ? IPMASQ_RETURN : IPMASQ_MASQUERADE)));
	json_add(
		object, "after",
		json_new_text(ipmasq_verdict_name(masquerade ? IPMASQ_MASQUERADE : IPMASQ_RETURN)));
	for (size_t i = 0; ipmasq_diff_part(diff, index, i, first, last, &before, &after); i++) {
		struct json_object *part = json_new_object();

		json_add(part, "address",
			 json_new_text(ipmasq_format_range(family, first, last, text)));
		json_add(part, "before", answer_entry_object(before));
		json_add(part, "after", answer_entry_object(after));
		json_append(parts, part);
	}
	json_add(object, "parts", parts);
	return object;
}

static void write_json(struct json_list *list, const struct difference *difference)
{
	for (size_t i = 0; i < ipmasq_diff_count(difference->diff); i++)
		json_list_put(list, change_object(difference, i));
}

static void write_all_differences(struct explain *explain, const struct difference *differences,
				  size_t cidrs)
{
	bool json = explain->cli.format == CLI_JSON;

	if (json)
		json_list_open(&explain->list);
	for (size_t i = 0; i < DIFFERENCES; i++) {
		if (!differences[i].diff)
			continue;
		if (json)
			write_json(&explain->list, &differences[i]);
		else
			print_changes(&explain->style, &differences[i]);
	}
	if (json)
		json_list_close(&explain->list);
	else
		print_summary(differences, cidrs);
}

/* Loads both even if the first is rejected, in order to report the errors of both. */
static enum cli_exit load_both(struct cli *cli, const char *const paths[2],
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
	struct difference differences[DIFFERENCES] = { 0 };
	struct ipmasq_policy *policies[2] = { NULL, NULL };
	enum cli_exit status = load_both(&explain->cli, paths, policies);
	struct ipmasq_policy_info info;
	size_t cidrs = 0;

	if (status == CLI_FINE) {
		compared(ipmasq_policy_info(policies[0], &info, sizeof(info)));
		explain->style = (struct answer_style){
			.profile = info.profile,
			.reserved_ranges = explain->cli.reserved_ranges,
		};
		cidrs = compare_policies(policies, differences);
		write_all_differences(explain, differences, cidrs);
	}
	for (size_t i = 0; i < DIFFERENCES; i++)
		ipmasq_diff_free(differences[i].diff);
	ipmasq_policy_free(policies[0]);
	ipmasq_policy_free(policies[1]);
	return status == CLI_FINE && cidrs > 0 ? CLI_NO : status;
}
