import type { Command } from 'commander';
import type { CustomerInit } from '../../client/attune-client.ts';
import { CommandError, EXIT } from '../../node/command/command-line.ts';
import type { Flags } from './call-service.ts';

/** `--id kind=value`, as often as there are keys, and (where `byId`) `--customer` with the id that the service gave. */
export function addCustomerFlags(command: Command, byId: boolean): Command {
  command.option(
    '--id <kind=value>',
    'A key of the customer, such as crm=c42; may be given up to 8 times.',
    (value: string, before: string[]) => [...before, value],
    [],
  );
  if (byId)
    command.option('--customer <id>', 'The customer by the id that the service gave, instead of --id.');
  return command;
}

/** The identifiers of `--id`. Throws CommandError when there is none, or one is not kind=value. */
export function identifiersIn(flags: Flags): { kind: string; value: string }[] {
  const given = Array.isArray(flags.id) ? (flags.id as string[]) : [];
  if (given.length === 0)
    throw new CommandError('name the customer with --id kind=value (such as --id crm=c42)', EXIT.usage);
  return given.map((text) => {
    const at = text.indexOf('=');
    if (at < 1 || at === text.length - 1)
      throw new CommandError(
        `--id must be kind=value, such as crm=c42, not ${JSON.stringify(text)}`,
        EXIT.usage,
      );
    return { kind: text.slice(0, at), value: text.slice(at + 1) };
  });
}

/** The customer named by `--customer` or `--id`. */
export function customerIn(flags: Flags): CustomerInit {
  const customerId = flags.customer;
  if (typeof customerId !== 'string') return { identifiers: identifiersIn(flags) };
  if (Array.isArray(flags.id) && flags.id.length > 0)
    throw new CommandError('give either --customer or --id', EXIT.usage);
  return { customerId };
}
