/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Shows the source addresses with which packets arrive.
 *
 *     probe server PORT [LOG]
 *         Answers each UDP datagram and TCP connection, to any address, with the address and port
 *         that it came from, and writes the same to LOG. Goes to the background when ready.
 *     probe udp|tcp SOURCE SPORT PORT [WAIT-MS] < addresses
 *         Asks each address from SOURCE. Prints the address, and the source address and port that
 *         the other end saw, separated by tabs; "-" for both if there was no answer. SPORT 0 means
 *         any. An address may name its interface, as in fe80::1%eth0.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define REPLY_MAX 80
#define TRIES	  3
/* Few enough for the receive buffer of a socket. */
#define IN_FLIGHT   64
#define WAIT_MS	    1000
#define TARGETS_MAX 65536

struct target {
	struct sockaddr_storage addr;
	char text[INET6_ADDRSTRLEN + IF_NAMESIZE + 2];
	char reply[REPLY_MAX];
};

static void die(const char *what)
{
	fprintf(stderr, "probe: %s: %s\n", what, strerror(errno));
	exit(2);
}

static socklen_t addr_size(const struct sockaddr_storage *addr)
{
	return addr->ss_family == AF_INET ? sizeof(struct sockaddr_in)
					  : sizeof(struct sockaddr_in6);
}

static bool same_address(const struct sockaddr_storage *a, const struct sockaddr_storage *b)
{
	if (a->ss_family != b->ss_family)
		return false;
	if (a->ss_family == AF_INET)
		return ((const struct sockaddr_in *)a)->sin_addr.s_addr ==
		       ((const struct sockaddr_in *)b)->sin_addr.s_addr;
	return !memcmp(&((const struct sockaddr_in6 *)a)->sin6_addr,
		       &((const struct sockaddr_in6 *)b)->sin6_addr, sizeof(struct in6_addr));
}

static bool read_address(const char *text, unsigned int port, struct sockaddr_storage *addr)
{
	struct sockaddr_in *v4 = (struct sockaddr_in *)addr;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)addr;
	char copy[INET6_ADDRSTRLEN + IF_NAMESIZE + 2];
	char *zone;

	memset(addr, 0, sizeof(*addr));
	if (strlen(text) >= sizeof(copy))
		return false;
	strcpy(copy, text);
	zone = strchr(copy, '%');
	if (zone) {
		*zone++ = '\0';
		v6->sin6_scope_id = if_nametoindex(zone);
	}
	if (inet_pton(AF_INET6, copy, &v6->sin6_addr) == 1) {
		v6->sin6_family = AF_INET6;
		v6->sin6_port = htons((uint16_t)port);
		return true;
	}
	v4->sin_family = AF_INET;
	v4->sin_port = htons((uint16_t)port);
	return inet_pton(AF_INET, copy, &v4->sin_addr) == 1;
}

static void write_address(const struct sockaddr_storage *addr, char text[REPLY_MAX])
{
	const struct sockaddr_in *v4 = (const struct sockaddr_in *)addr;
	const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)addr;
	char ip[INET6_ADDRSTRLEN] = "?";

	if (addr->ss_family == AF_INET)
		inet_ntop(AF_INET, &v4->sin_addr, ip, sizeof(ip));
	else
		inet_ntop(AF_INET6, &v6->sin6_addr, ip, sizeof(ip));
	snprintf(text, REPLY_MAX, "%s\t%u", ip,
		 ntohs(addr->ss_family == AF_INET ? v4->sin_port : v6->sin6_port));
}

/* The server */

static int listen_on(int family, int type, unsigned int port)
{
	struct sockaddr_storage addr;
	int on = 1, fd;

	if (family == AF_INET)
		read_address("0.0.0.0", port, &addr);
	else
		read_address("::", port, &addr);
	fd = socket(family, type | SOCK_CLOEXEC, 0);
	if (fd < 0)
		die("socket");
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
	/* Allows answers from addresses that only a policy route makes local. Needs CAP_NET_ADMIN.
	 */
	if (family == AF_INET)
		setsockopt(fd, IPPROTO_IP, IP_TRANSPARENT, &on, sizeof(on));
	else
		setsockopt(fd, IPPROTO_IPV6, IPV6_TRANSPARENT, &on, sizeof(on));
	if (type == SOCK_DGRAM && family == AF_INET)
		setsockopt(fd, IPPROTO_IP, IP_PKTINFO, &on, sizeof(on));
	if (type == SOCK_DGRAM && family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, &on, sizeof(on));
	if (bind(fd, (struct sockaddr *)&addr, addr_size(&addr)) ||
	    (type == SOCK_STREAM && listen(fd, 512)))
		die("bind");
	return fd;
}

/* The source of the answer must be the address that was asked. The control message with that
 * address sets the source when it is sent back. */
static void serve_datagram(int fd, FILE *log)
{
	union {
		char space[256];
		struct cmsghdr align;
	} control;
	struct sockaddr_storage peer;
	char text[REPLY_MAX];
	struct iovec iov = { text, sizeof(text) };
	struct msghdr message = { .msg_name = &peer,
				  .msg_namelen = sizeof(peer),
				  .msg_iov = &iov,
				  .msg_iovlen = 1,
				  .msg_control = &control,
				  .msg_controllen = sizeof(control) };

	if (recvmsg(fd, &message, MSG_DONTWAIT) < 0)
		return;
	for (struct cmsghdr *c = CMSG_FIRSTHDR(&message); c; c = CMSG_NXTHDR(&message, c)) {
		if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO) {
			struct in_pktinfo *info = (struct in_pktinfo *)CMSG_DATA(c);

			info->ipi_spec_dst = info->ipi_addr;
			info->ipi_ifindex = 0;
		} else if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_PKTINFO) {
			struct in6_pktinfo *info = (struct in6_pktinfo *)CMSG_DATA(c);

			if (!IN6_IS_ADDR_LINKLOCAL(&info->ipi6_addr))
				info->ipi6_ifindex = 0;
		}
	}
	write_address(&peer, text);
	iov.iov_len = strlen(text);
	fprintf(log, "udp\t%s\n", text);
	sendmsg(fd, &message, 0);
}

static void serve_connection(int fd, FILE *log)
{
	struct sockaddr_storage peer;
	socklen_t size = sizeof(peer);
	int connection = accept4(fd, (struct sockaddr *)&peer, &size, SOCK_CLOEXEC);
	char text[REPLY_MAX];

	if (connection < 0)
		return;
	write_address(&peer, text);
	fprintf(log, "tcp\t%s\n", text);
	/* This end closes first, so that the TIME-WAIT is here. */
	send(connection, text, strlen(text), MSG_NOSIGNAL);
	close(connection);
}

static int run_server(unsigned int port, const char *log_path)
{
	struct pollfd fds[] = {
		{ listen_on(AF_INET, SOCK_DGRAM, port), POLLIN, 0 },
		{ listen_on(AF_INET6, SOCK_DGRAM, port), POLLIN, 0 },
		{ listen_on(AF_INET, SOCK_STREAM, port), POLLIN, 0 },
		{ listen_on(AF_INET6, SOCK_STREAM, port), POLLIN, 0 },
	};
	FILE *log = fopen(log_path ? log_path : "/dev/null", "ae");

	if (!log)
		die(log_path);
	setvbuf(log, NULL, _IOLBF, 0);
	if (daemon(1, 0))
		die("daemon");
	while (poll(fds, 4, -1) > 0) {
		for (int i = 0; i < 4; i++) {
			if (!fds[i].revents)
				continue;
			if (i < 2)
				serve_datagram(fds[i].fd, log);
			else
				serve_connection(fds[i].fd, log);
		}
	}
	return 2;
}

/* The client */

static uint64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static struct target *read_targets(unsigned int port, size_t *count)
{
	struct target *targets = calloc(TARGETS_MAX, sizeof(*targets));
	char line[256];

	if (!targets)
		die("calloc");
	*count = 0;
	while (*count < TARGETS_MAX && fgets(line, sizeof(line), stdin)) {
		struct target *target = &targets[*count];

		line[strcspn(line, "\n")] = '\0';
		if (!read_address(line, port, &target->addr)) {
			fprintf(stderr, "probe: '%s' is not an address\n", line);
			exit(2);
		}
		strcpy(target->text, line);
		++*count;
	}
	return targets;
}

static int client_socket(int type, const struct sockaddr_storage *source)
{
	int on = 1, size = 1 << 20;
	int fd = socket(source->ss_family, type | SOCK_CLOEXEC, 0);

	if (fd < 0)
		die("socket");
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	if (bind(fd, (const struct sockaddr *)source, addr_size(source)))
		die("bind");
	return fd;
}

/* Receives answers until each target has one, or none has come for @wait ms. */
static void collect(int fd, struct target *targets, size_t count, int wait)
{
	struct pollfd pollfd = { fd, POLLIN, 0 };
	size_t missing = 0;

	for (size_t i = 0; i < count; i++)
		missing += !targets[i].reply[0];
	while (missing && poll(&pollfd, 1, wait) > 0) {
		struct sockaddr_storage from;
		socklen_t size = sizeof(from);
		char text[REPLY_MAX];
		ssize_t n =
			recvfrom(fd, text, sizeof(text) - 1, 0, (struct sockaddr *)&from, &size);

		for (size_t i = 0; n > 0 && i < count; i++) {
			if (targets[i].reply[0] || !same_address(&targets[i].addr, &from))
				continue;
			memcpy(targets[i].reply, text, (size_t)n);
			missing--;
			break;
		}
	}
}

static void ask_udp(const struct sockaddr_storage *source, struct target *targets, size_t count,
		    int wait)
{
	int fd = client_socket(SOCK_DGRAM, source);

	for (size_t at = 0; at < count; at += IN_FLIGHT) {
		size_t n = count - at < IN_FLIGHT ? count - at : IN_FLIGHT;

		for (int try = 0; try < TRIES; try++) {
			size_t sent = 0;

			for (size_t i = at; i < at + n; i++) {
				if (targets[i].reply[0])
					continue;
				sendto(fd, "?", 1, 0, (struct sockaddr *)&targets[i].addr,
				       addr_size(&targets[i].addr));
				sent++;
			}
			if (sent)
				collect(fd, &targets[at], n, wait / TRIES);
		}
	}
	close(fd);
}

static bool wait_for(int fd, short events, uint64_t deadline)
{
	struct pollfd pollfd = { fd, events, 0 };
	uint64_t now = now_ms();

	return now < deadline && poll(&pollfd, 1, (int)(deadline - now)) > 0;
}

static void ask_tcp(const struct sockaddr_storage *source, struct target *target, int wait)
{
	uint64_t deadline = now_ms() + (uint64_t)wait;
	int fd = client_socket(SOCK_STREAM, source);
	int error = 0;
	socklen_t size = sizeof(error);

	fcntl(fd, F_SETFL, O_NONBLOCK);
	if (connect(fd, (struct sockaddr *)&target->addr, addr_size(&target->addr)) &&
	    errno != EINPROGRESS)
		error = errno;
	if (!error && wait_for(fd, POLLOUT, deadline) &&
	    !getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) && !error &&
	    wait_for(fd, POLLIN, deadline)) {
		ssize_t n = recv(fd, target->reply, sizeof(target->reply) - 1, 0);

		if (n <= 0)
			target->reply[0] = '\0';
	}
	close(fd);
}

static int run_client(bool tcp, char **argv, int argc)
{
	struct sockaddr_storage source;
	struct target *targets;
	int wait = argc > 3 ? atoi(argv[3]) : WAIT_MS;
	size_t count;

	if (!read_address(argv[0], (unsigned int)atoi(argv[1]), &source)) {
		fprintf(stderr, "probe: '%s' is not an address\n", argv[0]);
		return 2;
	}
	targets = read_targets((unsigned int)atoi(argv[2]), &count);
	if (!tcp)
		ask_udp(&source, targets, count, wait);
	for (size_t i = 0; i < count; i++) {
		if (tcp)
			ask_tcp(&source, &targets[i], wait);
		printf("%s\t%s\n", targets[i].text,
		       targets[i].reply[0] ? targets[i].reply : "-\t-");
	}
	free(targets);
	return 0;
}

int main(int argc, char **argv)
{
	if ((argc == 3 || argc == 4) && !strcmp(argv[1], "server"))
		return run_server((unsigned int)atoi(argv[2]), argv[3]);
	if ((argc == 5 || argc == 6) && (!strcmp(argv[1], "udp") || !strcmp(argv[1], "tcp")))
		return run_client(argv[1][0] == 't', argv + 2, argc - 2);
	fputs("usage: probe server PORT [LOG]\n"
	      "       probe udp|tcp SOURCE SPORT PORT [WAIT-MS] < addresses\n",
	      stderr);
	return 2;
}
