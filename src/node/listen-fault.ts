import type { HostPort } from '../config/option.ts';
import { CommandError } from './command/command-line.ts';

const REASONS: Readonly<Record<string, string>> = {
  EADDRINUSE: 'the port is taken',
  EACCES: 'the port is not for this user',
  EADDRNOTAVAIL: 'the address is not of this machine',
  ENOTFOUND: 'the host is unknown',
};

/**
 * Why `what` cannot listen, with the flag that tells it to listen elsewhere. `fault` is what the driver threw; the system's
 * code may stand in its `code` or only in its message, as grpc-js has it.
 */
export function listenFault(what: string, at: HostPort, flag: string, fault: unknown): CommandError {
  const text = fault instanceof Error ? fault.message : String(fault);
  const given = fault instanceof Error && 'code' in fault ? String(fault.code) : '';
  const code = given in REASONS ? given : (/\bE[A-Z]{4,}\b/.exec(text)?.[0] ?? '');
  const host = at.host.includes(':') ? `[${at.host}]` : at.host;
  return new CommandError(
    `${what} cannot listen on ${host}:${at.port}: ${REASONS[code] ?? text}; give ${flag} another`,
  );
}
