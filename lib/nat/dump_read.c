/* SPDX-License-Identifier: Apache-2.0 */
/* Reads dumps of all formats. */
#include "nat/dump_read.h"

#include "config/source.h"
#include "nat/dump_files.h"
#include "nat/nft_json.h"
#include "nat/nft_text.h"
#include "nat/read_ipset.h"
#include "nat/read_list.h"
#include "nat/read_save.h"
#include "nat/view.h"

/* In the order in which they are read: sets, to which rules refer, and then what says most of a
 * table, since what was told already is not read again. */
static const struct nat_dump_format formats[] = {
	{ "ipset save", read_ipset_save_begins, read_ipset_save_length, read_ipset_save,
	  NAT_DUMP_ALL },
	{ "ipset list", read_ipset_list_begins, read_ipset_list_length, read_ipset_list,
	  NAT_DUMP_ALL },
	{ "iptables-save", read_save_begins, read_save_length, read_save, NAT_DUMP_ALL },
	{ "iptables -S", read_rules_begins, read_rules_length, read_rules, NAT_DUMP_ONE_TABLE },
	{ "iptables -L", read_list_begins, read_list_length, read_list, NAT_DUMP_ONE_TABLE },
	{ "nft list ruleset", nft_text_begins, nft_text_length, nft_text_read, NAT_DUMP_NFTABLES },
	{ "nft -j list ruleset", nft_json_begins, nft_json_length, nft_json_read,
	  NAT_DUMP_NFTABLES },
};

static int read_all(struct nat_reading *reading, const struct dump_list *list)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(formats); i++) {
		for (size_t j = 0; r == 0 && j < list->count; j++) {
			if (list->dumps[j].format != &formats[i])
				continue;
			r = formats[i].read(reading, &list->dumps[j]);
			reading->has_nftables |= formats[i].scope == NAT_DUMP_NFTABLES;
		}
	}
	return r;
}

static bool has_legacy(const struct nat_model *model)
{
	for (size_t i = 0; i < model->count; i++) {
		if (model->tables[i]->backend == NAT_LEGACY)
			return true;
	}
	return false;
}

static int note_what_is_missing(struct nat_reading *reading)
{
	int r = 0;

	if (!reading->has_nftables)
		r = nat_add_note(reading->model,
				 "the dumps have no nft list ruleset, so tables that nftables "
				 "itself made are not known");
	if (r == 0 && reading->warned_of_legacy && !has_legacy(reading->model))
		r = nat_add_note(reading->model,
				 "the node has rules of iptables-legacy, which the dumps do not "
				 "have: run iptables-legacy-save");
	return r;
}

int nat_read_dumps(const struct ipmasq_source *sources, size_t count, struct ipmasq_diags *diags,
		   struct nat_model **model)
{
	struct dump_list list = { .formats = formats, .format_count = ARRAY_SIZE(formats) };
	struct nat_reading reading = { .diags = diags };
	int r = nat_model_new(&reading.model);

	for (size_t i = 0; r == 0 && i < count; i++)
		r = dump_list_add(&list, &sources[i], diags);
	reading.warned_of_legacy = list.warned_of_legacy;
	if (r == 0)
		r = read_all(&reading, &list);
	if (r == 0)
		r = nat_dump_settle(&reading);
	if (r == 0 && !reading.has_nftables)
		reading.model->untold = NAT_BOTH_FAMILIES & ~reading.families;
	if (r == 0)
		r = note_what_is_missing(&reading);
	if (r == 0)
		r = nat_model_finish(reading.model);
	if (r == 0)
		r = diag_error(diags);
	dump_list_release(&list);
	nat_reading_release(&reading);
	if (r < 0)
		nat_model_free(reading.model);
	else
		*model = reading.model;
	return r;
}

IPMASQ_EXPORT int ipmasq_nat_from_dumps(const struct ipmasq_source *sources, size_t count,
					struct ipmasq_diags *diags, struct ipmasq_nat **nat)
{
	struct nat_model *model;
	struct ipmasq_nat *made;
	int r;

	if (!sources || count == 0 || !nat)
		return -EINVAL;
	for (size_t i = 0; i < count; i++) {
		if (!source_is_valid(&sources[i]))
			return -EINVAL;
	}
	r = nat_read_dumps(sources, count, diags, &model);
	if (r < 0)
		return r;
	r = nat_view_new(&made);
	if (r < 0) {
		nat_model_free(model);
		return r;
	}
	nat_model_free(made->model);
	made->model = model;
	*nat = made;
	return 0;
}
