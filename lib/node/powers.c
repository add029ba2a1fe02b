/* SPDX-License-Identifier: Apache-2.0 */
/* The capabilities that the programs of a backend need, and have. */
#include "node/powers.h"

#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Programs get what root is permitted; those of other users get the ambient set only. */
static bool is_handed_on(int capability)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = { { 0 } };

	if (geteuid() != 0)
		return prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, capability, 0, 0) == 1;
	if (syscall(SYS_capget, &head, data) < 0)
		return true;
	return data[CAP_TO_INDEX(capability)].permitted & CAP_TO_MASK(capability);
}

const char *powers_missing(enum ipmasq_backend backend)
{
	bool admin = is_handed_on(CAP_NET_ADMIN);
	/* The legacy programs ask the kernel through a raw socket. */
	bool raw = backend != IPMASQ_BACKEND_LEGACY || is_handed_on(CAP_NET_RAW);

	if (!admin && !raw)
		return "CAP_NET_ADMIN and CAP_NET_RAW are missing";
	if (!admin)
		return "CAP_NET_ADMIN is missing";
	return raw ? NULL : "CAP_NET_RAW is missing";
}
