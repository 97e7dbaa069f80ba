import { cpSync, mkdirSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { emptyEditions, MemoryEditions } from '../adapter/memory/memory-editions.ts';
import { LIMITS } from '../config/limits.ts';
import { CHANNELS } from '../core/channel.ts';
import type { Observer } from '../port/observer.ts';
import { scratchDirectory } from '../port/scratch-directory.fixture.ts';
import { loadScorer } from './load-scorer.ts';
import { modelVersions } from './model-versions.ts';
import { StoredModels } from './stored-models.ts';

const shipped = modelVersions('models', 'attune-heads')[0];
const settings = (modelsDir: string) => ({ modelsDir });

let scratch: ReturnType<typeof scratchDirectory>;
let said: string[];
let observer: Observer;

beforeEach(() => {
  scratch = scratchDirectory();
  said = [];
  const say = (sentence: string): void => void said.push(sentence);
  observer = { count: () => {}, gauge: () => {}, time: () => {}, fault: say, info: say };
});
afterEach(() => scratch.remove());

function editions(): MemoryEditions {
  return new MemoryEditions({ now: () => 0 });
}

/** A copy of the shipped model under another version, with changes to its card. */
function put(version: string, changes: object = {}): string {
  const folder = join(scratch.path, 'attune-heads', version);
  mkdirSync(folder, { recursive: true });
  cpSync(shipped?.folder ?? '', folder, { recursive: true });
  const card = JSON.parse(readFileSync(join(folder, 'card.json'), 'utf8'));
  writeFileSync(join(folder, 'card.json'), JSON.stringify({ ...card, version, ...changes }));
  return folder;
}

describe('the model that is shipped', () => {
  test('fits the features of this version, gives its golden rows, and is small', async () => {
    const scorer = await loadScorer(settings('models'), editions(), observer);
    expect(said).toEqual([`model ${shipped?.version} scores`]);
    expect(scorer.info.version).toBe(shipped?.version);
    expect(scorer.info.isStandIn).toBeUndefined();
    const bytes = readdirSync(shipped?.folder ?? '').map(
      (name) => readFileSync(join(shipped?.folder ?? '', name)).length,
    );
    expect(bytes.reduce((sum, size) => sum + size, 0)).toBeLessThan(300_000);
    await scorer.close();
  });

  test('gives a row of p0 the same answer on every channel, and whatever we sent', async () => {
    const scorer = await loadScorer(settings('models'), editions(), observer);
    const names: string[] = JSON.parse(
      readFileSync(join(shipped?.folder ?? '', 'card.json'), 'utf8'),
    ).features;
    const rows = new Float32Array(3 * names.length).fill(0.5);
    rows.fill(0, names.length, names.length + CHANNELS.length);
    for (const name of ['messages_14d', 'opens_14d', 'clicks_14d', 'engagement', 'sends'])
      rows[2 * names.length + names.indexOf(name)] = 3;
    const logits = await scorer.run(rows, 3);
    expect(logits[3]).toBe(logits[0]);
    expect(logits[6]).toBe(logits[0]);
    expect(logits[7]).not.toBe(logits[1]);
    await scorer.close();
  });
});

describe('loading', () => {
  test('of several nodes that start at the same time all take the model that one of them put in force', async () => {
    put('1-a');
    const storage = emptyEditions();
    const other = scratchDirectory();
    cpSync(scratch.path, other.path, { recursive: true });
    put('2-b');
    const shared = new MemoryEditions({ storage, now: () => 0 });
    const current = shared.current.bind(shared);
    shared.current = async (kind) => {
      shared.current = current;
      const first = new MemoryEditions({ storage, now: () => 0 });
      await (await loadScorer(settings(other.path), first, observer, true)).close();
      expect(await current(kind)).toBe('1-a');
      return '';
    };
    const scorer = await loadScorer(settings(scratch.path), shared, observer, true);
    expect(scorer.info.version).toBe('1-a');
    expect(storage.current.get('model')).toBe('1-a');
    await scorer.close();
    other.remove();
  });

  test('of several nodes a folder counts for the first start only; a node that is alone follows its folder, unless a call put another model in force', async () => {
    put('1-a');
    const kept = editions();
    const load = async (isShared: boolean): Promise<string> => {
      const scorer = await loadScorer(settings(scratch.path), kept, observer, isShared);
      await scorer.close();
      return scorer.info.version;
    };
    expect(await load(true)).toBe('1-a');
    const folder = put('2-b');
    expect(await load(true)).toBe('1-a');
    expect(said).toContain(
      `the newest model in ${scratch.path} (2-b) is not the one in force (1-a), which stays; put it in force with attune models publish ${folder}`,
    );
    expect(await load(false)).toBe('2-b');
    // As a call does it.
    await kept.use('model', '1-a', '2-b');
    put('3-c');
    expect([await load(false), await kept.current('model')]).toEqual(['1-a', '1-a']);
    await kept.use('model', '2-b', '1-a');
    expect(await load(false)).toBe('3-c');
  });

  test('what is in force and cannot be run any more gives way to the folder where a node is alone, and to base rates where several are', async () => {
    put('1-a');
    const kept = editions();
    await kept.put({ kind: 'model', version: '9-odd', sha256: '', bytes: Uint8Array.of(1) });
    await kept.use('model', '9-odd', '');
    await kept.put({ kind: 'models-folder', version: '1-a', sha256: '', bytes: new Uint8Array() });
    await kept.use('models-folder', '1-a', '');
    const shared = await loadScorer(settings(scratch.path), kept, observer, true);
    expect(shared.info).toMatchObject({ version: 'base-rates', isStandIn: true });
    expect(said.at(-1)).toBe('model 9-odd, which is in force, is refused; base rates score in its place');
    const alone = await loadScorer(settings(scratch.path), kept, observer);
    expect([alone.info.version, await kept.current('model')]).toEqual(['1-a', '1-a']);
    await alone.close();
  });

  test('takes the highest number, not the last name', async () => {
    put('9-old');
    put('10-new');
    const scorer = await loadScorer(settings(scratch.path), editions(), observer);
    expect(scorer.info.version).toBe('10-new');
    await scorer.close();
  });

  test('without any model says so, and base rates score as the rule', async () => {
    const scorer = await loadScorer(settings(scratch.path), editions(), observer);
    expect(said).toEqual([`there is no model in ${scratch.path}/attune-heads: base rates score`]);
    expect(scorer.info).toMatchObject({ version: 'base-rates', isStandIn: false });
  });

  test('refuses a file of more bytes than a model may have unread, and base rates stand in', async () => {
    const folder = put('1-huge');
    // A hole of the file system: nothing is written.
    truncateSync(join(folder, 'model.onnx'), LIMITS.modelBytesMax + 1);
    const scorer = await loadScorer(settings(scratch.path), editions(), observer);
    expect(said[0]).toBe(
      `${folder}: ${folder}/model.onnx has more than the ${LIMITS.modelBytesMax} bytes that a model file may have`,
    );
    expect(scorer.info).toMatchObject({ version: 'base-rates', isStandIn: true });
  });

  test.each([
    [
      'of another file',
      { sha256: 'a'.repeat(64) },
      /has the SHA-256 [0-9a-f]{64}, and its card names a{64}$/,
    ],
    [
      'of other features',
      { featureSpecHash: 'older' },
      /was trained on the features older, and this version computes/,
    ],
    ['of another version', { version: '1-other' }, /the card is of version 1-other, not of 2-wrong$/],
    ['of another model', { name: 'uplift' }, /the card is of the model uplift, not of attune-heads$/],
    ['without calibration', { calibration: undefined }, /the card's calibration: /],
    ['with golden rows of another model', { goldenRows: undefined }, /the card's goldenRows: /],
  ])('refuses a card %s with a sentence, and base rates stand in', async (_, changes, sentence) => {
    put('1-right');
    const folder = put('2-wrong', changes);
    const kept = editions();
    const scorer = await loadScorer(settings(scratch.path), kept, observer);
    expect(said).toHaveLength(2);
    expect(said[0]).toMatch(sentence);
    expect(said[0]?.startsWith(`${folder}: `)).toBe(true);
    expect(said[1]).toBe(`the model in ${folder} is refused; base rates score in its place`);
    expect(scorer.info).toMatchObject({ version: 'base-rates', isStandIn: true });
    expect(await kept.current('model')).toBe('');
  });

  test('refuses a file that is no model, and one that is missing, with a sentence', async () => {
    const noise = put('1-noise');
    writeFileSync(join(noise, 'model.onnx'), 'no model');
    await loadScorer(settings(scratch.path), editions(), observer);
    expect(said[0]).toMatch(/has the SHA-256/);
    mkdirSync(join(scratch.path, 'attune-heads', '2-empty'));
    said.length = 0;
    await loadScorer(settings(scratch.path), editions(), observer);
    expect(said.slice(0, 2)).toEqual([
      expect.stringMatching(/2-empty.card\.json cannot be read/),
      expect.stringMatching(/2-empty.model\.onnx cannot be read/),
    ]);
  });

  test('keeps what it loads among the editions: it scores and calibrates again without the folder', async () => {
    put('3-kept');
    const kept = editions();
    const scorer = await loadScorer(settings(scratch.path), kept, observer);
    expect(await kept.current('model')).toBe('3-kept');
    const models = new StoredModels(kept);
    const stored = await models.get('3-kept');
    expect(stored?.calibration).toEqual(scorer.info.calibration);
    expect(stored?.fallbackLogits).toEqual(scorer.info.fallbackLogits);
    const rows = Float32Array.from({ length: 5 * scorer.info.features }, (_, i) => Math.cos(i));
    expect(await stored?.scorer?.run(rows, 5)).toEqual(await scorer.run(rows, 5));
    expect(await models.get('2-unknown')).toBeUndefined();
    expect((await models.get('base-rates'))?.calibration).toHaveLength(3);
    await models.close();
    await scorer.close();
  });

  test('refuses a card that was changed under its version: what it decided could not be derived again', async () => {
    put('3-kept');
    const kept = editions();
    await (await loadScorer(settings(scratch.path), kept, observer)).close();
    said.length = 0;
    put('3-kept', { metrics: {} });
    const scorer = await loadScorer(settings(scratch.path), kept, observer);
    expect(said[0]).toMatch(
      /already stored with other bytes: a model or card that was changed wants a version/,
    );
    // What is stored under this version is what decided by it.
    expect(scorer.info).toMatchObject({ version: '3-kept' });
    expect(scorer.info.isStandIn).toBeUndefined();
    await scorer.close();
  });
});
