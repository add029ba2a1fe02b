/* SPDX-License-Identifier: Apache-2.0 */
/* The answer for one address or one range. */
#include "explain/answer.h"

enum ipmasq_verdict answer_verdict(const struct answer *answer)
{
	return answer->entry ? ipmasq_entry_verdict(answer->entry) : IPMASQ_RETURN;
}

enum ipmasq_origin answer_origin(const struct answer *answer)
{
	return answer->entry ? ipmasq_entry_origin(answer->entry) : IPMASQ_ORIGIN_NONE;
}
