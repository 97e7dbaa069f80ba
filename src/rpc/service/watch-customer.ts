import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import { traitsMessage } from '../../codec/message/traits-message.ts';
import { INTERVALS, LIMITS } from '../../config/limits.ts';
import type { Profile } from '../../core/profile/profile.ts';
import type { Traits } from '../../core/trait/trait-spec.ts';
import { CustomerService, type ProfileChangeSchema } from '../../gen/attune/v1/customer_pb.ts';
import type { CustomerRef } from '../../gen/attune/v1/identifier_pb.ts';
import { failure, refused } from '../failure.ts';
import type { Route } from '../method.ts';
import type { Serving } from '../serving.ts';
import { type Outlet, streamMethod } from '../stream-method.ts';
import { selectorOf, strangerProfile } from './customer-ref.ts';
import { profileTraits } from './profile-traits.ts';

const CAUSES_MAX = 32;
const BEHIND = failure(
  'exhausted',
  `The watcher is more than ${LIMITS.watcherQueueMax} changes behind; watch again.`,
  INTERVALS.retryDelayMs,
);

/** CustomerService.Watch: the present state, then what changes. */
export function watchCustomerRoute(serving: Serving): Route {
  const { customers, policies } = serving;
  return streamMethod(serving, CustomerService.method.watch, async ({ customer }, out) => {
    const ref = customer as CustomerRef;
    const watcher = new Watcher(serving, out);
    const watch = customers.watch(selectorOf(ref), (profile, causes) => watcher.changed(profile, causes));
    if (watch.kind === 'refused') return refused(watch);
    const seen = await customers.read(selectorOf(ref), (profile) => watcher.present(profile));
    if (seen.kind === 'refused') {
      watch.stop();
      return refused(seen);
    }
    if (seen.kind === 'unknown')
      watcher.present(strangerProfile(ref, policies.current?.identifierKinds ?? []));
    return watch.stop;
  });
}

interface State {
  readonly customerId: string;
  readonly version: bigint;
  readonly at: number;
  readonly traits: Traits;
}

/** What one watcher was sent, and what waits for it: a reader that is behind skips changes, never the last one. */
class Watcher {
  readonly #serving: Serving;
  readonly #out: Outlet<typeof ProfileChangeSchema>;
  #sent: State | undefined;
  #waiting: State | undefined;
  /** Of the changes that wait, newest first. */
  #causes: string[] = [];
  #behind = 0;

  constructor(serving: Serving, out: Outlet<typeof ProfileChangeSchema>) {
    this.#serving = serving;
    this.#out = out;
    out.onDrained(() => this.#flush());
  }

  present(profile: Profile): void {
    if (this.#sent !== undefined) return;
    this.#causes = ['present'];
    this.#waiting = this.#state(profile);
    this.#flush();
  }

  changed(profile: Profile, causes: readonly string[]): void {
    if (this.#sent === undefined) return this.present(profile);
    this.#causes = [...causes.toReversed(), ...this.#causes].slice(0, CAUSES_MAX);
    this.#waiting = this.#state(profile);
    if (!this.#out.full) return this.#flush();
    this.#behind++;
    if (this.#behind > LIMITS.watcherQueueMax) this.#out.end(BEHIND);
  }

  #state(profile: Profile): State {
    const at = this.#serving.clock.now();
    const traits = profileTraits(profile, this.#serving, at);
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
    this.#out.send({
      customerId,
      version,
      at: timestampFromMs(at),
      causes: this.#causes,
      traits: traitsMessage(state.traits, before),
    });
    this.#causes = [];
  }
}
