/* SPDX-License-Identifier: Apache-2.0
 * Where a destination, a fragment, a certificate or a trust key pair stands, and how much may stand there. */
#pragma once

#include "json/value.h"

/** Most of a kind of a subaccount, and of an instance. Source: SAP, Destination service, restrictions. */
#define DESTINATION_MAX 1000
/** Most bytes of one kind at one level, as they are stored: as base64 they fit into one answer. */
#define DESTINATION_LEVEL_MAX ((size_t)32 * 1024 * 1024)
#define DESTINATION_NAME_MAX 200
#define DESTINATION_PROPERTIES_MAX 200
#define DESTINATION_VALUE_MAX ((size_t)16 * 1024)
#define DESTINATION_CERTIFICATE_MAX ((size_t)2 * 1024 * 1024)
/** Most labels of one, most values of a label, longest key or value. */
#define DESTINATION_LABELS_MAX 10
#define DESTINATION_LABEL_VALUES_MAX 10
#define DESTINATION_LABEL_TEXT_MAX 256
/** Most fragments of one Find. */
#define DESTINATION_FRAGMENTS_MAX 10

/** The text that clients compare with. */
#define DESTINATION_NOT_FOUND "Configuration with the specified name was not found"

enum destination_kind {
	DESTINATION_CONFIGURATION,
	DESTINATION_FRAGMENT,
	DESTINATION_CERTIFICATE,
	DESTINATION_TRUST, /* the SAML trust key pairs of a subaccount: "active" and "passive" */
};

/** Where one stands; all borrowed. */
struct destination_at {
	enum destination_kind kind;
	const char *tenant;   /* name of the subaccount */
	const char *instance; /* id of the service instance, "" for the subaccount's own level */
	const char *name;     /* NULL where a whole level is meant */
};
