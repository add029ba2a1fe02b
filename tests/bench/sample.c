/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Random CIDRs and addresses for the benchmarks. A seed gives the same on every machine.
 *
 *     sample disjoint N SEED          N disjoint IPv4 prefixes of /16 to /28
 *     sample overlapping N SEED       N IPv4 prefixes of /18 to /32, some of them nested
 *     sample misses N SEED < CIDRS    N addresses in none of these prefixes (of /28 and shorter)
 *     sample hits N SEED < CIDRS      N addresses in one of them
 *     sample both N SEED < CIDRS      N addresses, each with equal chances for either
 *
 * None is in a range that no pod sends to, or in the networks of flow.sh.
 */
#include <arpa/inet.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LONGEST 28

/* The address space, with a bit per /28: whether it is covered. */
static uint8_t map[1u << (LONGEST - 3)];
static uint64_t state;

/* SplitMix64, which takes any seed. */
static uint64_t draw(void)
{
	uint64_t z = state += 0x9e3779b97f4a7c15u;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

static bool is_covered(uint32_t addr)
{
	uint32_t block = addr >> (32 - LONGEST);

	return map[block / 8] >> (block % 8) & 1;
}

static void cover(uint32_t addr, unsigned int len)
{
	uint32_t block = addr >> (32 - LONGEST);

	for (uint32_t end = block + (1u << (LONGEST - len)); block < end; block++)
		map[block / 8] |= (uint8_t)(1u << (block % 8));
}

static bool any_covered(uint32_t addr, unsigned int len)
{
	uint32_t block = addr >> (32 - LONGEST);

	for (uint32_t end = block + (1u << (LONGEST - len)); block < end; block++)
		if (map[block / 8] >> (block % 8) & 1)
			return true;
	return false;
}

/* Prefixes are /16 or longer, so the first two octets tell whether one is usable. */
static bool is_usable(uint32_t addr)
{
	uint32_t first = addr >> 24;
	uint32_t two = addr >> 16;

	return first != 0 && first != 127 && first < 224 && two != 0xa9fe && two != 0xac14 &&
	       two != 0xc000;
}

static uint32_t draw_usable(void)
{
	uint32_t addr;

	do
		addr = (uint32_t)draw();
	while (!is_usable(addr));
	return addr;
}

static void print_address(uint32_t addr, const char *end)
{
	printf("%u.%u.%u.%u%s", addr >> 24, addr >> 16 & 255, addr >> 8 & 255, addr & 255, end);
}

static void print_prefix(uint32_t addr, unsigned int len)
{
	print_address(addr, "");
	printf("/%u\n", len);
}

static void disjoint(unsigned long count)
{
	while (count) {
		unsigned int len = 16 + (unsigned int)(draw() % 13);
		uint32_t addr = draw_usable() >> (32 - len) << (32 - len);

		if (any_covered(addr, len))
			continue;
		cover(addr, len);
		print_prefix(addr, len);
		count--;
	}
}

static void overlapping(unsigned long count)
{
	while (count--) {
		unsigned int len = 18 + (unsigned int)(draw() % 15);

		print_prefix(draw_usable() >> (32 - len) << (32 - len), len);
	}
}

static void read_cidrs(void)
{
	char line[64];

	while (fgets(line, sizeof(line), stdin)) {
		char *slash = strchr(line, '/');
		struct in_addr in;
		unsigned long len = slash ? strtoul(slash + 1, NULL, 10) : 0;

		if (slash)
			*slash = '\0';
		if (len < 1 || len > LONGEST || inet_pton(AF_INET, line, &in) != 1) {
			fprintf(stderr, "sample: not a CIDR of /1 to /%d: %s\n", LONGEST, line);
			exit(2);
		}
		cover(ntohl(in.s_addr), (unsigned int)len);
	}
}

static void addresses(unsigned long count, bool hits, bool misses)
{
	read_cidrs();
	while (count) {
		bool wanted = hits && misses ? draw() >> 63 : hits;
		uint32_t addr;

		do
			addr = draw_usable();
		while (is_covered(addr) != wanted);
		print_address(addr, "\n");
		count--;
	}
}

int main(int argc, char **argv)
{
	unsigned long count;

	if (argc != 4) {
		fputs("Usage: sample disjoint|overlapping|misses|hits|both N SEED\n", stderr);
		return 2;
	}
	count = strtoul(argv[2], NULL, 10);
	state = strtoull(argv[3], NULL, 10);
	if (!strcmp(argv[1], "disjoint"))
		disjoint(count);
	else if (!strcmp(argv[1], "overlapping"))
		overlapping(count);
	else
		addresses(count, strcmp(argv[1], "misses") != 0, strcmp(argv[1], "hits") != 0);
	return fflush(stdout) == 0 ? 0 : 1;
}
