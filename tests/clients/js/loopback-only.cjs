// Loaded before a client (NODE_OPTIONS=--require): a client that reaches for any other machine ends with exit code 99.
// The CLI looks for newer versions of itself, for instance, and would do so without a word.
'use strict';

const net = require('node:net');

const LOOPBACK = new Set([undefined, 'localhost', '127.0.0.1', '::1']);
const connect = net.Socket.prototype.connect;

net.Socket.prototype.connect = function connectToLoopback(...given) {
  // Node's own modules pass the arguments already gathered in one array: [options, callback].
  const [first, second] = Array.isArray(given[0]) ? given[0] : given;
  const host = first !== null && typeof first === 'object' ? first.host : second;
  if (!LOOPBACK.has(host) && typeof host !== 'function') {
    process.stderr.write(`loopback-only: the client wanted to reach ${host}\n`);
    process.exit(99);
  }
  return connect.apply(this, given);
};
