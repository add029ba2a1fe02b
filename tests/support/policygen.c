/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Random policies, and addresses for which policies are likely to differ.
 *
 *     policygen SEED config         a configuration, as YAML
 *     policygen SEED probes 4|6     addresses at and around the ends of its entries
 *     policygen 0 filter 4|6        those addresses of stdin that a test can send to
 *     policygen SEED nested N       a configuration of N entries, three in four IPv4, that are
 *                                   nested as deep as an address has bits
 *     policygen SEED around 4|6 N   addresses at and around the ends of N entries of the
 *                                   configuration on stdin
 *
 * A seed gives the same configuration on every machine. Entries are near a few places, so that they
 * are nested.
 */
#include <arpa/inet.h>
#include <ctype.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LISTS 4
/* The lists from here on are of sources. */
#define SOURCES	    2
#define ENTRIES_MAX 12

struct cidr {
	int family;
	uint8_t addr[16];
	unsigned int len;
};

struct policy {
	struct cidr lists[LISTS][2 * ENTRIES_MAX];
	size_t counts[LISTS];
	/* -1: not written. */
	int switches[4];
};

static const char *const list_names[LISTS] = { "masqueradeCIDRs", "nonMasqueradeCIDRs",
					       "nonMasqueradeSrcCIDRs", "podCIDRs" };
static const char *const switch_names[4] = { "masqOutBound", "masqOutBoundIPv6", "masqLinkLocal",
					     "masqLinkLocalIPv6" };

/* Entries are near these, by family. */
static const char *const places[2][5] = {
	{ "10.10.10.10", "169.254.20.10", "198.51.100.7", "192.168.3.255", "172.31.255.254" },
	{ "fd00:10:10::10", "2001:db8:7::7", "fd00:20::ffff", "2600:1f18::8000", "fec0::1" },
};

/* Entries for sources are near the second address of the pod in decisions.sh. */
static const char *const pods[2] = { "172.20.1.3", "fd00:172:20:1::3" };

/* Destinations that are not forwarded, or are in the test's own network. */
static const char *const unfit[2][8] = {
	{ "0.0.0.0/8", "127.0.0.0/8", "224.0.0.0/4", "255.255.255.255/32", "172.20.0.0/16",
	  "192.0.2.0/24" },
	{ "::/8", "ff00::/8", "fe80::/10", "fd00:172::/32", "2001:db8:1::/48" },
};

static uint64_t state;

/* splitmix64 */
static uint64_t random64(void)
{
	uint64_t z = state += 0x9e3779b97f4a7c15u;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

static unsigned int below(unsigned int limit)
{
	return (unsigned int)(random64() % limit);
}

static unsigned int bits_of(int family)
{
	return family == 4 ? 32 : 128;
}

static int af_of(int family)
{
	return family == 4 ? AF_INET : AF_INET6;
}

static bool get_bit(const uint8_t *addr, unsigned int bit)
{
	return addr[bit / 8] & (0x80u >> bit % 8);
}

static void set_bit(uint8_t *addr, unsigned int bit, bool on)
{
	uint8_t mask = (uint8_t)(0x80u >> bit % 8);

	addr[bit / 8] = (uint8_t)(on ? addr[bit / 8] | mask : addr[bit / 8] & ~mask);
}

static struct cidr random_cidr(int family, const char *place)
{
	static const unsigned int usual[2][6] = { { 8, 12, 16, 24, 31, 32 },
						  { 8, 32, 48, 64, 127, 128 } };
	unsigned int bits = bits_of(family);
	struct cidr cidr = { .family = family };

	inet_pton(af_of(family), place, cidr.addr);
	cidr.len = below(3) ? usual[family == 6][below(6)] : 1 + below(bits);
	if (!below(40))
		cidr.len = 0;
	/* Half of the entries are next to the place. */
	if (cidr.len && below(2))
		set_bit(cidr.addr, cidr.len - 1, !get_bit(cidr.addr, cidr.len - 1));
	for (unsigned int i = cidr.len; i < bits; i++)
		set_bit(cidr.addr, i, false);
	return cidr;
}

static void make_policy(struct policy *policy)
{
	memset(policy, 0, sizeof(*policy));
	for (int list = 0; list < LISTS; list++) {
		for (int v6 = 0; v6 < 2; v6++) {
			unsigned int n = below(list >= SOURCES ? 3 : ENTRIES_MAX + 1);

			for (unsigned int i = 0; i < n; i++)
				policy->lists[list][policy->counts[list]++] = random_cidr(
					v6 ? 6 : 4,
					list >= SOURCES ? pods[v6] : places[v6][below(5)]);
		}
	}
	for (int i = 0; i < 4; i++)
		policy->switches[i] = (int)below(3) - 1;
}

static void print_config(const struct policy *policy)
{
	for (int list = 0; list < LISTS; list++) {
		printf("%s:%s\n", list_names[list], policy->counts[list] ? "" : " []");
		for (size_t i = 0; i < policy->counts[list]; i++) {
			const struct cidr *cidr = &policy->lists[list][i];
			char text[INET6_ADDRSTRLEN];

			inet_ntop(af_of(cidr->family), cidr->addr, text, sizeof(text));
			for (char *c = text; i % 2 && *c; c++)
				*c = (char)toupper(*c);
			/* Without quotes, `::/0` would be a key of a mapping. */
			printf("- \"%s/%u\"\n", text, cidr->len);
		}
	}
	for (int i = 0; i < 4; i++)
		if (policy->switches[i] >= 0)
			printf("%s: %s\n", switch_names[i], policy->switches[i] ? "true" : "false");
}

static bool inside(const char *cidr, int family, const uint8_t *addr)
{
	unsigned int len = (unsigned int)atoi(strchr(cidr, '/') + 1);
	char text[INET6_ADDRSTRLEN];
	uint8_t base[16];

	snprintf(text, sizeof(text), "%.*s", (int)strcspn(cidr, "/"), cidr);
	if (inet_pton(af_of(family), text, base) != 1)
		return false;
	for (unsigned int i = 0; i < len; i++)
		if (get_bit(base, i) != get_bit(addr, i))
			return false;
	return true;
}

static void print_fit(int family, const uint8_t *addr)
{
	char text[INET6_ADDRSTRLEN];

	for (const char *const *cidr = unfit[family == 6]; *cidr; cidr++)
		if (inside(*cidr, family, addr))
			return;
	puts(inet_ntop(af_of(family), addr, text, sizeof(text)));
}

/* Adds or subtracts one. */
static void step(uint8_t *addr, unsigned int bits, bool up)
{
	for (unsigned int i = bits; i-- > 0;) {
		bool bit = get_bit(addr, i);

		set_bit(addr, i, !bit);
		if (bit != up)
			return;
	}
}

static void print_around(const struct cidr *cidr)
{
	unsigned int bits = bits_of(cidr->family);
	uint8_t addr[16];

	memcpy(addr, cidr->addr, sizeof(addr));
	print_fit(cidr->family, addr);
	step(addr, bits, false);
	print_fit(cidr->family, addr);
	memcpy(addr, cidr->addr, sizeof(addr));
	for (unsigned int i = cidr->len; i < bits; i++)
		set_bit(addr, i, random64() & 1);
	print_fit(cidr->family, addr);
	for (unsigned int i = cidr->len; i < bits; i++)
		set_bit(addr, i, true);
	print_fit(cidr->family, addr);
	step(addr, bits, true);
	print_fit(cidr->family, addr);
}

static void print_probes(const struct policy *policy, int family)
{
	for (int list = 0; list < LISTS; list++)
		for (size_t i = 0; i < policy->counts[list]; i++)
			if (policy->lists[list][i].family == family)
				print_around(&policy->lists[list][i]);
	for (int i = 0; i < 30; i++) {
		struct cidr cidr = random_cidr(family, places[family == 6][below(5)]);

		for (unsigned int bit = cidr.len; bit < bits_of(family); bit++)
			set_bit(cidr.addr, bit, random64() & 1);
		print_fit(family, cidr.addr);
	}
}

static void filter(int family)
{
	char line[INET6_ADDRSTRLEN + 2];
	uint8_t addr[16];

	while (fgets(line, sizeof(line), stdin)) {
		line[strcspn(line, "\n")] = '\0';
		if (inet_pton(af_of(family), line, addr) == 1)
			print_fit(family, addr);
	}
}

static void lengthen(struct cidr *cidr, unsigned int by)
{
	for (; by && cidr->len < bits_of(cidr->family); by--, cidr->len++)
		set_bit(cidr->addr, cidr->len, random64() & 1);
}

struct nested {
	struct cidr cidr;
	bool masquerade;
};

static struct cidr fresh_cidr(void)
{
	struct cidr cidr = { .family = below(4) ? 4 : 6 };

	cidr.addr[0] = (uint8_t)(cidr.family == 4 ? 1 + below(223) : 0x20 + below(32));
	cidr.len = 8;
	lengthen(&cidr, cidr.family == 4 ? below(9) : 8 + below(17));
	return cidr;
}

/*
 * Either within an entry of @before, which must not be masqueraded, since nothing within it would
 * matter; or beside @path, which is longer by one bit with each call.
 */
static struct cidr nested_cidr(const struct nested *before, size_t count, struct cidr *path)
{
	const struct nested *outer = count ? &before[below((unsigned int)count)] : NULL;
	struct cidr cidr;

	if (outer && !outer->masquerade && outer->cidr.len < bits_of(outer->cidr.family) &&
	    below(2)) {
		cidr = outer->cidr;
		lengthen(&cidr, 1 + below(6));
		return cidr;
	}
	if (!path->len || path->len == bits_of(path->family) || !below(24))
		*path = fresh_cidr();
	lengthen(path, 1);
	cidr = *path;
	set_bit(cidr.addr, cidr.len - 1, !get_bit(cidr.addr, cidr.len - 1));
	return cidr;
}

static bool print_nested(size_t count)
{
	struct nested *entries = calloc(count + 1, sizeof(*entries));
	struct cidr path = { .len = 0 };
	bool done = entries;

	for (size_t i = 0; done && i < count; i++) {
		entries[i].cidr = nested_cidr(entries, i, &path);
		/* Short prefixes would hide most of the others. */
		entries[i].masquerade = entries[i].cidr.len > 15 && below(2);
	}
	for (int list = 0; done && list < 2; list++) {
		printf("%s:\n", list_names[list]);
		for (size_t i = 0; i < count; i++) {
			const struct cidr *cidr = &entries[i].cidr;
			char text[INET6_ADDRSTRLEN];

			if (entries[i].masquerade != (list == 0))
				continue;
			inet_ntop(af_of(cidr->family), cidr->addr, text, sizeof(text));
			printf("- \"%s/%u\"\n", text, cidr->len);
		}
	}
	free(entries);
	return done;
}

/* A list item of a configuration: `  - "ADDRESS/LENGTH"`. */
static bool read_item(char *line, struct cidr *cidr)
{
	char *address = line + strspn(line, " ");
	char *slash = strchr(line, '/');

	if (*address != '-' || !slash)
		return false;
	address += strspn(address, "- \"");
	*slash = '\0';
	cidr->family = strchr(address, ':') ? 6 : 4;
	cidr->len = (unsigned int)atoi(slash + 1);
	return inet_pton(af_of(cidr->family), address, cidr->addr) == 1;
}

/* Chooses entries with equal chances in one pass: entry number n is chosen with the chance of
 * count / n, and replaces another. */
static bool print_around_some(int family, size_t count)
{
	struct cidr *chosen = calloc(count + 1, sizeof(*chosen));
	bool done = chosen;
	size_t seen = 0;
	struct cidr cidr;
	char line[256];

	while (done && fgets(line, sizeof(line), stdin)) {
		size_t at = seen;

		if (!read_item(line, &cidr) || cidr.family != family)
			continue;
		if (seen++ >= count)
			at = below((unsigned int)seen);
		if (at < count)
			chosen[at] = cidr;
	}
	for (size_t i = 0; done && i < count && i < seen; i++)
		print_around(&chosen[i]);
	free(chosen);
	return done;
}

static int run(const char *what, char **argv, int argc)
{
	int family = argc ? atoi(argv[0]) : 0;
	bool is_family = argc && (family == 4 || family == 6);
	struct policy policy;

	make_policy(&policy);
	if (!strcmp(what, "config") && !argc)
		print_config(&policy);
	else if (!strcmp(what, "probes") && argc == 1 && is_family)
		print_probes(&policy, family);
	else if (!strcmp(what, "filter") && argc == 1 && is_family)
		filter(family);
	else if (!strcmp(what, "nested") && argc == 1)
		return print_nested(strtoul(argv[0], NULL, 10)) ? 0 : 2;
	else if (!strcmp(what, "around") && argc == 2 && is_family)
		return print_around_some(family, strtoul(argv[1], NULL, 10)) ? 0 : 2;
	else
		return -1;
	return 0;
}

int main(int argc, char **argv)
{
	int status = -1;

	if (argc >= 3) {
		state = strtoull(argv[1], NULL, 10);
		status = run(argv[2], argv + 3, argc - 3);
	}
	if (status < 0) {
		fputs("usage: policygen SEED config\n"
		      "       policygen SEED probes|filter 4|6\n"
		      "       policygen SEED nested N\n"
		      "       policygen SEED around 4|6 N\n",
		      stderr);
		status = 2;
	}
	return status;
}
