/* SPDX-License-Identifier: Apache-2.0 */
/* Nodes for tests: network namespaces with programs of iptables, real and fake. */
#include "support/node_fixture.h"

#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support/sources.h"
#include "util/buf.h"
#include "support/read.h"

const char *const fixture_variants[2] = { "nft", "legacy" };

static bool write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	bool written = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);

	if (fd >= 0)
		close(fd);
	return written;
}

bool fixture_enter(void)
{
	char uids[64];
	char gids[64];

	snprintf(uids, sizeof(uids), "0 %u 1\n", geteuid());
	snprintf(gids, sizeof(gids), "0 %u 1\n", getegid());
	if (unshare(CLONE_NEWUSER | CLONE_NEWNET) < 0 ||
	    !write_file("/proc/self/setgroups", "deny") ||
	    !write_file("/proc/self/uid_map", uids) || !write_file("/proc/self/gid_map", gids))
		return false;
	return access("/usr/sbin/iptables-nft-save", X_OK) == 0 &&
	       access("/usr/sbin/iptables-legacy-save", X_OK) == 0;
}

void fixture_policy(struct fixture *f, const char *yaml, enum ipmasq_mode ipv6,
		    const char *to_ports)
{
	struct ipmasq_options *options = NULL;
	struct ipmasq_config *config = NULL;

	ipmasq_policy_free(f->policy);
	f->policy = NULL;
	CHECK(ipmasq_options_new(&options) == 0, "options");
	CHECK(ipmasq_options_set_mode(options, IPMASQ_FEATURE_IPV6, ipv6) == 0, "ipv6");
	CHECK(ipmasq_options_set_to_ports(options, to_ports, NULL) == 0, "ports");
	CHECK(ipmasq_config_new(options, &config) == 0, "config");
	CHECK(ipmasq_config_load(config, DATA_SOURCE("test.yaml", yaml, strlen(yaml)), f->diags) ==
		      0,
	      yaml);
	CHECK(ipmasq_policy_new(config, options, f->diags, &f->policy) == 0, yaml);
	ipmasq_config_free(config);
	ipmasq_options_free(options);
	if (!f->policy)
		exit(1);
}

void fixture_begin(struct fixture *f, const char *yaml)
{
	const char *base = getenv("TMPDIR");
	char path[128];

	*f = (struct fixture){ .node = NULL };
	snprintf(f->dir, sizeof(f->dir), "%s/ipmasq-XXXXXX",
		 base && strlen(base) < 40 ? base : "/tmp");
	if (unshare(CLONE_NEWNET) < 0 || !mkdtemp(f->dir)) {
		perror("fixture");
		exit(1);
	}
	snprintf(path, sizeof(path), "%s/bin", f->dir);
	CHECK(mkdir(path, 0755) == 0, path);
	CHECK(ipmasq_diags_new(&f->diags) == 0 && ipmasq_report_new(&f->report) == 0 &&
		      ipmasq_node_new(&f->node) == 0,
	      "objects");
	CHECK(ipmasq_node_set_path(f->node, IPMASQ_PATH_PROGRAMS, path, NULL) == 0, "search path");
	/* Results do not depend on the addresses of this machine. */
	f->node->ipv6_addresses = "/no/such";
	snprintf(path, sizeof(path), "%s/lock", f->dir);
	CHECK(ipmasq_node_set_path(f->node, IPMASQ_PATH_LOCK_FILE, path, NULL) == 0, "lock file");
	fixture_policy(f, yaml, IPMASQ_AUTO, NULL);
}

void fixture_end(struct fixture *f)
{
	char command[128];

	ipmasq_node_free(f->node);
	ipmasq_report_free(f->report);
	ipmasq_diags_free(f->diags);
	ipmasq_policy_free(f->policy);
	snprintf(command, sizeof(command), "rm -rf '%s'", f->dir);
	CHECK(system(command) == 0, command);
}

void fixture_fake(const struct fixture *f, const char *name, const char *body)
{
	char path[192];
	FILE *file;

	snprintf(path, sizeof(path), "%s/bin/%s", f->dir, name);
	unlink(path);
	file = fopen(path, "we");
	if (!CHECK(file, path))
		return;
	fprintf(file, "#!/bin/sh\nPATH=/usr/sbin:/usr/bin:/sbin:/bin\n%s\n", body);
	fclose(file);
	CHECK(chmod(path, 0755) == 0, path);
}

void fixture_begin_fake(struct fixture *f, const char *yaml, const char *save, const char *restore)
{
	fixture_begin(f, yaml);
	fixture_policy(f, yaml, IPMASQ_OFF, NULL);
	fixture_fake(f, "iptables-nft-save", save);
	fixture_fake(f, "iptables-nft-restore", restore);
}

void fixture_real(const struct fixture *f, const char *variant)
{
	static const char *const stems[] = { "iptables", "ip6tables" };
	static const char *const jobs[] = { "save", "restore" };

	for (size_t i = 0; i < 4; i++) {
		char name[64];
		char body[512];

		snprintf(name, sizeof(name), "%s-%s-%s", stems[i / 2], variant, jobs[i % 2]);
		snprintf(body, sizeof(body),
			 "case \" $* \" in *' --test '*) what=test;; *) what=%s;; esac\n"
			 "echo \"%s-$what $*\" >>%s/log\nexec /usr/sbin/%s \"$@\"",
			 jobs[i % 2], stems[i / 2], f->dir, name);
		fixture_fake(f, name, body);
	}
}

const char *fixture_shell(const struct fixture *f, const char *variant, const char *commands)
{
	static char output[FIXTURE_TEXT];
	struct buf script = BUF_INIT;
	size_t len;
	FILE *pipe;

	buf_printf(&script,
		   "PATH=/usr/sbin:/sbin:$PATH XTABLES_LOCKFILE=%s/lock; export PATH "
		   "XTABLES_LOCKFILE; D=%s; set -e\n",
		   f->dir, f->dir);
	for (const char *p = commands; *p; p++) {
		if (*p == '@')
			buf_puts(&script, variant);
		else
			buf_putc(&script, *p);
	}
	pipe = popen(script.data, "re");
	buf_release(&script);
	if (!pipe)
		return NULL;
	len = fread(output, 1, sizeof(output) - 1, pipe);
	output[len] = '\0';
	return pclose(pipe) == 0 ? output : NULL;
}

const char *fixture_do(const struct fixture *f, const char *variant, const char *commands)
{
	const char *output = fixture_shell(f, variant, commands);

	CHECK(output, commands);
	return output ? output : "";
}

static void log_path(const struct fixture *f, char path[128])
{
	snprintf(path, 128, "%s/log", f->dir);
}

size_t fixture_logged(const struct fixture *f, const char *word)
{
	char path[128];
	char line[1024];
	size_t count = 0;
	FILE *file;

	log_path(f, path);
	file = fopen(path, "re");
	while (file && fgets(line, sizeof(line), file))
		count += strncmp(line, word, strlen(word)) == 0;
	if (file)
		fclose(file);
	return count;
}

void fixture_log_clear(const struct fixture *f)
{
	char path[128];

	log_path(f, path);
	unlink(path);
}

bool fixture_reported(const struct fixture *f, enum ipmasq_family family, const char *text)
{
	struct ipmasq_line line;

	for (size_t i = 0; ipmasq_report_line(f->report, family, i, &line, sizeof(line)) == 0; i++)
		if (strstr(line.text, text))
			return true;
	return false;
}

bool fixture_find(const struct fixture *f, const char *code, const char *text,
		  struct ipmasq_finding *finding)
{
	for (size_t i = 0; ipmasq_diags_get(f->diags, i, finding, sizeof(*finding)) == 0; i++)
		if (strcmp(finding->code, code) == 0 && strstr(finding->message, text))
			return true;
	return false;
}

bool fixture_found(const struct fixture *f, const char *code, const char *text)
{
	struct ipmasq_finding finding;

	return fixture_find(f, code, text, &finding);
}

const char *fixture_said(const struct fixture *f)
{
	static char text[4096];
	struct ipmasq_line line;
	size_t len = 0;

	text[0] = '\0';
	for (int family = 4; family <= 6; family += 2)
		for (size_t i = 0; ipmasq_report_line(f->report, (enum ipmasq_family)family, i,
						      &line, sizeof(line)) == 0;
		     i++)
			if (len < sizeof(text))
				len += (size_t)snprintf(text + len, sizeof(text) - len,
							"\n  IPv%d: %s", family, line.text);
	for (size_t i = 0; i < ipmasq_diags_count(f->diags); i++)
		if (len < sizeof(text))
			len += (size_t)snprintf(text + len, sizeof(text) - len, "\n  %s [%s]",
						finding_at(f->diags, i).message,
						finding_at(f->diags, i).code);
	return text;
}

static void forget_findings(struct fixture *f)
{
	ipmasq_diags_free(f->diags);
	f->diags = NULL;
	CHECK(ipmasq_diags_new(&f->diags) == 0, "diags");
}

int fixture_apply(struct fixture *f)
{
	forget_findings(f);
	return ipmasq_node_apply(f->node, f->policy, f->report, f->diags);
}

int fixture_check(struct fixture *f)
{
	forget_findings(f);
	return ipmasq_node_check(f->node, f->policy, f->report, f->diags);
}

int fixture_remove(struct fixture *f)
{
	forget_findings(f);
	return ipmasq_node_remove(f->node, settings_of(f->policy).chain, f->report, f->diags);
}

struct ipmasq_result fixture_result(const struct fixture *f, enum ipmasq_family family)
{
	struct ipmasq_result result = { .error = 0 };

	CHECK(ipmasq_report_result(f->report, family, &result, sizeof(result)) == 0, "result");
	return result;
}

enum ipmasq_state fixture_state(const struct fixture *f, enum ipmasq_family family)
{
	return fixture_result(f, family).state;
}

void fixture_expect(const struct fixture *f, int got, enum ipmasq_state ipv4,
		    enum ipmasq_state ipv6, const char *what)
{
	char text[2048];

	snprintf(text, sizeof(text), "%s: %d, states %d %d%s", what, got,
		 (int)fixture_state(f, IPMASQ_IPV4), (int)fixture_state(f, IPMASQ_IPV6),
		 fixture_said(f));
	CHECK(got == 0, text);
	CHECK(fixture_state(f, IPMASQ_IPV4) == ipv4, text);
	CHECK(fixture_state(f, IPMASQ_IPV6) == ipv6, text);
}

int fixture_with_node(int (*act)(struct ipmasq_node *node, struct ipmasq_report *report,
				 struct ipmasq_diags *diags))
{
	struct ipmasq_report *report = NULL;
	struct ipmasq_diags *diags = NULL;
	struct ipmasq_node *node = NULL;
	int r = ipmasq_node_new(&node);

	if (r == 0)
		r = ipmasq_report_new(&report);
	if (r == 0)
		r = ipmasq_diags_new(&diags);
	if (r == 0)
		r = act(node, report, diags);
	ipmasq_diags_free(diags);
	ipmasq_report_free(report);
	ipmasq_node_free(node);
	return r;
}

int fixture_main(const char *suite, const struct unit_test *tests, size_t count)
{
	const char *strict = getenv("IPMASQ_NO_SKIP");

	if (fixture_enter())
		return unit_main(suite, tests, count);
	fprintf(stderr, "%s: no user namespaces, or no iptables in /usr/sbin\n", suite);
	return strict && strcmp(strict, "1") == 0 ? 1 : 77;
}
