/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of this folder share: the node with its options, and how trouble is handed on. */
#ifndef LIBIPMASQ_NODE_H
#define LIBIPMASQ_NODE_H

#include "util/diag.h"

#define BACKENDS 3 /* enum ipmasq_backend */

enum answer { ANSWER_UNKNOWN, ANSWER_YES, ANSWER_NO };

struct ipmasq_node {
	enum ipmasq_backend backend;
	unsigned int wait; /* seconds */
	int netns; /* -1: the caller's own */
	char *search_path;
	bool direct; /* the programs are the system's own: the kernel may be read without them */
	char *lock_file; /* NULL: the programs' own default */
	unsigned int limit_ms; /* for a program, beyond the wait for the lock */
	enum ipmasq_flows flows;
	int stop_fd; /* readable: the caller stops; -1: there is none */
	const char *ipv6_dir; /* there when the kernel does IPv6 */
	/* Whether MASQUERADE takes --random-fully: asked once. */
	enum answer random_fully[2][BACKENDS];
};

#define NODE_LIMIT_MS 60000
#define LOCK_FILE     "/run/xtables.lock"

static inline size_t family_index(enum ipmasq_family family)
{
	return family == IPMASQ_IPV6;
}

static inline const char *family_name(enum ipmasq_family family)
{
	return family == IPMASQ_IPV6 ? "IPv6" : "IPv4";
}

/*
 * Trouble that is perhaps a finding: whether it is depends on who asked, since AUTO goes on without
 * what is not there.
 */
struct failure {
	int error; /* negative errno */
	const char
		*code; /* of the finding; NULL: out of memory, of which there is nothing to say */
	bool no_table; /* the kernel has no such table */
	bool killed; /* a signal ended the program: it has not answered anything */
	size_t line; /* of the script, from 1; 0: none is named */
	char text[1024];
};

/* Fills @failure in; returns @error. */
int failure_set(struct failure *failure, int error, const char *code, const char *format, ...)
	PRINTF_LIKE(4, 5);

#endif
