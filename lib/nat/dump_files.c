/* SPDX-License-Identifier: Apache-2.0 */
/* Finds the dumps in texts, files and directories such as sos reports and must-gathers. */
#include "nat/dump_files.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config/source.h"
#include "nat/dump_hint.h"
#include "nat/dump_lines.h"
#include "util/buf.h"
#include "util/common.h"
#include "util/cursor.h"

/* How much of a file in a directory is looked at, to tell whether it holds a dump. */
#define HEAD_BYTES (128u << 10)
/* The bounds of a directory: how deep, how many entries, how many bytes of dumps. */
#define DEPTH_MAX     24
#define LOOKED_AT_MAX 500000
#define TEXTS_MAX     (256u << 20)

static const struct nat_dump_format *find_format(const struct dump_list *list, const char *text,
						 size_t size)
{
	for (size_t i = 0; i < list->format_count; i++) {
		if (list->formats[i].begins(text, size))
			return &list->formats[i];
	}
	return NULL;
}

static int add_dump(struct dump_list *list, const struct nat_dump *dump)
{
	int r = array_grow(&list->dumps, &list->capacity, list->count, sizeof(*list->dumps));

	if (r < 0)
		return r;
	list->dumps[list->count] = *dump;
	list->dumps[list->count++].text = text_ref(dump->text);
	return 0;
}

/* Finds the dumps in a text, and the commands before them. */
static int scan(struct dump_list *list, struct text *text)
{
	const char *slash = strrchr(text->name, '/');
	const char *base = slash ? slash + 1 : text->name;
	struct nat_dump dump = { .text = text };
	const char *line;
	size_t len;
	size_t at = 0;
	int r = 0;

	(void)nat_hint_read(base, strlen(base), &dump.hint);
	while (r == 0 && at < text->size) {
		const char *rest = text->data + at;

		dump.format = find_format(list, rest, text->size - at);
		if (dump.format) {
			/* What one dump tells of its program does not hold for the next. */
			struct nat_dump_hint hint = dump.hint;

			dump.begin = at;
			at += dump.format->length(rest, text->size - at, &dump.hint);
			dump.end = at;
			r = add_dump(list, &dump);
			dump.hint = hint;
		} else if (dump_lines_next(text->data, text->size, &at, &line, &len)) {
			list->warned_of_legacy |= nat_hint_is_legacy_warning(line, len);
			(void)nat_hint_read(line, len, &dump.hint);
		}
	}
	return r;
}

/* A text that was named for its rules and has none. */
static int reject_text(const struct text *text, struct ipmasq_diags *diags)
{
	struct cursor start = cursor_start(text);
	struct cursor end = start;
	struct pos pos;

	while (end.offset < text->size && end.line == 1)
		cursor_step(&end);
	pos = cursor_span(&start, &end);
	if (text->size == 0)
		return diag_reject(diags, "dump", &pos, NULL, "it is empty: it has no rules");
	return diag_reject(
		diags, "dump", &pos, NULL,
		"no rules as iptables-save, iptables -S, iptables -nvL or nft list "
		"ruleset print them begin in any line; an archive must be unpacked first");
}

static int add_text(struct dump_list *list, struct text *text, bool must_have,
		    struct ipmasq_diags *diags)
{
	size_t before = list->count;
	int r;

	if (text->size > TEXTS_MAX - list->size)
		return source_reject(text->name, diags, -EFBIG, "too-large",
				     "the dumps are larger than 256 MiB together", "");
	r = scan(list, text);
	if (r < 0)
		return r;
	if (list->count > before) {
		list->size += text->size;
		return 0;
	}
	return must_have ? reject_text(text, diags) : 0;
}

/* Whether a dump begins in the first part of a file. */
static bool head_has_dump(const struct dump_list *list, const char *head, size_t size)
{
	const char *line;
	size_t len;

	for (size_t at = 0; at < size;) {
		if (find_format(list, head + at, size - at))
			return true;
		(void)nat_dump_line(head, size, &at, &line, &len);
	}
	return false;
}

/* A file that nobody named: read only if its beginning looks like a dump. One that cannot be read
 * is passed over. */
static int add_file(struct dump_list *list, int dir, const char *name, const char *path,
		    struct ipmasq_diags *diags)
{
	/* Not a link, which may lead out of the directory; what it leads to within is found. */
	int fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK | O_NOFOLLOW);
	struct ipmasq_source source = { .kind = IPMASQ_SOURCE_FD, .name = path, .fd = fd };
	struct text *text;
	char *head;
	ssize_t got;
	int r = 0;

	if (fd < 0)
		return 0;
	head = malloc(HEAD_BYTES + 1);
	if (!head) {
		close(fd);
		return -ENOMEM;
	}
	got = pread(fd, head, HEAD_BYTES, 0);
	if (got > 0) {
		head[got] = '\0';
		if (head_has_dump(list, head, (size_t)got)) {
			r = source_read_any(&source, diags, &text);
			if (r == 0) {
				r = add_text(list, text, false, diags);
				text_unref(text);
			}
		}
	}
	free(head);
	close(fd);
	return r;
}

/* The names in a directory, sorted so that the result is the same each time. */
struct names {
	char **names;
	size_t count;
	size_t capacity;
};

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static int read_names(DIR *stream, struct names *names)
{
	const struct dirent *entry;
	int r = 0;

	while (r == 0 && names->count < LOOKED_AT_MAX && (entry = readdir(stream))) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		r = array_grow(&names->names, &names->capacity, names->count, sizeof(char *));
		if (r == 0 && !(names->names[names->count] = strdup(entry->d_name)))
			r = -ENOMEM;
		names->count += r == 0;
	}
	array_sort(names->names, names->count, sizeof(char *), compare_names);
	return r;
}

static int add_directory(struct dump_list *list, int fd, struct buf *path, unsigned int depth,
			 struct ipmasq_diags *diags);

static int add_entry(struct dump_list *list, int dir, const char *name, struct buf *path,
		     unsigned int depth, struct ipmasq_diags *diags)
{
	struct stat st;
	int fd;

	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return 0;
	if (S_ISREG(st.st_mode))
		return st.st_size > 0 ? add_file(list, dir, name, path->data, diags) : 0;
	if (!S_ISDIR(st.st_mode) || depth == DEPTH_MAX)
		return 0;
	fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	return fd < 0 ? 0 : add_directory(list, fd, path, depth + 1, diags);
}

/* Takes the descriptor over. @path is that of the directory. */
static int add_directory(struct dump_list *list, int fd, struct buf *path, unsigned int depth,
			 struct ipmasq_diags *diags)
{
	size_t path_len = path->len;
	struct names names = { 0 };
	DIR *stream = fdopendir(fd);
	int r;

	if (!stream) {
		r = errno == ENOMEM ? -ENOMEM : 0;
		close(fd);
		return r;
	}
	r = read_names(stream, &names);
	for (size_t i = 0; r == 0 && i < names.count; i++) {
		if (list->looked_at++ == LOOKED_AT_MAX) {
			r = source_reject(path->data, diags, -EFBIG, "too-large",
					  "there are more than 500,000 files in it", "");
			break;
		}
		path->len = path_len;
		if (path_len > 0 && path->data[path_len - 1] != '/')
			buf_putc(path, '/');
		buf_puts(path, names.names[i]);
		r = path->error
			    ? path->error
			    : add_entry(list, dirfd(stream), names.names[i], path, depth, diags);
	}
	for (size_t i = 0; i < names.count; i++)
		free(names.names[i]);
	free(names.names);
	closedir(stream);
	return r;
}

static int add_root(struct dump_list *list, const char *name, struct ipmasq_diags *diags)
{
	size_t before = list->count;
	struct buf path = BUF_INIT;
	int fd = open(name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int r;

	if (fd < 0)
		return source_reject(name, diags, source_error(-errno), "unreadable",
				     "this directory cannot be read", "");
	buf_puts(&path, name);
	if (path.error) {
		close(fd);
		return path.error;
	}
	r = add_directory(list, fd, &path, 0, diags);
	buf_release(&path);
	if (r == 0 && list->count == before)
		return source_reject(
			name, diags, -EINVAL, "dump",
			"no file in this directory holds rules as iptables-save, iptables "
			"-S, iptables -nvL or nft list ruleset print them",
			"");
	return r;
}

int dump_list_add(struct dump_list *list, const struct ipmasq_source *source,
		  struct ipmasq_diags *diags)
{
	struct text *text;
	int r;

	if (source->kind == IPMASQ_SOURCE_PATH && source_is_dir(source->name))
		return add_root(list, source->name, diags);
	r = source_read_any(source, diags, &text);
	if (r < 0)
		return r;
	r = add_text(list, text, true, diags);
	text_unref(text);
	return r;
}

void dump_list_release(struct dump_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		text_unref(list->dumps[i].text);
	free(list->dumps);
	list->dumps = NULL;
	list->count = list->capacity = 0;
}
