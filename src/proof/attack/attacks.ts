import type { Attack, Given } from './attack.ts';
import { BODY_ATTACKS, READER_ATTACKS } from './attacks-bodies.ts';
import { CALL_ATTACKS } from './attacks-calls.ts';
import { CONNECTION_ATTACKS } from './attacks-connections.ts';
import { FRAME_ATTACKS, STRANGER_ATTACKS } from './attacks-frames.ts';

/** Every attack by its name, in the order in which they are made. */
export const ATTACKS: Readonly<Record<string, (given: Given) => Attack>> = {
  ...CONNECTION_ATTACKS,
  ...CALL_ATTACKS,
  ...FRAME_ATTACKS,
  ...BODY_ATTACKS,
  ...READER_ATTACKS,
  ...STRANGER_ATTACKS,
};
