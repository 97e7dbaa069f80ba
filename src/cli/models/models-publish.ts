import { statSync } from 'node:fs';
import { dirname } from 'node:path';
import { readModelDirectory } from '../../adapter/onnx/model-directory.ts';
import { LIMITS } from '../../config/limits.ts';
import { CommandError, EXIT } from '../../node/command/command-line.ts';
import { callService, type Flags } from '../call/call-service.ts';

/** `attune models publish PATH`: puts a model in force in a running service. Throws CommandError. */
export async function modelsPublish(path: string, flags: Flags): Promise<void> {
  const folder = statSync(path, { throwIfNoEntry: false })?.isFile() === true ? dirname(path) : path;
  const read = await readModelDirectory(folder, LIMITS.modelBytesMax);
  if (!read.ok) throw new CommandError(read.error.join('\n'), EXIT.usage);
  const files = { card: Buffer.from(read.value.card), model: read.value.model };
  const bytes = files.card.length + files.model.length;
  if (bytes > LIMITS.publishedModelBytesMax)
    throw new CommandError(
      `card.json and model.onnx in ${folder} have ${bytes} bytes, and at most ${LIMITS.publishedModelBytesMax} can be published; a start takes larger ones from --models-dir`,
      EXIT.usage,
    );
  const expected = typeof flags['expected'] === 'string' ? flags['expected'] : '';
  const reply = await callService(flags, ({ admin }) => admin.publishModel(files, expected));
  const { published, version, previousVersion, faults } = reply;
  if (flags['json'] === true)
    process.stdout.write(
      `${JSON.stringify({ published, version, previous_version: previousVersion, faults })}\n`,
    );
  if (!published)
    throw new CommandError(
      [...faults.map((fault) => `${folder}: ${fault}`), `${version || 'no model'} stays in force`].join('\n'),
      EXIT.found,
    );
  if (flags['json'] === true) return;
  const text =
    version === previousVersion
      ? `${version} is in force already; nothing changed`
      : `${version} is in force (before: ${previousVersion || 'none'})`;
  process.stdout.write(`${text}\n`);
}
