/* SPDX-License-Identifier: Apache-2.0 */
/* Walks over the flows that a kernel remembers: ctnetlink, by way of libmnl. */
#include "node/kernel/conntrack.h"

#include <libmnl/libmnl.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "node/kernel/flow.h"
#include "node/kernel/netlink.h"
#include "node/kernel/netns_socket.h"
#include "util/ranges.h"

#define BUFFER_SIZE 65536

struct walk {
	enum ipmasq_family family;
	bool (*match)(const struct flow *flow, void *context);
	void *context;
	bool end;
	/* The namespace has no flow. */
	bool none;
	struct conntrack_counts *counts;
	/* Addresses of the machine itself. */
	struct ranges local;
	struct mnl_socket *dump;
	/* For ending flows: a socket in the middle of a dump takes no other request. */
	struct mnl_socket *ender;
	uint32_t seq;
	int error;
	char buffer[BUFFER_SIZE] __attribute__((aligned(8)));
	char answer[BUFFER_SIZE] __attribute__((aligned(8)));
};

static uint8_t address_family(enum ipmasq_family family)
{
	return family == IPMASQ_IPV4 ? AF_INET : AF_INET6;
}

/* A request whose answers are read by libmnl. */
struct question {
	uint32_t seq;
	unsigned int port;
	mnl_cb_t take;
	struct walk *walk;
};

static int take_answer(void *context, const void *answer, size_t len)
{
	const struct question *q = context;
	int r = mnl_cb_run(answer, len, q->seq, q->port, q->take, q->walk);

	return r < 0 ? -errno : r;
}

/* Sends the request in @room, of BUFFER_SIZE bytes, and hands each message of the answers to @take,
 * which may be NULL. */
static int ask_flows(struct walk *walk, struct mnl_socket *socket, char *room, mnl_cb_t take)
{
	const struct nlmsghdr *request = (const void *)room;
	struct question question = { .seq = request->nlmsg_seq,
				     .port = mnl_socket_get_portid(socket),
				     .take = take,
				     .walk = walk };

	return netlink_ask(mnl_socket_get_fd(socket), request, room, BUFFER_SIZE, take_answer,
			   &question);
}

static int take_route(const struct nlmsghdr *header, void *context)
{
	const struct rtmsg *route = mnl_nlmsg_get_payload(header);
	struct walk *walk = context;
	struct prefix prefix = { .len = route->rtm_dst_len, .family = (uint8_t)walk->family };
	struct nlattr *attr;

	if (route->rtm_type != RTN_LOCAL || route->rtm_table != RT_TABLE_LOCAL)
		return MNL_CB_OK;
	mnl_attr_for_each(attr, header, sizeof(*route))
		if (mnl_attr_get_type(attr) == RTA_DST &&
		    mnl_attr_get_payload_len(attr) * 8 == family_bits(walk->family))
			prefix.addr = addr_from_bytes(walk->family, mnl_attr_get_payload(attr));
	if (ranges_add(&walk->local, &prefix) == 0)
		return MNL_CB_OK;
	walk->error = -ENOMEM;
	return MNL_CB_STOP;
}

/* Reads the addresses of interfaces, which `addrtype --dst-type LOCAL` matches. */
static int read_local(struct walk *walk, int netns)
{
	struct mnl_socket *socket = NULL;
	struct nlmsghdr *header = mnl_nlmsg_put_header(walk->buffer);
	struct rtmsg *route;
	int strict = 1;
	int r = netns_socket_open(netns, NETLINK_ROUTE, &socket);

	header->nlmsg_type = RTM_GETROUTE;
	header->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	header->nlmsg_seq = ++walk->seq;
	route = mnl_nlmsg_put_extra_header(header, sizeof(*route));
	route->rtm_family = address_family(walk->family);
	route->rtm_table = RT_TABLE_LOCAL;
	route->rtm_type = RTN_LOCAL;
	if (r == 0) {
		/* Kernels before 4.20 send all tables; take_route() skips the others. */
		mnl_socket_setsockopt(socket, NETLINK_GET_STRICT_CHK, &strict, sizeof(strict));
		r = ask_flows(walk, socket, walk->buffer, take_route);
	}
	if (socket)
		mnl_socket_close(socket);
	ranges_unite(&walk->local);
	return r == 0 ? walk->error : r;
}

static bool is_local(const struct walk *walk, struct addr address)
{
	const struct ranges *local = &walk->local;
	size_t at = addr_first_from(local->ranges, local->count, sizeof(*local->ranges),
				    offsetof(struct range, last), address);

	return at < local->count && addr_compare(local->ranges[at].first, address) <= 0;
}

static void put_copy(struct nlmsghdr *header, const struct nlattr *attr)
{
	if (attr)
		mnl_attr_put(header, attr->nla_type, mnl_attr_get_payload_len(attr),
			     mnl_attr_get_payload(attr));
}

/* The beginning of each request to the table of flows. */
static struct nlmsghdr *put_request(struct walk *walk, char *buffer, uint16_t type, uint16_t flags)
{
	struct nlmsghdr *header = mnl_nlmsg_put_header(buffer);
	struct nfgenmsg *general;

	header->nlmsg_type = NFNL_SUBSYS_CTNETLINK << 8 | type;
	header->nlmsg_flags = NLM_F_REQUEST | flags;
	header->nlmsg_seq = ++walk->seq;
	general = mnl_nlmsg_put_extra_header(header, sizeof(*general));
	general->nfgen_family = address_family(walk->family);
	general->version = NFNETLINK_V0;
	return header;
}

/* The id keeps it from ending a new flow of the same addresses and ports. */
static void end_flow(struct walk *walk, const struct flow_identity *identity)
{
	struct nlmsghdr *header = put_request(walk, walk->answer, IPCTNL_MSG_CT_DELETE, NLM_F_ACK);
	int r;

	put_copy(header, identity->original);
	put_copy(header, identity->zone);
	put_copy(header, identity->id);
	r = ask_flows(walk, walk->ender, walk->answer, NULL);
	if (r == 0)
		walk->counts->ended++;
	else if (r == -EBUSY)
		walk->counts->busy++;
	else if (r != -ENOENT && walk->error == 0)
		walk->error = r;
}

static int take_flow(const struct nlmsghdr *header, void *context)
{
	struct walk *walk = context;
	struct flow_identity identity;
	struct flow flow;

	if (!flow_read(walk->family, header, &flow, &identity) || is_local(walk, flow.src) ||
	    is_local(walk, flow.dst) || !walk->match(&flow, walk->context))
		return MNL_CB_OK;
	walk->counts->matched++;
	if (walk->end)
		end_flow(walk, &identity);
	return MNL_CB_OK;
}

static int take_stats(const struct nlmsghdr *header, void *context)
{
	struct walk *walk = context;
	struct nlattr *attr;

	mnl_attr_for_each(attr, header, sizeof(struct nfgenmsg))
		if (mnl_attr_get_type(attr) == CTA_STATS_GLOBAL_ENTRIES &&
		    mnl_attr_get_payload_len(attr) == sizeof(uint32_t))
			walk->none = mnl_attr_get_u32(attr) == 0;
	return MNL_CB_STOP;
}

/* For a walk the kernel looks into each bucket of its table, which all namespaces share: 262,144 of
 * them take about 9 ms, also where the namespace has no flow. Where the kernel does not tell, there
 * may be some. */
static bool has_flows(struct walk *walk)
{
	put_request(walk, walk->buffer, IPCTNL_MSG_CT_GET_STATS, 0);
	return ask_flows(walk, walk->dump, walk->buffer, take_stats) < 0 || !walk->none;
}

static int walk_flows(struct walk *walk)
{
	int r;

	put_request(walk, walk->buffer, IPCTNL_MSG_CT_GET, NLM_F_DUMP);
	r = ask_flows(walk, walk->dump, walk->buffer, take_flow);
	return r == 0 ? walk->error : r;
}

static int walk_there(struct walk *walk, int netns)
{
	int r = walk->end ? netns_socket_open(netns, NETLINK_NETFILTER, &walk->ender) : 0;

	if (r == 0)
		r = read_local(walk, netns);
	return r == 0 ? walk_flows(walk) : r;
}

/* One of the errors that conntrack_each() promises. */
static int known_error(int r)
{
	switch (r) {
	case 0:
	case -EPERM:
	case -ENOMEM:
		return r;
	case -EACCES:
		return -EPERM;
	case -EPROTONOSUPPORT:
	case -EOPNOTSUPP:
	case -EINVAL:
		return -EOPNOTSUPP;
	default:
		return -EIO;
	}
}

int conntrack_each(int netns, enum ipmasq_family family,
		   bool (*match)(const struct flow *flow, void *context), void *context, bool end,
		   struct conntrack_counts *counts)
{
	struct walk *walk = calloc(1, sizeof(*walk));
	int r;

	*counts = (struct conntrack_counts){ 0 };
	if (!walk)
		return -ENOMEM;
	walk->family = family;
	walk->match = match;
	walk->context = context;
	walk->end = end;
	walk->counts = counts;
	walk->seq = (uint32_t)time(NULL);
	r = netns_socket_open(netns, NETLINK_NETFILTER, &walk->dump);
	if (r == 0 && has_flows(walk))
		r = walk_there(walk, netns);
	if (walk->dump)
		mnl_socket_close(walk->dump);
	if (walk->ender)
		mnl_socket_close(walk->ender);
	ranges_release(&walk->local);
	free(walk);
	return known_error(r);
}
