/* SPDX-License-Identifier: Apache-2.0 */
/* The comment of a rule, or of an element of a map, that stands for an address of a pod: all that
 * is known of the pod, besides the address. */
#ifndef LIBIPMASQ_POD_LABEL_H
#define LIBIPMASQ_POD_LABEL_H

#include "util/common.h"

/* What no other comment begins with. */
#define POD_SIGN "ipmasq-pod "

/* The sign, the three names and a blank between each. xt_comment has room for 255 bytes, and the
 * kernel keeps 256 of an element, of which a comment needs three for itself. */
#define POD_LABEL_MAX (sizeof(POD_SIGN) - 1 + IPMASQ_POD_NAMES_MAX + 2)

/* The parts of a label, in its text. */
struct pod_label {
	const char *network;
	size_t network_len;
	const char *id;
	size_t id_len;
	const char *ifname;
	size_t ifname_len;
};

/* Why it cannot be a network, a container or an interface; NULL: it can. */
const char *pod_name_error(const char *name);

/* The text for names that can be, and fit. */
void pod_label_write(const char *network, const char *id, const char *ifname,
		     char text[POD_LABEL_MAX + 1]);

/* False: it is no label. */
bool pod_label_read(const char *text, size_t len, struct pod_label *label);

#endif
