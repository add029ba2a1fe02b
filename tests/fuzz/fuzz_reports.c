/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A target for libFuzzer: what a kernel reports of changes of nf_tables.
 *
 * The first byte of an input chooses the generation that was seen last; the rest is a datagram of
 * nfnetlink.
 */
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fuzz/fuzz.h"
#include "node/kernel/listener.h"

static void check_generation(int generation)
{
	INSIST(generation == NFT_GENERATION_UNKNOWN || (generation >= 0 && generation <= 0xffff));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct listener *listener;
	static int writer = -1;
	struct listener_news news;
	int seen[2];
	int ends[2];

	if (size < 2)
		return 0;
	if (!listener) {
		INSIST(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0, ends) == 0);
		writer = ends[1];
		listener = listener_new(ends[0]);
		INSIST(listener);
	}
	seen[0] = data[0] & 1 ? NFT_GENERATION_UNKNOWN : data[0];
	seen[1] = data[0] & 2 ? NFT_GENERATION_UNKNOWN : 0xff00 | data[0];
	INSIST(send(writer, data + 1, size - 1, 0) == (ssize_t)(size - 1));
	INSIST(listener_take(listener, "IP-MASQ-AGENT", seen, &news) == 0);
	check_generation(seen[0]);
	check_generation(seen[1]);
	INSIST(!news.lost && !news.more && strlen(news.process) < 16);
	/* All of it was taken. */
	INSIST(listener_take(listener, "IP-MASQ-AGENT", seen, &news) == 0 && !news.ours);
	return 0;
}
