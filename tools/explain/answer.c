/* SPDX-License-Identifier: Apache-2.0 */
/* The answer for one address or one range. */
#include "explain/answer.h"

struct ipmasq_entry_info answer_entry(const struct ipmasq_entry *entry)
{
	struct ipmasq_entry_info info = { .verdict = IPMASQ_RETURN, .origin = IPMASQ_ORIGIN_NONE };

	if (entry)
		ipmasq_entry_info(entry, &info, sizeof(info));
	return info;
}
