/* SPDX-License-Identifier: Apache-2.0 */
/* Log lines on their way to stderr. Nobody waits for their reader. */
#include "apply/log_queue.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define STACK_SIZE   (128 * 1024)
#define STOP_SECONDS 1

/*
 * Writing to stderr may block, and O_NONBLOCK would concern every program that shares it. So a
 * thread writes.
 */
struct log_queue {
	int fd;
	log_queue_notice notice;
	const void *closure;
	pthread_t thread;
	pthread_mutex_t lock;
	/* There are lines to write, or the thread is to end. */
	pthread_cond_t work;
	/* All lines are written. */
	pthread_cond_t idle;
	bool stopping;
	uint64_t dropped;
	/* Those that no notice has mentioned yet. */
	uint64_t unsaid;
	/* The lines are a ring: @used bytes from @first. */
	size_t first;
	size_t used;
	char ring[LOG_QUEUE_SIZE];
};

/* To be called with the lock. Returns whether there was room. */
static bool add_line(struct log_queue *queue, const char *line, size_t length)
{
	size_t end = (queue->first + queue->used) % LOG_QUEUE_SIZE;
	size_t part = LOG_QUEUE_SIZE - end < length ? LOG_QUEUE_SIZE - end : length;

	if (length > LOG_QUEUE_SIZE - queue->used)
		return false;
	memcpy(queue->ring + end, line, part);
	memcpy(queue->ring, line + part, length - part);
	queue->used += length;
	pthread_cond_signal(&queue->work);
	return true;
}

/* To be called with the lock. */
static void say_dropped(struct log_queue *queue)
{
	char *line = queue->notice(queue->closure, queue->unsaid);

	if (line && add_line(queue, line, strlen(line)))
		queue->unsaid = 0;
	free(line);
}

static size_t count_lines(const char *data, size_t size)
{
	size_t lines = 0;

	for (size_t i = 0; i < size; i++)
		lines += data[i] == '\n';
	return lines;
}

/* Returns how many bytes were written, or -1 if nobody will ever read them. */
static ssize_t write_some(int fd, const char *data, size_t size)
{
	struct pollfd room = { .fd = fd, .events = POLLOUT };
	ssize_t written = write(fd, data, size);

	if (written >= 0)
		return written;
	if (errno == EAGAIN)
		poll(&room, 1, -1);
	return errno == EAGAIN || errno == EINTR ? 0 : -1;
}

/* Writes the lines up to the end of the ring. To be called with the lock, which it gives up. */
static void write_lines(struct log_queue *queue)
{
	size_t most = LOG_QUEUE_SIZE - queue->first;
	size_t size = queue->used < most ? queue->used : most;
	const char *data = queue->ring + queue->first;
	ssize_t written;

	pthread_mutex_unlock(&queue->lock);
	written = write_some(queue->fd, data, size);
	pthread_mutex_lock(&queue->lock);
	if (written < 0) {
		queue->dropped += count_lines(data, size);
		written = (ssize_t)size;
	}
	queue->first = (queue->first + (size_t)written) % LOG_QUEUE_SIZE;
	queue->used -= (size_t)written;
	if (queue->unsaid > 0 && written > 0)
		say_dropped(queue);
	if (queue->used == 0)
		pthread_cond_signal(&queue->idle);
}

static void *run(void *closure)
{
	struct log_queue *queue = closure;

	pthread_mutex_lock(&queue->lock);
	while (queue->used > 0 || !queue->stopping) {
		if (queue->used > 0)
			write_lines(queue);
		else
			pthread_cond_wait(&queue->work, &queue->lock);
	}
	pthread_mutex_unlock(&queue->lock);
	return NULL;
}

static void queue_free(struct log_queue *queue)
{
	pthread_cond_destroy(&queue->idle);
	pthread_cond_destroy(&queue->work);
	pthread_mutex_destroy(&queue->lock);
	free(queue);
}

/* The thread must not receive the signals that others wait for. */
static int start_thread(struct log_queue *queue)
{
	pthread_attr_t attributes;
	sigset_t all;
	sigset_t before;
	int error = pthread_attr_init(&attributes);

	if (error)
		return -error;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	error = pthread_attr_setstacksize(&attributes, STACK_SIZE);
	if (error == 0)
		error = pthread_create(&queue->thread, &attributes, run, queue);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	pthread_attr_destroy(&attributes);
	return -error;
}

int log_queue_start(int fd, log_queue_notice notice, const void *closure, struct log_queue **queue)
{
	struct log_queue *made = calloc(1, sizeof(*made));
	pthread_condattr_t monotonic;
	int r;

	if (!made)
		return -ENOMEM;
	made->fd = fd;
	made->notice = notice;
	made->closure = closure;
	pthread_mutex_init(&made->lock, NULL);
	pthread_cond_init(&made->work, NULL);
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&made->idle, &monotonic);
	pthread_condattr_destroy(&monotonic);
	r = start_thread(made);
	if (r < 0)
		queue_free(made);
	else
		*queue = made;
	return r;
}

void log_queue_put(struct log_queue *queue, const char *line, size_t length)
{
	pthread_mutex_lock(&queue->lock);
	if (queue->unsaid > 0 || !add_line(queue, line, length)) {
		queue->dropped++;
		queue->unsaid++;
	}
	pthread_mutex_unlock(&queue->lock);
}

uint64_t log_queue_dropped(struct log_queue *queue)
{
	uint64_t dropped;

	pthread_mutex_lock(&queue->lock);
	dropped = queue->dropped;
	pthread_mutex_unlock(&queue->lock);
	return dropped;
}

void log_queue_stop(struct log_queue *queue)
{
	struct timespec until;
	int error = 0;

	if (!queue)
		return;
	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += STOP_SECONDS;
	pthread_mutex_lock(&queue->lock);
	queue->stopping = true;
	pthread_cond_signal(&queue->work);
	while (queue->used > 0 && error == 0)
		error = pthread_cond_timedwait(&queue->idle, &queue->lock, &until);
	pthread_mutex_unlock(&queue->lock);
	/* A thread that still writes keeps the queue: it ends with the process. */
	if (error)
		return;
	pthread_join(queue->thread, NULL);
	queue_free(queue);
}
