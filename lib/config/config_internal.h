/* SPDX-License-Identifier: Apache-2.0 */
/* How do config.c (parts), config_read.c (keys) and config_value.c (values) work together? */
#ifndef LIBIPMASQ_CONFIG_INTERNAL_H
#define LIBIPMASQ_CONFIG_INTERNAL_H

#include "config/config.h"
#include "config/document.h"
#include "config/manifest.h"
#include "util/diag.h"

/* One document on its way into one part. */
struct reading {
	const struct profile *profile;
	struct names *hosts; /* of the configuration */
	const struct document *document;
	struct ipmasq_diags *diags;
	bool rejected; /* an error was found; reading goes on to find the others */
};

/* Reads some of a manifest's parts into the configuration. -EINVAL, with findings; -ENOMEM. */
int config_load_parts(struct ipmasq_config *config, const struct manifest *manifest, size_t first,
		      size_t count, struct ipmasq_diags *diags);

/* Marks the reading as rejected. @added comes from diag_add() and is returned. */
int reading_reject(struct reading *reading, int added);

/* Fills an empty part. 0, also when reading->rejected was set, or -ENOMEM; the part is the caller's
 * to release in any case. */
int config_read_document(struct reading *reading, struct config_part *part);

/* Reads what stands after the key's node. Returns as above. */
int config_read_value(struct reading *reading, enum config_key key, const struct node *key_node,
		      const struct node *node, struct config_value *value);

/* -ENOMEM */
int config_value_append(struct config_value *value, const struct config_item *item);

/*
 * What to say of a value that was refused: what is wrong, and what to write instead or an empty
 * text.
 */
struct complaint {
	const char *code;
	char message[256];
	char suggestion[PREFIX_TEXT_MAX];
};

/* Of a CIDR that config_read_cidr() refused with @error and @prefix. */
void complain_cidr(struct complaint *complaint, enum prefix_error error, const char *text,
		   size_t len, const struct prefix *prefix);

/* A CIDR, or where the profile allows it a host name. 0, also when @error says that it is refused,
 * or -ENOMEM. */
int config_read_cidr(const struct profile *profile, struct names *hosts, const char *text,
		     size_t len, struct prefix *prefix, enum prefix_error *error);

/* Reads a duration; false: it is refused. */
bool read_duration(const char *text, size_t len, uint64_t *value, struct complaint *complaint);

/* A text of the user's as messages show it: no control characters, cut where it is long. */
#define SHOWN_MAX 72
const char *show_text(const char *text, size_t len, char shown[SHOWN_MAX]);

/* The text to write in place of a scalar: @text, in the quotes that the scalar has; NULL where one
 * text does not do. */
#define SUGGESTION_MAX (PREFIX_TEXT_MAX + 2)
const char *suggest(const struct reading *reading, const struct node *node, const char *text,
		    char suggestion[SUGGESTION_MAX]);

#endif
