/* SPDX-License-Identifier: Apache-2.0 */
/* Takes the place of http.c in a build configured --without-http. Nothing listens. */
#include "apply/http.h"

#include <errno.h>

int http_start(struct http_place *place, struct http **http)
{
	(void)place;
	(void)http;
	return -ENOSYS;
}

void http_publish(struct http *http, const struct agent_status *status)
{
	(void)http;
	(void)status;
}

void http_stop(struct http *http)
{
	(void)http;
}
