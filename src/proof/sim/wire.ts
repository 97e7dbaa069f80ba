/**
 * What lies between a host and the stores: a call goes out, takes effect at the far side, and its answer comes back, each
 * in its own time, and each may be lost.
 *
 * I1  An effect happens at most once.
 * I2  A call that failed with `outcome: 'unknown'` may have taken effect, or may still do so.
 * I3  What a host had sent when it died arrives or does not, by chance; nobody hears the answer.
 */
import type { Rng } from '../../base/rng.ts';
import { PortError } from '../../port/port-error.ts';
import type { Host, Scheduler } from './scheduler.ts';

export type SimWireFault = 'lost' | 'ack-lost' | 'late' | 'full' | 'refused';

/** Chances of each fault per write, 0..1; all 0 once the world is healed. */
export interface WireWeather {
  calm: boolean;
  readonly writes: Readonly<Record<SimWireFault, number>>;
  /** Of a read that fails. */
  readonly reads: number;
}

const TIMEOUT_MS = 400;
const LATE_MS_MAX = 20_000;

export class Wire {
  readonly #scheduler: Scheduler;
  readonly #host: Host;
  readonly #rng: Rng;
  readonly #weather: WireWeather;
  readonly #trace: (line: string) => void;

  constructor(
    scheduler: Scheduler,
    host: Host,
    rng: Rng,
    weather: WireWeather,
    trace: (line: string) => void,
  ) {
    this.#scheduler = scheduler;
    this.#host = host;
    this.#rng = rng;
    this.#weather = weather;
    this.#trace = trace;
  }

  read<T>(what: string, effect: () => Promise<T> | T): Promise<T> {
    const fails = !this.#weather.calm && this.#rng.float() < this.#weather.reads;
    if (!fails) return this.#call(effect, this.#latency(), this.#latency());
    this.#trace(`${this.#host.name}: ${what} fails`);
    return this.#fail(new PortError('unavailable', `${what}: no answer`, { outcome: 'nothing_written' }));
  }

  write<T>(what: string, effect: () => Promise<T> | T): Promise<T> {
    const fault = this.#draw();
    if (fault === undefined) return this.#call(effect, this.#latency(), this.#latency());
    this.#trace(`${this.#host.name}: ${what} meets ${fault}`);
    switch (fault) {
      case 'full':
        return this.#fail(new PortError('full', `${what}: no room`));
      case 'refused':
        return this.#fail(new PortError('unavailable', `${what}: not now`, { outcome: 'nothing_written' }));
      case 'lost':
        break;
      case 'ack-lost':
        this.#send(effect, this.#latency());
        break;
      case 'late':
        this.#send(effect, TIMEOUT_MS + this.#rng.intBelow(LATE_MS_MAX));
        break;
    }
    return this.#fail(new PortError('unavailable', `${what}: no acknowledgement`), TIMEOUT_MS);
  }

  #draw(): SimWireFault | undefined {
    if (this.#weather.calm) return undefined;
    let chance = this.#rng.float();
    for (const [fault, share] of Object.entries(this.#weather.writes)) {
      chance -= share;
      if (chance < 0) return fault as SimWireFault;
    }
    return undefined;
  }

  #latency(): number {
    const chance = this.#rng.float();
    return chance < 0.6 ? 0 : chance < 0.95 ? 1 + this.#rng.intBelow(5) : this.#rng.intBelow(300);
  }

  #call<T>(effect: () => Promise<T> | T, out: number, back: number): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.#send(effect, out, (answer) => {
        this.#scheduler.after(back, this.#host, () => answer.then(resolve, reject));
      });
    });
  }

  /** Half of what a host sends waits in its own buffers first: a pause holds it back, and it lands late. */
  #send<T>(
    effect: () => Promise<T> | T,
    ms: number,
    answered: (answer: Promise<T>) => void = () => {},
  ): void {
    const land = (): void => {
      if (this.#host.state === 'dead' && this.#rng.float() < 0.5) return;
      const answer = new Promise<T>((resolve) => resolve(effect()));
      answer.catch(() => {});
      answered(answer);
    };
    if (this.#rng.float() < 0.5) this.#scheduler.after(ms, undefined, land);
    else
      this.#scheduler.after(ms, this.#host, () => {
        this.#scheduler.after(0, undefined, land);
      });
  }

  #fail<T>(fault: PortError, ms = 0): Promise<T> {
    return new Promise<T>((_, reject) => {
      this.#scheduler.after(ms + this.#latency(), this.#host, () => reject(fault));
    });
  }
}
