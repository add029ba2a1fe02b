/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads YAML with libyaml, and finds the place of each node.
 *
 * It uses libyaml's events and not its documents, which copy what aliases stand for and have no
 * bounds. Of libyaml's marks it uses only the index, a count of code points: their lines also end
 * in NEL, LS and PS.
 */
#include "config/document_yaml.h"

#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "config/document_scalar.h"
#include "config/yaml_problem.h"
#include "util/show.h"

#define TAG_PREFIX "tag:yaml.org,2002:"

/* libyaml 0.2.5 compares each %TAG line with all others. */
#define TAG_DIRECTIVES_MAX 64

struct anchor {
	uint32_t node;
	char name[];
};

struct yaml_reader {
	struct builder *builder;
	yaml_parser_t parser;
	/* A tree of tsearch(3). */
	void *anchors;
};

/* The place of a node's content, and of the tag before it. */
struct place {
	struct cursor start;
	struct cursor end;
	/* Its text is NULL where there is no tag. */
	struct cursor tag;
	struct cursor tag_end;
};

/* Skips an anchor, a tag, a comment or a blank before a node's content; false: there is none of
 * these. Names end where they do for libyaml 0.2.5. */
static bool skip_property(struct cursor *cursor, size_t end)
{
	static const char anchor_characters[] = "0123456789_-ABCDEFGHIJKLMNOPQRSTUVWXYZ"
						"abcdefghijklmnopqrstuvwxyz";
	const char *p = cursor->text->data + cursor->offset;
	size_t len = 1;

	if (*p == '&')
		len += strspn(p + 1, anchor_characters);
	else if (*p == '!')
		len = strcspn(p, p[1] == '<' ? ">" : ", \t\r\n") + (p[1] == '<');
	else if (*p == '#')
		len = strcspn(p, "\r\n");
	else if (*p != ' ' && *p != '\t' && *p != '\r' && *p != '\n')
		return false;
	len += cursor->offset;
	cursor_to_offset(cursor, len < end ? len : end);
	return true;
}

/* Finds the content that follows a node's anchor and tag, which libyaml counts as part of it. */
static struct place find_place(struct builder *builder, const yaml_event_t *event)
{
	struct place place = { 0 };
	const char *data = builder->document->text->data;

	cursor_to_index(&builder->cursor, event->start_mark.index);
	place.start = builder->cursor;
	place.end = builder->cursor;
	cursor_to_index(&place.end, event->end_mark.index);
	while (place.start.offset < place.end.offset) {
		struct cursor before = place.start;

		if (!skip_property(&place.start, place.end.offset))
			break;
		if (data[before.offset] != '!')
			continue;
		place.tag = before;
		place.tag_end = place.start;
	}
	return place;
}

/* The kinds and types that tags give to nodes. */
static const struct tag {
	const char *name;
	enum node_kind kind;
	enum scalar_type type;
} yaml_tags[] = {
	{ "str", NODE_SCALAR, SCALAR_STRING },	{ "bool", NODE_SCALAR, SCALAR_BOOL },
	{ "int", NODE_SCALAR, SCALAR_NUMBER },	{ "float", NODE_SCALAR, SCALAR_NUMBER },
	{ "null", NODE_SCALAR, SCALAR_NULL },	{ "seq", NODE_SEQUENCE, SCALAR_STRING },
	{ "map", NODE_MAPPING, SCALAR_STRING },
};

static int reject_tag(struct builder *builder, const struct place *place, const char *tag)
{
	struct pos pos = cursor_pos(&place->tag, &place->tag_end);
	char shown[SHOWN_MAX];

	if (!builder_is_strict(builder))
		return 0;
	return diag_reject(builder->diags, "tag", &pos, NULL,
			   "the tag \"%s\" does not fit here; remove it",
			   show_text(tag, strlen(tag), shown));
}

/* Gives the node the type of its tag, if it has one. */
static int apply_tag(struct builder *builder, const struct place *place,
		     const yaml_char_t *event_tag, struct node *node)
{
	const char *name = (const char *)event_tag;
	const struct tag *tag = NULL;

	if (!place->tag.text)
		return 0;
	if (!name || strcmp(name, "!") == 0) {
		node->type = SCALAR_STRING;
		return 0;
	}
	if (strncmp(name, TAG_PREFIX, strlen(TAG_PREFIX)) == 0)
		name += strlen(TAG_PREFIX);
	else
		return reject_tag(builder, place, name);
	for (size_t i = 0; i < ARRAY_SIZE(yaml_tags); i++)
		if (strcmp(yaml_tags[i].name, name) == 0)
			tag = &yaml_tags[i];
	if (!tag || tag->kind != node->kind)
		return reject_tag(builder, place, name);
	if (tag->kind == NODE_SCALAR && tag->type != SCALAR_STRING &&
	    document_plain_type(node->value, node->value_len) != tag->type)
		return reject_tag(builder, place, name);
	node->type = (uint8_t)tag->type;
	return 0;
}

static int compare_anchors(const void *a, const void *b)
{
	const struct anchor *left = a;
	const struct anchor *right = b;

	return strcmp(left->name, right->name);
}

static struct anchor *anchor_new(const yaml_char_t *name, uint32_t node)
{
	size_t size = strlen((const char *)name) + 1;
	struct anchor *anchor = malloc(sizeof(*anchor) + size);

	if (anchor) {
		anchor->node = node;
		memcpy(anchor->name, name, size);
	}
	return anchor;
}

/* A name that is anchored again stands for the later node from there on. */
static int remember_anchor(struct yaml_reader *reader, const yaml_char_t *name, uint32_t node)
{
	struct anchor *anchor;
	struct anchor **found;

	if (!name)
		return 0;
	anchor = anchor_new(name, node);
	if (!anchor)
		return -ENOMEM;
	found = tsearch(anchor, &reader->anchors, compare_anchors);
	if (!found) {
		free(anchor);
		return -ENOMEM;
	}
	if (*found != anchor) {
		(*found)->node = node;
		free(anchor);
	}
	return 0;
}

static int find_anchor(struct yaml_reader *reader, const yaml_char_t *name, uint32_t *node)
{
	struct anchor *wanted = anchor_new(name, NODE_NONE);
	struct anchor *const *found;

	if (!wanted)
		return -ENOMEM;
	found = tfind(wanted, &reader->anchors, compare_anchors);
	*node = found ? (*found)->node : NODE_NONE;
	free(wanted);
	return 0;
}

static bool is_open(const struct builder *builder, uint32_t node)
{
	for (unsigned int i = 0; i < builder->depth; i++)
		if (builder->open[i].node == node)
			return true;
	return false;
}

/* Adds null for an alias without an anchor, where that is tolerated. */
static int add_null(struct builder *builder, struct node *node)
{
	uint32_t index;

	node->alias_of = NODE_NONE;
	node->kind = NODE_SCALAR;
	node->type = SCALAR_NULL;
	node->value = "";
	return builder_add(builder, node, &index);
}

static int read_alias(struct yaml_reader *reader, const yaml_event_t *event)
{
	struct builder *builder = reader->builder;
	struct place place = find_place(builder, event);
	struct node node = builder_node(&place.start, &place.end);
	struct pos pos = document_pos(builder->document, &node);
	const char *name = (const char *)event->data.alias.anchor;
	const struct node *target;
	uint32_t index;
	int r = find_anchor(reader, event->data.alias.anchor, &node.alias_of);

	if (r < 0)
		return r;
	if (node.alias_of == NODE_NONE || is_open(builder, node.alias_of)) {
		if (!builder_is_strict(builder))
			return add_null(builder, &node);
	}
	if (node.alias_of == NODE_NONE)
		return diag_reject(
			builder->diags, "alias", &pos, NULL,
			"there is no anchor &%.80s before this alias; a text that starts "
			"with * needs quotes",
			name);
	if (is_open(builder, node.alias_of))
		return diag_reject(builder->diags, "alias", &pos, NULL,
				   "the alias *%.80s is inside the node that it "
				   "stands for",
				   name);
	/* The alias shares the value, so that users of a scalar need not resolve it. */
	target = &builder->document->nodes[node.alias_of];
	node.kind = target->kind;
	node.type = target->type;
	node.value = target->value;
	node.value_len = target->value_len;
	return builder_add(builder, &node, &index);
}

static int read_scalar(struct yaml_reader *reader, const yaml_event_t *event)
{
	struct builder *builder = reader->builder;
	struct place place = find_place(builder, event);
	struct node node = builder_node(&place.start, &place.end);
	size_t len = event->data.scalar.length;
	bool plain = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
	char *value = document_reserve(builder->document, len + 1);
	uint32_t index;
	int r;

	if (!value)
		return -ENOMEM;
	memcpy(value, event->data.scalar.value, len);
	value[len] = '\0';
	node.kind = NODE_SCALAR;
	node.value = value;
	node.value_len = (uint32_t)len;
	node.type = plain ? (uint8_t)document_plain_type(value, len) : SCALAR_STRING;
	if (plain && !place.tag.text && builder_at_key(builder) && strcmp(value, "<<") == 0) {
		struct pos pos = document_pos(builder->document, &node);

		if (builder_refuses_merge(builder))
			return diag_reject(builder->diags, "merge-key", &pos, NULL,
					   "merge keys are not supported; write the keys out in "
					   "place of `<<`");
		node.type = SCALAR_MERGE;
	}
	r = apply_tag(builder, &place, event->data.scalar.tag, &node);
	if (r == 0)
		r = builder_add(builder, &node, &index);
	return r < 0 ? r : remember_anchor(reader, event->data.scalar.anchor, index);
}

static int read_container(struct yaml_reader *reader, const yaml_event_t *event)
{
	bool mapping = event->type == YAML_MAPPING_START_EVENT;
	const yaml_char_t *tag = mapping ? event->data.mapping_start.tag
					 : event->data.sequence_start.tag;
	const yaml_char_t *anchor = mapping ? event->data.mapping_start.anchor
					    : event->data.sequence_start.anchor;
	struct place place = find_place(reader->builder, event);
	struct node node = builder_node(&place.start, &place.end);
	uint32_t index;
	int r;

	node.kind = mapping ? NODE_MAPPING : NODE_SEQUENCE;
	r = apply_tag(reader->builder, &place, tag, &node);
	if (r == 0)
		r = builder_add(reader->builder, &node, &index);
	return r < 0 ? r : remember_anchor(reader, anchor, index);
}

static void close_container(struct builder *builder, const yaml_event_t *event)
{
	struct cursor end;

	cursor_to_index(&builder->cursor, event->start_mark.index);
	end = builder->cursor;
	cursor_to_index(&end, event->end_mark.index);
	builder_close(builder, &end);
}

static void start_document(struct yaml_reader *reader, const yaml_event_t *event)
{
	struct builder *builder = reader->builder;

	builder->tolerated = false;
	builder->merges = false;
	tdestroy(reader->anchors, free);
	reader->anchors = NULL;
	if (++builder->documents != 2)
		return;
	cursor_to_index(&builder->cursor, event->start_mark.index);
	builder->document->second = cursor_pos(&builder->cursor, &builder->cursor);
}

static int read_event(struct yaml_reader *reader, const yaml_event_t *event)
{
	switch (event->type) {
	case YAML_DOCUMENT_START_EVENT:
		start_document(reader, event);
		return 0;
	case YAML_ALIAS_EVENT:
		return read_alias(reader, event);
	case YAML_SCALAR_EVENT:
		return read_scalar(reader, event);
	case YAML_SEQUENCE_START_EVENT:
	case YAML_MAPPING_START_EVENT:
		return read_container(reader, event);
	case YAML_SEQUENCE_END_EVENT:
	case YAML_MAPPING_END_EVENT:
		close_container(reader->builder, event);
		return 0;
	default:
		return 0;
	}
}

/* The place of an error. The builder's cursor may be past it, because libyaml reads ahead. */
static struct cursor find_mark(const struct yaml_reader *reader, size_t index)
{
	struct cursor cursor = cursor_start(reader->builder->document->text);

	cursor_to_index(&cursor, index);
	return cursor;
}

static int reject_syntax(const struct yaml_reader *reader)
{
	const yaml_parser_t *parser = &reader->parser;
	const struct text *text = reader->builder->document->text;
	struct cursor at = find_mark(reader, parser->problem_mark.index);
	struct cursor context = find_mark(reader, parser->context_mark.index);
	struct yaml_problem problem = { parser->problem, parser->context, '\0' };
	char begun[48] = "";
	struct cursor end;
	struct pos pos;
	bool at_context = false;
	const char *words;

	if (parser->error == YAML_MEMORY_ERROR)
		return -ENOMEM;
	if (parser->error == YAML_READER_ERROR) {
		at = cursor_start(text);
		cursor_to_offset(&at, parser->problem_offset);
	}
	problem.here = text->data[at.offset];
	words = yaml_problem_words(&problem, &at_context);
	if (at_context)
		at = context;
	else if (problem.context && context.line < at.line)
		snprintf(begun, sizeof(begun), " (this began in line %u)",
			 cursor_pos(&context, &context).line);
	end = at;
	if (at.offset < text->size)
		cursor_step(&end);
	pos = cursor_pos(&at, &end);
	return diag_reject(reader->builder->diags, "syntax", &pos, NULL, "%s%s",
			   words ? words : "this is not YAML", begun);
}

static int check_directives(struct builder *builder)
{
	const char *p = builder->document->text->data;
	struct cursor cursor = builder->cursor;
	struct pos pos;

	for (unsigned int count = 0; (p = strstr(p, "%TAG")) != NULL; p += 4)
		if (++count > TAG_DIRECTIVES_MAX)
			break;
	if (!p)
		return 0;
	cursor_to_offset(&cursor, (size_t)(p - builder->document->text->data));
	pos = cursor_pos(&cursor, &cursor);
	return diag_reject(builder->diags, "syntax", &pos, NULL,
			   "there are more than %d %%TAG directives", TAG_DIRECTIVES_MAX);
}

int document_read_yaml(struct builder *builder)
{
	const struct text *text = builder->document->text;
	struct yaml_reader reader = { .builder = builder };
	bool done = false;
	int r = check_directives(builder);

	if (r < 0)
		return r;
	if (!yaml_parser_initialize(&reader.parser))
		return -ENOMEM;
	yaml_parser_set_encoding(&reader.parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&reader.parser, (const unsigned char *)text->data, text->size);
	while (r == 0 && !done) {
		yaml_event_t event;

		if (!yaml_parser_parse(&reader.parser, &event)) {
			r = reject_syntax(&reader);
			break;
		}
		done = event.type == YAML_STREAM_END_EVENT;
		r = read_event(&reader, &event);
		yaml_event_delete(&event);
	}
	tdestroy(reader.anchors, free);
	yaml_parser_delete(&reader.parser);
	return r;
}
