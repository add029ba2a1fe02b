/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What would netfilter do with a packet, given this iptables-restore text? An interpreter that
 * shares no code with the library, so that the two can judge each other.
 *
 * It knows the nat table's POSTROUTING hook and the words that the library writes or that
 * iptables-save prints for them. Any other word is an error: a rule that is not understood cannot
 * be judged.
 */
#ifndef TESTS_SIM_H
#define TESTS_SIM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SIM_ERROR_MAX 256

struct sim;

struct sim_packet {
	uint8_t src[16]; /* network order; IPv4 has the first 4 */
	uint8_t dst[16];
	uint8_t proto; /* IPPROTO_... */
	bool dst_is_local; /* an address of the node itself */
};

enum sim_verdict {
	SIM_RETURN, /* left alone: reached the end of POSTROUTING */
	SIM_MASQUERADE,
};

struct sim_result {
	enum sim_verdict verdict;
	/* Of the MASQUERADE, or of the last RETURN that matched; 0 where neither was met. */
	unsigned int line;
	uint16_t first_port; /* MASQUERADE --to-ports; 0: none */
	uint16_t last_port;
	bool random_fully;
	unsigned int rules; /* how many were looked at */
};

/* 32 random bits; for `-m statistic --mode random`. */
typedef uint32_t sim_random(void *context);

/* An empty nat table. @family is 4 or 6. NULL: no memory. */
struct sim *sim_new(int family);
void sim_free(struct sim *sim);

/*
 * Feeds one script to the table, as `iptables-restore --noflush` would. Lines are counted from 1 in
 * this script. Returns 0; or -1 and what is wrong, and then the table is not to be used any more.
 */
int sim_restore(struct sim *sim, const char *script, char error[SIM_ERROR_MAX]);

/* Sends one packet through POSTROUTING. @random may be NULL where no rule needs it: it is a zero
 * then. */
struct sim_result sim_run(const struct sim *sim, const struct sim_packet *packet,
			  sim_random *random, void *context);

/* How many rules a chain has; -1: no such chain. */
int sim_rule_count(const struct sim *sim, const char *chain);

#endif
