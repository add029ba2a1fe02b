/* SPDX-License-Identifier: Apache-2.0 */
/* Looks up the addresses of host names with the system's resolver. */
#include "cli/resolver.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

/* A silent name server blocks a thread for the time in resolv.conf(5). This is the limit of
 * threads. */
#define THREADS_MAX 8

enum question_state { QUESTION_IDLE, QUESTION_WAITING, QUESTION_ASKED };

/* The question for one name. The resolver's list and the thread that asks share it. */
struct question {
	char *name;
	enum question_state state;
	/* It is in the list. Otherwise it is freed when its answer comes. */
	bool listed;
	/* There was an answer, with addresses or without. */
	bool answered;
	/* The last lookup failed, and why if there was memory for the text. */
	bool failed;
	char *why;
	/* The last good answer. */
	struct addrinfo *answer;
};

/*
 * A thread that asks. The lock protects all members but `id`, which only the caller uses. A thread
 * that is done is joined, so that the C library has freed its memory. A thread that still asks is
 * detached.
 */
struct worker {
	pthread_t id;
	/* It was started, and neither joined nor detached. */
	bool started;
	bool asking;
	bool done;
	struct resolver *resolver;
};

struct resolver {
	pthread_mutex_t lock;
	/* The caller and the threads. The last one frees the object. */
	unsigned int users;
	struct worker workers[THREADS_MAX];
	int event;
	/* Sorted by name. */
	struct question **questions;
	size_t count;
	/* No question before this one waits for a thread. */
	size_t next;
	/* Failed lookups. */
	uint64_t failures;
};

static void question_free(struct question *question)
{
	free(question->name);
	free(question->why);
	if (question->answer)
		freeaddrinfo(question->answer);
	free(question);
}

int resolver_new(struct resolver **resolver)
{
	struct resolver *made = calloc(1, sizeof(*made));

	if (!made)
		return -ENOMEM;
	made->event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (made->event < 0) {
		free(made);
		return -errno;
	}
	made->users = 1;
	pthread_mutex_init(&made->lock, NULL);
	*resolver = made;
	return 0;
}

/* Gives up the list's share of a question. A thread may still ask it. */
static void unlist_question(struct question *question)
{
	question->listed = false;
	if (question->state != QUESTION_ASKED)
		question_free(question);
}

/* Gives up one use. Releases the lock, which the caller holds. */
static void resolver_leave(struct resolver *resolver)
{
	bool last = --resolver->users == 0;

	pthread_mutex_unlock(&resolver->lock);
	if (!last)
		return;
	close(resolver->event);
	pthread_mutex_destroy(&resolver->lock);
	free(resolver->questions);
	free(resolver);
}

void resolver_free(struct resolver *resolver)
{
	pthread_t ending[THREADS_MAX];
	size_t count = 0;

	if (!resolver)
		return;
	pthread_mutex_lock(&resolver->lock);
	for (size_t i = 0; i < THREADS_MAX; i++) {
		const struct worker *worker = &resolver->workers[i];

		if (worker->started && worker->asking)
			pthread_detach(worker->id);
		else if (worker->started)
			ending[count++] = worker->id;
	}
	for (size_t i = 0; i < resolver->count; i++)
		unlist_question(resolver->questions[i]);
	resolver->count = 0;
	resolver_leave(resolver);
	for (size_t i = 0; i < count; i++)
		pthread_join(ending[i], NULL);
}

static struct question *next_question(struct resolver *resolver)
{
	for (; resolver->next < resolver->count; resolver->next++)
		if (resolver->questions[resolver->next]->state == QUESTION_WAITING)
			return resolver->questions[resolver->next];
	return NULL;
}

static bool is_address(const struct addrinfo *info)
{
	return info->ai_family == AF_INET || info->ai_family == AF_INET6;
}

static bool has_address(const struct addrinfo *info)
{
	while (info && !is_address(info))
		info = info->ai_next;
	return info != NULL;
}

/* A failed lookup does not replace the last good answer. */
static void take_answer(struct question *question, int error, int system_error,
			struct addrinfo *answer)
{
	const char *why = error == EAI_SYSTEM ? strerror(system_error) : gai_strerror(error);

	question->state = QUESTION_IDLE;
	question->answered = true;
	free(question->why);
	question->why = NULL;
	question->failed = error != 0 || !has_address(answer);
	if (!question->failed) {
		if (question->answer)
			freeaddrinfo(question->answer);
		question->answer = answer;
		return;
	}
	if (error == 0)
		freeaddrinfo(answer);
	question->why = strdup(error ? why : "it has no IPv4 or IPv6 address");
}

static void ask_question(struct worker *worker, struct question *question)
{
	static const struct addrinfo hints = { .ai_family = AF_UNSPEC, .ai_socktype = SOCK_DGRAM };
	const uint64_t one = 1;
	struct resolver *resolver = worker->resolver;
	struct addrinfo *answer = NULL;
	ssize_t written;
	int error;

	question->state = QUESTION_ASKED;
	worker->asking = true;
	pthread_mutex_unlock(&resolver->lock);
	error = getaddrinfo(question->name, NULL, &hints, &answer);
	int system_error = errno;

	pthread_mutex_lock(&resolver->lock);
	worker->asking = false;
	take_answer(question, error, system_error, answer);
	resolver->failures += question->failed;
	if (!question->listed) {
		question_free(question);
		return;
	}
	written = write(resolver->event, &one, sizeof(one));
	/* It fails only if the descriptor is readable already. */
	(void)written;
}

static void *run_worker(void *arg)
{
	struct worker *worker = arg;
	struct resolver *resolver = worker->resolver;
	struct question *question;

	pthread_mutex_lock(&resolver->lock);
	while ((question = next_question(resolver)))
		ask_question(worker, question);
	worker->done = true;
	resolver_leave(resolver);
	return NULL;
}

/* A slot for one more thread, or NULL. Joins a thread that is done, which needs no lock. */
static struct worker *free_worker(struct resolver *resolver)
{
	for (size_t i = 0; i < THREADS_MAX; i++) {
		struct worker *worker = &resolver->workers[i];

		if (worker->started && !worker->done)
			continue;
		if (worker->started)
			pthread_join(worker->id, NULL);
		*worker = (struct worker){ .resolver = resolver };
		return worker;
	}
	return NULL;
}

/* Threads block all signals, which are for the main thread. */
static int start_thread(struct resolver *resolver, struct worker *worker)
{
	sigset_t all, before;
	int error;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	error = pthread_create(&worker->id, NULL, run_worker, worker);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (error)
		return -EAGAIN;
	worker->started = true;
	resolver->users++;
	return 0;
}

static bool any_thread(const struct resolver *resolver)
{
	for (size_t i = 0; i < THREADS_MAX; i++)
		if (resolver->workers[i].started && !resolver->workers[i].done)
			return true;
	return false;
}

static struct question *question_new(const char *name)
{
	struct question *question = calloc(1, sizeof(*question));

	if (!question)
		return NULL;
	question->name = strdup(name);
	if (!question->name) {
		free(question);
		return NULL;
	}
	return question;
}

static int by_name(const void *a, const void *b)
{
	const struct question *const *left = a;
	const struct question *const *right = b;

	return strcasecmp((*left)->name, (*right)->name);
}

static int name_against(const void *name, const void *b)
{
	const struct question *const *question = b;

	return strcasecmp(name, (*question)->name);
}

static struct question *find_question(const struct resolver *resolver, const char *name)
{
	struct question **found = resolver->count == 0
					  ? NULL
					  : bsearch(name, resolver->questions, resolver->count,
						    sizeof(*found), name_against);

	return found ? *found : NULL;
}

/* Makes the list that of the configuration. Names that stay keep their answers. */
static int set_questions(struct resolver *resolver, const struct ipmasq_config *config)
{
	struct question **list;
	size_t count = 0;
	size_t made = 0;
	int r = 0;

	while (ipmasq_config_host(config, count))
		count++;
	list = calloc(count + 1, sizeof(*list));
	if (!list)
		return -ENOMEM;
	for (size_t i = 0; i < resolver->count; i++)
		resolver->questions[i]->listed = false;
	for (size_t i = 0; i < count && r == 0; i++) {
		const char *name = ipmasq_config_host(config, i);
		struct question *question = find_question(resolver, name);

		if (!question)
			question = question_new(name);
		else if (question->listed)
			continue;
		r = question ? 0 : -ENOMEM;
		if (question) {
			question->listed = true;
			list[made++] = question;
		}
	}
	for (size_t i = 0; i < resolver->count; i++)
		if (!resolver->questions[i]->listed)
			unlist_question(resolver->questions[i]);
	free(resolver->questions);
	resolver->questions = list;
	resolver->count = made;
	if (made > 0)
		qsort(list, made, sizeof(*list), by_name);
	return r;
}

int resolver_ask(struct resolver *resolver, const struct ipmasq_config *config)
{
	struct worker *worker;
	size_t waiting = 0;
	int r;

	pthread_mutex_lock(&resolver->lock);
	r = config ? set_questions(resolver, config) : 0;
	for (size_t i = 0; i < resolver->count; i++) {
		struct question *question = resolver->questions[i];

		if (question->state == QUESTION_IDLE)
			question->state = QUESTION_WAITING;
		waiting += question->state == QUESTION_WAITING;
	}
	resolver->next = 0;
	for (; waiting > 0 && r == 0 && (worker = free_worker(resolver)); waiting--)
		r = start_thread(resolver, worker);
	/* One thread is enough. */
	if (r == -EAGAIN && any_thread(resolver))
		r = 0;
	pthread_mutex_unlock(&resolver->lock);
	return r;
}

static bool all_answered(struct resolver *resolver)
{
	bool all = true;

	pthread_mutex_lock(&resolver->lock);
	for (size_t i = 0; i < resolver->count && all; i++)
		all = resolver->questions[i]->answered;
	pthread_mutex_unlock(&resolver->lock);
	return all;
}

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void clear_event(const struct resolver *resolver)
{
	uint64_t count;
	ssize_t got = read(resolver->event, &count, sizeof(count));

	/* There may be nothing to read. */
	(void)got;
}

void resolver_wait(struct resolver *resolver, int ms, int stop_fd)
{
	struct pollfd fds[] = { { .fd = resolver->event, .events = POLLIN },
				{ .fd = stop_fd, .events = POLLIN } };
	int64_t end = now_ms() + ms;
	int64_t left;

	while (!all_answered(resolver) && (left = end - now_ms()) > 0) {
		if (poll(fds, 2, (int)left) < 0 && errno != EINTR)
			break;
		if (fds[1].revents)
			break;
		clear_event(resolver);
	}
}

int resolver_fd(const struct resolver *resolver)
{
	return resolver->event;
}

static int add_address(struct ipmasq_hosts *hosts, const char *name, const struct addrinfo *info)
{
	union {
		const struct sockaddr *any;
		const struct sockaddr_in *v4;
		const struct sockaddr_in6 *v6;
	} address = { .any = info->ai_addr };

	if (info->ai_family == AF_INET)
		return ipmasq_hosts_add(hosts, name, IPMASQ_IPV4, &address.v4->sin_addr);
	if (info->ai_family == AF_INET6)
		return ipmasq_hosts_add(hosts, name, IPMASQ_IPV6, &address.v6->sin6_addr);
	return 0;
}

static int add_question(struct ipmasq_hosts *hosts, const struct question *question)
{
	const char *why = question->why ? question->why : "there was no answer in time";
	int r = 0;

	for (const struct addrinfo *info = question->answer; info; info = info->ai_next) {
		r = add_address(hosts, question->name, info);
		if (r == -ENOMEM)
			return r;
	}
	/* Without an address, or with addresses that no rule can have, the name gets a reason. */
	return ipmasq_hosts_fail(hosts, question->name, why) == -ENOMEM ? -ENOMEM : 0;
}

int resolver_hosts(struct resolver *resolver, struct ipmasq_hosts **hosts)
{
	struct ipmasq_hosts *made;
	int r = ipmasq_hosts_new(&made);

	if (r < 0)
		return r;
	clear_event(resolver);
	pthread_mutex_lock(&resolver->lock);
	for (size_t i = 0; i < resolver->count && r == 0; i++)
		r = add_question(made, resolver->questions[i]);
	pthread_mutex_unlock(&resolver->lock);
	if (r < 0) {
		ipmasq_hosts_free(made);
		return r;
	}
	*hosts = made;
	return 0;
}

uint64_t resolver_failures(struct resolver *resolver)
{
	uint64_t failures;

	pthread_mutex_lock(&resolver->lock);
	failures = resolver->failures;
	pthread_mutex_unlock(&resolver->lock);
	return failures;
}

bool resolver_stale(struct resolver *resolver, size_t index, char name[RESOLVER_TEXT_MAX],
		    char why[RESOLVER_TEXT_MAX])
{
	const struct question *question;
	bool there;

	name[0] = '\0';
	pthread_mutex_lock(&resolver->lock);
	there = index < resolver->count;
	question = there ? resolver->questions[index] : NULL;
	if (question && question->answer && question->why) {
		snprintf(name, RESOLVER_TEXT_MAX, "%s", question->name);
		snprintf(why, RESOLVER_TEXT_MAX, "%s", question->why);
	}
	pthread_mutex_unlock(&resolver->lock);
	return there;
}
