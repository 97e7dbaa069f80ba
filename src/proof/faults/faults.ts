import { DATA_FAULTS } from './data-faults.ts';
import type { Fault } from './fault.ts';
import { NETWORK_FAULTS } from './network-faults.ts';
import { NODE_FAULTS } from './node-faults.ts';
import { SERVER_FAULTS } from './server-faults.ts';

/** All failures, in the order in which they are played. */
export const FAULTS: readonly Fault[] = [...NODE_FAULTS, ...SERVER_FAULTS, ...DATA_FAULTS, ...NETWORK_FAULTS];
