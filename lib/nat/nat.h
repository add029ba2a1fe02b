/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A node's way out: the rules of everybody that a forwarded packet meets before it leaves, as a
 * model of tables, chains and rules. Readers of dumps and of the kernel fill it; the walk asks it.
 *
 * Nothing is guessed. A condition that the model cannot hold is NAT_ON_UNKNOWN, which may match;
 * a target that it cannot hold is NAT_UNKNOWN.
 */
#ifndef LIBIPMASQ_NAT_H
#define LIBIPMASQ_NAT_H

#include "util/ranges.h"
#include "util/slots.h"

/* Whether a packet matches: it does not, it does, or that depends on what is not known. */
enum nat_match { NAT_NO, NAT_YES, NAT_MAYBE };

/* By which interface of the kernel a table was made. */
enum nat_backend { NAT_LEGACY, NAT_IPTABLES_NFT, NAT_NFTABLES, NAT_BACKENDS };

/* In the order in which a forwarded packet meets them. */
enum nat_hook { NAT_PREROUTING, NAT_FORWARD, NAT_POSTROUTING, NAT_HOOKS, NAT_NO_HOOK };

/* The kind of a base chain. Only NAT_TYPE_NAT rewrites addresses. */
enum nat_type { NAT_TYPE_FILTER, NAT_TYPE_ROUTE, NAT_TYPE_NAT };

/* Bits of a set of families. */
#define NAT_FAMILY(family) (1u << (family))
#define NAT_BOTH_FAMILIES  (NAT_FAMILY(IPMASQ_IPV4) | NAT_FAMILY(IPMASQ_IPV6))

/* Ranges of addresses of one family, or of ports, named or not, that conditions refer to. */
struct nat_set {
	/* Its name in the dump; NULL: it has none. */
	char *name;
	enum ipmasq_family family;
	/* United. */
	struct ranges ranges;
	/* Whether these are all there is in it. If not, what is not in the ranges may be. */
	bool complete;
	/* Elements hold more than an address (a port, an interface), so that what is in the ranges
	 * only may match. */
	bool partial;
};

enum nat_condition_kind {
	NAT_ON_SOURCE,
	NAT_ON_DESTINATION,
	/* `protocols` */
	NAT_ON_IP_PROTOCOL,
	/* `ports` */
	NAT_ON_SOURCE_PORT,
	NAT_ON_DESTINATION_PORT,
	/* `name`, and `is_start` */
	NAT_ON_IN_INTERFACE,
	NAT_ON_OUT_INTERFACE,
	/* `address_types`: xt_addrtype, fib */
	NAT_ON_SOURCE_TYPE,
	NAT_ON_DESTINATION_TYPE,
	/* `number` of those in `mask` */
	NAT_ON_PACKET_MARK,
	NAT_ON_CONNECTION_MARK,
	/* `states` */
	NAT_ON_CONNECTION_STATE,
	/* The user or group of a socket, which a forwarded packet does not have. */
	NAT_ON_SOCKET_OWNER,
	/* By chance or by turn. */
	NAT_ON_STATISTIC,
	NAT_ON_UNKNOWN,
};

/* Bits of `address_types`. */
#define NAT_ADDRESS_UNICAST   1u
#define NAT_ADDRESS_LOCAL     2u
#define NAT_ADDRESS_BROADCAST 4u
#define NAT_ADDRESS_MULTICAST 8u
/* Any other type that the kernel knows. */
#define NAT_ADDRESS_OTHER 16u

/* Bits of `states`. Base chains of type nat see only the first packet of a connection: new or
 * related. */
#define NAT_STATE_INVALID     1u
#define NAT_STATE_ESTABLISHED 2u
#define NAT_STATE_RELATED     4u
#define NAT_STATE_NEW	      8u
#define NAT_STATE_UNTRACKED   16u
/* Whether its source or destination was rewritten. */
#define NAT_STATE_SNAT 32u
#define NAT_STATE_DNAT 64u

struct nat_ports {
	uint16_t first;
	uint16_t last;
};

struct nat_condition {
	enum nat_condition_kind kind;
	/* It holds where what it says does not. Of a set or types: where the address is none of
	 * them. */
	bool negated;
	/* In the words of the dump. Belongs to the model. */
	const char *text;
	union {
		/* Of addresses. Belongs to the model. NULL: it is not known, so it may hold any. */
		const struct nat_set *set;
		/* Bit p % 64 of word p / 64. */
		uint64_t protocols[4];
		struct {
			/* Belongs to the model. */
			const struct nat_ports *ranges;
			size_t count;
		} ports;
		struct {
			/* Belongs to the model. */
			const char *name;
			/* Names that begin so match. */
			bool is_start;
		} interface;
		unsigned int address_types;
		struct {
			uint32_t number;
			uint32_t mask;
		} mark;
		unsigned int states;
	};
};

enum nat_verdict {
	/* Goes on with the next rule: LOG, MARK, counters, and rules without a target. */
	NAT_CONTINUE,
	NAT_ACCEPT,
	NAT_RETURN,
	/* REJECT, too. */
	NAT_DROP,
	NAT_JUMP,
	NAT_GOTO,
	NAT_MASQUERADE,
	/* To `to_first` up to `to_last`, where these are known. */
	NAT_SNAT,
	/* The prefix of the source becomes `to_prefix`. */
	NAT_NETMAP,
	/* No connection is tracked, so no address is rewritten. */
	NAT_NOTRACK,
	NAT_QUEUE,
	/* A target of which nothing is known: it may do anything. */
	NAT_UNKNOWN,
};

#define NAT_NO_CHAIN UINT32_MAX

struct nat_rule {
	/* In its chain, from 1. The elements of a verdict map are rules of one number, of which at
	 * most one matches. */
	size_t number;
	/* In the words of the dump, without a counter. Belongs to the model. */
	const char *text;
	/* Its comment; NULL: it has none. Belongs to the model. */
	const char *comment;
	/* Belong to the model. */
	const struct nat_condition *conditions;
	size_t condition_count;
	enum nat_verdict verdict;
	/* Of NAT_JUMP and NAT_GOTO: the index in its table. NAT_NO_CHAIN: the dump does not have
	 * it. */
	uint32_t chain;
	/* Of NAT_SNAT; `to_known` is false where the rule does not tell, as with a map. */
	bool to_known;
	struct addr to_first;
	struct addr to_last;
	/* Of NAT_NETMAP. */
	struct prefix to_prefix;
};

struct nat_chain {
	char *name;
	/* NAT_NO_HOOK: it is not a base chain. */
	enum nat_hook hook;
	enum nat_type type;
	int priority;
	/* Of a base chain: NAT_ACCEPT or NAT_DROP. */
	enum nat_verdict policy;
	struct nat_rule *rules;
	size_t count;
	size_t capacity;
	/* A rule leads to it, or it is a base chain that matters; else its rules are not kept. */
	bool reached;
	/* The reader could not keep its rules, or not all: what they do is not known. */
	bool incomplete;
	/* Its rules were proved to do what the policy says, so the reader left them out. What the
	 * policy does not masquerade returns. Also `incomplete`, for what does not know a policy.
	 */
	bool proved;
};

struct nat_table {
	enum nat_backend backend;
	/* NAT_FAMILY() bits: of both in `inet`. */
	unsigned int families;
	/* As the dump has it: "ip", "ip6", "inet"; of iptables, as nftables would say. */
	const char *family_name;
	char *name;
	/* None of its chains is asked. */
	bool dormant;
	struct nat_chain *chains;
	size_t count;
	size_t capacity;
	/* The numbers of the chains, by name. */
	struct slots slots;
	/* Where it stood: a dump's name for messages; NULL: the kernel. Belongs to the model. */
	const char *source;
};

struct nat_model {
	/* Pointers, so that additions move none. */
	struct nat_table **tables;
	size_t count;
	size_t capacity;
	struct nat_set **sets;
	size_t set_count;
	size_t set_capacity;
	/* What rules and conditions refer to. */
	struct nat_block *blocks;
	/* What the readers could not tell, each a sentence for the user. */
	const char **notes;
	size_t note_count;
	size_t note_capacity;
	/* NAT_FAMILY() bits: of these families nothing is known, since no dump is of them. */
	unsigned int untold;
	/* From a running kernel, so that nothing is missing; else from dumps. */
	bool live;
};

/* -ENOMEM. */
int nat_model_new(struct nat_model **model);
void nat_model_free(struct nat_model *model);

/* Adds an empty table; @name and @source are copied, @source may be NULL. -ENOMEM. */
int nat_add_table(struct nat_model *model, enum nat_backend backend, unsigned int families,
		  const char *name, const char *source, struct nat_table **table);

/* The table of this backend, family bits and name, or NULL. */
struct nat_table *nat_find_table(const struct nat_model *model, enum nat_backend backend,
				 unsigned int families, const char *name);

/* Finds a chain or adds an empty one without a hook. Indices stay, pointers do not. -ENOMEM. */
int nat_need_chain(struct nat_table *table, const char *name, size_t len, uint32_t *index);

/* The index, or NAT_NO_CHAIN. */
uint32_t nat_find_chain(const struct nat_table *table, const char *name, size_t len);

/* Appends a copy of a rule, whose pointers must belong to the model. -ENOMEM. */
int nat_add_rule(struct nat_table *table, uint32_t chain, const struct nat_rule *rule);

/* Adds an empty set, which is complete; @name may be NULL. -ENOMEM. */
int nat_add_set(struct nat_model *model, const char *name, enum ipmasq_family family,
		struct nat_set **set);

/* Memory that lives as long as the model, for what rules refer to. nat_copy() of bytes, and
 * nat_text() of a text that need not end in a NUL. NULL: there is no more. */
void *nat_copy(struct nat_model *model, const void *bytes, size_t size);
const char *nat_text(struct nat_model *model, const char *text, size_t len);

/* Adds a sentence to the notes; the same one only once. -ENOMEM. */
int nat_add_note(struct nat_model *model, const char *format, ...) PRINTF_LIKE(2, 3);

/*
 * Completes the model once everything was added: marks the chains that are reached from base chains
 * which matter, and drops the rules of all others. A base chain matters if it is of type nat at
 * postrouting, or can drop packets or end their tracking on the way there. -ENOMEM.
 */
int nat_model_finish(struct nat_model *model);

/* A base chain on a packet's way. */
struct nat_base {
	const struct nat_table *table;
	uint32_t chain;
	/* Whether it comes before or after the one in front of it in the list is not known: they
	 * have one hook and priority, and the kernel asks the one that was registered last first.
	 */
	bool unordered;
	/* The number of its table. */
	size_t place;
};

/* The base chains that matter and that a packet of @family meets, in order: a list to be freed.
 * Packets meet them hook by hook, by priority, and those of type nat last of their hook. -ENOMEM.
 */
int nat_bases(const struct nat_model *model, enum ipmasq_family family, struct nat_base **bases,
	      size_t *count);

/* "iptables-legacy", "iptables-nft" or "nftables". */
const char *nat_backend_name(enum nat_backend backend);

#endif
