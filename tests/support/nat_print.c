/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Prints everybody's rules of this network namespace, as the library reads them.
 *
 *	nat_print [--meaning]
 *	nat_print --times N
 *	nat_print --routes ADDRESS...
 *	nat_print --flows SOURCE ADDRESS...
 *
 * --meaning leaves out what a dump may not tell, and the rules' own words. --times reads them N
 * times, and prints how many microseconds the fastest took. --routes prints what is known of
 * addresses instead of rules: the interface that leads there, and what they are. --flows prints
 *what becomes of packets from one address to others, and how many flows became something else.
 */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "node/everybody.h"
#include "support/nat_text.h"

static long now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * 1000000 + time.tv_nsec / 1000;
}

static int read_here(struct ipmasq_nat **nat)
{
	struct ipmasq_node *node;
	int r = ipmasq_node_new(&node);

	if (r < 0)
		return r;
	r = everybody_read(node, NAT_BOTH_FAMILIES, NULL, nat);
	ipmasq_node_free(node);
	return r;
}

static int print_once(unsigned int flags)
{
	struct ipmasq_nat *nat;
	int r = read_here(&nat);

	if (r < 0) {
		fprintf(stderr, "nat_print: %s\n", strerror(-r));
		return 1;
	}
	nat_text_print(nat->model, flags, stdout);
	ipmasq_nat_free(nat);
	return 0;
}

/* Prints what is known of addresses. */
static int print_routes(char **texts)
{
	struct ipmasq_nat *nat;

	if (read_here(&nat) < 0)
		return 1;
	for (; *texts; texts++) {
		const struct nat_route *route = NULL;
		enum ipmasq_family family;
		struct addr address;

		if (addr_parse(*texts, strlen(*texts), &family, &address) == PREFIX_OK)
			route = nat_view_route(nat, family, address);
		printf("%s %s%s\n", *texts, route && route->interface ? route->interface : "-",
		       !route				     ? " unreachable"
		       : route->type & NAT_ADDRESS_LOCAL     ? " local"
		       : route->type & NAT_ADDRESS_BROADCAST ? " broadcast"
							     : "");
	}
	ipmasq_nat_free(nat);
	return 0;
}

static int print_flows(const char *from, const char *to)
{
	struct ipmasq_answer *answer;
	struct ipmasq_policy *policy;
	struct ipmasq_outcome outcome;
	struct ipmasq_nat *nat;
	struct ipmasq_node *node;
	struct ipmasq_flow_list *flows;
	enum ipmasq_family family;
	uint8_t bytes[2][16];
	unsigned int found = 0;
	struct addr addr;
	size_t count;
	size_t listed;

	if (addr_parse(from, strlen(from), &family, &addr) != PREFIX_OK)
		return 1;
	addr_to_bytes(family, addr, bytes[0]);
	if (addr_parse(to, strlen(to), &family, &addr) != PREFIX_OK)
		return 1;
	addr_to_bytes(family, addr, bytes[1]);
	if (ipmasq_node_new(&node) < 0 || ipmasq_policy_new(NULL, NULL, NULL, &policy) < 0 ||
	    ipmasq_node_nat(node, NULL, &nat) < 0 ||
	    ipmasq_nat_answer(nat, policy, family, bytes[1], bytes[0], &answer) < 0 ||
	    ipmasq_node_other_flows(node, answer, family, bytes[1], bytes[0], NULL, &count) < 0 ||
	    ipmasq_node_flow_list(node, family, NULL, &flows) < 0 ||
	    ipmasq_flow_list_other(flows, answer, bytes[1], bytes[0], &listed) < 0 ||
	    listed != count)
		return 1;
	ipmasq_flow_list_free(flows);
	printf("%s", to);
	for (size_t i = 0; ipmasq_answer_outcome(answer, i, &outcome, sizeof(outcome)) == 0; i++)
		found |= 1u << outcome.verdict;
	for (unsigned int i = 0; i <= IPMASQ_OUTCOME_UNKNOWN; i++)
		if (found & 1u << i)
			printf(" %s", ipmasq_outcome_verdict_name((enum ipmasq_outcome_verdict)i));
	printf(" %zu\n", count);
	ipmasq_answer_free(answer);
	ipmasq_nat_free(nat);
	ipmasq_policy_free(policy);
	ipmasq_node_free(node);
	return 0;
}

static int measure(int times)
{
	long fastest = -1;

	for (int i = 0; i < times; i++) {
		struct ipmasq_nat *nat;
		long start = now();
		long took;

		if (read_here(&nat) < 0)
			return 1;
		took = now() - start;
		ipmasq_nat_free(nat);
		if (fastest < 0 || took < fastest)
			fastest = took;
	}
	printf("%ld\n", fastest);
	return 0;
}

int main(int argc, char **argv)
{
	unsigned int flags = NAT_TEXT_TEXTS | NAT_TEXT_SORTED;

	if (argc == 3 && strcmp(argv[1], "--times") == 0)
		return measure(atoi(argv[2]));
	if (argc > 2 && strcmp(argv[1], "--routes") == 0)
		return print_routes(argv + 2);
	if (argc > 3 && strcmp(argv[1], "--flows") == 0) {
		int r = 0;

		for (int i = 3; i < argc; i++)
			r |= print_flows(argv[2], argv[i]);
		return r;
	}
	if (argc == 2 && strcmp(argv[1], "--meaning") == 0)
		flags = NAT_TEXT_MEANING | NAT_TEXT_SORTED;
	return print_once(flags);
}
