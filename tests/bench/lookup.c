/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Measures the rate of ipmasq_partition_lookup().
 *
 *     lookup ROUNDS < CIDRS
 *
 * Prints the number of ranges, and the median of the rounds in million lookups per second on one
 * core. The IPv4 CIDRs are not masqueraded; the addresses are random in the whole space.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "ipmasq.h"

#define ADDRESSES (1u << 20)

static void die(const char *what)
{
	fprintf(stderr, "lookup: %s\n", what);
	exit(1);
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static struct ipmasq_policy *read_policy(void)
{
	struct ipmasq_config *config;
	struct ipmasq_policy *policy;
	char line[64];

	if (ipmasq_config_new(NULL, &config) < 0 ||
	    ipmasq_config_set_list(config, IPMASQ_NON_MASQUERADE_CIDRS) < 0)
		die("memory");
	while (fgets(line, sizeof(line), stdin)) {
		line[strcspn(line, "\n")] = '\0';
		if (ipmasq_config_add_cidr(config, IPMASQ_NON_MASQUERADE_CIDRS, line, NULL) < 0)
			die(line);
	}
	if (ipmasq_policy_new(config, NULL, NULL, &policy) < 0)
		die("the policy is rejected");
	ipmasq_config_free(config);
	return policy;
}

/* By xorshift. All addresses are equally likely, so the byte order does not matter. */
static uint32_t *random_addresses(void)
{
	uint32_t *addresses = malloc(ADDRESSES * sizeof(*addresses));
	uint64_t state = 88172645463325252u;

	if (!addresses)
		die("memory");
	for (size_t i = 0; i < ADDRESSES; i++) {
		state ^= state << 13;
		state ^= state >> 7;
		state ^= state << 17;
		addresses[i] = (uint32_t)(state >> 32);
	}
	return addresses;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a;
	double y = *(const double *)b;

	return x < y ? -1 : x > y;
}

int main(int argc, char **argv)
{
	size_t rounds = argc == 2 ? strtoul(argv[1], NULL, 10) : 0;
	struct ipmasq_policy *policy;
	struct ipmasq_partition *partition;
	uint32_t *addresses;
	double *rates;
	uintptr_t sum = 0;

	if (rounds == 0) {
		fputs("Usage: lookup ROUNDS < CIDRS\n", stderr);
		return 2;
	}
	policy = read_policy();
	if (ipmasq_partition_new(policy, IPMASQ_IPV4, &partition) < 0)
		die("memory");
	addresses = random_addresses();
	rates = calloc(rounds, sizeof(*rates));
	if (!rates)
		die("memory");
	for (size_t round = 0; round < rounds; round++) {
		double begin = now();

		for (size_t i = 0; i < ADDRESSES; i++)
			sum += (uintptr_t)ipmasq_partition_lookup(partition, &addresses[i]);
		rates[round] = ADDRESSES / 1e6 / (now() - begin);
	}
	qsort(rates, rounds, sizeof(*rates), compare);
	/* The sum keeps the compiler from omitting lookups. */
	printf("%zu %.1f%s\n", ipmasq_partition_count(partition), rates[rounds / 2],
	       sum ? "" : " ?");
	free(rates);
	free(addresses);
	ipmasq_partition_free(partition);
	ipmasq_policy_free(policy);
	return 0;
}
