/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tells which documents of a stream cannot be parsed, and leaves out those of other programs.
 *
 * In a repository, manifests stand beside templates, also in one file. A document is left out by
 * writing blanks over it, so that the places in all others stay.
 */
#include "config/manifest_chunks.h"

#include <string.h>

#include "config/document_parse.h"
#include "config/manifest_look.h"

/* Whether a line `---` begins at an offset. */
static bool is_marker(const char *data, size_t at)
{
	return strncmp(data + at, "---", 3) == 0 && strchr(" \t\r\n", data[at + 3]);
}

/* Where the document that begins at @at ends: before the next line `---`. */
static size_t chunk_end(const struct text *text, size_t at)
{
	const char *data = text->data;

	while (at < text->size) {
		at += strcspn(data + at, "\n");
		at += data[at] == '\n';
		if (is_marker(data, at))
			return at;
	}
	return text->size;
}

/* Whether the document from @begin to @end cannot be parsed; @looks_ours, if it looks like ours. */
static int chunk_is_broken(const struct text *text, const struct manifest_query *query,
			   size_t begin, size_t end, bool *looks_ours)
{
	struct document *document = NULL;
	struct text *chunk;
	int r = text_new(text->name, end - begin, &chunk);

	if (r < 0)
		return r;
	memcpy(chunk->data, text->data + begin, end - begin);
	r = document_parse_stream(chunk, STRICT_NOWHERE, NULL, &document);
	*looks_ours = r == -EINVAL && manifest_looks_like_ours(chunk, query);
	document_free(document);
	text_unref(chunk);
	return r == -EINVAL ? 1 : r;
}

static void blank_out(struct text *text, size_t begin, size_t end)
{
	/* The line `---` stays, and so do the lines. */
	if (is_marker(text->data, begin))
		begin += 3;
	for (; begin < end; begin++)
		if (text->data[begin] != '\n' && text->data[begin] != '\r')
			text->data[begin] = ' ';
}

static void judge_broken(struct broken *broken, size_t begin, size_t end, bool looks_ours,
			 bool named)
{
	struct placeholder found = { 0 };
	bool templated = manifest_find_template(broken->text, begin, end, &found);

	if (looks_ours || (named && !templated)) {
		if (!broken->ours)
			broken->placeholder = found;
		broken->ours = true;
		return;
	}
	if (!broken->left_out.end)
		broken->left_out = found;
	blank_out(broken->text, begin, end);
}

int manifest_find_broken(struct text *text, const struct manifest_query *query, bool named,
			 struct broken *broken)
{
	size_t end = 0;
	int r = text_new(text->name, text->size, &broken->text);

	if (r < 0)
		return r;
	memcpy(broken->text->data, text->data, text->size);
	for (size_t begin = 0; begin < text->size && r >= 0; begin = end) {
		bool looks_ours;

		end = chunk_end(text, begin);
		r = chunk_is_broken(text, query, begin, end, &looks_ours);
		if (r == 1)
			judge_broken(broken, begin, end, looks_ours, named);
	}
	return r < 0 ? r : 0;
}
