import { archiveContract } from '../../port/archive.contract.ts';
import { type ArchiveStorage, MemoryArchive } from './memory-archive.ts';

archiveContract(
  'MemoryArchive',
  async () => {
    const storage: ArchiveStorage = new Map();
    return { open: async () => new MemoryArchive({ storage }), destroy: async () => {} };
  },
  { runs: 100 },
);
