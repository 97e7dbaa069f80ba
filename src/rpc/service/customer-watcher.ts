import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import { traitsMessage } from '../../codec/message/traits-message.ts';
import { INTERVALS, LIMITS } from '../../config/limits.ts';
import type { Profile } from '../../core/profile/profile.ts';
import type { Traits } from '../../core/trait/trait-spec.ts';
import type { ProfileChangeSchema } from '../../gen/attune/v1/customer_pb.ts';
import { failure } from '../failure.ts';
import type { ReplySink } from '../stream-method.ts';

const TOO_FAR_BEHIND = failure(
  'exhausted',
  `The watcher is more than ${LIMITS.watcherQueueMax} changes behind; watch again.`,
  INTERVALS.retryDelayMs,
);

interface State {
  readonly customerId: string;
  readonly version: bigint;
  readonly at: number;
  readonly traits: Traits;
}

/**
 * What one watcher was sent, and what waits for it. A reader that is behind skips changes, never the last one; one that is
 * more than `watcherQueueMax` changes behind is ended with RESOURCE_EXHAUSTED.
 */
export class CustomerWatcher {
  readonly #replies: ReplySink<typeof ProfileChangeSchema>;
  readonly #now: () => number;
  readonly #traitsOf: (profile: Profile, now: number) => Traits;
  #sent: State | undefined;
  #waiting: State | undefined;
  /** Kinds of the facts that made the changes that wait, newest first. */
  #causes: string[] = [];
  #behind = 0;

  /** `now`: by the service's clock; `traitsOf` copies from the profile, which is valid during the call. */
  constructor(
    replies: ReplySink<typeof ProfileChangeSchema>,
    now: () => number,
    traitsOf: (profile: Profile, now: number) => Traits,
  ) {
    this.#replies = replies;
    this.#now = now;
    this.#traitsOf = traitsOf;
    replies.onDrained(() => this.#flush());
  }

  /** Sends the profile as it stands, unless a change was sent already. */
  present(profile: Profile): void {
    if (this.#sent !== undefined) return;
    this.#causes = ['present'];
    this.#waiting = this.#state(profile);
    this.#flush();
  }

  /** Sends a change now, or with later ones once the reader has caught up. `causes`: oldest first. */
  changed(profile: Profile, causes: readonly string[]): void {
    if (this.#sent === undefined) return this.present(profile);
    this.#causes = [...causes.toReversed(), ...this.#causes].slice(0, LIMITS.watchCausesMax);
    this.#waiting = this.#state(profile);
    if (!this.#replies.full) return this.#flush();
    this.#behind++;
    if (this.#behind > LIMITS.watcherQueueMax) this.#replies.end(TOO_FAR_BEHIND);
  }

  #state(profile: Profile): State {
    const at = this.#now();
    const traits = this.#traitsOf(profile, at);
    return { customerId: profile.id, version: BigInt(profile.version), at, traits };
  }

  #flush(): void {
    const state = this.#waiting;
    if (state === undefined) return;
    const before = this.#sent?.traits;
    this.#sent = state;
    this.#waiting = undefined;
    this.#behind = 0;
    const { customerId, version, at } = state;
    this.#replies.send({
      customerId,
      version,
      at: timestampFromMs(at),
      causes: this.#causes,
      traits: traitsMessage(state.traits, before),
    });
    this.#causes = [];
  }
}
