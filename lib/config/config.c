/* SPDX-License-Identifier: Apache-2.0 */
/* What did the user write, input by input, and what did a program add? */
#include "config/config_internal.h"

#include <stdlib.h>
#include <string.h>

#include "config/document_parse.h"
#include "config/manifest_find.h"
#include "config/source.h"
#include "util/text_map.h"

IPMASQ_EXPORT int ipmasq_config_new(const struct ipmasq_options *options,
				    struct ipmasq_config **config)
{
	struct ipmasq_config *made;

	if (!config)
		return -EINVAL;
	made = calloc(1, sizeof(*made));
	if (!made)
		return -ENOMEM;
	made->profile = options_profile(options);
	if (manifest_query_copy(options_query(options), &made->query) < 0) {
		ipmasq_config_free(made);
		return -ENOMEM;
	}
	*config = made;
	return 0;
}

static void part_release(struct config_part *part)
{
	for (enum config_key key = 0; key < KEY_COUNT; key++)
		if (config_key_is_list(key))
			free(part->values[key].list.items);
	text_unref(part->text);
}

IPMASQ_EXPORT void ipmasq_config_free(struct ipmasq_config *config)
{
	if (!config)
		return;
	for (size_t i = 0; i < config->count; i++)
		part_release(&config->parts[i]);
	free(config->parts);
	names_release(&config->hosts);
	manifest_query_release(&config->query);
	free(config);
}

static int read_document(struct ipmasq_config *config, const struct document *document,
			 struct ipmasq_diags *diags, struct config_part *part)
{
	struct reading reading = {
		.profile = config->profile,
		.hosts = &config->hosts,
		.document = document,
		.diags = diags,
	};
	int r = config_read_document(&reading, part);

	return r == 0 && reading.rejected ? -EINVAL : r;
}

static int read_part(struct ipmasq_config *config, struct text *text, struct ipmasq_diags *diags,
		     struct config_part *part)
{
	struct document *document;
	int r = document_parse(text, diags, &document);

	if (r < 0)
		return r;
	r = read_document(config, document, diags, part);
	document_free(document);
	return r;
}

/* @document: of the text, where it was parsed already. */
static int load_part(struct ipmasq_config *config, struct text *text,
		     const struct document *document, struct ipmasq_diags *diags)
{
	struct text *origin = text_map_origin(text);
	struct config_part part = { .text = text_ref(origin) };
	int r = diag_read(diags, origin);

	if (r == 0)
		r = document ? read_document(config, document, diags, &part)
			     : read_part(config, text, diags, &part);
	if (r == 0)
		r = array_grow(&config->parts, &config->capacity, config->count, sizeof(part));
	if (r < 0) {
		part_release(&part);
		return r;
	}
	config->parts[config->count++] = part;
	return 0;
}

int config_load_parts(struct ipmasq_config *config, const struct manifest *manifest, size_t first,
		      size_t count, struct ipmasq_diags *diags)
{
	int result = 0;

	for (size_t i = first; i < first + count && result != -ENOMEM; i++) {
		int r = load_part(config, manifest->parts[i].text, manifest->document, diags);

		if (r < 0)
			result = r;
	}
	return result;
}

static int load_text(struct ipmasq_config *config, struct text *text, unsigned int flags,
		     struct ipmasq_diags *diags)
{
	struct manifest *manifest;
	int r = manifest_find(text, &config->query, config->profile->file_pattern, flags, diags,
			      &manifest);

	if (r < 0)
		return r;
	r = config_load_parts(config, manifest, 0, manifest->count, diags);
	if (r == 0 && manifest->rejected)
		r = -EINVAL;
	manifest_free(manifest);
	return r;
}

/* Half of what the user wrote is not what the user meant: a configuration that lacks an input is
 * not to be used. */
static int loaded(struct ipmasq_config *config, int r)
{
	if (r < 0)
		config->broken = true;
	return r;
}

static int load_one(struct ipmasq_config *config, const struct ipmasq_source *source,
		    unsigned int flags, struct ipmasq_diags *diags)
{
	struct text *text;
	int r = source_read(source, diags, &text);

	if (r < 0)
		return r;
	r = load_text(config, text, flags, diags);
	text_unref(text);
	return r;
}

/* A directory of nothing but manifests for other programs does not mean the defaults. */
static int reject_dir(const struct ipmasq_config *config, const char *path,
		      struct ipmasq_diags *diags)
{
	struct pos pos = { 0 };
	struct text *text;
	char *words;
	int r = manifest_query_words(&config->query, config->profile->file_pattern, &words);

	if (r < 0)
		return r;
	r = text_new(path, 0, &text);
	if (r == 0) {
		pos.text = text;
		r = diag_add(diags, IPMASQ_ERROR, "manifest", &pos, NULL,
			     "there is no configuration in these manifests: looked for %s", words);
		text_unref(text);
	}
	free(words);
	return r < 0 ? r : -EINVAL;
}

static int load_dir(struct ipmasq_config *config, const char *path, struct ipmasq_diags *diags)
{
	size_t before = config->count;
	char **paths;
	size_t count;
	int first = source_list_dir(path, config->profile->file_pattern, diags, &paths, &count);

	if (first)
		return loaded(config, first);
	for (size_t i = 0; i < count && first != -ENOMEM; i++) {
		const struct ipmasq_source file = { .name = paths[i] };
		int r = loaded(config, load_one(config, &file, MANIFEST_WITHOUT_CONFIG, diags));

		if (!first || r == -ENOMEM)
			first = r;
	}
	source_list_free(paths, count);
	if (!first && count > 0 && config->count == before)
		first = loaded(config, reject_dir(config, path, diags));
	return first;
}

IPMASQ_EXPORT int ipmasq_config_load(struct ipmasq_config *config,
				     const struct ipmasq_source *source, struct ipmasq_diags *diags)
{
	int r;

	if (!config || !source_is_valid(source))
		return -EINVAL;
	if (source->kind == IPMASQ_SOURCE_PATH && source_is_dir(source->name))
		return load_dir(config, source->name, diags);
	r = load_one(config, source, 0, diags);
	/* Whether a file that is not there matters is for the caller to say. */
	return r == -ENOENT ? r : loaded(config, r);
}

/* The value of a key in the part for what a program adds, which is made when it is needed first. */
static int program_value(struct ipmasq_config *config, enum config_key key,
			 struct config_value **value)
{
	size_t i = 0;
	int r;

	while (i < config->count && config->parts[i].text)
		i++;
	if (i == config->count) {
		r = array_grow(&config->parts, &config->capacity, config->count,
			       sizeof(*config->parts));
		if (r < 0)
			return r;
		config->parts[config->count++] = (struct config_part){ 0 };
	}
	*value = &config->parts[i].values[key];
	return 0;
}

static bool knows(const struct ipmasq_config *config, enum config_key key)
{
	return config->profile->known_keys & KEY_BIT(key);
}

/* As in a file, a key that the profile's agent does not know has no effect. */
static int warn_unsupported(const struct ipmasq_config *config, enum config_key key,
			    struct ipmasq_diags *diags)
{
	return diag_add(diags, IPMASQ_WARNING, "unsupported-key", NULL, NULL,
			"the agent of the profile %s does not know %s, it is ignored",
			config->profile->name, config_key_name(key));
}

/* Findings about what a program gave have no place in a file. */
static int complain(struct ipmasq_diags *diags, const struct complaint *complaint)
{
	int r = diag_add(diags, IPMASQ_ERROR, complaint->code, NULL,
			 complaint->suggestion[0] ? complaint->suggestion : NULL, "%s",
			 complaint->message);

	return r < 0 ? r : -EINVAL;
}

IPMASQ_EXPORT int ipmasq_config_add_cidr(struct ipmasq_config *config, enum ipmasq_list list,
					 const char *cidr, struct ipmasq_diags *diags)
{
	enum config_key key = KEY_MASQUERADE_CIDRS + (enum config_key)list;
	struct config_item item = { 0 };
	struct config_value *value;
	struct complaint complaint;
	enum prefix_error error;
	int r;

	if (!config || !cidr || !IS_UP_TO(IPMASQ_NON_MASQUERADE_SRC_CIDRS, list))
		return -EINVAL;
	if (!knows(config, key))
		return warn_unsupported(config, key, diags);
	r = config_read_cidr(config->profile, &config->hosts, cidr, strlen(cidr), &item.prefix,
			     &error);
	if (r < 0)
		return r;
	if (error != PREFIX_OK) {
		complain_cidr(&complaint, error, cidr, strlen(cidr), &item.prefix);
		return complain(diags, &complaint);
	}
	r = program_value(config, key, &value);
	if (r == 0)
		r = config_value_append(value, &item);
	if (r == 0)
		value->present = true;
	return r;
}

IPMASQ_EXPORT const char *ipmasq_config_host(const struct ipmasq_config *config, size_t index)
{
	return config && index < config->hosts.count ? config->hosts.names[index] : NULL;
}

IPMASQ_EXPORT int ipmasq_config_set_list(struct ipmasq_config *config, enum ipmasq_list list)
{
	enum config_key key = KEY_MASQUERADE_CIDRS + (enum config_key)list;
	struct config_value *value;
	int r;

	if (!config || !IS_UP_TO(IPMASQ_NON_MASQUERADE_SRC_CIDRS, list))
		return -EINVAL;
	if (!knows(config, key))
		return 0;
	r = program_value(config, key, &value);
	if (r == 0)
		value->present = true;
	return r;
}

IPMASQ_EXPORT int ipmasq_config_set_bool(struct ipmasq_config *config, enum ipmasq_switch which,
					 bool value)
{
	enum config_key key = KEY_MASQ_OUT_BOUND + (enum config_key)which;
	struct config_value *stored;
	int r;

	if (!config || !IS_UP_TO(IPMASQ_MASQ_LINK_LOCAL_IPV6, which))
		return -EINVAL;
	if (!knows(config, key))
		return 0;
	r = program_value(config, key, &stored);
	if (r < 0)
		return r;
	stored->present = true;
	stored->flag = value;
	return 0;
}

static int set_number(struct ipmasq_config *config, enum config_key key, uint64_t number)
{
	struct config_value *value;
	int r = program_value(config, key, &value);

	if (r < 0)
		return r;
	value->present = true;
	value->number = number;
	return 0;
}

IPMASQ_EXPORT int ipmasq_config_set_resync(struct ipmasq_config *config, const char *duration,
					   struct ipmasq_diags *diags)
{
	struct complaint complaint;
	uint64_t number;

	if (!config || !duration)
		return -EINVAL;
	if (!knows(config, KEY_RESYNC_INTERVAL))
		return warn_unsupported(config, KEY_RESYNC_INTERVAL, diags);
	if (!read_duration(duration, strlen(duration), &number, &complaint))
		return complain(diags, &complaint);
	return set_number(config, KEY_RESYNC_INTERVAL, number);
}

IPMASQ_EXPORT int ipmasq_config_set_cidr_limit(struct ipmasq_config *config, uint64_t limit)
{
	if (!config)
		return -EINVAL;
	if (!knows(config, KEY_CIDR_LIMIT))
		return 0;
	return set_number(config, KEY_CIDR_LIMIT, limit);
}
