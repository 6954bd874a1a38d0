/* SPDX-License-Identifier: Apache-2.0
 * Kinds of containers are told by their content; a name says only what is to be written. */
#pragma once

#include "container/container.h"

/** What the bytes are by content alone. False when they are nothing that is known. */
bool container_kind_of(struct str bytes, enum container_kind *ret);
/** What a file's extension (.p12 .pfx .jks .pem .cer .crt .der .p7b .p7c) asks for. False for others. */
bool container_kind_of_name(struct str file_name, enum container_kind *ret);
/** Whether text is the base64 of DER ("MII..."), pasted without its BEGIN and END, or of a Java store. */
bool container_is_base64_text(struct str bytes);
