/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Prints everybody's rules of this network namespace, as the library reads them.
 *
 *	nat_print [--meaning]
 *	nat_print --times N
 *	nat_print --routes ADDRESS...
 *
 * --meaning leaves out what a dump may not tell, and the rules' own words. --times reads them N
 * times, and prints how many microseconds the fastest took. --routes prints what is known of
 * addresses instead of rules: the interface that leads there, and what they are.
 */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "node/kernel/nat_kernel.h"
#include "support/nat_text.h"

static long now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * 1000000 + time.tv_nsec / 1000;
}

static int print_once(unsigned int flags)
{
	struct ipmasq_nat *nat;
	int r = nat_kernel_read(-1, NAT_BOTH_FAMILIES, &nat);

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

	if (nat_kernel_read(-1, NAT_BOTH_FAMILIES, &nat) < 0)
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

static int measure(int times)
{
	long fastest = -1;

	for (int i = 0; i < times; i++) {
		struct ipmasq_nat *nat;
		long start = now();
		long took;

		if (nat_kernel_read(-1, NAT_BOTH_FAMILIES, &nat) < 0)
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
	if (argc == 2 && strcmp(argv[1], "--meaning") == 0)
		flags = NAT_TEXT_MEANING | NAT_TEXT_SORTED;
	return print_once(flags);
}
