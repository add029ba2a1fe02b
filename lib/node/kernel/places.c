/* SPDX-License-Identifier: Apache-2.0 */
/* Where a chain of ours may be. */
#include "node/kernel/places.h"

#include <fcntl.h>
#include <linux/netfilter/nf_tables.h>
#include <unistd.h>

#include "node/kernel/entries.h"
#include "node/kernel/native_socket.h"
#include "node/kernel/netns_socket.h"
#include "rules/nft_form.h"

static int take_nothing(void *context, const struct nlmsghdr *message)
{
	(void)context;
	(void)message;
	return 0;
}

/* Whether the kernel knows what was asked for; also a kernel without nf_tables does not. */
static int judge(int r, bool *is_there)
{
	*is_there = r == 0;
	switch (r) {
	case -ENOENT:
	case -EINVAL:
	case -EPROTONOSUPPORT:
	case -EOPNOTSUPP:
	case -EAFNOSUPPORT:
		return 0;
	default:
		return r;
	}
}

static int ask_chain(struct native_socket *socket, const char *table, const char *chain,
		     bool *is_there)
{
	struct nlmsghdr *question = native_question(socket, NFT_MSG_GETCHAIN, 0);

	mnl_attr_put_strz(question, NFTA_CHAIN_TABLE, table);
	mnl_attr_put_strz(question, NFTA_CHAIN_NAME, chain);
	return judge(native_ask(socket, take_nothing, NULL), is_there);
}

static int ask_table(struct native_socket *socket, bool *is_there)
{
	mnl_attr_put_strz(native_question(socket, NFT_MSG_GETTABLE, 0), NFTA_TABLE_NAME, NFT_TABLE);
	return judge(native_ask(socket, take_nothing, NULL), is_there);
}

struct listing {
	const char *path;
	int error;
	char text[1024];
};

/* Without the module there is no such file. */
static void read_listing(void *context)
{
	struct listing *listing = context;
	int fd = open(listing->path, O_RDONLY | O_CLOEXEC);
	ssize_t len;

	if (fd < 0) {
		listing->error = errno == ENOENT ? 0 : -errno;
		return;
	}
	len = read(fd, listing->text, sizeof(listing->text) - 1);
	listing->error = len < 0 ? -errno : 0;
	if (len >= 0)
		listing->text[len] = '\0';
	close(fd);
}

static int read_legacy(int netns, enum ipmasq_family family, bool *is_there)
{
	struct listing listing = { .path = family == IPMASQ_IPV6
						   ? "/proc/thread-self/net/ip6_tables_names"
						   : "/proc/thread-self/net/ip_tables_names" };
	int r = netns_call(netns, read_listing, &listing);

	*is_there = entries_names_have(listing.text, "nat");
	return r < 0 ? r : listing.error;
}

/* These are of no one generation, which does no harm: whoever changes what is ours holds a lock. */
static int ask_nft(struct native_socket *socket, const char *chain, const char *base,
		   struct places *places)
{
	int r = ask_chain(socket, "nat", chain, &places->nft);

	native_begin(socket);
	if (r == 0)
		r = ask_table(socket, &places->native);
	native_begin(socket);
	return r < 0 ? r : ask_chain(socket, NFT_TABLE, base, &places->native_chain);
}

int places_look(int netns, enum ipmasq_family family, const char *chain, struct places *places)
{
	struct native_socket *socket = NULL;
	char base[NFT_NAME_MAX + 1];
	int r = native_open(netns, family, &socket);

	*places = (struct places){ .nft = false };
	nft_name(chain, base);
	if (r == 0)
		r = ask_nft(socket, chain, base, places);
	native_close(socket);
	/* A kernel without nfnetlink. */
	if (r == -EPROTONOSUPPORT || r == -EAFNOSUPPORT)
		r = 0;
	return r < 0 ? r : read_legacy(netns, family, &places->legacy);
}
