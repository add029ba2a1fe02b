/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the policy of a network, and says where in the network configuration it is wrong. */
#include "cni/policy.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* More help nobody. */
#define ERRORS_MAX 20

/* What findings call the text inside the network configuration. */
static const char inside[] = "policy";

/*
 * Where in the network configuration a place in the text of alone() is. There each byte outside of
 * the policy is a column.
 */
static size_t offset_of(const struct netconf *conf, const struct ipmasq_place *place)
{
	unsigned int line = 1, column = 1;
	size_t i;

	for (i = 0; i < conf->size &&
		    (line < place->line || (line == place->line && column < place->column));
	     i++) {
		bool outside = i < conf->policy.start || i >= conf->policy.end;

		if (conf->text[i] == '\n') {
			line++;
			column = 1;
		} else if (outside || ((unsigned char)conf->text[i + 1] & 0xc0) != 0x80) {
			column++;
		}
	}
	return i;
}

/* Where a finding is: a path of keys, line and column in the network configuration; in a file of
 * its own as compilers have it. The text is the caller's. */
static char *place_of(const struct netconf *conf, const struct ipmasq_finding *finding)
{
	unsigned int line, column;
	char *path, *text;
	size_t offset;
	int r;

	if (!finding->place.file)
		return strdup("");
	if (strcmp(finding->place.file, inside) != 0) {
		r = finding->place.line ? asprintf(&text, "%s:%u:%u: ", finding->place.file,
						   finding->place.line, finding->place.column)
					: asprintf(&text, "%s: ", finding->place.file);
		return r < 0 ? NULL : text;
	}
	offset = offset_of(conf, &finding->place);
	json_count(conf->text, offset, &line, &column);
	path = json_path(conf->text, conf->size, offset);
	r = path ? asprintf(&text, "line %u, column %u: %s: ", line, column, path) : -1;
	free(path);
	return r < 0 ? NULL : text;
}

static char *words_of(const struct netconf *conf, const struct ipmasq_finding *finding)
{
	char *place = place_of(conf, finding), *text;
	int r;

	if (!place)
		return NULL;
	r = asprintf(&text, "%s%s%s%s [%s]", place, finding->message,
		     finding->suggestion ? "; write instead: " : "",
		     finding->suggestion ? finding->suggestion : "", finding->code);
	free(place);
	return r < 0 ? NULL : text;
}

int policy_fail(const struct netconf *conf, const struct ipmasq_diags *diags, enum cni_code code,
		struct cni_error *error)
{
	struct ipmasq_finding finding;
	size_t errors = 0;

	for (size_t i = 0; ipmasq_diags_get(diags, i, &finding, sizeof(finding)) == 0; i++) {
		char *words;

		if (finding.severity != IPMASQ_ERROR || errors++ >= ERRORS_MAX)
			continue;
		words = words_of(conf, &finding);
		if (!words)
			return cni_no_memory(error);
		if (errors == 1)
			cni_fail(error, code, "network %s: %s", conf->name, words);
		else
			cni_detail(error, "%s", words);
		free(words);
	}
	if (errors > ERRORS_MAX)
		cni_detail(error, "and %zu more",
			   errors - ERRORS_MAX + ipmasq_diags_dropped(diags));
	return errors ? -1 : cni_no_memory(error);
}

static void warn(const struct netconf *conf, const struct ipmasq_diags *diags)
{
	struct ipmasq_finding finding;

	for (size_t i = 0; ipmasq_diags_get(diags, i, &finding, sizeof(finding)) == 0; i++) {
		char *words = i < ERRORS_MAX ? words_of(conf, &finding) : NULL;

		if (words)
			netconf_note(conf, "%s: %s", ipmasq_severity_name(finding.severity), words);
		free(words);
	}
}

/*
 * The policy in a text of the same size, with nothing but blanks around it: so places in it are
 * those in the network configuration.
 */
static char *alone(const struct netconf *conf)
{
	char *text = malloc(conf->size + 1);

	if (!text)
		return NULL;
	for (size_t i = 0; i < conf->size; i++)
		text[i] = conf->text[i] == '\n' ? '\n' : ' ';
	memcpy(text + conf->policy.start, conf->text + conf->policy.start,
	       conf->policy.end - conf->policy.start);
	text[conf->size] = '\0';
	return text;
}

static int load_inside(const struct netconf *conf, const struct ipmasq_options *options,
		       struct ipmasq_config *config, struct ipmasq_diags *diags)
{
	struct ipmasq_source source = { .kind = IPMASQ_SOURCE_DATA, .name = inside };
	struct ipmasq_input *input = NULL;
	char *text = alone(conf);
	int r = text ? ipmasq_input_new(options, &input) : -ENOMEM;

	source.data = text;
	source.size = conf->size;
	if (r == 0)
		r = ipmasq_input_load(input, &source, IPMASQ_INPUT_VALUE, diags);
	for (size_t i = 0; r == 0 && i < ipmasq_input_count(input); i++)
		r = ipmasq_config_load_input(config, input, i, diags);
	ipmasq_input_free(input);
	free(text);
	return r;
}

static int load(const struct netconf *conf, const struct ipmasq_options *options,
		struct ipmasq_config *config, struct ipmasq_diags *diags)
{
	const struct ipmasq_source file = { .name = conf->policy_file };

	if (conf->policy.end > conf->policy.start)
		return load_inside(conf, options, config, diags);
	return conf->policy_file ? ipmasq_config_load(config, &file, diags) : 0;
}

static int set_options(const struct netconf *conf, struct ipmasq_options *options,
		       struct ipmasq_diags *diags, struct cni_error *error)
{
	struct ipmasq_finding finding;
	int r = conf->profile ? ipmasq_options_set_profile(options, conf->profile, diags) : 0;

	if (r == -EINVAL && ipmasq_diags_get(diags, 0, &finding, sizeof(finding)) == 0)
		return netconf_fail(conf, error, CNI_CONFIG, netconf_place(conf, "profile").start,
				    "profile: %s", finding.message);
	if (r == 0 && conf->ipv6 != IPMASQ_AUTO)
		r = ipmasq_options_set_mode(options, IPMASQ_FEATURE_IPV6, conf->ipv6);
	return r == 0 ? 0 : cni_no_memory(error);
}

/* The plugin looks up no names: a runtime waits for it, and the answer would be that of one moment.
 */
static int refuse_hosts(const struct netconf *conf, const struct ipmasq_config *config,
			struct cni_error *error)
{
	const char *host = ipmasq_config_host(config, 0);

	if (!host)
		return 0;
	return cni_fail(error, CNI_CONFIG,
			"network %s: the policy has the host name \"%s\"; write its addresses",
			conf->name, host);
}

static int make(const struct netconf *conf, struct ipmasq_options *options,
		struct ipmasq_diags *diags, struct ipmasq_policy **policy, struct cni_error *error)
{
	struct ipmasq_config *config = NULL;
	int r;

	if (set_options(conf, options, diags, error) < 0)
		return -1;
	r = ipmasq_config_new(options, &config);
	if (r == 0)
		r = load(conf, options, config, diags);
	if (r == 0 && refuse_hosts(conf, config, error) < 0) {
		ipmasq_config_free(config);
		return -1;
	}
	if (r == 0)
		r = ipmasq_policy_new(config, options, diags, policy);
	ipmasq_config_free(config);
	if (r == -ENOMEM)
		return cni_no_memory(error);
	return r == 0 ? 0 : policy_fail(conf, diags, CNI_CONFIG, error);
}

int policy_read(const struct netconf *conf, struct ipmasq_policy **policy, struct cni_error *error)
{
	struct ipmasq_options *options = NULL;
	struct ipmasq_diags *diags = NULL;
	int r;

	if (ipmasq_options_new(&options) < 0 || ipmasq_diags_new(&diags) < 0)
		r = cni_no_memory(error);
	else
		r = make(conf, options, diags, policy, error);
	if (r == 0)
		warn(conf, diags);
	ipmasq_diags_free(diags);
	ipmasq_options_free(options);
	return r;
}
