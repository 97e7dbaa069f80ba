/**
 * What the first start of a deployment notes, and every later one compares: its number of shards, its generation, which streams are its own, and a name that
 * stands in its Redis as well.
 *
 * I1  Every stream is made before it is noted. What was noted and is gone, or is another stream now, lost what was acknowledged: it is not made anew unless
 *     somebody says so.
 * I2  Profiles are believed only from a Redis that has the name of this deployment in this generation.
 */
import { randomBytes } from 'node:crypto';
import type { FoundStream } from '../adapter/nats/known-streams.ts';
import { entryJson, type KvBucket } from '../adapter/nats/kv-bucket.ts';
import { PortError } from '../port/port-error.ts';

export interface DeploymentFormat {
  readonly generation: number;
  readonly shards: number;
  /** 128 random bits. */
  readonly id: string;
  /** When each stream was made, as its server says. */
  readonly streams: Readonly<Record<string, string>>;
}

export interface DeploymentParts {
  readonly bucket: KvBucket;
  readonly name: string;
  readonly shards: number;
  /** Whether streams that are gone may be made anew, and others be taken for them. */
  readonly takesRecreated: boolean;
  find(): Promise<ReadonlyMap<string, FoundStream | undefined>>;
  /** Makes those that are missing. */
  make(): Promise<void>;
}

/** Throws PortError `corrupt` with a sentence: another number of shards, or streams that are gone or others. */
export async function openDeployment(parts: DeploymentParts): Promise<DeploymentFormat> {
  const { bucket, name, shards } = parts;
  const noted = await bucket.get('format');
  const format = noted && formatIn(noted);
  if (format !== undefined && format.shards !== shards)
    throw new PortError(
      'corrupt',
      `the deployment ${name} has ${format.shards} shards for its life: start with --shards ${format.shards}`,
    );
  const found = await parts.find();
  const lost = [...lostStreams(found, format)];
  if (lost.length > 0 && !parts.takesRecreated)
    throw new PortError(
      'corrupt',
      `${lost.join('\n')}\nWhat was acknowledged in them is gone. Restore them from a backup; --nats-accept recreated takes those that are there now, and makes anew what is missing`,
    );
  // I1
  await parts.make();
  const streams = createdAt(await parts.find());
  const { generation = 1, id = newId() } = format ?? {};
  const next: DeploymentFormat = { generation, shards, id, streams };
  if (noted === undefined) {
    const isFirst = await bucket.create('format', JSON.stringify(next)).then(
      () => true,
      (fault: unknown) => {
        if (fault instanceof PortError && fault.kind === 'conflict') return false;
        throw fault;
      },
    );
    // Another node came first.
    return isFirst ? next : openDeployment(parts);
  }
  if (JSON.stringify(format) !== JSON.stringify(next))
    await bucket.update('format', JSON.stringify(next), noted.revision);
  return next;
}

/** Notes a deployment that was made from a backup. Throws PortError `conflict` where there is one. */
export async function noteDeployment(
  bucket: KvBucket,
  { generation, shards }: Pick<DeploymentFormat, 'generation' | 'shards'>,
  found: ReadonlyMap<string, FoundStream | undefined>,
): Promise<void> {
  const format: DeploymentFormat = { generation, shards, id: newId(), streams: createdAt(found) };
  await bucket.create('format', JSON.stringify(format));
}

function createdAt(found: ReadonlyMap<string, FoundStream | undefined>): Readonly<Record<string, string>> {
  return Object.fromEntries([...found].map(([stream, as]) => [stream, as?.created ?? '']));
}

function newId(): string {
  return randomBytes(16).toString('base64url');
}

/** As it is noted; undefined: there is none. Throws PortError. */
export async function readDeployment(bucket: KvBucket): Promise<DeploymentFormat | undefined> {
  const noted = await bucket.get('format');
  if (noted === undefined) return undefined;
  const { generation = 1, shards = 0, id = '', streams = {} } = formatIn(noted);
  return { generation, shards, id, streams };
}

/** Fingerprints of the secret keys with which it was served. Throws PortError. */
export async function notedKeys(bucket: KvBucket): Promise<readonly string[]> {
  const noted = await bucket.get('keys');
  return noted === undefined ? [] : entryJson<readonly string[]>(noted, Array.isArray);
}

function formatIn(entry: Parameters<typeof entryJson>[0]): Partial<DeploymentFormat> {
  return entryJson<Partial<DeploymentFormat>>(entry, isFormat);
}

/** A sentence for each stream that is gone or another one. */
export function* lostStreams(
  found: ReadonlyMap<string, FoundStream | undefined>,
  format: Partial<DeploymentFormat> | undefined,
): Generator<string> {
  for (const [name, as] of found) {
    const noted = format?.streams?.[name];
    if (noted !== undefined && as === undefined) yield `stream ${name} is gone, which was made at ${noted}`;
    if (noted !== undefined && as !== undefined && as.created !== noted)
      yield `stream ${name} was made anew at ${as.created}; the one of the deployment was made at ${noted}`;
    // A first start that was cut short has made streams, and written nothing into them.
    if (format === undefined && as !== undefined && as.last > 0)
      yield `stream ${name} has records, and nothing notes whose they are: the bucket with the format of the deployment is gone`;
  }
}

function isFormat({ generation, shards }: Partial<DeploymentFormat>): boolean {
  return Number.isSafeInteger(generation) && Number.isSafeInteger(shards);
}
