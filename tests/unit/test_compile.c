/* SPDX-License-Identifier: Apache-2.0 */
/* ipmasq_compile() gives the same script as the separate functions, or all findings. */
#include <errno.h>
#include <unistd.h>

#include "ipmasq.h"
#include "support/read.h"
#include "support/sources.h"
#include "support/unit.h"

static const char good[] = "nonMasqueradeCIDRs:\n- 10.0.0.0/8\n- fd00::/8\n"
			   "masqueradeCIDRs: [10.10.10.10/32]\n";

static struct ipmasq_options *options_of(const char *profile)
{
	struct ipmasq_options *options = NULL;

	if (!CHECK(ipmasq_options_new(&options) == 0, profile) ||
	    !CHECK(ipmasq_options_set_profile(options, profile, NULL) == 0, profile))
		exit(EXIT_FAILURE);
	return options;
}

/* The script from the separate functions. */
static char *script_of(const char *text, enum ipmasq_family family,
		       const struct ipmasq_options *options)
{
	struct ipmasq_ruleset *ruleset = NULL;
	struct ipmasq_policy *policy = NULL;
	struct ipmasq_config *config = NULL;
	char *script = NULL;

	CHECK(ipmasq_config_new(options, &config) == 0 &&
		      ipmasq_config_load(config, DATA_SOURCE("test", text, strlen(text)), NULL) ==
			      0 &&
		      ipmasq_policy_new(config, options, NULL, &policy) == 0 &&
		      ipmasq_ruleset_new(policy, family, 0, &ruleset) == 0 &&
		      ipmasq_ruleset_script(ruleset, &script, NULL) == 0,
	      text);
	ipmasq_ruleset_free(ruleset);
	ipmasq_policy_free(policy);
	ipmasq_config_free(config);
	return script;
}

static void test_same_as_separate_functions(void)
{
	static const enum ipmasq_family families[] = { IPMASQ_IPV4, IPMASQ_IPV6 };
	static const char *const profiles[] = { "default", "cce" };

	for (size_t i = 0; i < 4; i++) {
		struct ipmasq_options *options = options_of(profiles[i / 2]);
		char *wanted = script_of(good, families[i % 2], options);
		char *script = NULL;

		CHECK(ipmasq_compile(DATA_SOURCE("test", good, strlen(good)), families[i % 2],
				     options, NULL, &script) == 0,
		      profiles[i / 2]);
		CHECK_STRING(script, wanted, profiles[i / 2]);
		free(script);
		free(wanted);
		ipmasq_options_free(options);
	}
}

/* A directory, a file in it, and a descriptor of that file. */
static void test_sources(void)
{
	char directory[] = "/tmp/ipmasq-compile-XXXXXX";
	char *wanted = script_of(good, IPMASQ_IPV4, NULL);
	char path[sizeof(directory) + 16];
	char *scripts[3] = { NULL };
	FILE *file;

	if (!CHECK(mkdtemp(directory) != NULL, "directory"))
		return;
	snprintf(path, sizeof(path), "%s/config", directory);
	file = fopen(path, "w+");
	if (CHECK(file != NULL, path)) {
		fputs(good, file);
		rewind(file);
		CHECK(ipmasq_compile(FILE_SOURCE(directory), IPMASQ_IPV4, NULL, NULL,
				     &scripts[0]) == 0,
		      "directory");
		CHECK(ipmasq_compile(FILE_SOURCE(path), IPMASQ_IPV4, NULL, NULL, &scripts[1]) == 0,
		      "file");
		CHECK(ipmasq_compile(FD_SOURCE("opened", fileno(file)), IPMASQ_IPV4, NULL, NULL,
				     &scripts[2]) == 0,
		      "descriptor");
		fclose(file);
	}
	for (int i = 0; i < 3; i++) {
		CHECK_STRING(scripts[i], wanted, "script");
		free(scripts[i]);
	}
	free(wanted);
	unlink(path);
	rmdir(directory);
}

/* A family that is off has no rules. Profile gke turns IPv6 off. */
static void test_family_that_is_off(void)
{
	static const char text[] = "nonMasqueradeCIDRs: [10.0.0.0/8]\n";
	struct ipmasq_options *options = options_of("gke");
	char *script = NULL;

	CHECK(ipmasq_compile(DATA_SOURCE("test", text, strlen(text)), IPMASQ_IPV6, options, NULL,
			     &script) == 0,
	      "IPv6");
	CHECK_STRING(script, "", "IPv6");
	free(script);
	ipmasq_options_free(options);
}

static void test_rejection(void)
{
	/* The first is rejected when it is loaded, the second when the policy is made. */
	static const char text[] = "nonMasqueradeCIDRs: [10.0.0.1/8]\n";
	static const char limit[] = "nonMasqueradeCIDRs: [10.0.0.0/8, 11.0.0.0/8]\ncidrLimit: 1\n";
	struct ipmasq_diags *diags = NULL;
	char unchanged[] = "";
	char *script = unchanged;

	if (!CHECK(ipmasq_diags_new(&diags) == 0, "diags"))
		return;
	CHECK(ipmasq_compile(DATA_SOURCE("a", text, strlen(text)), IPMASQ_IPV4, NULL, diags,
			     &script) == -EINVAL,
	      text);
	CHECK_STRING(finding_at(diags, 0).code, "host-bits", text);
	CHECK_STRING(finding_at(diags, 0).place.file, "a", text);
	CHECK(ipmasq_compile(DATA_SOURCE("b", limit, strlen(limit)), IPMASQ_IPV4, NULL, diags,
			     &script) == -EINVAL,
	      limit);
	CHECK_STRING(finding_at(diags, 1).code, "cidr-limit", limit);
	CHECK(ipmasq_compile(FILE_SOURCE("/nonexistent/file"), IPMASQ_IPV4, NULL, diags, &script) ==
		      -ENOENT,
	      "no file");
	CHECK_STRING(finding_at(diags, 2).code, "not-found", "no file");
	CHECK(ipmasq_diags_count(diags) == 3, "no other findings");
	CHECK(script == unchanged, "nothing is written on failure");
	ipmasq_diags_free(diags);
}

int main(void)
{
	static const struct unit_test tests[] = {
		{ "the script is that of the separate functions", test_same_as_separate_functions },
		{ "files, directories and descriptors", test_sources },
		{ "a family that is off has an empty script", test_family_that_is_off },
		{ "a rejection comes with its findings", test_rejection },
	};

	return unit_main("compile", tests, sizeof(tests) / sizeof(tests[0]));
}
