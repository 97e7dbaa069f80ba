import { editionsContract } from '../../port/editions.contract.ts';
import { emptyEditions, MemoryEditions } from './memory-editions.ts';

editionsContract(
  'MemoryEditions',
  async () => {
    const storage = emptyEditions();
    return { open: async (now) => new MemoryEditions({ storage, now }), destroy: async () => {} };
  },
  { isShared: true },
);
