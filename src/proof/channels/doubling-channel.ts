/** A channel system that says everything three times: answers, and feedback under its id. It drops deliveries that it knows, as it must. */

import type { MessageInitShape } from '@bufbuild/protobuf';
import { timestampMs, timestampNow } from '@bufbuild/protobuf/wkt';
import type { ClientDuplexStream } from '@grpc/grpc-js';
import { Connection } from '../../client/connection.ts';
import { SeenDispatches } from '../../client/seen-dispatches.ts';
import { settingsOf } from '../../client/settings.ts';
import {
  ChannelService,
  type ConnectReply,
  type ConnectRequestSchema,
  FeedbackKind,
} from '../../gen/attune/v1/channel_pb.ts';
import type { SentMessages } from './sent-messages.ts';

const TIMES = 3;
type UpMessage = MessageInitShape<typeof ConnectRequestSchema>;

export class DoublingChannel {
  readonly #connection: Connection;
  readonly #stream: ClientDuplexStream<UpMessage, ConnectReply>;

  constructor(address: string, channel: string, credits: number, sent: SentMessages) {
    const seen = new SeenDispatches();
    this.#connection = new Connection([address], settingsOf({}));
    this.#stream = this.#connection.bidi(ChannelService.method.connect);
    this.#stream.on('error', () => {});
    this.#stream.on('data', ({ message }: ConnectReply) => {
      if (message.case !== 'deliver') return;
      const { dispatchId, notAfter } = message.value;
      sent.arrived(message.value);
      if (seen.get(dispatchId) === undefined) {
        seen.add(dispatchId, notAfter === undefined ? Date.now() : timestampMs(notAfter), Date.now());
        sent.sent(dispatchId);
      }
      this.#say({ message: { case: 'accepted', value: { dispatchId } } });
      const id = `doubled-${dispatchId}`;
      const feedback = { id, dispatchId, kind: FeedbackKind.CLICKED, link: id, occurredAt: timestampNow() };
      this.#say({ message: { case: 'feedback', value: feedback } });
    });
    this.#stream.write({ message: { case: 'hello', value: { channel, credits } } });
  }

  close(): void {
    this.#stream.end();
    this.#connection.close();
  }

  #say(message: UpMessage): void {
    for (let n = 0; n < TIMES; n++) this.#stream.write(message);
  }
}
