/* Validates a token with the unmodified @sap/xssec and the binding in VCAP_SERVICES: the token given, else one that it fetches.
 * Prints one JSON line: what the token says, or the name of the error. */
const { createSecurityContext, XsuaaService } = require("@sap/xssec");

async function main() {
  const service = new XsuaaService(JSON.parse(process.env.VCAP_SERVICES).destination[0].credentials);
  const token = process.argv[2] || (await service.fetchClientCredentialsToken()).access_token;
  try {
    const context = await createSecurityContext(service, { jwt: token });
    console.log(JSON.stringify({
      token, zid: context.token.zid, client: context.token.clientId, instance: context.token.serviceInstanceId,
      reads: context.checkLocalScope("Read"), sends: context.checkLocalScope("ESBMessaging.send"),
    }));
  } catch (problem) {
    console.log(JSON.stringify({ token, error: problem.name, text: problem.message }));
  }
}

main().catch((problem) => {
  console.error(problem);
  process.exit(1);
});
