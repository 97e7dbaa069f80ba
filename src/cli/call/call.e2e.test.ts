import type { ChildProcess } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ScratchDirectory, scratchDirectory } from '../../port/scratch-directory.fixture.ts';
import { ended, runCommand, saying, startCommand } from '../scratch-command.fixture.ts';

let scratch: ScratchDirectory;
let service: ChildProcess;
let address = '';

beforeAll(async () => {
  scratch = scratchDirectory();
  service = startCommand([
    'serve',
    '--listen',
    '127.0.0.1:0',
    '--no-metrics',
    '--dir',
    join(scratch.path, 'data'),
    '--shards',
    '2',
  ]);
  const [, port = ''] = await saying(service, /listens on 127\.0\.0\.1:(\d+)/);
  address = `127.0.0.1:${port}`;
  const file = join(scratch.path, 'events.jsonl');
  writeFileSync(file, [viewed('c1', 'v1'), viewed('c1', 'v2')].join('\n'));
  expect((await call('send', file)).code).toBe(0);
});

afterAll(async () => {
  if (service.exitCode === null) {
    const gone = ended(service);
    service.kill('SIGTERM');
    await gone;
  }
  scratch.remove();
});

function call(...args: string[]) {
  return runCommand(args, { env: { ATTUNE_ADDRESS: address } });
}

function viewed(userId: string, messageId: string): string {
  return JSON.stringify({
    type: 'track',
    event: 'Product Viewed',
    userId,
    messageId,
    timestamp: new Date().toISOString(),
    properties: { product_id: 'coat-1', category: 'coats', price: 120 },
    context: { timezone: 'Europe/Berlin' },
  });
}

describe('sending', () => {
  test('a file is sent, every faulty line is named with its number, and the exit code says that there was one', async () => {
    const file = join(scratch.path, 'mixed.jsonl');
    const order = '{"name":"Order Completed","identifiers":[{"kind":"crm","value":"c2"}]}';
    const page = '{"type":"page","userId":"c2"}';
    const lines = [viewed('c2', 'm1'), 'no json', '', order, page, viewed('c2', 'm2'), '{'];
    writeFileSync(file, lines.join('\n'));
    const { code, stdout, stderr } = await call('send', file, '--json');
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({
      ...{ lines: 6, accepted: 2, duplicate: 0, rejected: 1, notTaken: 1, faulty: 2 },
    });
    expect([...stderr.matchAll(/jsonl:(\d):/g)].map(([, line]) => line)).toEqual(['2', '4', '7']);
    expect(stderr).toContain(`${file}:2: this is not JSON`);
    expect(stderr).toMatch(/mixed\.jsonl:4: the service refuses it\n.*`order` is required/);
  });

  test('the same lines from stdin again change nothing', async () => {
    const line = viewed('c3', 'again');
    for (const expected of [{ accepted: 1 }, { duplicate: 1 }]) {
      const { code, stdout } = await runCommand(['send', '--json'], {
        env: { ATTUNE_ADDRESS: address },
        input: `${line}\n`,
      });
      expect(code).toBe(0);
      expect(JSON.parse(stdout)).toMatchObject(expected);
    }
  });

  test('a line without a time is the same event when it is sent again later', async () => {
    const line = '{"type":"track","event":"Page Viewed","userId":"c3","messageId":"timeless"}\n';
    for (const expected of [{ accepted: 1 }, { duplicate: 1, rejected: 0 }]) {
      const { code, stdout } = await runCommand(['send', '--json'], {
        env: { ATTUNE_ADDRESS: address },
        input: line,
      });
      expect(code).toBe(0);
      expect(JSON.parse(stdout)).toMatchObject(expected);
    }
  });

  test('a file that is not there and a service that is not there are sentences', async () => {
    const missing = await call('send', join(scratch.path, 'none'));
    expect(missing).toMatchObject({ code: 69, stdout: '' });
    expect(missing.stderr).toMatch(/none cannot be read: it is not there\n$/);
    const folder = await call('send', scratch.path);
    expect(folder).toMatchObject({
      code: 69,
      stderr: `${scratch.path} cannot be read: it is a directory, and a file is wanted\n`,
    });
    const file = join(scratch.path, 'one.jsonl');
    writeFileSync(file, viewed('c4', 'x'));
    const nobody = await runCommand(['send', file, '--address', '127.0.0.1:1', '--timeout', '500ms']);
    expect(nobody.code).toBe(69);
    expect(nobody.stderr).toContain('no answer from 127.0.0.1:1: nobody listens there\n');
    expect(nobody.stderr).toContain('attune -- serve');
  });
});

describe('what was refused', () => {
  test('is printed with its rule and the hash of its key, the newest first, and by source', async () => {
    const file = join(scratch.path, 'refused.jsonl');
    const order =
      '{"id":"no-order","source":"till","name":"Order Completed","identifiers":[{"kind":"crm","value":"secret-key"}]';
    writeFileSync(file, `${order},"occurredAt":"${new Date().toISOString()}"}\n`);
    expect((await call('send', file)).code).toBe(1);
    const { code, stdout } = await call('rejected', '--source', 'till');
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /^\S.*EventService\/StreamEvents from till: "no-order" of \S+\n {4}event\.order_required at order: .+\n/,
    );
    expect(stdout).toMatch(/\n1 of \d+ refusals since the service started, the newest first\.\n$/);
    expect(stdout).not.toContain('secret-key');
    expect((await call('rejected', '--source', 'nobody')).stdout).toBe(
      'No refusal that is kept is of that kind.\n',
    );
    const json = JSON.parse(
      (await call('rejected', '--rule', 'event.order_required', '--limit', '1', '--json')).stdout,
    );
    expect(json.refusals).toHaveLength(1);
  });
});

describe('a catalogue', () => {
  test('is taken line by line; what is wrong with a line is told with its number, and the others count', async () => {
    const file = join(scratch.path, 'products.jsonl');
    const lines = [
      '{"product_id":"hat-1","title":"Felt hat","category":"hats","price":60,"variants":[{"size":"M","stock":3}]}',
      '',
      '{"product_id":"hat-2","titel":"A hat"}',
      '{"product_id":"hat-3"}',
      '{"product_id":"hat-4","title":"Straw hat","category":"hats","price":-1}',
      '[]',
      '{"product_id":"hat-1","price":55}',
    ];
    writeFileSync(file, lines.join('\n'));
    const { code, stdout, stderr } = await call('catalog', file);
    expect(stdout).toBe('6 lines: 2 accepted, 2 refused, 2 unreadable\n');
    expect(code).toBe(1);
    const told = stderr.trimEnd().split('\n');
    expect(told).toEqual([
      expect.stringMatching(/products\.jsonl:3: this is no attune\.v1\.CatalogProduct: .*"titel"/),
      expect.stringMatching(/products\.jsonl:4: .*title/),
      expect.stringMatching(/products\.jsonl:5: .*price/),
      expect.stringMatching(/products\.jsonl:6: a line must hold one JSON object/),
    ]);
  });

  test('gives its titles to decisions', async () => {
    const product = '{"product_id":"coat-1","title":"Wool coat","category":"coats","price":120}\n';
    const env = { ATTUNE_ADDRESS: address };
    const { code, stdout } = await runCommand(['catalog', '--json'], { env, input: product });
    expect({ code, loaded: JSON.parse(stdout) }).toEqual({
      code: 0,
      loaded: { lines: 1, accepted: 1, rejected: 0, faulty: 0 },
    });
    const all = ['--placement', 'home_hero', '--alternatives', '20'];
    const decision = await call('decide', '--id', 'crm=c1', ...all);
    expect(decision.stdout).toContain('recommend_viewed_again');
  });
});

describe('deciding', () => {
  test('a decision is printed, and its id leads to the page that explains it', async () => {
    const { code, stdout } = await call(
      'decide',
      '--id',
      'crm=c1',
      '--placement',
      'home_hero',
      '--alternatives',
    );
    expect(code).toBe(0);
    expect(stdout).toMatch(/^home_hero: /);
    expect(stdout).toContain('    or ');
    const [, id = ''] = /-- explain (\S+)/.exec(stdout) ?? [];
    const page = await call('explain', id);
    expect(page.code).toBe(0);
    expect(page.stdout).toMatch(new RegExp(`^Decision ${id}\n`));
    expect(page.stdout).toContain('PLACEMENT home_hero');
    expect(page.stdout).toContain('comes out the same, byte for byte');
    const json = JSON.parse((await call('explain', id, '--json')).stdout);
    expect(json).toMatchObject({ decisionId: id, replayIdentical: true });
  });

  test('a dry run is told as one', async () => {
    const { code, stdout } = await call('decide', '--id', 'crm=c1', '--dispatch', '--dry-run');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^outbound: /);
    expect(stdout).toContain('nothing was recorded');
    const json = JSON.parse(
      (await call('decide', '--id', 'crm=c1', '--dispatch', '--dry-run', '--json')).stdout,
    );
    expect(json.decisionId).toBeUndefined();
    expect(json.choices).toHaveLength(1);
  });

  test('what is wrong with the command line is said before anybody is called', async () => {
    const neither = await call('decide', '--id', 'crm=c1');
    expect(neither).toMatchObject({ code: 2, stdout: '' });
    expect(neither.stderr).toContain('--placement');
    expect(await call('decide', '--placement', 'home_hero')).toMatchObject({ code: 2 });
    expect((await call('get', '--id', 'crm42')).stderr).toContain('kind=value, such as crm=c42, not "crm42"');
    expect((await call('why-not', '--id', 'crm=c1', '--action', 'a', '--at', 'noon')).stderr).toContain(
      'not "noon"',
    );
  });

  test("what the service finds wrong is told with the field's name, once", async () => {
    const { code, stderr } = await call('decide', '--id', 'CRM=c1', '--placement', 'home_hero');
    expect(code).toBe(2);
    expect(stderr).toContain('identifiers[0].kind');
    const undeclared = await call('get', '--id', 'shoe=44');
    expect(undeclared.code).toBe(2);
    expect(undeclared.stderr).toMatch(/^`customer\.identifiers\[0\]\.kind` is "shoe", which .*\n$/);
  });

  test('an unknown decision, and one without a name, are one sentence each', async () => {
    expect(await call('explain', '1-1-1-1')).toMatchObject({
      code: 69,
      stderr: 'No decision "1-1-1-1" is known: it never was, or is older than what is kept.\n',
    });
    expect(await call('explain', '')).toMatchObject({
      code: 2,
      stderr: '`decision_id` must be at least 1 characters.\n',
    });
  });

  test('a placement that the policy does not have is told, with those that it has', async () => {
    const { code, stdout, stderr } = await call('decide', '--id', 'crm=c1', '--placement', 'home_heroo', 'x');
    expect(code).toBe(0);
    expect(stdout).toContain('home_heroo: nothing (NO_CANDIDATE)');
    expect(stderr).toMatch(
      /^the policy starter@\w+ has no placement "home_heroo"; did you mean "home_hero"\?\n/,
    );
    expect(stderr).toMatch(/has no placement "x"; known are .*home_hero/);
  });
});

describe('asking', () => {
  test('tail wants whole numbers', async () => {
    const sentence = (flag: string, given: string, wanted: string) =>
      `${flag} must be a whole number from ${wanted}, not "${given}"\n`;
    expect((await call('tail', '--count', '0')).stderr).toBe(sentence('--count', '0', '1'));
    expect((await call('tail', '--per-second', '1.5')).stderr).toBe(
      sentence('--per-second', '1.5', '1 to 1000'),
    );
  });

  test('a customer is shown for people and as JSON', async () => {
    const { code, stdout } = await call('get', '--id', 'crm=c1');
    expect(code).toBe(0);
    expect(stdout).toContain('known as crm=c1');
    expect(stdout).toMatch(/viewed_product +coat-1/);
    const json = JSON.parse((await call('get', '--id', 'crm=c1', '--json')).stdout);
    expect(json.viewed[0]).toMatchObject({ productId: 'coat-1', views: 2 });
    expect((await call('get', '--id', 'crm=nobody')).stdout).toContain('a stranger, nothing is known');
  });

  test('why not answers in a sentence', async () => {
    const { code, stdout } = await call('why-not', '--id', 'crm=c1', '--action', 'loyalist_double_points');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^loyalist_double_points .*\.\n/);
  });

  test('tail shows the next decision and ends after the count', async () => {
    const tail = startCommand(['tail', '--count', '1', '--json'], { ATTUNE_ADDRESS: address });
    const said = ended(tail);
    let seen = false;
    const shown = saying(tail, /\n/).then(() => {
      seen = true;
    });
    // The stream begins somewhere between two of these.
    while (!seen) await call('decide', '--id', 'crm=c5', '--placement', 'home_hero');
    await shown;
    const { code, stdout } = await said;
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      cause: 'request',
      decision: { choices: [{ placement: 'home_hero' }] },
    });
  });
});
