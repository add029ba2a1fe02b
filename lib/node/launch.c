/* SPDX-License-Identifier: Apache-2.0 */
/* Runs something for a node: in its network namespace, with its environment and limits of time. */
#include "node/launch.h"

#include <string.h>

#include "util/buf.h"

const char *program_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* The programs get none of the caller's environment, which may name another lock file or locale, or
 * a library to load. */
#define ENV_MAX 4

struct environment {
	struct buf path;
	struct buf lock;
	const char *vars[ENV_MAX];
};

static void environment_release(struct environment *env)
{
	buf_release(&env->path);
	buf_release(&env->lock);
}

static int environment_make(struct environment *env, const struct ipmasq_node *node)
{
	buf_printf(&env->path, "PATH=%s", node->search_path);
	if (node->lock_file)
		buf_printf(&env->lock, "XTABLES_LOCKFILE=%s", node->lock_file);
	if (env->path.error || env->lock.error)
		return -ENOMEM;
	env->vars[0] = env->path.data;
	env->vars[1] = "LC_ALL=C";
	/* May be NULL, which ends the list. */
	env->vars[2] = env->lock.data;
	return 0;
}

/* iptables 1.8.9 waits for ever where it is told to wait 0 seconds: alarm(0) sets no alarm. */
unsigned int launch_lock_wait(const struct ipmasq_node *node)
{
	return node->wait > 0 ? node->wait : 1;
}

int launch(const struct ipmasq_node *node, struct run *run, struct run_end *end,
	   struct failure *failure)
{
	CLEANUP(environment_release) struct environment env = { BUF_INIT, BUF_INIT, { 0 } };
	const char *name = run->task.path   ? program_name(run->task.path)
			   : run->task.file ? run->task.file
					    : "the kernel's nat table";
	const char *not_done = run->task.path ? "was not run" : "was not read";
	int r = environment_make(&env, node);

	run->task.envp = env.vars;
	run->task.netns = node->netns;
	run->task.held = node->lock;
	run->limit_ms = launch_lock_wait(node) * 1000 + node->limit_ms;
	run->stop_fd = node->stop_fd;
	if (r == 0)
		r = run_program(run, end);
	switch (r) {
	case 0:
		return 0;
	case -ENOMEM:
		return failure_no_memory(failure);
	case -EPERM:
		return failure_set(failure, r, "not-permitted", "%s %s: %s", name, not_done,
				   end->complaint);
	case -ETIMEDOUT:
		return failure_set(failure, r, "timeout", "%s did not end within %u seconds", name,
				   run->limit_ms / 1000);
	case -ECANCELED:
		return failure_set(failure, r, "stopped",
				   "%s was killed, because a stop was requested", name);
	case -EIO:
		return failure_set(failure, r, "cannot-run", "%s %s: %s", name, not_done,
				   end->complaint);
	default:
		/* Of run->output, which has said why. */
		return r;
	}
}

/* The head of a program's output. */
struct head {
	char *text;
	size_t size;
	size_t len;
};

static int keep_head(void *context, const char *data, size_t len)
{
	struct head *head = context;
	size_t room = head->size - 1 - head->len;

	len = len < room ? len : room;
	memcpy(head->text + head->len, data, len);
	head->len += len;
	head->text[head->len] = '\0';
	return 0;
}

int launch_for_text(const struct ipmasq_node *node, struct run *run, struct run_end *end,
		    char *text, size_t size, struct failure *failure)
{
	struct head head = { .text = text, .size = size };

	text[0] = '\0';
	run->output = keep_head;
	run->context = &head;
	return launch(node, run, end, failure);
}
