import { factLogContract } from '../../port/fact-log.contract.ts';
import { scratchDirectory } from '../../port/scratch-directory.ts';
import { DiskFactLog } from './disk-fact-log.ts';

factLogContract(
  'DiskFactLog',
  async () => {
    const directory = scratchDirectory();
    return {
      open: async () => new DiskFactLog(directory.path),
      destroy: async () => directory.remove(),
    };
  },
  { runs: 3 },
);

factLogContract(
  'DiskFactLog with small files',
  async () => {
    const directory = scratchDirectory();
    return {
      open: async () => new DiskFactLog(directory.path, { fileBytes: 512 }),
      destroy: async () => directory.remove(),
    };
  },
  { runs: 60 },
);
