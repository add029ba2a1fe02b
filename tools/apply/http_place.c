/* SPDX-License-Identifier: Apache-2.0 */
/* The address and port that --listen names. */
#include "apply/http_place.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int read_port(const char *text, in_port_t *port)
{
	size_t digits = strspn(text, "0123456789");
	unsigned long number = strtoul(text, NULL, 10);

	if (digits == 0 || digits > 5 || text[digits] || number > 65535)
		return -EINVAL;
	*port = htons((uint16_t)number);
	return 0;
}

void http_place_name(struct http_place *place)
{
	const struct sockaddr_in *ipv4 = (const struct sockaddr_in *)&place->address;
	const struct sockaddr_in6 *ipv6 = (const struct sockaddr_in6 *)&place->address;
	char address[INET6_ADDRSTRLEN];

	if (place->address.ss_family == AF_INET)
		snprintf(place->text, sizeof(place->text), "%s:%u",
			 inet_ntop(AF_INET, &ipv4->sin_addr, address, sizeof(address)),
			 ntohs(ipv4->sin_port));
	else
		snprintf(place->text, sizeof(place->text), "[%s]:%u",
			 inet_ntop(AF_INET6, &ipv6->sin6_addr, address, sizeof(address)),
			 ntohs(ipv6->sin6_port));
}

static int read_ipv4(struct http_place *place, const char *address, const char *port)
{
	struct sockaddr_in *ipv4 = (struct sockaddr_in *)&place->address;

	ipv4->sin_family = AF_INET;
	place->length = sizeof(*ipv4);
	if (inet_pton(AF_INET, address, &ipv4->sin_addr) != 1)
		return -EINVAL;
	return read_port(port, &ipv4->sin_port);
}

static int read_ipv6(struct http_place *place, const char *address, const char *port)
{
	struct sockaddr_in6 *ipv6 = (struct sockaddr_in6 *)&place->address;

	ipv6->sin6_family = AF_INET6;
	place->length = sizeof(*ipv6);
	if (inet_pton(AF_INET6, address, &ipv6->sin6_addr) != 1)
		return -EINVAL;
	return read_port(port, &ipv6->sin6_port);
}

int http_place_read(struct http_place *place, const char *text)
{
	const char *colon = strrchr(text, ':');
	const char *port = colon ? colon + 1 : text;
	size_t length = colon ? (size_t)(colon - text) : 0;
	char address[INET6_ADDRSTRLEN + 2];
	int r;

	*place = (struct http_place){ 0 };
	if (length >= sizeof(address))
		return -EINVAL;
	memcpy(address, text, length);
	address[length] = '\0';
	if (length == 0) {
		r = read_ipv4(place, "127.0.0.1", port);
	} else if (address[0] == '[' && address[length - 1] == ']') {
		address[length - 1] = '\0';
		r = read_ipv6(place, address + 1, port);
	} else {
		r = read_ipv4(place, address, port);
	}
	if (r == 0)
		http_place_name(place);
	return r;
}
