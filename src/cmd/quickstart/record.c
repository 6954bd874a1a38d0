/* SPDX-License-Identifier: Apache-2.0
 * The record of a quickstart: what it made and how to tell it from what others made, written before it is
 * made. So whatever ends a run, what it left can be told from the user's own, and only that is ever taken
 * away. */
#include "cmd/quickstart/record.h"

#include "base/encoding.h"
#include "base/memory.h"
#include "cmd/line/output.h"
#include "os/file.h"
#include "pki/digest.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#define RECORD_MAX ((size_t)64 * 1024)
#define FILE_READ_MAX ((size_t)4 * 1024 * 1024)

static const struct {
	const char *word;   /* in the record and in sentences */
	const char *path;   /* in the API, before the name; NULL where that is not all */
	const char *member; /* of the answer: its mark */
	const char *remove; /* the command that takes it away */
} kinds[] = {
	[QUICKSTART_CERTIFICATE] = { "certificate", NULL, NULL, "ca revoke" },
	[QUICKSTART_FILE] = { "file", NULL, NULL, NULL },
	[QUICKSTART_ALIAS] = { "keystore entry", "/admin/v1/keystore/", "sha256", "keystore delete" },
	[QUICKSTART_ARTIFACT] = { "artifact", "/admin/v1/artifacts/", "version", "artifact undeploy" },
	[QUICKSTART_INSTANCE] = { "service instance", "/admin/v1/service-instances/", "id",
				  "service-instance delete" },
	[QUICKSTART_KEY] = { "service key", NULL, "id", "service-key delete" },
	[QUICKSTART_STORE] = { "key store", QUICKSTART_CERTIFICATES "/", "Content",
			       "destination-certificate delete" },
	[QUICKSTART_DESTINATION] = { "destination", QUICKSTART_DESTINATIONS "/", "Description",
				     "destination delete" },
};

const char *quickstart_word(enum quickstart_kind kind)
{
	return kinds[kind].word;
}

static char *path_of(const struct quickstart *q, const struct quickstart_thing *thing)
{
	if (thing->kind == QUICKSTART_KEY) {
		return client_path("/admin/v1/service-instances/%s/service-keys/%s", q->instance,
				   thing->name);
	}
	AUTO_FREE char *name = client_path("%s", thing->name);
	return mem_printf("%s%s", kinds[thing->kind].path, name);
}

static enum rc look_file(const char *path, char **ret_mark, struct err *reterr)
{
	char text[DIGEST_SHA256_TEXT_SIZE];
	AUTO_BUF_SECRET(bytes, FILE_READ_MAX);
	enum rc rc = file_read(path, FILE_READ_MAX, &bytes, reterr);
	if (rc == RC_NOT_FOUND && access(path, F_OK) != 0) {
		return RC_NOT_FOUND;
	}
	/* What cannot be read is there all the same, and surely not what was written here. */
	*ret_mark = mem_strdup(rc == RC_OK ? digest_sha256_text(buf_str(&bytes), text) : "");
	return RC_OK;
}

/* A certificate of this name that was issued and counts. Which of several is told by its key alone, when it
 * is revoked. */
static enum rc look_issued(const struct quickstart *q, const char *name, char **ret_mark, struct err *reterr)
{
	AUTO_VALUE *list = NULL;
	AUTO_FREE char *subject = mem_printf("CN=%s", name);
	TRY(client_get(q->client, "/admin/v1/ca/certificates", &list, reterr));
	for (size_t i = 0; i < value_count(list); i++) {
		const struct value *one = value_at(list, i);
		if (str_is(value_get_str(one, "subject"), subject) && !value_get_c(one, "revoked")) {
			*ret_mark = mem_strdup("");
			return RC_OK;
		}
	}
	return RC_NOT_FOUND;
}

enum rc quickstart_look(const struct quickstart *q, const struct quickstart_thing *thing, char **ret_mark,
			struct err *reterr)
{
	AUTO_VALUE *found = NULL;
	char text[DIGEST_SHA256_TEXT_SIZE];
	if (thing->kind == QUICKSTART_FILE) {
		return look_file(thing->name, ret_mark, reterr);
	}
	if (thing->kind == QUICKSTART_CERTIFICATE) {
		return look_issued(q, thing->name, ret_mark, reterr);
	}
	AUTO_FREE char *path = path_of(q, thing);
	TRY(client_get(q->client, path, &found, reterr));
	struct str mark = value_get_str(found, kinds[thing->kind].member);
	*ret_mark =
		thing->kind == QUICKSTART_STORE ? mem_strdup(digest_sha256_text(mark, text)) : str_dup(mark);
	return RC_OK;
}

enum rc quickstart_record_load(struct quickstart *q, struct err *reterr)
{
	AUTO_BUF(text, RECORD_MAX);
	enum rc rc = file_read(q->record_file, RECORD_MAX, &text, reterr);
	if (rc == RC_NOT_FOUND) {
		return RC_OK;
	}
	TRY(rc);
	if (value_parse(&q->record, buf_str(&text), RECORD_MAX, NULL) != RC_OK) {
		q->record = value_object();
	}
	return RC_OK;
}

static enum rc record_format(const struct quickstart *q, struct buf *out, struct err *reterr)
{
	return value_format_pretty(q->record, out) == RC_OK
		       ? RC_OK
		       : err_set(reterr, RC_LIMIT, "The record of the quickstart is too large.");
}

enum rc quickstart_record_begin(struct quickstart *q, struct err *reterr)
{
	AUTO_BUF(text, RECORD_MAX);
	q->record = value_object();
	value_set_c(q->record, "quickstart", q->name);
	value_set_c(q->record, "subaccount", client_subaccount(q->client));
	value_set(q->record, "made", value_array());
	enum rc rc = record_format(q, &text, reterr);
	if (rc == RC_OK) {
		rc = file_write_new(q->record_file, buf_str(&text), 0600, reterr);
	}
	if (rc == RC_OK) {
		return RC_OK;
	}
	/* The record, if there is one, is another run's. */
	value_free(TAKE(q->record));
	return rc;
}

static char *part_file(const struct quickstart *q)
{
	return mem_printf("%s.part", q->record_file);
}

enum rc quickstart_record_add(struct quickstart *q, enum quickstart_kind kind, const char *name,
			      const char *mark, struct err *reterr)
{
	AUTO_BUF(text, RECORD_MAX);
	AUTO_FREE char *part = part_file(q);
	struct value *one = value_object();
	value_set_c(one, "kind", kinds[kind].word);
	value_set_c(one, "name", name);
	value_set_c(one, "mark", mark);
	value_append(value_get(q->record, "made"), one);
	TRY(record_format(q, &text, reterr));
	file_remove(part);
	TRY(file_write_new(part, buf_str(&text), 0600, reterr));
	return rename(part, q->record_file) == 0 ? RC_OK
						 : err_errno(reterr, "Cannot write %s", q->record_file);
}

enum rc quickstart_write(const struct quickstart *q, const char *path, struct str bytes, unsigned mode,
			 struct err *reterr)
{
	AUTO_FREE char *part = part_file(q);
	file_remove(part);
	TRY(file_write_new(part, bytes, mode, reterr));
	/* A link, as a rename would take the place of a file that somebody has just put there. */
	bool good = link(part, path) == 0;
	int native = errno;
	file_remove(part);
	errno = native;
	return good ? RC_OK : err_errno(reterr, "Cannot write %s", path);
}

bool quickstart_record_has(const struct quickstart *q, const struct quickstart_thing *thing, const char *mark)
{
	const struct value *made = value_get(q->record, "made");
	for (size_t i = 0; i < value_count(made); i++) {
		const struct value *one = value_at(made, i);
		/* Of certificates of one name only their keys say which is whose;
		 * revoking asks for the key. */
		bool same = thing->kind == QUICKSTART_CERTIFICATE || str_is(value_get_str(one, "mark"), mark);
		if (same && str_is(value_get_str(one, "kind"), kinds[thing->kind].word) &&
		    str_is(value_get_str(one, "name"), thing->name)) {
			return true;
		}
	}
	return false;
}

const char *quickstart_record_subaccount(const struct quickstart *q)
{
	const char *name = value_get_c(q->record, "subaccount");
	return name ? name : "";
}

/* ---- removal ---- */

static bool kind_of_word(const char *word, enum quickstart_kind *ret)
{
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		if (word && strcmp(kinds[i].word, word) == 0) {
			*ret = (enum quickstart_kind)i;
			return true;
		}
	}
	return false;
}

/* All of its key: where an answer is lost on its way, curl asks once more, and the CA signs twice. */
static enum rc revoke_issued(const struct quickstart *q, const char *mark, struct err *reterr)
{
	AUTO_VALUE *body = value_object();
	size_t n = 0;
	value_set_c(body, "public_key_sha256", mark);
	for (;; n++) {
		enum rc rc = client_call(q->client, "POST", "/admin/v1/ca/revoke", body, NULL, reterr);
		if (rc == RC_NOT_FOUND && n > 0) {
			return RC_OK;
		}
		TRY(rc);
	}
}

static enum rc take_away(const struct quickstart *q, const struct quickstart_thing *thing, const char *mark,
			 bool talk, struct err *reterr)
{
	AUTO_FREE char *now = NULL;
	if (thing->kind == QUICKSTART_CERTIFICATE) {
		return revoke_issued(q, mark, reterr);
	}
	TRY(quickstart_look(q, thing, &now, reterr));
	if (strcmp(now, mark) != 0) {
		if (talk) {
			output_say("Left: the %s %s is another one than quickstart made.",
				   kinds[thing->kind].word, thing->name);
		}
		return RC_NOT_FOUND;
	}
	if (thing->kind == QUICKSTART_FILE) {
		return unlink(thing->name) == 0 ? RC_OK : err_errno(reterr, "Cannot remove %s", thing->name);
	}
	AUTO_FREE char *path = path_of(q, thing);
	return client_call(q->client, "DELETE", path, NULL, NULL, reterr);
}

static void tell_removed(const struct quickstart *q, const struct quickstart_thing *thing)
{
	const char *command = kinds[thing->kind].remove;
	if (thing->kind == QUICKSTART_CERTIFICATE) {
		quickstart_tell(q, "postern %s %s", command, q->leaf);
	} else if (thing->kind == QUICKSTART_KEY) {
		quickstart_tell(q, "postern %s %s %s", command, q->instance, thing->name);
	} else if (command) {
		quickstart_tell(q, "postern %s %s", command, thing->name);
	}
}

enum rc quickstart_undo(struct quickstart *q, bool talk, bool *ret_any, struct err *reterr)
{
	enum rc rc = RC_OK;
	const struct value *made = value_get(q->record, "made");
	*ret_any = false;
	for (size_t i = value_count(made); i-- > 0;) {
		struct err err = { 0 };
		const struct value *one = value_at(made, i);
		const char *name = value_get_c(one, "name"), *mark = value_get_c(one, "mark");
		struct quickstart_thing thing = { .name = name };
		if (!name || !mark || !kind_of_word(value_get_c(one, "kind"), &thing.kind)) {
			continue;
		}
		enum rc done = take_away(q, &thing, mark, talk, &err);
		*ret_any = *ret_any || done == RC_OK;
		if (done == RC_OK && talk) {
			tell_removed(q, &thing);
		}
		if (done == RC_OK || done == RC_NOT_FOUND || rc != RC_OK) {
			continue;
		}
		rc = done;
		if (reterr) {
			*reterr = err;
		}
	}
	if (rc != RC_OK) {
		return rc;
	}
	AUTO_FREE char *part = part_file(q);
	file_remove(part);
	file_remove(q->record_file);
	return RC_OK;
}
