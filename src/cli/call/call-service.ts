import { type AttuneClient, connect } from '../../client/attune-client.ts';
import { AttuneError } from '../../client/attune-error.ts';
import type { ClientOptions } from '../../client/settings.ts';
import type { TlsOptions } from '../../client/tls-credentials.ts';
import { envOf } from '../../config/option.ts';
import { CLIENT_OPTIONS } from '../../config/options.ts';
import { CommandError, EXIT, readSettings } from '../../node/command/command-line.ts';
import { readClientTls } from './read-tls-files.ts';
import { tlsFaultText } from './tls-fault-text.ts';

/** Flags as commander gives them. */
export type Flags = Readonly<Record<string, unknown>>;

const START =
  'Start a service with "npm run -s attune -- serve", or name another one with --address host:port.';

/** Runs `work` with a client of the service that the flags name, and closes it. What the service refuses becomes a sentence. */
export async function callService<T>(
  flags: Flags,
  work: (client: AttuneClient) => Promise<T>,
  { retry }: Pick<ClientOptions, 'retry'> = {},
): Promise<T> {
  const settings = readSettings(CLIENT_OPTIONS, flags);
  const addresses = settings.address.map(
    ({ host, port }) => `${host.includes(':') ? `[${host}]` : host}:${port}`,
  );
  const tls = readClientTls(settings);
  const client = connect(addresses, {
    token: settings.token,
    ...(isTold('timeout', flags) || addresses.length === 1 ? { deadlineMs: settings.timeout } : {}),
    tls,
    ...(retry && { retry }),
  });
  try {
    return await work(client);
  } catch (fault) {
    throw fault instanceof AttuneError ? commandErrorOf(fault, addresses.join(' and '), tls) : fault;
  } finally {
    client.close();
  }
}

/** Whether a setting was given, and is not its default. */
function isTold(name: string, flags: Flags): boolean {
  return flags[name] !== undefined || process.env[envOf(name)] !== undefined;
}

/** The service's refusal as a sentence, with an exit code: 2 where the request was at fault, 69 where the service was. */
export function commandErrorOf(fault: AttuneError, address: string, tls?: TlsOptions): CommandError {
  switch (fault.code) {
    case 'UNAVAILABLE':
      return new CommandError(
        `no answer from ${address}: ${tlsFaultText(fault, tls) ?? `${unavailableText(fault)}\n${START}`}`,
      );
    case 'DEADLINE_EXCEEDED':
      return new CommandError(
        `no answer from ${address} in time: wait longer with --timeout, or name another one with --address host:port.`,
      );
    case 'UNAUTHENTICATED':
    case 'PERMISSION_DENIED':
      return new CommandError(
        `${address} refuses this caller: ${fault.message}\n${
          fault.message.includes('certificate')
            ? 'Send one with --tls-cert and --tls-key.'
            : 'Send its token with --token.'
        }`,
      );
    case 'INVALID_ARGUMENT': {
      // The message repeats the first violation and counts the others.
      const faults = fault.violations.map(violationText);
      return new CommandError(faults.length === 0 ? fault.message : faults.join('\n'), EXIT.usage);
    }
    case 'NOT_FOUND':
      return new CommandError(fault.message);
    default:
      return new CommandError(`${address} refuses: ${fault.message} (${fault.code})`);
  }
}

/** What a service says of itself has a reason; else it is grpc-js's text, which is for its developers. */
function unavailableText({ reason, message }: AttuneError): string {
  if (reason !== '') return message;
  if (message.includes('ECONNREFUSED')) return 'nobody listens there';
  if (/ENOTFOUND|EAI_AGAIN|Name resolution failed/.test(message)) return 'no host of that name is known';
  if (/EHOSTUNREACH|ENETUNREACH|ETIMEDOUT/.test(message)) return 'the host cannot be reached';
  return message.split(/ ?Resolution note:/)[0] ?? message;
}

/** One broken rule: where, what was found, and what is wanted; place and value only where the sentence does not have them. */
export function violationText(violation: {
  readonly field: string;
  readonly value: string;
  readonly message: string;
}): string {
  const { field, value, message } = violation;
  const place = field === '' || message.includes(field) ? '' : `${field}: `;
  const shown = JSON.stringify(value);
  return `${place}${message}${value === '' || message.includes(shown) ? '' : ` (found ${shown})`}`;
}
