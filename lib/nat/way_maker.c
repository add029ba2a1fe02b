/* SPDX-License-Identifier: Apache-2.0 */
/* Collects the outcomes of a walk, and says in words what must hold for each. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nat/way_maker.h"
#include "util/buf.h"

#define OUTCOMES_MAX 1000
#define STEPS_MAX    20000
/* Of the rules that must not match only the nearest are said. */
#define DENIALS_MAX 8
#define DEMANDS_MAX 64

/* The public part is what the caller has a pointer to. */
struct way {
	struct nat_way public;
	struct nat_model *memory;
};

int way_begin(struct way_maker *maker, const struct nat_packet *packet)
{
	*maker = (struct way_maker){ .packet = packet };
	return nat_model_new(&maker->memory);
}

void way_release(struct way_maker *maker)
{
	nat_model_free(maker->memory);
	free(maker->findings);
	free(maker->steps);
}

static int append(struct way_maker *maker, const struct literal **list, struct literal literal)
{
	const struct literal *copy;

	literal.before = *list;
	literal.depth = *list ? (*list)->depth + 1 : 1;
	copy = nat_copy(maker->memory, &literal, sizeof(literal));
	if (!copy)
		return -ENOMEM;
	*list = copy;
	return 0;
}

int way_match(struct way_maker *maker, const struct literal **list, const struct nat_rule *rule,
	      bool matches)
{
	return append(maker, list, (struct literal){ .rule = rule, .matches = matches });
}

int way_demand(struct way_maker *maker, const struct literal **list, const char *format, ...)
{
	char text[512];
	const char *copy;
	va_list args;

	va_start(args, format);
	(void)vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	copy = nat_text(maker->memory, text, strlen(text));
	if (!copy)
		return -ENOMEM;
	return append(maker, list, (struct literal){ .text = copy });
}

const struct literal *way_common(const struct literal *a, const struct literal *b)
{
	while (a != b) {
		size_t x = a ? a->depth : 0;
		size_t y = b ? b->depth : 0;

		if (x >= y)
			a = a->before;
		if (y >= x)
			b = b->before;
	}
	return a;
}

static struct addr mapped_source(const struct nat_packet *packet, const struct prefix *to)
{
	struct addr mask = addr_mask(to->len);

	return (struct addr){ to->addr.hi | (packet->source.hi & ~mask.hi),
			      to->addr.lo | (packet->source.lo & ~mask.lo) };
}

static void set_address(const struct way_maker *maker, struct nat_outcome *outcome)
{
	const struct nat_rule *rule = outcome->at.rule;

	if (!rule)
		return;
	if (rule->verdict == NAT_SNAT && rule->to_known &&
	    addr_equal(rule->to_first, rule->to_last)) {
		outcome->to_known = true;
		outcome->to = rule->to_first;
	} else if (rule->verdict == NAT_NETMAP &&
		   (maker->packet->has_source ||
		    rule->to_prefix.len == family_bits(maker->packet->family))) {
		outcome->to_known = true;
		outcome->to = mapped_source(maker->packet, &rule->to_prefix);
	}
}

int way_add(struct way_maker *maker, enum nat_verdict verdict, const struct nat_at *at,
	    const struct literal *conditions)
{
	struct finding finding = {
		.outcome = { .verdict = verdict == NAT_NETMAP ? NAT_SNAT : verdict, .at = *at },
		.conditions = conditions,
	};

	if (maker->count == OUTCOMES_MAX)
		maker->cut_short = true;
	if (maker->cut_short)
		return 0;
	set_address(maker, &finding.outcome);
	if (array_grow(&maker->findings, &maker->capacity, maker->count, sizeof(finding)))
		return -ENOMEM;
	maker->findings[maker->count++] = finding;
	return 0;
}

int way_step(struct way_maker *maker, const struct nat_at *at, enum nat_match match)
{
	if (maker->step_count == STEPS_MAX)
		return 0;
	if (array_grow(&maker->steps, &maker->step_capacity, maker->step_count,
		       sizeof(*maker->steps)))
		return -ENOMEM;
	maker->steps[maker->step_count++] = (struct nat_step){ *at, match };
	return 0;
}

/* The opposite of a condition that has one "! ". */
static bool add_opposite(struct buf *buf, const char *text)
{
	const char *mark = strstr(text, "! ");

	if (!mark || (mark > text && mark[-1] != ' ') || strstr(mark + 1, "! "))
		return false;
	buf_add(buf, text, (size_t)(mark - text));
	buf_puts(buf, mark + 2);
	return true;
}

/* Which conditions of the rule are open. */
static bool is_open(const struct way_maker *maker, const struct nat_condition *condition)
{
	return nat_condition_match(condition, maker->packet) == NAT_MAYBE;
}

static const char *condition_text(const struct nat_condition *condition)
{
	return condition->text ? condition->text : "a condition that is not known";
}

static void add_denial(const struct way_maker *maker, struct buf *buf, const struct nat_rule *rule)
{
	const struct nat_condition *only = NULL;
	size_t count = 0;

	for (size_t i = 0; i < rule->condition_count; i++) {
		if (is_open(maker, &rule->conditions[i])) {
			only = &rule->conditions[i];
			count++;
		}
	}
	if (count == 1 && add_opposite(buf, condition_text(only)))
		return;
	buf_puts(buf, "not (");
	for (size_t i = 0, said = 0; i < rule->condition_count; i++) {
		if (!is_open(maker, &rule->conditions[i]))
			continue;
		buf_printf(buf, "%s%s", said++ ? " and " : "",
			   condition_text(&rule->conditions[i]));
	}
	buf_putc(buf, ')');
}

/* Conditions of one outcome, as texts, the last one first. */
struct texts {
	const char **list;
	size_t count;
	size_t capacity;
};

static int add_text(struct texts *texts, const char *text)
{
	if (array_grow(&texts->list, &texts->capacity, texts->count, sizeof(*texts->list)))
		return -ENOMEM;
	texts->list[texts->count++] = text;
	return 0;
}

static int say_denial(struct way_maker *maker, struct texts *texts, const struct nat_rule *rule)
{
	CLEANUP(buf_release) struct buf buf = BUF_INIT;
	const char *text;

	add_denial(maker, &buf, rule);
	if (buf.error)
		return -ENOMEM;
	text = nat_text(maker->memory, buf.data, buf.len);
	return text ? add_text(texts, text) : -ENOMEM;
}

static int say_match(struct way_maker *maker, struct texts *texts, const struct nat_rule *rule)
{
	for (size_t i = rule->condition_count; i > 0; i--) {
		const struct nat_condition *condition = &rule->conditions[i - 1];

		if (is_open(maker, condition) && add_text(texts, condition_text(condition)))
			return -ENOMEM;
	}
	return 0;
}

static int say_conditions(struct way_maker *maker, const struct literal *list, struct texts *texts)
{
	size_t denials = 0;
	int r = 0;

	for (; list && r == 0 && texts->count < DEMANDS_MAX; list = list->before) {
		if (!list->rule)
			r = add_text(texts, list->text);
		else if (list->matches)
			r = say_match(maker, texts, list->rule);
		else if (denials++ < DENIALS_MAX)
			r = say_denial(maker, texts, list->rule);
	}
	return r;
}

static int say(struct way_maker *maker, const struct finding *finding, struct nat_outcome *outcome)
{
	struct texts texts = { 0 };
	int r = say_conditions(maker, finding->conditions, &texts);

	*outcome = finding->outcome;
	for (size_t i = 0; r == 0 && i < texts.count / 2; i++) {
		const char *text = texts.list[i];

		texts.list[i] = texts.list[texts.count - 1 - i];
		texts.list[texts.count - 1 - i] = text;
	}
	if (r == 0 && texts.count > 0) {
		outcome->conditions =
			nat_copy(maker->memory, texts.list, texts.count * sizeof(*texts.list));
		outcome->condition_count = texts.count;
		r = outcome->conditions ? 0 : -ENOMEM;
	}
	free(texts.list);
	return r;
}

int way_finish(struct way_maker *maker, struct nat_way **way)
{
	struct way *made = calloc(1, sizeof(*made));
	int r = 0;

	if (!made)
		return -ENOMEM;
	made->public.outcomes = calloc(maker->count + 1, sizeof(*made->public.outcomes));
	if (!made->public.outcomes)
		r = -ENOMEM;
	for (size_t i = 0; r == 0 && i < maker->count; i++)
		r = say(maker, &maker->findings[i], &made->public.outcomes[i]);
	if (r < 0) {
		nat_way_free(&made->public);
		return r;
	}
	made->public.outcome_count = maker->count;
	if (maker->cut_short)
		made->public.outcomes[made->public.outcome_count++] =
			(struct nat_outcome){ .verdict = NAT_UNKNOWN };
	made->public.cut_short = maker->cut_short;
	made->public.steps = maker->steps;
	made->public.step_count = maker->step_count;
	made->memory = maker->memory;
	free(maker->findings);
	*maker = (struct way_maker){ 0 };
	*way = &made->public;
	return 0;
}

void nat_way_free(struct nat_way *way)
{
	struct way *made = (struct way *)way;

	if (!made)
		return;
	free(made->public.outcomes);
	free(made->public.steps);
	nat_model_free(made->memory);
	free(made);
}
