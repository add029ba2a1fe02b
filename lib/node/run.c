/* SPDX-License-Identifier: Apache-2.0 */
/* Runs a program, or a copy of this process, for a bounded time, without side effects on the
 * calling process. */
#include "node/run.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "util/patience.h"
#include "util/write_all.h"

enum { OUT, ERR, FAILURE, STREAMS };

struct process {
	const struct run *run;
	struct run_end *end;
	/* Of monotonic_ms(). */
	int64_t deadline;
	/* The deadline is that of a stop. */
	bool stopping;
	int input;
	/* The ends that are read; -1: closed. */
	int ours[STREAMS];
	int theirs[STREAMS];
	pid_t pid;
	size_t complaint_len;
	size_t failure_len;
	struct child_failure failure;
};

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static int fail_with_errno(struct process *p, const char *what)
{
	int error = errno;

	if (error == ENOMEM)
		return -ENOMEM;
	snprintf(p->end->complaint, sizeof(p->end->complaint), "%s: %s", what, strerror(error));
	return -EIO;
}

/* Puts the input into a file that cannot change, so that the program never reads half of it. Opens
 * the channel again where there is one. */
static int open_input(struct process *p)
{
	const char *data = p->run->input;

	if (p->run->channel)
		p->input = fcntl(*p->run->channel, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	else
		p->input = data ? memfd_create("ipmasq", MFD_CLOEXEC | MFD_ALLOW_SEALING)
				: open("/dev/null", O_RDONLY | O_CLOEXEC);
	if (p->input < 0 || child_raise_fd(&p->input) < 0)
		return fail_with_errno(p, "its input cannot be opened");
	if (!data)
		return 0;
	if (write_all(p->input, data, p->run->input_len) < 0)
		return fail_with_errno(p, "its input cannot be written");
	if (fcntl(p->input, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) <
		    0 ||
	    lseek(p->input, 0, SEEK_SET) < 0)
		return fail_with_errno(p, "its input cannot be sealed");
	return 0;
}

static int open_streams(struct process *p)
{
	for (size_t i = 0; i < STREAMS; i++) {
		int ends[2];

		if (pipe2(ends, O_CLOEXEC) < 0)
			return fail_with_errno(p, "no pipe to it can be opened");
		p->ours[i] = ends[0];
		p->theirs[i] = ends[1];
		if (child_raise_fd(&p->ours[i]) < 0 || child_raise_fd(&p->theirs[i]) < 0)
			return fail_with_errno(p, "no pipe to it can be opened");
	}
	return 0;
}

/* Signals are blocked meanwhile: a handler of the caller must not run in the child. */
static int start_child(struct process *p)
{
	struct rlimit files = { 0 };
	struct child_fds fds;
	sigset_t all;
	sigset_t before;
	int r = open_input(p);

	if (r == 0)
		r = open_streams(p);
	if (r < 0)
		return r;
	fds = (struct child_fds){ .in = p->input,
				  .out = p->theirs[OUT],
				  .err = p->theirs[ERR],
				  .failure = p->theirs[FAILURE] };
	getrlimit(RLIMIT_NOFILE, &files);
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	p->pid = fork();
	if (p->pid == 0)
		child_main(&p->run->task, &fds,
			   (int)(files.rlim_cur < 1u << 20 ? files.rlim_cur : 1u << 20));
	if (p->pid < 0)
		r = fail_with_errno(p, "no process can be started for it");
	else /* The child does the same; either may be first. */
		setpgid(p->pid, p->pid);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	close_fd(&p->input);
	for (size_t i = 0; i < STREAMS; i++)
		close_fd(&p->theirs[i]);
	return r;
}

/* Milliseconds until the deadline, 0 when it has passed. */
static int time_left(const struct process *p)
{
	int64_t left = p->deadline - monotonic_ms();

	return left < 0 ? 0 : (int)left;
}

static void set_deadline(struct process *p, unsigned int ms)
{
	p->deadline = monotonic_ms() + ms;
}

/* Leaves a program that is nearly done the time to end by itself. */
static void stop_soon(struct process *p)
{
	p->stopping = true;
	if (time_left(p) > RUN_STOP_MS)
		set_deadline(p, RUN_STOP_MS);
}

/* To be polled beside the streams. */
static struct pollfd stop_poll(const struct process *p)
{
	return (struct pollfd){ .fd = p->stopping ? -1 : p->run->stop_fd, .events = POLLIN };
}

static int too_late(const struct process *p)
{
	return p->stopping ? -ECANCELED : -ETIMEDOUT;
}

static int take_output(struct process *p, int stream, const char *data, size_t len)
{
	size_t room;

	switch (stream) {
	case OUT:
		return p->run->output ? p->run->output(p->run->context, data, len) : 0;
	case ERR:
		room = sizeof(p->end->complaint) - 1 - p->complaint_len;
		len = len < room ? len : room;
		memcpy(p->end->complaint + p->complaint_len, data, len);
		p->complaint_len += len;
		return 0;
	default:
		room = sizeof(p->failure) - p->failure_len;
		len = len < room ? len : room;
		memcpy((char *)&p->failure + p->failure_len, data, len);
		p->failure_len += len;
		return 0;
	}
}

static int read_stream(struct process *p, int stream)
{
	char block[16384];
	ssize_t n = read(p->ours[stream], block, sizeof(block));

	if (n > 0)
		return take_output(p, stream, block, (size_t)n);
	if (n == 0)
		close_fd(&p->ours[stream]);
	else if (errno != EINTR && errno != EAGAIN)
		return fail_with_errno(p, "its output cannot be read");
	return 0;
}

static int read_streams(struct process *p)
{
	while (p->ours[OUT] >= 0 || p->ours[ERR] >= 0 || p->ours[FAILURE] >= 0) {
		struct pollfd polls[STREAMS + 1];
		int left = time_left(p);
		int r = 0;

		if (left == 0)
			return too_late(p);
		for (size_t i = 0; i < STREAMS; i++)
			polls[i] = (struct pollfd){ .fd = p->ours[i], .events = POLLIN };
		polls[STREAMS] = stop_poll(p);
		if (poll(polls, STREAMS + 1, left) < 0) {
			if (errno == EINTR)
				continue;
			return fail_with_errno(p, "its output cannot be waited for");
		}
		if (polls[STREAMS].revents)
			stop_soon(p);
		for (int i = 0; i < STREAMS && r == 0; i++)
			if (p->ours[i] >= 0 && polls[i].revents)
				r = read_stream(p, i);
		if (r < 0)
			return r;
	}
	return 0;
}

/* A program that has closed its streams is about to end. Polls in short steps: a pidfd needs Linux
 * 5.3, and SIGCHLD belongs to the caller. */
static int wait_for_end(struct process *p, bool for_ever)
{
	struct timespec nap = { .tv_nsec = 100000 };
	int status;

	for (;;) {
		pid_t pid = waitpid(p->pid, &status, for_ever ? 0 : WNOHANG);

		if (pid == p->pid)
			break;
		if (pid < 0 && errno != EINTR) {
			p->pid = -1;
			return fail_with_errno(
				p, "how it ended is not known; is SIGCHLD ignored here?");
		}
		if (pid == 0) {
			struct pollfd stop = stop_poll(p);

			if (time_left(p) == 0)
				return too_late(p);
			if (poll(&stop, 1, 0) > 0)
				stop_soon(p);
			nanosleep(&nap, NULL);
			if (nap.tv_nsec < 20000000)
				nap.tv_nsec *= 2;
		}
	}
	p->pid = -1;
	p->end->status = WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
	return 0;
}

static void kill_child(struct process *p)
{
	kill(-p->pid, SIGKILL);
	kill(p->pid, SIGKILL);
	wait_for_end(p, true);
}

/* Evaluates what the child wrote about the time before the program began. */
static int judge_failure(struct process *p)
{
	static const char *const stages[] = {
		[CHILD_NETNS] = "the network namespace cannot be entered",
		[CHILD_STREAMS] = "its streams cannot be connected",
		[CHILD_EXEC] = "it cannot be executed",
	};

	if (p->failure_len < sizeof(p->failure))
		return 0;
	errno = p->failure.error;
	if (p->failure.stage == CHILD_NETNS && errno == EPERM) {
		fail_with_errno(p, stages[CHILD_NETNS]);
		return -EPERM;
	}
	return fail_with_errno(p, stages[p->failure.stage]);
}

int run_program(const struct run *run, struct run_end *end)
{
	struct process p = {
		.run = run,
		.end = end,
		.input = -1,
		.ours = { -1, -1, -1 },
		.theirs = { -1, -1, -1 },
		.pid = -1,
	};
	int r;

	memset(end, 0, sizeof(*end));
	set_deadline(&p, run->limit_ms);
	r = start_child(&p);
	if (r == 0)
		r = read_streams(&p);
	if (r == 0)
		r = wait_for_end(&p, false);
	if (r < 0 && p.pid > 0)
		kill_child(&p);
	if (r == 0)
		r = judge_failure(&p);
	close_fd(&p.input);
	for (size_t i = 0; i < STREAMS; i++) {
		close_fd(&p.ours[i]);
		close_fd(&p.theirs[i]);
	}
	return r;
}
