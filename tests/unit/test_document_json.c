/* SPDX-License-Identifier: Apache-2.0 */
/* The reader of JSON: the tree as specified in RFC 8259, and the findings for everything else. */
#include "support/document_check.h"
#include "support/unit.h"

static void json_trees(void)
{
	static const struct tree rows[] = {
		{ "{}", "{}1:1-3" },
		{ " \t\r\n{ }\n", "{}2:1-4" },
		{ "{\"a\": 1}", "{s(a)1:2-5 #(1)1:7-8}1:1-9" },
		{ "\t{\t\"a\"\t:\t[\t1\t,\t2\t]\t}\t\n",
		  "{s(a)1:4-7 [#(1)1:12-13 #(2)1:16-17]1:10-19}1:2-21" },
		{ "{\"a\"\n:\n1}", "{s(a)1:2-5 #(1)3:1-2}1:1-5" },
		{ "{\"a\":[],\"b\":{},\"c\":[[1],{\"d\":null}]}",
		  "{s(a)1:2-5 []1:6-8 s(b)1:9-12 {}1:13-15 s(c)1:16-19 [[#(1)1:22-23]1:21-24 "
		  "{s(d)1:26-29 n(null)1:30-34}1:25-35]1:20-36}1:1-37" },
		{ "{\"a\":true,\"b\":false,\"c\":null}",
		  "{s(a)1:2-5 b(true)1:6-10 s(b)1:11-14 b(false)1:15-20 s(c)1:21-24 "
		  "n(null)1:25-29}1:1-30" },
		{ "{\"a\":[0,-1,1.5,1e3,-0.5E-2,10]}",
		  "{s(a)1:2-5 [#(0)1:7-8 #(-1)1:9-11 #(1.5)1:12-15 #(1e3)1:16-19 "
		  "#(-0.5E-2)1:20-27 #(10)1:28-30]1:6-31}1:1-32" },
		/* Texts that would have other types in YAML. */
		{ "{\"a\":[\"true\",\"null\",\"1\",\"\"]}",
		  "{s(a)1:2-5 [s(true)1:7-13 s(null)1:14-20 s(1)1:21-24 s()1:25-27]1:6-28}1:1-29" },
		{ "{\"a\":\"\\u0031\\u0030\\/8\"}", "{s(a)1:2-5 s(10/8)1:6-23}1:1-24" },
		{ "{\"a\":\"\\\"\\\\\\b\\f\\n\\r\\t\"}",
		  "{s(a)1:2-5 s(\"\\\\x08\\x0c\\x0a\\x0d\\x09)1:6-22}1:1-23" },
		{ "{\"a\":\"\\u00e9\\u20AC\\uD83D\\uDE00\"}",
		  "{s(a)1:2-5 s(\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80)1:6-32}1:1-33" },
		{ "{\"a\":\"x\\u0000y\"}", "{s(a)1:2-5 s(x\\x00y)1:6-16}1:1-17" },
		{ "{\"\xf0\x9f\x98\x80\":\"\xc3\xa9\"}",
		  "{s(\xf0\x9f\x98\x80)1:2-5 s(\xc3\xa9)1:6-9}1:1-10" },
		{ "{\r\n\"a\":1,\r\n\"b\":2}\r\n",
		  "{s(a)2:1-4 #(1)2:5-6 s(b)3:1-4 #(2)3:5-6}1:1-2" },
		{ "\xef\xbb\xbf{\"a\":1}", "{s(a)1:2-5 #(1)1:6-7}1:1-8" },
		{ "{\"<<\":1}", "{s(<<)1:2-6 #(1)1:7-8}1:1-9" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		check_tree(rows[i].text, rows[i].dump);
}

static const struct refusal refusals[] = {
	{ "{", "syntax 1:1-2" },
	{ "{\"a\"", "syntax 1:1-2" },
	{ "{\"a\":", "syntax 1:1-2" },
	{ "{\"a\":1", "syntax 1:1-2" },
	{ "{\"a\":1,", "syntax 1:1-2" },
	{ "{\"a\":\n [1,2\n", "syntax 2:2-3" },
	{ "{\"a\":[1}", "syntax 1:8-9" },
	{ "{\"a\":1]", "syntax 1:7-8" },
	{ "{\"a\":1,}", "syntax 1:7-8" },
	{ "{\"a\":[1,\n]}", "syntax 1:8-9" },
	{ "{\"a\":[1,,2]}", "syntax 1:9-10" },
	{ "{\"a\":[,1]}", "syntax 1:7-8" },
	{ "{,}", "syntax 1:2-3" },
	{ "{\"a\" 1}", "syntax 1:6-7" },
	{ "{\"a\":1 \"b\":2}", "syntax 1:8-9" },
	{ "{\"a\":[1 2]}", "syntax 1:9-10" },
	{ "{\"a\"}", "syntax 1:5-6" },
	{ "{\"a\":}", "syntax 1:6-7" },
	{ "{\"a\":[1:2]}", "syntax 1:7-10 \"1:2\"" },
	{ "{a:1}", "syntax 1:2-3 \"a\"" },
	{ "{1:1}", "syntax 1:2-3 \"1\"" },
	{ "{'a':1}", "syntax 1:2-5 \"a\"" },
	{ "{\"a\":'b c'}", "syntax 1:6-11 \"b c\"" },
	{ "{\"a\":10.0.0.0/8}", "syntax 1:6-16 \"10.0.0.0/8\"" },
	{ "{\"a\":[fe80::/10]}", "syntax 1:7-16 \"fe80::/10\"" },
	{ "{\"a\":60s}", "syntax 1:6-9 \"60s\"" },
	{ "{\"a\":True}", "syntax 1:6-10 true" },
	{ "{\"a\":off}", "syntax 1:6-9 false" },
	{ "{\"a\":None}", "syntax 1:6-10 null" },
	{ "{\"a\":01}", "syntax 1:6-8" },
	{ "{\"a\":+1}", "syntax 1:6-8" },
	{ "{\"a\":.5}", "syntax 1:6-8" },
	{ "{\"a\":5.}", "syntax 1:6-8" },
	{ "{\"a\":1e}", "syntax 1:6-8" },
	{ "{\"a\":-}", "syntax 1:6-7" },
	{ "{\"a\":1 // c\n}", "syntax 1:8-9" },
	{ "{/* c */\"a\":1}", "syntax 1:2-3" },
	{ "{\n# c\n\"a\":1}", "syntax 2:1-2" },
	{ "{\"a\":1} # c\n", "syntax 1:9-10" },
	{ "{\"a\":1}\n{}", "syntax 2:1-2" },
	{ "{\"a\":1}}", "syntax 1:8-9" },
	{ "{\"a\":1}\n---\n", "documents 2:1-1" },
	{ "{\"a\":\"b\n\"}", "syntax 1:6-7" },
	{ "{\"a\":\"b", "syntax 1:6-7" },
	{ "{\"a\":\"b\\\"}", "syntax 1:6-7" },
	{ "{\"a\":\"b\tc\"}", "syntax 1:8-9" },
	{ "{\"a\":\"b\x1f\"}", "syntax 1:8-9" },
	{ "{\"a\":\"\\x\"}", "syntax 1:7-8" },
	{ "{\"a\":\"\\u12\"}", "syntax 1:7-9" },
	{ "{\"a\":\"\\u12g4\"}", "syntax 1:7-9" },
	{ "{\"a\":\"\xc3\xa9\\ud83d\"}", "syntax 1:8-14" },
	{ "{\"a\":\"\\ud83dx\"}", "syntax 1:7-13" },
	{ "{\"a\":\"\\ud83d\\u0041\"}", "syntax 1:7-13" },
	{ "{\"a\":\"\\ud83d\\ud83d\"}", "syntax 1:7-13" },
	{ "{\"a\":\"\\ude00\"}", "syntax 1:7-13" },
	{ "{\"a\":\x01}", "syntax 1:6-7" },
};

static void json_rejected(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(refusals); i++)
		check_rejected(refusals[i].text, refusals[i].finding);
}

int main(void)
{
	static const struct unit_test tests[] = {
		{ "JSON becomes a tree with places", json_trees },
		{ "malformed JSON is refused at its place", json_rejected },
	};

	return unit_main("document_json", tests, ARRAY_SIZE(tests));
}
