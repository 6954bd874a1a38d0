/* SPDX-License-Identifier: Apache-2.0
 * A round of the doctor for a destination of the test's, and what was found in it. */
#pragma once

#include "service/doctor/doctor_round.h"
#include "unit/service/world.h"

#define OWN "https://localhost:8443"
/* As upload leaves one; what is in it does not matter to properties. */
#define UPLOADED "'certificates':[{'Name':'c.p12','Content':'AA=='},{'Name':'c.pfx','Content':'AA=='}]"

#define MTLS "'Authentication':'ClientCertificateAuthentication','URL':'https://far.example/'"

/* A round for a destination of these properties, as service_doctor_start() begins it. */
static inline void begin(struct world *w, struct doctor_round *d, const char *properties)
{
	AUTO_FREE char *text = mem_printf("{'destinationConfiguration':{%s}," UPLOADED "}", properties);
	doctor_round_init(d, w->session, TENANT);
	d->name = mem_strdup("D");
	d->found = json(text);
	d->method = doctor_method_of(doctor_configuration(d));
}

/* "D401 D404" of a step, in their order. */
static inline void codes_of(const struct value *findings, char *ret, size_t size)
{
	size_t n = 0;
	ret[0] = '\0';
	for (size_t i = 0; i < value_count(findings); i++) {
		n += (size_t)snprintf(ret + n, size - n, "%s%s", i ? " " : "",
				      value_get_c(value_at(findings, i), "code"));
	}
}

static inline bool found_is(const char *where, const struct doctor_round *d, int step, const char *expected)
{
	char codes[200];
	codes_of(d->findings[step], codes, sizeof(codes));
	if (strcmp(codes, expected) == 0) {
		return true;
	}
	print_error("%s: step %d has \"%s\" instead of \"%s\"\n", where, step, codes, expected);
	return false;
}
