/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Records the programs that a command starts, and the memory that it needs itself.
 *
 *     trace FILE COMMAND...
 *
 * Writes to FILE a line "exec PROGRAM ARGUMENT..." for the command and for each program that it or
 * its children start, and at the end "peak KIB", the largest resident set of the command's own
 * process. Exits with the status of the command; 2: it cannot be traced.
 */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#define OPTIONS                                                                               \
	(PTRACE_O_EXITKILL | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE | \
	 PTRACE_O_TRACEEXEC | PTRACE_O_TRACEEXIT)

static void die(const char *what)
{
	fprintf(stderr, "trace: %s: %s\n", what, strerror(errno));
	exit(2);
}

/* The last number on the line of this name in a status file; -1: there is none. */
static long status_value(const char *dir, const char *name)
{
	char path[300];
	char line[256];
	long value = -1;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%s/status", dir);
	file = fopen(path, "re");
	while (file && value < 0 && fgets(line, sizeof(line), file)) {
		char *number = line + strlen(name);

		if (strncmp(line, name, strlen(name)))
			continue;
		/* NSpid has the ids of the process in each of its namespaces, ours last. */
		for (char *p = number; *p; p++)
			if (isspace((unsigned char)*p) && isdigit((unsigned char)p[1]))
				number = p + 1;
		value = strtol(number, NULL, 10);
	}
	if (file)
		fclose(file);
	return value;
}

/* The directory under /proc of a traced process. /proc may be that of another process namespace,
 * where the process has another id. */
static bool find_proc(pid_t pid, char dir[256])
{
	char self[32] = "";
	struct dirent *entry;
	bool found = false;
	DIR *proc;

	if (readlink("/proc/self", self, sizeof(self) - 1) < 0)
		return false;
	proc = opendir("/proc");
	while (proc && !found && (entry = readdir(proc))) {
		if (!isdigit((unsigned char)entry->d_name[0]) ||
		    status_value(entry->d_name, "NSpid:") != pid ||
		    status_value(entry->d_name, "TracerPid:") != strtol(self, NULL, 10))
			continue;
		snprintf(dir, 256, "%s", entry->d_name);
		found = true;
	}
	if (proc)
		closedir(proc);
	return found;
}

static void report_exec(FILE *out, pid_t pid)
{
	char dir[256];
	char path[300];
	char words[4096];
	FILE *file = NULL;
	size_t n;

	if (find_proc(pid, dir)) {
		snprintf(path, sizeof(path), "/proc/%s/cmdline", dir);
		file = fopen(path, "re");
	}
	if (!file)
		die("the command line of a child");
	n = fread(words, 1, sizeof(words), file);
	fclose(file);
	fputs("exec", out);
	for (size_t at = 0; at < n; at += strlen(words + at) + 1) {
		words[n - 1] = '\0';
		fprintf(out, " %s", words + at);
	}
	fputc('\n', out);
}

static void report_peak(FILE *out, pid_t pid)
{
	char dir[256];
	long peak = find_proc(pid, dir) ? status_value(dir, "VmHWM:") : -1;

	if (peak < 0)
		die("the memory of the command");
	fprintf(out, "peak %ld\n", peak);
}

/* Returns the command's wait status. */
static int follow(pid_t command, FILE *out)
{
	for (;;) {
		int status;
		pid_t pid = waitpid(-1, &status, __WALL);
		int event = status >> 16;
		int signal = 0;

		if (pid < 0)
			die("wait");
		if (!WIFSTOPPED(status)) {
			if (pid == command)
				return status;
			continue;
		}
		if (event == PTRACE_EVENT_EXEC)
			report_exec(out, pid);
		else if (event == PTRACE_EVENT_EXIT && pid == command)
			report_peak(out, pid);
		else if (!event)
			signal = WSTOPSIG(status);
		ptrace(PTRACE_CONT, pid, NULL, (void *)(long)signal);
	}
}

int main(int argc, char **argv)
{
	int go[2];
	FILE *out;
	pid_t pid;
	int status;

	if (argc < 3) {
		fputs("usage: trace FILE COMMAND...\n", stderr);
		return 2;
	}
	out = fopen(argv[1], "we");
	if (!out)
		die(argv[1]);
	if (pipe(go))
		die("pipe");
	pid = fork();
	if (pid < 0)
		die("fork");
	if (!pid) {
		char c;

		/* Waits until it is traced. */
		close(go[1]);
		if (read(go[0], &c, 1) < 0)
			_exit(2);
		close(go[0]);
		execvp(argv[2], argv + 2);
		die(argv[2]);
	}
	if (ptrace(PTRACE_SEIZE, pid, NULL, (void *)(long)OPTIONS))
		die("ptrace");
	close(go[0]);
	close(go[1]);
	status = follow(pid, out);
	if (fclose(out))
		die(argv[1]);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
