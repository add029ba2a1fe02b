/* SPDX-License-Identifier: Apache-2.0 */
/* What is left of a text after rounds of edits, and what has come in? */
#include "lint/mended.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "lint/mended_internal.h"

static void *check(void *made)
{
	if (!made)
		cli_die(-ENOMEM, "cannot mend the text");
	return made;
}

struct mended *mended_new(const char *data, size_t size)
{
	struct mended *mended = check(calloc(1, sizeof(*mended)));

	mended->before = data;
	mended->before_size = size;
	mended->now.data = check(malloc(size + 1));
	memcpy(mended->now.data, data, size);
	mended->now.size = size;
	mended->now.kept = check(malloc(sizeof(*mended->now.kept)));
	mended->now.kept[0] = (struct kept){ 0, 0, size };
	mended->now.kept_count = size > 0;
	return mended;
}

static void version_release(struct version *version)
{
	free(version->data);
	free(version->kept);
	*version = (struct version){ 0 };
}

void mended_free(struct mended *mended)
{
	if (!mended)
		return;
	version_release(&mended->now);
	version_release(&mended->last);
	free(mended);
}

const char *mended_text(const struct mended *mended, size_t *size)
{
	*size = mended->now.size;
	return mended->now.data;
}

static int by_offset(const void *left, const void *right)
{
	const struct mended_edit *a = left;
	const struct mended_edit *b = right;

	if (a->offset != b->offset)
		return a->offset < b->offset ? -1 : 1;
	return a->length < b->length ? -1 : a->length > b->length;
}

/* Leaves those that can be made together. */
static size_t without_overlaps(struct mended_edit *edits, size_t count, size_t size)
{
	size_t left = 0;
	size_t end = 0;

	qsort(edits, count, sizeof(*edits), by_offset);
	for (size_t i = 0; i < count; i++) {
		if (edits[i].offset > size || edits[i].length > size - edits[i].offset)
			continue;
		/* Two at one place would depend on which comes first. */
		if (left > 0 &&
		    (edits[i].offset < end || edits[i].offset == edits[left - 1].offset))
			continue;
		end = edits[i].offset + edits[i].length;
		edits[left++] = edits[i];
	}
	return left;
}

/* Goes through what was kept so far, as the text goes by. */
struct walk {
	const struct version *from;
	struct version *to;
	size_t next; /* the first of @from's stretches that may still be met */
};

/* The bytes from @start to @end stay. */
static void keep(struct walk *walk, size_t start, size_t end)
{
	const struct version *from = walk->from;
	struct version *to = walk->to;

	for (size_t i = walk->next; i < from->kept_count && from->kept[i].now < end; i++) {
		const struct kept *kept = &from->kept[i];
		size_t first = kept->now > start ? kept->now : start;
		size_t last = kept->now + kept->length < end ? kept->now + kept->length : end;

		walk->next = i;
		if (first < last)
			to->kept[to->kept_count++] = (struct kept){
				.now = to->size + (first - start),
				.before = kept->before + (first - kept->now),
				.length = last - first,
			};
	}
	memcpy(to->data + to->size, from->data + start, end - start);
	to->size += end - start;
}

size_t mended_round(struct mended *mended, struct mended_edit *edits, size_t count)
{
	const struct version *from = &mended->now;
	struct version to = { 0 };
	struct walk walk = { .from = from, .to = &to };
	size_t grown = from->size + 1;
	size_t at = 0;

	count = without_overlaps(edits, count, from->size);
	for (size_t i = 0; i < count; i++)
		grown += strlen(edits[i].replacement);
	to.data = check(malloc(grown));
	/* Each edit cuts at most one stretch in two. */
	to.kept = check(malloc((from->kept_count + count + 1) * sizeof(*to.kept)));
	for (size_t i = 0; i < count; i++) {
		keep(&walk, at, edits[i].offset);
		memcpy(to.data + to.size, edits[i].replacement, strlen(edits[i].replacement));
		to.size += strlen(edits[i].replacement);
		at = edits[i].offset + edits[i].length;
	}
	keep(&walk, at, from->size);
	version_release(&mended->last);
	mended->last = mended->now;
	mended->now = to;
	return count;
}

void mended_undo(struct mended *mended)
{
	version_release(&mended->now);
	mended->now = mended->last;
	mended->last = (struct version){ 0 };
}
