/** The image of what the shards share: editions and catalogue, without which no decision can be explained or derived again. */
import type { EditionKind } from '../port/editions.ts';
import { type ImageContent, type ImageHead, type ImageRow, SHARED_IMAGE } from '../port/images.ts';
import type { Observer } from '../port/observer.ts';
import { PortError } from '../port/port-error.ts';
import type { Stores } from './stores.ts';

const KINDS: readonly EditionKind[] = ['policy', 'model', 'head', 'priors', 'pauses', 'models-folder'];
const CATALOG_ROWS = 256;
const CATALOG = 'catalogue';

type SharedStores = Pick<Stores, 'editions' | 'catalogLog'>;

/** Which version of each kind is in force. */
type InForce = Partial<Record<EditionKind, string>>;

/** Throws PortError. */
export async function writeSharedImage(
  stores: SharedStores & Pick<Stores, 'images' | 'generation'>,
  at: number,
): Promise<ImageHead> {
  const { editions, images, generation } = stores;
  const inForce: InForce = {};
  for (const kind of KINDS) inForce[kind] = await editions.current(kind);
  const state = Buffer.from(JSON.stringify(inForce));
  // Its place in time is its sequence: editions and catalogue have none in common.
  const sequence = Math.floor(at);
  return images.write({ shard: SHARED_IMAGE, generation, sequence, at, state, rows: rowsOf(stores) });
}

async function* rowsOf({ editions, catalogLog }: SharedStores): AsyncGenerator<readonly ImageRow[]> {
  for (const kind of KINDS) {
    for (const { version, sha256, at } of (
      await editions.versions(kind, Number.MAX_SAFE_INTEGER)
    ).reverse()) {
      const bytes = (await editions.get(kind, version))?.bytes;
      if (bytes !== undefined)
        yield [{ id: JSON.stringify([kind, version, sha256]), seq: at, revision: 0, due: 0, bytes }];
    }
  }
  const last = await catalogLog.last();
  for (let from = 1; from <= last; ) {
    const records = await catalogLog.read(from, Math.min(CATALOG_ROWS, last - from + 1));
    if (records.length === 0) return;
    yield records.map(({ sequence, bytes }) => ({
      ...{ id: CATALOG, seq: sequence, revision: 0, due: 0, bytes },
    }));
    from += records.length;
  }
}

/** Puts an image's editions and catalogue into stores that have neither. Throws PortError. */
export async function restoreSharedImage(
  { editions, catalogLog }: SharedStores,
  content: ImageContent,
): Promise<void> {
  for await (const page of content.read()) {
    const records: Uint8Array[] = [];
    for (const { id, seq, bytes } of page) {
      if (id === CATALOG) records.push(bytes);
      else {
        const [kind, version, sha256]: [EditionKind, string, string] = JSON.parse(id);
        await editions.put({ kind, version, sha256, bytes }, seq);
      }
    }
    await catalogLog.append(records);
  }
  const inForce: InForce = JSON.parse(Buffer.from(content.state).toString());
  for (const kind of KINDS) {
    const version = inForce[kind] ?? '';
    if (version !== '') await editions.use(kind, version, await editions.current(kind));
  }
}

/** Whether there is no edition and no product: as in a new directory, and as when the file that held them is gone. */
export async function hasNothingShared({ editions, catalogLog }: SharedStores): Promise<boolean> {
  for (const kind of KINDS) if ((await editions.versions(kind, 1)).length > 0) return false;
  return (await catalogLog.last()) === 0;
}

/** The newest image of what is shared that can be read; `passedOver` is told of the others. */
export async function newestSharedImage(
  { images }: Pick<Stores, 'images'>,
  passedOver: (fault: PortError) => void,
): Promise<{ readonly head: ImageHead; readonly content: ImageContent } | undefined> {
  for (const head of await images.list(SHARED_IMAGE)) {
    try {
      await images.check(head);
      return { head, content: await images.open(head) };
    } catch (fault) {
      if (!(fault instanceof PortError) || fault.kind !== 'corrupt') throw fault;
      passedOver(fault);
    }
  }
  return undefined;
}

/** Editions and catalogue that are gone come back from their image: what was put since is told to be missing. */
export async function restoreShared(stores: Stores, observer: Observer): Promise<void> {
  if (!(await hasNothingShared(stores))) return;
  const image = await newestSharedImage(stores, (fault) =>
    observer.fault('an image of editions and catalogue can not be read', fault),
  );
  if (image === undefined) return;
  await restoreSharedImage(stores, image.content);
  const at = new Date(image.head.at).toISOString();
  observer.fault(
    `editions and catalogue were gone and are restored from their image of ${at}: apply and send again what came since`,
  );
}
