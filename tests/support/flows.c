/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Opens new flows while rules change, and checks that each arrives with a source address that it
 * may have.
 *
 *     flows POD-NETNS OUTSIDE-NETNS RATE MS PORT POD4 NODE4 POD6 NODE6 < destinations
 *
 * Opens RATE new UDP flows per second for MS milliseconds, or until SIGTERM, from POD4 and POD6 and
 * ports from PORT upwards, and judges each packet where it arrives. A destination is a line
 * "ADDRESS MASQUERADE", "ADDRESS RETURN" or "ADDRESS either". Prints counts, one per line, and the
 * first wrong packets. Exits with 1 if a packet was wrong or did not arrive.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define PORT	    7778
#define TARGETS_MAX 8192
#define FLOWS_MAX   (1u << 20)
/* Few enough for the queue of a veth device. */
#define BURST	      64
#define COMPLAINT_MAX 10
#define SETTLE_MS     300

enum verdict { MASQUERADE, RETURN, EITHER, VERDICTS };

static const char *const verdict_names[VERDICTS] = { "MASQUERADE", "RETURN", "either" };

struct target {
	struct sockaddr_storage addr;
	enum verdict wanted;
	char text[INET6_ADDRSTRLEN];
};

struct run {
	struct target targets[TARGETS_MAX];
	size_t target_count;
	/* By family (IPv6 is 1) and verdict. */
	struct in6_addr source[2][2];
	int listeners[2];
	int senders[2];
	unsigned int sender_port;
	uint32_t sent;
	/* By wanted and actual verdict. */
	uint32_t arrived[VERDICTS][2];
	uint32_t judged;
	uint32_t wrong;
	bool seen[FLOWS_MAX];
};

static volatile sig_atomic_t terminated;

static void on_term(int signal)
{
	(void)signal;
	terminated = 1;
}

static void die(const char *what)
{
	fprintf(stderr, "flows: %s: %s\n", what, strerror(errno));
	exit(2);
}

static uint64_t now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

/* IPv4 addresses become mapped ones, so that all are compared in one way. */
static struct in6_addr plain(const struct sockaddr_storage *addr)
{
	const struct sockaddr_in *v4 = (const struct sockaddr_in *)addr;
	struct in6_addr result = IN6ADDR_ANY_INIT;

	if (addr->ss_family == AF_INET6)
		return ((const struct sockaddr_in6 *)addr)->sin6_addr;
	result.s6_addr[10] = result.s6_addr[11] = 0xff;
	memcpy(result.s6_addr + 12, &v4->sin_addr, 4);
	return result;
}

static struct sockaddr_storage read_address(const char *text, unsigned int port)
{
	struct sockaddr_storage addr = { .ss_family = AF_INET };
	struct sockaddr_in *v4 = (struct sockaddr_in *)&addr;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&addr;

	v4->sin_port = htons((uint16_t)port);
	if (inet_pton(AF_INET, text, &v4->sin_addr) == 1)
		return addr;
	addr.ss_family = AF_INET6;
	if (inet_pton(AF_INET6, text, &v6->sin6_addr) == 1)
		return addr;
	errno = EINVAL;
	die(text);
	return addr;
}

static socklen_t addr_size(const struct sockaddr_storage *addr)
{
	return addr->ss_family == AF_INET ? sizeof(struct sockaddr_in)
					  : sizeof(struct sockaddr_in6);
}

static void read_targets(struct run *run)
{
	char address[INET6_ADDRSTRLEN];
	char word[16];

	while (run->target_count < TARGETS_MAX && scanf("%45s %15s", address, word) == 2) {
		struct target *target = &run->targets[run->target_count++];

		target->addr = read_address(address, PORT);
		memcpy(target->text, address, sizeof(address));
		while (target->wanted < VERDICTS && strcmp(word, verdict_names[target->wanted]))
			target->wanted++;
		if (target->wanted == VERDICTS) {
			errno = EINVAL;
			die(word);
		}
	}
	if (!run->target_count) {
		errno = ENODATA;
		die("destinations");
	}
}

static void enter(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0 || setns(fd, CLONE_NEWNET))
		die(path);
	close(fd);
}

static int bound_socket(const struct sockaddr_storage *addr)
{
	int fd = socket(addr->ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int size = 1 << 20;
	int on = 1;

	if (fd < 0)
		die("socket");
	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	if (addr->ss_family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
	if (bind(fd, (const struct sockaddr *)addr, addr_size(addr)))
		die("bind");
	return fd;
}

/* Each pass over the destinations has source ports of its own, so that each packet is a new flow.
 */
static void open_senders(struct run *run, char *const pods[2])
{
	for (int v6 = 0; v6 < 2; v6++) {
		struct sockaddr_storage addr = read_address(pods[v6], run->sender_port);

		if (run->senders[v6] >= 0)
			close(run->senders[v6]);
		run->senders[v6] = bound_socket(&addr);
	}
	run->sender_port++;
}

static void send_flow(struct run *run, char *const pods[2])
{
	size_t at = run->sent % run->target_count;
	const struct target *target = &run->targets[at];

	if (!at)
		open_senders(run, pods);
	if (sendto(run->senders[target->addr.ss_family == AF_INET6], &run->sent, sizeof(run->sent),
		   0, (const struct sockaddr *)&target->addr, addr_size(&target->addr)) < 0)
		die(target->text);
	run->sent++;
}

static void complain(struct run *run, const struct target *target, const struct in6_addr *source)
{
	char text[INET6_ADDRSTRLEN];

	if (run->wrong++ >= COMPLAINT_MAX)
		return;
	if (IN6_IS_ADDR_V4MAPPED(source))
		inet_ntop(AF_INET, source->s6_addr + 12, text, sizeof(text));
	else
		inet_ntop(AF_INET6, source, text, sizeof(text));
	printf("# %s must be %s, but arrives from %s\n", target->text,
	       verdict_names[target->wanted], text);
}

static void judge(struct run *run, uint32_t flow, const struct sockaddr_storage *from)
{
	const struct target *target = &run->targets[flow % run->target_count];
	const struct in6_addr *legal = run->source[from->ss_family == AF_INET6];
	struct in6_addr source = plain(from);
	int verdict = MASQUERADE;

	while (verdict <= RETURN && memcmp(&source, &legal[verdict], sizeof(source)))
		verdict++;
	run->judged++;
	if (verdict <= RETURN)
		run->arrived[target->wanted][verdict]++;
	if (verdict > RETURN || (target->wanted != EITHER && (int)target->wanted != verdict))
		complain(run, target, &source);
}

/* Judges all packets that have arrived; waits for the first. Returns whether there was one. */
static bool receive(struct run *run, int wait_ms)
{
	struct pollfd fds[2] = { { run->listeners[0], POLLIN, 0 },
				 { run->listeners[1], POLLIN, 0 } };
	bool any = poll(fds, 2, wait_ms) > 0;

	for (int i = 0; any && i < 2; i++) {
		struct sockaddr_storage from;
		socklen_t size = sizeof(from);
		uint32_t flow;

		while (recvfrom(fds[i].fd, &flow, sizeof(flow), MSG_DONTWAIT,
				(struct sockaddr *)&from, &size) == sizeof(flow)) {
			size = sizeof(from);
			if (flow >= run->sent || run->seen[flow])
				continue;
			run->seen[flow] = true;
			judge(run, flow, &from);
		}
	}
	return any;
}

static void send_and_judge(struct run *run, char *const pods[2], uint64_t rate, uint64_t ms)
{
	uint64_t start = now_us();
	uint64_t passed;

	while ((passed = now_us() - start) < ms * 1000 && run->sent < FLOWS_MAX && !terminated) {
		uint64_t due = passed * rate / 1000000;

		for (int i = 0; i < BURST && run->sent < due && run->sent < FLOWS_MAX; i++)
			send_flow(run, pods);
		receive(run, run->sent < due ? 0 : 1);
	}
	while (receive(run, SETTLE_MS))
		;
}

int main(int argc, char **argv)
{
	static struct run run = { .senders = { -1, -1 } };
	static const char *const any[2] = { "0.0.0.0", "::" };
	char *pods[2];

	if (argc != 10) {
		fputs("usage: flows POD-NETNS OUTSIDE-NETNS RATE MS PORT POD4 NODE4 POD6 NODE6 "
		      "< destinations\n",
		      stderr);
		return 2;
	}
	signal(SIGTERM, on_term);
	read_targets(&run);
	run.sender_port = (unsigned int)atoi(argv[5]);
	enter(argv[2]);
	for (int v6 = 0; v6 < 2; v6++) {
		struct sockaddr_storage pod = read_address(argv[6 + 2 * v6], 0);
		struct sockaddr_storage node = read_address(argv[7 + 2 * v6], 0);
		struct sockaddr_storage every = read_address(any[v6], PORT);

		pods[v6] = argv[6 + 2 * v6];
		run.source[v6][MASQUERADE] = plain(&node);
		run.source[v6][RETURN] = plain(&pod);
		run.listeners[v6] = bound_socket(&every);
	}
	enter(argv[1]);
	send_and_judge(&run, pods, strtoul(argv[3], NULL, 10), strtoul(argv[4], NULL, 10));
	printf("judged %u\nlost %u\nwrong %u\nmasquerade %u\nreturn %u\neither-masqueraded %u\n"
	       "either-returned %u\n",
	       run.judged, run.sent - run.judged, run.wrong, run.arrived[MASQUERADE][MASQUERADE],
	       run.arrived[RETURN][RETURN], run.arrived[EITHER][MASQUERADE],
	       run.arrived[EITHER][RETURN]);
	return run.wrong || run.sent != run.judged;
}
