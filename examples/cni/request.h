/* SPDX-License-Identifier: Apache-2.0 */
/* What the runtime asks for: the variables of the environment, and standard input. */
#ifndef IPMASQ_CNI_REQUEST_H
#define IPMASQ_CNI_REQUEST_H

#include <stddef.h>

#include "cni/error.h"

/* Variables that a command needs. */
#define CNI_NEEDS_CONTAINER 0x1u
#define CNI_NEEDS_NETNS	    0x2u
#define CNI_NEEDS_IFNAME    0x4u

/* The texts are those of the environment; NULL where it has none. */
struct cni_request {
	const char *container;
	const char *netns;
	const char *ifname;
};

/* Reads and checks the variables. @needs is a set of CNI_NEEDS_*; others are not looked at. */
int cni_request_read(unsigned int needs, struct cni_request *request, struct cni_error *error);

/* Whether it is a name as the specification wants them of networks and containers. */
int cni_is_name(const char *text);

/* Reads all of a descriptor. The text is the caller's, and has a NUL behind its end. */
int cni_read_all(int fd, char **text, size_t *size, struct cni_error *error);

#endif
