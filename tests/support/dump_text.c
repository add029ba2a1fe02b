/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Prints what the library reads in dumps of a node's rules, as a model.
 *
 *     dump_text [-m] [-t] PATH...    -m only what every dump tells, -t with the texts of rules, -
 *                                    for standard input
 *
 * Exits with 0; 1: they cannot be read; 2: wrong arguments.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "nat/dump_read.h"
#include "support/nat_text.h"

static void print_findings(const struct ipmasq_diags *diags)
{
	char *text = NULL;

	if (ipmasq_diags_format(diags, IPMASQ_ALL, false, &text) == 0)
		fputs(text, stderr);
	free(text);
}

int main(int argc, char **argv)
{
	struct ipmasq_source sources[16];
	struct ipmasq_diags *diags = NULL;
	struct nat_model *model;
	unsigned int flags = 0;
	size_t count = 0;
	int option;
	int r;

	while ((option = getopt(argc, argv, "mt")) != -1) {
		if (option == '?')
			return 2;
		flags |= option == 'm' ? NAT_TEXT_MEANING : NAT_TEXT_TEXTS;
	}
	for (; optind < argc && count < 16; optind++)
		sources[count++] = strcmp(argv[optind], "-") == 0
					   ? (struct ipmasq_source){ .kind = IPMASQ_SOURCE_FD,
								     .name = "standard input" }
					   : (struct ipmasq_source){ .name = argv[optind] };
	if (count == 0 || ipmasq_diags_new(&diags) < 0)
		return 2;
	r = nat_read_dumps(sources, count, diags, &model);
	print_findings(diags);
	ipmasq_diags_free(diags);
	if (r < 0)
		return 1;
	nat_text_print(model, flags, stdout);
	nat_model_free(model);
	return 0;
}
