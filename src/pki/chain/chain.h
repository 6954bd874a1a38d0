/* SPDX-License-Identifier: Apache-2.0
 * The judge of chains: gateway, doctor and `keypair verify` all ask here. */
#pragma once

#include "model/reason.h"
#include "pki/chain/purpose.h"
#include "pki/chain/trust.h"

/** What became of one chain. */
struct chain_verdict {
	enum reason reason; /* REASON_NONE: good for the purpose */
	bool anchored;      /* an anchor was reached, signatures and constraints hold, every issuer is a CA */
	int depth; /* certificates from leaf to anchor, both counted; 0 where no anchor was reached */
	/* bit i: presented certificate i is part of the path to an anchor (CHAIN_MAX_DEPTH bits) */
	uint16_t path;
	struct wall earliest_not_after;    /* of the chain, when anchored */
	struct wall earliest_next_update;  /* of the lists that cover it; {INT64_MAX} where there is none */
	char anchor_sha256[65];            /* the anchor's fingerprint, or "" */
	char issuer_public_key_sha256[65]; /* of the leaf's issuer, when anchored, or "" */
	char at_subject[256];              /* subject of the certificate at fault, or "" */
	char missing_issuer[256]; /* where no anchor was reached: who signed the last certificate that is
				     known, or "" */
	char detail[256];         /* one more sentence: the missing issuer, the date, ... or "" */
	enum reason note;         /* of a good chain, with subject and detail: K219, or REASON_NONE */
};

/**
 * Judge a chain at a moment for a purpose.
 *
 * presented  leaf first, then as the peer sent them; any order and strays are taken.
 *            Looked at are the first CHAIN_MAX_DEPTH and the first CHAIN_MAX_BYTES of them.
 *
 * Every path over names and signatures is judged, at most PATH_MAX_CHECKS signatures are checked;
 * one without a fault is the verdict. Else the path with the fewest faults is told of, of several the one
 * whose reason stands first in reasons.def, by the first of its faults, see pki/chain/fault.h. Where no path
 * reaches an anchor: the work limit (K215), too deep (K218), a signature that does not verify (K209), an
 * issuer of another key (K212) or with too large a one (K216), else no anchor (K201: a CA certificate or
 * self-signed one was sent, so its root is not imported; K202: the leaf alone, or an anchor, so the
 * intermediate is missing). An empty list is R504.
 *
 * The verdict depends on which certificates there are, not on their order. Pure: no clock, no I/O.
 * Source: RFC 5280 §6, with anchors that may be intermediates; RFC 4158.
 */
void chain_judge(const struct trust *trust, const struct cert_list *presented, struct wall now,
		 enum chain_purpose purpose, struct chain_verdict *ret);
