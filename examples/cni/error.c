/* SPDX-License-Identifier: Apache-2.0 */
/* Errors of the CNI protocol, which are JSON on standard output. */
#include "cni/error.h"

#include <json-c/json.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "cni/json_text.h"

/* A variable of the environment may hold any bytes, and JSON may not. */
static void make_valid(char *text)
{
	while (*text) {
		size_t size = json_character_size(text);

		if (size == 0)
			*text = '?';
		text += size ? size : 1;
	}
}

static char *print_text(const char *format, va_list arguments)
	__attribute__((format(printf, 1, 0)));

static char *print_text(const char *format, va_list arguments)
{
	char *text;

	if (vasprintf(&text, format, arguments) < 0)
		return NULL;
	make_valid(text);
	return text;
}

int cni_fail(struct cni_error *error, enum cni_code code, const char *format, ...)
{
	va_list arguments;

	if (error->code)
		return -1;
	error->code = code;
	va_start(arguments, format);
	error->message = print_text(format, arguments);
	va_end(arguments);
	return -1;
}

int cni_no_memory(struct cni_error *error)
{
	return cni_fail(error, CNI_TRY_AGAIN, "out of memory");
}

void cni_detail(struct cni_error *error, const char *format, ...)
{
	va_list arguments;
	char *text, *all;

	va_start(arguments, format);
	text = print_text(format, arguments);
	va_end(arguments);
	if (!text)
		return;
	if (error->details && asprintf(&all, "%s\n%s", error->details, text) >= 0) {
		free(error->details);
		error->details = all;
	} else if (!error->details) {
		error->details = text;
		return;
	}
	free(text);
}

/* Adds a member, of which the object then is the owner. */
static int put(struct json_object *object, const char *key, struct json_object *value)
{
	if (!value)
		return -1;
	if (json_object_object_add(object, key, value) < 0) {
		json_object_put(value);
		return -1;
	}
	return 0;
}

int cni_error_print(const struct cni_error *error, const char *version, FILE *to)
{
	const char *message = error->message ? error->message : "out of memory";
	struct json_object *object = json_object_new_object();
	const char *text = NULL;

	if (object && put(object, "cniVersion", json_object_new_string(version)) == 0 &&
	    put(object, "code", json_object_new_int(error->code)) == 0 &&
	    put(object, "msg", json_object_new_string(message)) == 0 &&
	    (!error->details ||
	     put(object, "details", json_object_new_string(error->details)) == 0))
		text = json_object_to_json_string_ext(
			object, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_NOSLASHESCAPE);
	/* These words need no memory. */
	if (!text)
		fprintf(to,
			"{\"cniVersion\":\"1.1.0\",\"code\":%d,"
			"\"msg\":\"out of memory\"}\n",
			(int)error->code);
	else
		fprintf(to, "%s\n", text);
	json_object_put(object);
	return fflush(to) == 0 ? 0 : -1;
}

void cni_error_free(struct cni_error *error)
{
	free(error->message);
	free(error->details);
	*error = (struct cni_error){ 0 };
}
