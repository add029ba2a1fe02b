/* SPDX-License-Identifier: Apache-2.0 */
/* The iptables programs as functions: save, restore, and what their error messages mean. */
#include "node/iptables.h"

#include <stdio.h>
#include <string.h>

#include "node/launch.h"
#include "node/lines.h"

/*
 * The sentence that matters on a program's stderr: the first line that is neither empty nor a
 * comment, without the "PROGRAM vVERSION (VARIANT): " before it.
 */
static void main_complaint(const struct run_end *end, char *text, size_t size)
{
	const char *p = end->complaint;

	while (*p) {
		size_t len = strcspn(p, "\n");
		const char *start = p;
		const char *prefix = strstr(p, "): ");

		/* "iptables-restore v1.8.9 (legacy): iptables-restore: unable to ..." */
		if (prefix && prefix < p + len && strncmp(p, "ip", 2) == 0)
			start = prefix + 3;
		while (start < p + len && *start == ' ')
			start++;
		if (start < p + len && strncmp(start, "# ", 2) != 0) {
			snprintf(text, size, "%.*s", (int)(p + len - start), start);
			return;
		}
		p += len;
		p += *p == '\n';
	}
	if (end->status < 0)
		snprintf(text, size, "it was ended by signal %d", -end->status);
	else
		snprintf(text, size, "it exited with status %d and no explanation", end->status);
}

/* "line 4 failed", "line 5: RULE_APPEND failed", "Error occurred at line: 4"; 0: none of them. */
static size_t complaint_line(const char *complaint)
{
	for (const char *p = complaint; (p = strstr(p, "line")) != NULL; p++) {
		const char *digits = p + 4 + (p[4] == ':');
		size_t line = 0;

		if (*digits != ' ' || (p > complaint && p[-1] != ' ' && p[-1] != '\n'))
			continue;
		for (digits++; *digits >= '0' && *digits <= '9' && line < SIZE_MAX / 10 - 1;
		     digits++)
			line = line * 10 + (size_t)(*digits - '0');
		if (line > 0)
			return line;
	}
	return 0;
}

static bool says_any(const char *complaint, const char *const *texts)
{
	for (; *texts; texts++)
		if (strstr(complaint, *texts))
			return true;
	return false;
}

/* Says what it means that a program ran and failed. */
static int judge_failure(const struct iptables *t, const char *path, const struct run_end *end,
			 struct failure *failure)
{
	static const char *const lock[] = { "xtables lock", NULL };
	static const char *const permission[] = { "Permission denied", "you must be root",
						  "Operation not permitted", NULL };
	/* Legacy: there is no module for the table. nft: there is none for nf_tables, for the type
	 * of chain or for the family. */
	static const char *const no_table[] = { "Table does not exist",
						"CHAIN_ADD failed (No such file or directory)",
						"CHAIN_ADD failed (Operation not supported)",
						"TABLE_ADD failed",
						"generation id: Invalid argument",
						"Failed to initialize nft",
						"Address family not supported by protocol",
						NULL };
	const char *name = program_name(path);
	char complaint[512];

	main_complaint(end, complaint, sizeof(complaint));
	if (says_any(end->complaint, lock))
		return failure_set(failure, -EBUSY, "lock-held",
				   "%s waited %u seconds for the xtables lock, %s, which another "
				   "program holds",
				   name, launch_lock_wait(t->node),
				   t->node->lock_file ? t->node->lock_file : NODE_LOCK_FILE);
	if (says_any(end->complaint, permission))
		return failure_set(
			failure, -EPERM, "not-permitted",
			"%s is not permitted to work here (it needs CAP_NET_ADMIN%s): %s", name,
			t->backend == IPMASQ_BACKEND_LEGACY ? " and the lock file" : "", complaint);
	failure_set(failure, -EPROTO, "refused", "%s failed: %s", name, complaint);
	failure->no_table = says_any(end->complaint, no_table);
	failure->killed = end->status < 0;
	failure->line = complaint_line(end->complaint);
	return -EPROTO;
}

static int feed_lines(void *context, const char *data, size_t len)
{
	return lines_feed(context, data, len);
}

int iptables_save(const struct iptables *t, const char *table,
		  int (*line)(void *context, const char *text, size_t len, bool cut), void *context,
		  struct failure *failure)
{
	const char *path = t->programs->save;
	const char *const argv[] = { program_name(path), "-t", table, NULL };
	struct lines lines = { .line = line, .context = context };
	struct run run = {
		.task.path = path, .task.argv = argv, .output = feed_lines, .context = &lines
	};
	struct run_end end;
	int r = launch(t->node, &run, &end, failure);

	if (r < 0)
		return r;
	if (end.status != 0)
		return judge_failure(t, path, &end, failure);
	return lines_end(&lines);
}

int iptables_restore(const struct iptables *t, const char *script, size_t len, bool test,
		     struct failure *failure)
{
	const char *path = t->programs->restore;
	char wait[16];
	const char *const argv[] = { program_name(path),     "--noflush", "--wait", wait,
				     test ? "--test" : NULL, NULL };
	struct run run = {
		.task.path = path, .task.argv = argv, .input = script, .input_len = len
	};
	struct run_end end;
	int r;

	snprintf(wait, sizeof(wait), "%u", launch_lock_wait(t->node));
	r = launch(t->node, &run, &end, failure);
	if (r == 0 && end.status != 0)
		r = judge_failure(t, path, &end, failure);
	return r;
}

int iptables_version(const struct ipmasq_node *node, const char *path, enum ipmasq_backend *variant,
		     struct failure *failure)
{
	const char *const argv[] = { program_name(path), "--version", NULL };
	struct run run = { .task.path = path, .task.argv = argv };
	struct run_end end;
	char text[1024];
	int r = launch_for_text(node, &run, &end, text, sizeof(text), failure);

	/* Before 1.8 there was one variant, which did not name itself or had no such option. */
	if (r == 0)
		*variant = strstr(text, "nf_tables") ? IPMASQ_BACKEND_NFT : IPMASQ_BACKEND_LEGACY;
	return r;
}
