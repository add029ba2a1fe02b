/* SPDX-License-Identifier: Apache-2.0 */
#include "support/dump_check.h"

#include <stdlib.h>

char *dump_told(const struct ipmasq_source *source, unsigned int flags)
{
	struct ipmasq_diags *diags = NULL;
	struct nat_model *model;
	char *text = NULL;
	size_t len;
	FILE *out;

	if (ipmasq_diags_new(&diags) < 0)
		abort();
	if (nat_read_dumps(source, 1, diags, &model) < 0) {
		(void)ipmasq_diags_format(diags, IPMASQ_ALL, false, &text);
	} else {
		out = open_memstream(&text, &len);
		if (!out)
			abort();
		nat_text_print(model, flags, out);
		fclose(out);
		nat_model_free(model);
	}
	ipmasq_diags_free(diags);
	return text;
}

char *dump_told_text(const char *name, const char *data, size_t size)
{
	const struct ipmasq_source source = {
		.kind = IPMASQ_SOURCE_DATA,
		.name = name,
		.data = data,
		.size = size,
	};

	return dump_told(&source, 0);
}
