/* SPDX-License-Identifier: Apache-2.0
 * What the reading and the changing half of the keystore's OData share. */
#pragma once

#include "api/odata.h"
#include "service/keystore_entity.h"

/** The alias that the first segment's key names in hexadecimal; owned. NULL: answered with 400. */
char *odata_keystore_alias(struct odata_call *oc);
