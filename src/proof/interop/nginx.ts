import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { type AddressInfo, createConnection, createServer } from 'node:net';
import { join } from 'node:path';
import type { CheckResult } from './check.ts';
import { fetchNginx } from './fetch-clients.ts';
import { runPython } from './python.ts';
import type { Endpoint } from './service.ts';

/** nginx before the service, and every check of the blocking Python client through it. */
export async function runNginx({ target, token }: Endpoint, scratch: string): Promise<CheckResult[]> {
  const command = await fetchNginx();
  const port = await freePort();
  const conf = join(scratch, 'nginx.conf');
  writeFileSync(conf, configuration(scratch, port, target));
  const proxy = spawn(command, ['-p', scratch, '-c', conf, '-e', 'stderr'], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  proxy.stderr.on('data', (chunk: Buffer) => {
    said += chunk.toString();
  });
  const ended = once(proxy, 'close');
  try {
    await Promise.race([
      listening(port),
      ended.then(() => {
        throw new Error(`nginx ended: ${said}`);
      }),
    ]);
    return await runPython('sync.py', { target: `127.0.0.1:${port}`, token }, scratch);
  } finally {
    proxy.kill('SIGTERM');
    await ended;
  }
}

/** One process that stays in the foreground and keeps its files in `scratch`. */
function configuration(scratch: string, port: number, target: string): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (kind) => `  ${kind}_temp_path ${scratch}/${kind};`,
  );
  return `
daemon off;
master_process off;
pid ${scratch}/nginx.pid;
events { worker_connections 2048; }
http {
  access_log off;
${temporary.join('\n')}
  client_max_body_size 8m;
  upstream attune { server ${target}; keepalive 16; }
  server {
    listen 127.0.0.1:${port} http2;
    location / { grpc_pass grpc://attune; }
  }
}
`;
}

async function freePort(): Promise<number> {
  const holder = createServer().listen(0, '127.0.0.1');
  await once(holder, 'listening');
  const { port } = holder.address() as AddressInfo;
  holder.close();
  await once(holder, 'close');
  return port;
}

/** Resolves when somebody answers on the port. */
async function listening(port: number): Promise<void> {
  for (;;) {
    const socket = createConnection(port, '127.0.0.1');
    const answered = await once(socket, 'connect').then(
      () => true,
      () => false,
    );
    socket.destroy();
    if (answered) return;
  }
}
