/** The channel systems of a round: the reference client on every channel, and four of them behave badly where they are asked to. */
import { setTimeout as pause } from 'node:timers/promises';
import { type AttuneClient, connect } from '../../client/attune-client.ts';
import type { ChannelStream } from '../../client/channel-stream.ts';
import { FeedbackKind } from '../../gen/attune/v1/channel_pb.ts';
import { BAD_CHANNELS, HEALTHY_CHANNELS } from './channels-policy.ts';
import { CutOffProxy } from './cut-off-proxy.ts';
import { DoublingChannel } from './doubling-channel.ts';
import { SentMessages } from './sent-messages.ts';

const CREDITS = 50;
/** So few that its messages pile up at the service. */
const SLOW_CREDITS = 4;
const SLOW_MS = 1_500;
/** How long the dead channel lives before it hangs: long enough for its hello. */
const DYING_MS = 500;
const FLAP_MS = 250;
/** One in so many deliveries is refused for now by the flapping channel. */
const REFUSED_EVERY = 5;
const CALM = { retry: { backoffMs: 20, backoffMsMax: 100 } };

export class ChannelSystems {
  readonly sent = new SentMessages();
  readonly failed: string[] = [];
  readonly #clients: AttuneClient[] = [];
  readonly #streams: ChannelStream[] = [];
  readonly #closing: (() => void)[] = [];
  /** Ends all waits when it closes. */
  readonly #stop = new AbortController();
  #reports = new Set<Promise<unknown>>();

  /** `port`: of a service on this machine. */
  static async start(port: number, areBad: boolean): Promise<ChannelSystems> {
    const systems = new ChannelSystems();
    const address = `127.0.0.1:${port}`;
    for (const channel of HEALTHY_CHANNELS) systems.#serve(address, channel);
    if (areBad) await systems.#misbehave(port);
    else for (const channel of Object.values(BAD_CHANNELS)) systems.#serve(address, channel);
    return systems;
  }

  /** Resolves when feedback under way is answered, or a channel that hangs has had the time for it. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await Promise.race([Promise.all(this.#reports), pause(2_000)]);
    for (const close of this.#closing) close();
    for (const stream of this.#streams) stream.close();
    for (const client of this.#clients) client.close();
  }

  async #misbehave(port: number): Promise<void> {
    const dead = await this.#proxy(port);
    const flapping = await this.#proxy(port);
    this.#serve(dead.address, BAD_CHANNELS.dead);
    const dying = setTimeout(() => dead.swallow(), DYING_MS);
    this.#serve(`127.0.0.1:${port}`, BAD_CHANNELS.slow, { holdMs: SLOW_MS, credits: SLOW_CREDITS });
    this.#serve(flapping.address, BAD_CHANNELS.flapping, { refusedEvery: REFUSED_EVERY });
    const flaps = setInterval(() => flapping.cut(), FLAP_MS);
    const doubling = new DoublingChannel(`127.0.0.1:${port}`, BAD_CHANNELS.doubling, CREDITS, this.sent);
    this.#closing.push(
      () => clearTimeout(dying),
      () => clearInterval(flaps),
      () => doubling.close(),
    );
  }

  async #proxy(port: number): Promise<CutOffProxy> {
    const proxy = await CutOffProxy.start(port);
    this.#closing.push(() => proxy.close());
    return proxy;
  }

  #serve(address: string, channel: string, how: Partial<Manner> = {}): void {
    const { holdMs = 0, credits = CREDITS, refusedEvery = Number.POSITIVE_INFINITY } = how;
    const client = connect(address, CALM);
    this.#clients.push(client);
    let count = 0;
    const stream = client.connectChannel({
      channel,
      credits,
      onDeliver: async (delivery) => {
        this.sent.arrived(delivery);
        if (holdMs > 0) await pause(holdMs, undefined, { signal: this.#stop.signal });
        if (++count % refusedEvery === 0) return { retryable: true, retryAfterMs: 100, reason: 'not now' };
        this.sent.sent(delivery.dispatchId);
        this.#report(stream, delivery.dispatchId);
        return undefined;
      },
      onWithdraw: () => false,
      onError: ({ message }) => void this.failed.push(`${channel}: ${message}`),
    });
    this.#streams.push(stream);
  }

  #report(stream: ChannelStream, dispatchId: string): void {
    const id = `delivered-${dispatchId}`;
    const report = stream
      .feedback({ id, dispatchId, kind: FeedbackKind.DELIVERED, link: id })
      .catch(() => {})
      .finally(() => this.#reports.delete(report));
    this.#reports.add(report);
  }
}

interface Manner {
  /** How long it takes over each message. */
  readonly holdMs: number;
  readonly credits: number;
  /** One in so many is refused for now. */
  readonly refusedEvery: number;
}
