/* SPDX-License-Identifier: Apache-2.0
 * In which form a key store of a destination is good for which client, seen without its password. Pure. */
#pragma once

#include "json/value.h"

/** The clients that are known; a set of them is an or of these. */
enum key_store_client {
	KEY_STORE_CLIENT_SDK_JS = 1,    /* SAP Cloud SDK for JavaScript, and so CAP */
	KEY_STORE_CLIENT_APPROUTER = 2, /* @sap/approuter */
	KEY_STORE_CLIENT_SDK_JAVA = 4,  /* SAP Cloud SDK for Java */
	KEY_STORE_CLIENT_ALL = 7,
};

/** The set with that one client: "cap" and "sdk-js", "approuter", "sdk-java"; 0 for another name. */
unsigned key_store_form_client(struct str name);

/**
 * What the one who uploads a file should know, as a sentence with its reason code;
 * owned, NULL when there is nothing.
 *
 * name   as it is uploaded: clients go by its ending
 * bytes  the file
 */
char *key_store_form_warning(struct str name, struct str bytes);

/**
 * Append a finding (P103, D404, or that of a trait in container/forms.def) for each kind of reason why
 * clients of the set cannot use a destination's key store.
 *
 * destination, name  whose key store it is, and its Key Store Location
 * bytes              the file
 */
void key_store_form_judge(const char *destination, struct str name, struct str bytes, unsigned clients,
			  struct value *findings);
