import type { AttuneClient } from '../../client/attune-client.ts';
import type { ProductInit } from '../../client/upsert-products.ts';
import { EXIT } from '../../node/command/command-line.ts';
import { inputName, linesOf } from '../../node/command/lines-of.ts';
import { type Progress, startProgress } from '../../node/command/progress.ts';
import type { InputLine } from '../../node/command/split-lines.ts';
import { callService, type Flags, violationText } from '../call/call-service.ts';
import { readProductLine } from './read-product.ts';

/** Products of one call, and the length of their lines: both well below what the service accepts at once. */
const BATCH = 500;
const BATCH_CHARACTERS = 1 << 20;
/** Faults that are printed; the rest are counted. */
const FAULTS_PRINTED = 50;

/** What became of the lines that are not blank. */
export interface Loaded {
  lines: number;
  accepted: number;
  /** Refused by the service. */
  rejected: number;
  /** Not a product at all: never sent. */
  faulty: number;
}

/** `attune catalog`: every line of a file or of stdin as a product; exit code 1 when some of them were refused. */
export async function catalog(file: string, flags: Flags): Promise<void> {
  const progress = startProgress('loading');
  const loaded = await callService(flags, (client) =>
    loadLines(client, linesOf(file), { name: inputName(file), progress }),
  );
  progress.end();
  process.stdout.write(`${flags.json === true ? JSON.stringify(loaded) : summary(loaded)}\n`);
  if (loaded.rejected + loaded.faulty > 0) process.exitCode = EXIT.found;
}

interface Read {
  readonly line: number;
  readonly product: ProductInit | undefined;
  /** What is wrong with the line; '' when it is a product. */
  readonly fault: string;
}

/** Upserts lines as products, in order and in batches; faults are printed in the order of their lines. Throws AttuneError. */
export async function loadLines(
  client: AttuneClient,
  lines: AsyncIterable<InputLine>,
  {
    name,
    progress,
    print = (sentence) => void process.stderr.write(`${sentence}\n`),
  }: { readonly name: string; readonly progress: Progress; readonly print?: (sentence: string) => void },
): Promise<Loaded> {
  const loaded: Loaded = { lines: 0, accepted: 0, rejected: 0, faulty: 0 };
  let faultCount = 0;
  const report = (line: number, sentence: string): void => {
    if (faultCount++ < FAULTS_PRINTED) print(`${name}:${line}: ${sentence}`);
  };
  const upsert = async (batch: readonly Read[]): Promise<void> => {
    const products = batch.flatMap(({ product }) => (product === undefined ? [] : [product]));
    const results = products.length === 0 ? [] : await client.upsertProducts(products);
    let next = 0;
    for (const { line, product, fault } of batch) {
      const result = product === undefined ? undefined : results[next++];
      if (product === undefined) loaded.faulty++;
      else if (result?.accepted === true) loaded.accepted++;
      else loaded.rejected++;
      if (result?.accepted !== true)
        report(line, fault || (result?.violations ?? []).map(violationText).join('; '));
    }
    progress.update(loaded.lines);
  };
  let batch: Read[] = [];
  let characters = 0;
  for await (const input of lines) {
    const { text } = input;
    if (text.trim() === '' && input.fault === '') continue;
    loaded.lines++;
    if (batch.length >= BATCH || characters + text.length > BATCH_CHARACTERS) {
      await upsert(batch);
      batch = [];
      characters = 0;
    }
    batch.push(read(input));
    characters += text.length;
  }
  await upsert(batch);
  if (faultCount > FAULTS_PRINTED) print(`… and ${faultCount - FAULTS_PRINTED} more`);
  return loaded;
}

function read({ number: line, text, fault: unread }: InputLine): Read {
  if (unread !== '') return { line, product: undefined, fault: unread };
  try {
    return { line, product: readProductLine(text), fault: '' };
  } catch (fault) {
    return { line, product: undefined, fault: fault instanceof Error ? fault.message : String(fault) };
  }
}

function summary({ lines, accepted, rejected, faulty }: Loaded): string {
  const parts = [`${accepted} accepted`];
  if (rejected > 0) parts.push(`${rejected} refused`);
  if (faulty > 0) parts.push(`${faulty} unreadable`);
  return `${lines} ${lines === 1 ? 'line' : 'lines'}: ${parts.join(', ')}`;
}
