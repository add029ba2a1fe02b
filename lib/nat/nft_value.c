/* SPDX-License-Identifier: Apache-2.0 */
#include "nat/nft_value.h"

#include <stdlib.h>
#include <string.h>

#include "util/scalar.h"

struct name {
	const char *name;
	unsigned int value;
};

/* Those that `nft` says by name, by default. */
static const struct name protocols[] = {
	{ "ip", 0 },	    { "icmp", 1 },    { "igmp", 2 },	   { "tcp", 6 },    { "egp", 8 },
	{ "udp", 17 },	    { "dccp", 33 },   { "ipv6", 41 },	   { "gre", 47 },   { "esp", 50 },
	{ "ah", 51 },	    { "icmpv6", 58 }, { "ipv6-icmp", 58 }, { "ospf", 89 },  { "ipip", 94 },
	{ "pim", 103 },	    { "comp", 108 },  { "ipcomp", 108 },   { "vrrp", 112 }, { "sctp", 132 },
	{ "udplite", 136 }, { "mptcp", 262 },
};

static const struct name states[] = {
	{ "invalid", NAT_STATE_INVALID },     { "established", NAT_STATE_ESTABLISHED },
	{ "related", NAT_STATE_RELATED },     { "new", NAT_STATE_NEW },
	{ "untracked", NAT_STATE_UNTRACKED },
};

/* As nft -n says them: the bits of the kernel. */
static const struct name state_bits[] = {
	{ "0x1", NAT_STATE_INVALID },	 { "0x2", NAT_STATE_ESTABLISHED },
	{ "0x4", NAT_STATE_RELATED },	 { "0x8", NAT_STATE_NEW },
	{ "0x40", NAT_STATE_UNTRACKED },
};

/* The others tell of what has no condition: expected, seen-reply, assured, confirmed, dying. */
static const struct name statuses[] = {
	{ "snat", NAT_STATE_SNAT }, { "0x10", NAT_STATE_SNAT }, { "0x00000010", NAT_STATE_SNAT },
	{ "dnat", NAT_STATE_DNAT }, { "0x20", NAT_STATE_DNAT }, { "0x00000020", NAT_STATE_DNAT },
};

/* By name, and as nft -n says them. The rest of the kernel's types have one bit for all, which
 * cannot say which of them it is. */
static const struct name address_types[] = {
	{ "unicast", NAT_ADDRESS_UNICAST },	{ "1", NAT_ADDRESS_UNICAST },
	{ "local", NAT_ADDRESS_LOCAL },		{ "2", NAT_ADDRESS_LOCAL },
	{ "broadcast", NAT_ADDRESS_BROADCAST }, { "3", NAT_ADDRESS_BROADCAST },
	{ "multicast", NAT_ADDRESS_MULTICAST }, { "5", NAT_ADDRESS_MULTICAST },
};

#define IPV4 NAT_FAMILY(IPMASQ_IPV4)
#define IPV6 NAT_FAMILY(IPMASQ_IPV6)

/* Of meta nfproto and meta protocol. */
static const struct name families[] = {
	{ "ip", IPV4 },	  { "ipv4", IPV4 }, { "2", IPV4 },	{ "0x0800", IPV4 }, { "ip6", IPV6 },
	{ "ipv6", IPV6 }, { "10", IPV6 },   { "0x86dd", IPV6 }, { "arp", 0 },	    { "vlan", 0 },
};

static bool find_name(const struct name *names, size_t count, struct nft_slice value,
		      unsigned int *found)
{
	for (size_t i = 0; i < count; i++) {
		if (nft_slice_is(value, names[i].name)) {
			*found = names[i].value;
			return true;
		}
	}
	return false;
}

#define FIND_NAME(names, value, found) find_name(names, ARRAY_SIZE(names), value, found)

static int hex_digit(char c)
{
	const char *digits = "0123456789abcdef0123456789ABCDEF";
	const char *found = c ? strchr(digits, c) : NULL;

	return found ? (int)((found - digits) % 16) : -1;
}

/* A number of up to 128 bits. */
static bool read_wide(struct nft_slice text, struct addr *number)
{
	*number = (struct addr){ 0, 0 };
	if (text.len <= 2 || text.text[0] != '0' || text.text[1] != 'x')
		return scalar_integer(text.text, text.len, &number->lo) == 0;
	for (size_t i = 2; i < text.len; i++) {
		int digit = hex_digit(text.text[i]);

		if (digit < 0 || number->hi >> 60)
			return false;
		number->hi = number->hi << 4 | number->lo >> 60;
		number->lo = number->lo << 4 | (uint64_t)digit;
	}
	return true;
}

bool nft_read_number(struct nft_slice text, uint64_t *number)
{
	struct addr wide;

	if (!read_wide(text, &wide) || wide.hi != 0)
		return false;
	*number = wide.lo;
	return true;
}

/* Splits `a-b`; a value that is none stands for both. */
static void split_range(struct nft_slice text, struct nft_slice *first, struct nft_slice *last)
{
	const char *dash = text.len ? memchr(text.text, '-', text.len) : NULL;

	*first = *last = text;
	if (!dash)
		return;
	first->len = (size_t)(dash - text.text);
	last->text = dash + 1;
	last->len = text.len - first->len - 1;
}

static bool read_prefix(struct nft_slice text, struct prefix *prefix)
{
	enum prefix_error error = prefix_parse(text.text, text.len, prefix);

	return error == PREFIX_OK || error == PREFIX_BARE_ADDRESS || error == PREFIX_HOST_BITS;
}

bool nft_address_range(struct nft_slice text, enum ipmasq_family *family, struct range *range)
{
	struct nft_slice from;
	struct nft_slice to;
	struct prefix first;
	struct prefix last;

	split_range(text, &from, &to);
	if (!read_prefix(from, &first) || !read_prefix(to, &last) || first.family != last.family)
		return false;
	*family = first.family;
	*range = (struct range){ first.addr, prefix_last(&last) };
	return addr_compare(range->first, range->last) <= 0;
}

static struct addr shift_left(struct addr a, unsigned int by)
{
	if (by >= 128)
		return (struct addr){ 0, 0 };
	if (by >= 64)
		return (struct addr){ a.lo << (by - 64), 0 };
	if (by == 0)
		return a;
	return (struct addr){ a.hi << by | a.lo >> (64 - by), a.lo << by };
}

/* An address of which only the first bits are known, as a number or a range of such. */
static bool read_bits(const struct nft_key *key, struct nft_slice value, struct range *range)
{
	struct addr rest = addr_mask(key->bits);
	struct nft_slice from;
	struct nft_slice to;

	split_range(value, &from, &to);
	if (!read_wide(from, &range->first) || !read_wide(to, &range->last))
		return false;
	range->first = shift_left(range->first, 128 - key->bits);
	range->last = shift_left(range->last, 128 - key->bits);
	range->last.hi |= ~rest.hi;
	range->last.lo |= ~rest.lo;
	return addr_compare(range->first, range->last) <= 0;
}

/* What a masked address is compared with. A value with more bits than the mask is never equal. */
static bool read_masked(const struct nft_key *key, struct nft_slice value,
			enum ipmasq_family *family, struct range *range, bool *never)
{
	enum ipmasq_family mask_family;
	struct addr mask;
	struct prefix prefix;
	int len;

	if (addr_parse(key->mask.text, key->mask.len, &mask_family, &mask) != PREFIX_OK ||
	    addr_parse(value.text, value.len, family, &prefix.addr) != PREFIX_OK ||
	    mask_family != *family)
		return false;
	len = addr_mask_len(mask_family, mask);
	if (len < 0)
		return false;
	prefix.len = (uint8_t)len;
	*never = (prefix.addr.hi & ~mask.hi) || (prefix.addr.lo & ~mask.lo);
	*range = (struct range){ prefix.addr, prefix_last(&prefix) };
	return true;
}

static int add_address(struct nft_sum *sum, struct nft_slice value)
{
	const struct nft_key *key = sum->key;
	enum ipmasq_family family = key->families == IPV6 ? IPMASQ_IPV6 : IPMASQ_IPV4;
	struct range range;
	bool never = false;
	bool known;

	if (key->bits && key->mask.len)
		known = false;
	else if (key->bits)
		known = read_bits(key, value, &range);
	else if (key->mask.len)
		known = read_masked(key, value, &family, &range, &never);
	else
		known = nft_address_range(value, &family, &range);
	if (!known || !(key->families & NAT_FAMILY(family)))
		sum->incomplete = true;
	else if (!never)
		return ranges_add_range(&sum->addresses, range.first, range.last);
	return 0;
}

static int add_ports(struct nft_sum *sum, uint64_t first, uint64_t last)
{
	int r = array_grow(&sum->ports, &sum->port_capacity, sum->port_count, sizeof(*sum->ports));

	if (r == 0)
		sum->ports[sum->port_count++] =
			(struct nat_ports){ (uint16_t)first, (uint16_t)last };
	return r;
}

static int add_port(struct nft_sum *sum, struct nft_slice value)
{
	struct nft_slice from;
	struct nft_slice to;
	uint64_t first;
	uint64_t last;

	split_range(value, &from, &to);
	if (nft_read_number(from, &first) && nft_read_number(to, &last) && first <= last &&
	    last <= UINT16_MAX)
		return add_ports(sum, first, last);
	/* A name of a service, with nft -S: which port that is, the machine knew that printed it.
	 */
	sum->incomplete = true;
	return 0;
}

static void add_protocol(struct nft_sum *sum, struct nft_slice value)
{
	struct nft_slice from;
	struct nft_slice to;
	unsigned int named;
	uint64_t first;
	uint64_t last;

	if (FIND_NAME(protocols, value, &named)) {
		first = last = named;
	} else {
		split_range(value, &from, &to);
		if (!nft_read_number(from, &first) || !nft_read_number(to, &last) || last > 255) {
			sum->incomplete = true;
			return;
		}
	}
	/* Beyond 255 there are none in packets. */
	for (uint64_t p = first; p <= last && p <= 255; p++)
		sum->condition.protocols[p / 64] |= UINT64_C(1) << p % 64;
}

static void add_mark(struct nft_sum *sum, struct nft_slice value)
{
	uint64_t mask = UINT32_MAX;
	uint64_t number;

	if (!nft_read_number(value, &number) || number > UINT32_MAX ||
	    (sum->key->mask.len &&
	     (!nft_read_number(sum->key->mask, &mask) || mask > UINT32_MAX))) {
		sum->incomplete = true;
		return;
	}
	sum->condition.mark.number = (uint32_t)number;
	sum->condition.mark.mask = (uint32_t)mask;
}

/* Adds the bits that names stand for, several in a list of commas. */
static void add_bits(struct nft_sum *sum, struct nft_slice value, const struct name *names,
		     size_t count, unsigned int *bits)
{
	struct nft_slice rest = value;

	do {
		const char *comma = rest.len ? memchr(rest.text, ',', rest.len) : NULL;
		struct nft_slice part = rest;
		unsigned int bit;

		if (comma)
			part.len = (size_t)(comma - rest.text);
		rest.text += part.len + (comma != NULL);
		rest.len -= part.len + (comma != NULL);
		while (part.len && *part.text == ' ') {
			part.text++;
			part.len--;
		}
		if (find_name(names, count, part, &bit) ||
		    (names == states && FIND_NAME(state_bits, part, &bit)))
			*bits |= bit;
		else
			sum->incomplete = true;
	} while (rest.len > 0);
}

/* A name, which may end in a `*`: all that begin so. The text is the dump's until the end. */
static void add_interface(struct nft_sum *sum, struct nft_slice value)
{
	struct nat_condition *condition = &sum->condition;
	uint64_t number;

	condition->interface.is_start = value.len > 0 && value.text[value.len - 1] == '*';
	/* An interface that is gone has but a number. */
	if (value.len == 0 || nft_read_number(value, &number))
		sum->incomplete = true;
	sum->name = value;
	sum->name.len -= condition->interface.is_start;
}

void nft_sum_begin(struct nft_sum *sum, const struct nft_key *key)
{
	*sum = (struct nft_sum){ .key = key };
	sum->condition.kind = key->on;
}

void nft_sum_release(struct nft_sum *sum)
{
	ranges_release(&sum->addresses);
	free(sum->ports);
}

bool nft_kind_unites(enum nft_kind kind)
{
	return kind != NFT_INTERFACE && kind != NFT_MARK;
}

int nft_sum_add(struct nft_sum *sum, struct nft_slice value)
{
	struct nat_condition *condition = &sum->condition;
	unsigned int named;
	uint64_t number;

	sum->values++;
	switch (sum->key->kind) {
	case NFT_ADDRESS:
		return add_address(sum, value);
	case NFT_PORT:
		return add_port(sum, value);
	case NFT_PROTOCOL:
		add_protocol(sum, value);
		return 0;
	case NFT_INTERFACE:
		add_interface(sum, value);
		return 0;
	case NFT_MARK:
		add_mark(sum, value);
		return 0;
	case NFT_STATE:
		add_bits(sum, value, states, ARRAY_SIZE(states), &condition->states);
		return 0;
	case NFT_STATUS:
		add_bits(sum, value, statuses, ARRAY_SIZE(statuses), &condition->states);
		return 0;
	case NFT_ADDRESS_TYPE:
		add_bits(sum, value, address_types, ARRAY_SIZE(address_types),
			 &condition->address_types);
		return 0;
	case NFT_FAMILY:
		/* Numbers of others, as nft -n says them. */
		if (nft_read_number(value, &number) && !FIND_NAME(families, value, &named))
			return 0;
		add_bits(sum, value, families, ARRAY_SIZE(families), &sum->families);
		return 0;
	case NFT_OWNER:
	case NFT_CHANCE:
	case NFT_UNKNOWN:
		break;
	}
	return 0;
}

/* All addresses of a family above or below the range of one. */
static int add_addresses_from(struct nft_sum *sum, enum ipmasq_family family, struct range range,
			      bool is_above, bool inclusive)
{
	static const struct addr lowest;
	static const struct addr highest = { UINT64_MAX, UINT64_MAX };

	if (!(sum->key->families & NAT_FAMILY(family))) {
		sum->incomplete = true;
		return 0;
	}
	if (inclusive)
		return is_above ? ranges_add_range(&sum->addresses, range.first, highest)
				: ranges_add_range(&sum->addresses, lowest, range.last);
	if (is_above ? addr_equal(range.last, highest) : addr_equal(range.first, lowest))
		return 0;
	if (is_above)
		return ranges_add_range(&sum->addresses, addr_next(range.last), highest);
	return ranges_add_range(&sum->addresses, lowest, addr_previous(range.first));
}

int nft_sum_add_from(struct nft_sum *sum, struct nft_slice value, bool is_above, bool inclusive)
{
	enum ipmasq_family family;
	struct range range;
	uint64_t port;

	sum->values++;
	if (sum->key->kind == NFT_CHANCE || sum->key->kind == NFT_OWNER)
		return 0;
	if (sum->key->kind == NFT_PORT && nft_read_number(value, &port) && port <= UINT16_MAX) {
		if (is_above && port + !inclusive <= UINT16_MAX)
			return add_ports(sum, port + !inclusive, UINT16_MAX);
		if (!is_above && (inclusive || port > 0))
			return add_ports(sum, 0, port - !inclusive);
		return 0;
	}
	if (sum->key->kind == NFT_ADDRESS && !sum->key->bits && !sum->key->mask.len &&
	    nft_address_range(value, &family, &range))
		return add_addresses_from(sum, family, range, is_above, inclusive);
	sum->incomplete = true;
	return 0;
}

static int end_addresses(struct nft_sum *sum, struct nat_model *model,
			 struct nat_condition *condition)
{
	enum ipmasq_family family = sum->key->families == IPV6 ? IPMASQ_IPV6 : IPMASQ_IPV4;
	struct nat_set *set;
	int r = nat_add_set(model, NULL, family, &set);

	if (r < 0)
		return r;
	ranges_unite(&sum->addresses);
	set->ranges = sum->addresses;
	set->complete = !sum->incomplete;
	sum->addresses = (struct ranges){ 0 };
	condition->set = sum->set = set;
	return 0;
}

int nft_sum_end(struct nft_sum *sum, struct nat_model *model, struct nat_condition *condition)
{
	*condition = sum->condition;
	if (sum->key->kind == NFT_ADDRESS)
		return end_addresses(sum, model, condition);
	/* An address that is local to another interface is unicast to this one. The other types it
	 * does not have either way, as long as it is forwarded. */
	if (sum->key->is_bound && sum->condition.address_types & NAT_ADDRESS_UNICAST)
		sum->incomplete = true;
	if (sum->incomplete) {
		*condition = (struct nat_condition){ .kind = NAT_ON_UNKNOWN };
		return 0;
	}
	if (sum->key->kind == NFT_INTERFACE) {
		condition->interface.name = nat_text(model, sum->name.text, sum->name.len);
		return condition->interface.name ? 0 : -ENOMEM;
	}
	if (sum->key->kind == NFT_PORT) {
		condition->ports.count = sum->port_count;
		condition->ports.ranges =
			nat_copy(model, sum->ports, sum->port_count * sizeof(*sum->ports));
		return condition->ports.ranges ? 0 : -ENOMEM;
	}
	return 0;
}
