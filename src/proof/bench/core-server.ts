/**
 * The durable decision without any transport: a node in this process, asked by a closed loop of its own when told to over HTTP
 * (`/run?warm=SECONDS&seconds=SECONDS&inFlight=N`). A request is parsed from bytes and its reply written to bytes, as in a
 * call. Arguments: data directory, policy directory, models directory, seed, customers, placement.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { encodeDecideReply } from '../../codec/wire/encode-decide.ts';
import { parseDecide } from '../../codec/wire/parse-decide.ts';
import { WireFault } from '../../codec/wire/violation.ts';
import { readOptions } from '../../config/option.ts';
import { SERVE_OPTIONS } from '../../config/options.ts';
import { openNode } from '../../node/open-node.ts';
import { quietObserver } from '../../node/quiet-observer.ts';
import type { DecideOutcome } from '../../port/customers.ts';
import { decideBodies } from './decide-bodies.ts';

/** What a run answers. */
export interface CoreRun {
  readonly calls: number;
  readonly errors: number;
  readonly seconds: number;
  readonly cpuMicros: number;
}

const [dir = '', policyDir = '', modelsDir = '', seed = '', customers = '', placement = ''] =
  process.argv.slice(2);
const read = readOptions(SERVE_OPTIONS, { flags: { dir, policyDir, modelsDir }, env: {} });
if (!read.ok) throw new Error(read.error.join('\n'));
const node = await openNode(read.value, { observer: quietObserver });
const { unary } = decideBodies(Number(seed), Number(customers), placement);
let asked = 0;

const server = createServer((request, response) => {
  const { searchParams } = new URL(request.url ?? '/', 'http://localhost');
  const number = (name: string) => Number(searchParams.get(name));
  void run(number('warm'), number('seconds'), number('inFlight')).then((outcome) =>
    response.end(JSON.stringify(outcome)),
  );
});
server.listen(0, '127.0.0.1', () => {
  console.log(`listening on 127.0.0.1:${(server.address() as AddressInfo).port}`);
});
process.once('SIGTERM', () => {
  server.close();
  server.closeAllConnections();
  void node.close().then(() => process.exit(0));
});

async function run(warmSeconds: number, seconds: number, inFlight: number): Promise<CoreRun> {
  const counted = { calls: 0, errors: 0 };
  let running = true;
  const ask = (): void => {
    const body = unary(asked++);
    const input = parseDecide(body);
    if (input instanceof WireFault) throw new Error(input.message);
    node.gateway.decide(input, body.length, Number.POSITIVE_INFINITY, (outcome) => {
      answer(outcome);
      if (running) ask();
    });
  };
  const answer = (outcome: DecideOutcome): void => {
    if (outcome.kind === 'refused') counted.errors++;
    else {
      encodeDecideReply(outcome, node.policies.current);
      counted.calls++;
    }
  };
  for (let n = 0; n < inFlight; n++) ask();
  await pause(warmSeconds);
  const before = { ...counted, cpu: process.cpuUsage(), atMs: performance.now() };
  await pause(seconds);
  const { user, system } = process.cpuUsage(before.cpu);
  const after = { ...counted, atMs: performance.now() };
  running = false;
  return {
    calls: after.calls - before.calls,
    errors: after.errors - before.errors,
    seconds: (after.atMs - before.atMs) / 1_000,
    cpuMicros: user + system,
  };
}

function pause(seconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, seconds * 1_000));
}
