/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Threads that read the same objects at the same time, each in a network namespace of its own:
 *
 *     threads DIRECTORY ROUNDS [race]
 *
 * Each must read what a thread alone reads. With `race`, one object is changed meanwhile, which the
 * thread sanitizer must find. Exits with 0; 1: something else was read; 2: something failed.
 */
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "threads/shared.h"

#define THREADS	    4
#define READERS_MAX 64
/* What a digest begins with. */
#define NOTHING UINT64_C(0xcbf29ce484222325)

static struct shared shared;
static struct reader readers[READERS_MAX];
static size_t reader_count;
static unsigned int rounds;

struct thread {
	pthread_t id;
	/* Where in the table it begins, so that different readers meet. */
	size_t begin;
	bool races;
	struct digest read[READERS_MAX];
};

static pthread_barrier_t barrier;

static void add_readers(const struct reader *table, size_t count)
{
	need(reader_count + count <= READERS_MAX, "the table of readers");
	memcpy(readers + reader_count, table, count * sizeof(*table));
	reader_count += count;
}

static void *run(void *argument)
{
	struct thread *thread = argument;

	need(unshare(CLONE_NEWNET) == 0, "unshare");
	pthread_barrier_wait(&barrier);
	for (unsigned int round = 0; round < rounds; round++) {
		for (size_t i = 0; i < reader_count; i++) {
			size_t at = (thread->begin + i) % reader_count;
			struct digest digest = { NOTHING };

			if (thread->races)
				ipmasq_diags_settle(shared.diags);
			readers[at].read(&shared, &digest);
			need(digest.value != NOTHING, readers[at].name);
			if (round > 0 && digest.value != thread->read[at].value)
				digest.value = 0;
			thread->read[at] = digest;
		}
		/* The same reader in all threads next time, which then meets itself. */
		thread->begin = 0;
		pthread_barrier_wait(&barrier);
	}
	return NULL;
}

static void run_threads(struct thread *threads, unsigned int count, bool race)
{
	need(pthread_barrier_init(&barrier, NULL, count) == 0, "pthread_barrier_init");
	for (unsigned int i = 0; i < count; i++) {
		threads[i].begin = i * reader_count / count;
		threads[i].races = race && i == 0;
		need(pthread_create(&threads[i].id, NULL, run, &threads[i]) == 0, "pthread_create");
	}
	for (unsigned int i = 0; i < count; i++)
		pthread_join(threads[i].id, NULL);
	pthread_barrier_destroy(&barrier);
}

int main(int argc, char **argv)
{
	static struct thread threads[THREADS];
	static struct thread alone;
	int status = 0;

	need(argc == 3 || (argc == 4 && strcmp(argv[3], "race") == 0), "the command line");
	rounds = (unsigned int)atoi(argv[2]);
	shared_make(&shared, argv[1]);
	add_readers(policy_readers, policy_reader_count);
	add_readers(rule_readers, rule_reader_count);
	/* The race is in the findings alone. */
	if (argc == 3) {
		add_readers(node_readers, node_reader_count);
		add_readers(pod_readers, pod_reader_count);
	}
	/* In this order: what an object works out when it is first read would be there already. */
	run_threads(threads, THREADS, argc == 4);
	run_threads(&alone, 1, false);
	for (size_t i = 0; i < reader_count; i++) {
		bool same = true;

		for (size_t k = 0; k < THREADS; k++)
			same = same && threads[k].read[i].value == alone.read[i].value;
		printf("%s\t%s\n", same ? "same" : "DIFFERS", readers[i].name);
		status |= !same;
	}
	return status;
}
