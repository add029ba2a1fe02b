/* SPDX-License-Identifier: Apache-2.0 */
/* A text that is edited in rounds, with a record of the bytes that no edit has touched. */
#include "lint/fixed_text.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"

static void *need_memory(void *made)
{
	if (!made)
		cli_die(-ENOMEM, "cannot edit the text");
	return made;
}

struct fixed_text *fixed_text_new(const char *data, size_t size)
{
	struct fixed_text *fixed = need_memory(calloc(1, sizeof(*fixed)));

	fixed->before = data;
	fixed->before_size = size;
	fixed->now.data = need_memory(malloc(size + 1));
	memcpy(fixed->now.data, data, size);
	fixed->now.size = size;
	fixed->now.kept = need_memory(malloc(sizeof(*fixed->now.kept)));
	fixed->now.kept[0] = (struct kept_run){ 0, 0, size };
	fixed->now.kept_count = size > 0;
	return fixed;
}

static void version_release(struct text_version *version)
{
	free(version->data);
	free(version->kept);
	*version = (struct text_version){ 0 };
}

void fixed_text_free(struct fixed_text *fixed)
{
	if (!fixed)
		return;
	version_release(&fixed->now);
	version_release(&fixed->last);
	free(fixed);
}

const char *fixed_text_get(const struct fixed_text *fixed, size_t *size)
{
	*size = fixed->now.size;
	return fixed->now.data;
}

static int by_offset(const void *left, const void *right)
{
	const struct text_edit *a = left;
	const struct text_edit *b = right;

	if (a->offset != b->offset)
		return a->offset < b->offset ? -1 : 1;
	return a->length < b->length ? -1 : a->length > b->length;
}

/* Drops the edits that cannot be made together with the others. Returns how many are left. */
static size_t without_overlaps(struct text_edit *edits, size_t count, size_t size)
{
	size_t left = 0;
	size_t end = 0;

	if (count > 1)
		qsort(edits, count, sizeof(*edits), by_offset);
	for (size_t i = 0; i < count; i++) {
		if (edits[i].offset > size || edits[i].length > size - edits[i].offset)
			continue;
		/* The result of two edits at one place would depend on their order. */
		if (left > 0 &&
		    (edits[i].offset < end || edits[i].offset == edits[left - 1].offset))
			continue;
		end = edits[i].offset + edits[i].length;
		edits[left++] = edits[i];
	}
	return left;
}

/* The way through the runs of the old version while the new one is written. */
struct walk {
	const struct text_version *from;
	struct text_version *to;
	/* The first run of @from that may reach past the present offset. */
	size_t next;
};

/* Copies the bytes from @start to @end, and the runs within them. */
static void copy_unedited(struct walk *walk, size_t start, size_t end)
{
	const struct text_version *from = walk->from;
	struct text_version *to = walk->to;

	for (size_t i = walk->next; i < from->kept_count && from->kept[i].now < end; i++) {
		const struct kept_run *kept = &from->kept[i];
		size_t first = kept->now > start ? kept->now : start;
		size_t last = kept->now + kept->length < end ? kept->now + kept->length : end;

		walk->next = i;
		if (first < last)
			to->kept[to->kept_count++] = (struct kept_run){
				.now = to->size + (first - start),
				.before = kept->before + (first - kept->now),
				.length = last - first,
			};
	}
	memcpy(to->data + to->size, from->data + start, end - start);
	to->size += end - start;
}

size_t fixed_text_edit(struct fixed_text *fixed, struct text_edit *edits, size_t count)
{
	const struct text_version *from = &fixed->now;
	struct text_version to = { 0 };
	struct walk walk = { .from = from, .to = &to };
	size_t grown = from->size + 1;
	size_t at = 0;

	count = without_overlaps(edits, count, from->size);
	for (size_t i = 0; i < count; i++)
		grown += strlen(edits[i].replacement);
	to.data = need_memory(malloc(grown));
	/* Each edit cuts at most one run in two. */
	to.kept = need_memory(malloc((from->kept_count + count + 1) * sizeof(*to.kept)));
	for (size_t i = 0; i < count; i++) {
		copy_unedited(&walk, at, edits[i].offset);
		memcpy(to.data + to.size, edits[i].replacement, strlen(edits[i].replacement));
		to.size += strlen(edits[i].replacement);
		at = edits[i].offset + edits[i].length;
	}
	copy_unedited(&walk, at, from->size);
	version_release(&fixed->last);
	fixed->last = fixed->now;
	fixed->now = to;
	return count;
}

void fixed_text_undo(struct fixed_text *fixed)
{
	version_release(&fixed->now);
	fixed->now = fixed->last;
	fixed->last = (struct text_version){ 0 };
}
