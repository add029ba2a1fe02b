/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How does another program find a file that was named on our command line? Reports are read by
 * services that know the working directory as the root of the sources.
 */
#ifndef IPMASQ_URI_H
#define IPMASQ_URI_H

/*
 * The path from the working directory where the file lies below it, else from the root; without
 * needless segments. The caller frees it. Running out of memory ends the process, here and below.
 */
char *uri_path(const char *path);

/* A path as a URI reference (RFC 3986): one with a scheme where it starts at the root. */
char *uri_encode(const char *path);

#endif
