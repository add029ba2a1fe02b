/* SPDX-License-Identifier: Apache-2.0 */
/* ipmasq-explain --batch: answers addresses from stdin, one per line, as fast as it reads them. */
#include "explain/explain_batch.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/write_all.h"
#include "explain/address_reader.h"

/* The longest line. */
#define IN_SIZE (256 * 1024)
/* Small enough that the input and the output of one read stay in the CPU cache. */
#define READ_SIZE (64 * 1024)
#define OUT_SIZE  (64 * 1024)
#define ROOM_MAX  (64 * 1024 * 1024)
/* Verdict, origin and entry with their tabs. */
#define TAIL_MAX   192
#define TAIL_SLOTS 512
/* How much of a bad line is shown. */
#define SHOWN_MAX 60

/* Copies are made in steps of this many bytes, and read and write up to one step too much. */
#define STEP 64

/*
 * The tail of a line, after the address, is the same for all addresses of a range. It is written
 * once, to `room`, when an address first needs it. The place of a tail is the offset in `room` of a
 * byte that holds its length. 0 means that there is none yet.
 */
struct lane {
	/* NULL: addresses of this family are not looked up. */
	const struct ipmasq_partition *partition;
	/* The place of the tail of each range. */
	uint32_t *places;
};

/* The place of the tail of an entry, which may decide for several ranges. */
struct tail {
	const struct ipmasq_entry *entry;
	uint32_t place;
};

/*
 * Lines are processed in groups: each step is done for the whole group before the next step. So the
 * memory that a step needs for one line arrives while the step handles the other lines.
 */
#define GROUP 64

struct plain_line {
	const char *text;
	size_t len;
	const struct lane *lane;
	size_t range;
	uint32_t place;
	uint8_t address[16];
};

struct batch {
	struct explain *explain;
	struct lane lanes[2];
	/* The number of the line, from 1. */
	size_t line;
	/* There was a line that is not an address. */
	bool bad;
	/* The present line did not fit the buffer, and its rest is skipped. */
	bool too_long;
	size_t in_used;
	size_t out_used;
	char *room;
	size_t room_used;
	size_t room_size;
	/* A hash table, because an entry may decide for several ranges. */
	struct tail tails[TAIL_SLOTS];
	struct plain_line lines[GROUP];
	size_t line_count;
	char in[IN_SIZE + 1 + STEP];
	char out[OUT_SIZE + STEP];
};

static void flush_out(struct batch *batch)
{
	int r = write_all(STDOUT_FILENO, batch->out, batch->out_used);

	if (r < 0)
		cli_die(r, "cannot write the result");
	batch->out_used = 0;
}

static inline void write_text(struct batch *batch, const char *data, size_t len)
{
	char *out = batch->out + batch->out_used;

	for (size_t i = 0; i < len; i += STEP)
		memcpy(out + i, data + i, STEP);
	batch->out_used += len;
}

static inline void write_answer(struct batch *batch, const char *line, size_t len, uint32_t place)
{
	const char *tail = batch->room + place;
	size_t tail_len = (unsigned char)*tail;

	if (batch->out_used + len + tail_len > OUT_SIZE)
		flush_out(batch);
	write_text(batch, line, len);
	write_text(batch, tail + 1, tail_len);
}

/* Bounds the memory of tails: beyond the limit, all are dropped and made again when needed. */
static void bound_room(struct batch *batch)
{
	if (batch->room_used <= ROOM_MAX)
		return;
	memset(batch->tails, 0, sizeof(batch->tails));
	for (int i = 0; i < 2; i++) {
		const struct lane *lane = &batch->lanes[i];

		if (lane->partition)
			memset(lane->places, 0,
			       ipmasq_partition_count(lane->partition) * sizeof(*lane->places));
	}
	batch->room_used = 1;
}

/* Makes room for one more tail. */
static void make_room(struct batch *batch)
{
	if (batch->room_used + 1 + TAIL_MAX + STEP <= batch->room_size)
		return;
	batch->room_size = 2 * batch->room_size + 4096;
	batch->room = realloc(batch->room, batch->room_size);
	if (!batch->room)
		cli_die(ENOMEM, "cannot answer");
}

static uint32_t write_tail(struct batch *batch, const struct ipmasq_entry *entry)
{
	const struct ipmasq_entry_details info = answer_entry(entry);
	size_t place;
	char *tail;
	char *end;

	make_room(batch);
	place = batch->room_used;
	tail = batch->room + place + 1;
	end = stpcpy(tail, "\t");
	end = stpcpy(end, ipmasq_verdict_name(info.verdict));
	end = stpcpy(end, "\t");
	end = stpcpy(end, ipmasq_origin_name(info.origin));
	end = stpcpy(end, "\t");
	end = stpcpy(end, info.cidr[0] ? info.cidr : "-");
	end = stpcpy(end, "\n");
	batch->room[place] = (char)(end - tail);
	batch->room_used = (size_t)(end - batch->room);
	return (uint32_t)place;
}

/* @entry is NULL if there are no rules, so that nothing decides. */
static uint32_t tail_of_entry(struct batch *batch, const struct ipmasq_entry *entry)
{
	struct tail *tail = &batch->tails[((uintptr_t)entry >> 4) % TAIL_SLOTS];
	uint32_t place = tail->place;

	if (place == 0 || tail->entry != entry) {
		place = write_tail(batch, entry);
		*tail = (struct tail){ entry, place };
	}
	return place;
}

static inline uint32_t tail_of_range(struct batch *batch, const struct lane *lane, size_t range)
{
	uint32_t place = lane->places[range];

	if (place == 0) {
		place = tail_of_entry(batch,
				      ipmasq_partition_get(lane->partition, range, NULL, NULL));
		lane->places[range] = place;
	}
	return place;
}

static void refuse_line(struct batch *batch, const char *line, size_t len, const char *why)
{
	char shown[SHOWN_MAX + 4];
	size_t i;

	for (i = 0; i < len && i < SHOWN_MAX; i++)
		shown[i] = (unsigned char)line[i] < ' ' || line[i] == 0x7f ? '?' : line[i];
	strcpy(shown + i, len > SHOWN_MAX ? "..." : "");
	cli_say("line %zu: '%s' %s", batch->line, shown, why);
	batch->bad = true;
}

static void refuse_long_line(struct batch *batch)
{
	cli_say("line %zu: too long for an address", batch->line);
	batch->bad = true;
}

/* Answers one line, which ends with a NUL. */
static void answer_line(struct batch *batch, const char *line, size_t len)
{
	const struct explain *explain = batch->explain;
	enum ipmasq_family family;
	const struct lane *lane;
	uint8_t address[16];
	uint32_t place;

	if (strlen(line) != len || ipmasq_parse_address(line, &family, address) < 0) {
		refuse_line(batch, line, len, address_fault(line));
		return;
	}
	if (explain->has_source && explain->source.family != family) {
		refuse_line(batch, line, len, "is not of the family of --source");
		return;
	}
	lane = &batch->lanes[family == IPMASQ_IPV6];
	if (explain->views[family == IPMASQ_IPV6].off)
		explain_say_off(batch->explain);
	if (lane->partition)
		place = tail_of_range(batch, lane, ipmasq_partition_find(lane->partition, address));
	else
		place = tail_of_entry(batch, explain->source_entry);
	write_answer(batch, line, len, place);
}

static void take_line(struct batch *batch, char *line, size_t len)
{
	batch->line++;
	if (len > 0 && line[len - 1] == '\r')
		len--;
	line[len] = '\0';
	if (batch->too_long)
		refuse_long_line(batch);
	else if (strspn(line, " \t") < len)
		answer_line(batch, line, len);
	batch->too_long = false;
}

/*
 * Reads plain lines, which hold an address and nothing else, up to one that is not plain. Almost
 * all lines are plain. Returns the start of the first line that it did not read.
 */
static char *read_plain_lines(struct batch *batch, char *line)
{
	size_t count = 0;

	while (count < GROUP) {
		struct plain_line *plain = &batch->lines[count];
		enum ipmasq_family family;
		size_t len = address_read(line, &family, plain->address);
		char *end = line + len;

		end += *end == '\r';
		plain->text = line;
		plain->len = len;
		plain->lane = &batch->lanes[family == IPMASQ_IPV6];
		if (len == 0 || *end != '\n' || !plain->lane->partition)
			break;
		line = end + 1;
		count++;
	}
	batch->line_count = count;
	return line;
}

static void answer_plain_lines(struct batch *batch)
{
	struct plain_line *end = batch->lines + batch->line_count;
	struct plain_line *line;

	bound_room(batch);
	for (line = batch->lines; line < end; line++) {
		line->range = ipmasq_partition_find(line->lane->partition, line->address);
		__builtin_prefetch(&line->lane->places[line->range]);
	}
	for (line = batch->lines; line < end; line++) {
		line->place = tail_of_range(batch, line->lane, line->range);
		__builtin_prefetch(batch->room + line->place);
		__builtin_prefetch(batch->room + line->place + STEP);
	}
	for (line = batch->lines; line < end; line++)
		write_answer(batch, line->text, line->len, line->place);
	batch->line += batch->line_count;
}

/* Answers the complete lines in the buffer, and moves the rest to the front. */
static void take_lines(struct batch *batch)
{
	char *line = batch->in;
	char *end = batch->in + batch->in_used;

	*end = '\0';
	while (line < end) {
		char *newline;

		if (!batch->too_long) {
			line = read_plain_lines(batch, line);
			answer_plain_lines(batch);
			if (batch->line_count == GROUP)
				continue;
		}
		newline = memchr(line, '\n', (size_t)(end - line));
		if (!newline)
			break;
		take_line(batch, line, (size_t)(newline - line));
		line = newline + 1;
	}
	batch->in_used = (size_t)(end - line);
	if (batch->in_used == IN_SIZE) {
		batch->too_long = true;
		batch->in_used = 0;
	}
	memmove(batch->in, line, batch->in_used);
}

static void read_all(struct batch *batch)
{
	ssize_t got;

	for (;;) {
		size_t room = IN_SIZE - batch->in_used;

		got = read(STDIN_FILENO, batch->in + batch->in_used,
			   room < READ_SIZE ? room : READ_SIZE);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			break;
		batch->in_used += (size_t)got;
		take_lines(batch);
		/* Flush before the next read, which may block: a program may wait for the answer.
		 */
		flush_out(batch);
	}
	if (got < 0)
		cli_die(errno, "cannot read addresses from stdin");
	if (batch->in_used > 0 || batch->too_long)
		take_line(batch, batch->in, batch->in_used);
	flush_out(batch);
}

/* Addresses are looked up unless there are no rules for them, or the pod's address decides. */
static void open_lane(struct batch *batch, int v6)
{
	const struct explain *explain = batch->explain;
	struct view *view = &batch->explain->views[v6];
	struct lane *lane = &batch->lanes[v6];

	if (view->off || explain->source_entry ||
	    (explain->has_source && explain->source.family != view->family))
		return;
	lane->partition = view_partition(view);
	lane->places = calloc(ipmasq_partition_count(lane->partition), sizeof(*lane->places));
	if (!lane->places)
		cli_die(ENOMEM, "cannot answer");
}

enum cli_exit explain_batch(struct explain *explain)
{
	struct batch *batch = calloc(1, sizeof(*batch));
	bool bad;

	if (!batch)
		cli_die(ENOMEM, "cannot read addresses");
	batch->explain = explain;
	batch->room_used = 1;
	explain_say_pods(explain);
	for (int i = 0; i < 2; i++)
		open_lane(batch, i);
	read_all(batch);
	bad = batch->bad;
	for (int i = 0; i < 2; i++)
		free(batch->lanes[i].places);
	free(batch->room);
	free(batch);
	return bad ? CLI_NO : CLI_FINE;
}
