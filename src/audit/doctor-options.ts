import { SERVE_OPTIONS } from '../config/options.ts';
import { DEPLOYMENT_OPTIONS } from '../node/deployment-options.ts';

const { dir, natsReplicas } = SERVE_OPTIONS;

/** Of `attune serve`: what says where the data are, and by whom they are reached. */
export const DOCTOR_OPTIONS = { ...DEPLOYMENT_OPTIONS, dir, natsReplicas } as const;
