/** Tells channel systems whom to forget, again and again until a system of each channel has said that it did. */
import { INTERVALS, LIMITS } from '../../config/limits.ts';
import { CHANNELS } from '../../core/channel.ts';
import type { PublishOutcome } from '../../port/customers.ts';
import type { Runtime } from '../runtime.ts';
import { refusal } from '../turn/request.ts';

const UNWRITTEN = refusal(
  'unavailable',
  'the answer could not be written down; it is asked again',
  INTERVALS.retryDelayMs,
);

export class ChannelErasures {
  readonly #runtime: Pick<Runtime, 'erasures' | 'channels' | 'observer'>;

  constructor(runtime: Pick<Runtime, 'erasures' | 'channels' | 'observer'>) {
    this.#runtime = runtime;
  }

  /** Everybody whom the systems of a channel have not said to have forgotten: the oldest, LIMITS.erasuresToldMax at a time. */
  tell(channel: number): void {
    const { erasures, channels } = this.#runtime;
    if (erasures.size === 0 || !channels.isConnected(channel)) return;
    let left: number = LIMITS.erasuresToldMax;
    for (const { untold } of erasures.pending)
      for (const one of untold) {
        if (one.channel !== CHANNELS[channel]) continue;
        if (left-- === 0) return;
        channels.forget(channel, one.id);
      }
  }

  tellAll(): void {
    for (let channel = 0; channel < CHANNELS.length; channel++) this.tell(channel);
  }

  /** Durable when it resolves: nobody is asked again. */
  async heard(channel: number, id: string): Promise<PublishOutcome> {
    const { erasures, observer } = this.#runtime;
    const is = (one: { readonly channel: string; readonly id: string }): boolean =>
      one.id === id && one.channel === CHANNELS[channel];
    try {
      for (const erasure of erasures.pending)
        if (erasure.untold.some(is))
          await erasures.change(erasure.receipt, (now) => ({
            ...now,
            untold: now.untold.filter((one) => !is(one)),
          }));
      return { kind: 'accepted' };
    } catch (fault) {
      observer.fault('the answer of a channel system to an erasure could not be written down', fault);
      return UNWRITTEN;
    }
  }
}
