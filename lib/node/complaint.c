/* SPDX-License-Identifier: Apache-2.0 */
/* The meaning of a program's failure, from its exit status and what it wrote on stderr. */
#include "node/complaint.h"

#include <stdio.h>
#include <string.h>

/* Part of a text, within one line of it. */
struct span {
	const char *start;
	size_t len;
};

static bool begins(struct span span, const char *text)
{
	size_t len = strlen(text);

	return span.len >= len && memcmp(span.start, text, len) == 0;
}

static bool begins_any(struct span span, const char *const *texts)
{
	for (; *texts; texts++)
		if (begins(span, *texts))
			return true;
	return false;
}

static struct span skip(struct span span, size_t len)
{
	return (struct span){ span.start + len, span.len - len };
}

static struct span skip_blanks(struct span span)
{
	while (span.len > 0 && *span.start == ' ')
		span = skip(span, 1);
	return span;
}

/* The first line of a text, without its newline. */
static struct span first_line(const char *text)
{
	return (struct span){ text, strcspn(text, "\n") };
}

static const char *next_line(const char *text)
{
	text += strcspn(text, "\n");
	return *text ? text + 1 : text;
}

/* Lines that say nothing without another one: warnings of iptables, of the dynamic linker and of
 * modprobe, which iptables starts; reports of a wait; and what follows an error. */
static bool is_remark(struct span line)
{
	static const char *const remarks[] = {
		"# ",
		"Warning: ",
		"WARNING: ",
		"ERROR: ld.so: ",
		"modprobe: ",
		"libkmod: ",
		"Can't lock ",
		"Another app is currently holding the xtables lock; still ",
		"Error occurred at line",
		"Try `",
		"Perhaps ",
		NULL,
	};

	return begins_any(line, remarks);
}

/* "iptables-restore v1.6.1: ", "iptables-restore v1.8.9 (legacy): "; 0: the line has none. */
static size_t prefix_length(struct span line)
{
	static const char *const names[] = { "iptables", "ip6tables", "xtables", NULL };
	size_t len = 0;

	if (!begins_any(line, names))
		return 0;
	while (len < line.len && line.start[len] != ' ')
		len++;
	if (!begins(skip(line, len), " v"))
		return 0;
	while (len < line.len && line.start[len] != ':')
		len++;
	return len < line.len ? len + 1 : 0;
}

/* Whether iptables itself wrote the line. */
static bool is_own(struct span line)
{
	static const char *const starts[] = { "iptables",     "ip6tables", "xtables",
					      "Fatal: can't", "line ",	   NULL };

	return begins_any(line, starts);
}

/* The line that matters: the first one of iptables itself, else the first that is no remark, else
 * the first. */
static struct span main_line(const char *text)
{
	struct span other = { NULL, 0 };
	struct span remark = { NULL, 0 };

	for (; *text; text = next_line(text)) {
		struct span line = skip_blanks(first_line(text));

		if (is_own(line)) {
			line = skip_blanks(skip(line, prefix_length(line)));
			/* iptables-nft-restore begins its list of refused lines on a new line. */
			if (line.len > 0)
				return line;
			continue;
		}
		if (line.len == 0)
			continue;
		if (is_remark(line)) {
			if (!remark.start)
				remark = line;
		} else if (!other.start) {
			other = line;
		}
	}
	return other.start ? other : remark;
}

static void set_sentence(int status, const char *text, struct complaint *complaint)
{
	struct span line = main_line(text);
	char *sentence = complaint->sentence;
	size_t size = sizeof(complaint->sentence);

	if (status < 0)
		snprintf(sentence, size, "it was ended by signal %d", -status);
	else if (line.len > 0)
		snprintf(sentence, size, "%.*s", (int)line.len, line.start);
	else
		snprintf(sentence, size, "it exited with status %d and no explanation", status);
}

/* "line 4 failed", "line 5: RULE_APPEND failed", "Error occurred at line: 4"; 0: none of them. */
static size_t named_line(const char *text)
{
	for (const char *p = text; (p = strstr(p, "line")) != NULL; p++) {
		const char *digits = p + 4 + (p[4] == ':');
		size_t line = 0;

		if (*digits != ' ' || (p > text && p[-1] != ' ' && p[-1] != '\n'))
			continue;
		for (digits++; *digits >= '0' && *digits <= '9' && line < SIZE_MAX / 10 - 1;
		     digits++)
			line = line * 10 + (size_t)(*digits - '0');
		if (line > 0)
			return line;
	}
	return 0;
}

static bool says_any(const char *text, const char *const *texts)
{
	for (; *texts; texts++)
		if (strstr(text, *texts))
			return true;
	return false;
}

/* iptables 1.8: "unknown option "--x""; getopt(): "unrecognized option '--x'", or "`--x'" of old.
 */
static bool read_option(const char *sentence, struct complaint *complaint)
{
	static const char *const starts[] = { "unknown option \"", "unrecognized option '",
					      "unrecognized option `" };

	for (size_t i = 0; i < ARRAY_SIZE(starts); i++) {
		const char *name = strstr(sentence, starts[i]);
		size_t len;

		if (!name)
			continue;
		name += strlen(starts[i]);
		len = strcspn(name, "\"'");
		if (!name[len] || len >= sizeof(complaint->option))
			return false;
		memcpy(complaint->option, name, len);
		return true;
	}
	return false;
}

/* Where an extension could not be loaded, all its options are unknown. */
static bool lacks_extension(const char *text)
{
	static const char *const texts[] = { "missing kernel module?", "Couldn't load ", NULL };

	return says_any(text, texts);
}

static enum complaint_class classify(const char *text, struct complaint *complaint)
{
	static const char *const lock_held[] = { "holding the xtables lock. Stopped waiting",
						 "holding the xtables lock. Perhaps", NULL };
	static const char *const not_permitted[] = { "Permission denied", "Operation not permitted",
						     "you must be root", NULL };
	/*
	 * Legacy: there is no module for the table (ENOENT), for the family (ENOPROTOOPT), or no
	 * such family. nft: there is no netfilter or no nf_tables, or the family or the type of
	 * chain is not there. Linux 4.19 to 6.18.
	 */
	static const char *const no_table[] = {
		"Cannot initialize: Table does not exist (do you need to insmod?)",
		"Cannot initialize: iptables who? (do you need to insmod?)",
		"Cannot initialize: Address family not supported by protocol",
		"Failed to initialize nft: Protocol not supported",
		"Failed to initialize nft: Address family not supported by protocol",
		"Could not fetch rule set generation id: Invalid argument",
		"TABLE_ADD failed (Address family not supported by protocol)",
		"TABLE_ADD failed (Operation not supported)",
		"TABLE_ADD failed (Invalid argument)",
		"CHAIN_ADD failed (No such file or directory)",
		"CHAIN_ADD failed (Operation not supported)",
		NULL,
	};
	const char *sentence = complaint->sentence;

	if (says_any(text, lock_held))
		return COMPLAINT_LOCK_HELD;
	if (strstr(sentence, "can't open lock file"))
		return COMPLAINT_LOCK_FILE;
	if (says_any(sentence, not_permitted))
		return COMPLAINT_NOT_PERMITTED;
	if (says_any(sentence, no_table))
		return COMPLAINT_NO_TABLE;
	if (!lacks_extension(text) && read_option(sentence, complaint))
		return COMPLAINT_NO_OPTION;
	return COMPLAINT_TRANSIENT;
}

void complaint_read(int status, const char *text, struct complaint *complaint)
{
	*complaint = (struct complaint){ .class = COMPLAINT_TRANSIENT };
	set_sentence(status, text, complaint);
	complaint->line = named_line(text);
	if (status > 0)
		complaint->class = classify(text, complaint);
}
