/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The resolver of host names uses threads, so that it does not block the main loop. Its time and
 * the number of its threads are bounded. A replacement for getaddrinfo() answers, fails or blocks
 * as each test wants.
 */
#include <arpa/inet.h>
#include <dirent.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "util/buf.h"
#include "cli/resolver.h"
#include "support/sources.h"
#include "support/unit.h"

/* The state of the name server. Queries for "silent..." block until @released is set. */
static struct {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	/* The address of all names; NULL: the name server cannot be reached. */
	const char *address;
	bool released;
	/* How many threads are blocked. */
	unsigned int held;
	unsigned int most;
	unsigned int asked;
} server = { PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, .address = "10.0.0.1" };

int __wrap_getaddrinfo(const char *name, const char *service, const struct addrinfo *hints,
		       struct addrinfo **answer);
void __wrap_freeaddrinfo(struct addrinfo *answer);

struct made {
	struct addrinfo info;
	struct sockaddr_storage address;
};

static struct addrinfo *make_answer(const char *text)
{
	struct made *made = calloc(1, sizeof(*made));
	struct sockaddr_in *v4 = (struct sockaddr_in *)(void *)&made->address;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)(void *)&made->address;
	int family = strchr(text, ':') ? AF_INET6 : AF_INET;

	made->info.ai_family = family;
	made->info.ai_addr = (struct sockaddr *)(void *)&made->address;
	inet_pton(family, text, family == AF_INET ? (void *)&v4->sin_addr : (void *)&v6->sin6_addr);
	return &made->info;
}

int __wrap_getaddrinfo(const char *name, const char *service, const struct addrinfo *hints,
		       struct addrinfo **answer)
{
	const char *address;

	(void)service;
	(void)hints;
	pthread_mutex_lock(&server.lock);
	server.asked++;
	if (strncmp(name, "silent", 6) == 0) {
		server.held++;
		if (server.held > server.most)
			server.most = server.held;
		while (!server.released)
			pthread_cond_wait(&server.changed, &server.lock);
		server.held--;
		pthread_cond_broadcast(&server.changed);
	}
	address = server.address;
	pthread_mutex_unlock(&server.lock);
	if (strncmp(name, "unknown", 7) == 0)
		return EAI_NONAME;
	if (!address)
		return EAI_AGAIN;
	*answer = make_answer(strncmp(name, "mapped", 6) == 0 ? "::ffff:10.0.0.1" : address);
	if (strncmp(name, "twin", 4) == 0)
		(*answer)->ai_next = make_answer("2001:db8::1");
	return 0;
}

void __wrap_freeaddrinfo(struct addrinfo *answer)
{
	while (answer) {
		struct addrinfo *next = answer->ai_next;

		free(answer);
		answer = next;
	}
}

static void set_server(const char *address, bool released)
{
	pthread_mutex_lock(&server.lock);
	server.address = address;
	server.released = released;
	pthread_cond_broadcast(&server.changed);
	pthread_mutex_unlock(&server.lock);
}

/* Waits for the blocked threads, which may have outlived their resolver. */
static void release_all(void)
{
	pthread_mutex_lock(&server.lock);
	server.released = true;
	pthread_cond_broadcast(&server.changed);
	while (server.held > 0)
		pthread_cond_wait(&server.changed, &server.lock);
	pthread_mutex_unlock(&server.lock);
}

static struct ipmasq_config *config_of(const char *list)
{
	struct ipmasq_options *options = NULL;
	struct ipmasq_config *config = NULL;
	char text[1024];

	snprintf(text, sizeof(text), "masqueradeCIDRs: [%s]\n", list);
	if (ipmasq_options_new(&options) == 0 &&
	    ipmasq_options_set_profile(options, "cce", NULL) == 0 &&
	    ipmasq_config_new(options, &config) == 0)
		CHECK(ipmasq_config_load(config, DATA_SOURCE("A", text, strlen(text)), NULL) == 0,
		      list);
	ipmasq_options_free(options);
	return config;
}

static double seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* Compares the addresses, as "NAME=ADDRESS[,ADDRESS]", or NAME alone, sorted by name. */
static void check_hosts(struct resolver *resolver, const char *expected)
{
	struct ipmasq_hosts *hosts = NULL;
	char shown[IPMASQ_TEXT_MAX];
	struct buf buf = BUF_INIT;
	enum ipmasq_family family;
	uint8_t address[16];
	const char *name;

	if (!CHECK(resolver_hosts(resolver, &hosts) == 0, expected))
		return;
	for (size_t i = 0; (name = ipmasq_hosts_name(hosts, i)); i++) {
		buf_printf(&buf, "%s%s", i ? " " : "", name);
		for (size_t j = 0; ipmasq_hosts_address(hosts, name, j, &family, address) == 0; j++)
			buf_printf(&buf, "%s%s", j ? "," : "=",
				   ipmasq_format_range(family, address, address, shown));
	}
	CHECK_STRING(buf.len ? buf.data : "", expected, expected);
	buf_release(&buf);
	ipmasq_hosts_free(hosts);
}

static void ask(struct resolver *resolver, const char *list, int ms)
{
	struct ipmasq_config *config = config_of(list);

	CHECK(resolver_ask(resolver, config) == 0, list);
	resolver_wait(resolver, ms, -1);
	ipmasq_config_free(config);
}

static size_t count_threads(void)
{
	DIR *dir = opendir("/proc/self/task");
	const struct dirent *entry;
	size_t count = 0;

	while (dir && (entry = readdir(dir)))
		count += entry->d_name[0] != '.';
	if (dir)
		closedir(dir);
	return count;
}

static void answers_are_known(void)
{
	struct resolver *resolver;

	CU_ASSERT_EQUAL_FATAL(resolver_new(&resolver), 0);
	set_server("10.0.0.1", false);
	ask(resolver, "b.example, twin.example, unknown.example, mapped.example", 20000);
	check_hosts(resolver, "b.example=10.0.0.1 mapped.example twin.example=10.0.0.1,2001:db8::1 "
			      "unknown.example");
	CHECK(resolver_failures(resolver) == 1, "the name without an answer");
	resolver_free(resolver);
	/* This also frees what the C library keeps per thread. */
	CHECK(count_threads() == 1, "the threads have ended");
	resolver_free(NULL);
}

static void the_last_answer_is_kept(void)
{
	struct ipmasq_config *config = config_of("b.example");
	struct resolver *resolver;
	struct pollfd ready;

	CU_ASSERT_EQUAL_FATAL(resolver_new(&resolver), 0);
	set_server("10.0.0.1", false);
	ask(resolver, "b.example", 20000);
	check_hosts(resolver, "b.example=10.0.0.1");
	set_server(NULL, false);
	CU_ASSERT_EQUAL(resolver_ask(resolver, config), 0);
	/* The descriptor becomes readable when the query has failed. */
	ready = (struct pollfd){ .fd = resolver_fd(resolver), .events = POLLIN };
	CU_ASSERT_EQUAL(poll(&ready, 1, 20000), 1);
	check_hosts(resolver, "b.example=10.0.0.1");
	CU_ASSERT_EQUAL(poll(&ready, 1, 0), 0);
	CHECK(resolver_failures(resolver) == 1, "the failure is counted");
	/* A changed address is used. */
	set_server("10.0.0.2", false);
	CU_ASSERT_EQUAL(resolver_ask(resolver, config), 0);
	CU_ASSERT_EQUAL(poll(&ready, 1, 20000), 1);
	check_hosts(resolver, "b.example=10.0.0.2");
	CHECK(resolver_failures(resolver) == 1, "an answer does not count as a failure");
	/* A name that is no longer in the configuration is forgotten. */
	ask(resolver, "c.example", 20000);
	check_hosts(resolver, "c.example=10.0.0.2");
	ipmasq_config_free(config);
	resolver_free(resolver);
}

static void silence_costs_a_bounded_time(void)
{
	struct resolver *resolver;
	double begin = seconds();
	int stop = eventfd(1, 0);

	CU_ASSERT_EQUAL_FATAL(resolver_new(&resolver), 0);
	set_server("10.0.0.1", false);
	ask(resolver, "silent.example, b.example, c.example", 300);
	CHECK(seconds() - begin < 10, "the wait ends with its timeout");
	check_hosts(resolver, "b.example=10.0.0.1 c.example=10.0.0.1 silent.example");
	/* The wait also ends when a stop is requested. */
	begin = seconds();
	resolver_wait(resolver, 60000, stop);
	CHECK(seconds() - begin < 20, "the wait ends with the request to stop");
	/* A late answer is used. */
	set_server("10.0.0.1", true);
	resolver_wait(resolver, 20000, -1);
	check_hosts(resolver, "b.example=10.0.0.1 c.example=10.0.0.1 silent.example=10.0.0.1");
	resolver_free(resolver);
	close(stop);
}

static void threads_are_bounded(void)
{
	struct ipmasq_config *config;
	struct resolver *resolver;
	struct buf list = BUF_INIT;

	release_all();
	set_server("10.0.0.1", false);
	server.most = 0;
	for (int i = 0; i < 40; i++)
		buf_printf(&list, "%ssilent%d.example", i ? ", " : "", i);
	CU_ASSERT_EQUAL_FATAL(list.error, 0);
	config = config_of(list.data);
	CU_ASSERT_EQUAL_FATAL(resolver_new(&resolver), 0);
	for (int round = 0; round < 5; round++) {
		CU_ASSERT_EQUAL(resolver_ask(resolver, config), 0);
		resolver_wait(resolver, 50, -1);
	}
	CHECK(server.most <= 8, "no more threads, however often it is asked");
	/* This does not wait for blocked threads. */
	resolver_free(resolver);
	ipmasq_config_free(config);
	buf_release(&list);
	release_all();
}

int main(void)
{
	static const struct unit_test tests[] = {
		{ "answers become addresses; failures are counted", answers_are_known },
		{ "a name that can no longer be resolved keeps its addresses",
		  the_last_answer_is_kept },
		{ "a silent name server costs bounded time and affects no other name",
		  silence_costs_a_bounded_time },
		{ "blocked threads are few and delay nothing", threads_are_bounded },
	};

	return unit_main("resolver", tests, ARRAY_SIZE(tests));
}
