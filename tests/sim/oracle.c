/* SPDX-License-Identifier: Apache-2.0 */
/* Random policies, and an oracle of first match that shares no code with the library. */
#include "sim/oracle.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

static uint64_t random_next(struct random *random)
{
	random->state ^= random->state << 13;
	random->state ^= random->state >> 7;
	random->state ^= random->state << 17;
	return random->state * 0x2545f4914f6cdd1du;
}

uint32_t random_below(struct random *random, uint32_t bound)
{
	return (uint32_t)((random_next(random) >> 32) * bound >> 32);
}

static unsigned int family_length(enum ipmasq_family family)
{
	return family == IPMASQ_IPV4 ? 32 : 128;
}

static void clear_host_bits(struct oracle_cidr *cidr)
{
	for (unsigned int bit = cidr->length; bit < family_length(cidr->family); bit++)
		cidr->bytes[bit / 8] &= (uint8_t) ~(0x80u >> bit % 8);
}

/* Addresses mostly within 10.0.0.0/12 or 2001:db8::/44, some within the link-local ranges. */
static void random_bytes(struct random *random, enum ipmasq_family family, uint8_t bytes[16])
{
	static const uint8_t heads[2][2][4] = {
		{ { 10, 0, 0, 0 }, { 169, 254, 0, 0 } },
		{ { 0x20, 0x01, 0x0d, 0xb8 }, { 0xfe, 0x80, 0, 0 } },
	};
	size_t fixed = family == IPMASQ_IPV4 ? 1 : 4;
	uint32_t kind = random_below(random, 10);

	for (size_t i = 0; i < 16; i++)
		bytes[i] = (uint8_t)random_below(random, 256);
	if (kind == 0)
		return;
	memcpy(bytes, heads[family == IPMASQ_IPV6][kind == 1], kind == 1 ? 2 : fixed);
	if (kind > 1)
		bytes[fixed] &= 0x0f;
	if (kind > 5)
		bytes[fixed + 1] = bytes[fixed + 2] = 0;
}

static void random_cidr(struct random *random, struct oracle_cidr *cidr)
{
	static const uint8_t lengths[2][8] = {
		{ 8, 12, 14, 16, 20, 24, 31, 32 },
		{ 32, 40, 44, 48, 52, 64, 127, 128 },
	};

	cidr->family = random_below(random, 2) ? IPMASQ_IPV4 : IPMASQ_IPV6;
	random_bytes(random, cidr->family, cidr->bytes);
	cidr->length = lengths[cidr->family == IPMASQ_IPV6][random_below(random, 8)];
	if (random_below(random, 8) == 0)
		cidr->length = random_below(random, family_length(cidr->family) + 1);
	if (random_below(random, 60) == 0)
		cidr->length = 0;
	clear_host_bits(cidr);
}

/* A configuration may not have ::ffff:0:0/96 or parts of it. */
static bool is_mapped(const struct oracle_cidr *cidr)
{
	static const uint8_t mapped[12] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff };

	return cidr->family == IPMASQ_IPV6 && memcmp(cidr->bytes, mapped, sizeof(mapped)) == 0;
}

void oracle_random(struct oracle *oracle, struct random *random, unsigned int most)
{
	static const char *const ports[] = {
		NULL, NULL, NULL, "1024-65535", "1000-1999,3000-3499,7", "40000-40001,50000-59999"
	};

	memset(oracle, 0, sizeof(*oracle));
	for (size_t i = 0; i < ORACLE_LISTS; i++) {
		struct oracle_list *list = &oracle->lists[i];
		bool sources = i >= IPMASQ_NON_MASQUERADE_SRC_CIDRS;
		/* Few sources, since one short prefix would hide everything else. */
		size_t wanted = random_below(random, (sources ? most / 6 : most) + 1);

		/* As often as not, the policy is for all sources. */
		if (i == IPMASQ_POD_CIDRS && random_below(random, 2))
			continue;

		while (list->count < wanted) {
			struct oracle_cidr *cidr = &list->cidrs[list->count];

			random_cidr(random, cidr);
			list->count += !is_mapped(cidr);
		}
	}
	for (size_t i = 0; i < 4; i++)
		oracle->switches[i] = random_below(random, 2);
	oracle->layout = (enum ipmasq_layout)random_below(random, 3);
	oracle->to_ports = ports[random_below(random, sizeof(ports) / sizeof(ports[0]))];
}

void oracle_random_address(struct oracle *oracle, struct random *random, enum ipmasq_family family,
			   uint8_t address[16])
{
	const struct oracle_list *list = &oracle->lists[random_below(random, ORACLE_LISTS)];
	const struct oracle_cidr *cidr;

	random_bytes(random, family, address);
	if (list->count == 0 || random_below(random, 4) == 0)
		return;
	cidr = &list->cidrs[random_below(random, (uint32_t)list->count)];
	if (cidr->family != family)
		return;
	/* Within the entry, or one bit beside it. */
	for (unsigned int bit = 0; bit < cidr->length; bit++) {
		uint8_t mask = (uint8_t)(0x80u >> bit % 8);

		address[bit / 8] =
			(uint8_t)((address[bit / 8] & ~mask) | (cidr->bytes[bit / 8] & mask));
	}
	if (cidr->length > 0 && random_below(random, 3) == 0)
		address[(cidr->length - 1) / 8] ^= (uint8_t)(0x80u >> (cidr->length - 1) % 8);
}

static bool matches(const struct oracle_cidr *cidr, const uint8_t *address)
{
	for (unsigned int bit = 0; bit < cidr->length; bit++)
		if ((cidr->bytes[bit / 8] ^ address[bit / 8]) & (0x80u >> bit % 8))
			return false;
	return true;
}

static bool list_matches(const struct oracle_list *list, enum ipmasq_family family,
			 const uint8_t *address)
{
	for (size_t i = 0; i < list->count; i++)
		if (list->cidrs[i].family == family && matches(&list->cidrs[i], address))
			return true;
	return false;
}

static bool list_has_family(const struct oracle_list *list, enum ipmasq_family family)
{
	for (size_t i = 0; i < list->count; i++)
		if (list->cidrs[i].family == family)
			return true;
	return false;
}

static bool is_link_local(enum ipmasq_family family, const uint8_t *address)
{
	if (family == IPMASQ_IPV4)
		return address[0] == 169 && address[1] == 254;
	return address[0] == 0xfe && (address[1] & 0xc0) == 0x80;
}

enum ipmasq_verdict oracle_decide(const struct oracle *oracle, enum ipmasq_family family,
				  const uint8_t *address, const uint8_t *source,
				  enum ipmasq_origin *origin)
{
	const struct oracle_list *pods = &oracle->lists[IPMASQ_POD_CIDRS];
	bool six = family == IPMASQ_IPV6;

	*origin = IPMASQ_ORIGIN_PODS;
	if (source && list_has_family(pods, family) && !list_matches(pods, family, source))
		return IPMASQ_RETURN;
	*origin = IPMASQ_ORIGIN_NON_MASQUERADE_SRC;
	if (source && list_matches(&oracle->lists[IPMASQ_NON_MASQUERADE_SRC_CIDRS], family, source))
		return IPMASQ_RETURN;
	*origin = IPMASQ_ORIGIN_MASQUERADE;
	if (list_matches(&oracle->lists[IPMASQ_MASQUERADE_CIDRS], family, address))
		return IPMASQ_MASQUERADE;
	*origin = IPMASQ_ORIGIN_LINK_LOCAL;
	if (is_link_local(family, address) &&
	    !oracle->switches[six ? IPMASQ_MASQ_LINK_LOCAL_IPV6 : IPMASQ_MASQ_LINK_LOCAL])
		return IPMASQ_RETURN;
	*origin = IPMASQ_ORIGIN_NON_MASQUERADE;
	if (list_matches(&oracle->lists[IPMASQ_NON_MASQUERADE_CIDRS], family, address))
		return IPMASQ_RETURN;
	*origin = six ? IPMASQ_ORIGIN_OUT_BOUND_IPV6 : IPMASQ_ORIGIN_OUT_BOUND;
	if (oracle->switches[six ? IPMASQ_MASQ_OUT_BOUND_IPV6 : IPMASQ_MASQ_OUT_BOUND])
		return IPMASQ_MASQUERADE;
	*origin = IPMASQ_ORIGIN_NONE;
	return IPMASQ_RETURN;
}

static int add_list(const struct oracle_list *list, enum ipmasq_list which,
		    struct ipmasq_config *config)
{
	int r = ipmasq_config_set_list(config, which);

	for (size_t i = 0; i < list->count && r == 0; i++) {
		const struct oracle_cidr *cidr = &list->cidrs[i];
		char address[INET6_ADDRSTRLEN];
		char text[INET6_ADDRSTRLEN + 4];

		inet_ntop(cidr->family == IPMASQ_IPV4 ? AF_INET : AF_INET6, cidr->bytes, address,
			  sizeof(address));
		snprintf(text, sizeof(text), "%s/%u", address, cidr->length);
		r = ipmasq_config_add_cidr(config, which, text, NULL);
	}
	return r;
}

int oracle_policy(const struct oracle *oracle, struct ipmasq_policy **policy)
{
	struct ipmasq_options *options = NULL;
	struct ipmasq_config *config = NULL;
	int r = ipmasq_options_new(&options);

	if (r == 0)
		r = ipmasq_options_set_to_ports(options, oracle->to_ports, NULL);
	if (r == 0)
		r = ipmasq_options_set_layout(options, oracle->layout);
	if (r == 0)
		r = ipmasq_config_new(options, &config);
	for (int i = 0; i < ORACLE_LISTS && r == 0; i++)
		r = add_list(&oracle->lists[i], (enum ipmasq_list)i, config);
	for (int i = 0; i < 4 && r == 0; i++)
		r = ipmasq_config_set_bool(config, (enum ipmasq_switch)i, oracle->switches[i]);
	if (r == 0)
		r = ipmasq_policy_new(config, options, NULL, policy);
	ipmasq_config_free(config);
	ipmasq_options_free(options);
	return r;
}
