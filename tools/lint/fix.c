/* SPDX-License-Identifier: Apache-2.0 */
/* ipmasq-lint --fix: makes the certain edits of a file. */
#include "lint/fix.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lint/fixed_text.h"
#include "lint/lint_config.h"
#include "lint/patch.h"
#include "lint/replace_file.h"
#include "lint/same_policy.h"

/* Each round makes up to a thousand edits, and the number of certain edits falls each time. */
#define ROUNDS_MAX 100

/* The limit of the library, so that it reads every file that is read here. */
#define SIZE_MAX_READ (64 << 20)

#define BOM "\xef\xbb\xbf"

/* A file as it was before any edit. */
struct original {
	const char *path;
	struct stat status;
	char *data;
	size_t size;
	/* The length of the byte-order mark before the text. */
	size_t head;
};

/* Returns false if it is no regular file or cannot be read. */
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
	/* If the file grows meanwhile, replace_file() notices. */
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

/* The findings and policies of a text. */
struct check {
	struct ipmasq_diags *diags;
	struct lint_results results;
	/* The findings without those that comments suppress. */
	struct ipmasq_diags *settled;
};

static void check_free(struct check *check)
{
	for (size_t i = 0; i < check->results.count; i++)
		ipmasq_policy_free(check->results.all[i].policy);
	free(check->results.all);
	ipmasq_diags_free(check->diags);
	ipmasq_diags_free(check->settled);
	*check = (struct check){ 0 };
}

static void check_text(struct lint *lint, const char *path, const struct fixed_text *fixed,
		       struct check *check)
{
	const char *data;
	size_t size;
	int r = ipmasq_diags_new(&check->diags);

	data = fixed_text_get(fixed, &size);
	lint->results = &check->results;
	if (r == 0)
		r = lint_text(lint, path, data, size, check->diags);
	lint->results = NULL;
	/* Settling mixes the findings of several configurations, so it needs a copy. */
	if (r != -ENOMEM)
		r = ipmasq_diags_new(&check->settled);
	if (r == 0)
		r = lint_text(lint, path, data, size, check->settled);
	if (r != -ENOMEM)
		r = ipmasq_diags_settle(check->settled);
	if (r == -ENOMEM)
		cli_die(r, path);
}

/* The result of the configuration that a finding is about, or NULL. */
static const struct lint_result *result_of(const struct check *check, size_t diag)
{
	for (size_t i = 0; i < check->results.count; i++)
		if (diag < check->results.all[i].diags_end)
			return &check->results.all[i];
	return NULL;
}

/* Whether no comment suppresses a finding that has an edit. */
static bool is_not_suppressed(const struct check *check, const struct ipmasq_finding *finding)
{
	struct ipmasq_finding other;

	for (size_t i = 0; ipmasq_diags_get(check->settled, i, &other, sizeof(other)) == 0; i++)
		if (other.edit && finding->edit_offset == other.edit_offset &&
		    finding->edit_length == other.edit_length &&
		    strcmp(finding->code, other.code) == 0)
			return true;
	return false;
}

/*
 * Collects the edits of one round. A rejected configuration has no policy to compare with, so only
 * errors are fixed in it.
 */
static size_t collect_edits(const struct check *check, size_t head, struct text_edit *edits)
{
	struct ipmasq_finding finding;
	size_t count = 0;

	for (size_t i = 0; ipmasq_diags_get(check->diags, i, &finding, sizeof(finding)) == 0; i++) {
		const struct lint_result *result = result_of(check, i);

		if (finding.edit && is_not_suppressed(check, &finding) &&
		    (finding.severity == IPMASQ_ERROR || (result && result->policy)))
			edits[count++] = (struct text_edit){ head + finding.edit_offset,
							     finding.edit_length, finding.edit };
	}
	return count;
}

/* Whether every configuration that had a policy still has the same one. */
static bool same_policies(const struct check *before, const struct check *after,
			  char why[SAME_POLICY_WHY_MAX])
{
	if (before->results.count != after->results.count) {
		snprintf(why, SAME_POLICY_WHY_MAX, "the number of configurations would change");
		return false;
	}
	for (size_t i = 0; i < before->results.count; i++) {
		const struct ipmasq_policy *old = before->results.all[i].policy;
		const struct ipmasq_policy *new = after->results.all[i].policy;

		if (old && !new) {
			snprintf(why, SAME_POLICY_WHY_MAX, "a configuration would be rejected");
			return false;
		}
		if (old && !same_policy(old, new, why))
			return false;
	}
	return true;
}

/* Makes one round of edits and checks the result again. Returns the number of edits. */
static size_t fix_round(struct lint *lint, const struct original *original,
			struct fixed_text *fixed, struct check *now, bool *refused)
{
	size_t count = ipmasq_diags_count(now->diags);
	struct text_edit *edits = calloc(count + 1, sizeof(*edits));
	struct check next = { 0 };
	char why[SAME_POLICY_WHY_MAX];

	if (!edits)
		cli_die(-ENOMEM, original->path);
	count = collect_edits(now, original->head, edits);
	if (count > 0)
		count = fixed_text_edit(fixed, edits, count);
	free(edits);
	if (count == 0)
		return 0;
	check_text(lint, original->path, fixed, &next);
	*refused = !same_policies(now, &next, why);
	if (*refused)
		cli_say("%s: not fixed: %s", original->path, why);
	check_free(now);
	*now = next;
	return count;
}

/* Returns the number of edits, which is 0 if they would change a policy. */
static size_t fix_text(struct lint *lint, const struct original *original, struct fixed_text *fixed)
{
	struct check check = { 0 };
	bool refused = false;
	size_t total = 0;
	size_t count = 1;

	check_text(lint, original->path, fixed, &check);
	for (int round = 0; round < ROUNDS_MAX && count > 0 && !refused; round++) {
		count = fix_round(lint, original, fixed, &check, &refused);
		total += count;
	}
	check_free(&check);
	if (refused)
		lint->failed = true;
	return refused ? 0 : total;
}

static const char *replace_error(int error)
{
	switch (error) {
	case -ELOOP:
		return "it is a symbolic link; name its target instead";
	case -EMLINK:
		return "it has other names (hard links), which would keep the old content";
	case -ESTALE:
		return "it changed meanwhile";
	default:
		return strerror(-error);
	}
}

void fix_file(struct lint *lint, const char *path)
{
	struct original original;
	struct fixed_text *fixed;
	const char *data;
	size_t count;
	size_t size;
	int r = 0;

	if (!original_read(&original, path))
		return;
	fixed = fixed_text_new(original.data, original.size);
	count = fix_text(lint, &original, fixed);
	data = fixed_text_get(fixed, &size);
	if (count > 0 && lint->dry_run)
		patch_write(fixed, path, stdout);
	else if (count > 0)
		r = replace_file(path, &original.status, data, size);
	if (r < 0) {
		cli_say("%s: not fixed: %s", path, replace_error(r));
		lint->failed = true;
	} else if (count > 0 && !lint->dry_run) {
		cli_say("%s: fixed, %zu edit%s", path, count, count == 1 ? "" : "s");
	}
	fixed_text_free(fixed);
	free(original.data);
}
