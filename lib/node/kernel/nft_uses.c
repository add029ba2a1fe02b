/* SPDX-License-Identifier: Apache-2.0 */
/* How often our chains are used, by the kernel's count and by the rules that were read. */
#include "node/kernel/nft_uses.h"

#include <stdlib.h>

static int make_room(struct nft_uses *uses, uint32_t chain)
{
	while (uses->count <= chain) {
		if (array_grow(&uses->of, &uses->capacity, uses->count, sizeof(*uses->of)) < 0)
			return -ENOMEM;
		uses->of[uses->count++] = (struct nft_use){ 0 };
	}
	return 0;
}

int nft_uses_tell(struct nft_uses *uses, uint32_t chain, uint32_t told)
{
	int r = make_room(uses, chain);

	if (r == 0)
		uses->of[chain].told = told;
	return r;
}

int nft_uses_read(struct nft_uses *uses, uint32_t chain)
{
	int r = make_room(uses, chain);

	if (r == 0)
		uses->of[chain].read++;
	return r;
}

bool nft_uses_agree(const struct nft_uses *uses)
{
	for (size_t i = 0; i < uses->count; i++)
		if (uses->of[i].told != uses->of[i].read)
			return false;
	return true;
}

bool nft_uses_lack(const struct nft_uses *uses, uint32_t chain)
{
	return chain < uses->count && uses->of[chain].told > uses->of[chain].read;
}

void nft_uses_release(struct nft_uses *uses)
{
	free(uses->of);
	*uses = (struct nft_uses){ 0 };
}
