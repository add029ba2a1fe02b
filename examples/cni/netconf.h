/* SPDX-License-Identifier: Apache-2.0 */
/* The network configuration of one call: what it holds, and how to speak of its places. */
#ifndef IPMASQ_CNI_NETCONF_H
#define IPMASQ_CNI_NETCONF_H

#include <ipmasq.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "cni/error.h"
#include "cni/json_place.h"

struct json_object;

/* Versions of the protocol that are spoken, in ascending order. */
enum cni_version {
	CNI_0_3_1,
	CNI_0_4_0,
	CNI_1_0_0,
	CNI_1_1_0,
	CNI_VERSIONS,
};

extern const char *const cni_version_names[CNI_VERSIONS];

/* The texts belong to root. */
struct netconf {
	/* Where to tell people what is no error; NULL: nowhere. */
	FILE *notes;
	char *text;
	size_t size;
	struct json_object *root;
	enum cni_version version;
	const char *name;
	const char *profile;
	const char *policy_file;
	const char *chain_prefix;
	const char *backend_name;
	enum ipmasq_backend backend;
	/* Whether the containers' addresses of that family are looked at. */
	bool ipv4;
	/* Auto: as the profile has it. */
	enum ipmasq_mode ipv6;
	/* The text of "policy" and of "prevResult"; empty: not given. */
	struct json_span policy;
	struct json_span previous;
};

/* notes stays. */
void netconf_free(struct netconf *conf);

/* A string of the configuration, or NULL. */
const char *netconf_string(const struct netconf *conf, const char *key);

/* Where the value of a key stands; of a key that is missing where the whole begins. */
struct json_span netconf_place(const struct netconf *conf, const char *key);

/* Tells people something, one line. */
void netconf_note(const struct netconf *conf, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* An error about what stands at @offset: says the network, the line and the column. -1. */
int netconf_fail(const struct netconf *conf, struct cni_error *error, enum cni_code code,
		 size_t offset, const char *format, ...) __attribute__((format(printf, 5, 6)));

#endif
