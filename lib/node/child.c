/* SPDX-License-Identifier: Apache-2.0 */
/* The child's side of run_program(). Only async-signal-safe calls. */
#include "node/child.h"

#include <fcntl.h>
#include <linux/close_range.h>
#include <sched.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "util/write_all.h"

int child_raise_fd(int *fd)
{
	int raised;

	if (*fd > STDERR_FILENO)
		return 0;
	raised = fcntl(*fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	if (raised < 0)
		return -1;
	close(*fd);
	*fd = raised;
	return 0;
}

_Noreturn static void give_up(const struct child_fds *fds, enum child_stage stage)
{
	struct child_failure failure = { .stage = stage, .error = errno };
	ssize_t written = write(fds->failure, &failure, sizeof(failure));

	_exit(written == (ssize_t)sizeof(failure) ? 127 : 126);
}

/* A program would ignore what the caller ignores: SIGPIPE, or SIGALRM, with which iptables ends its
 * wait for the lock. */
static void reset_signals(void)
{
	struct sigaction fresh = { .sa_handler = SIG_DFL };
	sigset_t none;

	for (int i = 1; i < NSIG; i++)
		sigaction(i, &fresh, NULL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

/* The caller may have opened files without O_CLOEXEC. CLOSE_RANGE_CLOEXEC needs Linux 5.11. */
static void close_all_on_exec(int highest_fd)
{
	if (syscall(SYS_close_range, 3u, ~0u, CLOSE_RANGE_CLOEXEC) == 0)
		return;
	for (int fd = 3; fd <= highest_fd; fd++)
		fcntl(fd, F_SETFD, FD_CLOEXEC);
}

static void close_others_on_exec(int held, int highest_fd)
{
	close_all_on_exec(highest_fd);
	if (held > STDERR_FILENO)
		fcntl(held, F_SETFD, 0);
}

/* Where nothing is executed, O_CLOEXEC closes nothing. A writer that kept the other end of its pipe
 * would wait for ever once its reader was killed. */
static void close_others(int held, int highest_fd)
{
	unsigned int from = STDERR_FILENO + 1;

	if (held > STDERR_FILENO) {
		if ((unsigned int)held > from)
			syscall(SYS_close_range, from, (unsigned int)held - 1, 0u);
		from = (unsigned int)held + 1;
	}
	if (syscall(SYS_close_range, from, ~0u, 0u) == 0)
		return;
	for (int fd = STDERR_FILENO + 1; fd <= highest_fd; fd++)
		if (fd != held)
			close(fd);
}

_Noreturn static void copy_file(const char *path)
{
	char block[4096];
	ssize_t n;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		_exit(errno == ENOENT || errno == EACCES ? CHILD_NO_FILE : 2);
	while ((n = read(fd, block, sizeof(block))) > 0)
		if (write_all(STDOUT_FILENO, block, (size_t)n) < 0)
			_exit(2);
	_exit(n < 0 ? 2 : 0);
}

_Noreturn void child_main(const struct child_task *task, const struct child_fds *fds,
			  int highest_fd)
{
	/* A group of its own, so that what it starts can be ended with it. */
	setpgid(0, 0);
	reset_signals();
	if (task->netns >= 0 && setns(task->netns, CLONE_NEWNET) < 0)
		give_up(fds, CHILD_NETNS);
	if (dup2(fds->in, STDIN_FILENO) < 0 || dup2(fds->out, STDOUT_FILENO) < 0 ||
	    dup2(fds->err, STDERR_FILENO) < 0)
		give_up(fds, CHILD_STREAMS);
	if (!task->path) {
		close_others(task->held, highest_fd);
		if (task->file)
			copy_file(task->file);
		_exit(task->act(task->argument));
	}
	close_others_on_exec(task->held, highest_fd);
	/* execve() takes arrays of pointers to char that it does not change; POSIX says so. */
	execve(task->path, (char *const *)(uintptr_t)task->argv,
	       (char *const *)(uintptr_t)task->envp);
	give_up(fds, CHILD_EXEC);
}
