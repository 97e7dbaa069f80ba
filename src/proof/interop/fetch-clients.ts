/** How each client comes from its registry into its folder, by the registry's own tool and without changing the system. */
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fetchOnce, fetchStep } from './fetch-client.ts';
import { VERSIONS } from './versions.ts';

/** A Python with grpcio in a folder of its own: the path of the interpreter. */
export async function fetchPython(): Promise<string> {
  const wanted = Object.entries(VERSIONS.python).map(([name, version]) => `${name}==${version}`);
  const folder = await fetchOnce({
    name: 'python',
    pinned: wanted,
    into: async (here) => {
      await fetchStep(here, 'python3', ['-m', 'venv', '.']);
      const plain = ['--quiet', '--disable-pip-version-check', '--only-binary', ':all:'];
      await fetchStep(here, join(here, 'bin/pip'), ['install', ...plain, ...wanted]);
    },
  });
  return join(folder, 'bin/python');
}

/** A program written in Go, built here: its path. */
export async function fetchGo(name: keyof typeof VERSIONS.go): Promise<string> {
  const wanted = VERSIONS.go[name];
  const folder = await fetchOnce({
    name,
    pinned: wanted,
    into: async (here) => {
      await fetchStep(here, 'go', ['install', wanted], { GOBIN: here });
    },
  });
  return join(folder, name);
}

/** connect-node with what it needs: the folder whose node_modules hold it. */
export function fetchNpm(): Promise<string> {
  const wanted = Object.entries(VERSIONS.npm).map(([name, version]) => `${name}@${version}`);
  return fetchOnce({
    name: 'npm',
    pinned: wanted,
    into: async (here) => {
      const plain = ['--prefix', '.', '--no-save', '--no-package-lock', '--ignore-scripts'];
      await fetchStep(here, 'npm', ['install', ...plain, ...wanted]);
    },
  });
}

/** nginx out of Debian's package, unpacked and not installed: the path of the program. */
export async function fetchNginx(): Promise<string> {
  const { nginx } = VERSIONS.debian;
  const folder = await fetchOnce({
    name: 'nginx',
    pinned: nginx,
    into: async (here) => {
      // A machine that never asked for Debian's lists has none; these are read here and not into the system's folder.
      const lists = join(here, 'lists');
      mkdirSync(join(lists, 'partial'), { recursive: true });
      const own = [
        '-o',
        `Dir::State::lists=${lists}`,
        '-o',
        `Dir::Cache=${here}`,
        '-o',
        'Debug::NoLocking=1',
      ];
      await fetchStep(here, 'apt-get', ['update', ...own]);
      await fetchStep(here, 'apt-get', ['download', nginx, ...own]);
      const deb = readdirSync(here).find((file) => file.endsWith('.deb')) ?? '';
      await fetchStep(here, 'dpkg', ['-x', deb, '.']);
      for (const index of ['lists', 'pkgcache.bin', 'srcpkgcache.bin'])
        rmSync(join(here, index), { recursive: true, force: true });
    },
  });
  return join(folder, 'usr/sbin/nginx');
}
