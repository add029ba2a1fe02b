/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the kernel's tables without a program. */
#include "node/direct.h"

#include <string.h>
#include <sys/socket.h>

#include "node/kernel/entries.h"
#include "node/kernel/hints.h"
#include "node/kernel/legacy.h"
#include "node/kernel/nft.h"
#include "node/kernel/nft_delete.h"
#include "node/kernel/send.h"
#include "node/launch.h"
#include "util/patience.h"

int direct_ask(const struct iptables *t, int (*send)(int family), const struct send_scope *scope,
	       int (*output)(void *context, const char *data, size_t len), void *context,
	       struct failure *failure)
{
	struct run run = { .task.act = send,
			   .task.argument = t->family == IPMASQ_IPV6 ? AF_INET6 : AF_INET,
			   .input = (const char *)scope,
			   .input_len = sizeof(*scope),
			   .output = output,
			   .context = context };
	struct run_end end;
	int r = launch(t->node, &run, &end, failure);

	return r == 0 && end.status != 0 ? -EAGAIN : r;
}

/* Rules that change in the middle of each read for so long change all the time. */
#define PATIENCE_SECONDS 2

/* Of a read that the rules changed in the middle of. */
#define READ_CHANGED (-EINTR)

/* Reads what is in scope, NULL: all. */
static int observe_scope(const struct iptables *t, const struct send_scope *scope,
			 struct observer *observer, struct failure *failure)
{
	bool nft = t->backend == IPMASQ_BACKEND_NFT;
	struct reader *reader = nft ? nft_reader_new(observer, scope) : legacy_reader_new(observer);
	int r = reader ? direct_ask(t, nft ? send_nft_table : send_legacy_table, scope, reader_feed,
				    reader, failure)
		       : -ENOMEM;

	if (r == 0)
		r = reader_end(reader);
	if (r == READER_UNSURE && reader->changed)
		r = READ_CHANGED;
	reader_free(reader);
	return r;
}

static int observe_once(const struct iptables *t, const char *root, const struct send_scope *scope,
			struct observation *obs, struct observer *observer, struct failure *failure)
{
	int r = observer_begin(observer, t->family, root, obs);

	obs->direct = true;
	if (r == 0)
		r = observe_scope(t, scope, observer, failure);
	observer_end(observer);
	return r;
}

/* Begins again where another program changed the rules meanwhile: the programs might not be able to
 * print the table at all. */
static int observe_root(const struct iptables *t, const char *root, const struct send_scope *scope,
			struct observation *obs, struct observer *observer, struct failure *failure)
{
	struct patience patience = { .tries = 0 };
	int r = observe_once(t, root, scope, obs, observer, failure);

	while (r == READ_CHANGED && patience_left(&patience, PATIENCE_SECONDS)) {
		observation_release(obs);
		r = observe_once(t, root, scope, obs, observer, failure);
	}
	return r == READ_CHANGED ? READER_UNSURE : r;
}

int direct_observe(const struct iptables *t, const char *root, bool all, struct observation *obs,
		   unsigned int *doubts, struct failure *failure)
{
	struct send_scope scope;
	struct observer observer;
	int r;

	send_scope_set(&scope, root);
	all |= t->backend != IPMASQ_BACKEND_NFT;
	r = observe_root(t, root, all ? NULL : &scope, obs, &observer, failure);
	if (r == 0 && observer.elsewhere) {
		observation_release(obs);
		r = observe_root(t, root, NULL, obs, &observer, failure);
	}
	if (r == 0) {
		obs->fingerprint = observation_fingerprint(obs);
		*doubts = observer.doubts;
		return observer.doubts ? READER_UNSURE : 0;
	}
	observation_release(obs);
	if (r == -ENOMEM)
		return failure_no_memory(failure);
	return r == -ECANCELED ? r : READER_UNSURE;
}

static int keep_answer(void *context, const char *data, size_t len)
{
	if (len > 0)
		*(char *)context = data[len - 1];
	return 0;
}

int direct_hints(const struct iptables *t, bool *found, struct failure *failure)
{
	bool nft = t->backend == IPMASQ_BACKEND_NFT;
	char answer = '\0';
	int r = direct_ask(t, nft ? send_nft_hints : send_legacy_hints, NULL, keep_answer, &answer,
			   failure);

	if (r < 0)
		return r == -ENOMEM || r == -ECANCELED ? r : READER_UNSURE;
	*found = answer == HINT_FOUND;
	return answer == HINT_FOUND || answer == HINT_NONE ? 0 : READER_UNSURE;
}

/* Where a rule is gone, somebody else has deleted it. */
static int judge_deletion(const struct iptables *t, int error, struct failure *failure)
{
	switch (error) {
	case 0:
		return 0;
	case ERESTART:
	case ENOENT:
		return -EAGAIN;
	case EPERM:
		return failure_set(failure, -EPERM, "not-permitted",
				   "deleting rules of the %s nat table is not permitted here: it "
				   "needs CAP_NET_ADMIN over the network namespace",
				   family_name(t->family));
	default:
		return failure_set(failure, -EPROTO, "refused",
				   "the kernel does not delete rules of the %s nat table: %s",
				   family_name(t->family), strerror(error));
	}
}

int direct_delete(const struct iptables *t, uint32_t generation, const uint64_t *handles,
		  size_t count, struct failure *failure)
{
	CLEANUP(buf_release) struct buf batch = BUF_INIT;
	struct run run = { .task.act = nft_send_batch };
	struct run_end end;
	int r;

	nft_delete_rules(&batch, t->family, generation, handles, count);
	if (batch.error)
		return failure_no_memory(failure);
	run.input = batch.data;
	run.input_len = batch.len;
	r = launch(t->node, &run, &end, failure);
	if (r == 0 && end.status < 0)
		return failure_set(failure, -EPROTO, "refused",
				   "a process of this program was ended by signal %d", -end.status);
	return r < 0 ? r : judge_deletion(t, end.status, failure);
}

int direct_legacy_tables(const struct ipmasq_node *node, enum ipmasq_family family,
			 struct legacy_tables *tables, struct failure *failure)
{
	struct run run = { .task.file = family == IPMASQ_IPV6 ? "/proc/self/net/ip6_tables_names"
							      : "/proc/self/net/ip_tables_names" };
	struct run_end end;
	char text[1024];
	int r = launch_for_text(node, &run, &end, text, sizeof(text), failure);

	*tables = (struct legacy_tables){ 0 };
	if (r < 0)
		return r;
	/* Where the file does not exist or may not be read, its kernel half is not for us either.
	 */
	if (end.status != 0 && end.status != CHILD_NO_FILE)
		return failure_set(failure, -EIO, "cannot-run",
				   "%s, the list of legacy tables, was not read", run.task.file);
	tables->nat = entries_names_have(text, "nat");
	tables->hints = entries_names_have(text, HINT_TABLE);
	return 0;
}
