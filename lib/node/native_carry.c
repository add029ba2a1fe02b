/* SPDX-License-Identifier: Apache-2.0 */
/* The backend nftables: carries a plan out. */
#include <string.h>

#include "node/kernel/native_drop.h"
#include "node/kernel/native_load.h"
#include "node/kernel/native_read.h"
#include "node/kernel/native_write.h"
#include "node/native.h"
#include "node/netns_lock.h"
#include "rules/nft_form.h"

/* How long others may change their tables during each short look, and how often between one and the
 * switch. */
#define LOOK_SECONDS 4
#define SWITCHES_MAX 200

/* What a message takes that empties or deletes a chain or a map, or makes the base chain. */
#define RENAME_BYTES_MAX 320

/* A conversation, and the table as it is now. */
struct writer {
	struct work *work;
	struct native_socket *socket;
	struct native_batch batch;
	struct native_table now;
};

static int look_again(struct writer *writer)
{
	native_table_release(&writer->now);
	return native_read_patiently(writer->socket, writer->work->root, false, LOOK_SECONDS,
				     &writer->now);
}

/* Whether the plan still fits. */
static bool is_as_planned(const struct writer *writer)
{
	const struct native_table *planned = writer->work->obs.native;
	const struct native_table *now = &writer->now;

	return now->exists == planned->exists && now->has_base == planned->has_base &&
	       now->generation == planned->generation && now->switched == planned->switched;
}

/* Looks again; NATIVE_STALE: something of ours has changed since the last look. */
static int look_for_changes(struct writer *writer)
{
	struct native_table before = writer->now;
	int r;

	writer->now = (struct native_table){ .exists = false };
	r = look_again(writer);
	if (r == 0 && !native_table_looks_alike(&before, &writer->now))
		r = NATIVE_STALE;
	native_table_release(&before);
	return r;
}

/* The generation that the kernel holds a switch to is that of all tables: where others changed
 * theirs alone, what was loaded is still right, and only the switch is tried again. */
static int switch_to(struct writer *writer, const struct chain *first)
{
	char name[NFT_NAME_MAX + 1];
	int r;

	nft_name(first->name, name);
	for (int i = 0;; i++) {
		r = native_switch(&writer->batch, writer->work->root, name, &writer->now);
		if (r != NATIVE_STALE || i == SWITCHES_MAX)
			return r;
		r = look_for_changes(writer);
		if (r < 0)
			return r;
		writer->batch.error = 0;
	}
}

/* Deletes what a run left that died. Where the base chain may lead to it too, that is put right
 * first; where it is not known where that leads, all of it stays until the switch. */
static int delete_leftovers(struct writer *writer)
{
	struct native_table *now = &writer->now;
	int r = 0;

	if (now->stale == 0 || native_leads_anywhere(now))
		return 0;
	if (now->generation && !now->switched) {
		r = switch_to(writer, &now->rules->chains[0]);
		native_settle();
	}
	if (r == 0)
		r = native_delete(&writer->batch, writer->work->root, now->generation, now);
	return r;
}

static int load(struct writer *writer)
{
	int r = delete_leftovers(writer);

	if (r == 0)
		r = native_load(&writer->batch, writer->work->plan.rules);
	return r < 0 ? r : look_again(writer);
}

/* Deletes all but the generation that is in force now. */
static int delete_old(struct writer *writer)
{
	int r = look_again(writer);

	if (r < 0 || writer->now.stale == 0)
		return r;
	native_settle();
	return native_delete(&writer->batch, writer->work->root, writer->now.generation,
			     &writer->now);
}

/* Whether all of a plan has room in one transaction, and the base chain leads where it should. */
static bool fits_at_once(const struct writer *writer)
{
	const struct plan *plan = &writer->work->plan;
	const struct native_table *now = &writer->now;
	size_t names = now->chains.count * 2 + now->maps.count;

	return plan->at_once && plan->chains_differ && (!now->generation || now->led) &&
	       !native_leads_anywhere(now) &&
	       native_ruleset_bytes(plan->rules) + (names + 8) * RENAME_BYTES_MAX <
		       writer->batch.size;
}

/* Whether what comes may be put before what is in force, and nothing be taken away. */
static bool can_pile(const struct writer *writer)
{
	const struct work *w = writer->work;
	const struct native_table *now = &writer->now;

	return w->plan.piles && now->has_base && now->hooked && now->led && !now->dormant &&
	       !native_has_generation(now, w->root, w->desired->generation);
}

/* Deletes all but the generation that is in force. What was in force a moment ago may still have a
 * packet in it, for which this waits. */
static int delete_piled(struct writer *writer)
{
	const char *root = writer->work->root;
	const struct native_table *now = &writer->now;
	char name[NFT_NAME_MAX + 1];
	int r;

	if (!native_is_settled(now, root))
		native_settle();
	if (now->generation) {
		nft_name(now->rules->chains[0].name, name);
		native_put_switch(&writer->batch, root, name, now);
	}
	native_put_deletions(&writer->batch, root, now->generation, now);
	r = native_commit(&writer->batch);
	return r < 0 ? r : look_again(writer);
}

/* What comes and the switch to it, in one transaction. */
static int write_at_once(struct writer *writer)
{
	const struct work *w = writer->work;
	char name[NFT_NAME_MAX + 1];
	bool piles = can_pile(writer);
	int r = piles || writer->now.stale == 0 ? 0 : delete_piled(writer);

	nft_name(w->plan.rules->chains[0].name, name);
	for (int i = 0; r == 0; i++) {
		writer->batch.generation = writer->now.id;
		native_put_ruleset(&writer->batch, w->plan.rules);
		if (piles)
			native_put_first(&writer->batch, w->root, name);
		else
			native_put_switch(&writer->batch, w->root, name, &writer->now);
		r = native_commit(&writer->batch);
		writer->batch.generation = 0;
		if (r != NATIVE_STALE || i == SWITCHES_MAX)
			return r;
		r = look_for_changes(writer);
		writer->batch.error = 0;
	}
	return r;
}

static int write_policy(struct writer *writer)
{
	const struct plan *plan = &writer->work->plan;
	int r;

	if (fits_at_once(writer))
		return write_at_once(writer);
	r = plan->chains_differ ? load(writer) : 0;
	if (r == 0 && (plan->chains_differ || plan->add_jump))
		r = switch_to(writer, &plan->rules->chains[0]);
	return r < 0 ? r : delete_old(writer);
}

static int write_removal(struct writer *writer)
{
	const char *root = writer->work->root;
	int r = native_delete_base(&writer->batch, root, &writer->now);

	if (r == 0 && writer->now.has_base)
		native_settle();
	if (r == 0)
		r = native_delete(&writer->batch, root, '\0', &writer->now);
	return r < 0 ? r : native_delete_table(&writer->batch, &writer->now);
}

static int write_plan(struct writer *writer)
{
	int r = look_again(writer);

	if (r < 0)
		return r;
	if (!is_as_planned(writer))
		return NATIVE_STALE;
	return writer->work->plan.rules ? write_policy(writer) : write_removal(writer);
}

static int judge(struct work *w, int error)
{
	const char *name = family_name(w->family);

	switch (error) {
	case 0:
		return 0;
	case NATIVE_STALE:
		return -EAGAIN;
	case -ENOMEM:
		return work_no_memory(w);
	case -EPERM:
	case -EACCES:
		return failure_set(&w->failure, -EPERM, "not-permitted",
				   "writing the %s table of nftables is not permitted here: it "
				   "needs CAP_NET_ADMIN over the network namespace, and no other "
				   "process may own the table",
				   name);
	case -ECANCELED:
		return failure_set(&w->failure, -ECANCELED, "stopped",
				   "a stop was requested before the %s rules were in force", name);
	case -EBUSY:
		return failure_set(&w->failure, -EPROTO, "still-used",
				   "a rule of somebody else leads to chains of ours in table %s "
				   "ipmasq, so they cannot be deleted: delete that rule",
				   w->family == IPMASQ_IPV6 ? "ip6" : "ip");
	default:
		return failure_set(&w->failure, -EPROTO, "refused",
				   "the kernel does not take the %s rules: %s", name,
				   strerror(-error));
	}
}

int native_carry_out(struct work *w)
{
	struct writer writer = { .work = w };
	bool is_held = w->node->lock;
	int r = is_held ? 0 : netns_lock(w->node, &w->failure);

	if (r < 0)
		return r;
	r = native_open(w->node->netns, w->family, &writer.socket);
	if (r == 0)
		r = native_batch_begin(&writer.batch, writer.socket);
	writer.batch.stop_fd = w->node->stop_fd;
	if (r == 0)
		r = write_plan(&writer);
	native_table_release(&writer.now);
	native_batch_release(&writer.batch);
	native_close(writer.socket);
	if (!is_held)
		netns_unlock(w->node);
	return judge(w, r);
}

int native_drop_chains(struct work *w)
{
	const struct plan *plan = &w->plan;
	struct native_socket *socket = NULL;
	struct native_batch batch = { .size = 0 };
	int r = native_open(w->node->netns, w->family, &socket);

	if (r == 0)
		r = native_batch_begin(&batch, socket);
	batch.stop_fd = w->node->stop_fd;
	for (size_t i = 0; i < plan->rules->count && r == 0; i++)
		native_put_flush(&batch, "nat", plan->rules->chains[i].name);
	for (size_t i = 0; i < plan->drop_count && r == 0; i++)
		native_put_flush(&batch, "nat", plan->drops[i]);
	for (size_t i = 0; i < plan->drop_count && r == 0; i++)
		native_put_delete(&batch, "nat", plan->drops[i]);
	if (r == 0)
		r = native_commit(&batch);
	native_batch_release(&batch);
	native_close(socket);
	return judge(w, r);
}
