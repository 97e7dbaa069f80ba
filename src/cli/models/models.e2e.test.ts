/** Models of a running service, as an operator changes them. */
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { modelVersions } from '../../node/model-versions.ts';
import { type ScratchDirectory, scratchDirectory } from '../../port/scratch-directory.fixture.ts';
import { ended, runCommand, saying, startCommand } from '../scratch-command.fixture.ts';

const shipped = modelVersions('models', 'attune-heads')[0];
let scratch: ScratchDirectory;
beforeAll(() => {
  scratch = scratchDirectory();
});
afterAll(() => scratch.remove());

/** A copy of the shipped model under another version, with changes to its card. */
function copy(version: string, changes: object = {}): string {
  const folder = join(scratch.path, version);
  cpSync(shipped?.folder ?? '', folder, { recursive: true });
  const card = JSON.parse(readFileSync(join(folder, 'card.json'), 'utf8'));
  writeFileSync(join(folder, 'card.json'), JSON.stringify({ ...card, version, ...changes }));
  return folder;
}

test('a model is published, listed, kept over a restart, and taken back', async () => {
  const args = ['serve', '--listen', '127.0.0.1:0', '--no-metrics', '--shards', '2'];
  const serve = () => startCommand([...args, '--dir', join(scratch.path, 'data')]);
  let service = serve();
  let [, port = ''] = await saying(service, /listens on 127\.0\.0\.1:(\d+)/);
  const models = async (...words: string[]) => {
    const { code, stdout, stderr } = await runCommand(['models', ...words, '--address', `127.0.0.1:${port}`]);
    return [code, stdout, stderr];
  };
  const before = shipped?.version;
  const next = copy('8-next');
  expect(await models('publish', join(next, 'model.onnx'))).toEqual([
    ...[0, `8-next is in force (before: ${before})\n`, ''],
  ]);
  const faulty = copy('9-faulty', { featureSpecHash: 'older' });
  expect(await models('publish', faulty)).toEqual([
    ...[
      1,
      '',
      expect.stringMatching(/9-faulty: .* trained on the features older.*\n8-next stays in force\n/),
    ],
  ]);
  expect(await models('publish', scratch.path)).toEqual([2, '', expect.stringContaining('cannot be read')]);
  const gone = ended(service);
  service.kill('SIGTERM');
  await gone;
  service = serve();
  [, port = ''] = await saying(service, /listens on 127\.0\.0\.1:(\d+)/);
  expect((await models('list'))[1]).toMatch(
    new RegExp(`^8-next  stored .*  in force\n${before}  stored .*  sha256 [0-9a-f]{12}\n$`),
  );
  expect(await models('rollback')).toEqual([0, `${before} is in force again (before: 8-next)\n`, '']);
  const over = ended(service);
  service.kill('SIGTERM');
  await over;
}, 90_000);
