/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A chained CNI plugin: masquerades the traffic of a network's containers as a policy says, which
 * stands in the network configuration or in a file (ipmasq-cni(8)).
 *
 * The runtime says what to do in the environment, writes the configuration to standard input, and
 * reads the result, or the error, from standard output. Standard error is for people.
 */
#include <json-c/json.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cni/error.h"
#include "cni/netconf_read.h"
#include "cni/pods.h"
#include "cni/request.h"
#include "cni/result.h"

static int run_add(const struct netconf *conf, const struct cni_request *request,
		   struct cni_error *error)
{
	if (pods_add(conf, request, error) < 0)
		return -1;
	return result_print(conf, stdout, error);
}

/* The version that the runtime speaks is answered as it was asked, be it known here or not. */
static int run_version(const struct netconf *conf, const struct cni_request *request,
		       struct cni_error *error)
{
	const char *asked = conf->root ? netconf_string(conf, "cniVersion") : NULL;
	struct json_object *version;

	(void)request;
	version = json_object_new_string(asked ? asked : cni_version_names[CNI_VERSIONS - 1]);
	if (!version)
		return cni_no_memory(error);
	printf("{\"cniVersion\":%s,\"supportedVersions\":[",
	       json_object_to_json_string_ext(version, JSON_C_TO_STRING_PLAIN));
	for (int i = 0; i < CNI_VERSIONS; i++)
		printf("%s\"%s\"", i ? "," : "", cni_version_names[i]);
	puts("]}");
	json_object_put(version);
	if (fflush(stdout) != 0)
		return cni_fail(error, CNI_IO, "the versions cannot be written");
	return 0;
}

static const struct command {
	const char *name;
	/* CNI_NEEDS_*. */
	unsigned int needs;
	/* The first version that has it. */
	enum cni_version since;
	enum netconf_use use;
	int (*run)(const struct netconf *conf, const struct cni_request *request,
		   struct cni_error *error);
} commands[] = {
	{ "ADD", CNI_NEEDS_CONTAINER | CNI_NEEDS_NETNS | CNI_NEEDS_IFNAME, CNI_0_3_1, NETCONF_ALL,
	  run_add },
	{ "CHECK", CNI_NEEDS_CONTAINER | CNI_NEEDS_NETNS | CNI_NEEDS_IFNAME, CNI_0_4_0, NETCONF_ALL,
	  pods_check },
	{ "DEL", CNI_NEEDS_CONTAINER | CNI_NEEDS_IFNAME, CNI_0_3_1, NETCONF_NETWORK, pods_delete },
	{ "GC", 0, CNI_1_1_0, NETCONF_NETWORK, pods_collect },
	{ "STATUS", 0, CNI_1_1_0, NETCONF_ALL, pods_status },
	{ "VERSION", 0, CNI_0_3_1, NETCONF_VERSION, run_version },
};

static const struct command *find_command(struct cni_error *error)
{
	const char *name = getenv("CNI_COMMAND");

	for (size_t i = 0; name && i < sizeof(commands) / sizeof(commands[0]); i++) {
		if (strcmp(name, commands[i].name) == 0)
			return &commands[i];
	}
	if (name && *name)
		cni_fail(error, CNI_ENVIRONMENT,
			 "CNI_COMMAND is \"%s\"; it must be ADD, CHECK, DEL, GC, STATUS or VERSION",
			 name);
	else
		cni_fail(error, CNI_ENVIRONMENT,
			 "variables of the environment are missing or empty: CNI_COMMAND");
	return NULL;
}

static int obey(struct netconf *conf, struct cni_error *error)
{
	const struct command *command = find_command(error);
	struct cni_request request;
	size_t size;
	char *text;

	if (!command || cni_request_read(command->needs, &request, error) < 0 ||
	    cni_read_all(STDIN_FILENO, &text, &size, error) < 0 ||
	    netconf_read(conf, text, size, command->use, error) < 0)
		return -1;
	if (conf->version < command->since)
		return cni_fail(error, CNI_VERSION_UNKNOWN,
				"%s came with CNI %s, and cniVersion is %s", command->name,
				cni_version_names[command->since],
				cni_version_names[conf->version]);
	return command->run(conf, &request, error);
}

/* For people who start it by hand, as runtimes give no arguments. */
static int introduce(const char *argument)
{
	bool known = strcmp(argument, "--help") == 0 || strcmp(argument, "--version") == 0;
	FILE *to = known ? stdout : stderr;

	fprintf(to, "CNI plugin ipmasq %s, for CNI", ipmasq_version());
	for (int i = 0; i < CNI_VERSIONS; i++)
		fprintf(to, " %s", cni_version_names[i]);
	fputs("\nA container runtime starts it, as its network configuration says: "
	      "ipmasq-cni(8).\n",
	      to);
	return known && fflush(to) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

int main(int argc, char **argv)
{
	struct cni_error error = { 0 };
	struct netconf conf = { .notes = stderr, .version = CNI_VERSIONS - 1 };
	int status;

	if (argc > 1)
		return introduce(argv[1]);
	/* A runtime that does not wait for the answer must not end us before all is written. */
	signal(SIGPIPE, SIG_IGN);
	status = obey(&conf, &error) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
	if (status != EXIT_SUCCESS)
		cni_error_print(&error, cni_version_names[conf.version], stdout);
	netconf_free(&conf);
	cni_error_free(&error);
	return status;
}
