/* SPDX-License-Identifier: Apache-2.0 */
/* Runs a target of the fuzzer on its seeds, which include every input that ever failed. CORPUS is
 * the name of their directory. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "fuzz/fuzz.h"

#define INPUT_MAX (1u << 20)

static int is_file(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

static int replay(const char *name)
{
	FILE *file = fopen(name, "rb");
	/* On the heap and of the right size, so that sanitizers and valgrind see reads past the
	 * end. */
	uint8_t *buffer = malloc(INPUT_MAX), *data;
	size_t size;

	if (!file || !buffer) {
		perror(name);
		exit(1);
	}
	size = fread(buffer, 1, INPUT_MAX, file);
	data = realloc(buffer, size ? size : 1);
	if (!data || !feof(file)) {
		fprintf(stderr, "%s: cannot be read, or is too large\n", name);
		exit(1);
	}
	fclose(file);
	printf("%s\n", name);
	fflush(stdout);
	LLVMFuzzerTestOneInput(data, size);
	free(data);
	return 1;
}

int main(void)
{
	const char *srcdir = getenv("srcdir");
	struct dirent **entries;
	int count, replayed = 0;

	if (chdir(srcdir ? srcdir : ".") != 0 || chdir("tests/fuzz/corpus/" CORPUS) != 0) {
		perror("tests/fuzz/corpus/" CORPUS);
		return 1;
	}
	count = scandir(".", &entries, is_file, alphasort);
	for (int i = 0; i < count; i++) {
		replayed += replay(entries[i]->d_name);
		free(entries[i]);
	}
	if (count >= 0)
		free(entries);
	if (replayed == 0) {
		fputs("tests/fuzz/corpus/" CORPUS " holds no inputs\n", stderr);
		return 1;
	}
	return 0;
}
