/* SPDX-License-Identifier: Apache-2.0
 * Asking identity about a new key and those that are published. */
#include "service/key/key_conflict.h"

#include "base/memory.h"
#include "model/reason.h"
#include "service/publish/publish.h"
#include "service/core/published.h"

static enum rc refuse(const struct identity_candidate *other, struct err *reterr)
{
	AUTO_VALUE *evidence = value_object();
	struct err full = { 0 };
	value_set_c(evidence, "instance", other->instance_name);
	value_set_c(evidence, "key", other->key_name);
	(void)reason_err(&full, RC_CONFLICT, REASON_S310, evidence);
	(void)err_set(
		reterr, RC_CONFLICT,
		"The service key %s of the instance %s holds a certificate of the same subject and issuer, "
		"and "
		"one of the two keys is unpinned: calls with either could not be told apart and would be "
		"refused.",
		other->key_name, other->instance_name);
	(void)err_reason(reterr, full.reason);
	(void)err_fix(reterr, "%s", full.fix);
	return err_field(reterr, "certificate");
}

static enum rc compare(struct view view, const struct identity_candidate *own, struct err *reterr)
{
	AUTO(view_keys_fini) struct view_keys keys = { 0 };
	for (size_t i = 0; i < own->n_certificates; i++) {
		view_keys_by_certificate(view, &own->certificates[i], &keys);
	}
	for (size_t i = 0; i < keys.n; i++) {
		const struct identity_candidate *other = &keys.candidates[i];
		if (strcmp(other->key_id, own->key_id) != 0 && identity_conflicts(own, other)) {
			return refuse(other, reterr);
		}
	}
	return RC_OK;
}

enum rc key_conflict_check(struct session *session, const struct store_instance *instance,
			   const struct store_service_key *key, struct err *reterr)
{
	AUTO_VALUE *service_key = NULL;
	AUTO_VALUE *owner = publish_instance_value(instance);
	AUTO(identity_record_fini) struct identity_record own = { 0 };
	struct view view;
	TRY(publish_service_key_value(session, key, &service_key, reterr));
	TRY(identity_record_init(&own, service_key, owner, reterr));
	if (own.candidate.n_certificates == 0) {
		return RC_OK;
	}
	TRY(published_view(session, key->tenant, &view, reterr));
	return compare(view, &own.candidate, reterr);
}
