import { toJson } from '@bufbuild/protobuf';
import { WhyNotReplySchema } from '../../gen/attune/v1/explain_pb.ts';
import { callService, type Flags } from './call-service.ts';
import { timeText } from './choice-text.ts';
import { customerIn } from './customer-flags.ts';
import { momentIn } from './moment-flag.ts';

/** `attune why-not`: the sentence, and the decisions that it rests on. */
export async function whyNotCommand(flags: Flags): Promise<void> {
  const customer = customerIn(flags);
  const [at, from, to] = [momentIn(flags, 'at'), momentIn(flags, 'from'), momentIn(flags, 'to')];
  const time = {
    ...(at === undefined ? {} : { at }),
    ...(from === undefined ? {} : { from }),
    ...(to === undefined ? {} : { to }),
  };
  const reply = await callService(flags, (client) => client.whyNot(customer, String(flags.action), time));
  if (flags.json === true) {
    process.stdout.write(`${JSON.stringify(toJson(WhyNotReplySchema, reply))}\n`);
    return;
  }
  const lines = [reply.answer];
  for (const { decisionId, decidedAt, reason, compared } of reply.decisions) {
    const values = compared.map(({ name, value, limit }) => `${name} ${value}, limit ${limit}`).join('; ');
    lines.push(
      `  ${timeText(decidedAt)}  ${decisionId}  ${reason === '' ? 'chosen' : reason}${values === '' ? '' : ` (${values})`}`,
    );
  }
  process.stdout.write(`${lines.join('\n')}\n`);
}
