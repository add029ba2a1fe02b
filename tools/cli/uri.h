/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names of files for other programs. The services that read reports know the working directory as
 * the root of the sources.
 */
#ifndef IPMASQ_URI_H
#define IPMASQ_URI_H

/*
 * The path of a file, relative to the working directory if the file is below it, without redundant
 * segments. The caller frees the text. Running out of memory ends the process, here and below.
 */
char *uri_path(const char *path);

/* A path as a URI reference (RFC 3986). An absolute path gets the scheme file. */
char *uri_encode(const char *path);

#endif
