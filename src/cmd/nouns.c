/* SPDX-License-Identifier: Apache-2.0
 * Every noun of the command line, in the order of the help. */
#include "cmd/nouns.h"
#include "cmd/line/help.h"

const struct command *const command_nouns[] = {
	dev_commands,
	serve_commands,
	validate_commands,
	quickstart_commands,
	keypair_commands,
	ca_commands,
	keystore_commands,
	credential_commands,
	role_commands,
	service_instance_commands,
	service_key_commands,
	artifact_commands,
	destination_commands,
	destination_certificate_commands,
	destination_fragment_commands,
	call_commands,
	message_commands,
	doctor_commands,
	bind_commands,
	subaccount_commands,
	token_key_commands,
	setting_commands,
	openapi_commands,
	completion_commands,
	manpage_commands,
	version_commands,
	help_commands,
	part_commands,
	routes_commands,
	NULL,
};
