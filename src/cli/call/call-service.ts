import { type AttuneClient, connect } from '../../client/attune-client.ts';
import { AttuneError } from '../../client/attune-error.ts';
import { CLIENT_OPTIONS } from '../../config/options.ts';
import { CommandError, EXIT, settingsOf } from '../command-line.ts';

/** Flags as commander gives them. */
export type Flags = Readonly<Record<string, unknown>>;

/** Runs `work` with a client of the service that the flags name, and closes it. What the service refuses becomes a sentence. */
export async function callService<T>(flags: Flags, work: (client: AttuneClient) => Promise<T>): Promise<T> {
  const settings = settingsOf(CLIENT_OPTIONS, flags);
  const { host, port } = settings.address;
  const address = `${host.includes(':') ? `[${host}]` : host}:${port}`;
  const client = connect(address, { token: settings.token, deadlineMs: settings.timeout });
  try {
    return await work(client);
  } catch (fault) {
    throw fault instanceof AttuneError ? commandErrorOf(fault, address) : fault;
  } finally {
    client.close();
  }
}

/** The service's refusal as a sentence, with an exit code: 2 where the request was at fault, 69 where the service was. */
export function commandErrorOf(fault: AttuneError, address: string): CommandError {
  switch (fault.code) {
    case 'UNAVAILABLE':
    case 'DEADLINE_EXCEEDED':
      return new CommandError(
        `no answer from ${address}: ${fault.message}\nStart a service with "npm run -s attune -- serve", or name another one with --address host:port.`,
      );
    case 'UNAUTHENTICATED':
    case 'PERMISSION_DENIED':
      return new CommandError(
        `${address} refuses this caller: ${fault.message}\nSend its token with --token.`,
      );
    case 'INVALID_ARGUMENT':
      return new CommandError([fault.message, ...fault.violations.map(violationText)].join('\n'), EXIT.usage);
    default:
      return new CommandError(`${address} refuses: ${fault.message} (${fault.code})`);
  }
}

/** One broken rule: where, what was found, and what is wanted. */
export function violationText(violation: {
  readonly field: string;
  readonly value: string;
  readonly message: string;
}): string {
  const found = violation.value === '' ? '' : ` (found ${JSON.stringify(violation.value)})`;
  return `  ${violation.field === '' ? '' : `${violation.field}: `}${violation.message}${found}`;
}
