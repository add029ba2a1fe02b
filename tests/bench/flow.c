/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Measures the cost of a new flow in the kernel.
 *
 *     flow ROUNDS PACKETS MILLISECONDS ADDRESSES FORM...
 *
 * Sends UDP packets from the network namespace /run/netns/FORM-pod, each the first of a flow, in
 * turns through all forms. Prints for each turn: form, round, nanoseconds per flow, packets sent.
 * The packets are put on the pod's interface as raw frames, so that the pod's own stack takes no
 * time. A veth pair forwards a packet in the softirq of the CPU that sent it, so the time to send
 * one is the time until the last namespace has it. Packets are sent in groups, and the printed time
 * is the median of the groups of a turn, so that interruptions do not count. A turn ends after
 * PACKETS, or after MILLISECONDS and three groups.
 *
 * Before each turn the connections in /run/netns/FORM-node are deleted; after it there must be one
 * per packet. ADDRESSES is a file of destinations, one per line.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_packet.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <linux/netlink.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/ip.h>
#include <netinet/udp.h>
#include <sched.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define GROUP	    32
#define GROUPS_MIN  3
#define SOURCE_PORT 4000
#define PORT_FIRST  1024
/* Each packet has a port of its own, and so is a flow of its own. */
#define PACKETS_MAX    60000
#define DESTINATIONS   65536
#define SETTLE_TRIES   200
#define SETTLE_NS      1000000L
#define COUNT_FILE     "/proc/sys/net/netfilter/nf_conntrack_count"
#define NS_PER_SECOND  1000000000ull
#define NS_PER_MS      1000000ull
#define FIRST_FORM_ARG 5

struct form {
	const char *name;
	/* The namespaces. */
	int node;
	int pod;
	/* A packet socket on the pod's interface. */
	int sender;
};

/* The networks of flow.sh. */
static const char interface[] = "eth0";
static const struct ether_header ether = {
	.ether_dhost = { 2, 0, 0, 0, 1, 1 },
	.ether_shost = { 2, 0, 0, 0, 1, 2 },
};
static const char source[] = "172.20.1.2";

struct frame {
	struct ether_header ether;
	struct iphdr ip;
	struct udphdr udp;
	char payload[18];
} __attribute__((packed));

struct sending {
	struct in_addr *destinations;
	size_t destination_count;
	/* A multiple of GROUP. */
	size_t packets;
	uint64_t limit_ns;
	/* Of the groups. */
	uint64_t *times;
	size_t groups;
};

static void die(const char *format, ...) __attribute__((format(printf, 1, 2), noreturn));

static void die(const char *format, ...)
{
	int error = errno;
	va_list args;

	fputs("flow: ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	if (error)
		fprintf(stderr, ": %s", strerror(error));
	fputc('\n', stderr);
	exit(1);
}

static uint64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * NS_PER_SECOND + (uint64_t)t.tv_nsec;
}

static void enter(int netns)
{
	if (setns(netns, CLONE_NEWNET) < 0)
		die("setns");
}

static int open_netns(const char *form, const char *which)
{
	char path[256];
	int fd;

	snprintf(path, sizeof(path), "/run/netns/%s-%s", form, which);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		die("%s", path);
	return fd;
}

/* Runs everything on one CPU, since a packet is forwarded where it was sent. */
static void pin(void)
{
	cpu_set_t set;
	int cpu = CPU_SETSIZE - 1;

	if (sched_getaffinity(0, sizeof(set), &set) < 0)
		die("sched_getaffinity");
	while (cpu > 0 && !CPU_ISSET(cpu, &set))
		cpu--;
	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set) < 0)
		die("sched_setaffinity");
}

static void read_destinations(struct sending *sending, const char *path)
{
	FILE *file = fopen(path, "re");
	char line[64];

	if (!file)
		die("%s", path);
	sending->destinations = malloc(DESTINATIONS * sizeof(*sending->destinations));
	if (!sending->destinations)
		die("memory");
	errno = 0;
	while (sending->destination_count < DESTINATIONS && fgets(line, sizeof(line), file)) {
		line[strcspn(line, "\n")] = '\0';
		if (inet_pton(AF_INET, line,
			      &sending->destinations[sending->destination_count++]) != 1)
			die("%s: not an address: %s", path, line);
	}
	fclose(file);
	if (sending->destination_count == 0)
		die("%s: no addresses", path);
}

/* Deletes all connections of the current namespace. */
static void delete_connections(void)
{
	struct {
		struct nlmsghdr header;
		struct nfgenmsg message;
	} request = {
		.header = {
			.nlmsg_len = sizeof(request),
			.nlmsg_type = NFNL_SUBSYS_CTNETLINK << 8 | IPCTNL_MSG_CT_DELETE,
			.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK,
		},
		.message = { .nfgen_family = AF_INET, .version = NFNETLINK_V0 },
	};
	struct {
		struct nlmsghdr header;
		struct nlmsgerr error;
		char rest[256];
	} answer;
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER);

	if (fd < 0 || send(fd, &request, sizeof(request), 0) < 0 ||
	    recv(fd, &answer, sizeof(answer), 0) < 0)
		die("netlink");
	if (answer.header.nlmsg_type != NLMSG_ERROR || answer.error.error) {
		errno = -answer.error.error;
		die("cannot flush connections (the kernel needs nf_conntrack_netlink)");
	}
	close(fd);
}

static unsigned long count_connections(void)
{
	FILE *file = fopen(COUNT_FILE, "re");
	unsigned long count;

	if (!file || fscanf(file, "%lu", &count) != 1)
		die(COUNT_FILE);
	fclose(file);
	return count;
}

static void check_connections(const struct form *form, size_t sent)
{
	const struct timespec pause = { .tv_nsec = SETTLE_NS };
	unsigned long count = 0;

	enter(form->node);
	for (int i = 0; i < SETTLE_TRIES; i++) {
		count = count_connections();
		if (count == sent)
			return;
		nanosleep(&pause, NULL);
	}
	errno = 0;
	die("%s: %zu packets sent made %lu connections", form->name, sent, count);
}

static uint16_t ip_checksum(const struct frame *frame)
{
	uint16_t words[sizeof(frame->ip) / 2];
	uint32_t sum = 0;

	memcpy(words, (const char *)frame + sizeof(frame->ether), sizeof(words));
	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		sum += words[i];
	sum = (sum >> 16) + (sum & 0xffff);
	return (uint16_t) ~(sum + (sum >> 16));
}

/* The packet of flow number @n. It has no UDP checksum, as IPv4 allows. */
static void fill_frame(struct frame *frame, const struct sending *sending, size_t n)
{
	*frame = (struct frame){
		.ether = ether,
		.ip = {
			.version = 4,
			.ihl = sizeof(frame->ip) / 4,
			.tot_len = htons(sizeof(*frame) - sizeof(frame->ether)),
			.ttl = 64,
			.protocol = IPPROTO_UDP,
			.saddr = inet_addr(source),
			.daddr = sending->destinations[n % sending->destination_count].s_addr,
		},
		.udp = {
			.source = htons(SOURCE_PORT),
			.dest = htons((uint16_t)(PORT_FIRST + n)),
			.len = htons(sizeof(frame->udp) + sizeof(frame->payload)),
		},
	};
	frame->ether.ether_type = htons(ETHERTYPE_IP);
	frame->ip.check = ip_checksum(frame);
}

/* Returns the time it took, in nanoseconds. */
static uint64_t send_group(const struct form *form, const struct sending *sending, size_t first)
{
	struct frame frames[GROUP];
	struct iovec iov[GROUP];
	struct mmsghdr messages[GROUP];
	uint64_t begin;

	memset(messages, 0, sizeof(messages));
	for (size_t i = 0; i < GROUP; i++) {
		fill_frame(&frames[i], sending, first + i);
		iov[i] = (struct iovec){ &frames[i], sizeof(frames[i]) };
		messages[i].msg_hdr.msg_iov = &iov[i];
		messages[i].msg_hdr.msg_iovlen = 1;
	}
	errno = 0;
	begin = now();
	if (sendmmsg(form->sender, messages, GROUP, 0) != GROUP)
		die("%s: sendmmsg", form->name);
	return now() - begin;
}

static int compare_times(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a;
	uint64_t y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

static void take_turn(const struct form *form, struct sending *sending, int round)
{
	uint64_t end;
	size_t groups = 0;

	enter(form->node);
	delete_connections();
	end = now() + sending->limit_ns;
	while (groups < sending->packets / GROUP && (groups < GROUPS_MIN || now() < end)) {
		sending->times[groups] = send_group(form, sending, groups * GROUP);
		groups++;
	}
	check_connections(form, groups * GROUP);
	qsort(sending->times, groups, sizeof(*sending->times), compare_times);
	printf("%s %d %.1f %zu\n", form->name, round, (double)sending->times[groups / 2] / GROUP,
	       groups * GROUP);
	fflush(stdout);
}

static void open_form(struct form *form, const char *name)
{
	struct sockaddr_ll to = { .sll_family = AF_PACKET };
	const int one = 1;

	form->name = name;
	form->node = open_netns(name, "node");
	form->pod = open_netns(name, "pod");
	enter(form->pod);
	to.sll_ifindex = (int)if_nametoindex(interface);
	/* Protocol 0: the socket only sends. */
	form->sender = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	if (form->sender < 0 ||
	    setsockopt(form->sender, SOL_PACKET, PACKET_QDISC_BYPASS, &one, sizeof(one)) < 0 ||
	    bind(form->sender, (struct sockaddr *)&to, sizeof(to)) < 0)
		die("%s: packet socket", name);
}

/* The turn before changes the caches for the next, so each round has another order. */
static void shuffle(struct form *forms, size_t count)
{
	for (size_t i = count; i > 1; i--) {
		size_t other = (size_t)rand() % i;
		struct form form = forms[i - 1];

		forms[i - 1] = forms[other];
		forms[other] = form;
	}
}

int main(int argc, char **argv)
{
	struct sending sending = { 0 };
	struct form *forms;
	int rounds;
	int count = argc - FIRST_FORM_ARG;

	if (count < 1) {
		fputs("Usage: flow ROUNDS PACKETS MILLISECONDS ADDRESSES FORM...\n", stderr);
		return 2;
	}
	rounds = atoi(argv[1]);
	if (strtoul(argv[2], NULL, 10) > PACKETS_MAX)
		die("at most %d packets", PACKETS_MAX);
	sending.packets = (strtoul(argv[2], NULL, 10) + GROUP - 1) / GROUP * GROUP;
	sending.limit_ns = strtoul(argv[3], NULL, 10) * NS_PER_MS;
	sending.times = calloc(sending.packets / GROUP + 1, sizeof(*sending.times));
	forms = calloc((size_t)count, sizeof(*forms));
	if (!sending.times || !forms)
		die("memory");
	read_destinations(&sending, argv[4]);
	for (int i = 0; i < count; i++)
		open_form(&forms[i], argv[FIRST_FORM_ARG + i]);
	pin();
	for (int round = 0; round < rounds; round++) {
		shuffle(forms, (size_t)count);
		for (int i = 0; i < count; i++)
			take_turn(&forms[i], &sending, round);
	}
	free(sending.times);
	free(sending.destinations);
	free(forms);
	return 0;
}
