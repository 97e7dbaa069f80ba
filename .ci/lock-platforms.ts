/**
 * Completes package-lock.json with the packages of other platforms.
 *
 * A registry mirror that keeps one platform only answers 404 for, say, `@biomejs/cli-darwin-arm64`; npm then leaves the
 * optional package out of the lock, and `npm ci` refuses that lock everywhere. The version comes from the dependent,
 * the platform from the package's name; there is no integrity to record, and npm fetches such a package only on its own
 * platform. Run it after `npm install`: `node .ci/lock-platforms.ts`.
 */
import { readFileSync, writeFileSync } from 'node:fs';

interface LockEntry {
  version?: string;
  optional?: boolean;
  dev?: boolean;
  os?: string[];
  cpu?: string[];
  libc?: string[];
  optionalDependencies?: Record<string, string>;
}

const LOCK = new URL('../package-lock.json', import.meta.url);
const OS = [
  'android',
  'aix',
  'darwin',
  'freebsd',
  'linux',
  'netbsd',
  'openbsd',
  'openharmony',
  'sunos',
  'win32',
];
const CPU: Record<string, string> = {
  arm: 'arm',
  arm64: 'arm64',
  armv7: 'arm',
  ia32: 'ia32',
  loong64: 'loong64',
  mips64el: 'mips64el',
  ppc64: 'ppc64',
  riscv64: 'riscv64',
  s390x: 's390x',
  wasm32: 'wasm32',
  x64: 'x64',
};
const LIBC: Record<string, string> = {
  gnu: 'glibc',
  gnueabihf: 'glibc',
  glibc: 'glibc',
  musl: 'musl',
  musleabihf: 'musl',
};

const lock = JSON.parse(readFileSync(LOCK, 'utf8')) as { packages: Record<string, LockEntry> };
const added = complete(lock.packages);
if (added.length > 0) {
  lock.packages = Object.fromEntries(
    Object.entries(lock.packages).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)),
  );
  writeFileSync(LOCK, `${JSON.stringify(lock, null, 2)}\n`);
}
console.log(`package-lock.json: ${added.length} packages of other platforms added`);

function complete(packages: Record<string, LockEntry>): string[] {
  const names: string[] = [];
  for (const [path, entry] of Object.entries(packages)) {
    for (const [name, range] of Object.entries(entry.optionalDependencies ?? {})) {
      if (isLocked(packages, path, name)) continue;
      const platform = platformOf(name);
      if (platform === undefined) continue;
      packages[`node_modules/${name}`] = {
        version: range.replace(/^[~^]/, ''),
        ...platform,
        ...(entry.dev === true ? { dev: true } : {}),
        optional: true,
      };
      names.push(name);
    }
  }
  return names;
}

/** Whether `name` is found from `path` as Node looks for it: its own node_modules first, then each one above. */
function isLocked(packages: Record<string, LockEntry>, path: string, name: string): boolean {
  let at = path;
  for (;;) {
    if (packages[`${at === '' ? '' : `${at}/`}node_modules/${name}`] !== undefined) return true;
    if (at === '') return false;
    const above = at.lastIndexOf('/node_modules/');
    at = above < 0 ? '' : at.slice(0, above);
  }
}

function platformOf(name: string): Pick<LockEntry, 'os' | 'cpu' | 'libc'> | undefined {
  if (name === 'fsevents') return { os: ['darwin'] };
  const words = name.split(/[/-]/);
  const os = words.filter((word) => OS.includes(word));
  const cpu = words.flatMap((word) => CPU[word] ?? []);
  const libc = words.flatMap((word) => LIBC[word] ?? []);
  if (os.length === 0 && cpu.length === 0) return undefined;
  return {
    ...(os.length > 0 ? { os } : {}),
    ...(cpu.length > 0 ? { cpu } : {}),
    ...(libc.length > 0 ? { libc } : {}),
  };
}
