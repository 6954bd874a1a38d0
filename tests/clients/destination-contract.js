// Validates recorded answers against an OpenAPI document. Usage: destination-contract.js DOCUMENT ANSWERS
// ANSWERS is a JSON array of {operation, status, body}; prints {operations: {operation: [status]}, faults: [text]}.
'use strict';
const fs = require('fs');
const yaml = require('yaml');
const Ajv = require('ajv');

const document = yaml.parse(fs.readFileSync(process.argv[2], 'utf8'));
const answers = JSON.parse(fs.readFileSync(process.argv[3], 'utf8'));
const schemas = document.components.schemas;

// Where the document contradicts itself or its own prose, and clients read the prose:
// errors are declared as a bare text, yet every client reads {"ErrorMessage"}, which other operations declare.
schemas.Error = { anyOf: [{ type: 'string' }, { $ref: '#/components/schemas/JsonErrorMessage' }] };
schemas.JsonErrorMessage.required = ['ErrorMessage'];
// An object with properties, declared as a text.
schemas.BulkDelete.type = 'object';
// "could have null value": the type does not say so.
for (const id of Object.values(schemas.Owner.properties)) id.nullable = true;
// A token that could not be got has "error" in the place of the header.
schemas.AuthToken = { anyOf: [schemas.AuthToken, { type: 'object', required: ['type', 'value', 'error'] }] };
// The two alternatives of an error are one now, so that exactly one fits.
const relaxed = JSON.parse(JSON.stringify(document), (key, value) => {
  if (key !== '' && value && Array.isArray(value.oneOf)) {
    value.anyOf = value.oneOf;
    delete value.oneOf;
  }
  return value;
});

const ajv = new Ajv({ strict: false, allErrors: true, validateFormats: false });
ajv.addSchema(relaxed, 'openapi');

const pointer = text => text.replace(/~/g, '~0').replace(/\//g, '~1').replace(/[{} %]/g, encodeURIComponent);
const operations = {};
for (const [path, methods] of Object.entries(relaxed.paths))
  for (const [method, operation] of Object.entries(methods))
    if (operation && operation.responses)
      operations[`${method.toUpperCase()} ${path}`] = Object.keys(operation.responses).map(Number);

const faults = [];
for (const { operation, status, body } of answers) {
  const [method, ...rest] = operation.split(' ');
  const path = rest.join(' ');
  const response = ((relaxed.paths[path] || {})[method.toLowerCase()] || { responses: {} }).responses[status];
  if (!response) {
    faults.push(`${operation} answered ${status}, which the document does not declare`);
    continue;
  }
  const type = Object.keys(response.content || {})[0];
  if (!type || !response.content[type].schema || (status === 201 && body === null)) continue;
  const at = ['paths', path, method.toLowerCase(), 'responses', String(status), 'content', type, 'schema'];
  const validate = ajv.getSchema(`openapi#/${at.map(pointer).join('/')}`);
  if (!validate) faults.push(`${operation} ${status}: its schema is not found`);
  else if (!validate(body))
    faults.push(`${operation} ${status}: ${ajv.errorsText(validate.errors)} in ${JSON.stringify(body).slice(0, 300)}`);
}
console.log(JSON.stringify({ operations, faults }));
