/* SPDX-License-Identifier: Apache-2.0 */
/* The choice of the backend, by what was seen of all. */
#ifndef LIBIPMASQ_BACKEND_CHOICE_H
#define LIBIPMASQ_BACKEND_CHOICE_H

#include "node/work.h"

/*
 * The backend that what was seen of all, by backend, speaks for; AUTO: nothing speaks for either
 * iptables. Rules of ours that packets reach keep their backend. Else nftables is taken where
 * kube-proxy runs in that mode, or where neither iptables can work. Between those two, in this
 * order: what holds rules of ours; the kubelet's hint chains; the number of rules of others.
 * -EAGAIN: a fact that matters is not known. A fact that is not known never moves our rules.
 */
int backend_decide(const struct backend_signs signs[BACKENDS], enum ipmasq_backend *backend);

#endif
