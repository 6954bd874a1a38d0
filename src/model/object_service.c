/* SPDX-License-Identifier: Apache-2.0
 * Fields of service instances, their keys, and bindings. */
#include "model/object_row.h"

static const char *const services[] = { "it-rt", "destination", NULL };
static const char *const plans[] = { "integration-flow", "api", "lite", NULL };
static const char *const clients[] = { "cap", "sdk-js", "approuter", "sdk-java", NULL };

#define ID \
	{ \
		.name = "id", .type = FIELD_TEXT, .always = true, \
		.help = "Id of the new object, a UUID in lower case; one is made where none is given." \
	}
#define NAME_32(what) \
	{ \
		.name = "name", .type = FIELD_NAME, .required = true, .always = true, .least = 1, \
		.most = 32, .characters = "A-Za-z0-9._-", \
		.refusal = "name has to be 1 to 32 of A-Z a-z 0-9 . _ and -.", .help = what \
	}

/* Service instances and their keys, as `cf create-service` has them. */
OBJECT(service_instance_parameters, "service-instance-parameters", FIELD_BOTH,
       { .name = "grant-types", .type = FIELD_LIST, .help = "OAuth grant types, of it-rt." },
       { .name = "roles", .type = FIELD_LIST, .help = "Roles that its keys have, of it-rt." },
       { .name = "redirect-uris",
	 .type = FIELD_LIST,
	 .most = 20,
	 .help = "Addresses of authorization_code." },
       { .name = "token-validity",
	 .type = FIELD_INTEGER,
	 .least = 3600,
	 .most = 86400,
	 .help = "Validity of tokens [s]; the default is the plan's." },
       { .name = "HTML5Runtime_enabled", .type = FIELD_ANY, .help = "Of destination; changes nothing." },
       { .name = "version", .type = FIELD_ANY, .help = "Of destination; changes nothing." })
#define INSTANCE_PARAMETERS \
	{ \
		.name = "parameters", .type = FIELD_OBJECT, .object = &object_service_instance_parameters, \
		.help = "What the plan takes; others are refused." \
	}
OBJECT(service_instance, "service-instance", FIELD_BOTH, NAME_32("Name of the instance."), ID,
       { .name = "service",
	 .type = FIELD_CHOICE,
	 .required = true,
	 .always = true,
	 .words = services,
	 .refusal = "There is no such service; there are it-rt and destination.",
	 .help = "The service." },
       { .name = "plan",
	 .type = FIELD_CHOICE,
	 .required = true,
	 .always = true,
	 .words = plans,
	 .help = "Plan of the service: integration-flow or api of it-rt, lite of destination." },
       INSTANCE_PARAMETERS, TOLD_LIST("warnings", finding, "What to look at."),
       TOLD("keys", INTEGER, "How many service keys it has."), TOLD("created", TIME, "When it was made."),
       TOLD("modified", TIME, "When it was changed last."))
OBJECT(service_instance_update, "service-instance-update", FIELD_IN, INSTANCE_PARAMETERS)

#define KEY_VALIDITY \
	{ .name = "validity", \
	  .type = FIELD_INTEGER, \
	  .least = 1, \
	  .most = 365, \
	  .initial = "365", \
	  .help = "Validity of a certificate that is made, in days." }, \
		{ .name = "validity-type", .type = FIELD_TEXT, .help = "DAYS." }, \
		{ .name = "key-length", \
		  .type = FIELD_INTEGER, \
		  .least = 2048, \
		  .most = 4096, \
		  .initial = "2048", \
		  .help = "Bits of an RSA key that is made: 2048, 3072 or 4096." }, \
	{ \
		.name = "certificate-pinning", .type = FIELD_BOOLEAN, .initial = "true", \
		.help = "As pin, the name of XSUAA." \
	}
OBJECT(service_key_x509, "service-key-x509", FIELD_IN, KEY_VALIDITY)
OBJECT(service_key_parameters, "service-key-parameters", FIELD_IN,
       { .name = "key-type",
	 .type = FIELD_TEXT,
	 .help = "certificate: one is made, or X.509 has it; else client id and secret." },
       { .name = "credential-type",
	 .type = FIELD_TEXT,
	 .help = "XSUAA's word for the kind: x509, binding-secret or instance-secret." },
       { .name = "X.509", .type = FIELD_TEXT, .help = "The sender's own certificate as PEM." },
       { .name = "pin",
	 .type = FIELD_BOOLEAN,
	 .initial = "true",
	 .help = "Only this certificate counts, no later one of its subject and issuer." },
       KEY_VALIDITY,
       { .name = "x509",
	 .type = FIELD_OBJECT,
	 .object = &object_service_key_x509,
	 .help = "Where XSUAA and the Destination service have them." })
OBJECT(service_key, "service-key", FIELD_BOTH, NAME_32("Name of the key."), ID,
       { .name = "certificate",
	 .type = FIELD_TEXT,
	 .way = FIELD_IN,
	 .help = "The sender's own certificate, in any form." },
       { .name = "parameters",
	 .type = FIELD_OBJECT,
	 .way = FIELD_IN,
	 .object = &object_service_key_parameters,
	 .help = "What the key is to be; others are refused." },
       TOLD_LIST("warnings", finding, "What to look at."), TOLD("instance", TEXT, "Name of its instance."),
       TOLD("service", TEXT, "Service of its instance."), TOLD("plan", TEXT, "Plan of its instance."),
       TOLD("type", TEXT, "How its clients prove who they are."),
       TOLD("pinned", BOOLEAN, "Whether only its very certificates count."),
       { .name = "certificate",
	 .type = FIELD_OBJECT,
	 .way = FIELD_OUT,
	 .always = true,
	 .or_null = true,
	 .object = &object_certificate,
	 .help = "The newest of its certificates." },
       TOLD_LIST("certificates", certificate, "Its certificates."),
       TOLD_OR_NULL("roles", LIST, "Roles that it has."), TOLD("client_id", TEXT, "Its client id."),
       TOLD("created", TIME, "When it was made."))
OBJECT(service_key_certificate, "service-key-certificate", FIELD_IN,
       { .name = "certificate",
	 .type = FIELD_TEXT,
	 .required = true,
	 .help = "One more certificate of the sender, in any form." })
OBJECT(binding, "binding", FIELD_IN,
       { .name = "instance",
	 .type = FIELD_TEXT,
	 .help = "Instance of the Destination service; else the only one there is, or one that is made." },
       { .name = "clients",
	 .type = FIELD_LIST,
	 .words = clients,
	 .help = "Clients whose key stores are looked at; else all." },
       { .name = "x509",
	 .type = FIELD_BOOLEAN,
	 .initial = "false",
	 .help = "Log in with a certificate in the place of a secret." })

/* As SAP has them: whole, for the client that is to use them. */
#define PROOF \
	{ .name = "clientsecret", \
	  .type = FIELD_TEXT, \
	  .way = FIELD_OUT, \
	  .secret = true, \
	  .help = "Client secret, of a key that has one." }, \
		TOLD_SOMETIMES("certificate", TEXT, "Chain of its certificate as PEM."), \
	{ \
		.name = "key", .type = FIELD_TEXT, .way = FIELD_OUT, .secret = true, \
		.help = "Private key as PEM, where it was made here." \
	}
OBJECT(certificate_details, "certificate-details", FIELD_OUT, TOLD("issuerdn", TEXT, "Its issuer."),
       TOLD("subjectdn", TEXT, "Its subject."), TOLD("validuntil", TIME, "When it ends."),
       TOLD("serialnumber", TEXT, "Its serial number in hexadecimal digits."))
OBJECT(oauth_credentials, "oauth-credentials", FIELD_OUT, TOLD("clientid", TEXT, "Its client id."), PROOF,
       { .name = "certificatedetails",
	 .type = FIELD_OBJECT,
	 .way = FIELD_OUT,
	 .object = &object_certificate_details,
	 .help = "What its certificate says." },
       TOLD("url", TEXT, "URL to call."), TOLD("tokenurl", TEXT, "URL to get tokens at."),
       TOLD("createdate", TIME, "When the key was made."))
#define DESTINATION_CREDENTIALS \
	PROOF, TOLD_SOMETIMES("clientid", TEXT, "Its client id."), \
		TOLD_SOMETIMES("url", TEXT, "URL to get tokens at."), \
		TOLD_SOMETIMES("uri", TEXT, "URL of the service."), \
		TOLD_SOMETIMES("certurl", TEXT, "URL to get tokens at with a certificate."), \
		TOLD_SOMETIMES("credential-type", TEXT, "x509 or binding-secret."), \
		TOLD_SOMETIMES("uaadomain", TEXT, "Domain of the token service."), \
		TOLD_SOMETIMES("tenantid", TEXT, "Id of the subaccount."), \
		TOLD_SOMETIMES("tenantmode", TEXT, "dedicated."), \
		TOLD_SOMETIMES("identityzone", TEXT, "Name of the subaccount."), \
		TOLD_SOMETIMES("xsappname", TEXT, "Name of the app."), \
		TOLD_SOMETIMES("instanceid", TEXT, "Id of the instance."), \
		TOLD_SOMETIMES("verificationkey", TEXT, "Key that tokens are verified with, as PEM.")
OBJECT(destination_credentials, "destination-credentials", FIELD_OUT, DESTINATION_CREDENTIALS)
OBJECT(service_key_credentials, "service-key-credentials", FIELD_OUT,
       { .name = "oauth",
	 .type = FIELD_OBJECT,
	 .way = FIELD_OUT,
	 .object = &object_oauth_credentials,
	 .help = "Of a key of it-rt." },
       DESTINATION_CREDENTIALS)
OBJECT(binding_made, "binding-made", FIELD_OUT, TOLD("name", TEXT, "Name of the instance."),
       TOLD("instance_name", TEXT, "Name of the instance."), TOLD("instance_guid", TEXT, "Its id."),
       TOLD("label", TEXT, "The service."), TOLD("plan", TEXT, "Its plan."),
       TOLD("tags", LIST, "Tags by which clients find it."),
       TOLD_OBJECT("credentials", destination_credentials, "What the client logs in with."),
       TOLD_LIST("findings", finding, "What to look at."))
