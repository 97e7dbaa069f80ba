import { connect } from 'node:net';
import { type Rng, seedRng } from '../../base/rng.ts';

const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'latin1');
/** How long a connection may go on before we close it: nobody owes garbage an answer. */
const LINGER_MS = 100;

/** Opens a connection and sends what is no HTTP/2, or frames of it that make no sense. Resolves when it is closed. */
export function sendGarbage(port: number, seed: number, index: number): Promise<void> {
  const rng = seedRng(seed ^ 0x9a4b, index);
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' });
    const timer = setTimeout(() => socket.destroy(), LINGER_MS);
    socket.on('error', () => {});
    socket.on('data', () => {});
    socket.on('close', () => {
      clearTimeout(timer);
      resolve();
    });
    socket.write(garbage(rng));
    if (rng.intBelow(4) === 0) socket.end();
  });
}

function garbage(rng: Rng): Buffer {
  switch (rng.intBelow(4)) {
    case 0:
      return noise(rng, 1 + rng.intBelow(4_000));
    case 1:
      return Buffer.from('GET / HTTP/1.1\r\nHost: x\r\n\r\n', 'latin1');
    case 2:
      return Buffer.concat([PREFACE, noise(rng, 1 + rng.intBelow(4_000))]);
    default:
      return Buffer.concat([
        PREFACE,
        frame(4, 0, 0, Buffer.alloc(0)),
        ...Array.from({ length: 20 }, () => anyFrame(rng)),
      ]);
  }
}

/** A frame of any type on any stream, with any payload. */
function anyFrame(rng: Rng): Buffer {
  return frame(rng.intBelow(12), rng.intBelow(256), rng.intBelow(9), noise(rng, rng.intBelow(64)));
}

function frame(type: number, flags: number, stream: number, payload: Buffer): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

function noise(rng: Rng, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  for (let n = 0; n < length; n++) bytes[n] = rng.intBelow(256);
  return bytes;
}
