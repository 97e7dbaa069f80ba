import { exportFact } from '../../codec/export/export-fact.ts';
import { exportProfile } from '../../codec/export/export-profile.ts';
import type { Json } from '../../codec/export/readable.ts';
import { LIMITS } from '../../config/limits.ts';
import { CustomerService } from '../../gen/attune/v1/customer_pb.ts';
import type { CustomerRef } from '../../gen/attune/v1/identifier_pb.ts';
import type { CustomerSelector } from '../../port/customers.ts';
import { type Failure, failure, isFailure, refused } from '../failure.ts';
import type { Route } from '../method.ts';
import type { ServiceContext } from '../service-context.ts';
import { failureOf } from '../status.ts';
import { type ReplySink, streamMethod } from '../stream-method.ts';
import { selectorOf } from './customer-ref.ts';
import { placeNamer } from './place-namer.ts';

type Reply = typeof CustomerService.method.export.output;

const BUSY = failure(
  'exhausted',
  `${LIMITS.exportsMax} exports are under way; retry when one is over.`,
  1_000,
);

/** CustomerService.Export: everything held of a customer, as two files. */
export function exportCustomerRoute(context: ServiceContext): Route {
  let underWay = 0;
  const method = CustomerService.method.export;
  return streamMethod(context, method, ({ customer }, out) => {
    if (underWay >= LIMITS.exportsMax) return BUSY;
    underWay++;
    const run = new Export(context, selectorOf(customer as CustomerRef), out);
    void run
      .run()
      .catch((thrown: unknown) => failureOf(thrown, 'CustomerService.Export', context.observer))
      .then((ended) => {
        underWay--;
        out.end(ended);
      });
    return () => run.stop();
  });
}

class Export {
  readonly #context: ServiceContext;
  readonly #selector: CustomerSelector;
  readonly #out: ReplySink<Reply>;
  #isStopped = false;
  #resume: () => void = () => {};

  constructor(context: ServiceContext, selector: CustomerSelector, out: ReplySink<Reply>) {
    this.#context = context;
    this.#selector = selector;
    this.#out = out;
    out.onDrained(() => this.#resume());
  }

  stop(): void {
    this.#isStopped = true;
    this.#resume();
  }

  async run(): Promise<Failure | undefined> {
    const { customers } = this.#context;
    const seen = await customers.read(this.#selector, (profile) =>
      exportProfile(profile, { decisionRef: placeNamer(customers.status(), profile) }),
    );
    if (seen.kind === 'refused') return refused(seen);
    await this.#file('profile.json', onePiece(seen.kind === 'read' ? seen.value : null));
    const history = await this.#history();
    if (isFailure(history)) return history;
    await this.#file('history.jsonl', history);
    return undefined;
  }

  async #history(): Promise<AsyncIterable<string> | Failure> {
    const pages = await this.#context.customers.facts(this.#selector);
    if ('kind' in pages) return refused(pages);
    return lines(pages, this.#context);
  }

  /** Waits while the reader is behind, so no more than a page and a piece is held. */
  async #file(name: string, texts: AsyncIterable<string>): Promise<void> {
    let held = Buffer.alloc(0);
    for await (const text of texts) {
      held = Buffer.concat([held, Buffer.from(text)]);
      while (held.length > LIMITS.exportPieceBytesMax) {
        await this.#piece(name, held.subarray(0, LIMITS.exportPieceBytesMax), false);
        held = held.subarray(LIMITS.exportPieceBytesMax);
      }
      if (this.#isStopped) return;
    }
    await this.#piece(name, held, true);
  }

  async #piece(name: string, data: Buffer, last: boolean): Promise<void> {
    while (this.#out.full && !this.#isStopped)
      await new Promise<void>((resolve) => {
        this.#resume = resolve;
      });
    if (!this.#isStopped) this.#out.send({ name, data: new Uint8Array(data), last });
  }
}

async function* onePiece(value: Json): AsyncGenerator<string> {
  yield `${JSON.stringify(value, undefined, 2)}\n`;
}

async function* lines(
  pages: Exclude<Awaited<ReturnType<ServiceContext['customers']['facts']>>, { kind: 'refused' }>,
  { policies }: ServiceContext,
): AsyncGenerator<string> {
  for await (const page of pages)
    for (const { place, fact } of page) {
      const policy = fact.kind === 'decision' ? await policies.parsed(fact.policy) : undefined;
      yield `${JSON.stringify(exportFact(place, fact, policy))}\n`;
    }
}
