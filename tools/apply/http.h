/* SPDX-License-Identifier: Apache-2.0 */
/* Serves /metrics, /healthz and /readyz over HTTP. */
#ifndef IPMASQ_HTTP_H
#define IPMASQ_HTTP_H

#include <stdbool.h>

#include "apply/agent_status.h"
#include "apply/http_place.h"

struct http;

/* Without HTTP (configure --without-http), http_start() fails with -ENOSYS. */
#ifdef HAVE_HTTP
#define HTTP_BUILT true
#define HTTP_NOTE  ""
#else
#define HTTP_BUILT false
#define HTTP_NOTE  "\n(not in this build: it was built without HTTP)"
#endif

/*
 * Serves from a thread of its own, so that it can also report that the loop is stuck. @place gets
 * the port in use. Returns 0, -ENOMEM or an error of socket(2), bind(2) or listen(2).
 */
int http_start(struct http_place *place, struct http **http);

/* Serves this status from now on. */
void http_publish(struct http *http, const struct agent_status *status);

void http_stop(struct http *http);

#endif
