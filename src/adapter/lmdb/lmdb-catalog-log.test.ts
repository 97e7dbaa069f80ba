import { catalogLogContract } from '../../port/catalog-log.contract.ts';
import { scratchDirectory } from '../../port/scratch-directory.fixture.ts';
import { openLmdb } from './environment.ts';
import { LmdbCatalogLog } from './lmdb-catalog-log.ts';

catalogLogContract(
  'LmdbCatalogLog',
  async () => {
    const directory = scratchDirectory();
    return {
      open: async () => new LmdbCatalogLog(openLmdb(directory.path)),
      destroy: async () => directory.remove(),
    };
  },
  { isShared: false },
);
