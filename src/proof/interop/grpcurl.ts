import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { type CheckResult, expect, runChecks } from './check.ts';
import { fetchGo } from './fetch-clients.ts';
import { type ProgramResult, runClientProgram } from './run-program.ts';
import type { Endpoint } from './service.ts';

const PROTO = fileURLToPath(new URL('../../../proto', import.meta.url));
const TIMEOUT_MS = 60_000;
const IDENTIFIERS = [{ kind: 'crm', value: 'curl-1' }];
const REPEATS = 5;
/** What it ends with when a call fails: 64 and the code of the status. */
const FAILED = { invalidArgument: 64 + 3, deadlineExceeded: 64 + 4, unauthenticated: 64 + 16 };

/** grpcurl, which knows nothing of the contract but what server reflection tells it. */
export async function runGrpcurl({ target, token, tls }: Endpoint): Promise<CheckResult[]> {
  const command = await fetchGo('grpcurl');
  const ask = (flags: readonly string[], words: readonly string[], input = ''): Promise<ProgramResult> =>
    runClientProgram({
      command,
      args: ['-format-error', ...secured(tls), ...flags, target, ...words],
      input,
      timeoutMs: TIMEOUT_MS,
    });
  const admitted = ['-H', `authorization: Bearer ${token}`];
  const call = (method: string, message: unknown, flags = admitted): Promise<ProgramResult> =>
    ask([...flags, '-d', '@'], [`attune.v1.${method}`], JSON.stringify(message));
  const decide = (requestId: string, flags?: string[]): Promise<ProgramResult> =>
    call('DecisionService/Decide', { requestId, identifiers: IDENTIFIERS, placements: ['home_hero'] }, flags);

  return await runChecks({
    'lists services': async () => {
      const services = printed(await ask(admitted, ['list'])).split('\n');
      for (const one of ['Admin', 'Catalog', 'Channel', 'Customer', 'Decision', 'Event'])
        expect(services.includes(`attune.v1.${one}Service`), services);
    },
    'describes a service and a message': async () => {
      expect(
        printed(await ask(admitted, ['describe', 'attune.v1.DecisionService'])).includes('rpc Decide '),
        '',
      );
      const message = printed(await ask(admitted, ['describe', 'attune.v1.DecideRequest']));
      expect(message.includes('string request_id = 1'), message);
    },
    'decides, and once per request_id': async () => {
      const id = randomUUID();
      const first = read(await decide(id));
      expect(first.decisionId !== undefined && first.repeated !== true, first);
      // Go writes the fields of a message in another order each time.
      for (let n = 0; n < REPEATS; n++) {
        const again = read(await decide(id));
        expect(again.repeated === true && again.decisionId === first.decisionId, again);
      }
      const explained = read(await call('DecisionService/Explain', { decisionId: first.decisionId }));
      expect(explained.replayIdentical === true, explained);
    },
    'decides with the contract from files': async () => {
      const files = [...admitted, '-import-path', PROTO, '-proto', 'attune/v1/decision.proto'];
      expect(read(await decide(randomUUID(), files)).decisionId !== undefined, 'no decision');
    },
    'publishes events over a stream': async () => {
      const event = { source: 'curl', identifiers: IDENTIFIERS, name: 'Page Viewed' };
      const occurredAt = new Date().toISOString();
      const lines = Array.from({ length: 20 }, (_, tag) =>
        JSON.stringify({ tag, event: { ...event, id: randomUUID(), occurredAt } }),
      );
      const streamed = await ask(
        [...admitted, '-d', '@'],
        ['attune.v1.EventService/StreamEvents'],
        lines.join('\n'),
      );
      const accepted = printed(streamed).match(/EVENT_STATUS_ACCEPTED/g)?.length;
      expect(accepted === 20, streamed.stdout);
    },
    'decodes error details': async () => {
      const { code, stderr } = await decide('');
      expect(code === FAILED.invalidArgument, `${code}: ${stderr}`);
      const { details } = JSON.parse(stderr) as { details: Record<string, unknown>[] };
      const fault = details.find((one) => one['@type'] === 'type.googleapis.com/google.rpc.BadRequest');
      expect(JSON.stringify(fault).includes('"field":"request_id"'), details);
    },
    'is refused without a token': async () => {
      const files = ['-import-path', PROTO, '-proto', 'attune/v1/decision.proto'];
      const { code, stderr } = await decide(randomUUID(), files);
      expect(code === FAILED.unauthenticated, `${code}: ${stderr}`);
    },
    // Go sends whole seconds of this one: `grpc-timeout: 2147484S`, more than 32 bits of milliseconds.
    'waits up to 2147484 s': async () => {
      const long = [...admitted, '-max-time', '2147484'];
      expect(read(await decide(randomUUID(), long)).decisionId !== undefined, 'no decision');
    },
    'gives up in time': async () => {
      const { code, stderr } = await call('AdminService/WatchShards', {}, [...admitted, '-max-time', '0.5']);
      expect(code === FAILED.deadlineExceeded, `${code}: ${stderr}`);
    },
  });
}

function secured(tls: Endpoint['tls']): string[] {
  if (tls === undefined) return ['-plaintext'];
  const { ca, client } = tls;
  return ['-cacert', ca, ...(client === undefined ? [] : ['-cert', client.cert, '-key', client.key])];
}

function printed({ code, stdout, stderr }: ProgramResult): string {
  expect(code === 0, `${code}: ${stderr}`);
  return stdout;
}

function read(result: ProgramResult): Record<string, unknown> {
  return JSON.parse(printed(result)) as Record<string, unknown>;
}
