import type { Answer } from './door.ts';
import type { MessageOnItsWay } from './message-on-its-way.ts';

interface Heard {
  readonly message: MessageOnItsWay;
  readonly answer: Answer | undefined;
}

/** Of messages that are owed to be understood, how many must be. */
const UNDERSTOOD_MIN = 0.95;
/** Of each figure. */
const EXAMPLES_SHOWN = 20;

/** What came of all histories, by kind of mess. */
export class MessTally {
  customers = 0;
  messages = 0;
  /** Customers whose profile is not that of the clean history. */
  different = 0;
  /** Customers whose clean history is folded to something else than it comes to by hand. */
  miscounted = 0;
  /** Messages of which something is lost and of which the sender was not told. */
  silent = 0;
  /** Messages that are owed to be understood and were refused. */
  toldWrongly = 0;
  readonly injected: Record<string, number> = {};
  readonly told: Record<string, number> = {};
  readonly examples: string[] = [];
  #owed = 0;
  #understood = 0;

  /** `kinds`: those that are expected; one that never occurs would be proved of nothing. */
  constructor(kinds: readonly string[]) {
    for (const kind of kinds) {
      this.injected[kind] = 0;
      this.told[kind] = 0;
    }
  }

  customer(name: string, differences: readonly string[], heard: readonly Heard[]): void {
    this.customers++;
    this.messages += heard.length;
    if (differences.length > 0) {
      this.different++;
      const kinds = [...new Set(heard.flatMap(({ message }) => message.kinds))];
      this.#example('different', `customer ${name}: ${differences.join('; ')} (${kinds.join(', ')})`);
    }
    for (const { message, answer } of heard) this.#message(name, message, answer, differences.length === 0);
  }

  miscount(sentence: string): void {
    this.miscounted++;
    this.#example('miscounted', sentence);
  }

  get absent(): string[] {
    return Object.keys(this.injected).filter((kind) => this.injected[kind] === 0);
  }

  /** Of the messages with mess that is owed to be understood, the share that was, in profiles that came out right. */
  get understoodShare(): number {
    return this.#owed === 0 ? 0 : this.#understood / this.#owed;
  }

  get figures() {
    const { customers, messages, injected, told, absent, miscounted, different, silent, toldWrongly } = this;
    const { understoodShare } = this;
    return {
      customers,
      messages,
      injected,
      told,
      absent,
      miscounted,
      different,
      silent,
      toldWrongly,
      understoodShare,
    };
  }

  /** Whether all came out as it must; kinds that are absent are for the caller to judge, who knows how much was run. */
  get holds(): boolean {
    const { miscounted, different, silent, toldWrongly, understoodShare } = this;
    return miscounted + different + silent + toldWrongly === 0 && understoodShare >= UNDERSTOOD_MIN;
  }

  #message(name: string, message: MessageOnItsWay, answer: Answer | undefined, isEqual: boolean): void {
    const isTaken = answer?.status === 'accepted' || answer?.status === 'duplicate';
    const isTold = answer?.status === 'rejected' || (answer?.rules.length ?? 0) > 0;
    for (const kind of message.kinds) {
      this.injected[kind] = (this.injected[kind] ?? 0) + 1;
      if (isTold) this.told[kind] = (this.told[kind] ?? 0) + 1;
    }
    const what = `customer ${name}, ${message.event.name} ${message.event.id} (${message.kinds.join(', ') || 'clean'})`;
    if (message.owed === 'understood') {
      if (!isTaken) {
        this.toldWrongly++;
        this.#example(
          'told wrongly',
          `${what} was ${answer?.status ?? 'never answered'}: ${answer?.rules.join(', ')}`,
        );
      }
      if (message.kinds.length === 0) return;
      this.#owed++;
      if (isTaken && isEqual) this.#understood++;
      return;
    }
    if (isTold && (message.owed === 'odd' || answer?.status === 'rejected')) return;
    this.silent++;
    this.#example('silent', `${what} was ${answer?.status ?? 'never answered'} without a word`);
  }

  #example(what: string, sentence: string): void {
    const shown = this.examples.filter((example) => example.startsWith(what)).length;
    if (shown < EXAMPLES_SHOWN) this.examples.push(`${what}: ${sentence}`);
  }
}
