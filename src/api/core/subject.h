/* SPDX-License-Identifier: Apache-2.0
 * Kinds of those who ask: a login is of one or more of them, a route serves some, and one comparison tells
 * whether it may. */
#pragma once

#include "base/buf.h"
#include "json/value.h"

/** One kind each; sets of them are unsigned. */
enum subject {
	SUBJECT_ANYBODY = 1 << 0,          /* every login, an empty one too */
	SUBJECT_GATEWAY = 1 << 1,          /* peer of internal.sock */
	SUBJECT_SOCKET = 1 << 2,           /* peer of admin.sock, which manages the whole server */
	SUBJECT_ADMINISTRATOR = 1 << 3,    /* administrator of the subaccount, by password */
	SUBJECT_SERVER = 1 << 4,           /* the same of the subaccount default: manages the whole server */
	SUBJECT_CLIENT = 1 << 5,           /* service key, whatever it is of */
	SUBJECT_DESTINATION_READ = 1 << 6, /* of a destination instance, scope Read */
	SUBJECT_DESTINATION_MODIFY = 1 << 7, /* scope Modify */
	SUBJECT_API = 1 << 8,                /* of an it-rt instance of plan api, whatever its roles */
	/* The roles of that instance, those of model/api_roles.def. */
	SUBJECT_MONITORING_DATA_READ = 1 << 9,
	SUBJECT_ACCESS_POLICIES_READ = 1 << 10,
	SUBJECT_SECURITY_MATERIAL_EDIT = 1 << 11,
	SUBJECT_CREDENTIALS_EDIT = 1 << 12,
	SUBJECT_ARTIFACTS_DEPLOY = 1 << 13,
	SUBJECT_PACKAGES_READ = 1 << 14,
	SUBJECT_PACKAGES_CONFIGURE = 1 << 15,
	SUBJECT_PACKAGES_EDIT = 1 << 16,
};

/** Who manages the subaccount, and who the whole server. */
#define SUBJECTS_ADMIN (SUBJECT_SOCKET | SUBJECT_ADMINISTRATOR)
#define SUBJECTS_SERVER (SUBJECT_SOCKET | SUBJECT_SERVER)
/** Who has said who it is: anybody else gets 401 and learns no paths. */
#define SUBJECTS_KNOWN (SUBJECTS_ADMIN | SUBJECTS_SERVER | SUBJECT_CLIENT)
/** Who may use the Destination service, and the OData API: administrators, and keys of their instances. */
#define SUBJECTS_DESTINATION_READ (SUBJECTS_ADMIN | SUBJECT_DESTINATION_READ)
#define SUBJECTS_DESTINATION_MODIFY (SUBJECTS_ADMIN | SUBJECT_DESTINATION_MODIFY)
#define SUBJECTS_API (SUBJECTS_ADMIN | SUBJECT_API)

/** The kinds that roles of an instance of plan api come to, SUBJECT_API with them;
 * names that open nothing are passed over. */
unsigned subjects_of_roles(const struct value *roles);
/** Write the names of the roles in a set, with a space between. */
void subjects_format_roles(unsigned subjects, struct buf *out);
/** Name of what a route serves, in `postern routes`: "public", "admin", "server", "destination-read",
 * "destination-write" or "role". */
const char *subjects_name(unsigned serves);
