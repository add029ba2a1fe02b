/* SPDX-License-Identifier: Apache-2.0 */
/* How does a process that stays say what happens? One line a thing on stderr, with its level. */
#ifndef IPMASQ_LOG_H
#define IPMASQ_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ipmasq.h"

enum log_level {
	LEVEL_ERROR,
	LEVEL_WARNING,
	LEVEL_INFO,
};

struct log {
	bool json; /* an object a line; else text */
};

/* What a line is about, for programs; in text as far as the message needs it. 0 or NULL: nothing.
 */
struct log_about {
	const char *event; /* a stable word such as "changed" */
	int family; /* enum ipmasq_family */
	enum ipmasq_backend backend;
	const char *reason; /* of a write */
	const char *code; /* of a finding */
	const char *file;
	unsigned int line;
	unsigned int column;
};

void log_say(const struct log *log, enum log_level level, const struct log_about *about,
	     const char *format, ...) __attribute__((format(printf, 4, 5)));

/* A finding as one line, with what to write instead. */
void log_finding(const struct log *log, const struct ipmasq_finding *finding);

/* FNV-1a, to tell texts apart. */
#define LOG_HASH_START 14695981039346656037u
uint64_t log_hash(uint64_t hash, const void *data, size_t size);

/* What was said lately, so that what lasts is not said again and again. */
#define LOG_MEMORY 64

struct log_memory {
	struct {
		uint64_t hash;
		uint64_t said; /* when, in nanoseconds; 0: nothing is kept here */
	} said[LOG_MEMORY];
};

/* Whether it is time to say it: it is new, or was said an hour ago. Counts as said then. */
bool log_is_due(struct log_memory *memory, uint64_t hash, uint64_t now);
void log_forget(struct log_memory *memory);

#endif
