import { envOf } from '../config/option.ts';
import { CLIENT_OPTIONS, SERVE_OPTIONS } from '../config/options.ts';
import { TRAIN_OPTIONS } from '../training/models-command.ts';

/** Every environment variable that some command reads: those of the declared options, and the folder of real data. */
export const KNOWN_VARIABLES: readonly string[] = [
  ...Object.keys({ ...SERVE_OPTIONS, ...CLIENT_OPTIONS, ...TRAIN_OPTIONS }).map(envOf),
  'ATTUNE_DATA_DIR',
];
