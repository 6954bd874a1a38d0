/* SPDX-License-Identifier: Apache-2.0
 * The tables of all nouns, each defined in the noun's own file. */
#pragma once

#include "cmd/line/command.h"

extern const struct command dev_commands[];
extern const struct command serve_commands[];
extern const struct command validate_commands[];
extern const struct command quickstart_commands[];
extern const struct command keypair_commands[];
extern const struct command ca_commands[];
extern const struct command keystore_commands[];
extern const struct command role_commands[];
extern const struct command service_instance_commands[];
extern const struct command service_key_commands[];
extern const struct command artifact_commands[];
extern const struct command destination_commands[];
extern const struct command destination_certificate_commands[];
extern const struct command destination_fragment_commands[];
extern const struct command call_commands[];
extern const struct command message_commands[];
extern const struct command doctor_commands[];
extern const struct command bind_commands[];
extern const struct command credential_commands[];
extern const struct command setting_commands[];
extern const struct command openapi_commands[];
extern const struct command token_key_commands[];
extern const struct command subaccount_commands[];
extern const struct command part_commands[];
extern const struct command routes_commands[];
extern const struct command help_commands[];
extern const struct command version_commands[];
extern const struct command completion_commands[];
extern const struct command manpage_commands[];
