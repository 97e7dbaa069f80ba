/**
 * The secret keys of a node: of the file that the settings name, else of KEYS in the data directory, which the first start makes.
 *
 * I1  FORMAT notes a fingerprint of every key that was in use. A start with fewer is refused: links in messages that are out would
 *     identify nobody, and an erased person would not be recognised.
 * I2  KEYS is durable before FORMAT names its keys, and before anything is signed.
 */
import { closeSync, existsSync, fsyncSync, openSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { keyFingerprintsOf, noteKeys } from '../adapter/lmdb/data-format.ts';
import { HmacKeys } from '../adapter/system/hmac-keys.ts';
import type { ServeSettings } from '../config/options.ts';
import type { Observer } from '../port/observer.ts';
import { PortError } from '../port/port-error.ts';
import { newKeysText, parseKeys } from './secret-keys-file.ts';
import type { KeyNotes } from './stores.ts';

/** Beside FORMAT in a data directory. */
export const KEYS_FILE = 'KEYS';

export type SecretKeysSettings = Pick<ServeSettings, 'store' | 'dir' | 'acceptLoss' | 'secretKeys'>;

/** The data directory is there and ours. Throws PortError `corrupt` with a sentence that names the file and no key. */
export function openSecretKeys(settings: SecretKeysSettings, observer: Observer): HmacKeys {
  const { store, dir, secretKeys } = settings;
  if (store === 'memory')
    return secretKeys === '' ? keysOf(newKeysText(), 'memory') : read(secretKeys, observer);
  const file = secretKeys === '' ? join(dir, KEYS_FILE) : secretKeys;
  const known = keyFingerprintsOf(dir);
  const isMissing = secretKeys === '' && !existsSync(file);
  if (isMissing && known.length > 0)
    expectAccepted(settings, observer, `${file} is missing, which held the keys ${known.join(', ')}`);
  // I2
  if (isMissing) create(dir, file);
  const keys = read(file, observer);
  const gone = known.filter((fingerprint) => !keys.fingerprints.includes(fingerprint));
  if (!isMissing && gone.length > 0)
    expectAccepted(settings, observer, `${file} lacks keys that were in use: ${gone.join(', ')}`);
  if (keys.fingerprints.join() !== known.join()) noteKeys(dir, keys.fingerprints);
  return keys;
}

/**
 * Of a deployment whose nodes share no disk: each has the same file, and none makes it. Throws PortError `corrupt` as `openSecretKeys` does, and where no file
 * is named.
 */
export async function openDeploymentKeys(
  settings: SecretKeysSettings,
  notes: KeyNotes,
  observer: Observer,
): Promise<HmacKeys> {
  const file = settings.secretKeys;
  if (file === '')
    throw new PortError(
      'corrupt',
      '--store cluster needs --secret-keys: a file of secret keys that is the same on every node (KEYS of a data directory is one)',
    );
  const keys = read(file, observer);
  const gone = notes.known.filter((fingerprint) => !keys.fingerprints.includes(fingerprint));
  if (gone.length > 0)
    expectAccepted(settings, observer, `${file} lacks keys that were in use: ${gone.join(', ')}`);
  if (keys.fingerprints.join() !== notes.known.join()) await notes.note(keys.fingerprints);
  return keys;
}

/** I1 */
function expectAccepted({ acceptLoss }: SecretKeysSettings, observer: Observer, sentence: string): void {
  if (acceptLoss) return observer.fault(`accepted: ${sentence}`);
  throw new PortError(
    'corrupt',
    `${sentence}: links in messages that are out would identify nobody, and erased people would not be recognised. Put the file of a backup back, or go on without those keys once with --accept-loss.`,
  );
}

function create(dir: string, file: string): void {
  const out = openSync(file, 'wx', 0o600);
  try {
    writeFileSync(out, newKeysText());
    fsyncSync(out);
  } finally {
    closeSync(out);
  }
  const folder = openSync(dir, 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}

/** Those of a file. Throws PortError `corrupt` with a sentence. */
export function readSecretKeys(file: string): HmacKeys {
  return keysOf(contentOf(file).text, file);
}

function read(file: string, observer: Observer): HmacKeys {
  const { text, mode } = contentOf(file);
  if ((mode & 0o007) !== 0)
    observer.info(`${file} can be read by every user of this machine: chmod 600 ${file}`);
  return keysOf(text, file);
}

function contentOf(file: string): { readonly text: string; readonly mode: number } {
  try {
    return { text: readFileSync(file, 'utf8'), mode: statSync(file).mode };
  } catch (cause) {
    const why = (cause as NodeJS.ErrnoException).code ?? 'unknown';
    throw new PortError('corrupt', `the secret keys in ${file} cannot be read: ${why}`);
  }
}

function keysOf(text: string, file: string): HmacKeys {
  const parsed = parseKeys(text);
  if ('keys' in parsed) return new HmacKeys(parsed.keys);
  throw new PortError(
    'corrupt',
    parsed.faults.map((fault) => `the secret keys in ${file}: ${fault}`).join('\n'),
  );
}
