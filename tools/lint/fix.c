/* SPDX-License-Identifier: Apache-2.0 */
/* Which edits of a file are certain, and what is left when they are made? */
#include "lint/fix.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lint/mended.h"

/* Each makes up to a thousand edits. What is certain gets less with each, so the end is near. */
#define ROUNDS_MAX 100

/* What is read here must be what the library reads too. */
#define SIZE_MAX_READ (64 << 20)

#define BOM "\xef\xbb\xbf"

/* A file as it was read. */
struct original {
	const char *path;
	struct stat status;
	char *data;
	size_t size;
	size_t head; /* bytes before the text: a byte-order mark */
};

/* Returns false for what is no regular file or cannot be read. */
static bool original_read(struct original *original, const char *path)
{
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	size_t size;
	ssize_t got = 1;

	*original = (struct original){ .path = path };
	if (fd < 0)
		return false;
	if (fstat(fd, &original->status) < 0 || !S_ISREG(original->status.st_mode) ||
	    original->status.st_size > SIZE_MAX_READ) {
		close(fd);
		return false;
	}
	size = (size_t)original->status.st_size;
	original->data = malloc(size + 1);
	if (!original->data)
		cli_die(-ENOMEM, path);
	/* Or less, when the file got shorter; what it got longer by is noticed before it is
	 * written. */
	while (original->size < size && got != 0) {
		got = read(fd, original->data + original->size, size - original->size);
		if (got < 0 && errno != EINTR)
			break;
		if (got > 0)
			original->size += (size_t)got;
	}
	close(fd);
	original->head = original->size >= 3 && memcmp(original->data, BOM, 3) == 0 ? 3 : 0;
	if (original->size == size)
		return true;
	free(original->data);
	return false;
}

void fix_keep(struct lint_units *units, struct ipmasq_policy *policy, size_t diags_end)
{
	if (units->count == units->capacity) {
		units->capacity = units->capacity ? 2 * units->capacity : 16;
		units->all = realloc(units->all, units->capacity * sizeof(*units->all));
		if (!units->all)
			cli_die(-ENOMEM, "cannot mend");
	}
	units->all[units->count++] = (struct lint_result){ policy, diags_end };
}

/* What lint says of a text. */
struct look {
	struct ipmasq_diags *diags;
	struct lint_units units;
	struct ipmasq_diags *settled; /* without what comments say to leave out */
};

static void look_free(struct look *look)
{
	for (size_t i = 0; i < look->units.count; i++)
		ipmasq_policy_free(look->units.all[i].policy);
	free(look->units.all);
	ipmasq_diags_free(look->diags);
	ipmasq_diags_free(look->settled);
	*look = (struct look){ 0 };
}

static void look_at(struct lint *lint, const char *path, const struct mended *mended,
		    struct look *look)
{
	const char *data;
	size_t size;
	int r = ipmasq_diags_new(&look->diags);

	data = mended_text(mended, &size);
	lint->units = &look->units;
	if (r == 0)
		r = lint_text(lint, path, data, size, look->diags);
	lint->units = NULL;
	/* To settle mixes the findings of several configurations. */
	if (r != -ENOMEM)
		r = ipmasq_diags_new(&look->settled);
	if (r == 0)
		r = lint_text(lint, path, data, size, look->settled);
	if (r != -ENOMEM)
		r = ipmasq_diags_settle(look->settled);
	if (r == -ENOMEM)
		cli_die(r, path);
}

/* The configuration that a finding is about, or NULL. */
static const struct lint_result *unit_of(const struct look *look, size_t diag)
{
	for (size_t i = 0; i < look->units.count; i++)
		if (diag < look->units.all[i].diags_end)
			return &look->units.all[i];
	return NULL;
}

/* Whether no comment says to leave a finding out that has an edit. */
static bool is_wanted(const struct look *look, const struct ipmasq_finding *finding)
{
	struct ipmasq_finding other;

	for (size_t i = 0; ipmasq_diags_get(look->settled, i, &other, sizeof(other)) == 0; i++)
		if (other.edit && finding->edit_offset == other.edit_offset &&
		    finding->edit_length == other.edit_length &&
		    strcmp(finding->code, other.code) == 0)
			return true;
	return false;
}

/*
 * The edits that may be made now. While a configuration is rejected nobody can say how it decides,
 * so in it only errors are mended.
 */
static size_t collect(const struct look *look, size_t head, struct mended_edit *edits)
{
	struct ipmasq_finding finding;
	size_t count = 0;

	for (size_t i = 0; ipmasq_diags_get(look->diags, i, &finding, sizeof(finding)) == 0; i++) {
		const struct lint_result *unit = unit_of(look, i);

		if (finding.edit && is_wanted(look, &finding) &&
		    (finding.severity == IPMASQ_ERROR || (unit && unit->policy)))
			edits[count++] = (struct mended_edit){ head + finding.edit_offset,
							       finding.edit_length, finding.edit };
	}
	return count;
}

/* Whether every configuration that had a meaning still has it. */
static bool same_meaning(const struct look *before, const struct look *after, char why[256])
{
	if (before->units.count != after->units.count) {
		snprintf(why, 256, "the number of configurations would change");
		return false;
	}
	for (size_t i = 0; i < before->units.count; i++) {
		const struct ipmasq_policy *old = before->units.all[i].policy;
		const struct ipmasq_policy *new = after->units.all[i].policy;

		if (old && !new) {
			snprintf(why, 256, "a configuration would be rejected");
			return false;
		}
		if (old && !fix_same_policy(old, new, why))
			return false;
	}
	return true;
}

/* One round. Returns how many edits it made; @now is what lint says afterwards. */
static size_t mend_once(struct lint *lint, const struct original *original, struct mended *mended,
			struct look *now, bool *refused)
{
	size_t count = ipmasq_diags_count(now->diags);
	struct mended_edit *edits = calloc(count + 1, sizeof(*edits));
	struct look next = { 0 };
	char why[256];

	if (!edits)
		cli_die(-ENOMEM, original->path);
	count = collect(now, original->head, edits);
	if (count > 0)
		count = mended_round(mended, edits, count);
	free(edits);
	if (count == 0)
		return 0;
	look_at(lint, original->path, mended, &next);
	*refused = !same_meaning(now, &next, why);
	if (*refused)
		cli_say("%s: not mended: %s", original->path, why);
	look_free(now);
	*now = next;
	return count;
}

/* Returns how many edits were made; 0 also where they must not be made. */
static size_t mend(struct lint *lint, const struct original *original, struct mended *mended)
{
	struct look look = { 0 };
	bool refused = false;
	size_t total = 0;
	size_t count = 1;

	look_at(lint, original->path, mended, &look);
	for (int round = 0; round < ROUNDS_MAX && count > 0 && !refused; round++) {
		count = mend_once(lint, original, mended, &look, &refused);
		total += count;
	}
	look_free(&look);
	if (refused)
		lint->failed = true;
	return refused ? 0 : total;
}

static const char *reason(int error)
{
	switch (error) {
	case -ELOOP:
		return "it is a symbolic link; name the file that it leads to";
	case -EMLINK:
		return "it has other names (hard links), which would keep the old text";
	case -ESTALE:
		return "it changed meanwhile";
	default:
		return strerror(-error);
	}
}

void fix_file(struct lint *lint, const char *path)
{
	struct original original;
	struct mended *mended;
	const char *data;
	size_t count;
	size_t size;
	int r = 0;

	if (!original_read(&original, path))
		return;
	mended = mended_new(original.data, original.size);
	count = mend(lint, &original, mended);
	data = mended_text(mended, &size);
	if (count > 0 && lint->dry_run)
		mended_diff(mended, path, stdout);
	else if (count > 0)
		r = fix_replace(path, &original.status, data, size);
	if (r < 0) {
		cli_say("%s: not mended: %s", path, reason(r));
		lint->failed = true;
	} else if (count > 0 && !lint->dry_run) {
		cli_say("%s: mended, %zu edit%s", path, count, count == 1 ? "" : "s");
	}
	mended_free(mended);
	free(original.data);
}
