import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { DAY_MS } from '../../base/clock.ts';
import { eventMessage } from '../../codec/message/event-message.ts';
import { UpsertRequestSchema } from '../../gen/attune/v1/catalog_pb.ts';
import { type Event, EventStatus, PublishReplySchema } from '../../gen/attune/v1/event_pb.ts';
import type { ShopCatalog } from '../../world/catalog.ts';
import { createShop } from '../../world/shop.ts';
import { PUBLISH, publishRequest } from './event-bodies.ts';
import { feed } from './feed.ts';

const UPSERT = '/attune.v1.CatalogService/Upsert';
const BATCH = 200;
const IN_FLIGHT = 16;
const HISTORY_DAYS = 21;
/** What was refused for want of room is sent again after so long, so many times. */
const RETRY_MS = 250;
const ROUNDS_MAX = 100;

/** How many events were sent and what the service said to them. */
export interface SetupCount {
  readonly events: number;
  readonly accepted: number;
}

/** Tells the service the shop's products. */
export async function sendCatalog(port: number, catalog: ShopCatalog): Promise<void> {
  const products = catalog.products.map((product) => ({
    productId: product.productId,
    title: product.title,
    category: product.category,
    brand: product.brand,
    price: product.price,
    margin: product.margin,
    url: product.url,
    image: product.image,
    variants: [...product.stock].map(([size, stock]) => ({ size, stock })),
  }));
  const body = Buffer.from(toBinary(UpsertRequestSchema, create(UpsertRequestSchema, { products })));
  await feed({ port, path: UPSERT, bodies: [body], inFlight: 1 });
}

/** The events of the last three weeks in the simulated shop, up to `now`, in order of time. */
export function* shopEvents(seed: number, customers: number, now: number): Generator<Event> {
  const startAt = now - HISTORY_DAYS * DAY_MS;
  const shop = createShop({ seed, customers, startAt, outreachPerDay: 0 });
  for (let step = shop.next(now); step !== undefined; step = shop.next(now)) {
    if (step.kind === 'event') yield eventMessage(step.event);
  }
}

/**
 * Publishes events in batches, `inFlight` at a time, and again those that the service had no room for. Throws when a call fails; events that are
 * refused for good are only counted.
 */
export async function sendEvents(
  port: number,
  events: Iterable<Event>,
  inFlight = IN_FLIGHT,
): Promise<SetupCount> {
  let sent = 0;
  let accepted = 0;
  let waiting: Event[] = [];
  const send = async (some: Iterable<Event>): Promise<void> => {
    const batchOf = new Map<Buffer, readonly Event[]>();
    const bodies = function* () {
      for (const batch of batches(some)) {
        const body = publishRequest(batch);
        batchOf.set(body, batch);
        yield body;
      }
    };
    await feed({
      port,
      path: PUBLISH,
      bodies: bodies(),
      inFlight,
      seen(bytes, start, end, body) {
        const batch = batchOf.get(body) ?? [];
        batchOf.delete(body);
        for (const [i, { status }] of fromBinary(
          PublishReplySchema,
          bytes.subarray(start, end),
        ).results.entries()) {
          if (status === EventStatus.ACCEPTED) accepted++;
          else if (status === EventStatus.RETRY) waiting.push(batch[i] as Event);
        }
      },
    });
  };
  const counted = function* () {
    for (const event of events) {
      sent++;
      yield event;
    }
  };
  await send(counted());
  for (let round = 0; waiting.length > 0 && round < ROUNDS_MAX; round++) {
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    const again = waiting;
    waiting = [];
    await send(again);
  }
  return { events: sent, accepted };
}

function* batches(events: Iterable<Event>): Generator<Event[]> {
  let batch: Event[] = [];
  for (const event of events) {
    batch.push(event);
    if (batch.length < BATCH) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}
