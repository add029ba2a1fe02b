/* SPDX-License-Identifier: Apache-2.0 */
/* Compares the tree or the finding that a text yields with the expected one. */
#include "support/document_check.h"

#include "util/buf.h"
#include "config/document_parse.h"
#include "config/source.h"
#include "support/sources.h"
#include "support/unit.h"
#include "support/read.h"

static void dump_node(struct buf *buf, const struct document *document, const struct node *node)
{
	const struct pos pos = document_pos(document, node);

	if (node->alias_of != NODE_NONE)
		buf_putc(buf, '*');
	if (node->kind == NODE_SCALAR) {
		buf_printf(buf, "%c(", "snb#"[node->type]);
		for (uint32_t i = 0; i < node->value_len; i++)
			buf_printf(buf, (unsigned char)node->value[i] < 0x20 ? "\\x%02x" : "%c",
				   node->value[i]);
		buf_putc(buf, ')');
	} else {
		buf_putc(buf, node->kind == NODE_SEQUENCE ? '[' : '{');
		for (uint32_t i = node->first_child; i != NODE_NONE; i = document->nodes[i].next) {
			if (i != node->first_child)
				buf_putc(buf, ' ');
			dump_node(buf, document, &document->nodes[i]);
		}
		buf_putc(buf, node->kind == NODE_SEQUENCE ? ']' : '}');
	}
	buf_printf(buf, "%u:%u-%u", pos.line, pos.column, pos.end_column);
}

int parse(const char *data, size_t size, struct ipmasq_diags *diags, char **dump)
{
	struct document *document = NULL;
	struct buf buf = BUF_INIT;
	struct text *text;
	int r = source_read(DATA_SOURCE("test", data, size), diags, &text);

	*dump = NULL;
	if (r < 0)
		return r;
	r = document_parse(text, diags, &document);
	text_unref(text);
	if (r < 0)
		return r;
	if (document->count > 0)
		dump_node(&buf, document, &document->nodes[0]);
	document_free(document);
	return buf_steal(&buf, dump, NULL);
}

const char *describe(const struct ipmasq_diags *diags, char *out, size_t size)
{
	const struct ipmasq_finding finding = finding_at(diags, 0);
	const char *suggestion = finding.suggestion;

	if (ipmasq_diags_count(diags) != 1)
		snprintf(out, size, "%zu findings", ipmasq_diags_count(diags));
	else
		snprintf(out, size, "%s %u:%u-%u%s%s", finding.code, finding.place.line,
			 finding.place.column, finding.place.end_column, suggestion ? " " : "",
			 suggestion ? suggestion : "");
	return out;
}

void check_tree(const char *text, const char *expected)
{
	struct ipmasq_diags *diags;
	char finding[256];
	char *dump;

	if (!CHECK(ipmasq_diags_new(&diags) == 0, text))
		return;
	CHECK(parse(text, strlen(text), diags, &dump) == 0, text);
	CHECK_STRING(dump, expected, text);
	if (ipmasq_diags_count(diags) > 0)
		CHECK_STRING(describe(diags, finding, sizeof(finding)), "", text);
	free(dump);
	ipmasq_diags_free(diags);
}

void check_rejected(const char *text, const char *expected)
{
	struct ipmasq_diags *diags;
	char finding[256];
	char *dump;

	if (!CHECK(ipmasq_diags_new(&diags) == 0, text))
		return;
	CHECK(parse(text, strlen(text), diags, &dump) == -EINVAL, text);
	CHECK_STRING(describe(diags, finding, sizeof(finding)), expected, text);
	CHECK(ipmasq_diags_worst(diags) == IPMASQ_ERROR, text);
	free(dump);
	ipmasq_diags_free(diags);
	/* Rejected also without a place for findings. */
	CHECK(parse(text, strlen(text), NULL, &dump) == -EINVAL, text);
	free(dump);
}
