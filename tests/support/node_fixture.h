/* SPDX-License-Identifier: Apache-2.0 */
/* Nodes to be tested on: fresh network namespaces, real iptables programs behind wrappers that keep
 * a log, and fake ones. */
#ifndef TESTS_NODE_FIXTURE_H
#define TESTS_NODE_FIXTURE_H

#include "node/node.h"
#include "support/unit.h"

#define FIXTURE_TEXT 65536

/* Both variants, for tests that run with each. */
extern const char *const fixture_variants[2];

#define EACH_VARIANT(v) (const char *const *v = fixture_variants; v < fixture_variants + 2; v++)

/* Both nat tables, as text that can be compared. */
#define SAVE "{ iptables-@-save -t nat; ip6tables-@-save -t nat; } 2>$D/null | grep -v '^#'"

struct fixture {
	struct ipmasq_node *node;
	struct ipmasq_report *report;
	struct ipmasq_diags *diags;
	struct ipmasq_policy *policy;
	char dir[64]; /* for the programs in dir/bin, their dir/log, and the lock file */
};

/* A suite in a place of its own; where that is not possible it is skipped, or fails where
 * IPMASQ_NO_SKIP=1 says so. */
int fixture_main(const char *suite, const struct unit_test *tests, size_t count);

/* Moves the process into namespaces of its own, where it is root. False: not possible here. */
bool fixture_enter(void);

/* A new network namespace, empty tables, an empty search path, the given configuration. */
void fixture_begin(struct fixture *f, const char *yaml);
void fixture_end(struct fixture *f);

/* Another configuration; @to_ports may be NULL. */
void fixture_policy(struct fixture *f, const char *yaml, enum ipmasq_mode ipv6,
		    const char *to_ports);

/* The real programs of a variant, "nft" or "legacy", behind wrappers. */
void fixture_real(const struct fixture *f, const char *variant);
/* A program of this name that is this shell script. */
void fixture_fake(const struct fixture *f, const char *name, const char *body);

/* Runs shell commands in the namespace. %s of @variant stands in for each @ in it. Returns what it
 * printed, in a buffer that the next call uses again; NULL when it failed. */
const char *fixture_shell(const struct fixture *f, const char *variant, const char *commands);
/* The same, and a failed check when the commands fail. */
const char *fixture_do(const struct fixture *f, const char *variant, const char *commands);

/* How often the log has this word since the last look; fixture_log_clear() begins anew. */
size_t fixture_logged(const struct fixture *f, const char *word);
void fixture_log_clear(const struct fixture *f);

/* Whether a sentence of the report, or a finding with this code, holds the text. */
bool fixture_reported(const struct fixture *f, enum ipmasq_family family, const char *text);
bool fixture_found(const struct fixture *f, const char *code, const char *text);
bool fixture_find(const struct fixture *f, const char *code, const char *text,
		  struct ipmasq_finding *finding);
/* All of both, for the one who reads a failure. */
const char *fixture_said(const struct fixture *f);

/* Both forget the findings of the call before. */
int fixture_apply(struct fixture *f);
int fixture_check(struct fixture *f);
int fixture_remove(struct fixture *f);

struct ipmasq_result fixture_result(const struct fixture *f, enum ipmasq_family family);
enum ipmasq_state fixture_state(const struct fixture *f, enum ipmasq_family family);
/* Checks what an act returned (0) and the states. */
void fixture_expect(const struct fixture *f, int got, enum ipmasq_state ipv4,
		    enum ipmasq_state ipv6, const char *what);

#endif
