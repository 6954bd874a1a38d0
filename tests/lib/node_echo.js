// SPDX-License-Identifier: Apache-2.0
// Answers each request with what Node's parser understood, in the form of tests/unit/http/echo.c. Ends with its standard input.
'use strict';
const http = require('node:http');

function add(name, bytes) {
  return Buffer.concat([Buffer.from(`${name} ${bytes.length}\n`), bytes, Buffer.from('\n')]);
}

// What follows a request may be malformed; the request is answered first.
const unanswered = new WeakMap(); // socket -> requests that are whole or still arriving

function refuse(socket) {
  if (socket.writable) socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n');
}

function answered(socket, request) {
  unanswered.get(socket).delete(request);
  if (socket.failed && unanswered.get(socket).size === 0) refuse(socket);
}

const server = http.createServer({ insecureHTTPParser: false, requireHostHeader: true }, (request, response) => {
  const parts = [];
  const socket = request.socket;
  if (!unanswered.has(socket)) unanswered.set(socket, new Set());
  unanswered.get(socket).add(request);
  response.on('finish', () => answered(socket, request));
  request.on('data', part => parts.push(part));
  request.on('end', () => {
    // = RFC 9112 §3.2.2: of an absolute target the path is meant.
    const target = request.url.replace(/^https?:\/\/[^/?]*/i, '');
    const mark = target.indexOf('?');
    const path = (mark < 0 ? target : target.slice(0, mark)) || '/';
    const out = Buffer.concat([
      add('method', Buffer.from(request.method)),
      add('path', Buffer.from(path, 'latin1')),
      add('query', Buffer.from(mark < 0 ? '' : target.slice(mark + 1), 'latin1')),
      add('body', Buffer.concat(parts)),
    ]);
    response.writeHead(200, { 'Content-Length': out.length });
    response.end(out);
  });
});
server.on('checkExpectation', (request, response) => server.emit('request', request, response));
server.on('checkContinue', (request, response) => { response.writeContinue(); server.emit('request', request, response); });
server.on('clientError', (error, socket) => {
  const waiting = [...(unanswered.get(socket) || [])].some(request => request.complete);
  socket.failed = true;
  if (!waiting) refuse(socket);
});
server.keepAliveTimeout = 5000;
server.listen(0, '127.0.0.1', () => console.log(server.address().port));
process.stdin.on('end', () => process.exit(0)).resume();
