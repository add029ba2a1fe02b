/* SPDX-License-Identifier: Apache-2.0 */
/* Macros for struct ipmasq_source, for use in expressions. */
#ifndef TESTS_SOURCES_H
#define TESTS_SOURCES_H

#include <ipmasq.h>

#define FILE_SOURCE(path) (&(const struct ipmasq_source){ .name = (path) })

#define FD_SOURCE(what, descriptor)       \
	(&(const struct ipmasq_source){   \
		.kind = IPMASQ_SOURCE_FD, \
		.name = (what),           \
		.fd = (descriptor),       \
	})

#define DATA_SOURCE(what, bytes, length)    \
	(&(const struct ipmasq_source){     \
		.kind = IPMASQ_SOURCE_DATA, \
		.name = (what),             \
		.data = (bytes),            \
		.size = (length),           \
	})

#endif
