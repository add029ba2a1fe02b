/* SPDX-License-Identifier: Apache-2.0 */
/* Hosts, options, configurations and inputs with wrong arguments, which must change nothing. */
#include "config/config.h"
#include "profile/hosts.h"
#include "profile/options.h"
#include "support/arguments.h"
#include "support/sources.h"

static const uint8_t address[16] = { 10, 1, 2, 3 };

static const char text[] = "nonMasqueradeCIDRs: [10.0.0.0/8]";

/* Valid and invalid sources, and the result of loading each. */
static const struct {
	struct ipmasq_source source;
	int result;
} sources[] = {
	{ { .name = "/no/such/file" }, -ENOENT },
	{ { .name = NULL }, -EINVAL },
	{ { .kind = IPMASQ_SOURCE_FD, .name = "closed", .fd = -1 }, -EIO },
	{ { .kind = IPMASQ_SOURCE_FD, .name = NULL, .fd = -1 }, -EINVAL },
	{ { .kind = IPMASQ_SOURCE_DATA, .name = "data", .data = text, .size = 0 }, 0 },
	{ { .kind = IPMASQ_SOURCE_DATA, .name = "data", .data = NULL, .size = 0 }, 0 },
	{ { .kind = IPMASQ_SOURCE_DATA, .name = "data", .data = NULL, .size = 1 }, -EINVAL },
	{ { .kind = IPMASQ_SOURCE_DATA, .name = NULL, .data = text, .size = 1 }, -EINVAL },
	{ { .kind = -1, .name = "data", .data = text, .size = 1 }, -EINVAL },
	{ { .kind = IPMASQ_SOURCE_DATA + 1, .name = "data", .data = text, .size = 1 }, -EINVAL },
	{ { .kind = 9, .name = "data", .data = text, .size = 1 }, -EINVAL },
	{ { .kind = INT_MAX, .name = "data", .data = text, .size = 1 }, -EINVAL },
};

/* The name of a row, for the message of a failed check. */
static const char *row(size_t index)
{
	static char number[32];

	snprintf(number, sizeof(number), "source %zu", index);
	return number;
}

static void test_hosts(void)
{
	struct ipmasq_hosts *hosts = NULL;
	enum ipmasq_family family;
	uint8_t read[16];

	CHECK(ipmasq_hosts_new(NULL) == -EINVAL, "hosts");
	ipmasq_hosts_free(NULL);
	CHECK(ipmasq_hosts_add(NULL, "a", IPMASQ_IPV4, address) == -EINVAL, "hosts");
	CHECK(ipmasq_hosts_fail(NULL, "a", "why") == -EINVAL, "hosts");
	CHECK(ipmasq_hosts_load(NULL, &sources[4].source, NULL) == -EINVAL, "hosts");
	CHECK(ipmasq_hosts_name(NULL, 0) == NULL, "hosts");
	CHECK(ipmasq_hosts_address(NULL, "a", 0, &family, read) == -EINVAL, "hosts");
	if (!CHECK(ipmasq_hosts_new(&hosts) == 0, "hosts"))
		return;
	for (size_t i = 0; i < ARRAY_SIZE(sources); i++)
		CHECK(ipmasq_hosts_load(hosts, &sources[i].source, NULL) == sources[i].result,
		      row(i));
	CHECK(ipmasq_hosts_load(hosts, NULL, NULL) == -EINVAL, "no source");
	CHECK(ipmasq_hosts_add(hosts, NULL, IPMASQ_IPV4, address) == -EINVAL, "no name");
	CHECK(ipmasq_hosts_add(hosts, "a", IPMASQ_IPV4, NULL) == -EINVAL, "no address");
	CHECK(ipmasq_hosts_add(hosts, "a b", IPMASQ_IPV4, address) == -EINVAL, "not a name");
	CHECK(ipmasq_hosts_fail(hosts, NULL, "why") == -EINVAL, "no name");
	CHECK(ipmasq_hosts_fail(hosts, "a", NULL) == -EINVAL, "no reason");
	CHECK(ipmasq_hosts_name(hosts, 0) == NULL, "nothing was added");
	CHECK_FAMILY(ipmasq_hosts_add(hosts, "a", value, address), (void)0);
	CHECK(ipmasq_hosts_name(hosts, 1) == NULL, "one was added");
	CHECK(ipmasq_hosts_name(hosts, SIZE_MAX) == NULL, "past the last");
	CHECK(ipmasq_hosts_address(hosts, NULL, 0, &family, read) == -EINVAL, "no name");
	CHECK(ipmasq_hosts_address(hosts, "a", 0, NULL, read) == -EINVAL, "no family");
	CHECK(ipmasq_hosts_address(hosts, "a", 0, &family, NULL) == -EINVAL, "no address");
	CHECK(ipmasq_hosts_address(hosts, "a", 1, &family, read) == 0, "the last");
	CHECK(ipmasq_hosts_address(hosts, "a", 2, &family, read) == -ERANGE, "past the last");
	CHECK(ipmasq_hosts_address(hosts, "a", SIZE_MAX, &family, read) == -ERANGE,
	      "far past the last");
	ipmasq_hosts_free(hosts);
}

static void options_without_an_object(void)
{
	struct ipmasq_profile_details profile;

	CHECK(ipmasq_options_new(NULL) == -EINVAL, "options");
	ipmasq_options_free(NULL);
	CHECK(ipmasq_options_set_profile(NULL, "cce", NULL) == -EINVAL, "options");
	CHECK(ipmasq_options_set_chain(NULL, "X", NULL) == -EINVAL, "options");
	CHECK(ipmasq_options_set_to_ports(NULL, "1-2", NULL) == -EINVAL, "options");
	CHECK(ipmasq_options_set_mode(NULL, IPMASQ_FEATURE_IPV6, IPMASQ_ON) == -EINVAL, "options");
	CHECK(ipmasq_options_set_layout(NULL, IPMASQ_LAYOUT_TREE) == -EINVAL, "options");
	CHECK(ipmasq_options_add_cidr(NULL, IPMASQ_POD_CIDR, "10.0.0.0/8", NULL) == -EINVAL,
	      "options");
	CHECK(ipmasq_options_add_pattern(NULL, IPMASQ_KEY_PATTERN, "config") == -EINVAL, "options");
	CHECK(ipmasq_options_set_hosts(NULL, NULL) == -EINVAL, "options");
	CHECK_NAMES(ipmasq_layout, ipmasq_layout_name, IPMASQ_LAYOUT_AUTO, IPMASQ_LAYOUT_MAPS);
	CHECK(ipmasq_profile_name(0) != NULL, "the first");
	CHECK(ipmasq_profile_name(SIZE_MAX) == NULL, "past the last");
	CHECK(ipmasq_profile_info(0, NULL, sizeof(profile)) == -EINVAL, "no place for it");
	CHECK(ipmasq_profile_info(0, &profile, 0) == -EINVAL, "a size of 0");
	CHECK(ipmasq_profile_info(SIZE_MAX, &profile, sizeof(profile)) == -ERANGE, "past the last");
}

/* A refused text must leave the options unchanged, too. */
static void refused_options_change_nothing(struct ipmasq_options *options)
{
	struct ipmasq_options before;

	memcpy(&before, options, sizeof(before));
	CHECK(ipmasq_options_set_profile(options, NULL, NULL) == -EINVAL, "no name");
	CHECK(ipmasq_options_set_profile(options, "", NULL) == -EINVAL, "no profile");
	CHECK(ipmasq_options_set_chain(options, NULL, NULL) == -EINVAL, "no name");
	CHECK(ipmasq_options_set_chain(options, "POSTROUTING", NULL) == -EINVAL, "not a name");
	CHECK(ipmasq_options_set_to_ports(options, "2-1", NULL) == -EINVAL, "no ports");
	CHECK(ipmasq_options_add_cidr(options, IPMASQ_POD_CIDR, NULL, NULL) == -EINVAL, "no CIDR");
	CHECK(ipmasq_options_add_cidr(options, IPMASQ_POD_CIDR, "10.0.0.1/8", NULL) == -EINVAL,
	      "not a CIDR");
	CHECK(ipmasq_options_add_pattern(options, IPMASQ_KEY_PATTERN, NULL) == -EINVAL,
	      "no pattern");
	for (size_t i = 0; i < ARRAY_SIZE(around); i++) {
		if (around[i] > IPMASQ_FEATURE_RESERVED_RANGES || around[i] < 0)
			CHECK(ipmasq_options_set_mode(options, (enum ipmasq_feature)around[i],
						      IPMASQ_ON) == -EINVAL,
			      "no such feature");
		if (around[i] <= IPMASQ_OFF && around[i] >= 0)
			continue;
		for (int feature = 0; feature <= IPMASQ_FEATURE_RESERVED_RANGES; feature++)
			CHECK(ipmasq_options_set_mode(options, (enum ipmasq_feature)feature,
						      (enum ipmasq_mode)around[i]) == -EINVAL,
			      "no such mode");
	}
	CHECK(memcmp(&before, options, sizeof(before)) == 0, "nothing changed");
}

static void test_options(void)
{
	struct ipmasq_options *options = NULL;

	options_without_an_object();
	if (!CHECK(ipmasq_options_new(&options) == 0, "options"))
		return;
	refused_options_change_nothing(options);
	CHECK_ENUM(ipmasq_feature, IPMASQ_FEATURE_IPV6, IPMASQ_FEATURE_RESERVED_RANGES,
		   ipmasq_options_set_mode(options, value, IPMASQ_OFF));
	CHECK_ENUM(ipmasq_layout, IPMASQ_LAYOUT_AUTO, IPMASQ_LAYOUT_MAPS,
		   ipmasq_options_set_layout(options, value));
	CHECK_ENUM(ipmasq_cluster_cidr, IPMASQ_POD_CIDR, IPMASQ_SERVICE_CIDR,
		   ipmasq_options_add_cidr(options, value, "10.0.0.0/8", NULL));
	CHECK_ENUM(ipmasq_pattern, IPMASQ_CONFIGMAP_PATTERN, IPMASQ_KEY_PATTERN,
		   ipmasq_options_add_pattern(options, value, "x"));
	CHECK(ipmasq_options_set_to_ports(options, NULL, NULL) == 0, "the default");
	CHECK(ipmasq_options_set_hosts(options, NULL) == 0, "the default");
	ipmasq_options_free(options);
}

static void config_without_an_object(void)
{
	struct ipmasq_input *input = NULL;

	CHECK(ipmasq_config_new(NULL, NULL) == -EINVAL, "config");
	ipmasq_config_free(NULL);
	CHECK(ipmasq_config_load(NULL, &sources[4].source, NULL) == -EINVAL, "config");
	CHECK(ipmasq_config_host(NULL, 0) == NULL, "config");
	CHECK(ipmasq_config_add_cidr(NULL, IPMASQ_MASQUERADE_CIDRS, "10.0.0.0/8", NULL) == -EINVAL,
	      "config");
	CHECK(ipmasq_config_set_list(NULL, IPMASQ_MASQUERADE_CIDRS) == -EINVAL, "config");
	CHECK(ipmasq_config_set_bool(NULL, IPMASQ_MASQ_OUT_BOUND, true) == -EINVAL, "config");
	CHECK(ipmasq_config_set_resync(NULL, "1m", NULL) == -EINVAL, "config");
	CHECK(ipmasq_config_set_cidr_limit(NULL, 1) == -EINVAL, "config");
	if (!CHECK(ipmasq_input_new(NULL, &input) == 0, "input"))
		return;
	CHECK(ipmasq_config_load_input(NULL, input, 0, NULL) == -EINVAL, "config");
	ipmasq_input_free(input);
}

/* Lists and switches share memory, so a wrong index would overwrite another value. */
static void test_config(void)
{
	char **files = NULL;
	struct ipmasq_config *config = NULL;

	config_without_an_object();
	if (!CHECK(ipmasq_config_new(NULL, &config) == 0, "config"))
		return;
	CHECK(ipmasq_config_load(config, NULL, NULL) == -EINVAL, "no source");
	CHECK(ipmasq_options_list_files(NULL, NULL, &files) == -EINVAL, "no path");
	CHECK(ipmasq_options_list_files(NULL, "/", NULL) == -EINVAL, "no files");
	CHECK(ipmasq_config_load_input(config, NULL, 0, NULL) == -EINVAL, "no input");
	CHECK(ipmasq_config_add_cidr(config, IPMASQ_MASQUERADE_CIDRS, NULL, NULL) == -EINVAL,
	      "no CIDR");
	CHECK(ipmasq_config_add_cidr(config, 4, "10.0.0.0/8", NULL) == -EINVAL, "a switch");
	CHECK(ipmasq_config_set_resync(config, NULL, NULL) == -EINVAL, "no duration");
	CHECK(ipmasq_config_set_resync(config, "soon", NULL) == -EINVAL, "not a duration");
	CHECK(config->count == 0 && !config->broken, "nothing changed");
	CHECK_ENUM(ipmasq_list, IPMASQ_MASQUERADE_CIDRS, IPMASQ_POD_CIDRS,
		   ipmasq_config_add_cidr(config, value, "10.0.0.0/8", NULL));
	CHECK_ENUM(ipmasq_list, IPMASQ_MASQUERADE_CIDRS, IPMASQ_POD_CIDRS,
		   ipmasq_config_set_list(config, value));
	CHECK_ENUM(ipmasq_switch, IPMASQ_MASQ_OUT_BOUND, IPMASQ_MASQ_LINK_LOCAL_IPV6,
		   ipmasq_config_set_bool(config, value, true));
	CHECK(ipmasq_config_host(config, 0) == NULL, "no name");
	CHECK(ipmasq_config_host(config, SIZE_MAX) == NULL, "past the last");
	ipmasq_config_free(config);
}

/* An invalid source leaves the configuration usable; a source that cannot be read does not. */
static void test_sources(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(sources); i++) {
		struct ipmasq_config *config = NULL;
		int result = sources[i].result;

		if (!CHECK(ipmasq_config_new(NULL, &config) == 0, "config"))
			return;
		CHECK(ipmasq_config_load(config, &sources[i].source, NULL) == result, row(i));
		CHECK(config->broken == (result == -EIO), row(i));
		ipmasq_config_free(config);
	}
}

static void test_inputs(void)
{
	const struct ipmasq_source *good = DATA_SOURCE("data", text, sizeof(text) - 1);
	struct ipmasq_config *config = NULL;
	struct ipmasq_input *input = NULL;

	CHECK(ipmasq_input_new(NULL, NULL) == -EINVAL, "input");
	ipmasq_input_free(NULL);
	CHECK(ipmasq_input_load(NULL, good, 0, NULL) == -EINVAL, "input");
	CHECK(ipmasq_input_count(NULL) == 0, "input");
	CHECK(!ipmasq_input_file(NULL, 0), "input");
	if (!CHECK(ipmasq_input_new(NULL, &input) == 0, "input") ||
	    !CHECK(ipmasq_config_new(NULL, &config) == 0, "config"))
		return;
	CHECK(ipmasq_input_load(input, good, 0, NULL) == 0, "good");
	CHECK(ipmasq_input_load(input, NULL, 0, NULL) == -EINVAL, "no source");
	for (size_t i = 0; i < ARRAY_SIZE(around); i++)
		if ((unsigned int)around[i] & ~(IPMASQ_INPUT_FOUND | IPMASQ_INPUT_VALUE))
			CHECK(ipmasq_input_load(input, good, (unsigned int)around[i], NULL) ==
				      -EINVAL,
			      "no such flag");
	CHECK(ipmasq_input_count(input) == 1, "nothing changed");
	CHECK(!ipmasq_input_file(input, 0), "no other file");
	CHECK(ipmasq_config_load_input(config, input, 0, NULL) == 0, "the first");
	CHECK(ipmasq_config_load_input(config, input, 1, NULL) == -ERANGE, "past the last");
	CHECK(ipmasq_config_load_input(config, input, SIZE_MAX, NULL) == -ERANGE,
	      "far past the last");
	for (size_t i = 0; i < ARRAY_SIZE(sources); i++)
		CHECK(ipmasq_input_load(input, &sources[i].source, 0, NULL) == sources[i].result,
		      row(i));
	ipmasq_config_free(config);
	ipmasq_input_free(input);
}

int main(void)
{
	static const struct unit_test tests[] = {
		{ "hosts", test_hosts },	   { "options", test_options },
		{ "configurations", test_config }, { "sources", test_sources },
		{ "inputs", test_inputs },
	};

	return unit_main("arguments of hosts, options, configurations and inputs", tests,
			 ARRAY_SIZE(tests));
}
