/* SPDX-License-Identifier: Apache-2.0 */
/* Reads single values out of text, and says what is wrong with those that it refuses. */
#include "config/config_text.h"

#include <stdio.h>
#include <string.h>

#include "profile/lenience.h"
#include "util/scalar.h"
#include "util/show.h"

static void complaint_add(struct complaint *complaint, const char *more)
{
	size_t len = strlen(complaint->message);

	snprintf(complaint->message + len, sizeof(complaint->message) - len, "%s", more);
}

/* Whether a CIDR would be right if the prefix length had no zeros before it. */
static bool is_padded(const char *text, size_t len)
{
	const char *slash = memchr(text, '/', len);
	size_t head = slash ? (size_t)(slash + 1 - text) : len;
	size_t zeros = slash ? strspn(slash + 1, "0") : 0;
	char plain[PREFIX_TEXT_MAX];
	struct prefix prefix;

	if (head + zeros == len && zeros > 0)
		zeros--;
	if (zeros == 0 || len - zeros >= sizeof(plain))
		return false;
	memcpy(plain, text, head);
	memcpy(plain + head, text + head + zeros, len - head - zeros);
	return prefix_parse(plain, len - zeros, &prefix) == PREFIX_OK;
}

int config_parse_cidr(const struct profile *profile, struct names *hosts, const char *text,
		      size_t len, struct prefix *prefix, struct complaint *complaint)
{
	enum prefix_error error = prefix_parse(text, len, prefix);
	char lenience[LENIENCE_MAX];
	uint32_t number;
	int r;

	complaint->code = NULL;
	if (error == PREFIX_OK)
		return 0;
	if (error == PREFIX_HOST_NAME && profile->host_names) {
		r = names_add(hosts, text, len, &number);
		if (r == 0)
			*prefix = prefix_from_host(number);
		return r;
	}
	complaint->code = prefix_error_code(error);
	prefix_explain_error(error, text, len, prefix, complaint->message, complaint->suggestion);
	if (error == PREFIX_BAD_LENGTH && is_padded(text, len))
		complaint_add(complaint, lenience_text(profile, LENIENCE_PADDED_LENGTH, lenience));
	if (error != PREFIX_HOST_BITS || !profile->masks_host_bits)
		return -EINVAL;
	snprintf(lenience, sizeof(lenience), "; the agent of the profile %s takes them as 0",
		 profile->name);
	complaint_add(complaint, lenience);
	return 0;
}

/* A bare number most likely means seconds. */
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

int config_parse_duration(const struct profile *profile, const char *text, size_t len,
			  uint64_t *value, struct complaint *complaint)
{
	static const char *const why[] = {
		[DURATION_EMPTY] = "is not a duration; write one such as 60s or 1m30s",
		[DURATION_BAD] = "is not a duration; write numbers with the units ns, us, ms, s, m "
				 "or h, such as 60s or 1m30s",
		[DURATION_NO_UNIT] = "has no unit; a duration is written such as 60s or 1m30s",
		[DURATION_ZERO] = "is zero; the interval must be longer",
		[DURATION_NEGATIVE] = "is negative; the interval must be longer than zero",
		[DURATION_OVERFLOW] = "is longer than 292 years, the longest duration",
	};
	enum duration_error error = scalar_duration(text, len, value);
	char lenience[LENIENCE_MAX];
	char shown[SHOWN_MAX];

	if (error == DURATION_OK)
		return 0;
	complaint->code = "duration";
	complaint->suggestion[0] = '\0';
	snprintf(complaint->message, sizeof(complaint->message), "\"%s\" %s",
		 show_text(text, len, shown), why[error]);
	if (error == DURATION_ZERO || error == DURATION_NEGATIVE)
		complaint_add(complaint, lenience_text(profile, LENIENCE_ZERO_INTERVAL, lenience));
	if (error == DURATION_NO_UNIT)
		suggest_unit(text, len, complaint->suggestion);
	return -EINVAL;
}
