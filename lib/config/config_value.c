/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the values of keys, each by its type. */
#include "config/config_value.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/config_suggest.h"
#include "config/config_text.h"
#include "profile/lenience.h"
#include "util/scalar.h"
#include "util/show.h"

int reading_reject(struct reading *reading, int added)
{
	reading->rejected = true;
	return added;
}

static const char *kind_name(const struct node *node)
{
	static const char *const scalars[] = {
		[SCALAR_STRING] = "a text",	[SCALAR_NULL] = "null",
		[SCALAR_BOOL] = "a bool",	[SCALAR_NUMBER] = "a number",
		[SCALAR_MERGE] = "a merge key",
	};

	if (node->kind == NODE_SCALAR)
		return scalars[node->type];
	return node->kind == NODE_SEQUENCE ? "a list" : "a mapping";
}

static bool is_scalar(const struct node *node, enum scalar_type type)
{
	return node->kind == NODE_SCALAR && node->type == type;
}

static int reject_type(struct reading *reading, enum config_key key, const struct node *node,
		       const char *suggestion, const char *wanted)
{
	const struct node *resolved = document_resolve(reading->document, node);
	struct pos pos = document_pos(reading->document, node);

	return reading_reject(reading, diag_add(reading->diags, IPMASQ_ERROR, "type", &pos,
						suggestion, "%s is %s; it must be %s",
						config_key_name(key), kind_name(resolved), wanted));
}

static int add_complaint(struct reading *reading, const struct node *node,
			 enum ipmasq_severity severity, const struct complaint *complaint)
{
	struct pos pos = document_pos(reading->document, node);
	char suggestion[SUGGESTION_MAX];
	int r = diag_add(reading->diags, severity, complaint->code, &pos,
			 complaint->suggestion[0]
				 ? config_suggest(reading->document, node, complaint->suggestion,
						  suggestion)
				 : NULL,
			 "%s", complaint->message);

	/* The fix is certain: the bits that count stay as they are. */
	if (r == 0 && strcmp(complaint->code, prefix_error_code(PREFIX_HOST_BITS)) == 0)
		r = diag_edit_suggestion(reading->diags);
	return severity == IPMASQ_ERROR ? reading_reject(reading, r) : r;
}

/* Whether an agent that takes a null item has an entry of its default list at that place. */
static bool keeps_default(const struct reading *reading, enum config_key key, size_t number,
			  const struct node *resolved)
{
	return key == KEY_NON_MASQUERADE_CIDRS && is_scalar(resolved, SCALAR_NULL) &&
	       profile_default_entry(reading->profile->reserved_ranges, number - 1);
}

static int reject_item(struct reading *reading, enum config_key key, size_t number,
		       const struct node *node)
{
	const struct node *resolved = document_resolve(reading->document, node);
	struct pos pos = document_pos(reading->document, node);
	char lenience[LENIENCE_MAX] = "";

	if (keeps_default(reading, key, number, resolved))
		lenience_text(reading->profile, LENIENCE_NULL_ITEM, lenience);
	return reading_reject(
		reading,
		diag_add(reading->diags, IPMASQ_ERROR, "item", &pos, NULL,
			 "item %zu of %s is %s; write a CIDR such as 10.0.0.0/8, or remove the "
			 "item%s",
			 number, config_key_name(key), kind_name(resolved), lenience));
}

static int reject_several(struct reading *reading, const struct node *node,
			  const struct complaint *complaint)
{
	struct pos pos = document_pos(reading->document, node);
	char *suggestion;
	int r = config_suggest_items(reading->document, node, false, &suggestion);

	if (r < 0)
		return r;
	r = diag_add(reading->diags, IPMASQ_ERROR, complaint->code, &pos, suggestion, "%s",
		     complaint->message);
	free(suggestion);
	return reading_reject(reading, r);
}

static int read_item(struct reading *reading, enum config_key key, size_t number,
		     const struct node *node, struct config_value *value)
{
	const struct node *resolved = document_resolve(reading->document, node);
	struct config_item item = { .pos = document_pos(reading->document, node) };
	struct complaint complaint;
	int r;

	if (!is_scalar(resolved, SCALAR_STRING))
		return reject_item(reading, key, number, node);
	r = config_parse_cidr(reading->profile, reading->hosts, resolved->value,
			      resolved->value_len, &item.prefix, &complaint);
	if (r == -EINVAL && strcmp(complaint.code, prefix_error_code(PREFIX_SEVERAL)) == 0)
		return reject_several(reading, node, &complaint);
	if (r == -EINVAL)
		return add_complaint(reading, node, IPMASQ_ERROR, &complaint);
	if (r == 0 && complaint.code)
		r = add_complaint(reading, node, IPMASQ_NOTE, &complaint);
	return r < 0 ? r : config_value_append(value, &item);
}

/* A text of CIDRs in place of a list is a list without its brackets. */
static int reject_no_list(struct reading *reading, enum config_key key, const struct node *node)
{
	const struct node *resolved = document_resolve(reading->document, node);
	enum prefix_error error = PREFIX_EMPTY;
	char *suggestion = NULL;
	struct prefix prefix;
	int r = 0;

	if (resolved->kind == NODE_SCALAR)
		error = prefix_parse(resolved->value, resolved->value_len, &prefix);
	if (error == PREFIX_OK || error == PREFIX_SEVERAL)
		r = config_suggest_items(reading->document, node, true, &suggestion);
	if (r == 0)
		r = reject_type(reading, key, node, suggestion, "a list of CIDRs");
	free(suggestion);
	return r;
}

static int read_list(struct reading *reading, enum config_key key, const struct node *node,
		     struct config_value *value)
{
	const struct node *resolved = document_resolve(reading->document, node);
	const struct node *nodes = reading->document->nodes;
	size_t number = 0;
	int r = 0;

	value->present = true;
	value->null = is_scalar(resolved, SCALAR_NULL);
	if (value->null)
		return 0;
	if (resolved->kind != NODE_SEQUENCE)
		return reject_no_list(reading, key, node);
	for (uint32_t i = resolved->first_child; i != NODE_NONE && r == 0; i = nodes[i].next)
		r = read_item(reading, key, ++number, &nodes[i], value);
	return r;
}

static int read_bool(struct reading *reading, enum config_key key, const struct node *node,
		     struct config_value *value)
{
	const struct node *resolved = document_resolve(reading->document, node);
	bool meant = false;
	bool known = resolved->kind == NODE_SCALAR &&
		     scalar_bool(resolved->value, resolved->value_len, &meant);

	if (is_scalar(resolved, SCALAR_NULL))
		return 0;
	if (!is_scalar(resolved, SCALAR_BOOL))
		return reject_type(reading, key, node, known ? meant ? "true" : "false" : NULL,
				   "true or false, without quotes");
	value->present = true;
	value->flag = meant;
	return 0;
}

/* Most agents refuse the file. */
static int read_null_interval(struct reading *reading, enum config_key key, const struct node *node)
{
	struct pos pos = document_pos(reading->document, node);

	if (!reading->profile->null_interval_is_error)
		return 0;
	return reading_reject(
		reading,
		diag_add(reading->diags, IPMASQ_ERROR, "duration", &pos, NULL,
			 "%s is null, which the agent of the profile %s refuses; write a duration "
			 "such as 60s, or remove the key",
			 config_key_name(key), reading->profile->name));
}

static int read_interval(struct reading *reading, enum config_key key, const struct node *node,
			 struct config_value *value)
{
	const struct node *resolved = document_resolve(reading->document, node);
	struct complaint complaint;

	if (is_scalar(resolved, SCALAR_NULL))
		return read_null_interval(reading, key, node);
	if (!is_scalar(resolved, SCALAR_STRING) && !is_scalar(resolved, SCALAR_NUMBER))
		return reject_type(reading, key, node, NULL, "a duration such as 60s");
	if (config_parse_duration(reading->profile, resolved->value, resolved->value_len,
				  &value->number, &complaint) < 0)
		return add_complaint(reading, node, IPMASQ_ERROR, &complaint);
	value->present = true;
	return 0;
}

/* Reads digits without a leading zero: to YAML 1.1, 010 is eight. */
static int read_digits(const struct node *node, uint64_t *number)
{
	if (node->value_len > 1 && node->value[0] == '0')
		return -EINVAL;
	return scalar_integer(node->value, node->value_len, number);
}

static int read_limit(struct reading *reading, enum config_key key, const struct node *node,
		      struct config_value *value)
{
	const struct node *resolved = document_resolve(reading->document, node);
	struct pos pos = document_pos(reading->document, node);
	const char *why = "is not a whole number of 0 or more in decimal digits";
	bool text = is_scalar(resolved, SCALAR_STRING);
	char digits[24] = "";
	char shown[SHOWN_MAX];
	uint64_t number;
	int r;

	if (is_scalar(resolved, SCALAR_NULL))
		return 0;
	if (!text && !is_scalar(resolved, SCALAR_NUMBER))
		return reject_type(reading, key, node, NULL, "a whole number");
	r = read_digits(resolved, &number);
	if (r == 0 && !text) {
		value->present = true;
		value->number = number;
		return 0;
	}
	if (r == 0)
		snprintf(digits, sizeof(digits), "%ju", (uintmax_t)number);
	if (r == 0)
		why = "is a text because of its quotes; write the number without them";
	else if (r == -ERANGE)
		why = "is larger than 18446744073709551615, the largest limit";
	return reading_reject(
		reading, diag_add(reading->diags, IPMASQ_ERROR, "integer", &pos,
				  digits[0] ? digits : NULL, "%s: \"%s\" %s", config_key_name(key),
				  show_text(resolved->value, resolved->value_len, shown), why));
}

typedef int read_value_fn(struct reading *reading, enum config_key key, const struct node *node,
			  struct config_value *value);

static read_value_fn *const value_readers[KEY_COUNT] = {
	[KEY_MASQUERADE_CIDRS] = read_list,	    [KEY_NON_MASQUERADE_CIDRS] = read_list,
	[KEY_NON_MASQUERADE_SRC_CIDRS] = read_list, [KEY_POD_CIDRS] = read_list,
	[KEY_MASQ_OUT_BOUND] = read_bool,	    [KEY_MASQ_OUT_BOUND_IPV6] = read_bool,
	[KEY_MASQ_LINK_LOCAL] = read_bool,	    [KEY_MASQ_LINK_LOCAL_IPV6] = read_bool,
	[KEY_RESYNC_INTERVAL] = read_interval,	    [KEY_CIDR_LIMIT] = read_limit,
};

int config_read_value(struct reading *reading, enum config_key key, const struct node *key_node,
		      const struct node *node, struct config_value *value)
{
	value->pos = document_pos(reading->document, config_key_is_list(key) ? key_node : node);
	return value_readers[key](reading, key, node, value);
}
