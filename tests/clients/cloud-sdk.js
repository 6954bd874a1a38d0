/* Calls an endpoint through a destination with the unmodified SAP Cloud SDK; prints one JSON line a call. */
const { executeHttpRequest } = require(process.env.SDK || "@sap-cloud-sdk/http-client");

async function main() {
  const [destinationName, path] = process.argv.slice(2);
  for (const method of ["get", "post"]) {
    const request = { method, url: path || "" };
    if (method === "post") request.data = { hello: "world" };
    const answer = await executeHttpRequest({ destinationName }, request);
    console.log(JSON.stringify({ method, status: answer.status, data: answer.data }));
  }
}

main().catch((problem) => {
  const cause = problem.rootCause || problem.cause || problem;
  console.error(problem.message, "|", cause.message, cause.response ? JSON.stringify(cause.response.data) : "");
  process.exit(1);
});
