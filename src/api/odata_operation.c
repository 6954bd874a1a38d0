/* SPDX-License-Identifier: Apache-2.0
 * The table of operations of the OData API: method, path, roles, handler. */
#include "api/odata_operation.h"

/* Roles of plan api. Source: SAP Cloud Integration, "Tasks and Permissions". */
#define MONITOR "MonitoringDataRead"
#define SECURITY "SecurityMaterialEdit"

#define GET(shape, roles, handle) \
	{ \
		"GET", shape, roles, false, handle \
	}

const struct odata_operation odata_operations[] = {
	GET("", NULL, odata_service_root),
	GET("$metadata", NULL, odata_service_metadata),

	GET("KeystoreEntries", MONITOR, odata_keystore_entries),
	GET("KeystoreEntries(*)", MONITOR, odata_keystore_entry),
	GET("KeystoreEntries(*)/Certificate/$value", MONITOR, odata_keystore_certificate),
	GET("KeystoreEntries(*)/ChainCertificates", MONITOR, odata_keystore_chain),
	GET("KeystoreEntries(*)/ChainResource/$value", MONITOR, odata_keystore_chain_resource),
	GET("KeystoreEntries(*)/Sshkey/$value", MONITOR, odata_keystore_ssh),
	GET("KeystoreEntries(*)/SigningRequest/$value", MONITOR, odata_keystore_signing_request),
	GET("Keystores(*)", MONITOR, odata_keystore_whole),
	GET("Keystores(*)/Entries", MONITOR, odata_keystore_whole_entries),
	GET("Keystores(*)/Size/$value", MONITOR, odata_keystore_size),
	GET("KeystoreResources(*)", MONITOR, odata_keystore_public),
	GET("HistoryKeystoreEntries", MONITOR, odata_keystore_history),
	GET("HistoryKeystoreEntries(*)", MONITOR, odata_keystore_history_entry),
	{ 0 },
};
