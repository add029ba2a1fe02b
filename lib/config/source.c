/* SPDX-License-Identifier: Apache-2.0 */
/* What bytes, from where? */
#include "config/source.h"

#include <dirent.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "util/buf.h"
#include "util/cursor.h"

/* Adds a finding that concerns the file as a whole. Returns @error, or -ENOMEM. */
static int reject(const char *name, struct ipmasq_diags *diags, int error, const char *code,
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

static int reject_errno(const char *name, struct ipmasq_diags *diags, int error)
{
	char words[128];

	switch (error) {
	case ENOMEM:
		return -ENOMEM;
	case ENOENT:
	case ENOTDIR:
		return reject(name, diags, -ENOENT, "not-found", "there is no such file", "");
	case EACCES:
	case EPERM:
		return reject(name, diags, -EACCES, "unreadable",
			      "reading it is not permitted for this user", "");
	default:
		/* The only way to the words that is the same in all C libraries. */
		errno = error;
		snprintf(words, sizeof(words), "%m");
		return reject(name, diags, -EIO, "unreadable", "it cannot be read: ", words);
	}
}

static int reject_size(const char *name, struct ipmasq_diags *diags)
{
	return reject(name, diags, -EFBIG, "too-large",
		      "it is larger than 64 MiB, which no configuration is", "");
}

/* The length of the UTF-8 sequence at @p; 0 when it is none, or a NUL byte. */
static size_t utf8_length(const unsigned char *p, size_t left)
{
	static const struct {
		unsigned char first, last; /* of the first byte */
		unsigned char low, high; /* of the second: no overlong forms, no surrogates */
		unsigned char length;
	} forms[] = {
		{ 0xc2, 0xdf, 0x80, 0xbf, 2 }, { 0xe0, 0xe0, 0xa0, 0xbf, 3 },
		{ 0xe1, 0xec, 0x80, 0xbf, 3 }, { 0xed, 0xed, 0x80, 0x9f, 3 },
		{ 0xee, 0xef, 0x80, 0xbf, 3 }, { 0xf0, 0xf0, 0x90, 0xbf, 4 },
		{ 0xf1, 0xf3, 0x80, 0xbf, 4 }, { 0xf4, 0xf4, 0x80, 0x8f, 4 },
	};

	if (p[0] < 0x80)
		return p[0] != 0;
	for (size_t i = 0; i < ARRAY_SIZE(forms); i++) {
		if (p[0] < forms[i].first || p[0] > forms[i].last)
			continue;
		if (left < forms[i].length || p[1] < forms[i].low || p[1] > forms[i].high)
			return 0;
		for (size_t k = 2; k < forms[i].length; k++)
			if ((p[k] & 0xc0) != 0x80)
				return 0;
		return forms[i].length;
	}
	return 0;
}

/* How many bytes from @p on are surely ASCII and no NUL: whole words of them, the test for which
 * stops at some others as well. */
static size_t ascii_length(const unsigned char *p, size_t left)
{
	size_t at = 0;
	uint64_t word;

	for (; left - at >= sizeof(word); at += sizeof(word)) {
		memcpy(&word, p + at, sizeof(word));
		if ((word | (word - UINT64_C(0x0101010101010101))) & UINT64_C(0x8080808080808080))
			break;
	}
	return at;
}

/* The offset of the first byte from @from on that is not UTF-8 text, or @size. */
static size_t find_bad(const unsigned char *data, size_t from, size_t size)
{
	size_t at = from;

	while (at < size) {
		size_t len;

		at += ascii_length(data + at, size - at);
		if (at == size)
			break;
		len = utf8_length(data + at, size - at);

		if (len == 0)
			break;
		at += len;
	}
	return at;
}

/* What a byte-order mark other than UTF-8's says about the text, or NULL. */
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
	return NULL;
}

static int reject_encoding(struct text *text, struct ipmasq_diags *diags, size_t bad)
{
	unsigned char *data = (unsigned char *)text->data;
	const char *foreign = foreign_encoding(data, text->size);
	unsigned char byte = data[bad];
	struct cursor start = cursor_start(text);
	struct cursor end;
	struct pos pos;
	int r;

	/* Findings show the line, so what is not UTF-8 must not stay in the text. */
	for (size_t at = bad; at < text->size; at = find_bad(data, at, text->size))
		data[at] = '?';
	cursor_to_offset(&start, bad);
	end = start;
	cursor_step(&end);
	pos = cursor_pos(&start, &end);
	if (foreign)
		r = diag_add(diags, IPMASQ_ERROR, "encoding", &pos, NULL,
			     "the text is %s; save it as UTF-8", foreign);
	else if (byte == 0)
		r = diag_add(diags, IPMASQ_ERROR, "encoding", &pos, NULL,
			     "there is a NUL byte here; a configuration is UTF-8 text");
	else
		r = diag_add(diags, IPMASQ_ERROR, "encoding", &pos, NULL,
			     "the byte 0x%02x here is not valid UTF-8; save the text as UTF-8",
			     byte);
	return r < 0 ? r : -EINVAL;
}

static int read_data(const char *name, const void *data, size_t size, struct ipmasq_diags *diags,
		     struct text **text)
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
	bad = find_bad((const unsigned char *)made->data, 0, size);
	if (bad < size) {
		r = reject_encoding(made, diags, bad);
		text_unref(made);
		return r;
	}
	*text = made;
	return 0;
}

struct bytes {
	char *data;
	size_t size;
	size_t capacity;
};

static int bytes_grow(struct bytes *bytes, size_t wanted)
{
	char *grown;

	if (wanted > (size_t)SOURCE_SIZE_MAX + 1)
		wanted = (size_t)SOURCE_SIZE_MAX + 1;
	grown = realloc(bytes->data, wanted);
	if (!grown)
		return ENOMEM;
	bytes->data = grown;
	bytes->capacity = wanted;
	return 0;
}

/* Reads to the end, or one byte past the limit. Returns 0 or an errno, positive. */
static int read_all(int fd, size_t hint, struct bytes *bytes)
{
	int error = bytes_grow(bytes, hint);

	while (!error) {
		ssize_t got = read(fd, bytes->data + bytes->size, bytes->capacity - bytes->size);

		if (got == 0)
			return 0;
		if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
			struct pollfd wait = { .fd = fd, .events = POLLIN };

			if (poll(&wait, 1, -1) < 0 && errno != EINTR)
				return errno;
			continue;
		}
		if (got < 0 && errno != EINTR)
			return errno;
		if (got > 0)
			bytes->size += (size_t)got;
		if (bytes->size > SOURCE_SIZE_MAX)
			return 0;
		if (bytes->size == bytes->capacity)
			error = bytes_grow(bytes, 2 * bytes->capacity);
	}
	return error;
}

/* Reads a descriptor whole, within the limit. */
static int read_bytes(int fd, const char *name, struct ipmasq_diags *diags, struct bytes *bytes)
{
	size_t hint = 1 << 16;
	struct stat st;
	int r;

	if (fstat(fd, &st) < 0)
		return reject_errno(name, diags, errno);
	if (S_ISDIR(st.st_mode))
		return reject(name, diags, -EIO, "unreadable", "it is a directory, not a file", "");
	if (S_ISBLK(st.st_mode))
		return reject(name, diags, -EIO, "unreadable", "it is a disk, not a file", "");
	if (S_ISREG(st.st_mode)) {
		if (st.st_size > (off_t)SOURCE_SIZE_MAX)
			return reject_size(name, diags);
		/* One more than the size: the read that finds the end needs no growing. */
		if (st.st_size > 0)
			hint = (size_t)st.st_size + 1;
	}
	r = read_all(fd, hint, bytes);
	return r ? reject_errno(name, diags, r) : 0;
}

static int read_fd(int fd, const char *name, struct ipmasq_diags *diags, struct text **text)
{
	struct bytes bytes = { 0 };
	int r = read_bytes(fd, name, diags, &bytes);

	if (r == 0)
		r = read_data(name, bytes.data, bytes.size, diags, text);
	free(bytes.data);
	return r;
}

/* Returns the descriptor, or what a finding was added for. */
static int open_file(const char *path, struct ipmasq_diags *diags)
{
	int fd;

	do
		fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	while (fd < 0 && errno == EINTR);
	return fd < 0 ? reject_errno(path, diags, errno) : fd;
}

static int read_file(const char *path, struct ipmasq_diags *diags, struct text **text)
{
	int fd = open_file(path, diags);
	int r;

	if (fd < 0)
		return fd;
	r = read_fd(fd, path, diags, text);
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

int source_read(const struct ipmasq_source *source, struct ipmasq_diags *diags, struct text **text)
{
	switch (source->kind) {
	case IPMASQ_SOURCE_FD:
		return read_fd(source->fd, source->name, diags, text);
	case IPMASQ_SOURCE_DATA:
		return read_data(source->name, source->data, source->size, diags, text);
	case IPMASQ_SOURCE_PATH:
		break;
	}
	return read_file(source->name, diags, text);
}

int source_read_wanted(const char *path, source_wanted_fn *wanted, const void *arg,
		       struct ipmasq_diags *diags, struct text **text)
{
	struct bytes bytes = { 0 };
	struct stat st;
	int fd = open_file(path, diags);
	int r = 0;

	*text = NULL;
	if (fd < 0)
		return fd;
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || st.st_size <= (off_t)SOURCE_SIZE_MAX)
		r = read_bytes(fd, path, diags, &bytes);
	if (r == 0 && bytes.size > 0 && wanted(bytes.data, bytes.size, arg))
		r = read_data(path, bytes.data, bytes.size, diags, text);
	free(bytes.data);
	close(fd);
	return r;
}

bool source_is_dir(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

void source_list_free(char **paths, size_t count)
{
	for (size_t i = 0; i < count; i++)
		free(paths[i]);
	free(paths);
}

struct listing {
	char **paths;
	size_t count;
	size_t capacity;
};

/* Adds a file to the listing unless it is none that would be read. Returns 0 or an errno, positive.
 */
static int listing_add(struct listing *listing, const char *dir, const char *name)
{
	struct buf path = BUF_INIT;
	struct stat st;
	char *stolen;

	buf_puts(&path, dir);
	if (path.len > 0 && path.data[path.len - 1] != '/')
		buf_putc(&path, '/');
	buf_puts(&path, name);
	if (buf_steal(&path, &stolen, NULL))
		return ENOMEM;
	if (stat(stolen, &st) < 0) {
		int error = errno;

		/* A link that leads nowhere is no file; anything else must not go unseen. */
		free(stolen);
		return error == ENOENT || error == ELOOP ? 0 : error;
	}
	if (!S_ISREG(st.st_mode)) {
		free(stolen);
		return 0;
	}
	if (array_grow(&listing->paths, &listing->capacity, listing->count,
		       sizeof(*listing->paths))) {
		free(stolen);
		return ENOMEM;
	}
	listing->paths[listing->count++] = stolen;
	return 0;
}

static int listing_fill(struct listing *listing, DIR *stream, const char *dir, const char *pattern)
{
	int error = 0;

	while (!error) {
		const struct dirent *entry;

		errno = 0;
		entry = readdir(stream);
		if (!entry)
			return errno;
		/* A ConfigMap volume keeps its bookkeeping in names that start with a dot. */
		if (entry->d_name[0] == '.')
			continue;
		if (pattern && fnmatch(pattern, entry->d_name, 0) != 0)
			continue;
		error = listing_add(listing, dir, entry->d_name);
	}
	return error;
}

static int compare_paths(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

int source_list_dir(const char *path, const char *pattern, struct ipmasq_diags *diags,
		    char ***paths, size_t *count)
{
	struct listing listing = { 0 };
	DIR *stream = opendir(path);
	int error;

	if (!stream)
		return reject_errno(path, diags, errno);
	error = listing_fill(&listing, stream, path, pattern);
	closedir(stream);
	if (error) {
		source_list_free(listing.paths, listing.count);
		return reject_errno(path, diags, error);
	}
	if (listing.count > 0)
		qsort(listing.paths, listing.count, sizeof(*listing.paths), compare_paths);
	*paths = listing.paths;
	*count = listing.count;
	return 0;
}
