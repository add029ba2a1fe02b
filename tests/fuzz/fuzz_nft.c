/* SPDX-License-Identifier: Apache-2.0 */
/* A target for libFuzzer: the nat table of nf_tables, as the kernel sends it. */
#include "fuzz/fuzz.h"
#include "fuzz/observing.h"
#include "node/kernel/nft.h"

static struct reader *read_all(struct observer *observer)
{
	return nft_reader_new(observer, NULL);
}

static struct reader *read_scope(struct observer *observer)
{
	static struct send_scope scope;

	send_scope_set(&scope, observer->root);
	return nft_reader_new(observer, &scope);
}

/* The highest bit tells what was asked for. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	observe_twice(size > 0 && data[0] & 0x80 ? read_scope : read_all, data, size);
	return 0;
}
