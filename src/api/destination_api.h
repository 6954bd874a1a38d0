/* SPDX-License-Identifier: Apache-2.0
 * Handlers of /destination-configuration/v1. */
#pragma once

#include "api/call.h"

void destination_api_list(struct call *call);
void destination_api_get(struct call *call);
void destination_api_create(struct call *call);
void destination_api_update(struct call *call);
void destination_api_patch(struct call *call);
void destination_api_delete(struct call *call);
void destination_api_delete_many(struct call *call);
void destination_api_find(struct call *call);
void destination_api_certificate_list(struct call *call);
void destination_api_certificate_get(struct call *call);
void destination_api_certificate_create(struct call *call);
void destination_api_certificate_update(struct call *call);
void destination_api_certificate_delete(struct call *call);
void destination_api_certificate_delete_many(struct call *call);
