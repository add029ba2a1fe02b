/* SPDX-License-Identifier: Apache-2.0 */
/* Looks a million addresses up: how many a configuration masquerades, and how fast that is known.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <ipmasq.h>

#define LOOKUPS 1000000

/* The partition of a configuration's IPv4 destinations. The policy must live as long. */
static int read_partition(const char *path, struct ipmasq_policy **policy,
			  struct ipmasq_partition **partition)
{
	const struct ipmasq_source file = { .name = path };
	struct ipmasq_config *config = NULL;
	int r = ipmasq_config_new(NULL, &config);

	if (r == 0)
		r = ipmasq_config_load(config, &file, NULL);
	if (r == 0)
		r = ipmasq_policy_new(config, NULL, NULL, policy);
	if (r == 0)
		r = ipmasq_partition_new(*policy, IPMASQ_IPV4, partition);
	ipmasq_config_free(config);
	return r;
}

static void look_up(const struct ipmasq_partition *partition)
{
	uint32_t address = 1;
	long masqueraded = 0;
	clock_t start = clock();

	for (long i = 0; i < LOOKUPS; i++) {
		/* Looks random enough, and is the same each time. */
		address = address * 1664525 + 1013904223;
		masqueraded += ipmasq_entry_verdict(ipmasq_partition_lookup(partition, &address)) ==
			       IPMASQ_MASQUERADE;
	}
	printf("%ld of %d addresses are masqueraded\n", masqueraded, LOOKUPS);
	printf("%.1f million lookups per second\n",
	       LOOKUPS / 1e6 / ((double)(clock() - start + 1) / CLOCKS_PER_SEC));
}

int main(int argc, char **argv)
{
	struct ipmasq_partition *partition = NULL;
	struct ipmasq_policy *policy = NULL;
	int r;

	if (argc != 2)
		return EXIT_FAILURE;
	r = read_partition(argv[1], &policy, &partition);
	if (r == 0)
		look_up(partition);
	else
		fprintf(stderr, "%s: %s\n", argv[1], strerror(-r));
	ipmasq_partition_free(partition);
	ipmasq_policy_free(policy);
	return r == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
