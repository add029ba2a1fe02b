/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Measures time and memory of a command.
 *
 *     measure FILE COMMAND...          appends to FILE: seconds, KiB
 *     measure --each FILE COMMAND...   appends, for each program that it ran: name, KiB
 *     measure --machine                prints what basic operations cost on this machine
 *
 * KiB is the largest resident set; in the first form, that of the command or any of its children.
 * The second form traces each process to its end, which takes time, so it tells no time.
 */
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static void die(const char *what)
{
	fprintf(stderr, "measure: %s: %s\n", what, strerror(errno));
	exit(125);
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static pid_t start(char **command, bool traced)
{
	pid_t pid = fork();

	if (pid < 0)
		die("fork");
	if (pid > 0)
		return pid;
	/* Waits until the options are set, so that no program runs untraced. */
	if (traced && (ptrace(PTRACE_TRACEME, 0, NULL, NULL) < 0 || raise(SIGSTOP) != 0))
		die("ptrace");
	execvp(command[0], command);
	fprintf(stderr, "measure: %s: %s\n", command[0], strerror(errno));
	_exit(127);
}

static int measure(FILE *file, char **command)
{
	double begin = now();
	pid_t pid = start(command, false);
	struct rusage usage;
	int status;

	if (wait4(pid, &status, 0, &usage) != pid)
		die("wait");
	fprintf(file, "%.6f %ld\n", now() - begin, usage.ru_maxrss);
	return status;
}

/* To be called while the process is stopped at its end and still has its memory. */
static void print_peak(FILE *file, pid_t pid)
{
	char name[32] = "?";
	long peak = 0;
	char line[256];
	FILE *proc;

	snprintf(line, sizeof(line), "/proc/%d/status", (int)pid);
	proc = fopen(line, "r");
	if (!proc)
		die(line);
	while (fgets(line, sizeof(line), proc)) {
		sscanf(line, "Name: %31s", name);
		sscanf(line, "VmHWM: %ld", &peak);
	}
	fclose(proc);
	fprintf(file, "%s %ld\n", name, peak);
}

static int measure_each(FILE *file, char **command)
{
	const long options = PTRACE_O_TRACEEXIT | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK |
			     PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL;
	pid_t first = start(command, true);
	int status;
	int result = 0;
	pid_t pid;

	if (waitpid(first, &status, 0) != first || !WIFSTOPPED(status) ||
	    ptrace(PTRACE_SETOPTIONS, first, NULL, options) < 0 ||
	    ptrace(PTRACE_CONT, first, NULL, NULL) < 0)
		die("ptrace");
	while ((pid = waitpid(-1, &status, __WALL)) > 0) {
		int sig = 0;

		if (!WIFSTOPPED(status)) {
			if (pid == first)
				result = status;
			continue;
		}
		if (status >> 8 == (SIGTRAP | (PTRACE_EVENT_EXIT << 8)))
			print_peak(file, pid);
		/* The process gets its signals, but not the stops that come from tracing: events,
		 * and the first SIGSTOP of a new child. */
		else if (WSTOPSIG(status) != SIGTRAP && WSTOPSIG(status) != SIGSTOP)
			sig = WSTOPSIG(status);
		ptrace(PTRACE_CONT, pid, NULL, sig);
	}
	return result;
}

static int by_value(const void *a, const void *b)
{
	double difference = *(const double *)a - *(const double *)b;

	return difference < 0 ? -1 : difference > 0;
}

/* Microseconds for the first touch of a page of memory. In some virtual machines it takes a hundred
 * times as long as elsewhere, and most of the time of a program that needs memory. */
static double page_touch(void)
{
	const size_t size = 16 << 20;
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	volatile char *memory =
		mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	double begin = now();

	if (memory == MAP_FAILED)
		die("mmap");
	for (size_t at = 0; at < size; at += page)
		memory[at] = 1;
	return (now() - begin) * 1e6 / (double)(size / page);
}

/* Milliseconds to start a small program and wait for its end. */
static double program_start(void)
{
	char name[] = "true";
	char *command[] = { name, NULL };
	double times[41];
	int status;

	for (size_t i = 0; i < 41; i++) {
		double begin = now();

		if (waitpid(start(command, false), &status, 0) < 0 || status != 0)
			die("true");
		times[i] = (now() - begin) * 1e3;
	}
	qsort(times, 41, sizeof(times[0]), by_value);
	return times[20];
}

static void print_machine(void)
{
	printf("%-18s%.2f us\n", "touch of a page", page_touch());
	printf("%-18s%.2f ms\n", "program start", program_start());
}

int main(int argc, char **argv)
{
	bool each = argc > 1 && !strcmp(argv[1], "--each");
	FILE *file;
	int status;

	if (argc == 2 && !strcmp(argv[1], "--machine")) {
		print_machine();
		return 0;
	}
	argv += 1 + each;
	argc -= 1 + each;
	if (argc < 2) {
		fputs("Usage: measure [--each] FILE COMMAND...\n", stderr);
		return 2;
	}
	file = fopen(argv[0], "ae");
	if (!file)
		die(argv[0]);
	status = each ? measure_each(file, argv + 1) : measure(file, argv + 1);
	if (fclose(file) != 0)
		die(argv[0]);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
