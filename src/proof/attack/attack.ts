import { PREFACE, SETTING, settingsFrame, WINDOW_DEFAULT, WINDOW_MAX, windowUpdateFrame } from './frame.ts';
import type { HostilePeer } from './peer.ts';

/** What an attacker is given about the service. */
export interface Given {
  /** Every method that the service answers, by path. */
  readonly paths: readonly string[];
  /** The methods that anybody may call. */
  readonly openPaths: readonly string[];
  /** A token that the service knows. */
  readonly token: string;
  /** Sound requests by path, for methods that have one here. */
  readonly bodies: Readonly<Record<string, Buffer>>;
}

/** One way to harm a service, as data for the engine that runs it. */
export interface Attack {
  /** Connections at once, over all addresses; at least one of each address. */
  readonly connections: number;
  /** Units a second, over all connections: of calls, frames or bytes, as `send` counts them. */
  readonly perSecond: number;
  /** Fewer units that arrived prove nothing. */
  readonly arrivedMin: number;
  /** The first bytes of a connection; without, the preface and settings that leave everything open. */
  readonly greeting?: Buffer;
  /** Does not begin as HTTP/2 does, so that there are no settings to wait for. */
  readonly raw?: boolean;
  /** Gives back no window, although what comes is read. */
  readonly deaf?: boolean;
  /** Writes up to `units`; answers how many. Called again and again while the connection takes them. */
  readonly send: (peer: HostilePeer, units: number) => number;
  /** No PING may come between the units: it is known at the end only what arrived. */
  readonly unbroken?: boolean;
  /** Makes the connection sound at the end, so that a PING can show what arrived. */
  readonly finish?: (peer: HostilePeer) => void;
}

/** The beginning of a sound connection with these windows for replies; `widen` opens the connection's own. */
export function greeting(initialWindow: number, widen: boolean): Buffer {
  return Buffer.concat([
    PREFACE,
    settingsFrame([
      [SETTING.headerTableSize, 0],
      [SETTING.initialWindow, initialWindow],
    ]),
    ...(widen ? [windowUpdateFrame(0, WINDOW_MAX - WINDOW_DEFAULT)] : []),
  ]);
}

export const GREETING = greeting(WINDOW_MAX, true);

/** Takes turns among `things`. */
export function inTurn<T>(things: readonly T[]): () => T {
  let at = 0;
  return () => things[at++ % things.length] as T;
}
