import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runClientProgram } from './run-program.ts';

const TIMEOUT_MS = 30_000;

/** A certificate with its key, as PEM files. */
export interface Certificate {
  readonly cert: string;
  readonly key: string;
}

export interface InteropCertificates {
  /** A file with the CA of the service and of its callers. */
  readonly ca: string;
  readonly server: Certificate;
  readonly client: Certificate;
}

const CONFIGURATION = `
[req]
distinguished_name = name
prompt = no
[name]
CN = attune-interop
[authority]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign
[leaf]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = serverAuth, clientAuth
subjectAltName = IP:127.0.0.1, DNS:localhost
`;

/** Makes a CA and two certificates that it signed, valid for a day, with the machine's openssl. */
export async function makeInteropCertificates(folder: string): Promise<InteropCertificates> {
  const config = join(folder, 'openssl.cnf');
  writeFileSync(config, CONFIGURATION);
  const make = async (name: string, extensions: string, signer: readonly string[]): Promise<Certificate> => {
    const made = { cert: join(folder, `${name}.crt`), key: join(folder, `${name}.key`) };
    const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', made.key];
    const args = [
      'req',
      '-x509',
      '-config',
      config,
      '-subj',
      `/CN=attune-${name}`,
      '-extensions',
      extensions,
      '-days',
      '1',
      '-out',
      made.cert,
    ];
    const { code, stderr } = await runClientProgram({
      command: 'openssl',
      args: [...args, ...key, ...signer],
      timeoutMs: TIMEOUT_MS,
    });
    if (code !== 0) throw new Error(`openssl made no certificate (${code}): ${stderr}`);
    return made;
  };
  const authority = await make('ca', 'authority', []);
  const signer = ['-CA', authority.cert, '-CAkey', authority.key];
  const [server, client] = [await make('server', 'leaf', signer), await make('client', 'leaf', signer)];
  return { ca: authority.cert, server, client };
}
