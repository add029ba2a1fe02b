/* SPDX-License-Identifier: Apache-2.0 */
/* What a running node tells beyond its rules: interfaces, routes and its own addresses. */
#include "node/kernel/nat_surroundings.h"

#include <stdlib.h>
#include <string.h>

#include "node/kernel/nat_routes.h"

static int add_interfaces(const struct nat_interfaces *interfaces, struct ipmasq_nat *nat)
{
	nat->interfaces = calloc(interfaces->count + 1, sizeof(const char *));
	if (!nat->interfaces)
		return -ENOMEM;
	for (size_t i = 0; i < interfaces->count; i++) {
		const char *name = interfaces->names[i];

		nat->interfaces[i] = nat_text(nat->model, name, strlen(name));
		if (!nat->interfaces[i])
			return -ENOMEM;
		nat->interface_count++;
	}
	return 0;
}

/* The name in the model of the interface with this index; NULL: there is none. */
static const char *name_of(const struct nat_interfaces *interfaces, const struct ipmasq_nat *nat,
			   uint32_t index)
{
	for (size_t i = 0; i < interfaces->count; i++)
		if (interfaces->indices[i] == index)
			return nat->interfaces[i];
	return NULL;
}

static int add_routes(const struct nat_route_map *map, const struct nat_interfaces *interfaces,
		      const struct ipmasq_nat *nat, struct nat_routes *routes)
{
	for (size_t i = 0; i < map->count; i++) {
		const struct nat_route_range *range = &map->ranges[i];
		struct nat_route route = { .first = range->first, .last = range->last };

		if (range->out == NAT_ROUTE_LOCAL)
			route.type = NAT_ADDRESS_LOCAL;
		else if (range->out == NAT_ROUTE_BROADCAST)
			route.type = NAT_ADDRESS_BROADCAST;
		else
			route.interface = name_of(interfaces, nat, range->out);
		if (array_grow(&routes->routes, &routes->capacity, routes->count,
			       sizeof(*routes->routes)) < 0)
			return -ENOMEM;
		routes->routes[routes->count++] = route;
	}
	return 0;
}

static int add_family(struct nat_wire *wire, const struct nat_interfaces *interfaces,
		      enum ipmasq_family family, struct ipmasq_nat *nat)
{
	size_t index = family == IPMASQ_IPV6;
	struct nat_route_table table;
	int r = nat_routes_read(wire, family, &table);

	if (r == 0)
		r = add_routes(&table.map, interfaces, nat, &nat->routes[index]);
	if (r == 0) {
		nat->addresses[index] = table.own;
		table.own = (struct ranges){ 0 };
	}
	nat_route_table_release(&table);
	return r;
}

int nat_surroundings_read(struct nat_wire *wire, const struct nat_interfaces *interfaces,
			  unsigned int families, struct ipmasq_nat *nat)
{
	int r = add_interfaces(interfaces, nat);

	if (r == 0 && families & NAT_FAMILY(IPMASQ_IPV4))
		r = add_family(wire, interfaces, IPMASQ_IPV4, nat);
	if (r == 0 && families & NAT_FAMILY(IPMASQ_IPV6))
		r = add_family(wire, interfaces, IPMASQ_IPV6, nat);
	nat->addresses_known = r == 0;
	return r;
}
