/* SPDX-License-Identifier: Apache-2.0 */
/* What is known of a node beside its rules, and the notes on what is not. */
#include <stdlib.h>

#include "nat/view.h"

static size_t index_of(enum ipmasq_family family)
{
	return family == IPMASQ_IPV6;
}

int nat_view_new(struct ipmasq_nat **nat)
{
	struct ipmasq_nat *made = calloc(1, sizeof(*made));

	if (!made)
		return -ENOMEM;
	if (nat_model_new(&made->model) < 0) {
		free(made);
		return -ENOMEM;
	}
	*nat = made;
	return 0;
}

IPMASQ_EXPORT void ipmasq_nat_free(struct ipmasq_nat *nat)
{
	if (!nat)
		return;
	for (size_t i = 0; i < ARRAY_SIZE(nat->routes); i++) {
		free(nat->routes[i].routes);
		ranges_release(&nat->addresses[i]);
	}
	free(nat->interfaces);
	nat_model_free(nat->model);
	free(nat);
}

IPMASQ_EXPORT const char *ipmasq_nat_note(const struct ipmasq_nat *nat, size_t index)
{
	if (!nat || index >= nat->model->note_count)
		return NULL;
	return nat->model->notes[index];
}

const struct nat_route *nat_view_route(const struct ipmasq_nat *nat, enum ipmasq_family family,
				       struct addr address)
{
	const struct nat_routes *routes = &nat->routes[index_of(family)];
	size_t at = addr_first_from(routes->routes, routes->count, sizeof(*routes->routes),
				    offsetof(struct nat_route, last), address);

	if (at == routes->count || addr_compare(routes->routes[at].first, address) > 0)
		return NULL;
	return &routes->routes[at];
}

void nat_view_place(const struct ipmasq_nat *nat, const struct nat_packet *packet,
		    struct nat_place *place)
{
	const struct nat_route *out = nat_view_route(nat, packet->family, packet->destination);
	const struct nat_route *in = NULL;

	if (packet->has_source)
		in = nat_view_route(nat, packet->family, packet->source);
	*place = (struct nat_place){
		.out_interface = out ? out->interface : NULL,
		.in_interface = in ? in->interface : NULL,
		.interfaces = nat->interfaces,
		.interface_count = nat->interface_count,
		.destination_type = out ? out->type : 0,
	};
}

enum nat_match nat_view_is_own(const struct ipmasq_nat *nat, enum ipmasq_family family,
			       struct addr address)
{
	const struct ranges *own = &nat->addresses[index_of(family)];

	if (!nat->addresses_known)
		return NAT_MAYBE;
	for (size_t i = 0; i < own->count; i++) {
		if (addr_compare(own->ranges[i].first, address) <= 0 &&
		    addr_compare(own->ranges[i].last, address) >= 0)
			return NAT_YES;
	}
	return NAT_NO;
}
