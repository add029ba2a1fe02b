/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A target for libFuzzer: what iptables-save prints of the nat table.
 *
 * The first byte of an input chooses the family and how long the pieces are; the rest is the text.
 * It is read as a whole and in pieces, which must give the same observation.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz/fuzz.h"
#include "fuzz/observing.h"
#include "node/lines.h"
#include "node/observe.h"

struct output {
	const char *data;
	size_t size;
	size_t piece;
};

static int save(const void *context,
		int (*line)(void *reader, const char *text, size_t len, bool cut), void *reader,
		struct failure *failure)
{
	/* Cleared by hand: zeroes for its whole buffer would take most of the time. */
	static struct lines lines;
	const struct output *output = context;
	int r = 0;

	(void)failure;
	lines.line = line;
	lines.context = reader;
	lines.len = 0;
	lines.quoted = lines.escaped = lines.cut = false;
	lines.before = '\0';
	for (size_t at = 0; r == 0 && at < output->size; at += output->piece)
		r = lines_feed(&lines, output->data + at,
			       output->size - at < output->piece ? output->size - at
								 : output->piece);
	return r == 0 ? lines_end(&lines) : r;
}

static int observe_text(enum ipmasq_family family, const char *data, size_t size, size_t piece,
			uint64_t *fingerprint)
{
	struct output output = { data, size, piece };
	struct observation obs;
	struct failure failure;
	int r = observe_output(family, "IP-MASQ-AGENT", "iptables-save", save, &output, &obs,
			       &failure);

	INSIST(r == 0 || r == -EPROTO);
	if (r == 0) {
		check_observation(&obs);
		*fingerprint = obs.fingerprint;
	}
	observation_release(&obs);
	return r;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint64_t whole = 0;
	uint64_t parts = 0;
	enum ipmasq_family family;

	if (size == 0)
		return 0;
	family = data[0] & 1 ? IPMASQ_IPV6 : IPMASQ_IPV4;
	INSIST(observe_text(family, (const char *)data + 1, size - 1, size, &whole) ==
	       observe_text(family, (const char *)data + 1, size - 1, 1 + (data[0] >> 1), &parts));
	INSIST(whole == parts);
	return 0;
}
