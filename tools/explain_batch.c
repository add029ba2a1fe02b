/* SPDX-License-Identifier: Apache-2.0 */
/* ipmasq-explain --batch: many addresses, one a line, at the speed of the lookup. */
#include "explain.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define IN_SIZE	   (256 * 1024)
#define OUT_SIZE   (256 * 1024)
#define TAIL_MAX   192 /* verdict, origin and entry with their tabs */
#define TAIL_SLOTS 512
#define SHOWN_MAX  60 /* of a bad line */

/* What follows the address is the same for all addresses that one entry decides. */
struct tail {
	const struct ipmasq_entry *entry;
	size_t len;
	char text[TAIL_MAX];
};

struct batch {
	struct explain *explain;
	const struct ipmasq_partition *partitions[2];
	size_t line; /* number of the line, from 1 */
	bool bad;
	bool too_long; /* passing over the rest of a line that the buffer could not hold */
	size_t in_used;
	size_t out_used;
	struct tail tails[TAIL_SLOTS];
	char in[IN_SIZE + 1];
	char out[OUT_SIZE];
};

static void flush_out(struct batch *batch)
{
	const char *data = batch->out;
	ssize_t written;

	while (batch->out_used > 0) {
		written = write(STDOUT_FILENO, data, batch->out_used);
		if (written < 0 && errno == EINTR)
			continue;
		if (written < 0)
			cli_die(errno, "cannot write the result");
		data += written;
		batch->out_used -= (size_t)written;
	}
}

static void put(struct batch *batch, const char *data, size_t len)
{
	memcpy(batch->out + batch->out_used, data, len);
	batch->out_used += len;
}

static const struct tail *tail_of(struct batch *batch, const struct ipmasq_entry *entry)
{
	struct tail *tail = &batch->tails[((uintptr_t)entry >> 4) % TAIL_SLOTS];
	struct answer answer = { .entry = entry };
	char cidr[IPMASQ_TEXT_MAX];
	const char *text = entry ? ipmasq_entry_cidr(entry, cidr) : NULL;

	if (tail->len > 0 && tail->entry == entry)
		return tail;
	tail->entry = entry;
	tail->len = (size_t)snprintf(tail->text, sizeof(tail->text), "\t%s\t%s\t%s\n",
				     ipmasq_verdict_name(answer_verdict(&answer)),
				     ipmasq_origin_name(answer_origin(&answer)), text ? text : "-");
	return tail;
}

static void refuse(struct batch *batch, const char *line, size_t len, const char *why)
{
	char shown[SHOWN_MAX + 4];
	size_t i;

	for (i = 0; i < len && i < SHOWN_MAX; i++)
		shown[i] = (unsigned char)line[i] < ' ' || line[i] == 0x7f ? '?' : line[i];
	strcpy(shown + i, len > SHOWN_MAX ? "..." : "");
	cli_say("line %zu: '%s' %s", batch->line, shown, why);
	batch->bad = true;
}

static void refuse_long(struct batch *batch)
{
	cli_say("line %zu: far longer than any address", batch->line);
	batch->bad = true;
}

/* Answers one line, which ends in a NUL. */
static void answer_line(struct batch *batch, const char *line, size_t len)
{
	const struct explain *explain = batch->explain;
	const struct ipmasq_entry *entry = NULL;
	enum ipmasq_family family;
	const struct tail *tail;
	uint8_t address[16];

	if (strlen(line) != len || ipmasq_parse_address(line, &family, address) < 0) {
		refuse(batch, line, len, "is not an IPv4 or IPv6 address");
		return;
	}
	if (explain->has_source && explain->source.family != family) {
		refuse(batch, line, len, "is not of the family of --source");
		return;
	}
	if (explain->views[family == IPMASQ_IPV6].off)
		explain_say_off(batch->explain);
	else if (explain->source_entry)
		entry = explain->source_entry;
	else
		entry = ipmasq_partition_lookup(batch->partitions[family == IPMASQ_IPV6], address);
	tail = tail_of(batch, entry);
	if (batch->out_used + len + tail->len > OUT_SIZE)
		flush_out(batch);
	put(batch, line, len);
	put(batch, tail->text, tail->len);
}

static void take_line(struct batch *batch, char *line, size_t len)
{
	batch->line++;
	if (len > 0 && line[len - 1] == '\r')
		len--;
	line[len] = '\0';
	if (batch->too_long)
		refuse_long(batch);
	else if (strspn(line, " \t") < len)
		answer_line(batch, line, len);
	batch->too_long = false;
}

/* Takes the whole lines of what was read, and moves the beginning of the next to the front. */
static void take_lines(struct batch *batch)
{
	char *line = batch->in;
	char *end = batch->in + batch->in_used;
	char *newline;

	while ((newline = memchr(line, '\n', (size_t)(end - line)))) {
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
		got = read(STDIN_FILENO, batch->in + batch->in_used, IN_SIZE - batch->in_used);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			break;
		batch->in_used += (size_t)got;
		take_lines(batch);
		/* Before it may block: so that a program can ask and wait for the answer. */
		flush_out(batch);
	}
	if (got < 0)
		cli_die(errno, "cannot read addresses from stdin");
	if (batch->in_used > 0 || batch->too_long)
		take_line(batch, batch->in, batch->in_used);
	flush_out(batch);
}

enum cli_exit explain_batch(struct explain *explain)
{
	struct batch *batch = calloc(1, sizeof(*batch));
	bool bad;

	if (!batch)
		cli_die(ENOMEM, "cannot read addresses");
	batch->explain = explain;
	for (int i = 0; i < 2; i++)
		if (!explain->views[i].off)
			batch->partitions[i] = view_partition(&explain->views[i]);
	read_all(batch);
	bad = batch->bad;
	free(batch);
	return bad ? CLI_NO : CLI_FINE;
}
