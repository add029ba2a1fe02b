/* SPDX-License-Identifier: Apache-2.0 */
/* Fingerprints of findings, by which services tell a known finding from a new one. */
#include "cli/fingerprint.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli_say.h"
#include "cli/hash.h"
#include "cli/text_place.h"
#include "cli/uri.h"

struct slot {
	uint64_t print;
	/* 0: the slot is free. */
	unsigned int count;
};

/* A hash table with linear probing, at most half full. */
struct fingerprints {
	struct slot *slots;
	/* A power of two. */
	size_t size;
	size_t used;
};

#define FIRST_SIZE 256

static void *need_memory(void *made)
{
	if (!made)
		cli_die(-ENOMEM, "cannot tell findings apart");
	return made;
}

struct fingerprints *fingerprints_new(void)
{
	struct fingerprints *made = need_memory(calloc(1, sizeof(*made)));

	made->size = FIRST_SIZE;
	made->slots = need_memory(calloc(made->size, sizeof(*made->slots)));
	return made;
}

void fingerprints_free(struct fingerprints *fingerprints)
{
	if (!fingerprints)
		return;
	free(fingerprints->slots);
	free(fingerprints);
}

static struct slot *find_slot(const struct fingerprints *fingerprints, uint64_t print)
{
	size_t mask = fingerprints->size - 1;
	size_t at = print & mask;

	while (fingerprints->slots[at].count > 0 && fingerprints->slots[at].print != print)
		at = (at + 1) & mask;
	return &fingerprints->slots[at];
}

static void grow(struct fingerprints *fingerprints)
{
	struct fingerprints larger = { .size = 2 * fingerprints->size };

	larger.slots = need_memory(calloc(larger.size, sizeof(*larger.slots)));
	larger.used = fingerprints->used;
	for (size_t i = 0; i < fingerprints->size; i++)
		if (fingerprints->slots[i].count > 0)
			*find_slot(&larger, fingerprints->slots[i].print) = fingerprints->slots[i];
	free(fingerprints->slots);
	*fingerprints = larger;
}

/* No adversary writes the texts, so the hash need not resist collisions. */
static uint64_t hash_text(const struct ipmasq_finding *finding)
{
	uint64_t hash = hash_bytes(HASH_START, finding->code, strlen(finding->code) + 1);

	if (!finding->text)
		return hash;
	return hash_bytes(hash, finding->text + finding->text_offset,
			  text_finding_end(finding) - finding->text_offset);
}

static uint64_t hash_file(uint64_t hash, const char *file)
{
	char *path = uri_path(file);

	hash = hash_bytes(hash, "", 1);
	hash = hash_bytes(hash, path, strlen(path));
	free(path);
	return hash;
}

struct fingerprint fingerprints_next(struct fingerprints *fingerprints,
				     const struct ipmasq_finding *finding)
{
	struct fingerprint made = { .text = hash_text(finding) };
	struct slot *slot;

	made.file_and_text = finding->place.file ? hash_file(made.text, finding->place.file)
						 : made.text;
	if (2 * (fingerprints->used + 1) > fingerprints->size)
		grow(fingerprints);
	slot = find_slot(fingerprints, made.file_and_text);
	fingerprints->used += slot->count == 0;
	slot->print = made.file_and_text;
	made.occurrence = ++slot->count;
	return made;
}
