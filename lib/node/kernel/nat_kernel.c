/* SPDX-License-Identifier: Apache-2.0 */
/* Reads everybody's rules of a network namespace, its interfaces, routes and addresses. */
#include "node/kernel/entries.h"
#include "node/kernel/nat_kernel.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "node/kernel/nat_ipset.h"
#include "node/kernel/nat_legacy_table.h"
#include "node/kernel/nat_nft.h"
#include "node/kernel/nat_sockets.h"
#include "node/kernel/nat_surroundings.h"
#include "util/patience.h"

/* The longest pause before the rules, which may be many, are read anew. */
#define PAUSE_MS_MAX 64

struct reading {
	struct nat_sockets sockets;
	struct nat_live_wire netfilter;
	struct nat_live_wire route;
	struct nat_interfaces interfaces;
	struct nat_draft draft;
	struct nat_ipset_reader ipsets;
	unsigned int families;
	const struct nat_elsewhere *elsewhere;
	const struct nat_known *known;
	struct patience patience;
};

static int take_legacy_table(struct reading *r, enum ipmasq_family family, size_t which,
			     const struct nat_legacy_table *table)
{
	return nat_legacy_read(&r->draft, &r->ipsets.ipsets, family, which, &table->info,
			       table->entries);
}

static int read_legacy_table(struct reading *r, enum ipmasq_family family, size_t which)
{
	const struct nat_legacy_table *known =
		r->known && which == NAT_LEGACY_NAT ? r->known->nat[family == IPMASQ_IPV6] : NULL;
	int fd = r->sockets.inet[family == IPMASQ_IPV6];
	struct nat_legacy_table table = { .entries = NULL };
	int error;

	if (known)
		return take_legacy_table(r, family, which, known);
	do
		error = nat_legacy_table_get(r->elsewhere, fd, family, which, &table);
	while (error == -EAGAIN && patience_left(&r->patience, NAT_KERNEL_PATIENCE_SECONDS));
	/* Its module was taken away. */
	if (error == -ENOENT)
		return 0;
	if (error < 0)
		return error;
	error = take_legacy_table(r, family, which, &table);
	free(table.entries);
	return error;
}

static int read_legacy(struct reading *r, enum ipmasq_family family)
{
	int fd = r->sockets.names[family == IPMASQ_IPV6];
	char names[1024];
	ssize_t len = fd < 0 ? 0 : pread(fd, names, sizeof(names) - 1, 0);
	int error = 0;

	names[len > 0 ? len : 0] = '\0';
	for (size_t i = 0; i < NAT_LEGACY_TABLES && error == 0; i++)
		if (entries_names_have(names, nat_legacy_tables[i]))
			error = read_legacy_table(r, family, i);
	return error;
}

/* A kernel without nf_tables has no rules of it. */
static bool has_no_nft(int error)
{
	return error == -EINVAL || error == -EOPNOTSUPP || error == -EPROTONOSUPPORT ||
	       error == -EAFNOSUPPORT;
}

static int read_rules(struct reading *r)
{
	int error = 0;

	if (r->sockets.netfilter >= 0)
		error = nat_nft_read(&r->draft, &r->netfilter.wire, &r->ipsets.ipsets,
				     &r->interfaces, r->families);
	if (has_no_nft(error))
		error = 0;
	if (error == 0 && r->families & NAT_FAMILY(IPMASQ_IPV4))
		error = read_legacy(r, IPMASQ_IPV4);
	if (error == 0 && r->families & NAT_FAMILY(IPMASQ_IPV6))
		error = read_legacy(r, IPMASQ_IPV6);
	return error;
}

static int read_model(struct reading *r, struct nat_model *model)
{
	int error;

	model->live = true;
	nat_draft_init(&r->draft, model);
	r->draft.proved = r->known ? r->known->proved : NULL;
	nat_ipset_reader_init(&r->ipsets, &r->draft, &r->netfilter.wire, nat_ipset_name,
			      &r->sockets.inet[0]);
	error = read_rules(r);
	if (error == 0)
		error = r->draft.error;
	nat_ipset_reader_release(&r->ipsets);
	nat_draft_release(&r->draft);
	return error == 0 ? nat_model_finish(model) : error;
}

static int read_view(struct reading *r, struct ipmasq_nat **nat)
{
	struct ipmasq_nat *made;
	int error = nat_view_new(&made);

	if (error < 0)
		return error;
	error = read_model(r, made->model);
	if (error == 0)
		error = nat_surroundings_read(&r->route.wire, &r->interfaces, r->families, made);
	if (error == 0)
		*nat = made;
	else
		ipmasq_nat_free(made);
	return error;
}

static int start(struct reading *r, int netns)
{
	int error = nat_sockets_open(netns, &r->sockets);

	if (error < 0)
		return error;
	error = nat_live_wire_init(&r->netfilter, r->sockets.netfilter);
	if (error == 0)
		error = nat_live_wire_init(&r->route, r->sockets.route);
	return error == 0 ? nat_interfaces_read(&r->route.wire, &r->interfaces) : error;
}

/* One of the errors that nat_kernel_read() promises. */
static int known_error(int error)
{
	switch (error) {
	case 0:
	case -EPERM:
	case -ENOMEM:
		return error;
	case -EACCES:
		return -EPERM;
	case -EINTR:
		return -EAGAIN;
	default:
		return -EIO;
	}
}

int nat_kernel_read(int netns, unsigned int families, const struct nat_elsewhere *elsewhere,
		    const struct nat_known *known, struct ipmasq_nat **nat)
{
	struct reading r = { .families = families,
			     .elsewhere = elsewhere,
			     .known = known,
			     .patience = { .pause_ms_max = PAUSE_MS_MAX } };
	int error = start(&r, netns);

	while (error == 0) {
		error = read_view(&r, nat);
		if (error != -EINTR || !patience_left(&r.patience, NAT_KERNEL_PATIENCE_SECONDS))
			break;
		error = 0;
	}
	nat_interfaces_release(&r.interfaces);
	nat_live_wire_release(&r.netfilter);
	nat_live_wire_release(&r.route);
	nat_sockets_close(&r.sockets);
	return known_error(error);
}
