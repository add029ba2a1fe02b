/* SPDX-License-Identifier: Apache-2.0 */
/* In the place of http.c where the build was configured --without-http: nothing listens. */
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
