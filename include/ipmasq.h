/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libipmasq: which traffic of a node's pods takes the node's address (masquerade), and which keeps
 * the pod's.
 *
 * The short way is one call, from a file to the script for iptables-restore:
 *
 *     const struct ipmasq_source file = { .name = "/etc/config/ip-masq-agent" };
 *     struct ipmasq_diags *diags = NULL;
 *     char *text = NULL;
 *
 *     ipmasq_diags_new(&diags);
 *     if (ipmasq_compile(&file, IPMASQ_IPV4, NULL, diags, &text) == 0)
 *             use(text);    the script
 *     else if (ipmasq_diags_format(diags, IPMASQ_ALL, false, &text) == 0)
 *             report(text); what is wrong, with file, line and column
 *     free(text);
 *     ipmasq_diags_free(diags);
 *
 * Behind it are three steps, for programs that need more than the script:
 *
 *     parse      ipmasq_config_load()   what the user wrote
 *     validate   ipmasq_policy_new()    what it means: for every address, the entry that decides
 *     compile    ipmasq_ruleset_new(), then ipmasq_ruleset_prove() and ipmasq_ruleset_script()
 *
 * Each object is made from the one before it:
 *
 *     options -> config -> policy -> partition     who decides, for every address
 *                                 -> text          the same for the agent of another profile
 *                                 -> ruleset       the same in iptables rules, proved
 *                                 -> node          and in a kernel
 *     dump of a node -> nat         what everybody's rules do there, and whether that is the policy
 *     node, policy, pod             the rules of a CNI plugin: a policy per network, for its pods
 *
 * Conventions, without exception:
 *
 *  - Functions that can fail return 0 or a negative errno. The codes of each are listed; there are
 *    no others. Every one of them may return -ENOMEM. What was asked for is written to the last
 *    parameter, on success only.
 *  - What went wrong is said in words to a `struct ipmasq_diags`, which may be NULL where nobody
 *    reads it.
 *  - An enum, flag or family that is none of those listed here, and NULL where the description does
 *    not allow it, are refused: functions that return 0 or a negative errno return -EINVAL, which
 *    is not listed again, and change nothing; counts and enums are 0, pointers NULL, and the
 *    `_name()` of an unknown value is NULL.
 *  - An index past the last gives -ERANGE, or NULL where a pointer is returned.
 *  - A function with a parameter `size` after a struct fills that struct. @size is the size of the
 *    caller's struct, `sizeof(*it)`: later versions of the library may add members at its end.
 *  - `_free(NULL)` is allowed. A `const char *` that is returned belongs to the object it was asked
 *    of and lives as long; a `char *` belongs to the caller, who hands it to free(3).
 *  - Addresses are bytes in network order, 4 for IPv4 and 16 for IPv6, as in `struct in_addr` and
 *    `struct in6_addr`.
 *  - The library has no global state, reads no environment variable, prints nothing and never ends
 *    the process. An object that is const here may be read by several threads at once.
 *  - Everything is there since 0.1.0, unless "Since" says otherwise.
 */
#ifndef IPMASQ_H
#define IPMASQ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct ipmasq_diags;
struct ipmasq_hosts;
struct ipmasq_options;
struct ipmasq_config;
struct ipmasq_input;
struct ipmasq_policy;
struct ipmasq_entry;
struct ipmasq_partition;
struct ipmasq_diff;
struct ipmasq_ruleset;
struct ipmasq_nat;
struct ipmasq_answer;
struct ipmasq_flow_list;
struct ipmasq_overrides;
struct ipmasq_node;
struct ipmasq_report;
struct ipmasq_pods;

/* The short way */

enum ipmasq_family {
	IPMASQ_IPV4 = 4,
	IPMASQ_IPV6 = 6,
};

enum ipmasq_source_kind {
	/** The file called name; a directory where the function takes one. */
	IPMASQ_SOURCE_PATH,
	/** The open descriptor fd: read to its end, and not closed. */
	IPMASQ_SOURCE_FD,
	/** The size bytes at data, which are copied. */
	IPMASQ_SOURCE_DATA,
};

/** `{ .name = path }` is a file. The members of other kinds are not looked at. */
struct ipmasq_source {
	enum ipmasq_source_kind kind;
	/** The path, or what findings call the other kinds. Must not be NULL. */
	const char *name;
	int fd;
	const void *data;
	size_t size;
};

/**
 * Makes the script for `iptables-restore --noflush` (`ip6tables-restore` for IPv6) from a
 * configuration: ipmasq_ruleset_script() says what is in it. It is proved to be the configuration
 * before it is returned. Where IPv6 is off (the profile or the options say so) the script for it is
 * empty. Host names, which some profiles take, need ipmasq_options_set_hosts().
 *
 * @options  NULL for the defaults
 * @diags    gets every error and warning; may be NULL
 *
 * Errors: -EINVAL the configuration is rejected; -ENOENT, -EFBIG, -EACCES, -EIO as of
 * ipmasq_config_load(); -EOPNOTSUPP the agent of the profile has no chain; -EDOM the script could
 * not be proved: a defect of the library.
 */
int ipmasq_compile(const struct ipmasq_source *source, enum ipmasq_family family,
		   const struct ipmasq_options *options, struct ipmasq_diags *diags, char **script);

/** The version of the library in use, such as "0.1.0". */
const char *ipmasq_version(void);

/* Addresses and CIDRs */

/** Room for any address, CIDR or range as text, the final NUL included. */
#define IPMASQ_TEXT_MAX 96

/**
 * Reads an address. Accepted is what inet_pton(3) accepts, and no IPv4-mapped IPv6 address: on a
 * node such a packet is an IPv4 packet.
 *
 * @text     NUL-terminated
 * @family   where the family goes
 * @address  where 4 or 16 bytes go
 *
 * Errors: -EINVAL it is not an address.
 */
int ipmasq_parse_address(const char *text, enum ipmasq_family *family, uint8_t address[16]);

/**
 * Reads a CIDR with the rules of the configuration file: an address, a slash, a prefix length in
 * decimal digits, and no host bits set.
 *
 * @text    NUL-terminated
 * @diags   gets one error that says what to write instead; may be NULL
 * @family  where the family goes
 * @first   where the lowest address goes, 4 or 16 bytes
 * @last    where the highest address goes
 *
 * Errors: -EINVAL it is not a CIDR.
 */
int ipmasq_parse_cidr(const char *text, struct ipmasq_diags *diags, enum ipmasq_family *family,
		      uint8_t first[16], uint8_t last[16]);

/**
 * Writes a range of addresses: as a CIDR where it is one (a single address without its length),
 * else as "FIRST-LAST". IPv6 is written as RFC 5952 wants it. Returns @text.
 */
const char *ipmasq_format_range(enum ipmasq_family family, const uint8_t *first,
				const uint8_t *last, char text[IPMASQ_TEXT_MAX]);

/** How many addresses a range has, in decimal digits: up to 2^128. Returns @text. */
const char *ipmasq_range_size(enum ipmasq_family family, const uint8_t *first, const uint8_t *last,
			      char text[IPMASQ_TEXT_MAX]);

/* Findings */

enum ipmasq_severity {
	IPMASQ_NOTE = 1,
	IPMASQ_WARNING = 2,
	IPMASQ_ERROR = 3,
};

/** "note", "warning" or "error". */
const char *ipmasq_severity_name(enum ipmasq_severity severity);

/** A place in a file. This struct never grows. */
struct ipmasq_place {
	/** The name as it was given. NULL: nowhere in a file. */
	const char *file;
	/** Counted from 1. 0, as are the columns then: the file as a whole. */
	unsigned int line;
	/** Counted from 1, in characters (code points). */
	unsigned int column;
	/** The column after the last character concerned; never less than the column. */
	unsigned int end_column;
};

/** One finding. Its texts belong to the list. */
struct ipmasq_finding {
	enum ipmasq_severity severity;
	/** A stable name such as "host-bits". */
	const char *code;
	/** What is wrong, one sentence without a full stop. */
	const char *message;
	/** What to write at that place instead, as far as can be said; else NULL. */
	const char *suggestion;
	struct ipmasq_place place;
	/**
	 * The text that fixes the finding for certain when it is written in place of @edit_length
	 * bytes at @edit_offset of the file; NULL where there is none. Offsets are in bytes from 0,
	 * without a byte-order mark at the file's head.
	 */
	const char *edit;
	size_t edit_offset;
	size_t edit_length;
	/**
	 * The text of the file as it was read, without such a mark; not NUL-terminated, and empty
	 * where the file could not be read. NULL where the finding has no place in a file.
	 */
	const char *text;
	size_t text_size;
	/** Where in it the finding begins. */
	size_t text_offset;
};

/** Makes an empty list of findings. */
int ipmasq_diags_new(struct ipmasq_diags **diags);
void ipmasq_diags_free(struct ipmasq_diags *diags);

/** How many findings the list holds. */
size_t ipmasq_diags_count(const struct ipmasq_diags *diags);

/**
 * How many findings came after the list was full. A list holds 1,000, so that a file with a million
 * bad lines costs no more than one with a thousand.
 */
size_t ipmasq_diags_dropped(const struct ipmasq_diags *diags);

/** The worst severity among all findings, dropped ones included; 0 when there are none. */
int ipmasq_diags_worst(const struct ipmasq_diags *diags);

/**
 * Reads finding number @index, counted from 0, in the order of their discovery. -ERANGE past the
 * last.
 */
int ipmasq_diags_get(const struct ipmasq_diags *diags, size_t index, struct ipmasq_finding *finding,
		     size_t size);

/** In place of an index: all. */
#define IPMASQ_ALL ((size_t)-1)

/**
 * A finding as people read it: "file:line:column: severity: message [code]", the line of the file
 * with a caret under the place, and the suggestion; each line ends in a newline.
 *
 * @index   of the finding; IPMASQ_ALL for all of them, one after the other
 * @colour  whether to use terminal colours
 */
int ipmasq_diags_format(const struct ipmasq_diags *diags, size_t index, bool colour, char **text);

/**
 * To be called once after the last finding was added: takes out what comments in the files that
 * were read say to leave out (`# ipmasq-lint: ignore=CODE[,CODE...] REASON` on the finding's line,
 * or alone on the line above), unless it is an error; adds findings about such comments that are
 * not understood or of no use; and sorts by file, line and column.
 */
int ipmasq_diags_settle(struct ipmasq_diags *diags);

/* Checks: everything that can be found in a configuration */

/** A kind of finding. Belongs to the library, and is there as long as that is. */
struct ipmasq_check {
	/** The code of its findings. */
	const char *code;
	/** How severe they usually are; where it depends, the message says why. */
	enum ipmasq_severity severity;
	/** What it finds: one line without a full stop. */
	const char *summary;
	/**
	 * Why it matters, in lines that end in a newline, and then a bad example and a fixed one,
	 * each indented by four below a line "Bad:" or "Fixed:".
	 */
	const char *help;
};

/** Check number @index, counted from 0; NULL past the last. */
const struct ipmasq_check *ipmasq_check_get(size_t index);
/** The check whose findings have this code, or NULL. */
const struct ipmasq_check *ipmasq_check_find(const char *code);

/* Options: what does not stand in the configuration */

/** Options as the command-line tools have them when none is given. */
int ipmasq_options_new(struct ipmasq_options **options);
void ipmasq_options_free(struct ipmasq_options *options);

/** The name of profile number @index, counted from 0; NULL past the last. */
const char *ipmasq_profile_name(size_t index);

/** What the agent of a profile is like as a whole. The texts belong to the library. */
struct ipmasq_profile_details {
	const char *name;
	/** The chain that holds its rules; NULL: it does not use iptables. A policy under this
	 * profile can be asked, compared and checked, but not compiled or applied. */
	const char *chain;
	/** It reads several files, of one ConfigMap or more, as one configuration. */
	bool merges;
};

/** Reads profile number @index, counted from 0. -ERANGE past the last. */
int ipmasq_profile_info(size_t index, struct ipmasq_profile_details *info, size_t size);

/**
 * Whose defaults apply: "default", "cce", "kubernetes", "gke", "tke", "aks" or "cilium"
 * (ipmasq.conf(5)).
 *
 * Errors: -EINVAL no such profile.
 */
int ipmasq_options_set_profile(struct ipmasq_options *options, const char *name,
			       struct ipmasq_diags *diags);

/**
 * The chain that holds the rules, in place of the profile's: 1 to 28 bytes, no blanks or control
 * characters, not starting with '-' or '!', and not the name of a built-in chain or target.
 *
 * Errors: -EINVAL not such a name.
 */
int ipmasq_options_set_chain(struct ipmasq_options *options, const char *name,
			     struct ipmasq_diags *diags);

/**
 * The source ports that masqueraded TCP, UDP and SCTP flows take: "A-B[,C-D...]", each 1 to 65535,
 * no overlaps, at most 64 ranges. Every port is equally likely. NULL: the kernel chooses, which is
 * also the default.
 *
 * Errors: -EINVAL not such a list.
 */
int ipmasq_options_set_to_ports(struct ipmasq_options *options, const char *ports,
				struct ipmasq_diags *diags);

enum ipmasq_feature {
	/** Whether there are rules for IPv6; auto: where the node can. Default: the profile's. */
	IPMASQ_FEATURE_IPV6,
	/**
	 * Whether MASQUERADE picks source ports at random (--random-fully); auto: unless
	 * ipmasq_ruleset_new() is told that the node cannot. Default: the profile's.
	 */
	IPMASQ_FEATURE_RANDOM_FULLY,
	/** Whether the default list of nonMasqueradeCIDRs also has the ranges that RFCs reserve.
	 * Auto, the default: it does not. */
	IPMASQ_FEATURE_RESERVED_RANGES,
};

enum ipmasq_mode {
	IPMASQ_AUTO,
	IPMASQ_ON,
	IPMASQ_OFF,
};

/** Turns a feature on or off, or leaves it to the node. */
int ipmasq_options_set_mode(struct ipmasq_options *options, enum ipmasq_feature feature,
			    enum ipmasq_mode mode);

enum ipmasq_layout {
	/** Linear for a dozen entries, with nftables for 8; else a tree, with nftables maps. */
	IPMASQ_LAYOUT_AUTO,
	/** One rule per entry, in decision order. */
	IPMASQ_LAYOUT_LINEAR,
	/** A tree of chains: a new flow meets about log(n) rules. For nftables it is as auto. */
	IPMASQ_LAYOUT_TREE,
	/**
	 * Verdict maps of nftables and short chains: a new flow meets at most 4 maps, of IPv6 5,
	 * and behind them at most 8 rules, or 16 where it met as many maps. For iptables it is as
	 * auto.
	 */
	IPMASQ_LAYOUT_MAPS,
};

/** "auto", "linear", "tree" or "maps". */
const char *ipmasq_layout_name(enum ipmasq_layout layout);

/** How rules are laid out in chains; auto is the default. */
int ipmasq_options_set_layout(struct ipmasq_options *options, enum ipmasq_layout layout);

enum ipmasq_cluster_cidr {
	IPMASQ_POD_CIDR,
	IPMASQ_NODE_CIDR,
	IPMASQ_SERVICE_CIDR,
};

/**
 * Adds a range of the cluster, for ipmasq_policy_lint() to look at: traffic to pods, nodes or
 * services that is masqueraded is reported. Nothing else looks at it.
 *
 * Errors: -EINVAL not a CIDR.
 */
int ipmasq_options_add_cidr(struct ipmasq_options *options, enum ipmasq_cluster_cidr which,
			    const char *cidr, struct ipmasq_diags *diags);

enum ipmasq_pattern {
	/** The ConfigMaps of a manifest, in place of those whose names contain "ip-masq". */
	IPMASQ_CONFIGMAP_PATTERN,
	/** Their data keys, in place of "config" and "ip-masq*". */
	IPMASQ_KEY_PATTERN,
};

/**
 * Adds a name to those that tell which parts of a manifest hold configurations.
 *
 * @pattern  the name, or a pattern as of fnmatch(3); copied
 */
int ipmasq_options_add_pattern(struct ipmasq_options *options, enum ipmasq_pattern which,
			       const char *pattern);

/* Configuration: what the user wrote */

/**
 * Makes an empty configuration, which means: all defaults.
 *
 * @options  NULL for the defaults; only the profile and the patterns count here, and are not
 *           looked at again after the call
 */
int ipmasq_config_new(const struct ipmasq_options *options, struct ipmasq_config **config);
void ipmasq_config_free(struct ipmasq_config *config);

/**
 * Reads one YAML or JSON file into the configuration; may be called again for further files, which
 * are united (ipmasq.conf(5), "Several inputs"). Bad input leaves the configuration unusable:
 * ipmasq_policy_new() refuses it.
 *
 * A file may also be a stream of Kubernetes manifests: every configuration in its ConfigMaps is
 * read as one file would be, and its places are those in the manifest (ipmasq.conf(5),
 * "Manifests"). A manifest that holds none is rejected, but passed over in a directory that holds
 * one elsewhere.
 *
 * @source  of a directory, every file in it is read in the order of their names, without those
 *          that start with a dot and those the profile's agent would not read
 * @diags   gets every error, each with its place; may be NULL
 *
 * Errors: -EINVAL it was read and rejected; -EFBIG larger than 64 MiB; -ENOENT no such file, and
 * the configuration is as it was; -EACCES; -EIO any other trouble with reading.
 */
int ipmasq_config_load(struct ipmasq_config *config, const struct ipmasq_source *source,
		       struct ipmasq_diags *diags);

/**
 * The files that ipmasq_config_load() would read for a path, with a configuration of the same
 * options: the path itself, or the files of that directory, in the same order. A program can watch
 * these.
 *
 * @options  NULL for the defaults
 * @files    where the paths go, with NULL after the last: one block of memory, which the caller
 *           hands to free(3)
 *
 * Errors: -ENOENT there is nothing; -EACCES, -EIO as of ipmasq_config_load().
 */
int ipmasq_options_list_files(const struct ipmasq_options *options, const char *path,
			      char ***files);

enum ipmasq_list {
	IPMASQ_MASQUERADE_CIDRS,
	IPMASQ_NON_MASQUERADE_CIDRS,
	IPMASQ_NON_MASQUERADE_SRC_CIDRS,
	/** The sources that the policy is for; without an entry of a family, all of that family. */
	IPMASQ_POD_CIDRS,
};

/**
 * Adds one CIDR to a list, or a host name under a profile that takes them. It is checked as one in
 * a file is. A key that the profile's agent does not know is ignored, here and by the functions
 * below.
 *
 * Errors: -EINVAL not a CIDR; the configuration is as it was.
 */
int ipmasq_config_add_cidr(struct ipmasq_config *config, enum ipmasq_list list, const char *cidr,
			   struct ipmasq_diags *diags);

/** Makes a list given, even if it is empty: its default no longer applies. */
int ipmasq_config_set_list(struct ipmasq_config *config, enum ipmasq_list list);

enum ipmasq_switch {
	IPMASQ_MASQ_OUT_BOUND,
	IPMASQ_MASQ_OUT_BOUND_IPV6,
	IPMASQ_MASQ_LINK_LOCAL,
	IPMASQ_MASQ_LINK_LOCAL_IPV6,
};

/** Sets a switch. */
int ipmasq_config_set_bool(struct ipmasq_config *config, enum ipmasq_switch which, bool value);

/**
 * Sets resyncInterval.
 *
 * @duration  as in a file, "1m30s"
 *
 * Errors: -EINVAL not a duration.
 */
int ipmasq_config_set_resync(struct ipmasq_config *config, const char *duration,
			     struct ipmasq_diags *diags);

/** Sets cidrLimit. */
int ipmasq_config_set_cidr_limit(struct ipmasq_config *config, uint64_t limit);

/*
 * Hosts: the addresses of the host names in a configuration. Some profiles take such names; the
 * library never resolves them itself.
 */

/**
 * The host name number @index, counted from 0, that a program has to resolve before
 * ipmasq_policy_new(): each name in the lists once, in the order in which they were first read.
 * NULL past the last.
 */
const char *ipmasq_config_host(const struct ipmasq_config *config, size_t index);

/** Makes an empty set, in which no name is known. */
int ipmasq_hosts_new(struct ipmasq_hosts **hosts);
void ipmasq_hosts_free(struct ipmasq_hosts *hosts);

/**
 * Adds an address to a name. Names that differ in case or in a dot at the end are one; an address
 * that is there already changes nothing.
 *
 * @address  4 or 16 bytes
 *
 * Errors: -EINVAL not a host name, or the address is IPv4-mapped IPv6; -E2BIG the name has 8,192
 * addresses already.
 */
int ipmasq_hosts_add(struct ipmasq_hosts *hosts, const char *name, enum ipmasq_family family,
		     const void *address);

/**
 * Says why a name has no address, for the finding `host-name` of ipmasq_policy_new(). Has no effect
 * on a name that has one.
 *
 * @why  the end of a sentence, such as "Name or service not known"; copied
 *
 * Errors: -EINVAL not a host name.
 */
int ipmasq_hosts_fail(struct ipmasq_hosts *hosts, const char *name, const char *why);

/**
 * Adds what a file in the format of hosts(5) says. Lines whose address has a zone are passed over.
 *
 * @diags  gets every error, each with its place; may be NULL
 *
 * Errors: -EINVAL the file is not of that format, what was understood of it is added; -EFBIG,
 * -ENOENT, -EACCES, -EIO as of ipmasq_config_load().
 */
int ipmasq_hosts_load(struct ipmasq_hosts *hosts, const struct ipmasq_source *source,
		      struct ipmasq_diags *diags);

/** Name number @index of the set, counted from 0, as it was first written; NULL past the last. */
const char *ipmasq_hosts_name(const struct ipmasq_hosts *hosts, size_t index);

/**
 * Address number @index of a name, counted from 0: IPv4 before IPv6, each in ascending order.
 *
 * Errors: -ERANGE it has none of that number, or the name is not there.
 */
int ipmasq_hosts_address(const struct ipmasq_hosts *hosts, const char *name, size_t index,
			 enum ipmasq_family *family, uint8_t address[16]);

/**
 * The addresses for the policies made with these options. A policy has an entry for each address in
 * the place of the name; a name without an address is left out, with the warning `host-name`.
 *
 * @hosts  not copied: must live, and not change, while policies are made with these options; NULL,
 *         the default: no name is known
 */
int ipmasq_options_set_hosts(struct ipmasq_options *options, const struct ipmasq_hosts *hosts);

/*
 * Inputs: one file and the configurations in it, each to be looked at on its own, as a lint does.
 * What a node would unite is one configuration, such as the keys of one ConfigMap under the profile
 * "aks".
 */

/** Makes an empty input. @options as of ipmasq_config_new(). */
int ipmasq_input_new(const struct ipmasq_options *options, struct ipmasq_input **input);
void ipmasq_input_free(struct ipmasq_input *input);

/** Nobody named the file, it was found in a search: it may be anything. It counts as a
 * configuration only where it has one of our keys, and it is no error if it holds none. */
#define IPMASQ_INPUT_FOUND 0x1u

/** The file is the value of a data key, as a kustomization makes a ConfigMap of it: it is a
 * configuration, whatever is in it, and no manifest. */
#define IPMASQ_INPUT_VALUE 0x2u

/**
 * Reads a file in place of what the input held before, and looks for the configurations in it.
 *
 * @source  a directory is -EIO
 * @flags   IPMASQ_INPUT_FOUND and IPMASQ_INPUT_VALUE, or 0
 * @diags   gets what is wrong with the file as a whole, with manifests around configurations, and
 *          with templates; ipmasq_config_load_input() finds what is wrong in a configuration
 *
 * Errors: as of ipmasq_config_load(); the input is empty then.
 */
int ipmasq_input_load(struct ipmasq_input *input, const struct ipmasq_source *source,
		      unsigned int flags, struct ipmasq_diags *diags);

/** How many configurations the input holds. */
size_t ipmasq_input_count(const struct ipmasq_input *input);

/**
 * The path of file number @index, counted from 0, that was read besides the input itself, because a
 * kustomization makes a ConfigMap of it; NULL past the last. It belongs to the input. Files are
 * read only below the directory of a kustomization that is given by its path.
 */
const char *ipmasq_input_file(const struct ipmasq_input *input, size_t index);

/**
 * Reads configuration number @index of an input, counted from 0. Else as ipmasq_config_load().
 *
 * Errors: -EINVAL it was rejected; -ERANGE there is none of this number.
 */
int ipmasq_config_load_input(struct ipmasq_config *config, const struct ipmasq_input *input,
			     size_t index, struct ipmasq_diags *diags);

/* Policy: what it means */

enum ipmasq_verdict {
	/** Left alone here. Later rules of POSTROUTING may still rewrite the source. */
	IPMASQ_RETURN,
	/** Takes the node's address. */
	IPMASQ_MASQUERADE,
};

/** "RETURN" or "MASQUERADE". */
const char *ipmasq_verdict_name(enum ipmasq_verdict verdict);

/** The steps of the decision, in their order; the first that matches wins. */
enum ipmasq_origin {
	/** The source is none of podCIDRs, so the policy is not about the packet. */
	IPMASQ_ORIGIN_PODS,
	IPMASQ_ORIGIN_NON_MASQUERADE_SRC,
	IPMASQ_ORIGIN_MASQUERADE,
	IPMASQ_ORIGIN_LINK_LOCAL,
	IPMASQ_ORIGIN_NON_MASQUERADE,
	IPMASQ_ORIGIN_OUT_BOUND,
	IPMASQ_ORIGIN_OUT_BOUND_IPV6,
	/** Nothing matched: the packet leaves our chain at its end. */
	IPMASQ_ORIGIN_NONE,
};

/** "podCIDRs", "nonMasqueradeSrcCIDRs", "link-local", "none" and so on. */
const char *ipmasq_origin_name(enum ipmasq_origin origin);

/**
 * Works out what a configuration means. The policy does not need the configuration or the options
 * any more.
 *
 * @config   NULL for all defaults
 * @options  NULL for the defaults
 * @diags    gets every error and warning; may be NULL
 *
 * Errors: -EINVAL the configuration is rejected.
 */
int ipmasq_policy_new(const struct ipmasq_config *config, const struct ipmasq_options *options,
		      struct ipmasq_diags *diags, struct ipmasq_policy **policy);
void ipmasq_policy_free(struct ipmasq_policy *policy);

/** What is settled beside the entries. The texts belong to the policy. */
struct ipmasq_policy_details {
	/** The chain that holds the rules; empty where the profile's agent has none. */
	const char *chain;
	/** Whose defaults apply. */
	const char *profile;
	/** IPMASQ_ON, IPMASQ_OFF, or IPMASQ_AUTO for "where the node can". */
	enum ipmasq_mode ipv6;
	/** Nanoseconds between two looks at the node. */
	uint64_t resync_interval;
};

int ipmasq_policy_info(const struct ipmasq_policy *policy, struct ipmasq_policy_details *info,
		       size_t size);

/**
 * How many entries decide for a family, in decision order. The last one matches everything. Where
 * podCIDRs has entries of the family, the first matches the sources that are in none of them.
 */
size_t ipmasq_policy_entry_count(const struct ipmasq_policy *policy, enum ipmasq_family family);
/** Entry number @index, counted from 0, which lives as long as the policy; NULL past the last. */
const struct ipmasq_entry *ipmasq_policy_entry(const struct ipmasq_policy *policy,
					       enum ipmasq_family family, size_t index);

/** How many entries podCIDRs has of a family; 0: every source is the policy's. They decide nothing
 * by themselves, and so are not among the entries above. */
size_t ipmasq_policy_pod_count(const struct ipmasq_policy *policy, enum ipmasq_family family);
/** Entry number @index of podCIDRs, counted from 0, which lives as long as the policy; NULL past
 * the last. */
const struct ipmasq_entry *ipmasq_policy_pod(const struct ipmasq_policy *policy,
					     enum ipmasq_family family, size_t index);

/** What an entry says. The texts belong to its policy. */
struct ipmasq_entry_details {
	enum ipmasq_family family;
	/** IPMASQ_RETURN for entries of podCIDRs, as that is what all other sources get. */
	enum ipmasq_verdict verdict;
	enum ipmasq_origin origin;
	/**
	 * The addresses that it matches: sources for IPMASQ_ORIGIN_NON_MASQUERADE_SRC and
	 * IPMASQ_ORIGIN_PODS, else destinations. Of the entry that matches all sources outside of
	 * podCIDRs it is the whole space.
	 */
	uint8_t first[16];
	uint8_t last[16];
	/** These as a CIDR; empty for an entry that has none (outside of podCIDRs, outbound,
	 * none). */
	char cidr[IPMASQ_TEXT_MAX];
	/** The host name that stands in the configuration in place of the CIDR, which is one of its
	 * addresses; else NULL. */
	const char *host;
	/** Where it was written (outside of podCIDRs: that key); in no file when it is built in, or
	 * was added by a program. */
	struct ipmasq_place place;
};

int ipmasq_entry_info(const struct ipmasq_entry *entry, struct ipmasq_entry_details *info,
		      size_t size);

/** Only the verdict: the fast path. */
enum ipmasq_verdict ipmasq_entry_verdict(const struct ipmasq_entry *entry);

/** Why an address gets its verdict. The entries belong to the policy. */
struct ipmasq_decision {
	/** The one that decides. */
	const struct ipmasq_entry *entry;
	/** Those that match as well but come later, in decision order. */
	const struct ipmasq_entry *const *overrides;
	size_t override_count;
};

/**
 * Makes a decision: why an address gets its verdict.
 *
 * @address  the destination
 * @source   the sender's address, of the same family; NULL: some source of podCIDRs that
 *           nonMasqueradeSrcCIDRs does not name
 */
int ipmasq_policy_explain(const struct ipmasq_policy *policy, enum ipmasq_family family,
			  const void *address, const void *source,
			  struct ipmasq_decision **decision);
void ipmasq_decision_free(struct ipmasq_decision *decision);

/* Lint: what is legal, but probably not intended */

/**
 * Adds warnings and notes about a policy and the configuration it was made of, with the same
 * options: entries that have no effect, ranges that nobody can have meant, families that are
 * masqueraded altogether, and so on (ipmasq_check_get()). None of them makes the policy unusable.
 *
 * @options  NULL for the defaults
 * @diags    gets the findings; must not be NULL
 */
int ipmasq_policy_lint(const struct ipmasq_policy *policy, const struct ipmasq_config *config,
		       const struct ipmasq_options *options, struct ipmasq_diags *diags);

/**
 * Adds what a policy changes against another, as notes: one "verdict-change" for each difference of
 * ipmasq_diff_new(), at the place of the entry that decides in @after; and one "baseline" with the
 * numbers of addresses, unless nothing differs.
 */
int ipmasq_policy_compare(const struct ipmasq_policy *before, const struct ipmasq_policy *after,
			  struct ipmasq_diags *diags);

/* Partition: for every destination, the entry that decides */

/**
 * Cuts the address space of a family into ranges, each with the one entry that decides there for
 * sources of podCIDRs that nonMasqueradeSrcCIDRs does not name. The ranges are sorted and disjoint,
 * cover the whole space, and neighbours have different entries. The policy must live longer.
 */
int ipmasq_partition_new(const struct ipmasq_policy *policy, enum ipmasq_family family,
			 struct ipmasq_partition **partition);
void ipmasq_partition_free(struct ipmasq_partition *partition);

size_t ipmasq_partition_count(const struct ipmasq_partition *partition);

/**
 * Range number @index, counted from 0: its entry, and its first and last address where these are
 * not NULL. Returns NULL past the last range.
 */
const struct ipmasq_entry *ipmasq_partition_get(const struct ipmasq_partition *partition,
						size_t index, uint8_t first[16], uint8_t last[16]);

/** The number of the range that holds an address. Allocates nothing. */
size_t ipmasq_partition_find(const struct ipmasq_partition *partition, const void *address);

/** The entry that decides for an address: the fast path. Allocates nothing. */
const struct ipmasq_entry *ipmasq_partition_lookup(const struct ipmasq_partition *partition,
						   const void *address);

/* Diff: what another policy changes */

/** Addresses, one CIDR, whose verdict changes. The entries belong to the policies. */
struct ipmasq_difference {
	enum ipmasq_family family;
	/** The addresses are sources, which one policy returns whatever their destination. */
	bool sources;
	uint8_t first[16];
	uint8_t last[16];
	/** What it changes to. */
	enum ipmasq_verdict to;
	/** What decides for the first address; NULL for a source whose destinations decide. */
	const struct ipmasq_entry *before;
	const struct ipmasq_entry *after;
	/** How many parts it has, each with one entry before and one after. */
	size_t part_count;
};

/**
 * Compares two policies: the verdicts for destinations, and then the sources that are returned
 * whatever their destination, by nonMasqueradeSrcCIDRs or because podCIDRs does not have them; each
 * first in IPv4 and then in IPv6, unless that is off in both. Other entries with the same verdict
 * are no difference.
 *
 * What differs is written as the fewest CIDRs: those that change to MASQUERADE and those that
 * change to RETURN are each a shortest list, and together they are in ascending order. A source
 * that is returned from there on changes to RETURN; one that no longer is counts as changing to
 * MASQUERADE, though from there on its destinations decide.
 *
 * @before, @after  must live longer
 */
int ipmasq_diff_new(const struct ipmasq_policy *before, const struct ipmasq_policy *after,
		    struct ipmasq_diff **diff);
void ipmasq_diff_free(struct ipmasq_diff *diff);

/** How many CIDRs differ. */
size_t ipmasq_diff_count(const struct ipmasq_diff *diff);

/** Reads CIDR number @index, counted from 0. -ERANGE past the last. */
int ipmasq_diff_get(const struct ipmasq_diff *diff, size_t index,
		    struct ipmasq_difference *difference, size_t size);

/**
 * Reads part number @part of CIDR number @index, each counted from 0: a stretch in which either
 * policy has one entry. The parts follow one another without a gap. -ERANGE past the last.
 */
int ipmasq_diff_get_part(const struct ipmasq_diff *diff, size_t index, size_t part,
			 struct ipmasq_difference *difference, size_t size);

/** How many destinations or sources of a family change to a verdict, in decimal digits. Returns
 * @text. */
const char *ipmasq_diff_addresses(const struct ipmasq_diff *diff, enum ipmasq_family family,
				  bool sources, enum ipmasq_verdict to, char text[IPMASQ_TEXT_MAX]);

/* Convert: the policy in the words of another agent */

/**
 * Writes the configuration, as YAML, that means for the agent of another profile what the policy
 * means: each destination and each source of both families gets the same verdict. Of all
 * configurations that this agent understands so, and accepts, it is one with the fewest CIDRs;
 * masqueradeCIDRs and the switches are used where the agent knows them, and cidrLimit is written
 * where the agent would refuse the list without it. resyncInterval is kept. The text is read again
 * as that agent reads it, and is proved to mean the same, before it is returned. Its comments say
 * which files the policy was made from.
 *
 * @target  the profile is that of the agent, and IPMASQ_FEATURE_IPV6 says whether it handles IPv6;
 *          nothing else counts. NULL for the defaults
 * @diags   gets every reason why the agent cannot say it, with numbers; may be NULL
 *
 * Errors: -ENOTSUP the agent has no configuration that means this: it has no key for sources,
 * leaves a family alone, or takes fewer entries; -EDOM the text could not be proved: a defect of
 * the library.
 */
int ipmasq_policy_convert(const struct ipmasq_policy *policy, const struct ipmasq_options *target,
			  struct ipmasq_diags *diags, char **text);

/* Ruleset: the policy in the words of iptables */

/** The node's iptables knows no --random-fully: IPMASQ_AUTO leaves it out. */
#define IPMASQ_NO_RANDOM_FULLY 0x1u
/** The rules are for nftables, in tables of their own, not for iptables. */
#define IPMASQ_NFTABLES 0x2u

/**
 * Compiles a policy for one family. The policy must live longer.
 *
 * @flags  0, or some of IPMASQ_NO_RANDOM_FULLY and IPMASQ_NFTABLES
 *
 * Errors: -EOPNOTSUPP the agent of the policy's profile has no chain.
 */
int ipmasq_ruleset_new(const struct ipmasq_policy *policy, enum ipmasq_family family,
		       unsigned int flags, struct ipmasq_ruleset **ruleset);
void ipmasq_ruleset_free(struct ipmasq_ruleset *ruleset);

struct ipmasq_ruleset_details {
	enum ipmasq_family family;
	/** What was chosen; never IPMASQ_LAYOUT_AUTO. */
	enum ipmasq_layout layout;
	/** How many chains it has, with the one that POSTROUTING jumps to. The base chain of
	 * nftables is not counted. */
	size_t chains;
	/** How many rules they have, and elements of verdict maps. The jump from POSTROUTING is not
	 * counted. */
	size_t rules;
};

/** Reads what a ruleset is like as a whole. */
int ipmasq_ruleset_info(const struct ipmasq_ruleset *ruleset, struct ipmasq_ruleset_details *info,
			size_t size);

/**
 * Proves that the ruleset gives every packet the policy's verdict: evaluates it symbolically over
 * all sources and destinations, and compares. The proof shares no code with what made the rules.
 *
 * @why  where, on -EDOM, a sentence goes that names a packet which would be treated differently;
 *       may be NULL
 *
 * Errors: -EDOM they differ.
 */
int ipmasq_ruleset_prove(const struct ipmasq_ruleset *ruleset, const struct ipmasq_policy *policy,
			 char **why);

/**
 * The script for `iptables-restore --noflush` (`ip6tables-restore` for IPv6) on a node that has
 * none of our rules: one transaction that makes the chain, fills it and adds the jump. Under
 * IPMASQ_NFTABLES that for `nft -f` (nft 1.0.1 or later): the table `ip ipmasq` or `ip6 ipmasq`,
 * with a base chain of the policy's chain name. The same policy gives the same bytes.
 *
 * @size  where the length goes, the final NUL not counted; may be NULL
 */
int ipmasq_ruleset_script(const struct ipmasq_ruleset *ruleset, char **script, size_t *size);

/** The entry that line @line (from 1) of that script comes from, which may be one of podCIDRs; NULL
 * for lines that come from none. A line of maps may stand for several, of which this is one. */
const struct ipmasq_entry *ipmasq_ruleset_entry_at(const struct ipmasq_ruleset *ruleset,
						   size_t line);

/**
 * The path of a packet through the chains: each rule that it matches, as ipmasq_ruleset_rule_text()
 * has it, joined by newlines; with --to-ports, what a packet without ports matches. Empty when it
 * matches none.
 *
 * @address  the destination
 * @source   the sender's address; NULL: some source of podCIDRs that no other rule names, whose
 *           path is listed from where the rules of podCIDRs lead to
 */
int ipmasq_ruleset_trace(const struct ipmasq_ruleset *ruleset, const void *address,
			 const void *source, char **text);

/**
 * One line of that script, without its newline; under IPMASQ_NFTABLES as a command of its own, such
 * as "add rule ip ipmasq CHAIN ip daddr 10.0.0.0/8 return", and of a map with that element alone.
 *
 * Errors: -ERANGE the line is not a rule's.
 */
int ipmasq_ruleset_rule_text(const struct ipmasq_ruleset *ruleset, size_t line, char **text);

/* Nat: what a node does with what leaves it, by the rules of everybody on it */

/**
 * Reads what iptables, ip6tables, nft and ipset printed on a node: iptables-save, iptables -S,
 * iptables -L, nft list ruleset (in JSON, too), ipset save and ipset list. Each source is a text,
 * which may hold several of these with other lines between them, or a directory, such as a sos
 * report or a must-gather, that is searched for such files. Where two tell of one table, the one
 * that says more is used. What they do not tell is in ipmasq_nat_note(), and what cannot be read is
 * unknown: it may do anything.
 *
 * @diags  gets every error, and warnings about lines that cannot be read; may be NULL
 *
 * Errors, each with a finding: -EINVAL a source holds none of these, or an argument is wrong (then
 * without); -EFBIG a file is larger than 64 MiB, all are larger than 256 MiB, or a directory has
 * more than 500,000 files; -ENOENT, -EACCES, -EIO as of ipmasq_config_load().
 */
int ipmasq_nat_from_dumps(const struct ipmasq_source *sources, size_t count,
			  struct ipmasq_diags *diags, struct ipmasq_nat **nat);

/**
 * What is not known of a node's rules, number @index, counted from 0: a sentence without its full
 * stop. NULL past the last.
 */
const char *ipmasq_nat_note(const struct ipmasq_nat *nat, size_t index);
void ipmasq_nat_free(struct ipmasq_nat *nat);

/** A rule of a node. The texts belong to the object that it was read of. */
struct ipmasq_nat_rule {
	/** "iptables-legacy", "iptables-nft" or "nftables". */
	const char *backend;
	/** "ip", "ip6" or "inet". */
	const char *family;
	const char *table;
	const char *chain;
	/** In its chain, from 1. 0: it is the chain's policy. */
	size_t number;
	/** In the words of the dump, without counters. */
	const char *text;
	/** Its comment; NULL: it has none. */
	const char *comment;
	/** Whose it is, such as "kube-proxy", where names tell that; else NULL. */
	const char *owner;
	/** It is in a chain of the policy, or leads there. */
	bool ours;
	/** The dump that it stood in; NULL: it comes from the kernel. */
	const char *source;
};

/** What becomes of a packet's source. */
enum ipmasq_outcome_verdict {
	/** It is left alone. */
	IPMASQ_OUTCOME_RETURN,
	/** It becomes an address of the interface that the packet leaves by. */
	IPMASQ_OUTCOME_MASQUERADE,
	/** It becomes an address that the rule names. */
	IPMASQ_OUTCOME_SNAT,
	/** That cannot be told, or the packet is dropped. */
	IPMASQ_OUTCOME_UNKNOWN,
};

/** "RETURN", "MASQUERADE", "SNAT" or "UNKNOWN". */
const char *ipmasq_outcome_verdict_name(enum ipmasq_outcome_verdict verdict);

/** Whether what a node does is what the policy wants. */
enum ipmasq_agreement {
	IPMASQ_AGREES,
	IPMASQ_DISAGREES,
	/** On what an address does not tell. */
	IPMASQ_DEPENDS,
};

/** "agrees", "disagrees" or "depends". */
const char *ipmasq_agreement_name(enum ipmasq_agreement agreement);

/**
 * Follows the first packet of a new connection, which the node forwards, through every rule that it
 * meets before it leaves. What addresses do not settle (a mark, an interface, a protocol, a match
 * that is not known) is not guessed: then there are several outcomes, each with its conditions.
 *
 * The policy's verdict MASQUERADE is fulfilled by MASQUERADE, and by SNAT to an address of the
 * node; RETURN by RETURN. Where some packets are dropped, the others count.
 *
 * @policy   what is wanted; its chain is ours
 * @address  the destination
 * @source   the sender's address, of the same family; NULL: some source of podCIDRs (any, where it
 *           has none of the family) that nonMasqueradeSrcCIDRs does not name
 * @answer   must not outlive @nat and @policy
 *
 * Errors: -ENODATA no dump shows table nat of the family, so nothing is known.
 */
int ipmasq_nat_answer(const struct ipmasq_nat *nat, const struct ipmasq_policy *policy,
		      enum ipmasq_family family, const void *address, const void *source,
		      struct ipmasq_answer **answer);
void ipmasq_answer_free(struct ipmasq_answer *answer);

struct ipmasq_answer_details {
	enum ipmasq_agreement agreement;
	/** What the policy wants. */
	enum ipmasq_verdict wanted;
	/** How many outcomes there are: at least one. */
	size_t outcomes;
	/** How many rules match, or may match. */
	size_t steps;
	/** There are more outcomes than are followed. The last one stands for them. */
	bool cut_short;
};

/** Reads what an answer is as a whole. */
int ipmasq_answer_info(const struct ipmasq_answer *answer, struct ipmasq_answer_details *info,
		       size_t size);

struct ipmasq_outcome {
	enum ipmasq_outcome_verdict verdict;
	/** The packet never leaves. The verdict is IPMASQ_OUTCOME_UNKNOWN then. */
	bool dropped;
	/** The address that the source becomes is known: of IPMASQ_OUTCOME_SNAT. */
	bool has_to;
	uint8_t to[16];
	/** Whether it is what the policy wants. Of what is dropped: IPMASQ_DEPENDS. */
	enum ipmasq_agreement agreement;
	/** How many conditions there are. 0: it always comes about. */
	size_t conditions;
	/** A rule decided, which is `rule`. Else none matched. */
	bool decided;
	struct ipmasq_nat_rule rule;
};

/** Reads outcome number @index, counted from 0. -ERANGE past the last. */
int ipmasq_answer_outcome(const struct ipmasq_answer *answer, size_t index,
			  struct ipmasq_outcome *outcome, size_t size);

/** Condition number @index of an outcome, each counted from 0: what must hold for it, mostly in the
 * words of the dump. NULL past the last. */
const char *ipmasq_answer_condition(const struct ipmasq_answer *answer, size_t outcome,
				    size_t index);

/** A rule that the packet matches, or may match. */
struct ipmasq_step {
	/** Whether it certainly matches. */
	bool certain;
	struct ipmasq_nat_rule rule;
};

/** Reads step number @index, counted from 0, in the order in which the kernel asks. -ERANGE past
 * the last. */
int ipmasq_answer_step(const struct ipmasq_answer *answer, size_t index, struct ipmasq_step *step,
		       size_t size);

/**
 * Finds all packets that a policy speaks of and that rules of others decide otherwise: over all
 * destinations, except addresses of the node where these are known, and all sources of podCIDRs, or
 * all sources where that has none of the family. What is dropped is not counted.
 *
 * @overrides  must not outlive @nat and @policy
 *
 * Errors: -ENODATA no dump shows table nat of the family.
 */
int ipmasq_nat_overrides(const struct ipmasq_nat *nat, const struct ipmasq_policy *policy,
			 enum ipmasq_family family, struct ipmasq_overrides **overrides);
void ipmasq_overrides_free(struct ipmasq_overrides *overrides);

/** What one rule decides otherwise. Sources and destinations are sets of ranges: each of the one
 * with each of the other. */
struct ipmasq_override {
	/** It always comes about. Else it depends on more than addresses. */
	bool certain;
	/**
	 * Certain, or `unmarked` or `first`; and about pods: podCIDRs says that the sources are
	 * pods, or the rule's owner is not one of those that never have to do with pods (Docker,
	 * libvirt and others).
	 */
	bool alarm;
	enum ipmasq_verdict wanted;
	/** What comes about. IPMASQ_OUTCOME_UNKNOWN: that cannot be told. */
	enum ipmasq_outcome_verdict verdict;
	/** Every source of which the policy speaks. The number of sources is 0 then. */
	bool any_source;
	size_t sources;
	size_t destinations;
	/** A rule decided, which is `rule`. Else none rewrote what the policy wants rewritten. */
	bool decided;
	struct ipmasq_nat_rule rule;
	/** Not certain, but it always comes about for packets that carry no mark: those of pods, as
	 * long as nothing marks them. */
	bool unmarked;
	/**
	 * Not certain, but it always comes about (of packets that carry no mark, with `unmarked`)
	 * if the kernel asks the rule's base chain before others of the same hook and priority. It
	 * asks the one that was registered last first, and does not tell which that is.
	 */
	bool first;
};

size_t ipmasq_overrides_count(const struct ipmasq_overrides *overrides);

/** Reads number @index, counted from 0: alarms first, then what is certain. -ERANGE past the last.
 */
int ipmasq_overrides_get(const struct ipmasq_overrides *overrides, size_t index,
			 struct ipmasq_override *override, size_t size);

/** Reads range number @range of the destinations (or @sources) of number @index, each counted from
 * 0, in ascending order. -ERANGE past the last. */
int ipmasq_overrides_range(const struct ipmasq_overrides *overrides, size_t index, bool sources,
			   size_t range, uint8_t first[16], uint8_t last[16]);

/** NULL: these are all. Else why that cannot be told, a sentence without its full stop. */
const char *ipmasq_overrides_incomplete(const struct ipmasq_overrides *overrides);

/* Node: what the kernel holds */

enum ipmasq_backend {
	IPMASQ_BACKEND_AUTO,
	IPMASQ_BACKEND_NFT,
	IPMASQ_BACKEND_LEGACY,
	/** Tables of our own in nf_tables, written without any program. */
	IPMASQ_BACKEND_NFTABLES,
};

/** "auto", "nft", "legacy" or "nftables". */
const char *ipmasq_backend_name(enum ipmasq_backend backend);

/** A node with the defaults below; nothing is run or read yet. */
int ipmasq_node_new(struct ipmasq_node **node);
void ipmasq_node_free(struct ipmasq_node *node);

/**
 * Where the rules are. auto (the default) stays where packets meet our rules. Else it takes
 * nftables where kube-proxy runs in that mode, or where neither iptables can work; else, in this
 * order: the iptables that has our rules, the one with the kubelet's hint chains in table mangle,
 * the one with more rules of others in table nat, the system's default. Where a fact that matters
 * cannot be read, the call that needs it fails. With programs of the caller's own
 * (IPMASQ_PATH_PROGRAMS) auto does not look at nftables.
 */
int ipmasq_node_set_backend(struct ipmasq_node *node, enum ipmasq_backend backend);

/** What becomes of flows that began under rules which ipmasq_node_apply() replaces. */
enum ipmasq_flows {
	/** They are left alone. The default. */
	IPMASQ_FLOWS_LEAVE,
	/** A line of the report says how many keep a translation that is wrong now. */
	IPMASQ_FLOWS_COUNT,
	/** Those are ended. */
	IPMASQ_FLOWS_END,
};

/**
 * What to do about flows that are old. The kernel asks the rules once per flow, so a flow keeps the
 * translation it began with. Concerned are flows that the old and the new rules judge differently
 * and that have what the old rules gave. Flows from or to addresses of the node itself are not
 * concerned, nor flows whose old verdict is not known because the old rules, or the jump to them,
 * are of another kind.
 *
 * Under IPMASQ_FLOWS_END the node remembers the rules that were replaced until their flows are
 * ended, those of the last 8 replacements, so that ipmasq_node_apply() can be called again after a
 * failure. It forgets them when another value is set here, or another network namespace.
 */
int ipmasq_node_set_flows(struct ipmasq_node *node, enum ipmasq_flows flows);

/**
 * How long to wait for the xtables lock, 0 to 3600 seconds; default 5. 0 is taken as 1, since
 * iptables takes it as "for ever".
 */
int ipmasq_node_set_wait(struct ipmasq_node *node, unsigned int seconds);

/**
 * A descriptor that becomes readable when the caller wants to stop, such as a signalfd(2) or an
 * eventfd(2); it is polled and never read, and stays the caller's. From then on a program that is
 * run gets 2 seconds more, then it is ended: the kernel has the old rules or the new all the same.
 * -1: there is none, the default.
 */
int ipmasq_node_set_stop_fd(struct ipmasq_node *node, int fd);

enum ipmasq_node_path {
	/** The network namespace to work in: a path, or a name under /run/netns. Programs, and
	 * threads and processes that end with the call, enter it; the caller's thread does not.
	 * Default: the caller's own. */
	IPMASQ_PATH_NETNS,
	/**
	 * The directories to look for the iptables programs in, separated by colons. Default: the
	 * system's, and only then are rules also read from the kernel itself, since programs from
	 * elsewhere may be wrappers that look into another namespace.
	 */
	IPMASQ_PATH_PROGRAMS,
	/** The file that the legacy variant locks. Default: /run/xtables.lock. */
	IPMASQ_PATH_LOCK_FILE,
};

/**
 * Sets a path.
 *
 * @path   copied; NULL for the default
 * @diags  gets an error about a network namespace; may be NULL
 *
 * Errors: -ENOENT no such network namespace; -EACCES it must not be opened.
 */
int ipmasq_node_set_path(struct ipmasq_node *node, enum ipmasq_node_path which, const char *path,
			 struct ipmasq_diags *diags);

/* Report: what was found and done on a node, one result per family */

enum ipmasq_state {
	/** Not looked at. */
	IPMASQ_STATE_UNKNOWN,
	/** The kernel holds the policy, nothing was done. */
	IPMASQ_STATE_IN_LINE,
	/** Brought in line, or removed, just now. */
	IPMASQ_STATE_CHANGED,
	/** ipmasq_node_check() found a difference. */
	IPMASQ_STATE_DRIFT,
	/** The family is off, or the node has no such NAT. */
	IPMASQ_STATE_SKIPPED,
	/** Could not be observed or changed. */
	IPMASQ_STATE_FAILED,
	/**
	 * The kernel holds the policy, nothing was done, and rules of others decide otherwise for
	 * packets that the policy speaks of: lines of IPMASQ_LINE_OVERRIDE.
	 */
	IPMASQ_STATE_OVERRIDDEN,
};

/** "unknown", "in line", "changed", "drift", "skipped", "failed" or "overridden". */
const char *ipmasq_state_name(enum ipmasq_state state);

/** Makes an empty report. Each call that takes it writes it anew. */
int ipmasq_report_new(struct ipmasq_report **report);
void ipmasq_report_free(struct ipmasq_report *report);

/** Whose rules there are in our chains, by their comments and shape. */
enum ipmasq_writer {
	/** There was no look, or it does not tell. */
	IPMASQ_WRITER_UNKNOWN,
	/** There are none: the chain is missing or empty. */
	IPMASQ_WRITER_NOBODY,
	/** They are as this library writes them, for this policy or another one. */
	IPMASQ_WRITER_OURS,
	/** One at least has a comment that this library does not write. */
	IPMASQ_WRITER_OTHER,
};

/** What became of a family. The texts live until the report is used for another call. */
struct ipmasq_result {
	enum ipmasq_state state;
	/** The one in use; IPMASQ_BACKEND_AUTO where it was not settled. */
	enum ipmasq_backend backend;
	/**
	 * 0, or the negative errno of the first failure, one of the errors of the call. With a
	 * state other than IPMASQ_STATE_FAILED the rules are as the state says, and something after
	 * them failed: the old flows could not be ended, or memory was short for a line.
	 */
	int error;
	/** The code of the finding that says so; NULL without an error and for -ENOMEM. */
	const char *code;
	/** The error in words, one line; NULL without an error. */
	const char *text;
	/** Where the entry is written that the kernel refused, if it is one. */
	struct ipmasq_place place;
	/** How many lines there are. */
	size_t lines;
	/** How many flows were ended, under IPMASQ_FLOWS_END. */
	size_t flows_ended;
	/**
	 * Under IPMASQ_FLOWS_END: flows of rules that were replaced are still to be ended, as that
	 * failed, or the call that replaced the rules did. The next ipmasq_node_apply() of this
	 * node ends them, also where it finds the rules in line.
	 */
	bool flows_pending;
	/**
	 * Whose rules there were before anything was written. Where they differ from the policy it
	 * tells with whom an agent fights.
	 */
	enum ipmasq_writer writer;
	/** With IPMASQ_WRITER_OTHER: the first such comment; else NULL. */
	const char *comment;
	/** The state is IPMASQ_STATE_OVERRIDDEN, or it is IPMASQ_STATE_CHANGED and rules of others
	 * decide otherwise as well. */
	bool overridden;
	/**
	 * With IPMASQ_STATE_DRIFT: a line says what is not ours and keeps our rules from being in
	 * force, such as a dormant table. Until it is gone, calls that bring the kernel in line
	 * fail with -EDOM.
	 */
	bool hindered;
};

/** Reads the result of a family. */
int ipmasq_report_result(const struct ipmasq_report *report, enum ipmasq_family family,
			 struct ipmasq_result *result, size_t size);

enum ipmasq_line_kind {
	/** What lasts and was not touched: why a family is skipped, what rules of others do. */
	IPMASQ_LINE_NOTE,
	/** What was written. */
	IPMASQ_LINE_CHANGE,
	/** Up to IPMASQ_LINE_STALE: how the kernel differs from the policy. */
	IPMASQ_LINE_CHAIN_MISSING,
	IPMASQ_LINE_CHAIN_DIFFERS,
	IPMASQ_LINE_JUMP_MISSING,
	/** There is more than one, or one in other words. */
	IPMASQ_LINE_JUMP_DIFFERS,
	/** A chain of ours that the policy does not need, or rules of ours in the other backend. */
	IPMASQ_LINE_STALE,
	/** What a rule of others decides otherwise than the policy, which is in line. */
	IPMASQ_LINE_OVERRIDE,
};

/** What was found or done, one sentence without its full stop. */
struct ipmasq_line {
	enum ipmasq_line_kind kind;
	const char *text;
	/** The backend that it concerns. IPMASQ_BACKEND_AUTO: no particular one. */
	enum ipmasq_backend backend;
};

/**
 * Reads line number @index of a family, counted from 0.
 *
 * Errors: -ERANGE past the last.
 */
int ipmasq_report_line(const struct ipmasq_report *report, enum ipmasq_family family, size_t index,
		       struct ipmasq_line *line, size_t size);

/* Acts on a node: what goes wrong in one family does not stop the other */

/**
 * Compares the kernel with a policy, by meaning. Writes nothing. Rules of ours in the backend that
 * is not in use are a difference.
 *
 * @report  gets the result of each family
 * @diags   gets the errors; may be NULL
 *
 * Errors, of the first family that failed: -ENOENT no iptables programs; -EPERM not permitted;
 * -EBUSY the xtables lock was not free in time; -ETIMEDOUT a program did not end; -ECANCELED it was
 * ended since the caller stops; -EPROTO the kernel or a program refused, or said something that is
 * not understood; -EIO a program could not be run. -EOPNOTSUPP the agent of the policy's profile
 * has no chain: nothing was looked at.
 */
int ipmasq_node_check(struct ipmasq_node *node, const struct ipmasq_policy *policy,
		      struct ipmasq_report *report, struct ipmasq_diags *diags);

/**
 * Brings the kernel in line with a policy: observes; where something differs writes one transaction
 * per family, proved beforehand; reads back and proves what it read. When it fails the kernel has
 * the old rules or the new, never a mixture. Then rules of ours in the backend that is not in use
 * are removed; where that fails, both are in force until a later call.
 *
 * @report  as above
 * @diags   gets the errors, and a warning where IPv6 is auto, the node has an IPv6 address, and all
 *          of IPv6 is masqueraded; may be NULL
 *
 * Errors: as above; -EDOM the script or what was read back is not the policy, or the rules are
 * not in force: the table is dormant, or POSTROUTING is not the hook of iptables. Under
 * IPMASQ_FLOWS_END also, with the rules in line, -EOPNOTSUPP the kernel does not tell of flows.
 * After any error the call can be made again: flows that were to be ended are still known to the
 * node.
 */
int ipmasq_node_apply(struct ipmasq_node *node, const struct ipmasq_policy *policy,
		      struct ipmasq_report *report, struct ipmasq_diags *diags);

/**
 * Takes our chains and the jumps to them away, in both families, from the backend of
 * ipmasq_node_set_backend(), or from both where that is auto; what is not there is fine.
 *
 * @chain  the chain's name, as of ipmasq_policy_info()
 *
 * Errors: as of ipmasq_node_check(); -EBUSY also when another chain's rule, or an element of a map
 * of nft, still leads to ours: the finding says which; -EINVAL not such a name as
 * ipmasq_options_set_chain() takes.
 */
int ipmasq_node_remove(struct ipmasq_node *node, const char *chain, struct ipmasq_report *report,
		       struct ipmasq_diags *diags);

/* What everybody's rules on a node do */

/**
 * Reads the rules of everybody from the kernel, in the network namespace of the node: nftables and
 * legacy iptables, with their sets and ipsets, and the interfaces, routes and addresses, which
 * settle what a dump leaves open. No program is run, and no module of the kernel is loaded.
 *
 * @diags  gets the errors; may be NULL
 *
 * Errors: -EPERM it needs CAP_NET_ADMIN over the network namespace; -EAGAIN others change the rules
 * again and again; -EIO the kernel's answers are not understood.
 */
int ipmasq_node_nat(const struct ipmasq_node *node, struct ipmasq_diags *diags,
		    struct ipmasq_nat **nat);

/**
 * Counts the flows to an address that became something else than the answer says: the kernel asks
 * the rules once per flow, so these began under other rules. Flows from or to addresses of the node
 * itself are not counted, and none where the answer has an outcome that is unknown.
 *
 * @address, @source  as of the ipmasq_nat_answer() that made @answer; a source counts its flows
 *                    alone, and NULL those of all
 * @diags             gets the errors; may be NULL
 *
 * Errors: -EPERM; -EOPNOTSUPP the kernel does not list flows; -EIO it refused.
 */
int ipmasq_node_other_flows(const struct ipmasq_node *node, const struct ipmasq_answer *answer,
			    enum ipmasq_family family, const void *address, const void *source,
			    struct ipmasq_diags *diags, size_t *count);

/**
 * Reads the flows of a family that the kernel remembers, for ipmasq_flow_list_other(). To read them
 * takes some 10 ms however few they are, since the kernel looks through a table that all network
 * namespaces share: for more than one answer this is the faster way. It takes 56 bytes a flow.
 *
 * @diags  gets the errors; may be NULL
 * @flows  the result, to be released with ipmasq_flow_list_free()
 *
 * Errors: those of ipmasq_node_other_flows(); -EINVAL: the family is not known.
 */
int ipmasq_node_flow_list(const struct ipmasq_node *node, enum ipmasq_family family,
			  struct ipmasq_diags *diags, struct ipmasq_flow_list **flows);
/** Releases them. NULL is fine. */
void ipmasq_flow_list_free(struct ipmasq_flow_list *flows);

/**
 * What ipmasq_node_other_flows() counts, among flows that were read. The answer and its addresses
 * are of the family of the flows.
 */
int ipmasq_flow_list_other(const struct ipmasq_flow_list *flows, const struct ipmasq_answer *answer,
			   const void *address, const void *source, size_t *count);

/* Changes by others, for agents that do not want to wait for their next look */

/**
 * Makes the kernel report changes of nft rules in the node's network namespace, whoever makes them.
 * There are no reports of legacy rules.
 *
 * @fd  becomes readable when there may be something for ipmasq_node_changes(). It stays the node's,
 *      and the same until ipmasq_node_unlisten(). ipmasq_node_set_path() closes it when it sets
 *      another network namespace or other programs; the next call here opens a new one.
 *
 * Errors: -EPERM CAP_NET_ADMIN is missing; -EOPNOTSUPP the kernel has no nf_tables, or the programs
 * are not the system's; -ETIMEDOUT, -ECANCELED and -EIO as of ipmasq_node_check().
 */
int ipmasq_node_listen(struct ipmasq_node *node, int *fd);

/** Ends that, and closes the descriptor. It is fine if there is none. */
void ipmasq_node_unlisten(struct ipmasq_node *node);

/** What was reported. */
struct ipmasq_changes {
	/**
	 * Something changed in the nat table that may concern our rules: the table, POSTROUTING, or
	 * a chain of ours. What ipmasq_node_check() and ipmasq_node_apply() have seen of it does
	 * not count, nor what they wrote themselves.
	 */
	bool ours;
	/** There were more reports than the kernel keeps, so anything may have changed. */
	bool lost;
	/** There are more reports to take. */
	bool more;
	/**
	 * The process that made the last such change: its name, of at most 15 bytes as the kernel
	 * has it, and its id in the first PID namespace. "" and 0: not known. The name lives until
	 * the next call for the node.
	 */
	const char *process;
	unsigned int pid;
	/**
	 * Something else changed that can decide about packets which leave the node: other chains
	 * of the nat table, or tables of others. Busy nodes have much of that, so that whoever
	 * looks because of it needs a bound.
	 */
	bool others;
};

/**
 * Takes what was reported since the last call, without waiting. Without ipmasq_node_listen() that
 * is nothing.
 *
 * @policy  names the chain that is ours
 *
 * Errors: -EIO the descriptor does not work any more.
 */
int ipmasq_node_changes(struct ipmasq_node *node, const struct ipmasq_policy *policy,
			struct ipmasq_changes *changes, size_t size);

/* Pods: a policy per network, for CNI plugins */

/** An address of a pod. This struct never grows. */
struct ipmasq_pod_address {
	enum ipmasq_family family;
	/** 4 or 16 bytes. */
	uint8_t bytes[16];
};

/**
 * An interface of a pod in a network: an attachment, in the words of CNI. The first three tell it
 * from all others. Each is of 1 or more printable ASCII characters, without blanks, quotes and
 * backslashes; together they have at most IPMASQ_POD_NAMES_MAX bytes. This struct never grows.
 */
struct ipmasq_pod {
	/** The network, whose pods share a policy. */
	const char *network;
	/** The container. */
	const char *id;
	/** The interface inside it. */
	const char *ifname;
	/** Only ipmasq_pods_add() and ipmasq_pods_check() look at its addresses. */
	const struct ipmasq_pod_address *addresses;
	size_t address_count;
};

#define IPMASQ_POD_NAMES_MAX 236

/** The chain of the pods, where a function below is given NULL. */
#define IPMASQ_POD_CHAIN "IPMASQ"

/*
 * A chain of pods is what POSTROUTING leads to, by the same jump as to the chain of an agent, or,
 * with nftables, a base chain. From it a packet goes by its source to the chain of the pod's
 * network, which holds the policy, or back where its source is no pod. What is known of the pods
 * stands in these rules and nowhere else, so it cannot be stale: neither after a crash nor after a
 * restart of the machine. ipmasq_node_remove() with the chain's name takes all of it away.
 *
 * @chain of each function is its name: NULL for IPMASQ_POD_CHAIN, else as
 * ipmasq_options_set_chain() takes it. It must not be that of an agent.
 *
 * @node tells the backend and the network namespace. Calls in one network namespace, of whatever
 * process, wait for each other, for as long as ipmasq_node_set_wait() says; with many pods at once
 * a minute is better than the default. A call that is killed at any instant leaves the old rules or
 * the new, and what it leaves beside them goes with the next call that changes something.
 *
 * With nftables the rules of up to 7 changes before the last one stay beside those in force, where
 * no packet gets to them: the kernel is several times as fast where a change deletes nothing. A
 * call that takes pods out deletes them, and so does every eighth that adds one.
 *
 * IPMASQ_BACKEND_AUTO stays where the rules of the chain are. Where an earlier call chose another
 * backend, ipmasq_pods_add() takes the pod over from there, and the calls that remove, collect or
 * list look there too.
 *
 * Errors of each, of the first family that failed: as of ipmasq_node_apply(); -EBUSY also where the
 * lock of the network namespace was not free in time; -EEXIST the chain is that of an agent;
 * -EINVAL also for a name that is not allowed, which a finding says; -EPROTO also where the chain
 * of another network holds a rule that is not understood, and would have to be written anew.
 */

/**
 * Makes the policy of a pod's network decide for the pod, in one transaction per family, proved
 * before a byte goes to the kernel: by the pod's addresses each packet of it, and only those, gets
 * to the network's rules, and these are the policy. An address that another pod had goes over to
 * this one. Where the network has another policy in the kernel, the new one holds for all its pods
 * from the same instant on. What is right already is not written.
 *
 * Where the policy has IPv6 off, IPv6 addresses are passed over, and nothing of the network is
 * masqueraded there; where IPv6 is auto and the node has none, they are passed over too.
 *
 * @pod     its addresses take the place of those that it had
 * @policy  of the network; its chain does not matter, nor whether its profile has one
 * @report  gets the result of each family
 * @diags   gets the errors; may be NULL
 *
 * Errors: as above. After an error one family may be done and the other not; the call can be made
 * again, or ipmasq_pods_del().
 */
int ipmasq_pods_add(struct ipmasq_node *node, const char *chain, const struct ipmasq_pod *pod,
		    const struct ipmasq_policy *policy, struct ipmasq_report *report,
		    struct ipmasq_diags *diags);

/**
 * Compares the kernel with what ipmasq_pods_add() would make of it, by meaning, and writes nothing:
 * the pod's addresses, the jump, the way of every source to its network, and the network's policy.
 * Policies of other networks are not looked at.
 *
 * @report, @diags  as above; the state of a family with a difference is IPMASQ_STATE_DRIFT
 *
 * Errors: as above.
 */
int ipmasq_pods_check(struct ipmasq_node *node, const char *chain, const struct ipmasq_pod *pod,
		      const struct ipmasq_policy *policy, struct ipmasq_report *report,
		      struct ipmasq_diags *diags);

/**
 * Takes a pod out, and the policy of its network with the last pod of that, and everything with the
 * last pod of all. A pod that is not there is fine. Neither its addresses nor its policy are
 * needed.
 *
 * @report, @diags  as above
 *
 * Errors: as above.
 */
int ipmasq_pods_del(struct ipmasq_node *node, const char *chain, const struct ipmasq_pod *pod,
		    struct ipmasq_report *report, struct ipmasq_diags *diags);

/**
 * Takes out the pods of a network that are not among those that are valid.
 *
 * @valid, @count   id and ifname of each are looked at; NULL, 0: none is valid
 * @report, @diags  as above
 *
 * Errors: as above.
 */
int ipmasq_pods_gc(struct ipmasq_node *node, const char *chain, const char *network,
		   const struct ipmasq_pod *valid, size_t count, struct ipmasq_report *report,
		   struct ipmasq_diags *diags);

/**
 * Lists the pods that the rules know, of both families and all backends.
 *
 * @diags  gets the errors; may be NULL
 *
 * Errors: as above.
 */
int ipmasq_pods_list(struct ipmasq_node *node, const char *chain, struct ipmasq_diags *diags,
		     struct ipmasq_pods **pods);
void ipmasq_pods_free(struct ipmasq_pods *pods);

/** How many there are. */
size_t ipmasq_pods_count(const struct ipmasq_pods *pods);

/** A pod of a list, to which all that it points to belongs. */
struct ipmasq_pod_details {
	struct ipmasq_pod pod;
	/** Where its rules are. */
	enum ipmasq_backend backend;
};

/** Reads pod number @index, counted from 0, in the order of network, id and interface. -ERANGE past
 * the last. */
int ipmasq_pods_get(const struct ipmasq_pods *pods, size_t index, struct ipmasq_pod_details *pod,
		    size_t size);

#ifdef __cplusplus
}
#endif

#endif
