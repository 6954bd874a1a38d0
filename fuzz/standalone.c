/* SPDX-License-Identifier: Apache-2.0
 * Replays a folder of kept inputs through one harness, and every prefix of the short ones. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define LARGEST_INPUT ((size_t)1 << 22)
#define PREFIXES_BELOW 2048

static int replay(const char *path)
{
	FILE *file = fopen(path, "rb");
	uint8_t *data = malloc(LARGEST_INPUT);
	if (!file || !data) {
		return 1;
	}
	size_t n = fread(data, 1, LARGEST_INPUT, file);
	(void)fclose(file);
	(void)LLVMFuzzerTestOneInput(data, n);
	for (size_t cut = 0; n < PREFIXES_BELOW && cut < n; cut++) {
		/* A copy of the exact size, so that a read past the end is seen by the sanitizers. */
		uint8_t *prefix = malloc(cut ? cut : 1);
		if (!prefix) {
			return 1;
		}
		memcpy(prefix, data, cut);
		(void)LLVMFuzzerTestOneInput(prefix, cut);
		free(prefix);
	}
	free(data);
	return 0;
}

int main(int argc, char **argv)
{
	struct dirent *entry;
	int count = 0;
	DIR *folder = argc > 1 ? opendir(argv[1]) : NULL;
	if (!folder) {
		(void)fprintf(stderr, "usage: %s FOLDER-OF-INPUTS\n", argv[0]);
		return 2;
	}
	while ((entry = readdir(folder))) {
		char path[4096];
		if (entry->d_name[0] == '.') {
			continue;
		}
		(void)snprintf(path, sizeof(path), "%s/%s", argv[1], entry->d_name);
		if (replay(path) != 0) {
			(void)fprintf(stderr, "cannot read %s\n", path);
			return 1;
		}
		count++;
	}
	(void)closedir(folder);
	(void)printf("%d inputs replayed\n", count);
	return count > 0 ? 0 : 1;
}
