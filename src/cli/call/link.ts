import { toJson } from '@bufbuild/protobuf';
import { LinkReplySchema, UnlinkReplySchema } from '../../gen/attune/v1/customer_pb.ts';
import { CommandError, EXIT } from '../../node/command/command-line.ts';
import { callService, type Flags } from './call-service.ts';
import { identifiersIn } from './customer-flags.ts';
import { byIn } from './pause.ts';

const IDENTIFIERS_MIN = 2;

/** `attune link`: says that keys are one person's. */
export async function linkCommand(flags: Flags): Promise<void> {
  const identifiers = identifiersIn(flags);
  if (identifiers.length < IDENTIFIERS_MIN)
    throw new CommandError('name two keys or more, each with --id kind=value', EXIT.usage);
  const reply = await callService(flags, (client) => client.link(identifiers, saidIn(flags)));
  if (flags.json === true) return print([JSON.stringify(toJson(LinkReplySchema, reply))]);
  const { linkId, customerId, linkPending, warnings } = reply;
  print([
    linkPending ? `They are about to be customer ${customerId}.` : `They are customer ${customerId}.`,
    linkId === ''
      ? 'They were so before, by no link that can be undone.'
      : `The link is ${linkId}: attune unlink ${linkId} undoes it, for 30 days.`,
    ...warnings.map(({ rule, message }) => `${rule}: ${message}`),
  ]);
}

/** `attune unlink`: undoes a link. */
export async function unlinkCommand(linkId: string, flags: Flags): Promise<void> {
  const reply = await callService(flags, (client) => client.unlink(linkId, saidIn(flags)));
  if (flags.json === true) return print([JSON.stringify(toJson(UnlinkReplySchema, reply))]);
  print(['They are these customers:', ...reply.customerIds.map((id) => `  ${id}`)]);
}

function saidIn(flags: Flags): { readonly by: string; readonly reason: string } {
  return { by: byIn(flags), reason: typeof flags.why === 'string' ? flags.why : '' };
}

function print(lines: readonly string[]): void {
  process.stdout.write(`${lines.join('\n')}\n`);
}
