/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Calls the functions about pods, as a CNI plugin would.
 *
 *     pods_call [OPTION...] add|check NETWORK ID IFNAME CONFIG ADDRESS...
 *     pods_call [OPTION...] del NETWORK ID IFNAME
 *     pods_call [OPTION...] gc NETWORK [ID/IFNAME...]
 *     pods_call [OPTION...] list
 *     pods_call [OPTION...] fill NETWORK CONFIG FIRST-ADDRESS COUNT
 *
 * Options: -b BACKEND, -n NETNS, -w SECONDS, -c CHAIN, -6 on|off, -r on|off (--random-fully), -p
 * DIRECTORY of the programs.
 * `fill' adds COUNT pods one after the other, called p0, p1 and so on, and prints the median, the
 * 95th percentile and the maximum of what the last 50 took, in microseconds.
 *
 * Prints the state of each family and what was found or done. Exit status: 0 fine, 1 drift, 2
 * usage, 3 the configuration was rejected, 4 an error, which is printed by name.
 */
#include <ipmasq.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define ADDRESSES_MAX 16
#define TIMED	      50

struct call {
	struct ipmasq_node *node;
	struct ipmasq_options *options;
	struct ipmasq_policy *policy;
	struct ipmasq_report *report;
	struct ipmasq_diags *diags;
	const char *chain;
	struct ipmasq_pod_address addresses[ADDRESSES_MAX];
};

static int usage(void)
{
	fputs("usage: see the head of pods_call.c\n", stderr);
	return 2;
}

static void print_diags(const struct call *call)
{
	char *text = NULL;

	if (ipmasq_diags_count(call->diags) > 0 &&
	    ipmasq_diags_format(call->diags, IPMASQ_ALL, false, &text) == 0)
		fputs(text, stderr);
	free(text);
}

static bool print_family(const struct call *call, enum ipmasq_family family)
{
	struct ipmasq_result result;
	struct ipmasq_line line;

	if (ipmasq_report_result(call->report, family, &result, sizeof(result)) < 0)
		return false;
	printf("IPv%d: %s (%s)\n", family, ipmasq_state_name(result.state),
	       ipmasq_backend_name(result.backend));
	for (size_t i = 0; i < result.lines; i++)
		if (ipmasq_report_line(call->report, family, i, &line, sizeof(line)) == 0)
			printf("IPv%d: %s\n", family, line.text);
	return result.state == IPMASQ_STATE_DRIFT;
}

/* The name, which the C library of other systems does not tell. */
static void print_error(int error)
{
	static const struct {
		int error;
		const char *name;
	} names[] = {
		{ EBUSY, "EBUSY" }, { EEXIST, "EEXIST" }, { EINVAL, "EINVAL" },
		{ EPERM, "EPERM" }, { EPROTO, "EPROTO" },
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (names[i].error == error) {
			printf("error: %s\n", names[i].name);
			return;
		}
	printf("error: %s\n", strerror(error));
}

static int end(const struct call *call, int r)
{
	bool drift = print_family(call, IPMASQ_IPV4);

	drift |= print_family(call, IPMASQ_IPV6);
	print_diags(call);
	if (r < 0)
		print_error(-r);
	return r < 0 ? 4 : drift;
}

static int read_policy(struct call *call, const char *path)
{
	const struct ipmasq_source source = { .name = path };
	struct ipmasq_config *config = NULL;
	int r = ipmasq_config_new(call->options, &config);

	if (r == 0)
		r = ipmasq_config_load(config, &source, call->diags);
	if (r == 0)
		r = ipmasq_policy_new(config, call->options, call->diags, &call->policy);
	ipmasq_config_free(config);
	if (r < 0)
		print_diags(call);
	return r;
}

static int read_pod(struct call *call, char **args, int count, struct ipmasq_pod *pod)
{
	if (count > ADDRESSES_MAX)
		return -1;
	pod->addresses = call->addresses;
	for (int i = 0; i < count; i++)
		if (ipmasq_parse_address(args[i], &call->addresses[i].family,
					 call->addresses[i].bytes) < 0)
			return -1;
	pod->address_count = (size_t)count;
	return 0;
}

static int do_add(struct call *call, char **args, int count)
{
	bool check = strcmp(args[0], "check") == 0;
	struct ipmasq_pod pod = { .addresses = NULL };

	if (count < 5 || read_pod(call, args + 5, count - 5, &pod) < 0)
		return usage();
	pod.network = args[1];
	pod.id = args[2];
	pod.ifname = args[3];
	if (read_policy(call, args[4]) < 0)
		return 3;
	return end(call, (check ? ipmasq_pods_check : ipmasq_pods_add)(call->node, call->chain,
								       &pod, call->policy,
								       call->report, call->diags));
}

static int do_del(struct call *call, char **args, int count)
{
	struct ipmasq_pod pod = { .addresses = NULL };

	if (count != 4)
		return usage();
	pod.network = args[1];
	pod.id = args[2];
	pod.ifname = args[3];
	return end(call, ipmasq_pods_del(call->node, call->chain, &pod, call->report, call->diags));
}

static int do_gc(struct call *call, char **args, int count)
{
	struct ipmasq_pod *valid;
	size_t left = 0;
	int r;

	if (count < 2)
		return usage();
	valid = calloc((size_t)count, sizeof(*valid));
	if (!valid)
		return 4;
	for (int i = 2; i < count; i++) {
		char *slash = strchr(args[i], '/');

		if (!slash)
			continue;
		*slash = '\0';
		valid[left].id = args[i];
		valid[left++].ifname = slash + 1;
	}
	r = end(call, ipmasq_pods_gc(call->node, call->chain, args[1], valid, left, call->report,
				     call->diags));
	free(valid);
	return r;
}

static int do_list(struct call *call, char **args, int count)
{
	struct ipmasq_pods *pods = NULL;
	int r = ipmasq_pods_list(call->node, call->chain, call->diags, &pods);

	(void)args;
	(void)count;
	for (size_t i = 0; r == 0 && i < ipmasq_pods_count(pods); i++) {
		struct ipmasq_pod_details details;

		if (ipmasq_pods_get(pods, i, &details, sizeof(details)) < 0)
			break;
		printf("%s %s %s %s", ipmasq_backend_name(details.backend), details.pod.network,
		       details.pod.id, details.pod.ifname);
		for (size_t j = 0; j < details.pod.address_count; j++) {
			const struct ipmasq_pod_address *at = &details.pod.addresses[j];
			char text[IPMASQ_TEXT_MAX];

			printf(" %s", ipmasq_format_range(at->family, at->bytes, at->bytes, text));
		}
		putchar('\n');
	}
	ipmasq_pods_free(pods);
	print_diags(call);
	if (r < 0)
		print_error(-r);
	return r < 0 ? 4 : 0;
}

static long now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static int compare(const void *a, const void *b)
{
	long first = *(const long *)a;
	long second = *(const long *)b;

	return (first > second) - (first < second);
}

/* The last bytes of the address are the number of the pod. */
static void next_address(struct ipmasq_pod_address *address)
{
	for (int i = address->family == IPMASQ_IPV6 ? 15 : 3; i >= 0 && ++address->bytes[i] == 0;
	     i--)
		continue;
}

static int do_fill(struct call *call, char **args, int count)
{
	struct ipmasq_pod pod = { .addresses = NULL };
	long took[TIMED] = { 0 };
	size_t pods;
	int r = 0;

	if (count != 5 || read_pod(call, args + 3, 1, &pod) < 0)
		return usage();
	pods = strtoul(args[4], NULL, 10);
	if (read_policy(call, args[2]) < 0)
		return 3;
	for (size_t i = 0; i < pods && r == 0; i++, next_address(call->addresses)) {
		char id[32];
		long begin = now_us();

		snprintf(id, sizeof(id), "p%zu", i);
		pod.network = args[1];
		pod.id = id;
		pod.ifname = "eth0";
		r = ipmasq_pods_add(call->node, call->chain, &pod, call->policy, call->report,
				    call->diags);
		took[i % TIMED] = now_us() - begin;
	}
	if (r < 0)
		return end(call, r);
	qsort(took, TIMED, sizeof(*took), compare);
	printf("%ld %ld %ld\n", took[TIMED / 2], took[TIMED * 95 / 100], took[TIMED - 1]);
	return 0;
}

static int set_mode(struct call *call, enum ipmasq_feature feature, const char *text)
{
	return ipmasq_options_set_mode(call->options, feature,
				       strcmp(text, "on") == 0 ? IPMASQ_ON : IPMASQ_OFF);
}

static int set_backend(struct call *call, const char *name)
{
	for (int i = 0; ipmasq_backend_name((enum ipmasq_backend)i); i++)
		if (strcmp(ipmasq_backend_name((enum ipmasq_backend)i), name) == 0)
			return ipmasq_node_set_backend(call->node, (enum ipmasq_backend)i);
	return -EINVAL;
}

static int take_option(struct call *call, int option, const char *value)
{
	switch (option) {
	case 'b':
		return set_backend(call, value);
	case 'n':
		return ipmasq_node_set_path(call->node, IPMASQ_PATH_NETNS, value, call->diags);
	case 'p':
		return ipmasq_node_set_path(call->node, IPMASQ_PATH_PROGRAMS, value, call->diags);
	case 'w':
		return ipmasq_node_set_wait(call->node, (unsigned int)atoi(value));
	case 'c':
		call->chain = value;
		return 0;
	case '6':
		return set_mode(call, IPMASQ_FEATURE_IPV6, value);
	case 'r':
		return set_mode(call, IPMASQ_FEATURE_RANDOM_FULLY, value);
	default:
		return -EINVAL;
	}
}

static int run(struct call *call, int argc, char **argv)
{
	static const struct {
		const char *name;
		int (*run)(struct call *call, char **args, int count);
	} commands[] = {
		{ "add", do_add }, { "check", do_add }, { "del", do_del },
		{ "gc", do_gc },   { "list", do_list }, { "fill", do_fill },
	};
	int option;

	while ((option = getopt(argc, argv, "b:n:w:c:6:r:p:")) >= 0)
		if (take_option(call, option, optarg) < 0)
			return usage();
	for (size_t i = 0; optind < argc && i < sizeof(commands) / sizeof(*commands); i++)
		if (strcmp(argv[optind], commands[i].name) == 0)
			return commands[i].run(call, argv + optind, argc - optind);
	return usage();
}

int main(int argc, char **argv)
{
	struct call call = { .chain = NULL };
	int status = 4;

	if (ipmasq_node_new(&call.node) == 0 && ipmasq_options_new(&call.options) == 0 &&
	    ipmasq_report_new(&call.report) == 0 && ipmasq_diags_new(&call.diags) == 0)
		status = run(&call, argc, argv);
	ipmasq_policy_free(call.policy);
	ipmasq_report_free(call.report);
	ipmasq_diags_free(call.diags);
	ipmasq_options_free(call.options);
	ipmasq_node_free(call.node);
	return status;
}
