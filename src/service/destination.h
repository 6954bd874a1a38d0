/* SPDX-License-Identifier: Apache-2.0
 * Destinations and their certificates: the Destination service's use cases in its own shapes. */
#pragma once

#include "service/service.h"

/** Most destinations, and most certificates, of a subaccount or an instance. */
#define DESTINATION_MAX 1000
#define DESTINATION_NAME_MAX 200
#define DESTINATION_PROPERTIES_MAX 200
#define DESTINATION_VALUE_MAX ((size_t)16 * 1024)
#define DESTINATION_CERTIFICATE_MAX ((size_t)2 * 1024 * 1024)

/** The texts that clients compare with. */
#define DESTINATION_NOT_FOUND "Configuration with the specified name was not found"

/* In all of these: tenant is the subaccount's name, instance the id of a service instance, "" for the subaccount's own level.
 * ret_etag is 64 hex digits and a NUL. */
#define DESTINATION_ETAG_SIZE 65

/** All, flat, by name, secrets included: [{"Name","Type",…,"$metadata":{"modification_time","etag"}}]. RC_STORE. */
MUST_USE enum rc service_destination_list(struct service *service, const char *tenant, const char *instance,
					  struct value **ret, struct err *reterr);
/** One, flat. RC_NOT_FOUND with DESTINATION_NOT_FOUND. */
MUST_USE enum rc service_destination_get(struct service *service, const char *tenant, const char *instance,
					 const char *name, struct value **ret,
					 char ret_etag[DESTINATION_ETAG_SIZE], struct err *reterr);
/** Make one of {"Name","Type",…}. RC_EXISTS, RC_INVALID (err->field), RC_LIMIT. ret_etag may be NULL. */
MUST_USE enum rc service_destination_create(struct service *service, const char *tenant, const char *instance,
					    const struct value *input, char ret_etag[DESTINATION_ETAG_SIZE],
					    struct err *reterr);
/** Overwrite the one with that Name. RC_NOT_FOUND, RC_INVALID, RC_LIMIT. if_match may be NULL; RC_CONFLICT otherwise. */
MUST_USE enum rc service_destination_update(struct service *service, const char *tenant, const char *instance,
					    const struct value *input, const char *if_match,
					    char ret_etag[DESTINATION_ETAG_SIZE], struct err *reterr);
/** Change the properties given of the one with that Name; null removes one. RC_NOT_FOUND, RC_INVALID. */
MUST_USE enum rc service_destination_patch(struct service *service, const char *tenant, const char *instance,
					   const struct value *input, struct err *reterr);
/** Delete. RC_NOT_FOUND. */
MUST_USE enum rc service_destination_delete(struct service *service, const char *tenant, const char *instance,
					    const char *name, struct err *reterr);

/** Find: of the instance, else of the subaccount: {"owner","destinationConfiguration","certificates"?,"authTokens"?}.
 * skip_credentials leaves out secrets. RC_NOT_FOUND. Source: SAP, Find a Destination Response Structure. */
MUST_USE enum rc service_destination_find(struct service *service, const char *tenant, const char *instance,
					  const char *name, bool skip_credentials, struct value **ret,
					  char ret_etag[DESTINATION_ETAG_SIZE], struct err *reterr);

/** Certificates: [{"Name","Type","Content"}] by name. RC_STORE. */
MUST_USE enum rc service_destination_certificate_list(struct service *service, const char *tenant,
						      const char *instance, struct value **ret,
						      struct err *reterr);
/** One. RC_NOT_FOUND with DESTINATION_NOT_FOUND. */
MUST_USE enum rc service_destination_certificate_get(struct service *service, const char *tenant,
						     const char *instance, const char *name,
						     struct value **ret, char ret_etag[DESTINATION_ETAG_SIZE],
						     struct err *reterr);
/** Store {"Name","Type"?,"Content": base64}. replace: overwrite, RC_NOT_FOUND when absent; else RC_EXISTS. RC_INVALID, RC_LIMIT.
 * ret_warning (may be NULL) gets an owned sentence about what clients will stumble over, or NULL. */
MUST_USE enum rc service_destination_certificate_put(struct service *service, const char *tenant,
						     const char *instance, const struct value *input,
						     bool replace, char ret_etag[DESTINATION_ETAG_SIZE],
						     char **ret_warning, struct err *reterr);
/** Delete. RC_NOT_FOUND. */
MUST_USE enum rc service_destination_certificate_delete(struct service *service, const char *tenant,
							const char *instance, const char *name,
							struct err *reterr);
