import { readFileSync } from 'node:fs';
import { type TlsOptions, type TlsPart, tlsFaults } from '../../client/tls-credentials.ts';
import { CommandError, EXIT } from '../../node/command/command-line.ts';
import { readFault } from '../../node/command/read-fault.ts';

/** In place of a file of authorities: those that Node trusts. */
const DEFAULT = 'default';

/** How a command names a part. */
const FLAG: Readonly<Record<TlsPart, string>> = { ca: '--tls-ca', cert: '--tls-cert', key: '--tls-key' };

/** What the flags of TLS name; undefined without any of them. Throws CommandError with every fault. */
export function readClientTls(files: {
  readonly tlsCa: string;
  readonly tlsCert: string;
  readonly tlsKey: string;
}): TlsOptions | undefined {
  const named: Record<TlsPart, string> = { ca: files.tlsCa, cert: files.tlsCert, key: files.tlsKey };
  const tls: { [part in TlsPart]?: Buffer } = {};
  const unread: string[] = [];
  for (const part of Object.keys(named) as TlsPart[]) {
    const file = named[part];
    if (file === '' || (part === 'ca' && file === DEFAULT)) continue;
    try {
      tls[part] = readFileSync(file);
    } catch (fault) {
      unread.push(`${FLAG[part]}: ${readFault(file, fault)}`);
    }
  }
  if (unread.length > 0) throw new CommandError(unread.join('\n'));
  const faults = tlsFaults(tls, (part) => (named[part] === '' ? FLAG[part] : `${FLAG[part]} ${named[part]}`));
  if (faults.length > 0) throw new CommandError(faults.join('\n'), EXIT.usage);
  return Object.values(named).every((file) => file === '') ? undefined : tls;
}
