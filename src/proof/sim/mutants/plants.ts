import type { Plant } from '../plant.ts';
import { ARCHIVE_PLANTS } from './archive-plants.ts';
import { LOG_PLANTS } from './log-plants.ts';
import { NODE_PLANTS } from './node-plants.ts';
import { SNAPSHOT_PLANTS } from './snapshot-plants.ts';

/** Every bug that the checkers are tried on. */
export const PLANTS: readonly Plant[] = [
  ...LOG_PLANTS,
  ...SNAPSHOT_PLANTS,
  ...NODE_PLANTS,
  ...ARCHIVE_PLANTS,
];
