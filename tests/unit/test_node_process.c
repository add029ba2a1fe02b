/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Starting and ending programs: a clean environment, time limits, requests to stop, and failures to
 * start a process.
 */
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "node/run.h"
#include "support/node_fixture.h"

static void test_not_executable(void)
{
	struct fixture f;
	char path[192];
	FILE *file;

	fixture_begin_fake(&f, "", FIXTURE_SAY_EMPTY, "exit 0");
	snprintf(path, sizeof(path), "%s/bin/iptables-nft-save", f.dir);
	file = fopen(path, "we");
	CHECK(file && fputs("#!/no/such/interpreter\n", file) >= 0 && fclose(file) == 0, path);
	CHECK(fixture_apply(&f) == -EIO, fixture_said(&f));
	CHECK(fixture_found(&f, "cannot-run",
			    "iptables-nft-save was not run: it cannot be executed: No such file"),
	      fixture_said(&f));
	fixture_end(&f);
}

static void test_hanging_programs(void)
{
	static const struct {
		const char *save;
		const char *restore;
	} rows[] = {
		{ "sleep 1000", "exit 0" },
		{ FIXTURE_SAY_EMPTY "; sleep 1000", "exit 0" },
		{ FIXTURE_SAY_EMPTY "; exec >&- 2>&-; sleep 1000", "exit 0" },
		{ FIXTURE_SAY_EMPTY "; trap '' TERM INT HUP; sleep 1000 & wait", "exit 0" },
		{ FIXTURE_SAY_EMPTY, "sleep 1000" },
		{ "while :; do echo '#'; done", "exit 0" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct timespec start;
		struct timespec end;
		struct fixture f;

		fixture_begin_fake(&f, "", rows[i].save, rows[i].restore);
		f.node->limit_ms = 0;
		CHECK(ipmasq_node_set_wait(f.node, 0) == 0, "wait");
		clock_gettime(CLOCK_MONOTONIC, &start);
		CHECK(fixture_apply(&f) == -ETIMEDOUT, rows[i].save);
		clock_gettime(CLOCK_MONOTONIC, &end);
		CHECK(end.tv_sec - start.tv_sec <= 3, rows[i].save);
		CHECK(fixture_found(&f, "timeout", "did not end within 1 seconds"),
		      fixture_said(&f));
		CHECK(waitpid(-1, NULL, WNOHANG) == -1 && errno == ECHILD, "no zombie is left");
		fixture_end(&f);
	}
}

/* After a request to stop, a program that ends soon may end by itself, and others are killed. */
static void test_stop(void)
{
	static const struct {
		const char *save;
		int error;
		const char *code;
	} rows[] = {
		{ FIXTURE_SAY_EMPTY "; sleep 1000", -ECANCELED, "stopped" },
		{ FIXTURE_SAY_EMPTY "; exec >&- 2>&-; sleep 1000", -ECANCELED, "stopped" },
		{ FIXTURE_SAY_EMPTY "; sleep 0.3", -EDOM, "read-back" },
	};
	int fds[2];

	CHECK(pipe(fds) == 0, "pipe");
	CHECK(write(fds[1], "", 1) == 1, "stop");
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct timespec start;
		struct timespec end;
		struct fixture f;

		fixture_begin_fake(&f, "", rows[i].save, "exit 0");
		CHECK(ipmasq_node_set_stop_fd(f.node, fds[0]) == 0, "stop descriptor");
		clock_gettime(CLOCK_MONOTONIC, &start);
		CHECK(fixture_apply(&f) == rows[i].error, rows[i].save);
		clock_gettime(CLOCK_MONOTONIC, &end);
		CHECK(end.tv_sec - start.tv_sec <= 20, rows[i].save);
		CHECK(fixture_found(&f, rows[i].code, ""), fixture_said(&f));
		CHECK(waitpid(-1, NULL, WNOHANG) == -1 && errno == ECHILD, "no zombie is left");
		fixture_end(&f);
	}
	close(fds[0]);
	close(fds[1]);
}

/* A program that was killed gives no answer about --random-fully. */
static void test_killed_while_written(void)
{
	struct fixture f;

	fixture_begin(&f, "");
	fixture_real(&f, "nft");
	fixture_fake(&f, "iptables-nft-restore",
		     "[ -e $0.again ] || { : >$0.again; kill -9 $$; }\n"
		     "exec /usr/sbin/iptables-nft-restore \"$@\"");
	CHECK(fixture_apply(&f) == -EPROTO, fixture_said(&f));
	CHECK(fixture_state(&f, IPMASQ_IPV4) == IPMASQ_STATE_FAILED, fixture_said(&f));
	CHECK(fixture_found(&f, "refused", "ended by signal 9"), fixture_said(&f));
	CHECK(!fixture_reported(&f, IPMASQ_IPV4, "--random-fully"), fixture_said(&f));
	CHECK(fixture_apply(&f) == 0, fixture_said(&f));
	CHECK(strstr(fixture_do(&f, "nft", "iptables-@-save -t nat"),
		     "-j MASQUERADE --random-fully"),
	      "used again");
	fixture_end(&f);
}

/* Programs see none of the caller's environment, files, or ignored signals. */
static void test_clean_start(void)
{
	struct fixture f;
	int leaked;

	fixture_begin_fake(&f, "",
			   "env >$0.env; ls /proc/self/fd >$0.fds; cat /proc/self/status "
			   ">$0.status; " FIXTURE_SAY_EMPTY,
			   "exit 0");
	CHECK(setenv("LD_IPMASQ_TEST", "1", 1) == 0, "environment");
	leaked = open("/dev/null", O_RDONLY);
	CHECK(leaked >= 0 && fcntl(leaked, F_DUPFD, 50) == 50,
	      "a descriptor without close-on-exec");
	signal(SIGPIPE, SIG_IGN);
	CHECK(fixture_check(&f) == 0, fixture_said(&f));
	signal(SIGPIPE, SIG_DFL);
	close(50);
	close(leaked);
	CHECK_STRING(fixture_do(&f, "",
				"grep -vc -e ^PATH= -e ^LC_ALL=C$ -e ^XTABLES_LOCKFILE= -e ^PWD= "
				"-e ^_= -e ^SHLVL= $D/bin/*.env || true"),
		     "0\n", "environment");
	CHECK_STRING(fixture_do(&f, "", "grep -c . $D/bin/*.fds"), "4\n", "0 to 2, and that of ls");
	/* Signals 1 to 31. Signals 32 and 33 belong to glibc and stay as inherited. */
	CHECK_STRING(fixture_do(&f, "",
				"grep -c -e '^SigIgn:.*[08]0000000$' -e '^SigBlk:.*[08]0000000$' "
				"$D/bin/*.status"),
		     "2\n", "signals");
	fixture_end(&f);
}

/* How many calls of fork() succeed before it fails. */
#define FORKS_ALL UINT_MAX
static unsigned int forks_left = FORKS_ALL;

pid_t __real_fork(void);
pid_t __wrap_fork(void);

pid_t __wrap_fork(void)
{
	if (forks_left == 0) {
		errno = EAGAIN;
		return -1;
	}
	if (forks_left != FORKS_ALL)
		forks_left--;
	return __real_fork();
}

static int apply_with_forks(struct fixture *f, unsigned int forks)
{
	int r;

	/* The programs are asked about their options again, so that this can fail as well. */
	memset(f->node->random_fully, 0, sizeof(f->node->random_fully));
	forks_left = forks;
	r = fixture_apply(f);
	forks_left = FORKS_ALL;
	return r;
}

/* Lets fork() fail at each place where a process is started. */
static void fail_each_fork(struct fixture *f, const char *variant)
{
	static const char *const yaml[] = { "nonMasqueradeCIDRs: [10.0.0.0/8]",
					    "nonMasqueradeCIDRs: [172.16.0.0/12]" };
	char *tables[2] = { NULL, NULL };
	unsigned int forks = 0;
	/* The policy to apply; the other one is in force. */
	int to = 1;
	int r;

	for (int i = 1; i >= 0; i--) {
		fixture_policy(f, yaml[i], IPMASQ_OFF, NULL);
		CHECK(fixture_apply(f) == 0, fixture_said(f));
		tables[i] = strdup(fixture_do(f, variant, SAVE));
	}
	for (;; forks++, to = !to) {
		const char *now;

		fixture_policy(f, yaml[to], IPMASQ_OFF, NULL);
		r = apply_with_forks(f, forks);
		if (r == 0 || !CHECK(r == -EIO, fixture_said(f)) || !CHECK(forks < 40, variant))
			break;
		CHECK(ipmasq_diags_count(f->diags) == 1, fixture_said(f));
		CHECK(fixture_found(f, "cannot-run",
				    "no process can be started for it: Resource temporarily"),
		      fixture_said(f));
		now = fixture_do(f, variant, SAVE);
		CHECK(strcmp(now, tables[0]) == 0 || strcmp(now, tables[1]) == 0, now);
		CHECK(apply_with_forks(f, FORKS_ALL) == 0, fixture_said(f));
		CHECK_STRING(fixture_do(f, variant, SAVE), tables[to], variant);
	}
	CHECK(forks >= 3, "processes to read, to write, and to read again");
	CHECK_STRING(fixture_do(f, variant, SAVE), tables[to], variant);
	free(tables[0]);
	free(tables[1]);
}

static void test_no_process_can_be_started(void)
{
	EACH_VARIANT(v) {
		struct fixture f;

		fixture_begin(&f, "");
		fixture_real(&f, *v);
		fail_each_fork(&f, *v);
		fixture_end(&f);
	}
}

/* Writes more than a pipe holds; fails where more than the streams are open. */
static int write_much(int argument)
{
	char block[4096] = { 0 };

	for (int fd = 3; fd < 64; fd++)
		if (fcntl(fd, F_GETFD) >= 0)
			return 2;
	if (argument != STDIN_FILENO)
		return 3;
	for (size_t i = 0; i < 64; i++)
		if (write(STDOUT_FILENO, block, sizeof(block)) != sizeof(block))
			return 4;
	return 0;
}

static int count_bytes(void *context, const char *data, size_t len)
{
	(void)data;
	*(size_t *)context += len;
	return 0;
}

/* A child that kept the other end of its pipe open would wait for ever once its parent is killed.
 */
static void test_reader_keeps_nothing_open(void)
{
	size_t bytes = 0;
	struct run run = { .task.act = write_much,
			   .task.argument = STDIN_FILENO,
			   .task.netns = -1,
			   .stop_fd = -1,
			   .limit_ms = 10000,
			   .output = count_bytes,
			   .context = &bytes };
	struct run_end end;
	int host = open("/dev/null", O_RDONLY);

	CU_ASSERT_EQUAL(run_program(&run, &end), 0);
	CU_ASSERT_EQUAL(end.status, 0);
	CU_ASSERT_EQUAL(bytes, 64 * 4096);
	close(host);
}

static const struct unit_test tests[] = {
	{ "no process can be started: the rules stay complete, and the next try works",
	  test_no_process_can_be_started },
	{ "a program that cannot be executed", test_not_executable },
	{ "programs that hang are ended", test_hanging_programs },
	{ "a stop does not wait for programs that hang", test_stop },
	{ "a program that is killed does not count as one without --random-fully",
	  test_killed_while_written },
	{ "programs inherit nothing from the caller", test_clean_start },
	{ "a child that reads the kernel keeps nothing open", test_reader_keeps_nothing_open },
};

int main(void)
{
	return fixture_main("node_process", tests, ARRAY_SIZE(tests));
}
