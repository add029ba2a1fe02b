/* SPDX-License-Identifier: Apache-2.0 */
/* Collects findings, sorts them, and gives them to the caller. */
#include "util/diag.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util/buf.h"
#include "util/utf8.h"

#define DIAGS_MAX 1000

struct ipmasq_diags {
	struct diag *diags;
	size_t count;
	size_t capacity;
	size_t dropped;
	int worst_dropped;
	int error;
	/* The texts that were read, each with a reference. */
	const struct text **texts;
	size_t text_count;
	size_t text_capacity;
	/* The finding that was added last is not the last of the list. */
	bool lost;
};

IPMASQ_EXPORT int ipmasq_diags_new(struct ipmasq_diags **diags)
{
	struct ipmasq_diags *made;

	if (!diags)
		return -EINVAL;
	made = calloc(1, sizeof(*made));
	if (!made)
		return -ENOMEM;
	*diags = made;
	return 0;
}

static void diag_release(struct diag *diag)
{
	free(diag->message);
	free(diag->suggestion);
	free(diag->edit.replacement);
	text_unref(diag->pos.text);
}

IPMASQ_EXPORT void ipmasq_diags_free(struct ipmasq_diags *diags)
{
	if (!diags)
		return;
	for (size_t i = 0; i < diags->count; i++)
		diag_release(&diags->diags[i]);
	free(diags->diags);
	for (size_t i = 0; i < diags->text_count; i++)
		text_unref(diags->texts[i]);
	free(diags->texts);
	free(diags);
}

/* How many bytes a place has. */
static size_t pos_length(const struct pos *pos)
{
	uint32_t width = pos->end_column > pos->column ? pos->end_column - pos->column : 0;
	size_t end = pos->offset;

	for (; width > 0 && end < pos->text->size; width--)
		do
			end++;
		while (end < pos->text->size && !utf8_starts_character(pos->text->data[end]));
	return end - pos->offset;
}

/* A suggestion is shown only where it can be written at the place as it is. */
static int diag_suggest(struct diag *diag, const char *suggestion)
{
	const struct pos *pos = &diag->pos;

	return text_literal(pos->text, pos->offset, pos->text ? pos_length(pos) : 0, suggestion,
			    &diag->suggestion);
}

PRINTF_LIKE(3, 0)
static int diag_fill(struct diag *diag, const char *suggestion, const char *format, va_list args)
{
	diag->message = NULL;
	diag->suggestion = NULL;
	if (vasprintf(&diag->message, format, args) < 0) {
		diag->message = NULL;
		return -ENOMEM;
	}
	return suggestion ? diag_suggest(diag, suggestion) : 0;
}

PRINTF_LIKE(6, 0)
static int diag_append(struct ipmasq_diags *diags, enum ipmasq_severity severity, const char *code,
		       const struct pos *pos, const char *suggestion, const char *format,
		       va_list args)
{
	struct diag *diag;
	int r = array_grow(&diags->diags, &diags->capacity, diags->count, sizeof(*diags->diags));

	if (r < 0)
		return r;
	diag = &diags->diags[diags->count];
	*diag = (struct diag){ .severity = severity, .code = code };
	if (pos) {
		diag->pos = *pos;
		text_ref(pos->text);
	}
	r = diag_fill(diag, suggestion, format, args);
	if (r < 0)
		diag_release(diag);
	else
		diags->count++;
	return r;
}

PRINTF_LIKE(6, 0)
static int diag_add_args(struct ipmasq_diags *diags, enum ipmasq_severity severity,
			 const char *code, const struct pos *pos, const char *suggestion,
			 const char *format, va_list args)
{
	int r;

	if (!diags)
		return 0;
	diags->lost = true;
	if (diags->count == DIAGS_MAX) {
		diags->dropped++;
		if ((int)severity > diags->worst_dropped)
			diags->worst_dropped = (int)severity;
		return 0;
	}
	r = diag_append(diags, severity, code, pos, suggestion, format, args);
	if (r < 0)
		diags->error = r;
	else
		diags->lost = false;
	return r;
}

int diag_add(struct ipmasq_diags *diags, enum ipmasq_severity severity, const char *code,
	     const struct pos *pos, const char *suggestion, const char *format, ...)
{
	va_list args;
	int r;

	va_start(args, format);
	r = diag_add_args(diags, severity, code, pos, suggestion, format, args);
	va_end(args);
	return r;
}

int diag_reject(struct ipmasq_diags *diags, const char *code, const struct pos *pos,
		const char *suggestion, const char *format, ...)
{
	va_list args;
	int r;

	va_start(args, format);
	r = diag_add_args(diags, IPMASQ_ERROR, code, pos, suggestion, format, args);
	va_end(args);
	return r < 0 ? r : -EINVAL;
}

int diag_extend(struct ipmasq_diags *diags, const char *code, const char *more)
{
	struct diag *diag;
	char *longer;

	if (!diags || diags->lost || diags->count == 0 || !more[0])
		return 0;
	diag = &diags->diags[diags->count - 1];
	if (strcmp(diag->code, code) != 0)
		return 0;
	if (asprintf(&longer, "%s%s", diag->message, more) < 0)
		return diags->error = -ENOMEM;
	free(diag->message);
	diag->message = longer;
	return 0;
}

int diag_edit(struct ipmasq_diags *diags, size_t offset, size_t length, const char *replacement)
{
	struct diag *diag;

	if (!diags || diags->lost)
		return 0;
	diag = &diags->diags[diags->count - 1];
	if (diag->pos.text && !text_takes(diag->pos.text, offset, length, replacement))
		return 0;
	free(diag->edit.replacement);
	diag->edit.replacement = strdup(replacement);
	if (!diag->edit.replacement)
		return diags->error = -ENOMEM;
	diag->edit.offset = offset;
	diag->edit.length = length;
	return 0;
}

int diag_edit_suggestion(struct ipmasq_diags *diags)
{
	struct diag *diag;

	if (!diags || diags->lost)
		return 0;
	diag = &diags->diags[diags->count - 1];
	if (!diag->suggestion || !diag->pos.text ||
	    !text_is_editable(diag->pos.text, diag->pos.offset))
		return 0;
	free(diag->edit.replacement);
	diag->edit.replacement = strdup(diag->suggestion);
	if (!diag->edit.replacement)
		return diags->error = -ENOMEM;
	diag->edit.offset = diag->pos.offset;
	diag->edit.length = pos_length(&diag->pos);
	return 0;
}

void diag_filter(struct ipmasq_diags *diags, bool (*drop)(const struct diag *diag, void *arg),
		 void *arg)
{
	size_t kept = 0;

	for (size_t i = 0; i < diags->count; i++) {
		if (drop(&diags->diags[i], arg))
			diag_release(&diags->diags[i]);
		else
			diags->diags[kept++] = diags->diags[i];
	}
	diags->count = kept;
	diags->lost = true;
}

int diag_read(struct ipmasq_diags *diags, const struct text *text)
{
	int r;

	if (!diags)
		return 0;
	for (size_t i = 0; i < diags->text_count; i++)
		if (diags->texts[i] == text)
			return 0;
	r = array_grow(&diags->texts, &diags->text_capacity, diags->text_count,
		       sizeof(struct text *));
	if (r == 0)
		diags->texts[diags->text_count++] = text_ref(text);
	return r;
}

const struct text *diag_text(const struct ipmasq_diags *diags, size_t index)
{
	return index < diags->text_count ? diags->texts[index] : NULL;
}

/* The place of a finding's file in the order of files, which is that of their first findings.
 * Findings without a file come first. */
static size_t file_rank(const struct ipmasq_diags *diags, size_t index)
{
	const struct text *text = diags->diags[index].pos.text;

	for (size_t i = 0; text && i < index; i++)
		if (diags->diags[i].pos.text &&
		    (diags->diags[i].pos.text == text ||
		     strcmp(diags->diags[i].pos.text->name, text->name) == 0))
			return i + 1;
	return text ? index + 1 : 0;
}

static bool stands_before(const struct pos *a, size_t a_rank, const struct pos *b, size_t b_rank)
{
	if (a_rank != b_rank)
		return a_rank < b_rank;
	if (a->line != b->line)
		return a->line < b->line;
	return a->column < b->column;
}

int diag_sort(struct ipmasq_diags *diags)
{
	size_t *ranks = calloc(diags->count + 1, sizeof(*ranks));

	if (!ranks)
		return diags->error = -ENOMEM;
	for (size_t i = 0; i < diags->count; i++)
		ranks[i] = file_rank(diags, i);
	/* Insertion sort: there are a thousand at most, mostly in order. */
	for (size_t i = 1; i < diags->count; i++) {
		struct diag diag = diags->diags[i];
		size_t rank = ranks[i];
		size_t at = i;

		for (; at > 0 &&
		       stands_before(&diag.pos, rank, &diags->diags[at - 1].pos, ranks[at - 1]);
		     at--) {
			diags->diags[at] = diags->diags[at - 1];
			ranks[at] = ranks[at - 1];
		}
		diags->diags[at] = diag;
		ranks[at] = rank;
	}
	diags->lost = true;
	free(ranks);
	return 0;
}

const struct diag *diag_at(const struct ipmasq_diags *diags, size_t index)
{
	return index < diags->count ? &diags->diags[index] : NULL;
}

int diag_error(const struct ipmasq_diags *diags)
{
	return diags ? diags->error : 0;
}

IPMASQ_EXPORT size_t ipmasq_diags_count(const struct ipmasq_diags *diags)
{
	return diags ? diags->count : 0;
}

IPMASQ_EXPORT size_t ipmasq_diags_dropped(const struct ipmasq_diags *diags)
{
	return diags ? diags->dropped : 0;
}

IPMASQ_EXPORT int ipmasq_diags_worst(const struct ipmasq_diags *diags)
{
	int worst = diags ? diags->worst_dropped : 0;

	for (size_t i = 0; diags && i < diags->count; i++)
		if ((int)diags->diags[i].severity > worst)
			worst = (int)diags->diags[i].severity;
	return worst;
}

IPMASQ_EXPORT int ipmasq_diags_get(const struct ipmasq_diags *diags, size_t index,
				   struct ipmasq_finding *finding, size_t size)
{
	struct ipmasq_finding made = { 0 };
	const struct diag *diag;

	if (!diags)
		return -EINVAL;
	if (index >= diags->count)
		return -ERANGE;
	diag = &diags->diags[index];
	made.severity = diag->severity;
	made.code = diag->code;
	made.message = diag->message;
	made.suggestion = diag->suggestion;
	made.place = pos_place(&diag->pos);
	made.edit = diag->edit.replacement;
	made.edit_offset = diag->edit.offset;
	made.edit_length = diag->edit.length;
	if (diag->pos.text) {
		made.text = diag->pos.text->data;
		made.text_size = diag->pos.text->size;
		made.text_offset = diag->pos.offset < made.text_size ? diag->pos.offset
								     : made.text_size;
	}
	return struct_fill(finding, size, &made, sizeof(made));
}
