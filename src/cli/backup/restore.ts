import { SERVE_OPTIONS } from '../../config/options.ts';
import { restore } from '../../node/backup/restore.ts';
import { EXIT, readSettings } from '../../node/command/command-line.ts';
import { startProgress } from '../../node/command/progress.ts';
import type { Observer } from '../../port/observer.ts';
import type { Flags } from '../call/call-service.ts';

/** `attune restore DIR`: exit code 1 when a file of the backup is damaged. Throws CommandError and PortError. */
export async function runRestore(backup: string, flags: Flags): Promise<void> {
  const { dir } = readSettings({ dir: SERVE_OPTIONS.dir }, flags);
  const told: string[] = [];
  const observer: Observer = {
    ...{ count: () => {}, gauge: () => {}, time: () => {}, info: () => {} },
    fault: (sentence) => void told.push(sentence),
  };
  const progress = startProgress('copying files');
  const restored = await restore(
    backup,
    dir,
    observer,
    (done, of) => progress.update(done, of),
    typeof flags['erasures'] === 'string' ? flags['erasures'] : undefined,
  );
  progress.end();
  const { beganAt, shards, records, fromImage, customers, damage } = restored;
  const wrong = [...damage, ...told];
  if (flags['json'] === true) process.stdout.write(`${JSON.stringify({ ...restored, damage: wrong })}\n`);
  else
    process.stdout.write(
      `${[
        `${dir} is as ${backup} has it: ${shards} shards, ${records} records, ${customers} profiles from the images of ${fromImage} shards`,
        `what was acknowledged after ${beganAt} may be missing`,
        ...wrong.map((sentence) => `  ${sentence}`),
        `look at it with: attune verify ${dir}`,
      ].join('\n')}\n`,
    );
  if (wrong.length > 0) process.exitCode = EXIT.found;
}
