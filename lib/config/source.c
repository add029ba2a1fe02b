/* SPDX-License-Identifier: Apache-2.0 */
/* Reads sources whole, checks that they are UTF-8, and lists directories. */
#include "config/source.h"

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "util/buf.h"
#include "util/cursor.h"
#include "util/utf8.h"

int source_reject(const char *name, struct ipmasq_diags *diags, int error, const char *code,
		  const char *why, const char *detail)
{
	struct pos pos = { 0 };
	struct text *text;
	int r;

	if (error == -ENOMEM)
		return error;
	r = text_new(name, 0, &text);
	if (r < 0)
		return r;
	pos.text = text;
	r = diag_add(diags, IPMASQ_ERROR, code, &pos, NULL, "%s%s", why, detail);
	text_unref(text);
	return r < 0 ? r : error;
}

int source_error(int error)
{
	switch (error) {
	case -ENOMEM:
		return -ENOMEM;
	case -ENOENT:
	case -ENOTDIR:
		return -ENOENT;
	case -EACCES:
	case -EPERM:
		return -EACCES;
	default:
		return -EIO;
	}
}

static int reject_error(const char *name, struct ipmasq_diags *diags, int error)
{
	int r = source_error(error);
	char words[128];

	switch (r) {
	case -ENOMEM:
		return r;
	case -ENOENT:
		return source_reject(name, diags, r, "not-found", "there is no such file", "");
	case -EACCES:
		return source_reject(name, diags, r, "unreadable",
				     "this user is not permitted to read it", "");
	default:
		/* strerror_r() is not the same in all C libraries. */
		errno = -error;
		snprintf(words, sizeof(words), "%m");
		return source_reject(name, diags, r, "unreadable", "it cannot be read: ", words);
	}
}

static int reject_size(const char *name, struct ipmasq_diags *diags)
{
	return source_reject(name, diags, -EFBIG, "too-large",
			     "it is larger than 64 MiB, the limit for a configuration", "");
}

/* Whether every other byte of a text's beginning is NUL, as in UTF-16 of mostly ASCII. */
static bool is_wide(const unsigned char *data, size_t size)
{
	size_t zeros[2] = { 0, 0 };

	if (size > 64)
		size = 64;
	for (size_t i = 0; i < size; i++)
		zeros[i % 2] += data[i] == 0;
	return size >= 8 && (zeros[0] == 0) != (zeros[1] == 0) &&
	       zeros[0] + zeros[1] >= size / 2 - 1;
}

/* The encoding that a byte-order mark or the bytes tell, other than UTF-8; NULL: none. */
static const char *foreign_encoding(const unsigned char *data, size_t size)
{
	static const struct {
		const char *name;
		size_t len;
		unsigned char mark[4];
	} marks[] = {
		{ "UTF-32", 4, { 0xff, 0xfe, 0, 0 } },
		{ "UTF-32", 4, { 0, 0, 0xfe, 0xff } },
		{ "UTF-16", 2, { 0xff, 0xfe } },
		{ "UTF-16", 2, { 0xfe, 0xff } },
	};

	for (size_t i = 0; i < ARRAY_SIZE(marks); i++)
		if (size >= marks[i].len && memcmp(data, marks[i].mark, marks[i].len) == 0)
			return marks[i].name;
	return is_wide(data, size) ? "UTF-16" : NULL;
}

/* Bytes that are no text become question marks. */
static void replace_invalid(struct text *text, size_t bad)
{
	for (size_t at = bad; at < text->size; at = utf8_find_invalid(text->data, at, text->size))
		text->data[at] = '?';
}

static int reject_encoding(struct text *text, struct ipmasq_diags *diags, size_t bad)
{
	const char *foreign = foreign_encoding((const unsigned char *)text->data, text->size);
	unsigned char byte = (unsigned char)text->data[bad];
	struct cursor start = cursor_start(text);
	struct cursor end;
	struct pos pos;

	/* Findings show the line, so nothing invalid must stay in the text. */
	replace_invalid(text, bad);
	cursor_to_offset(&start, bad);
	end = start;
	cursor_step(&end);
	pos = cursor_pos(&start, &end);
	if (foreign)
		return diag_reject(diags, "encoding", &pos, NULL,
				   "the text is %s; save it as UTF-8", foreign);
	if (byte == 0)
		return diag_reject(diags, "encoding", &pos, NULL,
				   "there is a NUL byte here; a configuration is UTF-8 text");
	return diag_reject(diags, "encoding", &pos, NULL,
			   "the byte 0x%02x here is not valid UTF-8; save the text as UTF-8", byte);
}

static int read_data(const char *name, const void *data, size_t size, bool any_bytes,
		     struct ipmasq_diags *diags, struct text **text)
{
	const unsigned char *bytes = data;
	struct text *made;
	size_t bad;
	int r;

	if (size > SOURCE_SIZE_MAX)
		return reject_size(name, diags);
	if (size >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0) {
		bytes += 3;
		size -= 3;
	}
	r = text_new(name, size, &made);
	if (r < 0)
		return r;
	if (size > 0)
		memcpy(made->data, bytes, size);
	bad = utf8_find_invalid(made->data, 0, size);
	if (bad < size && any_bytes && !foreign_encoding(bytes, size)) {
		replace_invalid(made, bad);
	} else if (bad < size) {
		r = reject_encoding(made, diags, bad);
		text_unref(made);
		return r;
	}
	*text = made;
	return 0;
}

static int wait_for_input(int fd)
{
	struct pollfd wait = { .fd = fd, .events = POLLIN };

	return poll(&wait, 1, -1) < 0 && errno != EINTR ? -errno : 0;
}

/* Reads to the end, or to one byte past the limit. Returns 0 or any negative errno. */
static int read_all(int fd, size_t hint, struct buf *buf)
{
	int r = 0;

	while (r == 0 && buf->len <= SOURCE_SIZE_MAX) {
		size_t left = SOURCE_SIZE_MAX + 1 - buf->len;
		size_t room = hint > buf->len ? hint - buf->len : 1;
		char *end = buf_room(buf, &room);
		ssize_t got;

		if (!end)
			return -ENOMEM;
		got = read(fd, end, room < left ? room : left);
		if (got == 0)
			break;
		if (got > 0)
			buf->len += (size_t)got;
		else if (errno == EAGAIN || errno == EWOULDBLOCK)
			r = wait_for_input(fd);
		else if (errno != EINTR)
			r = -errno;
	}
	return r;
}

/* Reads a descriptor to its end, within the limit. */
static int read_bytes(int fd, const char *name, struct ipmasq_diags *diags, struct buf *buf)
{
	size_t hint = 1 << 16;
	struct stat st;
	int r;

	if (fstat(fd, &st) < 0)
		return reject_error(name, diags, -errno);
	if (S_ISDIR(st.st_mode))
		return source_reject(name, diags, -EIO, "unreadable",
				     "it is a directory, not a file", "");
	if (S_ISBLK(st.st_mode))
		return source_reject(name, diags, -EIO, "unreadable",
				     "it is a block device, not a file", "");
	if (S_ISREG(st.st_mode)) {
		if (st.st_size > (off_t)SOURCE_SIZE_MAX)
			return reject_size(name, diags);
		/* One byte more, for the read that finds the end. */
		if (st.st_size > 0)
			hint = (size_t)st.st_size + 1;
	}
	r = read_all(fd, hint, buf);
	return r < 0 ? reject_error(name, diags, r) : 0;
}

static int read_fd(int fd, const char *name, bool any_bytes, struct ipmasq_diags *diags,
		   struct text **text)
{
	struct buf buf = BUF_INIT;
	int r = read_bytes(fd, name, diags, &buf);

	if (r == 0)
		r = read_data(name, buf.data, buf.len, any_bytes, diags, text);
	buf_release(&buf);
	return r;
}

/* Returns the descriptor, or an error with a finding. */
static int open_file(const char *path, struct ipmasq_diags *diags)
{
	int fd;

	do
		fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	while (fd < 0 && errno == EINTR);
	return fd < 0 ? reject_error(path, diags, -errno) : fd;
}

static int read_file(const char *path, bool any_bytes, struct ipmasq_diags *diags,
		     struct text **text)
{
	int fd = open_file(path, diags);
	int r;

	if (fd < 0)
		return fd;
	r = read_fd(fd, path, any_bytes, diags, text);
	close(fd);
	return r;
}

bool source_is_valid(const struct ipmasq_source *source)
{
	if (!source || !source->name)
		return false;
	switch (source->kind) {
	case IPMASQ_SOURCE_PATH:
	case IPMASQ_SOURCE_FD:
		return true;
	case IPMASQ_SOURCE_DATA:
		return source->data || source->size == 0;
	}
	return false;
}

static int read_source(const struct ipmasq_source *source, bool any_bytes,
		       struct ipmasq_diags *diags, struct text **text)
{
	switch (source->kind) {
	case IPMASQ_SOURCE_FD:
		return read_fd(source->fd, source->name, any_bytes, diags, text);
	case IPMASQ_SOURCE_DATA:
		return read_data(source->name, source->data, source->size, any_bytes, diags, text);
	case IPMASQ_SOURCE_PATH:
		break;
	}
	return read_file(source->name, any_bytes, diags, text);
}

int source_read(const struct ipmasq_source *source, struct ipmasq_diags *diags, struct text **text)
{
	return read_source(source, false, diags, text);
}

int source_read_any(const struct ipmasq_source *source, struct ipmasq_diags *diags,
		    struct text **text)
{
	return read_source(source, true, diags, text);
}

int source_read_wanted(const char *path, source_wanted_fn *wanted, const void *arg,
		       struct ipmasq_diags *diags, struct text **text)
{
	struct buf buf = BUF_INIT;
	struct stat st;
	int fd = open_file(path, diags);
	int r = 0;

	*text = NULL;
	if (fd < 0)
		return fd;
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || st.st_size <= (off_t)SOURCE_SIZE_MAX)
		r = read_bytes(fd, path, diags, &buf);
	if (r == 0 && buf.len > 0 && wanted(buf.data, buf.len, arg))
		r = read_data(path, buf.data, buf.len, false, diags, text);
	buf_release(&buf);
	close(fd);
	return r;
}

bool source_is_dir(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

int source_list_dir(const char *path, const char *pattern, struct ipmasq_diags *diags,
		    struct listing *listing)
{
	int r = listing_read(path, pattern, listing);

	return r < 0 ? reject_error(path, diags, r) : 0;
}
