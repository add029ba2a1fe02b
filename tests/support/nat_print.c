/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Prints everybody's rules of this network namespace, as the library reads them.
 *
 *	nat_print [--meaning] [--times N]
 *
 * --meaning leaves out what a dump may not tell, and the rules' own words. --times reads them N
 * times, and prints how many microseconds the fastest took.
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
	struct nat_model *model;
	int r = nat_kernel_read(-1, NAT_BOTH_FAMILIES, &model);

	if (r < 0) {
		fprintf(stderr, "nat_print: %s\n", strerror(-r));
		return 1;
	}
	nat_text_print(model, flags, stdout);
	nat_model_free(model);
	return 0;
}

static int measure(int times)
{
	long fastest = -1;

	for (int i = 0; i < times; i++) {
		struct nat_model *model;
		long start = now();
		long took;

		if (nat_kernel_read(-1, NAT_BOTH_FAMILIES, &model) < 0)
			return 1;
		took = now() - start;
		nat_model_free(model);
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
	if (argc == 2 && strcmp(argv[1], "--meaning") == 0)
		flags = NAT_TEXT_MEANING | NAT_TEXT_SORTED;
	return print_once(flags);
}
