/* SPDX-License-Identifier: Apache-2.0 */
/* The log of the agent: one line per event on stderr, with its level. */
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

struct log_queue;

struct log {
	/* One JSON object per line, instead of text. */
	bool json;
	/* NULL: lines are written at once, which waits for the reader. */
	struct log_queue *queue;
};

/* From now on lines wait for their reader in a bounded queue. @log must stay where it is. */
void log_start(struct log *log);

/* Writes what the reader takes within a second. */
void log_stop(struct log *log);

/* How many lines were dropped since nobody read the log. */
uint64_t log_dropped(const struct log *log);

/* What a line is about. JSON has all members, text only those that people need. 0 or NULL: none. */
struct log_about {
	/* A stable word such as "changed". */
	const char *event;
	/* An enum ipmasq_family. */
	int family;
	enum ipmasq_backend backend;
	/* Why the node was written to. */
	const char *reason;
	/* The code of a finding. */
	const char *code;
	const char *file;
	unsigned int line;
	unsigned int column;
};

/* Messages longer than this are cut, in bytes: they may quote texts of others without a limit. */
#define LOG_MESSAGE_MAX 4096

void log_say(const struct log *log, enum log_level level, const struct log_about *about,
	     const char *format, ...) __attribute__((format(printf, 4, 5)));

/* Logs a finding as one line, with its suggestion. */
void log_finding(const struct log *log, const struct ipmasq_finding *finding);

/*
 * Recent messages, so that a lasting condition is not logged repeatedly. There is room for more
 * than one look at the node and one round of lookups say.
 */
#define LOG_MEMORY 1024

struct log_memory {
	struct {
		uint64_t hash;
		/* When, in nanoseconds. 0: this slot and all after it are free. */
		uint64_t said;
	} said[LOG_MEMORY];
};

/* Whether a message is due: it is new, or an hour old. If so, remembers it. */
bool log_is_due(struct log_memory *memory, uint64_t hash, uint64_t now);
void log_forget(struct log_memory *memory);

#endif
