/* SPDX-License-Identifier: Apache-2.0 */
/* Serves /metrics, /healthz and /readyz over HTTP. */
#include "apply/http.h"

#include <arpa/inet.h>
#include <errno.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "apply/metrics.h"

/* Enough for probes and a few scrapers, and little for clients that only use up resources. */
#define CONNECTIONS_MAX 32
/* Those beyond it are about to be closed. The daemon accepts several before it closes any. */
#define ACCEPTED_MAX	  (2 * CONNECTIONS_MAX)
#define CONNECTION_MEMORY 16384
#define IDLE_SECONDS	  5
#define STACK_SIZE	  (256 * 1024)

/* A connection. Only the thread of the daemon uses it. */
struct client {
	/* Its place in the order in which they came. 0: none. */
	uint64_t number;
	int fd;
	bool closing;
};

struct http {
	struct MHD_Daemon *daemon;
	uint64_t clients_seen;
	struct client clients[ACCEPTED_MAX];
	pthread_mutex_t lock;
	struct agent_status status;
};

static struct agent_status snapshot(struct http *http)
{
	struct agent_status status;

	pthread_mutex_lock(&http->lock);
	status = http->status;
	pthread_mutex_unlock(&http->lock);
	return status;
}

/* Frees the text. */
static enum MHD_Result reply(struct MHD_Connection *connection, unsigned int code, char *text,
			     size_t length, const char *type)
{
	struct MHD_Response *response =
		MHD_create_response_from_buffer(length, text, MHD_RESPMEM_MUST_FREE);
	enum MHD_Result result = MHD_NO;

	if (!response) {
		free(text);
		return MHD_NO;
	}
	if (MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, type) &&
	    MHD_add_response_header(response, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store") &&
	    (code != MHD_HTTP_METHOD_NOT_ALLOWED ||
	     MHD_add_response_header(response, MHD_HTTP_HEADER_ALLOW, "GET, HEAD")))
		result = MHD_queue_response(connection, code, response);
	MHD_destroy_response(response);
	return result;
}

static enum MHD_Result reply_line(struct MHD_Connection *connection, unsigned int code,
				  const char *line)
{
	char *text;
	int length = asprintf(&text, "%s\n", line);

	return length < 0
		       ? MHD_NO
		       : reply(connection, code, text, (size_t)length, "text/plain; charset=utf-8");
}

static enum MHD_Result reply_metrics(struct MHD_Connection *connection,
				     const struct agent_status *status)
{
	char *text;
	size_t length;

	if (metrics_format(status, &text, &length) < 0)
		return MHD_NO;
	return reply(connection, MHD_HTTP_OK, text, length,
		     "text/plain; version=0.0.4; charset=utf-8");
}

static enum MHD_Result reply_status(struct http *http, struct MHD_Connection *connection,
				    const char *path)
{
	struct agent_status status = snapshot(http);
	struct status_answer answer;

	if (strcmp(path, "/metrics") == 0)
		return reply_metrics(connection, &status);
	if (strcmp(path, "/healthz") == 0)
		status_alive(&status, status_uptime(), &answer);
	else if (strcmp(path, "/readyz") == 0)
		status_ready(&status, status_uptime(), &answer);
	else
		return reply_line(connection, MHD_HTTP_NOT_FOUND,
				  "not found; there are /metrics, /healthz and /readyz");
	return reply_line(connection, answer.code, answer.line);
}

/* Called after the headers, for each part of a body, and at the end. */
static enum MHD_Result on_request(void *closure, struct MHD_Connection *connection,
				  const char *path, const char *method, const char *version,
				  const char *body, size_t *body_size, void **state)
{
	(void)version;
	(void)body;
	if (strcmp(method, MHD_HTTP_METHOD_GET) != 0 && strcmp(method, MHD_HTTP_METHOD_HEAD) != 0)
		return reply_line(connection, MHD_HTTP_METHOD_NOT_ALLOWED,
				  "only GET and HEAD are supported");
	if (!*state) {
		*state = closure;
		return MHD_YES;
	}
	if (*body_size) {
		*body_size = 0;
		return MHD_YES;
	}
	return reply_status(closure, connection, path);
}

/* Whoever came first has had the most time, so a slow client keeps nobody out. */
static void close_oldest(struct http *http)
{
	struct client *oldest = NULL;
	size_t open = 0;

	for (size_t i = 0; i < ACCEPTED_MAX; i++) {
		struct client *client = &http->clients[i];

		if (!client->number || client->closing)
			continue;
		open++;
		if (!oldest || client->number < oldest->number)
			oldest = client;
	}
	if (open < CONNECTIONS_MAX)
		return;
	/* The daemon then finds the end of the stream, and closes it. */
	shutdown(oldest->fd, SHUT_RDWR);
	oldest->closing = true;
}

/* Called when a connection begins and when it ends. */
static void on_connection(void *closure, struct MHD_Connection *connection, void **state,
			  enum MHD_ConnectionNotificationCode code)
{
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
	struct http *http = closure;
	struct client *client = *state;

	if (code == MHD_CONNECTION_NOTIFY_CLOSED) {
		if (client)
			client->number = 0;
		return;
	}
	close_oldest(http);
	for (size_t i = 0; i < ACCEPTED_MAX && !client; i++)
		if (!http->clients[i].number)
			client = &http->clients[i];
	if (!client || !info)
		return;
	*client = (struct client){ .number = ++http->clients_seen, .fd = info->connect_fd };
	*state = client;
}

/* Errors of clients are not logged: they would fill the log. */
static void ignore_message(void *closure, const char *format, va_list args)
{
	(void)closure;
	(void)format;
	(void)args;
}

/* Returns the socket, or a negative errno. */
static int listen_at(struct http_place *place)
{
	struct sockaddr *address = (struct sockaddr *)&place->address;
	int on = 1;
	int off = 0;
	int error;
	int fd = socket(address->sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return -errno;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	/* [::] means every address of both families, whatever net.ipv6.bindv6only says. */
	if (address->sa_family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off));
	if (bind(fd, address, place->length) == 0 && listen(fd, CONNECTIONS_MAX) == 0 &&
	    getsockname(fd, address, &place->length) == 0)
		return fd;
	error = -errno;
	close(fd);
	return error;
}

/* The thread must not receive the signals that the loop waits for. */
static struct MHD_Daemon *start_daemon(struct http *http, int fd)
{
	struct MHD_Daemon *daemon;
	sigset_t all;
	sigset_t before;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	daemon = MHD_start_daemon(MHD_USE_EPOLL_INTERNAL_THREAD | MHD_USE_ERROR_LOG, 0, NULL, NULL,
				  on_request, http, MHD_OPTION_EXTERNAL_LOGGER, ignore_message,
				  NULL, MHD_OPTION_NOTIFY_CONNECTION, on_connection, http,
				  MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_CONNECTION_LIMIT,
				  (unsigned int)ACCEPTED_MAX, MHD_OPTION_CONNECTION_TIMEOUT,
				  (unsigned int)IDLE_SECONDS, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
				  (size_t)CONNECTION_MEMORY, MHD_OPTION_THREAD_STACK_SIZE,
				  (size_t)STACK_SIZE, MHD_OPTION_END);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return daemon;
}

int http_start(struct http_place *place, struct http **http)
{
	struct http *made = calloc(1, sizeof(*made));
	int fd;

	if (!made)
		return -ENOMEM;
	fd = listen_at(place);
	if (fd < 0) {
		free(made);
		return fd;
	}
	pthread_mutex_init(&made->lock, NULL);
	made->daemon = start_daemon(made, fd);
	if (!made->daemon) {
		close(fd);
		pthread_mutex_destroy(&made->lock);
		free(made);
		return -ENOMEM;
	}
	http_place_name(place);
	*http = made;
	return 0;
}

void http_publish(struct http *http, const struct agent_status *status)
{
	pthread_mutex_lock(&http->lock);
	http->status = *status;
	pthread_mutex_unlock(&http->lock);
}

/* The daemon closes the socket. */
void http_stop(struct http *http)
{
	if (!http)
		return;
	MHD_stop_daemon(http->daemon);
	pthread_mutex_destroy(&http->lock);
	free(http);
}
