/* SPDX-License-Identifier: Apache-2.0
 * The table of `keypair`: key pairs and certificates in files, without a server. */
#include "cmd/keypair/file.h"
#include "cmd/line/input.h"
#include "cmd/nouns.h"

#define ALIAS(text) \
	{ \
		.name = "alias", .argument = "NAME", .help = text \
	}
#define FORCE \
	{ \
		.name = "force", .help = "overwrite a file that may hold a key" \
	}
#define OUT_PASSWORD \
	{ \
		.name = "out-password-file", .argument = "FILE", \
		.help = "read the password of the file that is written from FILE" \
	}
#define NEW_KEY \
	{ .name = "subject", .argument = "DN", .help = "subject, such as CN=erp,O=Example,C=DE" }, \
		{ .name = "san", \
		  .argument = "NAME", \
		  .help = "subject alternative name: DNS:x, IP:x, URI:x or email:x", \
		  .repeat = true }, \
	{ \
		.name = "key-type", .argument = "TYPE", \
		.help = "rsa-2048 (default), rsa-3072, rsa-4096, p-256 or p-384" \
	}

static const struct command_option create_options[] = {
	NEW_KEY,
	{ .name = "days", .argument = "N", .help = "days of validity (default 365)" },
	{ .name = "purpose", .argument = "USE", .help = "client (default), server or both" },
	{ .name = "out",
	  .argument = "FILE",
	  .help = "file to write: .p12, .pfx, .jks or .pem (default NAME.p12)" },
	ALIAS("alias of the entry (default the common name)"),
	{ .name = "legacy", .help = "encrypt PKCS#12 with RC2-40 and 3DES, for what reads nothing newer" },
	COMMAND_PASSWORD_OPTIONS,
	FORCE,
	{ 0 },
};
static const struct command_option request_options[] = {
	{ .name = "from", .argument = "FILE", .help = "take key, subject and names from this key pair" },
	NEW_KEY,
	{ .name = "out",
	  .argument = "FILE",
	  .help = "file to write (default NAME.csr, else standard output)" },
	{ .name = "key", .argument = "FILE", .help = "file for the new key (default beside --out, as .key)" },
	ALIAS("which key pair of --from"),
	COMMAND_PASSWORD_OPTIONS,
	COMMAND_KEY_PASSWORD_OPTION,
	FORCE,
	{ 0 },
};
static const struct command_option examine_options[] = {
	COMMAND_PASSWORD_OPTIONS,
	COMMAND_KEY_PASSWORD_OPTION,
	{ 0 },
};
static const struct command_option verify_options[] = {
	{ .name = "trust",
	  .argument = "FILE",
	  .help = "certificates that are trusted (default the root in FILE itself)",
	  .repeat = true },
	{ .name = "purpose",
	  .argument = "USE",
	  .help = "client or server; without it, what it is good for is told" },
	ALIAS("which entry, where there are several"),
	COMMAND_PASSWORD_OPTIONS,
	COMMAND_KEY_PASSWORD_OPTION,
	{ 0 },
};
static const struct command_option convert_options[] = {
	{ .name = "legacy", .help = "encrypt PKCS#12 with RC2-40 and 3DES, for what reads nothing newer" },
	ALIAS("take this entry alone; or the name to give to the only one"),
	{ .name = "add-chain",
	  .argument = "FILE",
	  .help = "certificates that complete the chain",
	  .repeat = true },
	OUT_PASSWORD,
	COMMAND_PASSWORD_OPTIONS,
	COMMAND_KEY_PASSWORD_OPTION,
	FORCE,
	{ 0 },
};
static const struct command_option export_options[] = {
	{ .name = "root", .argument = "F", .help = "write the root certificate to F" },
	{ .name = "ca", .argument = "F", .help = "write the CA certificates between leaf and root to F" },
	{ .name = "leaf", .argument = "F", .help = "write the leaf certificate to F" },
	{ .name = "chain", .argument = "F", .help = "write the whole chain, leaf first, to F" },
	{ .name = "key", .argument = "F", .help = "write the private key to F (PKCS#8)" },
	{ .name = "der", .help = "write DER" },
	{ .name = "pem", .help = "write PEM (default)" },
	ALIAS("which entry, where there are several"),
	OUT_PASSWORD,
	COMMAND_PASSWORD_OPTIONS,
	COMMAND_KEY_PASSWORD_OPTION,
	FORCE,
	{ 0 },
};

#define EXAMPLES(...) \
	(const char *const[]) \
	{ \
		__VA_ARGS__, NULL \
	}

const struct command keypair_commands[] = {
	{ .noun = "keypair",
	  .verb = "create",
	  .arguments = "[NAME]",
	  .summary = "make a key pair, self-signed",
	  .text = "Makes a key and a certificate signed with it, in a file of its own. Without a password "
		  "one is made and "
		  "written beside the file as FILE.password. For a certificate that others trust, see "
		  "`postern keypair "
		  "request` and `postern ca issue`.",
	  .options = create_options,
	  .examples = EXAMPLES(
		  "postern keypair create erp",
		  "postern keypair create --subject \"CN=erp,O=Example,C=DE\" --key-type p-256 --out erp.p12 "
		  "--password-file pw"),
	  .run = keypair_create },
	{ .noun = "keypair",
	  .verb = "request",
	  .arguments = "[NAME]",
	  .summary = "make a certificate signing request",
	  .text = "With --from, for the key of an existing key pair; else for a new key, which is written "
		  "beside it.",
	  .options = request_options,
	  .examples =
		  EXAMPLES("postern keypair request --from company.pfx --out request.csr --password-file pw",
			   "postern keypair request erp --subject \"CN=erp,O=Example\""),
	  .run = keypair_request },
	{ .noun = "keypair",
	  .verb = "examine",
	  .arguments = "FILE",
	  .summary = "show what is in a file and what is wrong with it",
	  .text = "Knows PKCS#12 (modern and legacy), JKS, JCEKS, PEM, DER and PKCS#7 by content, whatever "
		  "the name. Exits 0 "
		  "whatever it finds, 1 where it cannot open the file.",
	  .options = examine_options,
	  .examples = EXAMPLES("postern keypair examine company.pfx --password-file pw"),
	  .run = keypair_examine },
	{ .noun = "keypair",
	  .verb = "convert",
	  .arguments = "IN OUT",
	  .summary = "write a file in another format",
	  .text = "The format is that of OUT's extension: .p12 and .pfx PKCS#12 (AES-256), .jks JKS, .pem "
		  "PEM; .cer, .crt, "
		  ".der, .p7b and .p7c certificates without the key. One password opens both sides unless "
		  "--out-password-file is given.",
	  .options = convert_options,
	  .examples = EXAMPLES(
		  "postern keypair convert company.pfx company.p12 --password-file pw",
		  "postern keypair convert erp.key erp.p12 --add-chain signed.cer --password-file pw"),
	  .run = keypair_convert },
	{ .noun = "keypair",
	  .verb = "export",
	  .arguments = "FILE",
	  .summary = "write root, CA, leaf, chain or key to files",
	  .options = export_options,
	  .examples = EXAMPLES(
		  "postern keypair export company.p12 --password-file pw --root root.cer --ca ca.cer "
		  "--leaf leaf.cer"),
	  .run = keypair_export },
	{ .noun = "keypair",
	  .verb = "verify",
	  .arguments = "FILE",
	  .summary = "say whether a chain is good, and for what",
	  .options = verify_options,
	  .examples = EXAMPLES(
		  "postern keypair verify company.p12 --password-file pw --trust root.cer --purpose client"),
	  .run = keypair_verify },
	{ 0 },
};
