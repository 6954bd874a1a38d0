/* SPDX-License-Identifier: Apache-2.0
 * What reading a flow needs everywhere: properties with parameters put in, tables, refusals that name the
 * step. */
#pragma once

#include "flow/plan.h"
#include "flow/bundle/xml.h"

/** What a reading needs everywhere. Nodes are borrowed from the document. */
struct iflw_reader {
	const char *file;
	const struct value *parameters;
	struct flow_plan *plan;
	const xmlNode *collaboration, *process, *start, *sender;
	struct err *reterr;
};

/** Longest value of a property, parameters put in [bytes]. */
#define IFLW_MAX_VALUE ((size_t)1024 * 1024)

/** Longest name for people, with its NUL [bytes]. */
#define IFLW_LABEL 128

/* Tables: <row><cell id='Name'>…</cell>…</row>… as text inside a value. */

typedef enum rc (*iflw_row_fn)(struct iflw_reader *r, const xmlNode *owner, const xmlNode *row,
			       void *context);

/** Refuse: RC_UNSUPPORTED, with what is not understood and where it stands. */
const char *iflw_label(const char *text, char out[IFLW_LABEL]);
/** A property as owned text with parameters put in; otherwise when it is not there. */
MUST_USE enum rc iflw_get_property(struct iflw_reader *r, const xmlNode *owner, const char *key,
				   const char *otherwise, char **ret);
/** The same without blanks around it. */
MUST_USE enum rc iflw_get_trimmed(struct iflw_reader *r, const xmlNode *owner, const char *key,
				  const char *otherwise, char **ret);
/** "true", "1", "false", "0"; otherwise when empty or absent. */
MUST_USE enum rc iflw_get_flag(struct iflw_reader *r, const xmlNode *owner, const char *key, bool otherwise,
			       bool *ret);
/** Refuse: RC_UNSUPPORTED, with what is not understood and where it stands. */
MUST_USE enum rc iflw_get_number(struct iflw_reader *r, const xmlNode *owner, const char *key,
				 uint64_t otherwise, uint64_t max, uint64_t *ret);
/** Refuse: RC_UNSUPPORTED, with what is not understood and where it stands. */
MUST_USE enum rc iflw_refuse_step(struct iflw_reader *r, const xmlNode *node);
/** Refuse: RC_UNSUPPORTED, with what is not understood and where it stands. */
MUST_USE enum rc iflw_refuse_channel(struct iflw_reader *r, const xmlNode *flow, const char *type,
				     const char *direction);
/** Refuse: RC_UNSUPPORTED, with what is not understood and where it stands. */
MUST_USE enum rc iflw_refuse_setting(struct iflw_reader *r, const xmlNode *node, const char *setting,
				     const char *value);
/** Prefix an error already filled with the step and file it belongs to. */
MUST_USE enum rc iflw_at_step(struct iflw_reader *r, const xmlNode *node, enum rc rc);
/** Call fn for each row of a table property; an absent or empty table has none. */
MUST_USE enum rc iflw_each_row(struct iflw_reader *r, const xmlNode *owner, const char *key, iflw_row_fn fn,
			       void *context);
/** A cell of a row as owned text with parameters put in; "" when absent. */
MUST_USE enum rc iflw_get_cell(struct iflw_reader *r, const xmlNode *row, const char *id, char **ret);
/** Name of a step for people: its name, else its id. */
const char *iflw_name_of(const xmlNode *node);
/** The <value> element of a property, or NULL. */
const xmlNode *iflw_property_node(const xmlNode *owner, const char *key);
