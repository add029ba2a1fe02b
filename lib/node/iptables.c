/* SPDX-License-Identifier: Apache-2.0 */
/* The iptables programs as functions: save, restore, and the errors of these. */
#include "node/iptables.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/launch.h"
#include "node/lines.h"
#include "node/lock_file.h"
#include "node/powers.h"

/* Where the node has no such file, a hostPath volume without that type makes a directory. */
#define LOCK_FILE_HINT \
	"; in a container, mount the lock file of the node there (hostPath, type: FileOrCreate)"

static bool denies_lock_file(const struct complaint *complaint)
{
	return complaint->class == COMPLAINT_LOCK_FILE &&
	       strstr(complaint->sentence, "Permission denied");
}

/* iptables-legacy-restore does not say why it has no socket. */
static bool denies_socket(const struct iptables *t, const struct complaint *complaint)
{
	return strstr(complaint->sentence, "unable to initialize table") &&
	       powers_missing(t->backend);
}

static void fail_not_permitted(const struct iptables *t, const char *name,
			       const struct complaint *complaint, struct failure *failure)
{
	const char *why = powers_missing(t->backend);

	if (complaint->class == COMPLAINT_LOCK_FILE)
		why = "it needs the lock file";
	else if (!why && t->backend == IPMASQ_BACKEND_LEGACY)
		why = "it needs CAP_NET_ADMIN and CAP_NET_RAW over the network namespace";
	else if (!why)
		why = "it needs CAP_NET_ADMIN over the network namespace";
	failure_set(failure, -EPERM, "not-permitted", "%s is not permitted to work here (%s): %s",
		    name, why, complaint->sentence);
}

/* Says what it means that a program ran and failed. */
static int judge_failure(const struct iptables *t, const char *path, const struct run_end *end,
			 struct failure *failure)
{
	const char *name = program_name(path);
	struct complaint complaint;
	const char *sentence = complaint.sentence;

	complaint_read(end->status, end->complaint, &complaint);
	if (complaint.class == COMPLAINT_LOCK_HELD)
		failure_set(failure, -EBUSY, "lock-held",
			    "%s waited %u seconds for the xtables lock, %s, which another "
			    "program holds",
			    name, launch_lock_wait(t->node), lock_file_path(t->node));
	else if (complaint.class == COMPLAINT_NOT_PERMITTED || denies_lock_file(&complaint) ||
		 denies_socket(t, &complaint))
		fail_not_permitted(t, name, &complaint, failure);
	else
		failure_set(failure, -EPROTO, "refused", "%s failed: %s%s", name, sentence,
			    complaint.class == COMPLAINT_LOCK_FILE ? LOCK_FILE_HINT : "");
	failure->class = complaint.class;
	failure->line = complaint.line;
	strcpy(failure->option, complaint.option);
	return failure->error;
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

/* "iptables-restore v1.8.9 (legacy)". Before 1.8 there was one variant, which did not name itself.
 */
static bool read_variant(const char *text, enum ipmasq_backend *variant)
{
	const char *version = strstr(text, " v1.");

	if (strstr(text, "(nf_tables)"))
		*variant = IPMASQ_BACKEND_NFT;
	else if (strstr(text, "(legacy)") || (version && strtoul(version + 4, NULL, 10) < 8))
		*variant = IPMASQ_BACKEND_LEGACY;
	else
		return false;
	return true;
}

/* Says why there is no answer, and returns the error; 0: before 1.8 there was no such option. */
static int judge_version(const char *path, const struct run_end *end, struct failure *failure)
{
	const char *name = program_name(path);
	struct complaint complaint;

	if (end->status == 0)
		return failure_set(failure, -EPROTO, "not-understood",
				   "%s --version printed no version of iptables that is known",
				   name);
	complaint_read(end->status, end->complaint, &complaint);
	if (complaint.class == COMPLAINT_NO_OPTION && strcmp(complaint.option, "--version") == 0)
		return 0;
	return failure_set(failure, -EPROTO, "refused", "%s --version failed: %s", name,
			   complaint.sentence);
}

int iptables_version(const struct ipmasq_node *node, const char *path, enum ipmasq_backend *variant,
		     struct failure *failure)
{
	const char *const argv[] = { program_name(path), "--version", NULL };
	struct run run = { .task.path = path, .task.argv = argv };
	struct run_end end;
	char text[1024];
	int r = launch_for_text(node, &run, &end, text, sizeof(text), failure);

	if (r < 0 || (end.status == 0 && read_variant(text, variant)))
		return r;
	*variant = IPMASQ_BACKEND_LEGACY;
	return judge_version(path, &end, failure);
}
