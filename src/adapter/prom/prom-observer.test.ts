import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { METRIC_HELP } from './metric-help.ts';
import { PromObserver } from './prom-observer.ts';

const silent = { process: false, write: () => {} };

async function scrape(observer: PromObserver): Promise<string[]> {
  return (await observer.render()).split('\n').filter((line) => line !== '' && !line.startsWith('#'));
}

describe('metrics', () => {
  test('counters add up and gauges keep the last value, each label on its own', async () => {
    const observer = new PromObserver({ ...silent, help: { shed_total: 'Requests refused' } });
    observer.count('shed_total', 2, 'reads');
    observer.count('shed_total', 3, 'reads');
    observer.count('shed_total', 1, 'views');
    observer.gauge('depth', 7);
    observer.gauge('depth', 4);
    expect(await scrape(observer)).toEqual([
      'shed_total{kind="reads"} 5',
      'shed_total{kind="views"} 1',
      'depth 4',
    ]);
    const text = await observer.render();
    expect(text).toContain('# HELP shed_total Requests refused\n# TYPE shed_total counter\n');
    expect(text).toContain('# TYPE depth gauge');
    expect(observer.contentType).toContain('text/plain');
  });

  test('a histogram counts each duration in every bucket from its own up', async () => {
    const observer = new PromObserver(silent);
    for (const ms of [0.05, 0.1, 4, 4, 20_000]) observer.time('turn_ms', ms, 'a');
    const lines = await scrape(observer);
    const bucket = (le: string): string | undefined =>
      lines.find((line) => line.includes(`le="${le}"`))?.split(' ')[1];
    expect([bucket('0.1'), bucket('3'), bucket('5'), bucket('10000'), bucket('+Inf')]).toEqual([
      '2',
      '2',
      '4',
      '4',
      '5',
    ]);
    expect(lines).toContain('turn_ms_count{kind="a"} 5');
    expect(lines).toContain(`turn_ms_sum{kind="a"} ${0.05 + 0.1 + 4 + 4 + 20_000}`);
  });

  test('labels without end are counted together', async () => {
    const observer = new PromObserver(silent);
    for (let n = 0; n < 1_000; n++) observer.count('total', 1, `label ${n}`);
    const lines = await scrape(observer);
    expect(lines.length).toBeLessThan(200);
    const sum = lines.reduce((total, line) => total + Number(line.split(' ').at(-1)), 0);
    expect(sum).toBe(1_000);
    expect(lines.some((line) => line.startsWith('total{kind="other"}'))).toBe(true);
  });

  test('a name used in two ways keeps the first and is counted as misused', async () => {
    const observer = new PromObserver(silent);
    observer.count('total', 1);
    observer.gauge('total', 9);
    expect(await scrape(observer)).toEqual(['total 1', 'attune_metric_misuses_total 1']);
  });

  test('every metric of the service says what it means', async () => {
    const sources = readdirSync('src', { recursive: true, encoding: 'utf8' });
    const named = sources
      .filter((file) => file.endsWith('.ts'))
      .filter(
        (file) => !file.includes('.test.') && !file.startsWith('gen/') && !file.endsWith('metric-help.ts'),
      )
      .flatMap((file) => readFileSync(`src/${file}`, 'utf8').match(/(?<=')attune_\w+(?=')/g) ?? []);
    // Properties of events that begin as the metrics do.
    const properties = new Set(['attune_token', 'attune_machine']);
    const metrics = [...new Set(named)].filter((name) => !properties.has(name));
    expect(metrics.sort()).toEqual(Object.keys(METRIC_HELP).sort());
    const observer = new PromObserver(silent);
    observer.count('attune_shed_total', 1, 'view');
    expect(await observer.render()).toContain('# HELP attune_shed_total Requests refused');
  });

  test('the process’s own are there unless they are refused', async () => {
    expect(await new PromObserver({ write: () => {} }).render()).toContain('process_cpu_user_seconds_total');
    expect(await new PromObserver(silent).render()).not.toContain('process_cpu');
  });
});

describe('log lines', () => {
  test('a fault is one line of JSON with the cause whole', () => {
    const lines: string[] = [];
    const observer = new PromObserver({ process: false, write: (line) => lines.push(line), now: () => 0 });
    observer.fault('the log failed', new Error('outer', { cause: new Error('inner') }));
    expect(lines).toHaveLength(1);
    const line = JSON.parse(lines[0] ?? '') as { cause: string };
    expect(line).toMatchObject({
      level: 'error',
      time: '1970-01-01T00:00:00.000Z',
      sentence: 'the log failed',
    });
    expect(line.cause).toMatch(/Error: outer[\s\S]*prom-observer.test.ts[\s\S]*Error: inner/);
  });

  test('for people it is text, and below the level nothing is written', () => {
    const lines: string[] = [];
    const write = (line: string): number => lines.push(line);
    new PromObserver({ process: false, write, now: () => 0, format: 'text' }).info('ready');
    new PromObserver({ process: false, write, now: () => 0, level: 'error' }).info('not this');
    expect(lines).toEqual(['1970-01-01T00:00:00.000Z info  ready\n']);
  });

  test('of sentences that differ in numbers only five a minute are written, then how many were not', () => {
    const lines: string[] = [];
    let now = 0;
    const observer = new PromObserver({ process: false, write: (line) => lines.push(line), now: () => now });
    for (let n = 0; n < 100; n++) observer.fault(`shard ${n} failed`);
    observer.fault('something else');
    expect(lines).toHaveLength(6);
    now = 60_000;
    observer.fault('shard 3 failed');
    expect(JSON.parse(lines[6] ?? '')).toMatchObject({ sentence: 'shard 3 failed', alike: 95 });
  });
});
