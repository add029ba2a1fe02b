/* SPDX-License-Identifier: Apache-2.0 */
/* What the targets for the readers of the nat table share: one input, read in two ways. */
#include "fuzz/observing.h"

#include <errno.h>
#include <string.h>

#include "fuzz/fuzz.h"

#define ROOT "IP-MASQ-AGENT"

void check_observation(const struct observation *obs)
{
	INSIST(obs->rules->count > 0);
	for (size_t i = 0; i < obs->rules->count; i++) {
		const struct chain *chain = &obs->rules->chains[i];

		INSIST(*chain->name && memchr(chain->name, '\0', sizeof(chain->name)));
		for (size_t j = 0; j < chain->count; j++)
			INSIST(chain->rules[j].target != TARGET_GOTO ||
			       chain->rules[j].chain < obs->rules->count);
	}
	for (size_t i = 0; i < obs->referrer_count; i++)
		INSIST((obs->referrers[i].number > 0) == (*obs->referrers[i].chain != '\0') &&
		       *obs->referrers[i].target && obs->referrers[i].words);
	INSIST(memchr(obs->trouble, '\0', sizeof(obs->trouble)));
	INSIST(!obs->odd || obs->odd_rule < SIZE_MAX);
}

struct outcome {
	int r;
	unsigned int doubts;
	size_t foreign_count;
	uint64_t fingerprint;
};

static struct outcome observe_in_pieces(struct reader *(*make)(struct observer *observer),
					enum ipmasq_family family, const char *data, size_t size,
					size_t piece)
{
	struct observer observer;
	struct observation obs;
	struct outcome outcome = { 0 };
	struct reader *reader;

	INSIST(observer_begin(&observer, family, ROOT, &obs) == 0);
	reader = make(&observer);
	INSIST(reader);
	while (outcome.r == 0 && size > 0) {
		size_t len = size < piece ? size : piece;

		outcome.r = reader_feed(reader, data, len);
		data += len;
		size -= len;
	}
	if (outcome.r == 0)
		outcome.r = reader_end(reader);
	INSIST(outcome.r == 0 || outcome.r == READER_UNSURE);
	reader_free(reader);
	observer_end(&observer);
	if (outcome.r == 0) {
		check_observation(&obs);
		outcome.doubts = observer.doubts;
		outcome.foreign_count = obs.foreign_count;
		outcome.fingerprint = observation_fingerprint(&obs);
	}
	observation_release(&obs);
	return outcome;
}

void observe_twice(struct reader *(*make)(struct observer *observer), const uint8_t *data,
		   size_t size)
{
	enum ipmasq_family family;
	struct outcome whole;
	struct outcome parts;

	if (size == 0)
		return;
	family = data[0] & 1 ? IPMASQ_IPV6 : IPMASQ_IPV4;
	whole = observe_in_pieces(make, family, (const char *)data + 1, size - 1, size);
	parts = observe_in_pieces(make, family, (const char *)data + 1, size - 1,
				  1 + (data[0] >> 1));
	INSIST(whole.r == parts.r && whole.doubts == parts.doubts &&
	       whole.foreign_count == parts.foreign_count &&
	       whole.fingerprint == parts.fingerprint);
}
