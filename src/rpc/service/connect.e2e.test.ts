import { once } from 'node:events';
import { connect as connectHttp2 } from 'node:http2';
import { create, toBinary } from '@bufbuild/protobuf';
import { status } from '@grpc/grpc-js';
import { expect, test } from 'vitest';
import { LIMITS } from '../../config/limits.ts';
import { ChannelService, ConnectRequestSchema } from '../../gen/attune/v1/channel_pb.ts';
import type { ChannelSink } from '../../port/customers.ts';
import { methodPath } from '../method.ts';
import { startService } from './scratch-server.fixture.ts';

test('a channel system that does not read is cut off once too much waits for it', async () => {
  const service = await startService();
  const { gateway, engine } = service.node;
  const connect = gateway.connect.bind(gateway);
  const { promise: connected, resolve } = Promise.withResolvers<ChannelSink>();
  gateway.connect = (channel, credits, sink) => {
    resolve(sink);
    return connect(channel, credits, sink);
  };
  const session = connectHttp2(`http://${service.address}`);
  try {
    const stream = session.request(
      {
        ':method': 'POST',
        ':path': methodPath(ChannelService.method.connect),
        'content-type': 'application/grpc',
        te: 'trailers',
      },
      { endStream: false },
    );
    const trailers = once(stream, 'trailers');
    const hello = { message: { case: 'hello' as const, value: { channel: 'email', credits: 1 } } };
    const bytes = toBinary(ConnectRequestSchema, create(ConnectRequestSchema, hello));
    const head = Buffer.alloc(5);
    head.writeUInt32BE(bytes.length, 1);
    stream.write(Buffer.concat([head, bytes]));
    const sink = await connected;
    const { channels } = engine.runtime;
    const part = 8;
    const reason = 'x'.repeat(LIMITS.channelUnreadBytesMax / part - 64);
    for (let n = 0; n < part; n++) sink.withdraw(`d${n}`, reason);
    await new Promise(setImmediate);
    expect(channels.sessions).toBe(1);
    for (let n = 0; n < part; n++) sink.withdraw(`e${n}`, reason);
    stream.resume();
    const [{ 'grpc-status': code }] = await trailers;
    expect(Number(code)).toBe(status.RESOURCE_EXHAUSTED);
    await expect.poll(() => channels.sessions, { interval: 5 }).toBe(0);
  } finally {
    session.destroy();
    await service.close();
  }
});
