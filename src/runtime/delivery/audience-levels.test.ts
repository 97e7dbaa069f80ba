import fc from 'fast-check';
import { expect, test } from 'vitest';
import { HOUR_MS, MINUTE_MS } from '../../base/clock.ts';
import { NO_PAUSES, type PendingFate } from '../../core/pause/pause.ts';
import type { ChannelConnection, Delivery } from '../../port/customers.ts';
import {
  decideInput,
  emptyStores,
  event,
  type Node,
  order,
  product,
  type Stores,
  TUESDAY,
} from '../engine.fixture.ts';
import { ADS, adDesk, keysOf, NEAR, type Told, toldOf } from './ad-desk.fixture.ts';

const CUSTOMERS = 3;

/** What an ad platform holds, and how it answers. It outlives the nodes that tell it. */
class Platform {
  answers: 'accept' | 'fail' | 'silence' = 'accept';
  /** By member: the highest version counts. */
  readonly levels = new Map<string, Told>();
  /** What each version of a member said. */
  readonly said = new Map<string, boolean>();
  readonly broken: string[] = [];
  #session: ChannelConnection | undefined;

  connect(node: Node): void {
    const session = node.gateway.connect(ADS, 1_000, {
      deliver: (delivery) => this.#take(delivery),
      withdraw: (id) => void this.broken.push(`it was asked to stop ${id}`),
    });
    if (session.kind === 'refused') throw new Error(session.message);
    this.#session = session;
  }

  #take(delivery: Delivery): void {
    const told = toldOf(delivery);
    const { customer, version, isMember } = told;
    const before = this.said.get(`${customer} ${version}`);
    if (before !== undefined && before !== isMember) this.broken.push(`version ${version} says both`);
    this.said.set(`${customer} ${version}`, isMember);
    const session = this.#session;
    session?.credit(1);
    if (this.answers === 'silence') return;
    if (this.answers === 'fail') {
      void session?.rejected(told.dispatchId, true, 0, 'not now');
      return;
    }
    if ((this.levels.get(customer)?.version ?? 0) < version) this.levels.set(customer, told);
    void session?.accepted(told.dispatchId);
  }
}

type Step =
  | { readonly kind: 'look' | 'buy' | 'refuse' | 'allow'; readonly who: number }
  | { readonly kind: 'wait'; readonly ms: number }
  | { readonly kind: 'answers'; readonly answers: Platform['answers'] }
  | { readonly kind: 'pause'; readonly fate: PendingFate | undefined }
  | { readonly kind: 'kill' | 'restart' };

const who = fc.nat(CUSTOMERS - 1);
const arbStep: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: who.map((n): Step => ({ kind: 'look', who: n })) },
  { weight: 3, arbitrary: who.map((n): Step => ({ kind: 'buy', who: n })) },
  fc
    .tuple(fc.constantFrom<'refuse' | 'allow'>('refuse', 'allow'), who)
    .map(([kind, n]): Step => ({ kind, who: n })),
  {
    weight: 4,
    arbitrary: fc
      .constantFrom(0, 1, MINUTE_MS, HOUR_MS, 30 * HOUR_MS)
      .map((ms): Step => ({ kind: 'wait', ms })),
  },
  fc
    .constantFrom<Platform['answers']>('accept', 'fail', 'silence')
    .map((answers): Step => ({ kind: 'answers', answers })),
  fc
    .constantFrom<PendingFate | undefined>('wait', 'withdraw', undefined)
    .map((fate): Step => ({ kind: 'pause', fate })),
  fc.constantFrom<'kill' | 'restart'>('kill', 'restart').map((kind): Step => ({ kind })),
);

class Life {
  readonly platform = new Platform();
  readonly #stores: Stores = emptyStores();
  #node: Node | undefined;
  #now = TUESDAY;
  #count = 0;

  get node(): Node {
    if (this.#node === undefined) throw new Error('no node');
    return this.#node;
  }

  async begin(): Promise<void> {
    const { node, session } = await adDesk(this.#stores, {
      now: this.#now,
      credits: 0,
      bounds: { shards: 2 },
    });
    session.close();
    this.#node = node;
    this.platform.connect(node);
  }

  async wait(ms: number): Promise<void> {
    this.#now += ms;
    await this.node.advanceTo(this.#now);
  }

  async take(step: Step): Promise<void> {
    const n = ++this.#count;
    const { node, platform } = this;
    if (step.kind === 'wait') return this.wait(step.ms);
    if (step.kind === 'answers') platform.answers = step.answers;
    else if (step.kind === 'pause') {
      const list =
        step.fate === undefined
          ? []
          : [
              {
                scope: 'channel',
                name: 'ads',
                by: 'anna',
                why: 'so',
                since: this.#now,
                pending: step.fate,
              } as const,
            ];
      node.engine.runtime.pauses = { ...NO_PAUSES, version: `p${n}`, list };
    } else if (step.kind === 'kill' || step.kind === 'restart') {
      await this.wait(0);
      // Killed, it saves nothing: what the log has is all there is.
      if (step.kind === 'restart') await node.engine.stop();
      return this.begin();
    } else if ('who' in step) await this.#act(step.kind, step.who, n);
    await this.wait(0);
    // Whoever bought it, or refuses ads, is out with the acknowledgement.
    if ((step.kind === 'buy' || step.kind === 'refuse') && (await this.#isMember(step.who)))
      this.platform.broken.push(`${step.kind} leaves customer ${step.who} in the audience`);
  }

  async #act(kind: 'look' | 'buy' | 'refuse' | 'allow', customer: number, n: number): Promise<void> {
    const identifiers = keysOf(customer);
    const { node } = this;
    const properties = { channel: 'ads', purpose: 'marketing', granted: kind !== 'refuse' };
    if (kind === 'refuse' || kind === 'allow') {
      await node.publish(event('Consent Updated', this.#now, { identifiers, properties }));
      return;
    }
    const products = [product('shoe', { category: 'shoes' })];
    if (kind === 'buy') {
      await node.publish(
        event('Order Completed', this.#now, { identifiers, products, order: order(`o${n}`, 90) }),
      );
      return;
    }
    const seen = event('Product Viewed', this.#now, { identifiers, products });
    await node.decide(decideInput(`r${n}`, { identifiers, events: [seen], placements: [], dispatch: true }));
  }

  /** The id of a customer who is in the audience by what the service holds; '' of another. */
  async #isMember(n: number): Promise<string> {
    const found = await this.node.read({ identifiers: keysOf(n) }, ({ audiences, id }) =>
      audiences.some(({ audience, choice }) => audience === NEAR && choice !== undefined) ? id : '',
    );
    return typeof found === 'string' ? found : '';
  }

  async members(): Promise<string[]> {
    const found: string[] = [];
    for (let n = 0; n < CUSTOMERS; n++) found.push(await this.#isMember(n));
    return found.filter((id) => id !== '').toSorted();
  }
}

test('whatever happens, the platform ends where the service stands, and no version says two things', {
  timeout: 120_000,
}, async () => {
  let entered = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(arbStep, { minLength: 4, maxLength: 24 }), async (steps) => {
      const life = new Life();
      await life.begin();
      for (let n = 0; n < CUSTOMERS; n++) await life.take({ kind: 'allow', who: n });
      for (const step of steps) await life.take(step);
      // It heals: the platform answers, nothing is paused, and all that waits is told.
      life.platform.answers = 'accept';
      await life.take({ kind: 'pause', fate: undefined });
      await life.wait(2 * HOUR_MS);
      const { platform } = life;
      const inside = [...platform.levels.values()].filter(({ isMember }) => isMember);
      expect(inside.map(({ customer }) => customer).toSorted()).toEqual(await life.members());
      expect(platform.broken).toEqual([]);
      entered += platform.said.size;
      await life.node.engine.stop();
    }),
    { numRuns: 25 },
  );
  expect(entered).toBeGreaterThan(25);
});
