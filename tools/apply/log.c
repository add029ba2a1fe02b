/* SPDX-License-Identifier: Apache-2.0 */
/* The log of the agent: one line per event on stderr, with its level. */
#include "apply/log.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "apply/log_queue.h"
#include "apply/names.h"
#include "cli/json.h"
#include "cli/utf8.h"
#include "cli/write_all.h"

#define AGAIN_NS 3600000000000u

static const char *const level_names[] = { "error", "warning", "info" };

static void add_text(struct json_object *object, const char *key, const char *text)
{
	char *copy = text ? utf8_copy(text) : NULL;

	if (copy)
		json_object_object_add(object, key, json_object_new_string(copy));
	free(copy);
}

static void add_time(struct json_object *object)
{
	char text[40];
	struct timespec now;
	struct tm parts;
	size_t len;

	clock_gettime(CLOCK_REALTIME, &now);
	len = strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", gmtime_r(&now.tv_sec, &parts));
	snprintf(text + len, sizeof(text) - len, ".%03ldZ", now.tv_nsec / 1000000);
	add_text(object, "time", text);
}

/* Returns the line, or NULL without memory. */
static char *json_line(enum log_level level, const struct log_about *about, const char *message)
{
	struct json_object *object = json_object_new_object();
	const char *text = NULL;
	char *line = NULL;

	if (object) {
		add_time(object);
		add_text(object, "level", level_names[level]);
		add_text(object, "msg", message);
		add_text(object, "event", about->event);
		if (about->family)
			add_text(object, "family", family_name((enum ipmasq_family)about->family));
		if (about->backend != IPMASQ_BACKEND_AUTO)
			add_text(object, "backend", ipmasq_backend_name(about->backend));
		add_text(object, "reason", about->reason);
		add_text(object, "code", about->code);
		add_text(object, "file", about->file);
		if (about->line) {
			json_object_object_add(object, "line", json_object_new_int64(about->line));
			json_object_object_add(object, "column",
					       json_object_new_int64(about->column));
		}
		text = json_object_to_json_string_ext(
			object, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE);
	}
	if (text && asprintf(&line, "%s\n", text) < 0)
		line = NULL;
	json_object_put(object);
	return line;
}

static char *text_line(enum log_level level, const struct log_about *about, const char *message)
{
	char place[32] = "";
	char *line;

	if (about->line)
		snprintf(place, sizeof(place), ":%u:%u", about->line, about->column);
	if (asprintf(&line, "%s: %s%s%s%s%s%s%s%s%s\n", level_names[level],
		     about->family ? family_name((enum ipmasq_family)about->family) : "",
		     about->family ? ": " : "", about->file ? about->file : "",
		     about->file ? place : "", about->file ? ": " : "", message,
		     about->code ? " [" : "", about->code ? about->code : "",
		     about->code ? "]" : "") < 0)
		return NULL;
	/* Quoted texts of others must not control a terminal. */
	for (char *p = line; p[1]; p++)
		if ((unsigned char)*p < 0x20 || *p == 0x7f)
			*p = '?';
	return line;
}

/* Cuts before a character that does not fit. */
static void cut_message(char *message, size_t length)
{
	static const char mark[] = " [...]";
	size_t end = LOG_MESSAGE_MAX - (sizeof(mark) - 1);

	if (length <= LOG_MESSAGE_MAX)
		return;
	while (end > 0 && !utf8_starts_character(message[end]))
		end--;
	memcpy(message + end, mark, sizeof(mark));
}

static void put_line(const struct log *log, const char *line)
{
	if (log->queue)
		log_queue_put(log->queue, line, strlen(line));
	else
		write_all(STDERR_FILENO, line, strlen(line));
}

static char *dropped_line(const void *closure, uint64_t dropped)
{
	static const struct log_about about = { .event = "log" };
	const struct log *log = closure;
	char message[100];

	snprintf(message, sizeof(message),
		 "%" PRIu64 " lines of the log were dropped here, because nobody read it", dropped);
	return log->json ? json_line(LEVEL_WARNING, &about, message)
			 : text_line(LEVEL_WARNING, &about, message);
}

/* Without memory for a thread, lines are written at once. */
void log_start(struct log *log)
{
	if (log_queue_start(STDERR_FILENO, dropped_line, log, &log->queue) < 0)
		log->queue = NULL;
}

void log_stop(struct log *log)
{
	log_queue_stop(log->queue);
	log->queue = NULL;
}

uint64_t log_dropped(const struct log *log)
{
	return log->queue ? log_queue_dropped(log->queue) : 0;
}

void log_say(const struct log *log, enum log_level level, const struct log_about *about,
	     const char *format, ...)
{
	static const char out_of_memory[] = "error: out of memory while logging\n";
	static const char json_out_of_memory[] =
		"{\"level\":\"error\",\"msg\":\"out of memory while logging\",\"event\":\"log\"}\n";
	static const struct log_about nothing = { 0 };
	char *message = NULL;
	char *line = NULL;
	va_list args;
	int len;

	va_start(args, format);
	len = vasprintf(&message, format, args);
	va_end(args);
	if (!about)
		about = &nothing;
	if (len >= 0) {
		cut_message(message, (size_t)len);
		line = log->json ? json_line(level, about, message)
				 : text_line(level, about, message);
	}
	put_line(log, line ? line : log->json ? json_out_of_memory : out_of_memory);
	free(line);
	free(len >= 0 ? message : NULL);
}

void log_finding(const struct log *log, const struct ipmasq_finding *finding)
{
	static const enum log_level levels[] = { [IPMASQ_NOTE] = LEVEL_INFO,
						 [IPMASQ_WARNING] = LEVEL_WARNING,
						 [IPMASQ_ERROR] = LEVEL_ERROR };
	const struct log_about about = { .event = "finding",
					 .code = finding->code,
					 .file = finding->place.file,
					 .line = finding->place.line,
					 .column = finding->place.column };
	const char *instead = finding->suggestion;

	log_say(log, levels[finding->severity], &about, "%s%s%s", finding->message,
		instead ? "; write instead: " : "", instead ? instead : "");
}

bool log_is_due(struct log_memory *memory, uint64_t hash, uint64_t now)
{
	size_t oldest = 0;

	for (size_t i = 0; i < LOG_MEMORY; i++) {
		if (memory->said[i].said && memory->said[i].hash == hash) {
			if (now - memory->said[i].said < AGAIN_NS)
				return false;
			oldest = i;
			break;
		}
		if (!memory->said[i].said) {
			oldest = i;
			break;
		}
		if (memory->said[i].said < memory->said[oldest].said)
			oldest = i;
	}
	memory->said[oldest].hash = hash;
	memory->said[oldest].said = now;
	return true;
}

void log_forget(struct log_memory *memory)
{
	memset(memory, 0, sizeof(*memory));
}
