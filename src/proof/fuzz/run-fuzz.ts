/**
 * Sends numbered requests to the service, some at a time, and judges every answer.
 *
 * I1  Request `index` of a seed is the same in every run; a failure names the numbers with which it comes again.
 * I2  Whatever is sent, the service lives, answers in time, tells nothing of its inside, and serves sound requests.
 */
import { status as grpc } from '@grpc/grpc-js';
import { verifyDirectory } from '../../audit/verify.ts';
import { canary } from './canary.ts';
import { METHOD_COUNT } from './fuzz-methods.ts';
import { FuzzService, type MemoryReading } from './fuzz-service.ts';
import { leakIn } from './leaks.ts';
import { type FuzzCall, type FuzzCallPlan, makeAttack } from './make-attack.ts';
import { sendGarbage } from './raw-garbage.ts';
import { FuzzConnections, type Outcome, sendAttack } from './send-attack.ts';

export interface FuzzPlan {
  readonly seed: number;
  /** Numbers of the requests, `from` up to and without `to`. */
  readonly from: number;
  readonly to: number;
  /** Where the service keeps its data; must be new. */
  readonly directory: string;
  readonly policy: FuzzCallPlan['policy'];
  readonly progress: (done: number, of: number) => void;
  /** Told of each failure as it is found. */
  readonly failure: (text: string) => void;
}

export interface FuzzReport {
  requests: number;
  methods: number;
  crashed: number;
  leaked: number;
  hung: number;
  /** Answers that blame the service itself ("Something went wrong on our side."). */
  faults: number;
  /** Sound requests that were not answered with OK. */
  soundRefused: number;
  rssStartMiB: number;
  rssEndMiB: number;
  heapStartMiB: number;
  heapEndMiB: number;
  memoryFlat: boolean;
  memoryRule: string;
  verifyFacts: number;
  verifyDecisions: number;
  verifyDifferent: number;
  verifyDifferences: readonly string[];
  /** Answers by gRPC status. */
  statuses: Record<string, number>;
  seconds: number;
}

const IN_FLIGHT = 24;
const CONNECTIONS = 4;
const DEADLINE_MS = 20_000;
const CANARY_EVERY = 10;
const GARBAGE_EVERY = 250;
/** Share of the requests after which caches, pools and the heap have their size. */
const WARM = 0.5;
const HEAP_GROWTH_MIB = 16;
const PRIVATE_GROWTH_MIB = 64;
const FAILURES_SHOWN = 100;
const SAME_SHOWN = 3;
const CRASHES_MAX = 5;
const SOUND = new Set([grpc.OK, grpc.RESOURCE_EXHAUSTED, grpc.UNAVAILABLE].map(String));
const BLAND = 'Something went wrong on our side';

/** Attacks a service of its own, then verifies what it wrote. */
export async function runFuzz(plan: FuzzPlan): Promise<FuzzReport> {
  const run = new FuzzRun(plan);
  return await run.all();
}

type Found = Pick<FuzzReport, 'leaked' | 'hung' | 'faults' | 'soundRefused'>;

class FuzzRun {
  readonly #plan: FuzzPlan;
  readonly #service: FuzzService;
  readonly #connections: FuzzConnections;
  /** Sound requests have connections of their own: who breaks the rules of HTTP/2 loses his with all that is on it. */
  readonly #soundConnections: FuzzConnections;
  readonly #inFlight = new Set<number>();
  readonly #statuses: Record<string, number> = {};
  readonly #found: Found = { leaked: 0, hung: 0, faults: 0, soundRefused: 0 };
  readonly #times = new Map<string, number>();
  #shown = 0;
  #done = 0;
  #next: number;

  constructor(plan: FuzzPlan) {
    this.#plan = plan;
    this.#next = plan.from;
    this.#service = new FuzzService(plan.directory, (output) => {
      this.#show(
        `${output}\n  in flight: ${[...this.#inFlight].join(', ')}\n  ${this.#command([...this.#inFlight])}`,
      );
    });
    this.#connections = new FuzzConnections(() => this.#service.address, CONNECTIONS);
    this.#soundConnections = new FuzzConnections(() => this.#service.address, 1);
  }

  async all(): Promise<FuzzReport> {
    const began = performance.now();
    const { from, to } = this.#plan;
    await this.#service.start();
    let warm: MemoryReading;
    let end: MemoryReading;
    try {
      await this.#upTo(from + Math.floor((to - from) * WARM));
      warm = await this.#service.memory();
      await this.#upTo(to);
      end = await this.#service.memory();
    } finally {
      this.#connections.close();
      this.#soundConnections.close();
      await this.#service.stop();
    }
    const verified = await verifyDirectory(this.#service.dataDir);
    return {
      requests: this.#done,
      methods: METHOD_COUNT,
      crashed: this.#service.crashed,
      ...this.#found,
      rssStartMiB: warm.rssMiB,
      rssEndMiB: end.rssMiB,
      heapStartMiB: warm.heapMiB,
      heapEndMiB: end.heapMiB,
      ...judgeMemory(warm, end),
      verifyFacts: verified.facts,
      verifyDecisions: verified.decisions,
      verifyDifferent: verified.different,
      verifyDifferences: verified.differences,
      statuses: this.#named(),
      seconds: Math.round((performance.now() - began) / 100) / 10,
    };
  }

  /** Sends all requests before this number. */
  async #upTo(to: number): Promise<void> {
    await Promise.all(Array.from({ length: IN_FLIGHT }, () => this.#work(to)));
  }

  async #work(to: number): Promise<void> {
    while (this.#next < to && this.#service.crashed <= CRASHES_MAX) {
      const index = this.#next++;
      this.#inFlight.add(index);
      await this.#service.ready();
      if (index % GARBAGE_EVERY === 0)
        await sendGarbage(Number(new URL(this.#service.address).port), this.#plan.seed, index);
      await this.#one(index);
      this.#inFlight.delete(index);
      this.#plan.progress(++this.#done, this.#plan.to - this.#plan.from);
    }
  }

  async #one(index: number): Promise<void> {
    const { seed, policy } = this.#plan;
    const sound = index % CANARY_EVERY === 0;
    const attack = sound
      ? canary(index / CANARY_EVERY, seed, Date.now())
      : makeAttack(index, { seed, policy, now: Date.now });
    const crashedBefore = this.#service.crashed;
    const outcome = await sendAttack(sound ? this.#soundConnections : this.#connections, attack, DEADLINE_MS);
    this.#statuses[outcome.status] = (this.#statuses[outcome.status] ?? 0) + 1;
    // What a dying service still said is told with its death.
    if (this.#service.crashed > crashedBefore) return;
    if (outcome.hung) this.#fail('hung', index, attack, outcome);
    // An administrator asks for images to copy them, and is told where the directory is.
    const tellsPlaces = attack.path.endsWith('/WriteImages') && outcome.status === '0';
    const leak = tellsPlaces ? undefined : leakIn(outcome.said, [this.#plan.directory, process.cwd()]);
    if (leak !== undefined) this.#fail('leaked', index, attack, outcome, leak);
    if (outcome.message.startsWith(BLAND))
      this.#fail('faults', index, attack, outcome, this.#service.output.slice(-1_500));
    if (sound && !SOUND.has(outcome.status)) this.#fail('soundRefused', index, attack, outcome);
  }

  #fail(kind: keyof Found, index: number, attack: FuzzCall, outcome: Outcome, more = ''): void {
    this.#found[kind]++;
    const { method, kind: made } = attack;
    // One fault comes up a hundred times: the first few of each kind say it.
    const place = `${kind} ${method.path}`;
    const times = (this.#times.get(place) ?? 0) + 1;
    this.#times.set(place, times);
    if (times > SAME_SHOWN) return;
    this.#show(
      `${kind}: request ${index} (${made}, ${method.path}) ended ${outcome.status} ${JSON.stringify(outcome.message)}\n  ${more}\n  ${this.#command([index])}`,
    );
  }

  #show(text: string): void {
    if (this.#shown++ < FAILURES_SHOWN) this.#plan.failure(text);
  }

  #command(indices: readonly number[]): string {
    const [first, last] = [Math.min(...indices), Math.max(...indices)];
    return `npm run -s fuzz -- --seed ${this.#plan.seed} --only ${first === last ? first : `${first}-${last}`}`;
  }

  #named(): Record<string, number> {
    const named = Object.entries(this.#statuses).map(
      ([status, count]) => [grpc[Number(status)] ?? status, count] as const,
    );
    return Object.fromEntries(named.sort((a, b) => b[1] - a[1]));
  }
}

/** After warm-up the heap and the process's own pages may grow by what new customers and fragments take, not by requests. */
function judgeMemory(warm: MemoryReading, end: MemoryReading): Pick<FuzzReport, 'memoryFlat' | 'memoryRule'> {
  const heap = Math.round(10 * (end.heapMiB - warm.heapMiB)) / 10;
  const own = Math.round(10 * (end.privateMiB - warm.privateMiB)) / 10;
  return {
    memoryFlat: heap <= HEAP_GROWTH_MIB && own <= PRIVATE_GROWTH_MIB,
    memoryRule:
      `after ${WARM * 100} % of the requests and a full collection: heap and buffers +${heap} MiB (at most ${HEAP_GROWTH_MIB}), ` +
      `resident memory without mapped files +${own} MiB (at most ${PRIVATE_GROWTH_MIB})`,
  };
}
