/* SPDX-License-Identifier: Apache-2.0 */
/* The environment and standard input of a CNI plugin. */
#include "cni/request.h"

#include <ctype.h>
#include <errno.h>
#include <net/if.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A network configuration with 100,000 ranges has less than 3 MiB. */
#define INPUT_MAX (16u << 20)

int cni_is_name(const char *text)
{
	if (!isascii(text[0]) || !isalnum(text[0]))
		return false;
	for (; *text; text++) {
		if (!isascii(*text) || (!isalnum(*text) && !strchr("_.-", *text)))
			return false;
	}
	return true;
}

static const char *wrong_name(const char *text)
{
	if (cni_is_name(text))
		return NULL;
	return "it must begin with a letter or digit, and have only letters, digits, _, . and - "
	       "after it";
}

static const char *wrong_interface(const char *text)
{
	if (strlen(text) >= IFNAMSIZ)
		return "the name of an interface has at most 15 bytes";
	if (strcmp(text, ".") == 0 || strcmp(text, "..") == 0)
		return "that is no name of an interface";
	for (; *text; text++) {
		if (*text == '/' || *text == ':' || isspace((unsigned char)*text))
			return "the name of an interface has no slash, colon or blank";
	}
	return NULL;
}

static const struct {
	unsigned int need;
	const char *name;
	size_t member;
	const char *(*wrong)(const char *text);
} variables[] = {
	{ CNI_NEEDS_CONTAINER, "CNI_CONTAINERID", offsetof(struct cni_request, container),
	  wrong_name },
	{ CNI_NEEDS_NETNS, "CNI_NETNS", offsetof(struct cni_request, netns), NULL },
	{ CNI_NEEDS_IFNAME, "CNI_IFNAME", offsetof(struct cni_request, ifname), wrong_interface },
};

int cni_request_read(unsigned int needs, struct cni_request *request, struct cni_error *error)
{
	char missing[128] = "";

	*request = (struct cni_request){ 0 };
	for (size_t i = 0; i < sizeof(variables) / sizeof(variables[0]); i++) {
		const char **member = (const char **)((char *)request + variables[i].member);
		const char *value = getenv(variables[i].name);
		const char *wrong;

		if (!(needs & variables[i].need))
			continue;
		if (!value || !*value) {
			strcat(missing, *missing ? ", " : "");
			strcat(missing, variables[i].name);
			continue;
		}
		*member = value;
		wrong = variables[i].wrong ? variables[i].wrong(value) : NULL;
		if (wrong)
			return cni_fail(error, CNI_ENVIRONMENT, "%s is \"%s\": %s",
					variables[i].name, value, wrong);
	}
	if (*missing)
		return cni_fail(error, CNI_ENVIRONMENT,
				"variables of the environment are missing or empty: %s", missing);
	return 0;
}

int cni_read_all(int fd, char **text, size_t *size, struct cni_error *error)
{
	size_t room = 1 << 16, used = 0;
	char *all = malloc(room);
	ssize_t got = 1;

	while (all && used < INPUT_MAX) {
		got = read(fd, all + used, room - used - 1);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			break;
		used += (size_t)got;
		if (room - used == 1) {
			char *more = realloc(all, room *= 2);

			if (!more)
				free(all);
			all = more;
		}
	}
	if (!all)
		return cni_no_memory(error);
	if (got != 0) {
		cni_fail(error, CNI_IO, "the network configuration cannot be read: %s",
			 got < 0 ? strerror(errno) : "it is larger than 16 MiB");
		free(all);
		return -1;
	}
	all[used] = '\0';
	*text = all;
	*size = used;
	return 0;
}
