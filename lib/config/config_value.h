/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the value of a key out of a document. */
#ifndef LIBIPMASQ_CONFIG_VALUE_H
#define LIBIPMASQ_CONFIG_VALUE_H

#include "config/config.h"
#include "config/document.h"
#include "util/diag.h"

/* The state of reading one document into one part. */
struct reading {
	const struct profile *profile;
	/* The configuration's. */
	struct names *hosts;
	const struct document *document;
	/* The configuration in it; NULL: it is empty. */
	const struct node *root;
	struct ipmasq_diags *diags;
	/* An error was found; reading goes on to find the others. */
	bool rejected;
};

/* Marks the reading as rejected. @added comes from diag_add() and is returned. */
int reading_reject(struct reading *reading, int added);

/*
 * Reads the value @node of a key. Returns 0, also when it sets reading->rejected, or -ENOMEM; the
 * caller releases the part that @value is in, in any case.
 */
int config_read_value(struct reading *reading, enum config_key key, const struct node *key_node,
		      const struct node *node, struct config_value *value);

#endif
