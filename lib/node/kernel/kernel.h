/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What does the kernel hold, asked without a program in between?
 *
 * The iptables programs stay the judges: here only those forms are read that they give our own
 * rules. Whatever else concerns us, and whatever is not understood, is theirs to put into words.
 */
#ifndef LIBIPMASQ_KERNEL_H
#define LIBIPMASQ_KERNEL_H

#include "rules/chain_index.h"
#include "rules/chain_name.h"
#include "node/kernel/observation.h"

/* Ask the programs. */
#define KERNEL_UNSURE (-EAGAIN)

/* For the readers of the variants: an observation in the making. Functions that return int return
 * 0, KERNEL_UNSURE or -ENOMEM. */
struct kernel {
	struct observation *obs;
	const char *root;
	enum ipmasq_family family;
	char prefix[CHAIN_PREFIX_MAX];
	struct chain_index chains; /* of obs->rules */
	bool has_postrouting;
	struct rule rule; /* being read */
};

/* Notes a chain of the table; @index: where it is one of ours, else CHAIN_NONE. */
int kernel_add_chain(struct kernel *kernel, const char *name, uint32_t *index);
uint32_t kernel_find_chain(const struct kernel *kernel, const char *name);
int kernel_add_rule(struct kernel *kernel, uint32_t chain, const struct rule *rule);

/* Our jump, rule number @number of POSTROUTING. A second one is for the programs to judge. */
int kernel_add_jump(struct kernel *kernel, size_t number);

/* Of all that was read, and so of all that concerns us. */
void kernel_fingerprint(struct observation *obs);

/*
 * What the kernel sends comes in pieces of any length, and is read in wholes. The first byte of
 * each has the alignment of the source.
 */
#define FRAME_BYTES_MAX 65536

struct frames {
	/* The length of the whole that begins here, as far as it can be told from @len bytes; 0:
	 * it cannot, there is too little yet. */
	size_t (*measure)(void *context, const char *data, size_t len);
	int (*take)(void *context, const char *data, size_t len);
	void *context;
	size_t len;
	char data[2 * FRAME_BYTES_MAX] __attribute__((aligned(8)));
};

int frames_feed(struct frames *frames, const char *data, size_t len);

/* kernel_child.c: run in a child, after fork; they write to stdout and return an exit status. */

/* The messages about all chains of the family, then those about the rules of table nat, chain by
 * chain, then one about the generation of all. */
int kernel_send_nft(int family);
/* A struct ipt_getinfo, filled up to 8 bytes, then the entries of table nat twice. */
int kernel_send_legacy(int family);

/* kernel_nft.c, kernel_legacy.c: what the child wrote, piece by piece, and its end. */
struct nft_reader *nft_reader_new(struct kernel *kernel);
int nft_reader_feed(void *reader, const char *data, size_t len);
int nft_reader_end(struct nft_reader *reader);
void nft_reader_free(struct nft_reader *reader);
struct legacy_reader *legacy_reader_new(struct kernel *kernel);
int legacy_reader_feed(void *reader, const char *data, size_t len);
int legacy_reader_end(struct legacy_reader *reader);
void legacy_reader_free(struct legacy_reader *reader);

#endif
