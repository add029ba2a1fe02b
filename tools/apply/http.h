/* SPDX-License-Identifier: Apache-2.0 */
/* Answers those who ask how the agent is, over HTTP and in a file. */
#ifndef IPMASQ_HTTP_H
#define IPMASQ_HTTP_H

#include <sys/socket.h>

#include "apply/agent_status.h"

/* Where to listen: an address with its port. */
struct http_place {
	struct sockaddr_storage address;
	socklen_t length;
	char text[64]; /* "127.0.0.1:9796", "[::1]:9796" */
};

/*
 * Reads "ADDRESS:PORT", where an IPv6 address stands in brackets. ":PORT" and "PORT" mean the IPv4
 * loopback address; port 0 means any that is free. -EINVAL when it is none of these.
 */
int http_place_read(struct http_place *place, const char *text);
/* Writes the text anew. */
void http_place_name(struct http_place *place);

struct http;

/* --without-http: http_start() fails with -ENOSYS, so nobody is to come that far. */
#ifdef HAVE_HTTP
#define HTTP_BUILT true
#define HTTP_NOTE  ""
#else
#define HTTP_BUILT false
#define HTTP_NOTE  "\n(not in this one: it was built without HTTP)"
#endif

/*
 * Serves /metrics, /healthz and /readyz from a thread of its own, so that a loop that is stuck is
 * told of too. The text of @place becomes what was taken in the end. Errors are those of socket(2),
 * bind(2) and listen(2), and -ENOMEM.
 */
int http_start(struct http_place *place, struct http **http);
/* From now on this is what is told. */
void http_publish(struct http *http, const struct agent_status *status);
void http_stop(struct http *http);

/*
 * Puts the metrics into a file, by rename(2), so that nobody reads half of them. What is being
 * written has ".tmp" behind its name, which node-exporter passes over. A negative errno when that
 * failed; an older file is then still there.
 */
int metrics_file_write(const char *path, const struct agent_status *status);

#endif
