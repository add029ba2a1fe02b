/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads ipsets that matches refer to. A rule has the number of a set, by which the kernel tells its
 * name, and by that it lists the elements. Of an element only the first address is known here; with
 * a port or an interface it is partial.
 */
#include "node/kernel/nat_ipset.h"

#include <arpa/inet.h>

#include <libmnl/libmnl.h>
#include <linux/netfilter/ipset/ip_set.h>
#include <linux/netfilter/nfnetlink.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "node/kernel/nft_rule.h"

/* Linux 2.6.39 and later. */
#define PROTOCOL IPSET_PROTOCOL_MIN

int nat_ipset_name(void *context, uint16_t index, char *name, size_t size)
{
	struct ip_set_req_get_set request = { .op = IP_SET_OP_GET_BYINDEX,
					      .version = PROTOCOL,
					      .set.index = index };
	struct ip_set_req_version version = { .op = IP_SET_OP_VERSION };
	socklen_t len = sizeof(version);
	const int *fd = context;

	/* It takes only its own version. */
	if (getsockopt(*fd, SOL_IP, SO_IP_SET, &version, &len) < 0)
		return -errno;
	request.version = version.version;
	len = sizeof(request);
	if (getsockopt(*fd, SOL_IP, SO_IP_SET, &request, &len) < 0)
		return -errno;
	len = (socklen_t)strnlen(request.set.name, sizeof(request.set.name));
	if (len == 0 || len >= size)
		return -ENOENT;
	memcpy(name, request.set.name, len);
	name[len] = '\0';
	return 0;
}

struct listing {
	struct nat_set *set;
	enum ipmasq_family family;
	/* Its elements are no addresses of the family. */
	bool other;
};

static bool address_of(const struct nlattr *attr, enum ipmasq_family family, struct addr *address)
{
	uint16_t type = family == IPMASQ_IPV4 ? IPSET_ATTR_IPADDR_IPV4 : IPSET_ATTR_IPADDR_IPV6;
	const struct nlattr *bytes = nft_find(attr, type);

	if (!bytes || mnl_attr_get_payload_len(bytes) * 8 != family_bits(family))
		return false;
	*address = addr_from_bytes(family, mnl_attr_get_payload(bytes));
	return true;
}

/* What makes an element more than an address. */
static bool is_partial(const struct nlattr *element)
{
	static const uint16_t more[] = { IPSET_ATTR_PORT, IPSET_ATTR_IP2, IPSET_ATTR_IFACE,
					 IPSET_ATTR_MARK, IPSET_ATTR_ETHER };

	for (size_t i = 0; i < ARRAY_SIZE(more); i++)
		if (nft_find(element, more[i]))
			return true;
	return false;
}

static int add_element(struct listing *l, const struct nlattr *element)
{
	const struct nlattr *len = nft_find(element, IPSET_ATTR_CIDR);
	const struct nlattr *to = nft_find(element, IPSET_ATTR_IP_TO);
	struct prefix prefix = { .len = (uint8_t)family_bits(l->family),
				 .family = (uint8_t)l->family };
	uint32_t flags = 0;
	struct addr last;

	if (!address_of(nft_find(element, IPSET_ATTR_IP), l->family, &prefix.addr)) {
		l->other = true;
		return 0;
	}
	l->set->partial |= is_partial(element);
	nft_number(element, IPSET_ATTR_CADT_FLAGS, &flags);
	/* It is an exception from a larger one, of which it is not clear what is left. */
	if (flags & IPSET_FLAG_NOMATCH) {
		l->set->partial = true;
		return 0;
	}
	if (to && address_of(to, l->family, &last))
		return ranges_add_range(&l->set->ranges, prefix.addr, nat_last(l->family, last));
	if (len && mnl_attr_get_payload_len(len) == 1 &&
	    mnl_attr_get_u8(len) <= family_bits(l->family))
		prefix.len = mnl_attr_get_u8(len);
	return ranges_add(&l->set->ranges, &prefix);
}

/* The sets of a list have names instead of addresses. A type that may have none of either is known
 * by its name. */
static bool is_of_addresses(const struct nlmsghdr *message)
{
	const char *type = NULL;
	struct nlattr *attr;

	mnl_attr_for_each(attr, message, sizeof(struct nfgenmsg))
		if (mnl_attr_get_type(attr) == IPSET_ATTR_TYPENAME &&
		    mnl_attr_validate(attr, MNL_TYPE_NUL_STRING) == 0)
			type = mnl_attr_get_str(attr);
	return !type || strncmp(type, "hash:ip", 7) == 0 || strncmp(type, "hash:net", 8) == 0 ||
	       strncmp(type, "bitmap:ip", 9) == 0;
}

static int take_listing(void *context, const struct nlmsghdr *message)
{
	struct listing *l = context;
	struct nlattr *element;
	struct nlattr *attr;

	if (mnl_nlmsg_get_payload_len(message) < sizeof(struct nfgenmsg))
		return -EBADMSG;
	l->other |= !is_of_addresses(message);
	mnl_attr_for_each(attr, message, sizeof(struct nfgenmsg)) {
		if (mnl_attr_get_type(attr) == IPSET_ATTR_FAMILY &&
		    mnl_attr_get_payload_len(attr) == 1)
			l->other |= mnl_attr_get_u8(attr) !=
				    (l->family == IPMASQ_IPV4 ? AF_INET : AF_INET6);
		if (mnl_attr_get_type(attr) != IPSET_ATTR_ADT)
			continue;
		mnl_attr_for_each_nested(element, attr) {
			int r = add_element(l, element);

			if (r < 0)
				return r;
		}
	}
	return 0;
}

static int ask_elements(struct nat_ipset_reader *reader, const char *name, struct listing *l)
{
	char room[128] __attribute__((aligned(8)));
	struct nlmsghdr *request = mnl_nlmsg_put_header(room);
	struct nfgenmsg *nfgen;

	request->nlmsg_type = NFNL_SUBSYS_IPSET << 8 | IPSET_CMD_LIST;
	request->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	nfgen = mnl_nlmsg_put_extra_header(request, sizeof(*nfgen));
	nfgen->nfgen_family = l->family == IPMASQ_IPV4 ? AF_INET : AF_INET6;
	nfgen->version = NFNETLINK_V0;
	mnl_attr_put_u8(request, IPSET_ATTR_PROTOCOL, PROTOCOL);
	mnl_attr_put_strz(request, IPSET_ATTR_SETNAME, name);
	return reader->wire->ask(reader->wire, request, take_listing, l);
}

static void read_elements(struct nat_ipset_reader *reader, struct nat_ipset *found)
{
	struct listing l = { .family = found->family,
			     .set = nat_draft_new_set(reader->draft, found->family) };
	int r;

	if (!l.set)
		return;
	l.set->name = strdup(found->name);
	r = l.set->name ? ask_elements(reader, found->name, &l) : -ENOMEM;
	ranges_unite(&l.set->ranges);
	if (r == 0 && !l.other)
		found->set = l.set;
	if (r == -ENOMEM)
		reader->draft->error = -ENOMEM;
}

static const struct nat_set *find(struct nat_ipsets *sets, uint16_t index,
				  enum ipmasq_family family, const char **name)
{
	struct nat_ipset_reader *reader = (struct nat_ipset_reader *)sets;
	struct nat_ipset made = { .index = index, .family = family };
	char text[IPSET_MAXNAMELEN];

	for (size_t i = 0; i < reader->count; i++)
		if (reader->known[i].index == index && reader->known[i].family == family) {
			*name = reader->known[i].name;
			return reader->known[i].set;
		}
	if (array_grow(&reader->known, &reader->capacity, reader->count, sizeof(*reader->known)) <
	    0) {
		reader->draft->error = -ENOMEM;
		return NULL;
	}
	if (reader->name_of(reader->context, index, text, sizeof(text)) == 0) {
		made.name = strdup(text);
		if (made.name)
			read_elements(reader, &made);
		else
			reader->draft->error = -ENOMEM;
	}
	reader->known[reader->count++] = made;
	*name = made.name;
	return made.set;
}

void nat_ipset_reader_init(struct nat_ipset_reader *reader, struct nat_draft *draft,
			   struct nat_wire *wire,
			   int (*name_of)(void *context, uint16_t index, char *name, size_t size),
			   void *context)
{
	*reader = (struct nat_ipset_reader){ .ipsets.find = find,
					     .draft = draft,
					     .wire = wire,
					     .name_of = name_of,
					     .context = context };
}

void nat_ipset_reader_release(struct nat_ipset_reader *reader)
{
	for (size_t i = 0; i < reader->count; i++)
		free(reader->known[i].name);
	free(reader->known);
}
