import { MemoryArchive } from '../adapter/memory/memory-archive.ts';
import { MemoryCatalogLog } from '../adapter/memory/memory-catalog-log.ts';
import { MemoryEditions } from '../adapter/memory/memory-editions.ts';
import { MemoryErasures } from '../adapter/memory/memory-erasures.ts';
import { MemoryFactLog } from '../adapter/memory/memory-fact-log.ts';
import { MemoryImages } from '../adapter/memory/memory-images.ts';
import { MemorySnapshotStore } from '../adapter/memory/memory-snapshot-store.ts';
import type { Observer } from '../port/observer.ts';
import { clusterSettingsOf } from './cluster-settings.ts';
import { openClusterStores } from './open-cluster-stores.ts';
import { openDiskStores } from './open-disk-stores.ts';
import type { StoreSettings, Stores } from './stores.ts';

/**
 * Opens the stores of the settings, and makes good what can be made good. Throws PortError with a sentence for each fault: the
 * directory is taken, damaged, of another format, or lost what was acknowledged; a server does not answer, or would lose what it is given.
 */
export async function openStores(
  settings: StoreSettings,
  observer: Observer,
  now: () => number,
): Promise<Stores> {
  if (settings.store === 'disk') return openDiskStores({ ...settings, mode: 'serve' }, observer, now);
  if (settings.store === 'cluster') return openClusterStores(clusterSettingsOf(settings), observer, now);
  return {
    log: new MemoryFactLog(),
    snapshots: new MemorySnapshotStore(),
    archive: new MemoryArchive(),
    images: new MemoryImages(),
    erasures: new MemoryErasures(),
    editions: new MemoryEditions({ now }),
    catalogLog: new MemoryCatalogLog(),
    generation: 1,
    findings: [],
    close: async () => {},
  };
}
