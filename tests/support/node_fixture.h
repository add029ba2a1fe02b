/* SPDX-License-Identifier: Apache-2.0 */
/* Nodes for tests: new network namespaces, with fake programs of iptables and real ones behind
 * wrappers that write a log. */
#ifndef TESTS_NODE_FIXTURE_H
#define TESTS_NODE_FIXTURE_H

#include "node/node.h"
#include "support/unit.h"

#define FIXTURE_TEXT 65536

/* Both variants, for tests that run with each. */
extern const char *const fixture_variants[2];

#define EACH_VARIANT(v) for (const char *const *v = fixture_variants; v < fixture_variants + 2; v++)

/* Shell commands that print both nat tables as text that can be compared. */
#define SAVE "{ iptables-@-save -t nat; ip6tables-@-save -t nat; } 2>$D/null | grep -v '^#'"

struct fixture {
	struct ipmasq_node *node;
	struct ipmasq_report *report;
	struct ipmasq_diags *diags;
	struct ipmasq_policy *policy;
	/* Has the programs in dir/bin, their log in dir/log, and the lock file. */
	char dir[64];
};

/* Calls @act with a node, a report and findings that are made for it and freed after it. Its
 * result, or the error of what could not be made. */
int fixture_with_node(int (*act)(struct ipmasq_node *node, struct ipmasq_report *report,
				 struct ipmasq_diags *diags));

/* Runs a suite in namespaces of its own. Where that is not possible the suite is skipped, or fails
 * with IPMASQ_NO_SKIP=1. */
int fixture_main(const char *suite, const struct unit_test *tests, size_t count);

/* Moves the process into namespaces of its own, where it is root. False: that is not possible. */
bool fixture_enter(void);

/* Makes a new network namespace with empty tables, an empty search path, and a policy. */
void fixture_begin(struct fixture *f, const char *yaml);
void fixture_end(struct fixture *f);

/* Replaces the policy. @to_ports may be NULL. */
void fixture_policy(struct fixture *f, const char *yaml, enum ipmasq_mode ipv6,
		    const char *to_ports);

/* Puts the real programs of a variant, "nft" or "legacy", into the search path, behind wrappers. */
void fixture_real(const struct fixture *f, const char *variant);
/* Puts a shell script into the search path, as a program of this name. */
void fixture_fake(const struct fixture *f, const char *name, const char *body);

/* What iptables-save prints of an empty nat table, without its COMMIT, as printf of a shell takes
 * it; and a shell command that prints all of it. */
#define FIXTURE_EMPTY                                                                     \
	"*nat\\n:PREROUTING ACCEPT [0:0]\\n:INPUT ACCEPT [0:0]\\n:OUTPUT ACCEPT [0:0]\\n" \
	":POSTROUTING ACCEPT [0:0]\\n"
#define FIXTURE_SAY_EMPTY "printf '" FIXTURE_EMPTY "COMMIT\\n'"

/* As fixture_begin(), with IPv4 alone and one variant, whose programs are these shell scripts. */
void fixture_begin_fake(struct fixture *f, const char *yaml, const char *save, const char *restore);

/* Runs shell commands in the namespace, with @variant for each @ in them. Returns their output, in
 * a buffer that the next call overwrites. NULL: they failed. */
const char *fixture_shell(const struct fixture *f, const char *variant, const char *commands);
/* As fixture_shell(), and checks that the commands succeed. */
const char *fixture_do(const struct fixture *f, const char *variant, const char *commands);

/* How many lines of the log begin with this word. */
size_t fixture_logged(const struct fixture *f, const char *word);
void fixture_log_clear(const struct fixture *f);

/* Whether a sentence of the report, or a finding with this code, contains the text. */
bool fixture_reported(const struct fixture *f, enum ipmasq_family family, const char *text);
bool fixture_found(const struct fixture *f, const char *code, const char *text);
bool fixture_find(const struct fixture *f, const char *code, const char *text,
		  struct ipmasq_finding *finding);
/* All sentences and findings, for the message of a failed check. */
const char *fixture_said(const struct fixture *f);

/* All three delete the findings of the call before. */
int fixture_apply(struct fixture *f);
int fixture_check(struct fixture *f);
int fixture_remove(struct fixture *f);

struct ipmasq_result fixture_result(const struct fixture *f, enum ipmasq_family family);
enum ipmasq_state fixture_state(const struct fixture *f, enum ipmasq_family family);
/* Checks that an act returned 0 and left these states. */
void fixture_expect(const struct fixture *f, int got, enum ipmasq_state ipv4,
		    enum ipmasq_state ipv6, const char *what);

#endif
