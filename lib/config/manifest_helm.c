/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Takes configurations out of Helm values.
 *
 * Cilium's chart has its configuration in the values, below ipMasqAgent.config. Values stand in a
 * file of their own, where those of a chart within another are below its name, or in objects of
 * Flux, k3s, RKE2, Argo CD and Cluster API: as an object, or as a text.
 */
#include "config/manifest_helm.h"

#include "config/document_parse.h"
#include "config/manifest_extract.h"
#include "config/manifest_look.h"
#include "config/manifest_template.h"

#define AGENT_KEY "ipMasqAgent"

/* ipMasqAgent, where it is a mapping, and its key. */
static const struct node *find_agent(const struct document *document, const struct node *values,
				     const struct node **key)
{
	const struct node *agent = search_find(document, values, AGENT_KEY, key);

	if (!agent)
		return NULL;
	agent = document_resolve(document, agent);
	return agent->kind == NODE_MAPPING ? agent : NULL;
}

bool manifest_is_values(const struct document *document, const struct node *root,
			const struct node **place)
{
	const struct node *nodes = document->nodes;

	if (root->kind != NODE_MAPPING)
		return false;
	if (find_agent(document, root, place))
		return true;
	for (uint32_t i = root->first_child; i != NODE_NONE; i = nodes[nodes[i].next].next)
		if (find_agent(document, &nodes[nodes[i].next], place))
			return true;
	return false;
}

static int take_agent(struct search *search, const struct node *agent, const struct node *key)
{
	const struct document *document = search->document;
	const struct node *config_key = NULL;
	const struct node *config = search_find(document, agent, "config", &config_key);
	const struct node *resolved = config ? document_resolve(document, config) : NULL;
	struct pos pos = document_pos(document, key);
	int r;

	if (!config)
		return near_add(&search->near, NULL, IPMASQ_WARNING, &pos,
				AGENT_KEY " has no key config here");
	search_begin_object(search, key);
	if (resolved->kind == NODE_SCALAR && resolved->type != SCALAR_NULL)
		r = search_take_value(search, config_key, config);
	else
		r = search_take_mapping(search, config);
	search_begin_object(search, NULL);
	return r;
}

int manifest_take_values(struct search *search, const struct node *root)
{
	const struct document *document = search->document;
	const struct node *nodes = document->nodes;
	const struct node *key = NULL;
	const struct node *agent;
	int r = 0;

	root = document_resolve(document, root);
	if (root->kind != NODE_MAPPING)
		return 0;
	agent = find_agent(document, root, &key);
	if (agent)
		return take_agent(search, agent, key);
	for (uint32_t i = root->first_child; i != NODE_NONE && r == 0;
	     i = nodes[nodes[i].next].next) {
		agent = find_agent(document, &nodes[nodes[i].next], &key);
		if (agent)
			r = take_agent(search, agent, key);
	}
	return r;
}

/* Reads values that are a text. One that cannot be read matters only if it looks like ours. */
static int parse_values(struct search *search, struct text *inner, struct document **document)
{
	struct placeholder found;
	int r = document_parse_stream(inner, STRICT_NOWHERE, NULL, document);

	if (r != -EINVAL)
		return r;
	*document = NULL;
	if (!manifest_has_key(inner->data, inner->size))
		return 0;
	if (manifest_find_template(inner, 0, inner->size, &found)) {
		if (!search->placeholder.text)
			search->placeholder = manifest_template_pos(inner, &found);
		return 0;
	}
	search->manifest->rejected = true;
	r = document_parse_stream(inner, STRICT_NOWHERE, search->diags, document);
	return r == -EINVAL ? 0 : r;
}

static int take_values_text(struct search *search, const struct node *scalar)
{
	const struct document *outer = search->document;
	size_t before = search->manifest->count;
	struct document *document;
	struct text *inner;
	int r = manifest_extract(outer->text, scalar, &inner);

	if (r < 0)
		return r;
	r = parse_values(search, inner, &document);
	text_unref(inner);
	if (r < 0 || !document)
		return r;
	search->document = document;
	if (document->count > 0)
		r = manifest_take_values(search, document->nodes);
	search->document = outer;
	if (r == 0 && search->manifest->count > before)
		return manifest_keep_document(search->manifest, document);
	document_free(document);
	return r;
}

int manifest_take_any_values(struct search *search, const struct node *values)
{
	if (!values)
		return 0;
	values = document_resolve(search->document, values);
	if (!search_visit(search, values))
		return 0;
	if (values->kind == NODE_SCALAR && values->type == SCALAR_STRING)
		return take_values_text(search, values);
	return manifest_take_values(search, values);
}

int manifest_take_helm_object(struct search *search, const struct node *object)
{
	static const char *const members[] = { "values", "valuesContent", "valuesTemplate" };
	const struct node *spec = search_find(search->document, object, "spec", NULL);
	int r = 0;

	for (size_t i = 0; spec && i < ARRAY_SIZE(members) && r == 0; i++)
		r = manifest_take_any_values(search,
					     search_find(search->document, spec, members[i], NULL));
	return r;
}

static int take_source(struct search *search, const struct node *source)
{
	const struct document *document = search->document;
	const struct node *helm = search_find(document, source, "helm", NULL);
	int r;

	if (!helm)
		return 0;
	r = manifest_take_any_values(search, search_find(document, helm, "values", NULL));
	return r < 0 ? r
		     : manifest_take_any_values(search,
						search_find(document, helm, "valuesObject", NULL));
}

int manifest_take_application(struct search *search, const struct node *object)
{
	const struct document *document = search->document;
	const struct node *nodes = document->nodes;
	const struct node *spec = search_find(document, object, "spec", NULL);
	const struct node *source = spec ? search_find(document, spec, "source", NULL) : NULL;
	const struct node *sources = spec ? search_find(document, spec, "sources", NULL) : NULL;
	int r = source ? take_source(search, source) : 0;

	if (!sources || r < 0)
		return r;
	sources = document_resolve(document, sources);
	if (sources->kind != NODE_SEQUENCE)
		return 0;
	for (uint32_t i = sources->first_child; i != NODE_NONE && r == 0; i = nodes[i].next)
		r = take_source(search, &nodes[i]);
	return r;
}
