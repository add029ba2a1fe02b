# SPDX-License-Identifier: Apache-2.0
# Writes a configuration of n distinct entries, half of them masqueraded, one in eight IPv6, with
# long and short prefixes that are nested:
#
#     awk -v n=10000 -v seed=1 -f generate.awk
#
# It does not use rand(), so that n and seed give the same bytes with any awk.

# A number from 0 to limit - 1. It comes from the high bits, since the low bits of this generator
# are poor.
function random(limit)
{
	state = (state * 69069 + 12345) % 4294967296
	return int(state / 4294967296 * limit)
}

# The octet with only its first bits left.
function masked(octet, bits,	size)
{
	if (bits >= 8)
		return octet
	if (bits <= 0)
		return 0
	size = 2 ^ (8 - bits)
	return octet - octet % size
}

function cidr4(	len, text, i)
{
	len = random(4) ? 24 + random(9) : 8 + random(16)
	text = masked(1 + random(223), len)
	for (i = 1; i < 4; i++)
		text = text "." masked(random(256), len - 8 * i)
	return text "/" len
}

function cidr6(	len, text, i)
{
	len = random(4) ? 48 + random(81) : 16 + random(32)
	text = "fd" sprintf("%02x", masked(random(256), len - 8))
	for (i = 2; i < 16; i++)
		text = text (i % 2 ? "" : ":") sprintf("%02x", masked(random(256), len - 8 * i))
	return text "/" len
}

function write_list(key, count,	cidr)
{
	print key ":"
	while (count > 0) {
		cidr = random(8) ? cidr4() : cidr6()
		if (cidr in seen)
			continue
		seen[cidr] = 1
		print "  - " cidr
		count--
	}
}

BEGIN {
	state = seed % 4294967296
	write_list("masqueradeCIDRs", int(n / 2))
	write_list("nonMasqueradeCIDRs", n - int(n / 2))
	print "masqOutBound: true"
}
