/** A shard that goes on from an earlier state of its data, as after a restore: what was named since never names anything else. */
import { expect, test } from 'vitest';
import { CatalogColumns } from '../../core/catalog/catalog-columns.ts';
import { channelIndex } from '../../core/channel.ts';
import { type DecisionPlace, decisionId, dispatchId, trackingToken } from '../../core/decide/decision-id.ts';
import type { FeedbackInput } from '../../core/event/feedback-input.ts';
import { addresseeOf } from '../../core/identity/customer.ts';
import type { Delivery, PublishOutcome } from '../../port/customers.ts';
import {
  decideInput,
  emptyStores,
  event,
  type Node,
  order,
  product,
  startNode,
  TUESDAY,
} from '../engine.fixture.ts';

const EMAIL = channelIndex('email');
const LATER = 1_790_000_000;

async function start(stores: ReturnType<typeof emptyStores>, generation: number): Promise<Node> {
  const node = await startNode(stores, { bounds: { shards: 1, beatMs: 60_000 }, generation });
  const catalog = new CatalogColumns();
  catalog.fold(1, [
    {
      ...{ productId: 'p', title: 'Coat', category: 'coats', brand: 'Nord', price: 90, margin: undefined },
      ...{ url: undefined, image: undefined, variants: [], substitutes: [] },
    },
  ]);
  node.engine.runtime.catalog = catalog;
  return node;
}

interface Mailed {
  readonly name: string;
  readonly place: DecisionPlace;
}

/** Decides for new customers until a mail waits for its channel. */
async function mail(node: Node, prefix: string): Promise<Mailed> {
  for (let n = 0; n < 50; n++) {
    const name = `${prefix}${n}`;
    const identifiers = [{ kind: 'email_sha256', value: name }];
    const bought = event('Order Completed', TUESDAY, {
      ...{ identifiers, products: [product('p')], order: order(`o${name}`, 90) },
    });
    const outcome = await node.decide(
      decideInput(`r${name}`, {
        ...{ identifiers, events: [bought], placements: [], dispatch: true, timeZone: 'Europe/London' },
      }),
    );
    if (outcome.kind !== 'decided') throw new Error(outcome.message);
    const choice = outcome.fact.choices[0];
    if (choice?.kind === 'treatment' && choice.channel === EMAIL) return { name, place: outcome.place };
  }
  throw new Error('Nobody is mailed.');
}

function report(node: Node, { name, place }: Mailed, by: 'token' | 'id'): Promise<PublishOutcome> {
  const named =
    by === 'token'
      ? { dispatchId: '', tracking: trackingToken(addresseeOf('email_sha256', name).id, place, 0) }
      : { dispatchId: dispatchId(place, 0), tracking: '' };
  const input: FeedbackInput = {
    ...{ channel: 'email', id: `${by}-${name}`, identifiers: [], kind: 'unsubscribed', occurredAt: TUESDAY },
    ...{ machine: false, link: '', value: 0, scope: '', bodyHash: 1, ...named },
  };
  return new Promise((resolve) => node.gateway.feedback(input, resolve));
}

test.each([{ saved: true }, { saved: false }])(
  'what was decided before keeps its name, and what was lost names nothing in the next life (snapshots: $saved)',
  async ({ saved }) => {
    const stores = emptyStores();
    const first = await start(stores, 1);
    const kept = await mail(first, 'kept');
    if (saved) await first.engine.shards[0]?.writer.flush();
    const copied = structuredClone({ ...stores, images: new Map() });
    // Where this one stands, the next life has its fence.
    await mail(first, 'gone');
    const lost = await mail(first, 'lost');
    expect(decisionId(lost.place)).toMatch(/^1-0-/);
    await first.engine.stop();

    const second = await start(copied, LATER);
    const others: Mailed[] = [];
    while ((others.at(-1)?.place.seq ?? 0) < lost.place.seq)
      others.push(await mail(second, `new${others.length}-`));
    // Another decision stands where the lost one stood.
    expect(await second.gateway.decision({ ...lost.place, generation: LATER })).toMatchObject({
      requestId: expect.stringMatching(/^rnew/),
    });
    expect(await second.gateway.decision(lost.place)).toBeUndefined();
    expect(await second.gateway.decision(kept.place)).toMatchObject({ requestId: `r${kept.name}` });
    expect(others.map(({ place }) => place.generation)).toEqual(others.map(() => LATER));

    const delivered: Delivery[] = [];
    const session = second.gateway.connect(EMAIL, 100, {
      deliver: (each) => void delivered.push(each),
      withdraw: () => {},
    });
    if (session.kind === 'refused') throw new Error(session.message);
    await second.advanceTo(TUESDAY + 120_000);
    const ids = delivered.map((each) => each.dispatchId);
    expect(ids).toContain(dispatchId(kept.place, 0));
    expect(ids).toContain(dispatchId(others[0]?.place ?? kept.place, 0));
    expect(ids).not.toContain(dispatchId(lost.place, 0));
    // A channel still speaks of what it had: nobody else's dispatch is meant, and the customer's word counts.
    expect(await session.accepted(dispatchId(lost.place, 0))).toMatchObject({ code: 'not_found' });
    expect(await report(second, lost, 'id')).toMatchObject({ code: 'not_found' });
    await second.publish(
      event('Page Viewed', TUESDAY, { identifiers: [{ kind: 'email_sha256', value: lost.name }] }),
    );
    expect(await report(second, lost, 'token')).toEqual({ kind: 'accepted' });
    const heard = await second.read(
      { customerId: addresseeOf('email_sha256', lost.name).id },
      ({ channelStats }) => channelStats[EMAIL]?.unsubscribedAt,
    );
    expect(heard).toBe(TUESDAY);
    await second.engine.stop();

    // A life of its own again, from what this one has saved.
    const third = await start(copied, LATER + 1);
    expect(third.engine.shards[0]?.status.generations.map(({ generation }) => generation)).toEqual([
      1,
      LATER,
      LATER + 1,
    ]);
    expect(await third.gateway.decision(kept.place)).toMatchObject({ requestId: `r${kept.name}` });
    expect(await third.gateway.decision(others[0]?.place ?? lost.place)).toBeDefined();
    await third.engine.stop();
  },
);
