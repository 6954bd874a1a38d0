/* SPDX-License-Identifier: Apache-2.0
 * The row of a service instance, found by its name. */
#include "service/key/instance_row.h"

enum rc instance_row_find(struct session *session, const char *tenant, const char *name,
			  struct store_instance *ret, struct err *reterr)
{
	enum rc rc = store_instance_find_name(session->store, tenant, name, ret, reterr);
	if (rc == RC_NOT_FOUND) {
		char shown[64];
		(void)err_set(reterr, RC_NOT_FOUND, "There is no service instance %s.",
			      str_printable(str_of(name), shown, sizeof(shown)));
		return err_field(reterr, "instance");
	}
	return rc;
}
