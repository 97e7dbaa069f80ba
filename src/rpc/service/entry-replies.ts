import { ReplyEntries } from '../../codec/wire/stream-entries.ts';
import type { BidiCall } from '../call.ts';

/**
 * Sends the replies to requests that came in entries: those of one turn of the event loop leave in one message, at most
 * 100 and about half a MiB of them.
 */
export class EntryReplies {
  readonly #call: BidiCall;
  readonly #entries: ReplyEntries;
  #flushing = false;

  /** `field`: of the reply message's repeated entries. */
  constructor(call: BidiCall, field: number) {
    this.#call = call;
    this.#entries = new ReplyEntries(field);
  }

  /** Adds a copy of a reply. */
  add(reply: Uint8Array): void {
    this.#entries.add(reply);
    if (this.#entries.full) this.flush();
    else if (!this.#flushing) {
      this.#flushing = true;
      setImmediate(() => {
        this.#flushing = false;
        this.flush();
      });
    }
  }

  /** Sends what was gathered at once; call it before the call ends. */
  flush(): void {
    if (this.#entries.count > 0) this.#call.write(this.#entries.take());
  }
}
