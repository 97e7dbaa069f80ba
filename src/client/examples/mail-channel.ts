/**
 * A mail system as a channel of Attune, to begin your own with. It writes mails into a directory instead of sending them:
 *
 *     node src/client/examples/mail-channel.ts --address 127.0.0.1:7411 --dir mails
 *
 * `attune channel test --channel email` tries out whether a channel system does what it must; this one does.
 */
import { parseArgs } from 'node:util';
import { timestampMs } from '@bufbuild/protobuf/wkt';
import { type Deliver, FeedbackKind } from '../../gen/attune/v1/channel_pb.ts';
import { type AttuneClient, connect } from '../attune-client.ts';
import type { AttuneError } from '../attune-error.ts';
import type { ChannelStream, Refused } from '../channel-stream.ts';
import { MailBox } from './mail-box.ts';

export interface MailOptions {
  readonly directory: string;
  /** Default: email. */
  readonly channel?: string;
  /** How long a mail waits before it goes, so that it can be withdrawn; default a second. */
  readonly holdMs?: number;
  readonly onError?: (error: AttuneError) => void;
}

const SWEEP_MS = 3_600_000;

/** Serves the channel until it is closed. Mails that waited when an earlier process ended go out first. */
export function serveMail(client: AttuneClient, options: MailOptions): { close(): void } {
  const { directory, channel = 'email', holdMs = 1_000, onError } = options;
  const box = new MailBox(directory);
  const timers = new Map<string, NodeJS.Timeout>();

  const send = (dispatchId: string): void => {
    timers.delete(dispatchId);
    // Its time may have passed while this process was away.
    if (box.notAfter(dispatchId) <= Date.now()) {
      box.move(dispatchId, 'stopped');
      return;
    }
    // Here a real system hands it to its mail server, once.
    if (box.move(dispatchId, 'sent')) report(stream, dispatchId);
  };
  const sendSoon = (dispatchId: string): void => {
    timers.set(
      dispatchId,
      setTimeout(() => send(dispatchId), holdMs),
    );
  };

  const stream = client.connectChannel({
    channel,
    client: 'mail-example',
    onDeliver: (delivery) => {
      const { dispatchId } = delivery;
      // The client answers what it has seen itself; this is for what an earlier process took.
      if (box.find(dispatchId) !== undefined) return undefined;
      const refused = refusalOf(delivery, Date.now() + holdMs);
      if (refused !== undefined) return refused;
      box.put({ dispatchId, notAfter: notAfterOf(delivery), text: mailOf(delivery) });
      sendSoon(dispatchId);
      return undefined;
    },
    onWithdraw: ({ dispatchId }) => {
      clearTimeout(timers.get(dispatchId));
      timers.delete(dispatchId);
      return box.move(dispatchId, 'stopped') || box.find(dispatchId) === 'stopped';
    },
    ...(onError !== undefined && { onError }),
  });
  for (const dispatchId of box.waiting) sendSoon(dispatchId);
  const sweeping = setInterval(() => box.sweep(Date.now()), SWEEP_MS).unref();
  return {
    close: () => {
      clearInterval(sweeping);
      for (const timer of timers.values()) clearTimeout(timer);
      stream.close();
    },
  };
}

/** A delivery that this system cannot or must not send at `at`. */
function refusalOf(delivery: Deliver, at: number): Refused | undefined {
  if (notAfterOf(delivery) <= at) return { retryable: false, reason: 'not_after has passed' };
  if (delivery.identifiers.length === 0)
    return { retryable: true, reason: 'the customer has no address yet' };
  return undefined;
}

function notAfterOf({ notAfter }: Deliver): number {
  return notAfter === undefined ? 0 : timestampMs(notAfter);
}

/** The id names the event, so that a report that is told again is the same one. What a lost process did not report counts as sent. */
function report(stream: ChannelStream, dispatchId: string): void {
  stream
    .feedback({ id: `${dispatchId}-delivered`, dispatchId, kind: FeedbackKind.DELIVERED })
    .catch(() => {});
}

function mailOf({ identifiers, treatment, dispatchId }: Deliver): string {
  const { content, offer } = treatment ?? {};
  const to = identifiers.map(({ kind, value }) => `${kind}=${value}`).join(', ');
  return [
    `To: ${to}`,
    `Subject: ${content?.slots.headline ?? ''}`,
    `Message-ID: <${dispatchId}@attune>`,
    `Content-Language: ${content?.locale ?? ''}`,
    `X-Template: ${content?.templateId ?? ''}`,
    '',
    content?.rendered ?? '',
    ...(offer === undefined ? [] : [`Your code: ${offer.code}`]),
    '',
  ].join('\r\n');
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: {
      address: { type: 'string', default: '127.0.0.1:7411' },
      channel: { type: 'string', default: 'email' },
      dir: { type: 'string', default: 'mails' },
      token: { type: 'string', default: '' },
    },
  });
  const client = connect(values.address.split(','), { token: values.token });
  serveMail(client, {
    directory: values.dir,
    channel: values.channel,
    onError: ({ message }) => {
      console.error(message);
      process.exitCode = 1;
      client.close();
    },
  });
}
