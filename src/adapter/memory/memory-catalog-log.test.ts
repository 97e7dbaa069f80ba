import { catalogLogContract } from '../../port/catalog-log.contract.ts';
import { MemoryCatalogLog } from './memory-catalog-log.ts';

catalogLogContract(
  'MemoryCatalogLog',
  async () => {
    const storage: Uint8Array[] = [];
    return { open: async () => new MemoryCatalogLog({ storage }), destroy: async () => {} };
  },
  { isShared: true },
);
