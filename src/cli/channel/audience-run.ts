/** The audience of one run of the test kit: who was said to be in it, under which dispatch ids and versions. */
import { createHash } from 'node:crypto';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import { AudienceOp } from '../../gen/attune/v1/channel_pb.ts';
import type { ChannelAnswer, Kit } from './kit.ts';
import type { KitStream } from './kit-server.ts';

/** A change of a customer of the run. */
export interface RunChange {
  readonly dispatchId: string;
  readonly name: string;
  readonly op: AudienceOp;
  readonly version: number;
  /** Ms since 1970. */
  readonly notAfter: number;
}

const VALID_MS = 3_600_000;

export class AudienceRun {
  readonly #kit: Kit;
  #version = 0;

  constructor(kit: Kit) {
    this.#kit = kit;
  }

  /** The key of a customer of the run, as the audience is given it. */
  keyOf(name: string): string {
    return createHash('sha256').update(`${this.#kit.run} ${name}`).digest('hex');
  }

  /** Says that a customer is in the audience, or out of it, with a version above all that were said. */
  change(
    stream: KitStream,
    name: string,
    op: AudienceOp,
    { validMs = VALID_MS }: { readonly validMs?: number } = {},
  ): RunChange {
    const change = this.#next(name, op, validMs);
    this.send(stream, change, 1);
    return change;
  }

  /** Two changes of a customer in the wrong order: the later one first. */
  overtaken(stream: KitStream, name: string, older: AudienceOp, later: AudienceOp): readonly RunChange[] {
    const changes = [this.#next(name, older, VALID_MS), this.#next(name, later, VALID_MS)];
    for (const change of changes.toReversed()) this.send(stream, change, 1);
    return changes;
  }

  /** The change, as its `attempt`-th telling. */
  send(stream: KitStream, { dispatchId, name, op, version, notAfter }: RunChange, attempt: number): void {
    const until = timestampFromMs(notAfter);
    const content = {
      templateId: 'kit.plain',
      locale: 'en-GB',
      slots: {},
      productIds: ['kit-1'],
      rendered: 'A test.',
    };
    const treatment = {
      ...{ actionId: 'kit', variantId: 'plain', channel: 'ads', content, notAfter: until },
      tracking: `t-${dispatchId}`,
    };
    const value = {
      ...{ audience: this.#kit.settings.audience, op, version: BigInt(version), dispatchId, attempt },
      customerId: this.#customerId(name),
      identifiers: [{ kind: 'email_sha256', value: this.keyOf(name) }],
      notAfter: until,
      ...(op === AudienceOp.ADD ? { treatment } : { reason: 'PURCHASED_PRODUCT' }),
    };
    stream.send({ case: 'audienceChange', value });
  }

  /** The `nth` answer to a change, from 1; undefined: there was none in time. */
  answer({ dispatchId }: RunChange, nth = 1): Promise<ChannelAnswer | undefined> {
    return this.#kit.answer(dispatchId, nth);
  }

  /** Says that a customer is to be forgotten; false: it was not answered in time. */
  async erase(stream: KitStream, name: string): Promise<boolean> {
    const customerId = this.#customerId(name);
    stream.send({ case: 'eraseCustomer', value: { customerId, identifiers: [] } });
    const { server, waitMs } = this.#kit;
    const isErased = (): true | undefined =>
      server.heard.some(
        ({ message }) => message.case === 'erased' && message.value.customerId === customerId,
      ) || undefined;
    return (await server.until(isErased, waitMs)) ?? false;
  }

  #customerId(name: string): string {
    return `kit-${this.#kit.run}-${name}`;
  }

  #next(name: string, op: AudienceOp, validMs: number): RunChange {
    this.#version++;
    const notAfter = Date.now() + validMs;
    return { dispatchId: this.#kit.named(notAfter), name, op, version: this.#version, notAfter };
  }
}
