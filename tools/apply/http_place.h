/* SPDX-License-Identifier: Apache-2.0 */
/* The address and port that --listen names. */
#ifndef IPMASQ_HTTP_PLACE_H
#define IPMASQ_HTTP_PLACE_H

#include <sys/socket.h>

struct http_place {
	struct sockaddr_storage address;
	socklen_t length;
	/* As text: "127.0.0.1:9796" or "[::1]:9796". */
	char text[64];
};

/*
 * Reads "ADDRESS:PORT", with brackets around an IPv6 address. ":PORT" and "PORT" mean the IPv4
 * loopback address. Port 0 means any free port. Returns 0, or -EINVAL for any other text.
 */
int http_place_read(struct http_place *place, const char *text);

/* Updates the text after the address has changed. */
void http_place_name(struct http_place *place);

#endif
