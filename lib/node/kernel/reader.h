/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads what the kernel sends of its nat table, piece by piece.
 *
 * A reader understands those forms that the iptables programs give our own rules. Of any other rule
 * of our chains it tells either that it differs, which no program can overrule, or that it cannot
 * tell: then the observer has a doubt, and the programs are asked. READER_UNSURE stops the reader:
 * what it saw is not used.
 */
#ifndef LIBIPMASQ_KERNEL_READER_H
#define LIBIPMASQ_KERNEL_READER_H

#include "node/kernel/observer.h"

#define READER_UNSURE (-EAGAIN)

#define READER_FRAME_MAX 65536

/* The first member of each reader. What comes in pieces of any length is taken in frames, such as a
 * message or an entry; the first byte of each has the alignment of the source. */
struct reader {
	struct observer *observer;
	/* The length of the frame that begins with @data; 0: more than @len bytes are needed to
	 * tell. */
	size_t (*measure)(const struct reader *reader, const char *data, size_t len);
	/* 0, READER_UNSURE or -ENOMEM. */
	int (*take)(struct reader *reader, const char *data, size_t len);
	/* Whether everything has come. */
	bool (*is_whole)(const struct reader *reader);
	/* Frees what the reader holds; may be NULL. */
	void (*release)(struct reader *reader);
	/* Set where the reader stops because the rules changed while they came: the next time they
	 * may not. */
	bool changed;
	size_t len;
	char data[READER_FRAME_MAX + READER_FRAME_MAX / 2] __attribute__((aligned(8)));
};

/* @reader is a struct reader. 0, READER_UNSURE or -ENOMEM. */
int reader_feed(void *reader, const char *data, size_t len);

/* After the last piece. 0, or READER_UNSURE where something is missing. */
int reader_end(const struct reader *reader);

void reader_free(struct reader *reader);

#endif
