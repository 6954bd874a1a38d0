/* SPDX-License-Identifier: Apache-2.0
 * Key stores and certificate files of every kind: opened with and without the corpus' password, then written
 * again. */
#include "container/container.h"
#include "container/format.h"
#include "container/examine.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void write_again(const struct container *c)
{
	for (int kind = CONTAINER_PKCS12; kind <= CONTAINER_PKCS7; kind++) {
		AUTO_BUF_SECRET(out, 2 * CONTAINER_MAX_BYTES);
		(void)!container_write(c, (enum container_kind)kind, STR("seedseed"), false, &out, NULL);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct str passwords[] = { STR("seed"), STR("seedseed"), STR("1234"), STR("\xc3\xa4"),
						STR_NONE };
	for (size_t i = 0; i < ARRAY_SIZE(passwords); i++) {
		AUTO(container_free_cleanup) struct container *c = NULL;
		struct err err = { 0 };
		if (container_open(&c, str_from(data, size), passwords[i], &err) != RC_OK) {
			ASSERT(err.text[0] && err.reason[0] == 'P');
			continue;
		}
		value_free(examine_container(c, wall_from_seconds(1800000000), "file.p12"));
		write_again(c);
	}
	return 0;
}
