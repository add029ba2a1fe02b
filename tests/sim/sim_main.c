/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The interpreter as a program, for the kernel tests:
 *
 *     sim_main 4|6 SCRIPT [SOURCE] < addresses
 *
 * Prints a line per address: the address, RETURN or MASQUERADE, and the line of the script that
 * decided (0: none), separated by tabs.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/sim.h"

static char *read_all(const char *path)
{
	FILE *file = fopen(path, "r");
	size_t size = 0;
	char *text = NULL;

	/* Of a file without NUL bytes, getdelim() returns all, with a NUL at the end. */
	if (!file || getdelim(&text, &size, '\0', file) < 0) {
		fprintf(stderr, "sim_main: %s: cannot be read, or is empty\n", path);
		free(text);
		text = NULL;
	}
	if (file)
		fclose(file);
	return text;
}

static struct sim *load(int family, const char *path)
{
	struct sim *sim = sim_new(family);
	char error[SIM_ERROR_MAX];
	char *text = read_all(path);

	if (sim && text && sim_restore(sim, text, error) == 0) {
		free(text);
		return sim;
	}
	if (sim && text)
		fprintf(stderr, "sim_main: %s: %s\n", path, error);
	free(text);
	sim_free(sim);
	return NULL;
}

static int answer(const struct sim *sim, int af, struct sim_packet *packet)
{
	size_t size = 0;
	char *line = NULL;
	int status = 0;

	while (getline(&line, &size, stdin) > 0) {
		struct sim_result result;

		line[strcspn(line, "\n")] = '\0';
		if (inet_pton(af, line, packet->dst) != 1) {
			fprintf(stderr, "sim_main: '%s' is not an address\n", line);
			status = 1;
			continue;
		}
		result = sim_run(sim, packet, NULL, NULL);
		printf("%s\t%s\t%u\n", line,
		       result.verdict == SIM_MASQUERADE ? "MASQUERADE" : "RETURN", result.line);
	}
	free(line);
	return status;
}

int main(int argc, char **argv)
{
	struct sim_packet packet = { .proto = IPPROTO_UDP };
	struct sim *sim;
	int family, status;

	if (argc < 3 || argc > 4 || (strcmp(argv[1], "4") && strcmp(argv[1], "6"))) {
		fputs("usage: sim_main 4|6 SCRIPT [SOURCE] < addresses\n", stderr);
		return 2;
	}
	family = argv[1][0] - '0';
	if (argc == 4 && inet_pton(family == 4 ? AF_INET : AF_INET6, argv[3], packet.src) != 1) {
		fprintf(stderr, "sim_main: '%s' is not an IPv%d address\n", argv[3], family);
		return 2;
	}
	sim = load(family, argv[2]);
	if (!sim)
		return 2;
	status = answer(sim, family == 4 ? AF_INET : AF_INET6, &packet);
	sim_free(sim);
	return status;
}
