/* SPDX-License-Identifier: Apache-2.0 */
/* The HTTP server of the agent, and the file with its metrics. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "apply/http.h"
#include "apply/metrics.h"
#include "apply/metrics_file.h"
#include "util/common.h"
#include "support/unit.h"

#define REPLY_MAX 65536

static const struct {
	const char *text;
	/* NULL: @text is refused. */
	const char *place;
} places[] = {
	{ "9796", "127.0.0.1:9796" },
	{ ":9796", "127.0.0.1:9796" },
	{ "0.0.0.0:80", "0.0.0.0:80" },
	{ "192.0.2.1:65535", "192.0.2.1:65535" },
	{ "[::1]:9796", "[::1]:9796" },
	{ "[::]:0", "[::]:0" },
	{ "[2001:DB8::1]:1", "[2001:db8::1]:1" },
	{ "", NULL },
	{ ":", NULL },
	{ "127.0.0.1", NULL },
	{ "127.0.0.1:", NULL },
	{ "127.0.0.1:65536", NULL },
	{ "127.0.0.1:+80", NULL },
	{ "127.0.0.1: 80", NULL },
	{ "127.0.0.1:80x", NULL },
	{ "127.0.0.1:000080", NULL },
	{ "127.0.0.1:99999999999999999999", NULL },
	{ "127.1:80", NULL },
	{ "localhost:80", NULL },
	{ "::1:80", NULL },
	{ "[::1]", NULL },
	{ "[::1]80", NULL },
	{ "[127.0.0.1]:80", NULL },
	{ "[]:80", NULL },
	{ "[:80", NULL },
	{ "[fe80::1%lo]:80", NULL },
	{ "[1111:2222:3333:4444:5555:6666:7777:8888:9999:aaaa:bbbb:cccc]:80", NULL },
};

static void test_places(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
		struct http_place place;
		int r = http_place_read(&place, places[i].text);

		CHECK(r == (places[i].place ? 0 : -EINVAL), places[i].text);
		if (r == 0)
			CHECK_STRING(place.text, places[i].place, places[i].text);
	}
}

static int connect_to(const struct http_place *place)
{
	int fd = socket(place->address.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);

	CHECK(fd >= 0 && connect(fd, (const struct sockaddr *)&place->address, place->length) == 0,
	      strerror(errno));
	return fd;
}

/* Sends a request and returns all that the server sends until it closes the connection. */
static const char *ask(const struct http_place *place, const char *request)
{
	static char reply[REPLY_MAX];
	size_t length = 0;
	int fd = connect_to(place);
	struct pollfd wait = { .fd = fd, .events = POLLIN };
	ssize_t n;

	CHECK(write(fd, request, strlen(request)) == (ssize_t)strlen(request), strerror(errno));
	while (poll(&wait, 1, 20000) == 1 &&
	       (n = read(fd, reply + length, sizeof(reply) - 1 - length)) > 0)
		length += (size_t)n;
	reply[length] = '\0';
	close(fd);
	return reply;
}

#define REQUEST(method, path, rest) \
	method " " path " HTTP/1.1\r\nHost: node\r\nConnection: close\r\n" rest "\r\n"

static const struct {
	const char *request;
	/* What the reply begins with. */
	const char *code;
	/* What it contains. */
	const char *header;
	/* What it ends with. */
	const char *body;
} requests[] = {
	{ REQUEST("GET", "/healthz", ""), "HTTP/1.1 200 ", "text/plain", "\r\n\r\nalive\n" },
	{ REQUEST("GET", "/readyz", ""), "HTTP/1.1 503 ", "no-store",
	  "\r\n\r\nconfiguration rejected: a:1:1: error: no; the last good policy stays in "
	  "force\n" },
	{ REQUEST("GET", "/metrics", ""), "HTTP/1.1 200 ", "text/plain; version=0.0.4",
	  "{family=\"ipv6\",cause=\"other\"} 0\n" },
	{ REQUEST("GET", "/metrics?name[]=x", ""), "HTTP/1.1 200 ", "version=0.0.4", "0\n" },
	{ REQUEST("HEAD", "/metrics", ""), "HTTP/1.1 200 ", "Content-Length: ", "\r\n\r\n" },
	{ REQUEST("HEAD", "/readyz", ""), "HTTP/1.1 503 ", "Content-Length: ", "\r\n\r\n" },
	{ REQUEST("GET", "/healthz", "Content-Length: 5\r\n") "body!", "HTTP/1.1 200 ", "",
	  "alive\n" },
	{ REQUEST("GET", "/", ""), "HTTP/1.1 404 ", "",
	  "not found; there are /metrics, /healthz and /readyz\n" },
	{ REQUEST("GET", "/healthz/", ""), "HTTP/1.1 404 ", "", "\n" },
	{ REQUEST("GET", "/%2e%2e/etc/passwd", ""), "HTTP/1.1 404 ", "", "\n" },
	{ REQUEST("POST", "/metrics", "Content-Length: 0\r\n"), "HTTP/1.1 405 ", "Allow: GET, HEAD",
	  "only GET and HEAD are supported\n" },
	{ REQUEST("DELETE", "/healthz", ""), "HTTP/1.1 405 ", "Allow: GET, HEAD", "\n" },
};

static bool ends_with(const char *text, const char *end)
{
	return strlen(text) >= strlen(end) && strcmp(text + strlen(text) - strlen(end), end) == 0;
}

static struct agent_status rejected(void)
{
	struct agent_status s = {
		.config = STATUS_CONFIG_REJECTED,
		.in_force = true,
		.families = { { .state = IPMASQ_STATE_IN_LINE },
			      { .state = IPMASQ_STATE_IN_LINE } },
	};

	status_set_reason(s.config_reason, "a:1:1: error: no");
	return s;
}

static void test_requests(void)
{
	static const char *const at[] = { ":0", "[::1]:0" };

	for (size_t j = 0; j < ARRAY_SIZE(at); j++) {
		struct agent_status status = rejected();
		struct http_place place;
		struct http *http = NULL;
		int r = http_place_read(&place, at[j]);

		if (r == 0)
			r = http_start(&place, &http);
		/* A machine may have no IPv6. */
		if (j > 0 && (r == -EAFNOSUPPORT || r == -EADDRNOTAVAIL))
			break;
		CHECK(r == 0, strerror(-r));
		if (r < 0)
			return;
		CHECK(!ends_with(place.text, ":0"), "the actual port is stored");
		CHECK(strstr(ask(&place, requests[0].request), "\r\n\r\nalive\n") != NULL,
		      "before anything was published");
		http_publish(http, &status);
		for (size_t i = 0; i < ARRAY_SIZE(requests); i++) {
			const char *reply = ask(&place, requests[i].request);

			CHECK(strncmp(reply, requests[i].code, strlen(requests[i].code)) == 0,
			      reply);
			CHECK(strstr(reply, requests[i].header) != NULL, reply);
			CHECK(ends_with(reply, requests[i].body), reply);
		}
		status.config = STATUS_CONFIG_ACCEPTED;
		http_publish(http, &status);
		CHECK(strncmp(ask(&place, requests[1].request), "HTTP/1.1 200 ", 13) == 0,
		      "the status published last is used");
		/* This time has passed, so the loop is late. */
		status.alive_until = 1;
		http_publish(http, &status);
		CHECK(strncmp(ask(&place, requests[0].request), "HTTP/1.1 503 ", 13) == 0,
		      "a stuck loop is reported");
		http_stop(http);
	}
}

static void test_too_many_clients(void)
{
	int idle[64];
	struct http_place place;
	struct http *http = NULL;

	CHECK(http_place_read(&place, ":0") == 0 && http_start(&place, &http) == 0, "start");
	if (!http)
		return;
	for (size_t i = 0; i < ARRAY_SIZE(idle); i++) {
		idle[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
		CHECK(idle[i] >= 0, strerror(errno));
		if (connect(idle[i], (struct sockaddr *)&place.address, place.length) < 0)
			CHECK(errno == EINPROGRESS, strerror(errno));
	}
	/* Idle connections are closed after a while, which makes room. */
	CHECK(strstr(ask(&place, requests[0].request), "\r\n\r\nalive\n") != NULL, "answered");
	for (size_t i = 0; i < ARRAY_SIZE(idle); i++)
		close(idle[i]);
	http_stop(http);
	http_stop(NULL);
}

/* Clients that send a byte now and then, and so are never idle. */
struct slow {
	const struct http_place *place;
	int fds[40];
	atomic_bool ready;
	atomic_bool done;
};

static void *send_slowly(void *closure)
{
	static const char start[] = "GET /metrics HTTP/1.1\r\nX: ";
	const struct timespec pause = { .tv_nsec = 200000000 };
	struct slow *slow = closure;

	for (size_t i = 0; i < ARRAY_SIZE(slow->fds); i++) {
		slow->fds[i] = connect_to(slow->place);
		send(slow->fds[i], start, sizeof(start) - 1, MSG_NOSIGNAL);
	}
	atomic_store(&slow->ready, true);
	while (!atomic_load(&slow->done)) {
		nanosleep(&pause, NULL);
		for (size_t i = 0; i < ARRAY_SIZE(slow->fds); i++)
			send(slow->fds[i], "x", 1, MSG_NOSIGNAL);
	}
	for (size_t i = 0; i < ARRAY_SIZE(slow->fds); i++)
		close(slow->fds[i]);
	return NULL;
}

static void test_slow_clients_keep_nobody_out(void)
{
	const struct timespec pause = { .tv_nsec = 10000000 };
	struct http_place place;
	struct slow slow = { .place = &place };
	struct http *http = NULL;
	pthread_t thread;

	CHECK(http_place_read(&place, ":0") == 0 && http_start(&place, &http) == 0, "start");
	if (!http)
		return;
	CHECK(pthread_create(&thread, NULL, send_slowly, &slow) == 0, "a thread");
	while (!atomic_load(&slow.ready))
		nanosleep(&pause, NULL);
	for (int i = 0; i < 50; i++)
		CHECK(strstr(ask(&place, requests[0].request), "\r\n\r\nalive\n") != NULL,
		      "42: a probe is answered");
	atomic_store(&slow.done, true);
	pthread_join(thread, NULL);
	http_stop(http);
}

static void test_address_in_use(void)
{
	struct http_place place;
	struct http *first = NULL;
	struct http *second = NULL;

	CHECK(http_place_read(&place, ":0") == 0 && http_start(&place, &first) == 0, "start");
	CHECK(http_start(&place, &second) == -EADDRINUSE && !second, "taken");
	http_stop(first);
	CHECK(http_start(&place, &second) == 0, "free again, at once");
	http_stop(second);
	CHECK(http_place_read(&place, "192.0.2.77:1") == 0, "an address for documentation");
	CHECK(http_start(&place, &second) == -EADDRNOTAVAIL, "not an address of this machine");
}

static volatile sig_atomic_t taken;

static void take(int number)
{
	taken = number;
}

/*
 * The server's thread must block all signals, so that they reach the thread that waits for them.
 * Here the main thread blocks them too: a thread that did not would run the handler.
 */
static void test_signals_are_left_alone(void)
{
	static const int numbers[] = { SIGHUP,	SIGINT,	 SIGTERM, SIGQUIT, SIGPIPE,
				       SIGALRM, SIGCHLD, SIGUSR1, SIGUSR2 };
	struct sigaction action = { .sa_handler = take };
	struct http_place place;
	struct http *http = NULL;
	sigset_t before;
	sigset_t after;
	sigset_t blocked;

	pthread_sigmask(SIG_SETMASK, NULL, &before);
	CHECK(http_place_read(&place, ":0") == 0 && http_start(&place, &http) == 0, "start");
	pthread_sigmask(SIG_SETMASK, NULL, &after);
	for (int number = 1; number < NSIG; number++)
		CHECK(sigismember(&before, number) == sigismember(&after, number),
		      "the mask of the caller");
	sigfillset(&blocked);
	pthread_sigmask(SIG_SETMASK, &blocked, NULL);
	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++) {
		const struct timespec second = { .tv_sec = 1 };
		struct sigaction previous;
		sigset_t wanted;

		sigemptyset(&wanted);
		sigaddset(&wanted, numbers[i]);
		sigaction(numbers[i], &action, &previous);
		taken = 0;
		kill(getpid(), numbers[i]);
		CHECK(strstr(ask(&place, requests[0].request), "alive") != NULL, "answered");
		CHECK(taken == 0, strsignal(numbers[i]));
		CHECK(sigtimedwait(&wanted, NULL, &second) == numbers[i], strsignal(numbers[i]));
		sigaction(numbers[i], &previous, NULL);
	}
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	http_stop(http);
}

static char *read_file(const char *path)
{
	static char text[REPLY_MAX];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);

	if (fd >= 0)
		close(fd);
	text[n < 0 ? 0 : n] = '\0';
	return n < 0 ? NULL : text;
}

/* Something of the temporary name that is no regular file. */
static void check_in_the_way(const char *path, const char *temporary, const char *what)
{
	struct agent_status status = rejected();
	struct stat st;

	CHECK(metrics_file_write(path, &status) == 0, what);
	CHECK(lstat(path, &st) == 0 && S_ISREG(st.st_mode), what);
	CHECK(access(temporary, F_OK) < 0, what);
	unlink(path);
}

static void test_names_in_the_way(void)
{
	char dir[] = "/tmp/ipmasq-http.XXXXXX";
	struct agent_status status = rejected();
	char temporary[80];
	char victim[64];
	char path[64];
	int fd;

	CHECK(mkdtemp(dir) != NULL, strerror(errno));
	snprintf(path, sizeof(path), "%s/m.prom", dir);
	snprintf(victim, sizeof(victim), "%s/victim", dir);
	snprintf(temporary, sizeof(temporary), "%s.tmp", path);
	CHECK(mkfifo(temporary, 0600) == 0, strerror(errno));
	check_in_the_way(path, temporary, "a fifo that nobody reads");
	CHECK(mkfifo(temporary, 0600) == 0, strerror(errno));
	fd = open(temporary, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	check_in_the_way(path, temporary, "a fifo with a reader");
	close(fd);
	CHECK(symlink(victim, temporary) == 0, strerror(errno));
	check_in_the_way(path, temporary, "a link to nothing");
	CHECK(access(victim, F_OK) < 0, "which is not made");
	close(open(victim, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
	CHECK(link(victim, temporary) == 0, strerror(errno));
	check_in_the_way(path, temporary, "another name of a file");
	CHECK_STRING(read_file(victim), "", "which stays as it is");
	CHECK(mkdir(temporary, 0700) == 0, strerror(errno));
	CHECK(metrics_file_write(path, &status) < 0, "a directory is an error");
	rmdir(temporary);
	unlink(victim);
	rmdir(dir);
}

static void test_the_file(void)
{
	struct agent_status status = rejected();
	char dir[] = "/tmp/ipmasq-http.XXXXXX";
	char path[64];
	char other[80];
	char *text;
	size_t length;

	CHECK(mkdtemp(dir) != NULL, strerror(errno));
	snprintf(path, sizeof(path), "%s/m.prom", dir);
	CHECK(metrics_format(&status, &text, &length) == 0, "memory");
	/* A temporary file that a killed run left does not matter. */
	snprintf(other, sizeof(other), "%s.tmp", path);
	close(open(other, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
	CHECK(metrics_file_write(path, &status) == 0, "made");
	CHECK_STRING(read_file(path), text, "the same as over HTTP");
	CHECK(access(other, F_OK) < 0, "nothing else is left");
	status.in_force = false;
	CHECK(metrics_file_write(path, &status) == 0, "replaced");
	CHECK(read_file(path) && strstr(read_file(path), "ipmasq_policy_in_force 0\n"), "new");
	free(text);
	unlink(path);

	CHECK(mkdir(path, 0700) == 0, strerror(errno));
	CHECK(metrics_file_write(path, &status) == -EISDIR, "a directory");
	CHECK(access(other, F_OK) < 0, "the temporary file is deleted");
	rmdir(path);
	rmdir(dir);
	CHECK(metrics_file_write(path, &status) == -ENOENT, "no such directory");
}

static const struct unit_test tests[] = {
	{ "addresses to listen on", test_places },
	{ "each request is answered", test_requests },
	{ "more clients than the server has room for", test_too_many_clients },
	{ "42: slow clients keep nobody out", test_slow_clients_keep_nobody_out },
	{ "an address that is in use", test_address_in_use },
	{ "the server handles no signals", test_signals_are_left_alone },
	{ "the file is replaced as a whole", test_the_file },
	{ "what has the temporary name is not opened", test_names_in_the_way },
};

int main(void)
{
	return unit_main("http", tests, ARRAY_SIZE(tests));
}
