import { type FileHandle, mkdir, open } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { CommandError, EXIT } from '../../node/command/command-line.ts';
import { callService, type Flags } from './call-service.ts';
import { customerIn } from './customer-flags.ts';

interface Written {
  readonly file: string;
  readonly bytes: number;
}

/** `attune export`: everything held of a customer, as files in a directory. Files that are there already are not replaced. */
export async function exportCustomer(flags: Flags): Promise<void> {
  const customer = customerIn(flags);
  const directory = String(flags.to);
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const written = await callService(flags, async (client) => {
    const files: Written[] = [];
    let handle: FileHandle | undefined;
    let bytes = 0;
    try {
      for await (const { name, data, last } of client.exportCustomer(customer)) {
        handle ??= await begin(directory, name);
        await handle.appendFile(data);
        bytes += data.length;
        if (!last) continue;
        await handle.close();
        handle = undefined;
        files.push({ file: join(directory, basename(name)), bytes });
        bytes = 0;
      }
    } finally {
      await handle?.close();
    }
    return files;
  });
  if (flags.json === true) process.stdout.write(`${JSON.stringify({ files: written })}\n`);
  else for (const { file, bytes } of written) process.stdout.write(`${file}: ${bytes} bytes\n`);
}

/** Readable by its owner only: it is all that is known of a person. */
async function begin(directory: string, name: string): Promise<FileHandle> {
  const file = join(directory, basename(name));
  try {
    return await open(file, 'wx', 0o600);
  } catch (fault) {
    if ((fault as NodeJS.ErrnoException).code !== 'EEXIST') throw fault;
    throw new CommandError(`${file} is there already: name another directory with --to`, EXIT.usage);
  }
}
