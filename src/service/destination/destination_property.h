/* SPDX-License-Identifier: Apache-2.0
 * What is known about single properties of destinations. */
#pragma once

#include "base/str.h"

/** Whether a property is a secret: stored sealed, left out by $skipCredentials. */
bool destination_property_is_secret(const char *name);
