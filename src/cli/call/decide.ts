import { toJson } from '@bufbuild/protobuf';
import { DecideReplySchema, Delivery } from '../../gen/attune/v1/decision_pb.ts';
import { CommandError, EXIT } from '../../node/command/command-line.ts';
import { callService, type Flags } from './call-service.ts';
import { alternativesText, choiceText } from './choice-text.ts';
import { identifiersIn } from './customer-flags.ts';
import { numberIn } from './number-flag.ts';
import { unknownPlacements } from './unknown-placements.ts';

/** `attune decide`: asks the service for one decision and prints it. */
export async function decide(flags: Flags): Promise<void> {
  const placements = (flags.placement as string[] | undefined) ?? [];
  const dispatch = flags.dispatch === true;
  if (dispatch === placements.length > 0)
    throw new CommandError(
      'name the places to fill with --placement, or ask for a message with --dispatch',
      EXIT.usage,
    );
  const identifiers = identifiersIn(flags);
  const text = (name: string): string => String(flags[name] ?? '');
  const { reply, unknown } = await callService(flags, async (client) => {
    const reply = await client.decide({
      requestId: text('requestId'),
      identifiers,
      placements,
      delivery: dispatch ? Delivery.DISPATCH : Delivery.RETURN,
      context: {
        channel: text('channel'),
        timeZone: text('timeZone'),
        locale: text('locale'),
        device: text('device'),
      },
      alternativesMax: alternativesIn(flags),
      dryRun: flags.dryRun === true,
      explain: flags.explain === true,
    });
    return { reply, unknown: await unknownPlacements(client, reply) };
  });
  for (const sentence of unknown) process.stderr.write(`${sentence}\n`);
  if (flags.json === true) {
    process.stdout.write(`${JSON.stringify(toJson(DecideReplySchema, reply))}\n`);
    return;
  }
  const lines = reply.choices.flatMap((choice) => [...choiceText(choice), ...alternativesText(choice)]);
  const dry = reply.decisionId === '';
  lines.push(
    dry
      ? `a dry run of ${reply.policyVersion}: nothing was recorded`
      : `decision ${reply.decisionId}${reply.repeated ? ' (made before, for the same request id)' : ''}, customer ${reply.customerId}, policy ${reply.policyVersion}`,
  );
  if (reply.explanation !== undefined) lines.push('', reply.explanation.page.trimEnd());
  else if (!dry) lines.push(`see why: npm run -s attune -- explain ${reply.decisionId}`);
  process.stdout.write(`${lines.join('\n')}\n`);
}

/** The bare flag asks for five. */
function alternativesIn(flags: Flags): number {
  const given = flags.alternatives;
  if (given === undefined || given === false) return 0;
  if (given === true) return 5;
  return numberIn(flags, 'alternatives', 0, 20, true) ?? 0;
}
