import { imagesContract } from '../../port/images.contract.ts';
import { type ImageStorage, MemoryImages } from './memory-images.ts';

imagesContract('MemoryImages', async () => {
  const storage: ImageStorage = new Map();
  return {
    open: async () => new MemoryImages({ storage }),
    damage: async ({ shard }) => {
      for (const image of storage.get(shard) ?? []) image.hasDamage = true;
    },
    destroy: async () => {},
  };
});
