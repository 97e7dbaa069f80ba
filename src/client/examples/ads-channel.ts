/**
 * An ad platform's channel system, to begin your own with. It keeps a file an audience instead of calling the platform:
 *
 *     node src/client/examples/ads-channel.ts --address 127.0.0.1:7411 --dir audiences --audience retargeting
 *
 * With --print it says who is in an audience, a line each, and ends. It connects first and lists then, so that a system with an empty directory misses no change.
 */
import { parseArgs } from 'node:util';
import { timestampMs } from '@bufbuild/protobuf/wkt';
import { type AudienceChange, type AudienceMember, AudienceOp } from '../../gen/attune/v1/channel_pb.ts';
import { type AttuneClient, connect } from '../attune-client.ts';
import { AudienceFiles, type KnownLevel } from './audience-files.ts';

export interface AdsOptions {
  readonly directory: string;
  /** Audiences that are listed at the start. */
  readonly audiences: readonly string[];
}

/** Serves the channel until it is closed; `listed` resolves when all audiences were read. */
export function serveAds(
  client: AttuneClient,
  { directory, audiences }: AdsOptions,
): { readonly listed: Promise<void>; close(): void } {
  const files = new AudienceFiles(directory);
  const stream = client.connectChannel({
    channel: 'ads',
    client: 'ads-example',
    onDeliver: () => ({
      retryable: false,
      reason: 'this channel system keeps audiences and sends no messages',
    }),
    onAudienceChange: (change) => {
      // Here a real system tells its platform, before it accepts.
      files.put(
        change.audience,
        change.customerId,
        levelOf(change, change.op === AudienceOp.ADD),
        Date.now(),
      );
      return undefined;
    },
    onErase: (customerId) => files.forget(customerId),
  });
  const list = async (): Promise<void> => {
    for (const audience of audiences)
      for await (const member of client.audienceMembers(audience))
        files.put(audience, member.customerId, levelOf(member, true), Date.now());
  };
  return { listed: list(), close: () => stream.close() };
}

function levelOf(
  { version, identifiers, treatment, notAfter }: AudienceChange | AudienceMember,
  isMember: boolean,
): KnownLevel {
  return {
    version: String(version),
    isMember,
    keys: identifiers.map(({ kind, value }) => `${kind}=${value}`),
    shows: treatment?.content?.rendered || (treatment?.content?.productIds.join(', ') ?? ''),
    notAfter: notAfter === undefined ? 0 : timestampMs(notAfter),
  };
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: {
      address: { type: 'string', default: '127.0.0.1:7411' },
      dir: { type: 'string', default: 'audiences' },
      audience: { type: 'string', multiple: true, default: [] },
      token: { type: 'string', default: '' },
      print: { type: 'string', default: '' },
    },
  });
  if (values.print !== '') {
    for (const { keys } of new AudienceFiles(values.dir).members(values.print, Date.now()).values())
      process.stdout.write(`${keys.join(' ')}\n`);
    process.exit();
  }
  const client = connect(values.address.split(','), { token: values.token });
  const served = serveAds(client, { directory: values.dir, audiences: values.audience });
  process.once('SIGINT', () => {
    served.close();
    client.close();
  });
}
