/* SPDX-License-Identifier: Apache-2.0 */
/* Log lines on their way to stderr. Nobody waits for their reader. */
#ifndef IPMASQ_LOG_QUEUE_H
#define IPMASQ_LOG_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The lines that wait for the reader have so many bytes at most. */
#define LOG_QUEUE_SIZE 65536

struct log_queue;

/* Makes the line, with its newline, that says how many were dropped. NULL: out of memory. */
typedef char *(*log_queue_notice)(const void *closure, uint64_t dropped);

/* Starts a thread that writes the lines to @fd. 0 or a negative errno. */
int log_queue_start(int fd, log_queue_notice notice, const void *closure, struct log_queue **queue);

/*
 * Adds a line with its newline, or drops it if there is no room. Once a line was dropped, all are
 * until the reader has taken some; then the notice follows, in the place of the lines.
 */
void log_queue_put(struct log_queue *queue, const char *line, size_t length);

/* How many lines were dropped. */
uint64_t log_queue_dropped(struct log_queue *queue);

/* Waits until the lines are written, a second at most, and ends. NULL is fine. */
void log_queue_stop(struct log_queue *queue);

#endif
