/* SPDX-License-Identifier: Apache-2.0 */
/* Text inside XML documents. */
#ifndef IPMASQ_XML_H
#define IPMASQ_XML_H

#include <stdio.h>

/*
 * Writes any bytes as content of an element or as value of an attribute: what XML cannot hold, and
 * bytes that belong to no character, become U+FFFD. Running out of memory ends the process.
 */
void xml_put(FILE *stream, const char *text);

#endif
