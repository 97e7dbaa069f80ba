/** A service that answers everybody with OK and ends at the first call of a method that it does not know. */
import { createServer } from 'node:http2';
import type { AddressInfo } from 'node:net';

const server = createServer();
server.on('stream', (stream, headers) => {
  if (!String(headers[':path']).startsWith('/attune.v1.')) process.exit(7);
  stream.on('error', () => {});
  stream.respond(
    { ':status': 200, 'content-type': 'application/grpc', 'grpc-status': '0' },
    { endStream: true },
  );
});
server.listen(0, '127.0.0.1', () => {
  console.log(`fragile listens on 127.0.0.1:${(server.address() as AddressInfo).port}`);
});
