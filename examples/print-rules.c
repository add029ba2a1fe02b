/* SPDX-License-Identifier: Apache-2.0 */
/* Prints the IPv4 rules of a configuration, or what is wrong with it. */
#include <stdio.h>
#include <stdlib.h>
#include <ipmasq.h>

int main(int argc, char **argv)
{
	const struct ipmasq_source file = { .name = argv[1] };
	struct ipmasq_diags *diags;
	char *findings = NULL;
	char *script = NULL;
	int r;

	if (argc != 2 || ipmasq_diags_new(&diags) < 0)
		return EXIT_FAILURE;
	r = ipmasq_compile(&file, IPMASQ_IPV4, NULL, diags, &script);
	if (r == 0)
		fputs(script, stdout);
	if (ipmasq_diags_format(diags, IPMASQ_ALL, false, &findings) == 0)
		fputs(findings, stderr);
	free(findings);
	free(script);
	ipmasq_diags_free(diags);
	return r == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
