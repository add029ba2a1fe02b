/* SPDX-License-Identifier: Apache-2.0 */
/* Answers as text on stdout, for people. */
#ifndef IPMASQ_ANSWER_TEXT_H
#define IPMASQ_ANSWER_TEXT_H

#include "explain/answer.h"

/* Prints an answer in full, on several lines. */
void answer_print(const struct answer_style *style, const struct answer *answer);

/* Prints the line that says for which sources answers are, where that is only those of podCIDRs. */
void answer_print_pods(const struct ipmasq_policy *policy, enum ipmasq_family family);

#endif
