/* SPDX-License-Identifier: Apache-2.0 */
/* Decides between YAML and JSON, and reads a text as one or the other. */
#include "config/document_parse.h"

#include <string.h>

#include "config/document_json.h"
#include "config/document_yaml.h"

/* The first character that is no blank of JSON's; NUL when there is none. */
static char first_character(const struct text *text)
{
	const char *p = text->data;

	return p[strspn(p, " \t\r\n")];
}

/* A document that is nothing, or just null, is empty. */
static void drop_null_root(struct document *document)
{
	const struct node *root = document->nodes;

	if (document->count > 0 && root->kind == NODE_SCALAR && root->type == SCALAR_NULL &&
	    root->next == NODE_NONE)
		document->count = 0;
}

static int document_read(struct builder *builder)
{
	char first = first_character(builder->document->text);
	bool yaml = first != '\0';
	int r = 0;

	builder_start(builder);
	if (first == '{') {
		builder->documents = 1;
		builder->document->json = true;
		r = document_read_json(builder, &yaml);
	}
	if (r < 0 || !yaml)
		return r;
	builder->document->json = false;
	builder_start(builder);
	return document_read_yaml(builder);
}

int document_parse_stream(struct text *text, unsigned int strict, struct ipmasq_diags *diags,
			  struct document **document)
{
	struct document *made;
	struct builder builder = { .diags = diags, .strict = strict };
	int r = document_new(text, &made);

	if (r < 0)
		return r;
	builder.document = made;
	r = document_read(&builder);
	if (r < 0) {
		document_free(made);
		return r;
	}
	drop_null_root(made);
	*document = made;
	return 0;
}

int document_reject_second(const struct document *document, struct ipmasq_diags *diags)
{
	if (!document->second.text)
		return 0;
	return diag_reject(diags, "documents", &document->second, NULL,
			   "a second YAML document starts here; a configuration is one document");
}

int document_parse(struct text *text, struct ipmasq_diags *diags, struct document **document)
{
	struct document *made;
	int r = document_parse_stream(text, 1, diags, &made);

	if (r < 0)
		return r;
	r = document_reject_second(made, diags);
	if (r < 0)
		document_free(made);
	else
		*document = made;
	return r;
}
