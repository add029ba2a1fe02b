/* SPDX-License-Identifier: Apache-2.0 */
/* Reads what the kernel sends of its nat table, piece by piece. */
#include "node/kernel/reader.h"

#include <stdlib.h>
#include <string.h>

/* Takes the whole frames of what is there; @taken: how many bytes they have. */
static int take_frames(struct reader *reader, size_t *taken)
{
	size_t at = 0;
	int r = 0;

	while (at < reader->len && r == 0) {
		size_t left = reader->len - at;
		size_t frame = reader->measure(reader, reader->data + at, left);

		if (frame > READER_FRAME_MAX)
			return READER_UNSURE;
		if (frame == 0 || frame > left)
			break;
		r = reader->take(reader, reader->data + at, frame);
		at += frame;
	}
	*taken = at;
	return r;
}

int reader_feed(void *context, const char *data, size_t len)
{
	struct reader *reader = context;

	while (len > 0) {
		size_t room = sizeof(reader->data) - reader->len;
		size_t part = len < room ? len : room;
		size_t taken;
		int r;

		memcpy(reader->data + reader->len, data, part);
		reader->len += part;
		data += part;
		len -= part;
		r = take_frames(reader, &taken);
		if (r < 0)
			return r;
		if (taken == 0 && reader->len == sizeof(reader->data))
			return READER_UNSURE;
		memmove(reader->data, reader->data + taken, reader->len - taken);
		reader->len -= taken;
	}
	return 0;
}

int reader_end(const struct reader *reader)
{
	return reader->len == 0 && reader->is_whole(reader) ? 0 : READER_UNSURE;
}

void reader_free(struct reader *reader)
{
	if (reader && reader->release)
		reader->release(reader);
	free(reader);
}
