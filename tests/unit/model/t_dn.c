/* SPDX-License-Identifier: Apache-2.0
 * Names are the same however they are written. */
#include "model/dn.h"
#include "unit/test.h"

static void names_are_compared_as_people_write_them(void **state)
{
	static const struct {
		const char *a, *b;
		bool equal;
	} cases[] = {
		{ "CN=a,O=b", "cn=A, o = B", true },
		{ "CN=a,O=b", "O=b,CN=a", false },
		{ "CN=a", "CN=a,O=b", false },
		{ "CN=a", "CN=a,", false },
		{ "CN=a\\,b", "CN=\"a,b\"", true },
		{ "ST=x", "S=x", true },
		{ "E=x@y", "emailAddress=x@y", true },
		{ "2.5.4.3=a", "CN=a", true },
		{ "OID.2.5.4.10=a", "O=a", true },
		{ "CN=a+OU=b", "CN=a + OU=b", true },
		{ "CN=a+OU=b", "OU=B+CN=A", true },
		{ "CN=a+OU=b", "CN=a,OU=b", false },
		{ "", "", false },
		{ "CN=a", "CN=b", false },
		{ "CN=a,O=b", "CN=a;O=b", true },
		{ "CN=a\\", "CN=a", false },
		{ "CN=", "CN=", true },
		/* Blanks: at the ends none count, between words one is as good as many. */
		{ "CN=a  b", "CN=a b", true },
		{ "CN=ab", "CN=a b", false },
		{ "CN=\\ a\\ ", "CN=a", true },
		{ "CN=a\\09b", "CN=a b", true },
		{ "CN=a\xc2\xa0"
		  "b",
		  "CN=a b", true },
		{ "CN=a\xc2\xad"
		  "b",
		  "CN=ab", true },
		/* Letters beyond ASCII. */
		{ "CN=M\xc3\x9cLLER", "CN=m\xc3\xbcller", true },
		{ "CN=M\\C3\\9CLLER", "CN=m\xc3\xbcller", true },
		{ "CN=Stra\xc3\x9f"
		  "e",
		  "CN=STRASSE", true },
		{ "CN=\xce\xa3\xce\xb1\xcf\x82", "CN=\xcf\x83\xce\xb1\xcf\x83", true },
		{ "CN=\xd0\x96", "CN=\xd0\xb6", true },
		{ "CN=\xc5\x81", "CN=\xc5\x82", true },
		{ "CN=\xc3\x97", "CN=\xc3\xb7", false },
		{ "CN=u", "CN=\xc3\xbc", false },
		/* What is no UTF-8 equals itself alone. */
		{ "CN=\xff", "CN=\xff", true },
		{ "CN=\xff", "CN=\xfe", false },
		/* A type without a name is dumped with its bytes. */
		{ "1.2.3.4=#0c0141", "1.2.3.4=#130161", true },
		{ "1.2.3.4=#0c0141", "1.2.3.4=#0c0142", false },
		{ "1.2.3.4=#0c01", "1.2.3.4=#0c0141", false },
	};
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		bool there = dn_equal(str_of(cases[i].a), str_of(cases[i].b));
		bool back = dn_equal(str_of(cases[i].b), str_of(cases[i].a));
		if (there != cases[i].equal || back != there) {
			fail_msg("%s and %s", cases[i].a, cases[i].b);
		}
	}
}

RUN_TESTS(TEST(names_are_compared_as_people_write_them))
