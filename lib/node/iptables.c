/* SPDX-License-Identifier: Apache-2.0 */
/* The iptables programs as functions: save, restore, and what their complaints mean. */
#include "node/iptables.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "util/buf.h"

int failure_set(struct failure *failure, int error, const char *code, const char *format, ...)
{
	va_list args;

	*failure = (struct failure){ .error = error, .code = code };
	va_start(args, format);
	vsnprintf(failure->text, sizeof(failure->text), format, args);
	va_end(args);
	return error;
}

const char *program_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* The programs see nothing of the caller's environment: in it could be another lock file or locale,
 * or a library to load. */
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
	env->vars[2] = env->lock.data; /* NULL ends the list here */
	return 0;
}

/* iptables 1.8.9 waits for ever when it is told to wait 0 seconds: alarm(0) sets no alarm. */
static unsigned int lock_wait(const struct ipmasq_node *node)
{
	return node->wait > 0 ? node->wait : 1;
}

/* Fills the rest of @run in, runs it, and says what went wrong unless it ended by itself. */
static int run_it(const struct ipmasq_node *node, struct run *run, struct run_end *end,
		  struct failure *failure)
{
	CLEANUP(environment_release) struct environment env = { BUF_INIT, BUF_INIT, { 0 } };
	const char *name = run->path   ? program_name(run->path)
			   : run->file ? run->file
				       : "the kernel's nat table";
	const char *not_done = run->path ? "was not run" : "was not read";
	int r = environment_make(&env, node);

	run->envp = env.vars;
	run->netns = node->netns;
	run->limit_ms = lock_wait(node) * 1000 + node->limit_ms;
	run->stop_fd = node->stop_fd;
	if (r == 0)
		r = run_program(run, end);
	switch (r) {
	case 0:
		return 0;
	case -ENOMEM:
		return failure_set(failure, r, NULL, "out of memory");
	case -EPERM:
		return failure_set(failure, r, "not-permitted", "%s %s: %s", name, not_done,
				   end->complaint);
	case -ETIMEDOUT:
		return failure_set(failure, r, "timeout", "%s did not end within %u seconds", name,
				   run->limit_ms / 1000);
	case -ECANCELED:
		return failure_set(failure, r, "stopped",
				   "%s was ended, since a stop was asked for", name);
	case -EIO:
		return failure_set(failure, r, "cannot-run", "%s %s: %s", name, not_done,
				   end->complaint);
	default:
		return r; /* of run->output, which has said why */
	}
}

/*
 * The sentence that matters on a program's stderr: its first line that says something, without the
 * "PROGRAM vVERSION (VARIANT): " before it.
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

/* A program that ran and failed: what does it mean? */
static int judge(const struct iptables *t, const char *path, const struct run_end *end,
		 struct failure *failure)
{
	static const char *const lock[] = { "xtables lock", NULL };
	static const char *const permission[] = { "Permission denied", "you must be root",
						  "Operation not permitted", NULL };
	/* Legacy has no module for the table; nft has none for itself, its chains' type or its
	 * family. */
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
				   name, lock_wait(t->node),
				   t->node->lock_file ? t->node->lock_file : LOCK_FILE);
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
	struct run run = { .path = path, .argv = argv, .output = feed_lines, .context = &lines };
	struct run_end end;
	int r = run_it(t->node, &run, &end, failure);

	if (r < 0)
		return r;
	if (end.status != 0)
		return judge(t, path, &end, failure);
	return lines_end(&lines);
}

int iptables_restore(const struct iptables *t, const char *script, size_t len, bool test,
		     struct failure *failure)
{
	const char *path = t->programs->restore;
	char wait[16];
	const char *const argv[] = { program_name(path),     "--noflush", "--wait", wait,
				     test ? "--test" : NULL, NULL };
	struct run run = { .path = path, .argv = argv, .input = script, .input_len = len };
	struct run_end end;
	int r;

	snprintf(wait, sizeof(wait), "%u", lock_wait(t->node));
	r = run_it(t->node, &run, &end, failure);
	if (r == 0 && end.status != 0)
		r = judge(t, path, &end, failure);
	return r;
}

int iptables_ask_kernel(const struct iptables *t, int (*send)(int family),
			int (*output)(void *context, const char *data, size_t len), void *context,
			struct failure *failure)
{
	struct run run = { .act = send,
			   .argument = t->family == IPMASQ_IPV6 ? AF_INET6 : AF_INET,
			   .output = output,
			   .context = context };
	struct run_end end;
	int r = run_it(t->node, &run, &end, failure);

	return r == 0 && end.status != 0 ? -EAGAIN : r;
}

/* The head of a program's output. */
struct head {
	char text[1024];
	size_t len;
};

static int keep_head(void *context, const char *data, size_t len)
{
	struct head *head = context;
	size_t room = sizeof(head->text) - 1 - head->len;

	len = len < room ? len : room;
	memcpy(head->text + head->len, data, len);
	head->len += len;
	return 0;
}

int iptables_version(const struct ipmasq_node *node, const char *path, enum ipmasq_backend *variant,
		     struct failure *failure)
{
	const char *const argv[] = { program_name(path), "--version", NULL };
	struct head head = { .len = 0 };
	struct run run = { .path = path, .argv = argv, .output = keep_head, .context = &head };
	struct run_end end;
	int r = run_it(node, &run, &end, failure);

	/* Before 1.8 there was one variant, and it did not say so, or did not know the option. */
	if (r == 0)
		*variant = strstr(head.text, "nf_tables") ? IPMASQ_BACKEND_NFT
							  : IPMASQ_BACKEND_LEGACY;
	return r;
}

int iptables_legacy_listed(const struct ipmasq_node *node, enum ipmasq_family family,
			   const char *table, bool *listed, struct failure *failure)
{
	struct head head = { .len = 0 };
	struct run run = { .file = family == IPMASQ_IPV6 ? "/proc/self/net/ip6_tables_names"
							 : "/proc/self/net/ip_tables_names",
			   .output = keep_head,
			   .context = &head };
	struct run_end end;
	const char *p = head.text;
	int r = run_it(node, &run, &end, failure);

	*listed = false;
	/* Where the file is not there or not to be read, its kernel half is not for us either. */
	for (; r == 0 && *p; p += strcspn(p, "\n"), p += *p == '\n')
		if (strcspn(p, "\n") == strlen(table) && strncmp(p, table, strlen(table)) == 0)
			*listed = true;
	return r;
}
