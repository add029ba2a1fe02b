/* SPDX-License-Identifier: Apache-2.0 */
/* Lists of rules of nftables as text and in JSON: tables, chains, sets, where a list ends, what is
 * cut off or broken, and whose table it is. */
#include "support/dump_check.h"
#include "support/unit.h"
#include "util/buf.h"

#define POST(rules)                                                                             \
	"\tchain post {\n\t\ttype nat hook postrouting priority srcnat; policy accept;\n" rules \
	"\t}\n"
#define TOLD	  "  chain post nat postrouting 100 accept\n"
#define TOLD_MASQ TOLD "    1 masq\n"

struct row {
	const char *text;
	const char *told;
};

static void check_rows(const struct row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		char *told = dump_told_text("dump", rows[i].text, strlen(rows[i].text));

		CHECK_STRING(told, rows[i].told, rows[i].text);
		free(told);
	}
}

static void test_tables(void)
{
	static const struct row rows[] = {
		{ "table ip t {\n" POST("\t\tmasquerade\n") "}\n",
		  "table ip t of nftables\n" TOLD_MASQ },
		/* With handles, and an empty line before and after. */
		{ "\ntable inet t { # handle 1\n\tflags dormant,owner\n"
		  "\tchain post { # handle 2\n\t\tcomment \"a } b\"\n"
		  "\t\ttype nat hook postrouting priority srcnat; policy accept;\n"
		  "\t\tmasquerade # handle 3\n\t}\n}\n\n",
		  "table inet t of nftables dormant\n" TOLD_MASQ },
		{ "table arp a {\n\tchain c {\n\t\ttype filter hook input priority filter; policy "
		  "drop;\n\t}\n}\ntable bridge b {\n" POST(
			  "\t\tmasquerade\n") "}\n"
					      "table netdev n {\n}\ntable ip6 t {\n" POST(
						      "\t\tmasquerade\n") "}\n",
		  "table ip6 t of nftables\n" TOLD_MASQ },
		/* Objects that do not matter. */
		{ "table ip t {\n\tcomment \"x\"\n\tcounter c {\n\t\tpackets 0 bytes 0\n\t}\n"
		  "\tct helper h {\n\t\ttype \"ftp\" protocol tcp\n\t\tl3proto ip\n\t}\n"
		  "\tflowtable f {\n\t\thook ingress priority filter\n\t\tdevices = { eth0, eth1 "
		  "}\n"
		  "\t}\n\tlimit l {\n\t\trate 400/minute\n\t}\n" POST("\t\tmasquerade\n") "}\n",
		  "table ip t of nftables\n" TOLD_MASQ },
		{ "table ip t {\n}\n", "" },
	};

	check_rows(rows, ARRAY_SIZE(rows));
}

static void test_base_chains(void)
{
	static const struct {
		const char *declared;
		const char *told;
	} rows[] = {
		{ "type nat hook postrouting priority srcnat; policy accept;",
		  "nat postrouting 100 accept" },
		{ "type nat hook postrouting priority srcnat + 5; policy accept;",
		  "nat postrouting 105 accept" },
		{ "type nat hook postrouting priority srcnat - 20; policy accept;",
		  "nat postrouting 80 accept" },
		{ "type nat hook postrouting priority 90; policy accept;",
		  "nat postrouting 90 accept" },
		{ "type nat hook postrouting priority -5;", "nat postrouting -5 accept" },
		{ "type filter hook prerouting priority raw; policy drop;",
		  "filter prerouting -300 drop" },
		{ "type filter hook postrouting priority mangle + 1; policy accept;",
		  "filter postrouting -149 accept" },
		{ "type filter hook forward priority filter; policy accept;",
		  "filter forward 0 accept" },
		{ "type filter hook forward priority security; policy accept;",
		  "filter forward 50 accept" },
		/* These do not stand in the way of a packet that is forwarded. */
		{ "type filter hook input priority filter; policy drop;", NULL },
		{ "type nat hook output priority -100; policy accept;", NULL },
		{ "type nat hook prerouting priority dstnat; policy accept;", NULL },
		{ "type filter hook ingress device \"eth0\" priority 0; policy drop;", NULL },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct buf text = BUF_INIT;
		struct buf expected = BUF_INIT;
		char *told;

		buf_printf(&text, "table ip t {\n\tchain c {\n\t\t%s\n\t\tdrop\n\t}\n}\n",
			   rows[i].declared);
		if (rows[i].told)
			buf_printf(&expected, "table ip t of nftables\n  chain c %s\n    1 drop\n",
				   rows[i].told);
		told = dump_told_text("dump", text.data, text.len);
		CHECK_STRING(told, expected.data ? expected.data : "", rows[i].declared);
		free(told);
		buf_release(&text);
		buf_release(&expected);
	}
}

/* What a base chain does not lead to is not read, and what it does is. */
static void test_reach(void)
{
	static const struct row rows[] = {
		{ "table ip t {\n\tchain a {\n\t\tgoto b\n\t}\n\tchain b {\n\t\tjump "
		  "a\n\t\tdrop\n\t}\n"
		  "\tchain c {\n\t\tdrop\n\t}\n" POST(
			  "\t\tip daddr vmap { 1.1.1.1 : jump a }\n") "}\n",
		  "table ip t of nftables\n  chain a\n    1 goto b\n  chain b\n    1 jump a\n"
		  "    2 drop\n" TOLD "    1 [destination in { 1.1.1.1/32 }] jump a\n" },
		/* Rules within a rule. */
		{ "table ip t {\n" POST(
			  "\t\tip saddr 1.1.1.1 jump {\n\t\t\tip daddr 2.2.2.2 accept\n"
			  "\t\t\tjump {\n\t\t\t\tdrop\n\t\t\t}\n\t\t}\n\t\tmasquerade\n") "}\n",
		  "table ip t of nftables\n" TOLD
		  "    1 [source in { 1.1.1.1/32 }] jump post rule 1\n    2 masq\n"
		  "  chain post rule 1\n    1 [destination in { 2.2.2.2/32 }] accept\n"
		  "    2 jump post rule 1 rule 2\n  chain post rule 1 rule 2\n    1 drop\n" },
	};

	check_rows(rows, ARRAY_SIZE(rows));
}

static void test_owner(void)
{
#define BASE(rules)                                                                     \
	"\tchain POSTROUTING {\n\t\ttype nat hook postrouting priority srcnat; policy " \
	"accept;\n" rules "\t}\n"
#define BASE_TOLD "  chain POSTROUTING nat postrouting 100 accept\n"
	static const struct row rows[] = {
		{ "# Warning: table ip nat is managed by iptables-nft, do not touch!\n"
		  "table ip nat {\n" BASE("\t\tmasquerade\n") "}\n",
		  "table ip nat of iptables-nft\n" BASE_TOLD "    1 masq\n" },
		/* By its shape: each rule has a counter, or words of iptables. */
		{ "table ip nat {\n" BASE("\t\tcounter packets 0 bytes 0 masquerade\n") "}\n",
		  "table ip nat of iptables-nft\n" BASE_TOLD "    1 masq\n" },
		{ "table ip nat {\n" BASE(
			  "\t\tcounter packets 0 bytes 0 xt target \"MASQUERADE\"\n") "}\n",
		  "table ip nat of iptables-nft\n" BASE_TOLD "    1 masq\n" },
		{ "table ip nat {\n" BASE("\t\tmasquerade\n") "}\n",
		  "table ip nat of nftables\n" BASE_TOLD "    1 masq\n" },
		{ "table ip mine {\n" BASE("\t\tcounter packets 0 bytes 0 masquerade\n") "}\n",
		  "table ip mine of nftables\n" BASE_TOLD "    1 masq\n" },
		{ "table ip nat {\n\tset s {\n\t\ttype ipv4_addr\n\t}\n" BASE(
			  "\t\tcounter packets 0 bytes 0 masquerade\n") "}\n",
		  "table ip nat of nftables\n" BASE_TOLD "    1 masq\n" },
		{ "table ip nat {\n" POST("\t\tcounter packets 0 bytes 0 masquerade\n") "}\n",
		  "table ip nat of nftables\n" TOLD_MASQ },
		/* A target that nft left out, with the blank before it, or without in `nat`. */
		{ "table ip6 nat {\n" BASE(
			  "\t\tip6 daddr fd00::/8  counter packets 6 bytes 360 \n") "}\n",
		  "table ip6 nat of iptables-nft\n" BASE_TOLD
		  "    1 [destination in { fd00::/8 }] unknown\n" },
		{ "table ip6 nat {\n" BASE(
			  "\t\tip6 daddr fd00::/8 counter packets 6 bytes 360\n") "}\n",
		  "table ip6 nat of iptables-nft\n" BASE_TOLD
		  "    1 [destination in { fd00::/8 }] unknown\n" },
		{ "table ip mangle {\n\tchain FORWARD {\n\t\ttype filter hook forward priority "
		  "mangle; "
		  "policy drop;\n\t\tcounter packets 1 bytes 2\n\t\tcounter packets 1 bytes 2 \n"
		  "\t}\n}\n",
		  "table ip mangle of iptables-nft\n  chain FORWARD filter forward -150 drop\n"
		  "    1 continue\n    2 unknown\n" },
		/* Warnings of a table that is not in the dump. */
		{ "# Warning: table ip nat is managed by iptables-nft, do not touch!\n"
		  "table ip t {\n" POST("\t\tmasquerade\n") "}\n",
		  "table ip t of nftables\n" TOLD_MASQ },
	};

	check_rows(rows, ARRAY_SIZE(rows));
}

static void test_sets(void)
{
#define SET(name, elements) "\tset " name " {\n\t\ttype ipv4_addr\n" elements "\t}\n"
	static const struct row rows[] = {
		/* An empty set beside one that is not: it is empty. */
		{ "table ip t {\n" SET("a", "") SET("b", "\t\telements = { 1.1.1.1 }\n")
			  POST("\t\tip saddr @a masquerade\n") "}\n",
		  "table ip t of nftables\n" TOLD "    1 [source in { }] masq\n" },
		/* None has elements, as with nft -t. */
		{ "table ip t {\n" SET("a", "") POST("\t\tip saddr @a masquerade\n") "}\n",
		  "table ip t of nftables\n" TOLD "    1 [source in { } incomplete] masq\n"
		  "note: dump lists no element of any set; if it was made with nft -t, they are "
		  "not "
		  "known.\n" },
		{ "table ip t {\n\tset a {\n\t\ttype ipv4_addr\n\t\telements = { 1.1.1.1,\n"
		  "\t\t\t     2.2.2.0/24 timeout 5m expires 4m3s comment \"a, b : c\" "
		  "}\n\t}\n" POST("\t\tip saddr @a masquerade\n") "}\n",
		  "table ip t of nftables\n" TOLD
		  "    1 [source in { 1.1.1.1/32 2.2.2.0/24 }] masq\n" },
		{ "table ip t {\n" SET("a", "\t\telements = { *, 1.1.1.1 }\n")
			  POST("\t\tip saddr @a masquerade\n") "}\n",
		  "table ip t of nftables\n" TOLD
		  "    1 [source in { 1.1.1.1/32 } incomplete] masq\n" },
	};

	check_rows(rows, ARRAY_SIZE(rows));
}

/* Rows whose texts are the objects of a list in JSON, with single quotes for double ones. */
static void check_json(const struct row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct buf text = BUF_INIT;
		char *told;

		buf_printf(&text, "{'nftables': [%s", rows[i].text);
		for (char *quote = strchr(text.data, '\''); quote; quote = strchr(quote, '\''))
			*quote = '"';
		told = dump_told_text("dump", text.data, text.len);
		CHECK_STRING(told, rows[i].told, rows[i].text);
		free(told);
		buf_release(&text);
	}
}

#define JSON_CHAIN                                                             \
	"{'chain': {'family': 'ip', 'table': 't', 'name': 'c', 'type': 'nat'," \
	" 'hook': 'postrouting', 'prio': 105, 'policy': 'drop'}}"
#define JSON_RULE  ", {'rule': {'family': 'ip', 'table': 't', 'chain': 'c', 'expr': ["
#define JSON_END   "]}}"
#define JSON_TOLD  "table ip t of nftables\n  chain c nat postrouting 105 drop\n"
#define JSON_TABLE "{'table': {'family': 'ip', 'name': 't', 'flags': "

static void test_json(void)
{
	static const struct row rows[] = {
		{ JSON_CHAIN JSON_RULE "{'masquerade': null}" JSON_END "]}\n",
		  JSON_TOLD "    1 masq\n" },
		/* A chain may come after its rules. */
		{ "{'rule': {'family': 'ip', 'table': 't', 'chain': 'c', 'expr': []}}, " JSON_CHAIN
		  "]}\n",
		  JSON_TOLD "    1 continue\n" },
		{ JSON_TABLE "['owner', 'dormant']}}, " JSON_CHAIN "]}\n",
		  "table ip t of nftables dormant\n  chain c nat postrouting 105 drop\n" },
		{ JSON_TABLE "'dormant'}}, " JSON_CHAIN "]}\n",
		  "table ip t of nftables dormant\n  chain c nat postrouting 105 drop\n" },
		/* By jq: on several lines. */
		{ "\n    " JSON_CHAIN JSON_RULE "\n  {\n   'drop': null\n  }\n" JSON_END
		  "\n  ]\n}\n",
		  JSON_TOLD "    1 drop\n" },
		/* It does not say what is dormant. */
		{ "{'metainfo': {'version': '1.0.6'}}, " JSON_CHAIN "]}\n", JSON_TOLD
		  "note: dump is JSON of nft 1.0.6, which does not tell whether a table is "
		  "dormant.\n" },
	};

	check_json(rows, ARRAY_SIZE(rows));
}

/* Statements that it does not know, others that are not what they should be, and texts that are
 * words of nft. */
static void test_strange_json(void)
{
	static const struct row rows[] = {
		{ "{'quantum': {'state': 'drop'}}, {'accept': null}", "[unknown] accept" },
		{ "{'quantum': null}", "[unknown] unknown" },
		{ "7", "[unknown] unknown" },
		{ "", "continue" },
		{ "{'match': null}, {'accept': null}", "[unknown] accept" },
		{ "{'snat': {}}", "snat" },
		{ "{'match': {'op': '==', 'left': {'meta': {'key': 'iifname'}}, 'right': 'a\\' "
		  "drop'}}, "
		  "{'accept': null}",
		  "[in a? drop] accept" },
		{ "{'match': {'op': '==', 'left': {'payload': {'protocol': 'ip', 'field': "
		  "'saddr'}}, "
		  "'right': '1.1.1.1 drop'}}, {'accept': null}",
		  "[source in { } incomplete] accept" },
		/* Before 1.0.6 it says but that there is something of iptables: before the counter
		 * a match, at the end a target. */
		{ "{'xt': null}, {'counter': {'packets': 0}}, {'xt': null}", "[unknown] unknown" },
		{ "{'xt': null}, {'counter': null}, {'return': null}", "[unknown] return" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct buf text = BUF_INIT;
		struct buf told = BUF_INIT;
		struct row row;

		buf_printf(&text, "%s%s%s%s]}\n", JSON_CHAIN, JSON_RULE, rows[i].text, JSON_END);
		buf_printf(&told, "%s    1 %s\n", JSON_TOLD, rows[i].told);
		row = (struct row){ text.data, told.data };
		check_json(&row, 1);
		buf_release(&text);
		buf_release(&told);
	}
}

static void test_cut_off(void)
{
	static const struct row rows[] = {
		{ "table ip t {\n\tchain post {\n\t\ttype nat hook postrouting priority srcnat; "
		  "policy "
		  "accept;\n\t\tmasquerade\n",
		  "table ip t of nftables\n  chain post nat postrouting 100 accept incomplete\n"
		  "    1 masq\n" },
		{ "table ip t {\n" POST("\t\tmasquerade\n"), "table ip t of nftables\n" TOLD_MASQ },
		/* What is not indented does not belong to it. */
		{ "table ip t {\n" POST("\t\tmasquerade\n") "root@node:~# ip -j link show {\n"
							    "table ip u {\n" POST(
								    "\t\tmasquerade\n") "}\n",
		  "table ip t of nftables\n" TOLD_MASQ "table ip u of nftables\n" TOLD_MASQ },
		{ "table ip t {\n\tset s {\n\t\telements = { 1.1.1.1,\n", "" },
	};

	static const struct row json[] = {
		{ JSON_CHAIN JSON_RULE "{'drop': null}" JSON_END ", {'rule': {'family': 'ip', 'tab",
		  JSON_TOLD "    1 drop\n" },
		{ JSON_CHAIN ", {'rule': nonsense}" JSON_RULE "{'drop': null}" JSON_END "]}\n",
		  JSON_TOLD },
	};

	check_rows(rows, ARRAY_SIZE(rows));
	check_json(json, ARRAY_SIZE(json));
}

/* Each cut is told, with its place. */
static void test_cut_is_told(void)
{
	static const char *const texts[] = {
		"table ip t {\n\tchain post {\n\t\ttype nat hook postrouting priority srcnat; "
		"policy "
		"accept;\n",
		"table ip t {\n" POST("\t\tmasquerade\n"),
		"{\"nftables\": [{\"table\": {\"family\": \"ip\", \"name\": \"t\"}}, {\"rule\n",
	};

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		const struct ipmasq_source source = {
			.kind = IPMASQ_SOURCE_DATA,
			.name = "dump",
			.data = texts[i],
			.size = strlen(texts[i]),
		};
		struct ipmasq_diags *diags = NULL;
		struct nat_model *model = NULL;

		CHECK(ipmasq_diags_new(&diags) == 0, texts[i]);
		CHECK(nat_read_dumps(&source, 1, diags, &model) == 0, texts[i]);
		CHECK(ipmasq_diags_count(diags) == 1, texts[i]);
		nat_model_free(model);
		ipmasq_diags_free(diags);
	}
}

/* Several dumps in one text. A table of iptables is told best by its own program. */
static void test_several(void)
{
	static const char save[] = "# Generated by iptables-save v1.8.9 (nf_tables) on Thu\n*nat\n"
				   ":POSTROUTING ACCEPT [0:0]\n"
				   "-A POSTROUTING -m mark --mark 0x1 -j MASQUERADE\nCOMMIT\n";
	static const char native[] = "table ip nat {\n" BASE(
		"\t\tcounter packets 0 bytes 0 # "
		"xt_mark # xt_MASQUERADE\n") "}\n"
					     "table ip t {\n" POST("\t\tdrop\n") "}\n";
	static const char told[] = "table ip nat of iptables-nft\n" BASE_TOLD
				   "    1 [mark 0x1/0xffffffff] masq\ntable ip t of nftables\n" TOLD
				   "    1 drop\n";

	for (int order = 0; order < 2; order++) {
		struct buf text = BUF_INIT;
		char *got;

		buf_printf(&text, "# iptables-save; nft list ruleset\n%s\n$ something else {\n%s",
			   order ? native : save, order ? save : native);
		got = dump_told_text("dump", text.data, text.len);
		CHECK_STRING(got, told, order ? "nft first" : "iptables first");
		free(got);
		buf_release(&text);
	}
}

/* A map with many elements is as many rules as there are places that it leads to. */
static void test_large_map(void)
{
	struct buf text = BUF_INIT;
	char *got;

	buf_puts(&text, "table ip t {\n\tchain a {\n\t\tdrop\n\t}\n\tmap m {\n\t\ttype ipv4_addr : "
			"verdict\n\t\telements = { ");
	for (unsigned int i = 0; i < 4096; i++)
		buf_printf(&text, "10.0.%u.%u : %s,\n\t\t\t     ", i / 256, i % 256,
			   i % 2 ? "accept" : "jump a");
	buf_puts(&text, "11.0.0.0/8 : return, * : masquerade_not }\n\t}\n");
	buf_puts(&text,
		 POST("\t\tip daddr & 255.255.255.254 vmap @m\n\t\tip daddr vmap @m\n") "}\n");
	got = dump_told_text("dump", text.data, text.len);
	CHECK(got && strstr(got, "    2 [destination in { 10.0.0.0/32 10.0.0.2/32 "), "jumps");
	CHECK(got && strstr(got, "    2 [destination in { 10.0.0.1/32 10.0.0.3/32 "), "accepts");
	CHECK(got && strstr(got, "    2 [destination in { 11.0.0.0/8 }] return\n"), "returns");
	CHECK(got && strstr(got, "    2 [not destination in { 10.0.0.0/20 11.0.0.0/8 }] unknown\n"),
	      "the rest");
	free(got);
	buf_release(&text);
}

/* Many rules that refer to a large set, and tables without number: neither costs more than they
 * say. */
static void test_hostile(void)
{
	struct buf text = BUF_INIT;
	char *got;

	buf_puts(&text, "table ip t {\n\tset m {\n\t\ttype mark\n\t\telements = { 0");
	for (unsigned int i = 1; i < 20000; i++)
		buf_printf(&text, ", %u", i);
	buf_puts(&text, " }\n\t}\n\tchain post {\n\t\ttype nat hook postrouting priority 0;\n");
	for (unsigned int i = 0; i < 20000; i++)
		buf_puts(&text, "\t\tmeta mark @m drop\n");
	buf_puts(&text, "\t}\n}\n");
	for (unsigned int i = 0; i < 20000; i++)
		buf_printf(&text, "table ip t%u {\n", i);
	got = dump_told_text("dump", text.data, text.len);
	CHECK(got && strstr(got, "    20000 [unknown] drop\n"), "rules");
	CHECK(got && strstr(got, "more than 1000 tables"), "tables");
	free(got);
	buf_release(&text);
}

int main(void)
{
	static const struct unit_test tests[] = {
		{ "tables of the families that matter", test_tables },
		{ "base chains and priorities", test_base_chains },
		{ "what is reached", test_reach },
		{ "tables of iptables", test_owner },
		{ "sets with and without elements", test_sets },
		{ "JSON", test_json },
		{ "JSON that is not as it should be", test_strange_json },
		{ "lists that are cut off", test_cut_off },
		{ "a cut is told", test_cut_is_told },
		{ "several dumps", test_several },
		{ "large maps", test_large_map },
		{ "hostile lists", test_hostile },
	};

	return unit_main("nft_dumps", tests, sizeof(tests) / sizeof(tests[0]));
}
