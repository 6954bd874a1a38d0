/* SPDX-License-Identifier: Apache-2.0
 * The files of a registry's folder: base-N, delta-N, and base-N.new while it is being written. */
#pragma once

#include "base/result.h"

#include <stddef.h>
#include <stdint.h>

/** Names of the files: "base-N", "delta-N"; out has REGISTRY_NAME_SIZE [bytes]. Return out. */
#define REGISTRY_NAME_SIZE 40
const char *registry_base_name(uint64_t number, char out[REGISTRY_NAME_SIZE]);
const char *registry_delta_name(uint64_t number, char out[REGISTRY_NAME_SIZE]);

/** The highest number of any file, whole or not; 0 when there is none. */
uint64_t registry_files_highest(int dirfd);
/** Numbers of the base files that bear their name, highest first, at most max. Returns how many. */
size_t registry_files_bases(int dirfd, uint64_t *ret_numbers, size_t max);
/** Delete the files of all other numbers. */
void registry_files_keep(int dirfd, uint64_t number);
