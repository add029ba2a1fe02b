/* SPDX-License-Identifier: Apache-2.0 */
/* Fixtures for configurations, and their contents and findings as text. */
#include "support/config_check.h"

#include "util/buf.h"
#include "support/unit.h"
#include "support/read.h"

void set_up(struct fixture *fixture, const char *profile)
{
	struct ipmasq_options *options;

	CU_ASSERT_EQUAL_FATAL(ipmasq_options_new(&options), 0);
	CU_ASSERT_EQUAL_FATAL(ipmasq_options_set_profile(options, profile, NULL), 0);
	CU_ASSERT_EQUAL_FATAL(ipmasq_config_new(options, &fixture->config), 0);
	CU_ASSERT_EQUAL_FATAL(ipmasq_diags_new(&fixture->diags), 0);
	ipmasq_options_free(options);
}

void tear_down(struct fixture *fixture)
{
	ipmasq_config_free(fixture->config);
	ipmasq_diags_free(fixture->diags);
}

static void put_pos(struct buf *buf, const struct pos *pos)
{
	if (pos->text)
		buf_printf(buf, "@%u:%u-%u", pos->line, pos->column, pos->end_column);
}

static void put_value(struct buf *buf, const struct ipmasq_config *config, enum config_key key,
		      const struct config_value *value)
{
	char cidr[PREFIX_TEXT_MAX];

	buf_puts(buf, config_key_name(key));
	put_pos(buf, &value->pos);
	if (key >= KEY_RESYNC_INTERVAL) {
		buf_printf(buf, " %ju", (uintmax_t)value->number);
		return;
	}
	if (key >= KEY_MASQ_OUT_BOUND) {
		buf_puts(buf, value->flag ? " true" : " false");
		return;
	}
	for (size_t i = 0; i < value->list.count; i++) {
		const char *host = item_host(config, &value->list.items[i]);

		if (!host)
			prefix_format(&value->list.items[i].prefix, cidr);
		buf_printf(buf, " %s", host ? host : cidr);
		put_pos(buf, &value->list.items[i].pos);
	}
}

char *dump_config(const struct ipmasq_config *config)
{
	struct buf buf = BUF_INIT;
	char *text = NULL;

	for (size_t i = 0; i < config->count; i++) {
		if (i > 0)
			buf_puts(&buf, "+\n");
		for (enum config_key key = 0; key < KEY_COUNT; key++) {
			if (!config->parts[i].values[key].present)
				continue;
			put_value(&buf, config, key, &config->parts[i].values[key]);
			buf_putc(&buf, '\n');
		}
	}
	buf_steal(&buf, &text, NULL);
	return text;
}

char *dump_diags(const struct ipmasq_diags *diags)
{
	struct buf buf = BUF_INIT;
	char *text = NULL;

	for (size_t i = 0; i < ipmasq_diags_count(diags); i++) {
		const struct ipmasq_finding finding = finding_at(diags, i);

		buf_printf(&buf, "%c %s %u:%u-%u", "?NWE"[finding.severity], finding.code,
			   finding.place.line, finding.place.column, finding.place.end_column);
		if (finding.suggestion)
			buf_printf(&buf, " %s", finding.suggestion);
		buf_putc(&buf, '\n');
	}
	buf_steal(&buf, &text, NULL);
	return text;
}
