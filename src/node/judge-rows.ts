import { join } from 'node:path';
import type { Extent } from '../adapter/disk/extents.ts';
import type { LmdbEnvironment } from '../adapter/lmdb/environment.ts';
import { readUint48 } from '../adapter/lmdb/number-keys.ts';
import { readCopy } from '../adapter/lmdb/row-copy.ts';
import type { Findings } from './finding.ts';

export interface JudgedRows {
  /** The tables lack rows that the copy has. */
  readonly lacksRows: boolean;
  /** Makes tables and copy alike. Throws PortError. */
  heal(onFault: (sentence: string, cause: unknown) => void): Promise<void>;
  /** Gives `environment`, of no matter which place, the rows that its tables lack. */
  fill(environment: LmdbEnvironment): Promise<void>;
}

/** Compares what `state.mdb` has of editions and catalogue with the second copy of them, `editions.log`. */
export function judgeRows(
  dir: string,
  { environment, isNew }: { readonly environment: LmdbEnvironment; readonly isNew: boolean },
  { extent, findings }: { readonly extent: Extent | undefined; readonly findings: Findings },
): JudgedRows {
  const path = join(dir, 'editions.log');
  const found = readCopy(path);
  const difference = environment.kept.differences(found);
  const { toTables, toCopy, lost, written } = difference;
  const had = extent?.rows ?? 0;
  if (found.isMissing && had > 0)
    findings.add(
      'healed',
      `${path}, the second copy of catalogue and editions, is missing: a service that starts writes it again`,
    );
  for (const at of found.damagedAt)
    findings.add('healed', `${path} is damaged at byte ${at}: a service that starts writes it again`);
  if (toTables.length > 0 && !isNew)
    findings.add(
      'healed',
      `${environment.file}: ${toTables.length} rows of catalogue and editions are missing, damaged or older: a service that starts takes them from ${path}`,
    );
  if (toCopy.length > 0 && !found.isMissing && found.damagedAt.length === 0)
    findings.add(
      'healed',
      `${path} lacks ${toCopy.length} rows of catalogue and editions: a service that starts takes them from state.mdb`,
    );
  for (const name of lost)
    findings.add(
      'blocked',
      `${environment.file}: the row ${printable(name)} is damaged, and ${path} has no copy of it`,
    );
  if (written < had)
    findings.add(
      'loss',
      `the newest ${had - written} rows of catalogue and editions are neither in state.mdb nor in ${path}`,
    );
  lookForGaps(environment, toTables, findings, path);
  return {
    lacksRows: toTables.length > 0,
    heal: (onFault) => environment.kept.attach(path, found, difference, onFault),
    fill: (other) => other.kept.put(other.kept.differences(found).toTables),
  };
}

/** Records of the catalogue are numbered from 1 on without a gap. */
function lookForGaps(
  { catalog }: LmdbEnvironment,
  toTables: readonly { readonly table: string; readonly key: Uint8Array }[],
  findings: Findings,
  path: string,
): void {
  const sequences = new Set<number>();
  for (const key of catalog.getKeys({})) sequences.add(readUint48(key, 0));
  for (const { table, key } of toTables) if (table === 'catalog') sequences.add(readUint48(key, 0));
  const last = maxOf(sequences);
  let from = 0;
  for (let sequence = 1; sequence <= last + 1; sequence++) {
    const isThere = sequences.has(sequence) || sequence > last;
    if (!isThere && from === 0) from = sequence;
    if (!isThere || from === 0) continue;
    findings.add(
      'blocked',
      `records ${from} to ${sequence - 1} of the catalogue are neither in state.mdb nor in ${path}`,
    );
    from = 0;
  }
}

function maxOf(sequences: ReadonlySet<number>): number {
  let max = 0;
  for (const sequence of sequences) if (sequence > max) max = sequence;
  return max;
}

function printable(name: string): string {
  return name.replace(/[^ -~]/g, (char) => `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`);
}
