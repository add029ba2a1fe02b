/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An interpreter of iptables-restore text, which tells what netfilter does with a packet. It shares
 * no code with the library, so that each can judge the other.
 *
 * It knows the nat table's POSTROUTING hook, the words that the library writes, and those that
 * iptables-save prints for them. Any other word is an error, since a rule that is not understood
 * cannot be judged.
 */
#ifndef TESTS_SIM_H
#define TESTS_SIM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SIM_ERROR_MAX 256

struct sim;

struct sim_packet {
	/* In network order; IPv4 addresses have the first 4 bytes. */
	uint8_t src[16];
	uint8_t dst[16];
	/* IPPROTO_... */
	uint8_t proto;
	/* The destination is an address of the node itself. */
	bool dst_is_local;
};

enum sim_verdict {
	/* The packet reached the end of POSTROUTING. */
	SIM_RETURN,
	SIM_MASQUERADE,
};

struct sim_result {
	enum sim_verdict verdict;
	/* That of the MASQUERADE, or of the last RETURN that matched. 0: neither matched. */
	unsigned int line;
	/* MASQUERADE --to-ports; 0: none. */
	uint16_t first_port;
	uint16_t last_port;
	bool random_fully;
	/* How many rules were looked at. */
	unsigned int rules;
};

/* Returns 32 random bits, for `-m statistic --mode random`. */
typedef uint32_t sim_random(void *context);

/* An empty nat table. @family is 4 or 6. NULL: no memory. */
struct sim *sim_new(int family);
void sim_free(struct sim *sim);

/*
 * Feeds one script to the table, as `iptables-restore --noflush` would. Lines are counted from 1 in
 * this script. Returns 0; or -1 and an error, and then the table must not be used any more.
 */
int sim_restore(struct sim *sim, const char *script, char error[SIM_ERROR_MAX]);

/* Sends one packet through POSTROUTING. A @random of NULL means zeros. */
struct sim_result sim_run(const struct sim *sim, const struct sim_packet *packet,
			  sim_random *random, void *context);

/* How many rules a chain has. -1: there is no such chain. */
int sim_rule_count(const struct sim *sim, const char *chain);

#endif
