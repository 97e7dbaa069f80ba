import { beforeEach, describe } from 'vitest';
import { erasuresContract } from '../../port/erasures.contract.ts';
import { type ErasureStorage, MemoryErasures } from './memory-erasures.ts';

describe('erasures in memory', () => {
  let storage: ErasureStorage = new Map();
  beforeEach(() => {
    storage = new Map();
  });
  erasuresContract(async () => new MemoryErasures(storage), { isShared: true });
});
