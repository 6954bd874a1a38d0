/* SPDX-License-Identifier: Apache-2.0
 * What the parts of one gateway process share: its settings, and what the registry says now. */
#include "gateway/gateway.h"

#include "base/memory.h"
#include "gateway/descriptors.h"
#include "log/log.h"

#define DRAIN_GRACE_MS_MAX 3600000
#define STRANGER_LIMIT_MAX 1000000
/* The supervisor tells the manager a worker's number in 16 bits. */
#define WORKER_NUMBER_MAX 65535
/* While the journal is full, the log says so this often. */
#define JOURNAL_FULL_AGAIN_US (10 * US_PER_SECOND)

enum rc gateway_settings_read(struct gateway_settings *ret, const struct value *v, struct err *reterr)
{
	const char *state = setting_text_in(v, SETTING_state_dir);
	int64_t drain = value_get_int(v, "drain_grace_ms", 8000);
	int64_t limit = value_get_int(v, "stranger_limit", 500);
	int64_t worker = value_get_int(v, "worker", 0);
	if (drain < 0 || drain > DRAIN_GRACE_MS_MAX || limit < 0 || limit > STRANGER_LIMIT_MAX ||
	    worker < 0 || worker > WORKER_NUMBER_MAX) {
		return err_set(reterr, RC_INVALID, "The gateway's settings cannot be read.");
	}
	*ret = (struct gateway_settings){
		.host = mem_strdup(setting_text_in(v, SETTING_host)),
		/* A socket's address has room for 107 bytes; a longer path is reached by way of the
		 * registry's folder. */
		.internal_socket = strlen(state) < 90 ? mem_printf("%s/internal.sock", state)
						      : mem_printf("/proc/self/fd/%d/../internal.sock",
								   GATEWAY_FD_REGISTRY),
		.worker = (unsigned)worker,
		.tell = (enum setting_tell)setting_number_in(v, SETTING_tell_reason),
		.offer_ca_names = setting_number_in(v, SETTING_offer_ca_names) != 0,
		.http2 = setting_number_in(v, SETTING_http2) != 0,
		.drain_grace_ms = (uint32_t)drain,
		.stranger_limit = (unsigned)limit,
		.body_memory = setting_number_in(v, SETTING_body_memory),
	};
	return RC_OK;
}

void gateway_settings_fini(struct gateway_settings *settings)
{
	mem_free(settings->host);
	mem_free(settings->internal_socket);
	*settings = (struct gateway_settings){ 0 };
}

void gateway_tell_journal_full(struct gateway *g, const struct err *err)
{
	struct mono now = loop_now(g->loop);
	if (g->journal_full_told.us && now.us - g->journal_full_told.us < JOURNAL_FULL_AGAIN_US) {
		return;
	}
	g->journal_full_told = now;
	log_err(LOG_ERROR, "journal_full", err);
}

bool gateway_refresh(struct gateway *g)
{
	struct err err = { 0 };
	if (registry_refresh(g->registry, NULL, NULL, &err) != RC_OK) {
		log_err(LOG_ERROR, "registry_damaged", &err);
		return false;
	}
	return true;
}
