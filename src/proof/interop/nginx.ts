import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createConnection } from 'node:net';
import { join } from 'node:path';
import type { InteropCertificates } from './certificates.ts';
import type { CheckResult } from './check.ts';
import { fetchNginx } from './fetch-clients.ts';
import { freePort } from './free-port.ts';
import { runPython } from './python.ts';
import type { Endpoint } from './service.ts';

/**
 * nginx before the service, and every check of the blocking Python client through it. With `tls` callers speak TLS to
 * nginx; what nginx speaks to the service is the service's own matter.
 */
export async function runNginx(
  service: Endpoint,
  scratch: string,
  tls?: Pick<InteropCertificates, 'ca' | 'server'>,
): Promise<CheckResult[]> {
  const command = await fetchNginx();
  const target = `127.0.0.1:${await freePort()}`;
  const conf = join(scratch, 'nginx.conf');
  writeFileSync(conf, configuration(scratch, listen(target, tls), pass(service), service.target));
  const args = ['-p', scratch, '-c', conf, '-e', 'stderr'];
  const proxy = spawn(command, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  proxy.stderr.on('data', (chunk: Buffer) => {
    said += chunk.toString();
  });
  const ended = once(proxy, 'close');
  const died = ended.then(() => Promise.reject(new Error(`nginx ended: ${said}`)));
  // Told below while it starts; later its end is wanted.
  died.catch(() => {});
  try {
    await Promise.race([listening(target), died]);
    const proxied = { target, token: service.token };
    const through = tls === undefined ? proxied : { ...proxied, tls: { ca: tls.ca } };
    return await runPython('sync.py', through, scratch);
  } finally {
    proxy.kill('SIGTERM');
    await ended;
  }
}

function listen(target: string, tls?: Pick<InteropCertificates, 'server'>): string {
  if (tls === undefined) return `listen ${target} http2;`;
  return `
    listen ${target} ssl http2;
    ssl_certificate ${tls.server.cert};
    ssl_certificate_key ${tls.server.key};`;
}

function pass({ tls }: Endpoint): string {
  if (tls === undefined) return 'grpc_pass grpc://attune;';
  const shown = tls.client && [
    `grpc_ssl_certificate ${tls.client.cert};`,
    `grpc_ssl_certificate_key ${tls.client.key};`,
  ];
  return [
    'grpc_pass grpcs://attune;',
    'grpc_ssl_verify on;',
    'grpc_ssl_name localhost;',
    `grpc_ssl_trusted_certificate ${tls.ca};`,
    ...(shown ?? []),
  ].join('\n      ');
}

/** One process that stays in the foreground and keeps its files in `scratch`. */
function configuration(scratch: string, listen: string, pass: string, target: string): string {
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
    ${listen}
    location / {
      ${pass}
    }
  }
}
`;
}

/** Resolves when somebody answers there. */
async function listening(target: string): Promise<void> {
  const [host = '', port] = target.split(':');
  for (;;) {
    const socket = createConnection(Number(port), host);
    const answered = await once(socket, 'connect').then(
      () => true,
      () => false,
    );
    socket.destroy();
    if (answered) return;
  }
}
