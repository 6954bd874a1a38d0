/* Discovers the server and fetches a token by client credentials with the unmodified openid-client and the binding in
 * VCAP_SERVICES. How the client proves itself is the argument: post, basic or certificate.
 * Prints one JSON line: the issuer and the token's claims, or the error. */
const undici = require("undici");

async function main() {
  const oauth = await import("openid-client");
  const { url, clientid, clientsecret, certificate, key } = JSON.parse(process.env.VCAP_SERVICES).destination[0].credentials;
  const proofs = {
    post: [{}, oauth.ClientSecretPost(clientsecret)],
    basic: [{}, oauth.ClientSecretBasic(clientsecret)],
    certificate: [{ use_mtls_endpoint_aliases: true }, oauth.TlsClientAuth()],
  };
  const server = await oauth.discovery(new URL(url + "/oauth/token"), clientid, ...proofs[process.argv[2]]);
  if (certificate) {
    const dispatcher = new undici.Agent({ connect: { cert: certificate, key } });
    server[oauth.customFetch] = (address, options) => undici.fetch(address, { ...options, dispatcher });
  }
  try {
    const answer = await oauth.clientCredentialsGrant(server);
    const claims = JSON.parse(Buffer.from(answer.access_token.split(".")[1], "base64url"));
    console.log(JSON.stringify({ issuer: server.serverMetadata().issuer, seconds: answer.expires_in, claims }));
  } catch (problem) {
    console.log(JSON.stringify({ error: problem.error || problem.message, status: problem.status }));
  }
}

main().catch((problem) => {
  console.error(problem);
  process.exit(1);
});
