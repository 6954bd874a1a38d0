/* SPDX-License-Identifier: Apache-2.0
 * Passing over one serialized Java object, as JCEKS has for secret keys. */
#pragma once

#include "base/str.h"

/**
 * The length of the serialization stream at the start of bytes:
 * its head, and one object whose classes, strings and byte arrays are of the few shapes that a sealed key
 * has. 0 where it is another.
 *
 * Bounded: each byte is looked at once, objects nest at most 8 deep.
 * Source: Java Object Serialization Specification, 6.4.
 */
size_t java_object_length(struct str bytes);
