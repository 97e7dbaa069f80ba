/** A connection of an attack, at its end. */
interface Ended {
  /** Units of the attack that the service is known to have read on it. */
  readonly arrived: number;
  readonly ageMs: number;
}

/** What an attacker has seen: how much of what it sent arrived, and how the service ended its calls and connections. */
export class AttackTally {
  /** Units of the attack that the service is known to have read. */
  arrived = 0;
  connectionsMade = 0;
  /** How calls ended, by what the service said. */
  readonly calls = new Map<string, number>();
  /** How connections ended, by what the service did. */
  readonly connections = new Map<string, number>();
  readonly #livesMs: number[] = [];

  callEnded(how: string): void {
    this.calls.set(how, (this.calls.get(how) ?? 0) + 1);
  }

  /** The service closed a connection, or never took it. */
  connectionCut(peer: Ended, how: string): void {
    this.arrived += peer.arrived;
    this.connections.set(how, (this.connections.get(how) ?? 0) + 1);
    this.#livesMs.push(peer.ageMs);
  }

  /** A connection that lived until the end of the attack. */
  connectionKept(peer: Ended): void {
    this.arrived += peer.arrived;
  }

  /** What mostly ended the attack: what was done to its connections and said to its calls. */
  cutBy(): string {
    const connection = most(this.connections);
    const call = most(this.calls, 'status 0');
    const lives = this.#livesMs.toSorted((a, b) => a - b);
    const seconds = Math.round((lives[lives.length >> 1] ?? 0) / 100) / 10;
    const parts = [
      ...(connection === undefined ? [] : [`${connection} after ${seconds} s`]),
      ...(call === undefined ? [] : [call]),
    ];
    return parts.length === 0 ? 'end of attack' : parts.join(', ');
  }
}

function most(counts: ReadonlyMap<string, number>, but?: string): string | undefined {
  let found: string | undefined;
  for (const [how, count] of counts)
    if (how !== but && (found === undefined || count > (counts.get(found) ?? 0))) found = how;
  return found;
}
