/* SPDX-License-Identifier: Apache-2.0 */
/* The files of a configuration, and whether they have changed. */
#include "apply/inputs.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/hash.h"

/* The limit of the kernel for one path. */
#define LINKS_MAX 40

/* A file that is written in place counts when it is closed, not while it is half written. */
#define EVENTS                                                                              \
	(IN_CLOSE_WRITE | IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_ATTRIB | \
	 IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR)

void inputs_open(struct inputs *inputs, const struct ipmasq_options *options,
		 const char *const *paths, size_t count)
{
	*inputs = (struct inputs){ .options = options, .paths = paths, .path_count = count };
	inputs->fd = -1;
}

/* Other programs of the same user may have used up what the kernel allows, for a time. */
static void open_inotify(struct inputs *inputs)
{
	if (inputs->fd < 0)
		inputs->fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	inputs->blind = inputs->fd < 0 ? errno : 0;
}

static void watches_release(struct input_watches *watches)
{
	for (size_t i = 0; i < watches->count; i++) {
		free(watches->list[i].name);
		free(watches->list[i].dir);
	}
	free(watches->list);
	*watches = (struct input_watches){ 0 };
}

void input_files_release(struct input_files *files)
{
	for (size_t i = 0; i < files->count; i++)
		free(files->paths[i]);
	free(files->paths);
	*files = (struct input_files){ 0 };
}

void inputs_release(struct inputs *inputs)
{
	if (inputs->fd >= 0)
		close(inputs->fd);
	watches_release(&inputs->watches);
	input_files_release(&inputs->files);
}

/* Makes room for one more element. */
static int grow_list(void **list, size_t *capacity, size_t count, size_t size)
{
	size_t wanted = *capacity ? 2 * *capacity : 16;
	void *grown;

	if (count < *capacity)
		return 0;
	grown = reallocarray(*list, wanted, size);
	if (!grown)
		return -ENOMEM;
	*list = grown;
	*capacity = wanted;
	return 0;
}

int input_files_add(struct input_files *files, const char *path)
{
	void *list = files->paths;
	char *copy = strdup(path);

	if (!copy || grow_list(&list, &files->capacity, files->count, sizeof(*files->paths)) < 0) {
		free(copy);
		return -ENOMEM;
	}
	files->paths = list;
	files->paths[files->count++] = copy;
	return 0;
}

const char *input_files_missing(const struct input_files *files, const struct input_files *there)
{
	for (size_t i = 0; i < files->count; i++) {
		size_t k = 0;

		while (k < there->count && strcmp(files->paths[i], there->paths[k]) != 0)
			k++;
		if (k == there->count)
			return files->paths[i];
	}
	return NULL;
}

static int add_watch(struct input_watches *watches, int wd, const char *name, const char *dir)
{
	struct input_watch watch = { .wd = wd,
				     .name = name ? strdup(name) : NULL,
				     .dir = dir ? strdup(dir) : NULL };
	void *list = watches->list;

	if ((name && !watch.name) || (dir && !watch.dir) ||
	    grow_list(&list, &watches->capacity, watches->count, sizeof(*watches->list)) < 0) {
		free(watch.name);
		free(watch.dir);
		return -ENOMEM;
	}
	watches->list = list;
	watches->list[watches->count++] = watch;
	return 0;
}

/* Watches a name in a directory, or for NULL all that its listing has. */
static int watch_name(struct inputs *inputs, struct input_watches *watches, const char *dir,
		      const char *name)
{
	int wd;

	if (inputs->fd < 0)
		return 0;
	wd = inotify_add_watch(inputs->fd, dir, EVENTS);
	if (wd < 0) {
		/* The watch of the directory above, if any, reports when this one appears. */
		if (errno == ENOSPC || errno == ENOMEM)
			inputs->blind = errno;
		return 0;
	}
	return add_watch(watches, wd, name, name ? NULL : dir);
}

/* A path that is resolved component by component, as the kernel does. */
struct walk {
	/* The resolved part. It has no links. "" is the root. */
	char at[PATH_MAX];
	char rest[PATH_MAX];
	unsigned int links;
};

static bool walk_begin(struct walk *walk, const char *path)
{
	size_t len = strlen(path);

	walk->links = 0;
	walk->at[0] = '\0';
	if (len == 0 || len >= sizeof(walk->rest))
		return false;
	memcpy(walk->rest, path, len + 1);
	if (path[0] != '/' && !getcwd(walk->at, sizeof(walk->at)))
		return false;
	return true;
}

/* Takes the next component. Returns false if there is none or it is too long. */
static bool walk_next(struct walk *walk, char name[NAME_MAX + 1])
{
	const char *p = walk->rest + strspn(walk->rest, "/");
	size_t len = strcspn(p, "/");

	if (len == 0 || len > NAME_MAX)
		return false;
	memcpy(name, p, len);
	name[len] = '\0';
	memmove(walk->rest, p + len, strlen(p + len) + 1);
	return true;
}

/* Puts the target of a link before the rest. */
static bool walk_follow(struct walk *walk, const char *link)
{
	char target[PATH_MAX];
	ssize_t len = readlink(link, target, sizeof(target) - 1);
	size_t left = strlen(walk->rest);

	if (len <= 0 || (size_t)len + left >= sizeof(walk->rest) || ++walk->links > LINKS_MAX)
		return false;
	memmove(walk->rest + len, walk->rest, left + 1);
	memcpy(walk->rest, target, (size_t)len);
	if (target[0] == '/')
		walk->at[0] = '\0';
	return true;
}

/* Watches each name on the way to the file, as far as it exists. 0 or -ENOMEM. */
static int watch_path(struct inputs *inputs, struct input_watches *watches, const char *path)
{
	char name[NAME_MAX + 1];
	struct walk walk;
	struct stat st;

	if (!walk_begin(&walk, path))
		return 0;
	while (walk_next(&walk, name)) {
		size_t len = strlen(walk.at);

		if (strcmp(name, ".") == 0)
			continue;
		if (strcmp(name, "..") == 0) {
			char *slash = strrchr(walk.at, '/');

			if (slash)
				*slash = '\0';
			continue;
		}
		if (watch_name(inputs, watches, len ? walk.at : "/", name) < 0)
			return -ENOMEM;
		if ((size_t)snprintf(walk.at + len, sizeof(walk.at) - len, "/%s", name) >=
		    sizeof(walk.at) - len)
			return 0;
		if (lstat(walk.at, &st) < 0)
			return 0;
		if (S_ISLNK(st.st_mode)) {
			char link[PATH_MAX];

			memcpy(link, walk.at, sizeof(link));
			walk.at[len] = '\0';
			if (!walk_follow(&walk, link))
				return 0;
		} else if (!S_ISDIR(st.st_mode)) {
			return 0;
		}
	}
	return 0;
}

static int64_t nanoseconds(struct timespec t)
{
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* Adds a file to the signature and to the list. */
static int add_file(struct inputs *inputs, const char *path, const struct stat *st)
{
	const int64_t parts[] = { (int64_t)st->st_dev,
				  (int64_t)st->st_ino,
				  (int64_t)st->st_mode,
				  S_ISDIR(st->st_mode) ? 0 : (int64_t)st->st_size,
				  S_ISDIR(st->st_mode) ? 0 : nanoseconds(st->st_mtim),
				  S_ISDIR(st->st_mode) ? 0 : nanoseconds(st->st_ctim) };

	inputs->signature = hash_bytes(inputs->signature, path, strlen(path) + 1);
	inputs->signature = hash_bytes(inputs->signature, parts, sizeof(parts));
	if (S_ISREG(st->st_mode) && nanoseconds(st->st_ctim) > inputs->newest)
		inputs->newest = nanoseconds(st->st_ctim);
	return input_files_add(&inputs->files, path);
}

/* Adds the files of a directory that the library reads. */
static int scan_dir(struct inputs *inputs, struct input_watches *watches, const char *path)
{
	char **files = NULL;
	int r = watch_name(inputs, watches, path, NULL);

	if (r == 0)
		r = ipmasq_options_list_files(inputs->options, path, &files);
	if (r == -EACCES || r == -EIO)
		inputs->unlisted = true;
	for (size_t i = 0; r == 0 && files[i]; i++) {
		struct stat st;

		if (lstat(files[i], &st) == 0 && S_ISLNK(st.st_mode))
			r = watch_path(inputs, watches, files[i]);
		else
			r = watch_name(inputs, watches, path, strrchr(files[i], '/') + 1);
		if (r == 0 && stat(files[i], &st) == 0)
			r = add_file(inputs, files[i], &st);
	}
	free(files);
	return r == -ENOMEM ? r : 0;
}

static int compare_watches(const void *a, const void *b)
{
	int x = ((const struct input_watch *)a)->wd;
	int y = ((const struct input_watch *)b)->wd;

	return (x > y) - (x < y);
}

/* Replaces the old watches and removes those that are no longer needed. */
static void replace_watches(struct inputs *inputs, struct input_watches *watches)
{
	struct input_watches *old = &inputs->watches;

	if (watches->count > 0)
		qsort(watches->list, watches->count, sizeof(*watches->list), compare_watches);
	for (size_t i = 0; i < old->count; i++)
		if ((i == 0 || old->list[i].wd != old->list[i - 1].wd) &&
		    !(watches->count > 0 && bsearch(&old->list[i], watches->list, watches->count,
						    sizeof(*watches->list), compare_watches)))
			inotify_rm_watch(inputs->fd, old->list[i].wd);
	watches_release(old);
	*old = *watches;
}

int inputs_scan(struct inputs *inputs)
{
	struct input_watches watches = { 0 };
	int r = 0;

	input_files_release(&inputs->files);
	inputs->signature = HASH_START;
	inputs->newest = 0;
	inputs->unlisted = false;
	open_inotify(inputs);
	for (size_t i = 0; i < inputs->path_count && r == 0; i++) {
		const char *path = inputs->paths[i];
		struct stat st;

		r = watch_path(inputs, &watches, path);
		if (r < 0 || stat(path, &st) < 0)
			continue;
		r = add_file(inputs, path, &st);
		if (r == 0 && S_ISDIR(st.st_mode))
			r = scan_dir(inputs, &watches, path);
	}
	if (r == 0)
		replace_watches(inputs, &watches);
	else
		watches_release(&watches);
	return r;
}

static bool is_watched(const struct inputs *inputs, int wd, const char *name)
{
	for (size_t i = 0; i < inputs->watches.count; i++) {
		const struct input_watch *watch = &inputs->watches.list[i];

		if (watch->wd == wd && watch->name && strcmp(watch->name, name) == 0)
			return true;
	}
	return false;
}

/* Whether the directory has a file that the last scan did not find. */
static bool has_new_file(const struct inputs *inputs, const struct input_watch *watch)
{
	char **files = NULL;
	bool found = false;

	/* A scan finds out what is wrong with the directory. */
	if (ipmasq_options_list_files(inputs->options, watch->dir, &files) < 0)
		return true;
	for (size_t i = 0; files[i] && !found; i++)
		found = !is_watched(inputs, watch->wd, strrchr(files[i], '/') + 1);
	free(files);
	return found;
}

/* Whether the event concerns a known name. Marks the directories where it may be a new one. */
static bool event_concerns(struct inputs *inputs, const struct inotify_event *event)
{
	if (event->mask & IN_Q_OVERFLOW)
		return true;
	if (event->mask & IN_IGNORED)
		return false;
	for (size_t i = 0; i < inputs->watches.count; i++) {
		struct input_watch *watch = &inputs->watches.list[i];

		if (watch->wd != event->wd)
			continue;
		if (event->mask & (IN_DELETE_SELF | IN_MOVE_SELF | IN_UNMOUNT))
			return true;
		if (event->len == 0)
			continue;
		if (watch->name && strcmp(watch->name, event->name) == 0)
			return true;
		watch->check_listing = watch->dir != NULL;
	}
	return false;
}

bool inputs_told(struct inputs *inputs)
{
	char block[4096] __attribute__((aligned(__alignof__(struct inotify_event))));
	bool told = false;
	ssize_t n;

	while (inputs->fd >= 0 && (n = read(inputs->fd, block, sizeof(block))) > 0) {
		const char *p = block;

		while (p < block + n) {
			const struct inotify_event *event = (const void *)p;

			told |= event_concerns(inputs, event);
			p += sizeof(*event) + event->len;
		}
	}
	for (size_t i = 0; i < inputs->watches.count; i++) {
		struct input_watch *watch = &inputs->watches.list[i];

		told = told || (watch->check_listing && has_new_file(inputs, watch));
		watch->check_listing = false;
	}
	return told;
}
