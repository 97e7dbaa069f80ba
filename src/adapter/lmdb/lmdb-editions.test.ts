import { editionsContract } from '../../port/editions.contract.ts';
import { scratchDirectory } from '../../port/scratch-directory.fixture.ts';
import { openLmdb } from './environment.ts';
import { LmdbEditions } from './lmdb-editions.ts';

editionsContract(
  'LmdbEditions',
  async () => {
    const directory = scratchDirectory();
    return {
      open: async (now) => new LmdbEditions(openLmdb(directory.path), { now }),
      destroy: async () => directory.remove(),
    };
  },
  { isShared: false },
);
