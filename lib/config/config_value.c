/* SPDX-License-Identifier: Apache-2.0 */
/* Is the value of a key of its type, and what is it? */
#include "config/config_internal.h"

#include <stdio.h>
#include <string.h>

#include "util/scalar.h"

int reading_reject(struct reading *reading, int added)
{
	reading->rejected = true;
	return added;
}

int config_value_append(struct config_value *value, const struct config_item *item)
{
	int r = array_grow(&value->list.items, &value->list.capacity, value->list.count,
			   sizeof(*item));

	if (r == 0)
		value->list.items[value->list.count++] = *item;
	return r;
}

const char *show_text(const char *text, size_t len, char shown[SHOWN_MAX])
{
	size_t room = SHOWN_MAX - sizeof("...");
	size_t cut = len > room ? room : len;

	while (cut < len && cut > 0 && ((unsigned char)text[cut] & 0xc0) == 0x80)
		cut--;
	for (size_t i = 0; i < cut; i++) {
		unsigned char c = (unsigned char)text[i];
		bool control = c < 0x20 || c == 0x7f;

		/* U+0080 to U+009F control terminals as well. */
		if (c == 0xc2 && i + 1 < cut && (unsigned char)text[i + 1] < 0xa0) {
			shown[i++] = '?';
			control = true;
		}
		shown[i] = control ? '?' : (char)c;
	}
	memcpy(shown + cut, cut < len ? "..." : "", cut < len ? sizeof("...") : 1);
	return shown;
}

const char *suggest(const struct reading *reading, const struct node *node, const char *text,
		    char suggestion[SUGGESTION_MAX])
{
	char first = reading->document->text->data[node->offset];
	const char *quote = "";

	if (first == '|' || first == '>') /* the place is the first line only */
		return NULL;
	if (reading->document->json || first == '"')
		quote = "\"";
	else if (first == '\'')
		quote = "'";
	else if (text[0] == ':' && first != ':') /* no plain text within YAML's [ ] */
		quote = "\"";
	snprintf(suggestion, SUGGESTION_MAX, "%s%s%s", quote, text, quote);
	return suggestion;
}

static const char *kind_name(const struct node *node)
{
	static const char *const scalars[] = {
		[SCALAR_STRING] = "a text",
		[SCALAR_NULL] = "null",
		[SCALAR_BOOL] = "a bool",
		[SCALAR_NUMBER] = "a number",
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
			 const struct complaint *complaint)
{
	struct pos pos = document_pos(reading->document, node);
	char suggestion[SUGGESTION_MAX];
	int r = diag_add(reading->diags, IPMASQ_ERROR, complaint->code, &pos,
			 complaint->suggestion[0]
				 ? suggest(reading, node, complaint->suggestion, suggestion)
				 : NULL,
			 "%s", complaint->message);

	/* A CIDR that is not aligned means the aligned one to every agent that takes it. */
	if (r == 0 && strcmp(complaint->code, prefix_error_code(PREFIX_HOST_BITS)) == 0)
		r = diag_edit_suggestion(reading->diags);
	return reading_reject(reading, r);
}

void complain_cidr(struct complaint *complaint, enum prefix_error error, const char *text,
		   size_t len, const struct prefix *prefix)
{
	complaint->code = prefix_error_code(error);
	prefix_explain_error(error, text, len, prefix, complaint->message, complaint->suggestion);
}

int config_read_cidr(const struct profile *profile, struct names *hosts, const char *text,
		     size_t len, struct prefix *prefix, enum prefix_error *error)
{
	uint32_t number;
	int r;

	*error = prefix_parse(text, len, prefix);
	if (*error != PREFIX_HOST_NAME || !profile->host_names)
		return 0;
	r = names_add(hosts, text, len, &number);
	if (r < 0)
		return r;
	*prefix = prefix_from_host(number);
	*error = PREFIX_OK;
	return 0;
}

static int read_item(struct reading *reading, enum config_key key, size_t number,
		     const struct node *node, struct config_value *value)
{
	const struct node *resolved = document_resolve(reading->document, node);
	struct config_item item = { .pos = document_pos(reading->document, node) };
	struct complaint complaint;
	enum prefix_error error;
	int r;

	if (!is_scalar(resolved, SCALAR_STRING))
		return reading_reject(
			reading,
			diag_add(reading->diags, IPMASQ_ERROR, "item", &item.pos, NULL,
				 "item %zu of %s is %s; write a CIDR such as 10.0.0.0/8, or take "
				 "the item out",
				 number, config_key_name(key), kind_name(resolved)));
	r = config_read_cidr(reading->profile, reading->hosts, resolved->value, resolved->value_len,
			     &item.prefix, &error);
	if (r < 0)
		return r;
	if (error == PREFIX_OK)
		return config_value_append(value, &item);
	complain_cidr(&complaint, error, resolved->value, resolved->value_len, &item.prefix);
	return add_complaint(reading, node, &complaint);
}

static int reject_no_list(struct reading *reading, enum config_key key, const struct node *node)
{
	const struct node *resolved = document_resolve(reading->document, node);
	const char *quote = reading->document->json ? "\"" : "";
	char suggestion[PREFIX_TEXT_MAX + 4];
	char cidr[PREFIX_TEXT_MAX];
	struct prefix prefix;
	bool known = resolved->kind == NODE_SCALAR &&
		     prefix_parse(resolved->value, resolved->value_len, &prefix) == PREFIX_OK;

	if (known) {
		prefix_format(&prefix, cidr);
		if (cidr[0] == ':')
			quote = "\"";
		snprintf(suggestion, sizeof(suggestion), "[%s%s%s]", quote, cidr, quote);
	}
	return reject_type(reading, key, node, known ? suggestion : NULL, "a list of CIDRs");
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

/* Seconds are what a bare number most likely means. */
static void suggest_unit(const char *text, size_t len, char *suggestion)
{
	char with_unit[PREFIX_TEXT_MAX];
	uint64_t value;

	if (len + 2 > sizeof(with_unit))
		return;
	memcpy(with_unit, text, len);
	memcpy(with_unit + len, "s", 2);
	if (scalar_duration(with_unit, len + 1, &value) == DURATION_OK)
		memcpy(suggestion, with_unit, len + 2);
}

bool read_duration(const char *text, size_t len, uint64_t *value, struct complaint *complaint)
{
	static const char *const why[] = {
		[DURATION_EMPTY] = "is no duration; write one such as 60s or 1m30s",
		[DURATION_BAD] = "is no duration; write numbers with the units ns, us, ms, s, m "
				 "or h, such as 60s or 1m30s",
		[DURATION_NO_UNIT] = "has no unit; a duration is written such as 60s or 1m30s",
		[DURATION_ZERO] = "is no time at all; the interval must be longer than zero",
		[DURATION_NEGATIVE] = "is negative; the interval must be longer than zero",
		[DURATION_OVERFLOW] = "is longer than the 292 years that can be counted",
	};
	enum duration_error error = scalar_duration(text, len, value);
	char shown[SHOWN_MAX];

	if (error == DURATION_OK)
		return true;
	complaint->code = "duration";
	complaint->suggestion[0] = '\0';
	snprintf(complaint->message, sizeof(complaint->message), "\"%s\" %s",
		 show_text(text, len, shown), why[error]);
	if (error == DURATION_NO_UNIT)
		suggest_unit(text, len, complaint->suggestion);
	return false;
}

static int read_interval(struct reading *reading, enum config_key key, const struct node *node,
			 struct config_value *value)
{
	const struct node *resolved = document_resolve(reading->document, node);
	struct complaint complaint;

	if (is_scalar(resolved, SCALAR_NULL))
		return 0;
	if (!is_scalar(resolved, SCALAR_STRING) && !is_scalar(resolved, SCALAR_NUMBER))
		return reject_type(reading, key, node, NULL, "a duration such as 60s");
	if (!read_duration(resolved->value, resolved->value_len, &value->number, &complaint))
		return add_complaint(reading, node, &complaint);
	value->present = true;
	return 0;
}

/* Digits alone, without a leading zero: YAML 1.1 reads 010 as eight. */
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
	const char *why = "is no whole number from 0 up in decimal digits";
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
		why = "is a text because of its quotes; a number stands without";
	else if (r == -ERANGE)
		why = "is larger than any limit can be (18446744073709551615)";
	return reading_reject(
		reading, diag_add(reading->diags, IPMASQ_ERROR, "integer", &pos,
				  digits[0] ? digits : NULL, "%s: \"%s\" %s", config_key_name(key),
				  show_text(resolved->value, resolved->value_len, shown), why));
}

typedef int read_value_fn(struct reading *reading, enum config_key key, const struct node *node,
			  struct config_value *value);

static read_value_fn *const readers[KEY_COUNT] = {
	[KEY_MASQUERADE_CIDRS] = read_list,
	[KEY_NON_MASQUERADE_CIDRS] = read_list,
	[KEY_NON_MASQUERADE_SRC_CIDRS] = read_list,
	[KEY_MASQ_OUT_BOUND] = read_bool,
	[KEY_MASQ_OUT_BOUND_IPV6] = read_bool,
	[KEY_MASQ_LINK_LOCAL] = read_bool,
	[KEY_MASQ_LINK_LOCAL_IPV6] = read_bool,
	[KEY_RESYNC_INTERVAL] = read_interval,
	[KEY_CIDR_LIMIT] = read_limit,
};

int config_read_value(struct reading *reading, enum config_key key, const struct node *key_node,
		      const struct node *node, struct config_value *value)
{
	value->pos = document_pos(reading->document, config_key_is_list(key) ? key_node : node);
	return readers[key](reading, key, node, value);
}
