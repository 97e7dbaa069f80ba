/**
 * Goes through everybody who is in an audience after a pause that withdraws, or after a policy whose ads are others: their membership ends
 * without an event of theirs. Owned by the engine, which beats it.
 *
 * I1  A page at a time, so many customers a second: who is asked is looked at as for a list (turn/handle-member.ts).
 * I2  Not stored. A start goes through all where a pause withdraws; what another policy began and a kill cut short ends with the
 *     customers' next events, and with their time.
 */
import { INTERVALS, LIMITS } from '../../config/limits.ts';
import type { Policy } from '../../core/policy/policy.ts';
import type { AudiencePage, AudiencePlace, Refusal } from '../../port/customers.ts';
import type { Runtime } from '../runtime.ts';

type ListPage = (audience: string, from: AudiencePlace, limit: number) => Promise<AudiencePage | Refusal>;

const FIRST: AudiencePlace = { shard: 0, after: '' };

export class AudienceWalk {
  readonly #runtime: Pick<Runtime, 'policy' | 'pauses' | 'clock' | 'observer'>;
  readonly #list: ListPage;
  #policy: Policy | undefined;
  #pauses = '';
  /** Audiences that are still to be gone through, the first one from `#from` on. */
  #names: string[] = [];
  #from = FIRST;
  #isReading = false;
  #disarm: (() => void) | undefined;

  constructor(runtime: Pick<Runtime, 'policy' | 'pauses' | 'clock' | 'observer'>, list: ListPage) {
    this.#runtime = runtime;
    this.#list = list;
  }

  get busy(): boolean {
    return this.#isReading;
  }

  /** Looks whether there is a reason to go through them. */
  beat(): void {
    const { policy, pauses } = this.#runtime;
    if (policy === this.#policy && pauses.version === this.#pauses) return;
    const isWithdrawn =
      pauses.version !== this.#pauses && pauses.list.some(({ pending }) => pending === 'withdraw');
    const before = this.#policy;
    const isOther = before !== undefined && policy !== before && adsOf(policy) !== adsOf(before);
    this.#policy = policy;
    this.#pauses = pauses.version;
    if (!isWithdrawn && !isOther) return;
    const names = [...(policy?.audiences ?? []), ...(before?.audiences ?? [])].map(({ id }) => id);
    this.#names = [...new Set([...names, ...this.#names])];
    this.#from = FIRST;
    this.#arm();
  }

  stop(): void {
    this.#disarm?.();
    this.#disarm = undefined;
    this.#names = [];
  }

  #arm(): void {
    if (this.#names.length === 0) return;
    this.#disarm ??= this.#runtime.clock.after(INTERVALS.audienceWalkMs, () => {
      this.#disarm = undefined;
      void this.#page();
    });
  }

  async #page(): Promise<void> {
    const [name] = this.#names;
    if (name === undefined || this.#isReading) return;
    this.#isReading = true;
    const from = this.#from;
    try {
      const page = await this.#list(name, from, LIMITS.audienceWalkPageMax);
      // Begun again meanwhile, or refused: the same page once more.
      if (page.kind === 'page' && this.#from === from && this.#names[0] === name) {
        this.#from = page.next ?? FIRST;
        if (page.next === undefined) this.#names.shift();
      }
    } catch (fault) {
      this.#runtime.observer.fault('the members of an audience could not be gone through', fault);
    } finally {
      this.#isReading = false;
      this.#arm();
    }
  }
}

/** What of a policy decides who may stay in an audience, but for what each customer's turn looks at. */
function adsOf(policy: Policy | undefined): string {
  if (policy === undefined) return '';
  const ads = policy.actions.flatMap(({ id, audience }) =>
    audience === undefined ? [] : [`${id} ${audience.name} ${audience.kinds.join(' ')}`],
  );
  return ads.join('; ');
}
