/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Netmasks by libcidr, which is lenient: 1.2.3 accepts "010.0.0.0/8", "10/8", "10.0.0.0/abc",
 * "10.in-addr.arpa" and more.
 */
#include <libcidr.h>
#include <stdlib.h>
#include <string.h>

#include "util/prefix_netmask.h"

/* libcidr 1.2.3 looks for ".arpa" in the last five bytes of any text. A shorter text is read before
 * its start, so blanks are put there. */
bool netmask_read(const char *text, struct prefix *prefix)
{
	char padded[8 + 2 * PREFIX_TEXT_MAX] = "        ";
	CIDR *read;
	CIDR *network;
	char *written;
	bool understood;

	if (strlen(text) >= 2 * PREFIX_TEXT_MAX)
		return false;
	read = cidr_from_str(strcpy(padded + 8, text));
	network = read ? cidr_addr_network(read) : NULL;
	written = network ? cidr_to_str(network, CIDR_NOFLAGS) : NULL;
	understood = written && prefix_parse(written, strlen(written), prefix) == PREFIX_OK;
	free(written);
	cidr_free(network);
	cidr_free(read);
	return understood;
}
