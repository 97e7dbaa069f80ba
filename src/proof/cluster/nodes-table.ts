/** How the deployment does while the shop is open: a row now and then, and what happens between two of them. */
import { atText, secondsText } from './customer-story.ts';
import type { ShardOwners } from './shard-owners.ts';
import type { ShopTally } from './shop-tally.ts';

export interface TableParts {
  readonly tally: ShopTally;
  readonly owners: ShardOwners;
  readonly addresses: readonly string[];
  readonly tell: (line: string) => void;
}

const ROWS = 24;
const ROW_MS_MIN = 1_000;

export class NodesTable {
  readonly #parts: TableParts;
  readonly #rowMs: number;
  readonly #states: ('lives' | 'dead' | 'starts')[];
  #openedAt = 0;
  #rowAt = 0;
  #timer: NodeJS.Timeout | undefined;

  /** `seconds`: how long the shop is open. */
  constructor(parts: TableParts, seconds: number) {
    this.#parts = parts;
    this.#rowMs = Math.max(ROW_MS_MIN, (seconds * 1_000) / ROWS);
    this.#states = parts.addresses.map(() => 'lives');
  }

  open(): void {
    const nodes = this.#parts.addresses.map((_, place) => `node ${place + 1}`.padStart(10)).join('');
    this.#parts.tell(`   time${nodes}   events  decisions      p50      p99  waiting`);
    this.#openedAt = performance.now();
    this.#rowAt = this.#openedAt;
    this.#timer = setInterval(() => this.#row(), this.#rowMs);
  }

  close(): void {
    clearInterval(this.#timer);
  }

  state(place: number, state: 'lives' | 'dead' | 'starts'): void {
    this.#states[place] = state;
  }

  say(what: string): void {
    this.#parts.tell(`${atText(performance.now() - this.#openedAt)}  ${what}`);
  }

  #row(): void {
    const { tally, owners, addresses, tell } = this.#parts;
    const now = performance.now();
    const seconds = (now - this.#rowAt) / 1_000;
    this.#rowAt = now;
    const { events, decisions, latency } = tally.lap();
    const nodes = addresses.map((address, place) => {
      const shards = owners.shardsOf(address).length;
      const state = this.#states[place];
      const word =
        state === 'lives' || shards > 0 ? `${shards} ${state === 'dead' ? 'dead' : 'shards'}` : state;
      return (word ?? '').padStart(10);
    });
    const per = (count: number): string => `${(count / seconds).toFixed(0)}/s`;
    const at = (q: number): string =>
      (latency.count === 0 ? '-' : secondsText(latency.quantileMs(q))).padStart(9);
    tell(
      `${atText(now - this.#openedAt)}${nodes.join('')}${per(events).padStart(9)}${per(decisions).padStart(11)}${at(0.5)}${at(0.99)}${String(tally.waiting).padStart(9)}`,
    );
  }
}
