/* SPDX-License-Identifier: Apache-2.0 */
/* Finds the iptables programs of a node. */
#include "node/programs.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "node/launch.h"
#include "util/buf.h"

static const char *const family_stem[] = { "iptables", "ip6tables" };

static const char *const variant_stem[BACKENDS] = {
	[IPMASQ_BACKEND_AUTO] = "-",
	[IPMASQ_BACKEND_NFT] = "-nft-",
	[IPMASQ_BACKEND_LEGACY] = "-legacy-",
};

static bool is_program(const char *path)
{
	struct stat st;

	return access(path, X_OK) == 0 && stat(path, &st) == 0 && S_ISREG(st.st_mode);
}

/* Looks for the program, whose name is in three parts; @path: NULL where it is not there. */
static int find_program(const char *search_path, const char *const name[3], char **path)
{
	const char *dir = search_path;

	*path = NULL;
	while (*dir) {
		struct buf buf = BUF_INIT;
		size_t len = strcspn(dir, ":");
		int r;

		buf_add(&buf, dir, len);
		buf_putc(&buf, '/');
		for (size_t i = 0; i < 3; i++)
			buf_puts(&buf, name[i]);
		r = buf_steal(&buf, path, NULL);
		if (r < 0)
			return r;
		/* An empty element would mean the working directory, which is not to be trusted. */
		if (len > 0 && is_program(*path))
			return 0;
		free(*path);
		*path = NULL;
		dir += len;
		dir += *dir == ':';
	}
	return 0;
}

static void pair_release(struct program_pair *pair)
{
	free(pair->save);
	free(pair->restore);
	*pair = (struct program_pair){ 0 };
}

/* Both programs or none. */
static int find_pair(const struct ipmasq_node *node, size_t family, enum ipmasq_backend variant,
		     struct program_pair *pair)
{
	const char *const save[] = { family_stem[family], variant_stem[variant], "save" };
	const char *const restore[] = { family_stem[family], variant_stem[variant], "restore" };
	int r = find_program(node->search_path, save, &pair->save);

	if (r == 0)
		r = find_program(node->search_path, restore, &pair->restore);
	if (r < 0 || !pair->save || !pair->restore)
		pair_release(pair);
	return r;
}

/* The variant of a program, by the name of its file where that tells: upstream builds one program
 * per variant, and the names of iptables are links to it (1.8.0 to 1.8.11). Else the program is
 * asked. */
static int find_variant(const struct ipmasq_node *node, const char *path,
			enum ipmasq_backend *variant, struct failure *failure)
{
	static const char *const files[BACKENDS] = {
		[IPMASQ_BACKEND_NFT] = "xtables-nft-multi",
		[IPMASQ_BACKEND_LEGACY] = "xtables-legacy-multi",
	};
	char file[PATH_MAX];

	if (realpath(path, file))
		for (size_t i = 0; i < BACKENDS; i++)
			if (files[i] && strcmp(program_name(file), files[i]) == 0) {
				*variant = (enum ipmasq_backend)i;
				return 0;
			}
	return iptables_version(node, path, variant, failure);
}

static int find_plain(const struct ipmasq_node *node, size_t family, struct programs *programs,
		      struct failure *failure)
{
	struct program_pair *pairs = programs->pairs;
	struct program_pair plain = { 0 };
	enum ipmasq_backend variant;
	int r = find_pair(node, family, IPMASQ_BACKEND_AUTO, &plain);

	if (r == 0 && plain.restore) {
		programs->plain_restore = strdup(plain.restore);
		r = programs->plain_restore ? 0 : -ENOMEM;
	}
	if (r < 0) {
		r = failure_no_memory(failure);
	} else if (plain.save && !pairs[IPMASQ_BACKEND_NFT].save &&
		   !pairs[IPMASQ_BACKEND_LEGACY].save) {
		r = find_variant(node, plain.restore, &variant, failure);
		if (r == 0) {
			pairs[variant] = plain;
			return 0;
		}
	}
	pair_release(&plain);
	return r;
}

int programs_find(const struct ipmasq_node *node, enum ipmasq_family family,
		  struct programs *programs, struct failure *failure)
{
	struct program_pair *pairs = programs->pairs;
	size_t index = family_index(family);
	int r;

	*programs = (struct programs){ 0 };
	r = find_pair(node, index, IPMASQ_BACKEND_NFT, &pairs[IPMASQ_BACKEND_NFT]);
	if (r == 0)
		r = find_pair(node, index, IPMASQ_BACKEND_LEGACY, &pairs[IPMASQ_BACKEND_LEGACY]);
	if (r < 0)
		return failure_no_memory(failure);
	/* Tables of our own need no program, so none is asked what it is. */
	if (node->backend == IPMASQ_BACKEND_NFTABLES)
		return 0;
	return find_plain(node, index, programs, failure);
}

void programs_release(struct programs *programs)
{
	for (size_t i = 0; i < BACKENDS; i++)
		pair_release(&programs->pairs[i]);
	free(programs->plain_restore);
}

int programs_default(const struct ipmasq_node *node, const struct programs *programs,
		     enum ipmasq_backend *backend, struct failure *failure)
{
	if (programs->plain_restore)
		return find_variant(node, programs->plain_restore, backend, failure);
	*backend = IPMASQ_BACKEND_NFT;
	return 0;
}
