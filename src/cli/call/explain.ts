import { toJson } from '@bufbuild/protobuf';
import { type ExplainReply, ExplainReplySchema } from '../../gen/attune/v1/explain_pb.ts';
import { callService, type Flags } from './call-service.ts';

/** `attune explain ID`: the page of a decision, and whether it comes out the same when it is derived again. */
export async function explainCommand(decisionId: string, flags: Flags): Promise<void> {
  const skipReplay = flags.replay === false;
  const reply = await callService(flags, (client) => client.explain(decisionId, { skipReplay }));
  if (flags.json === true) {
    process.stdout.write(`${JSON.stringify(toJson(ExplainReplySchema, reply))}\n`);
    return;
  }
  const states = reply.choices
    .filter((choice) => choice.state !== '')
    .map((choice) => `${choice.placement === '' ? 'It' : choice.placement} is ${choice.state}.\n`);
  process.stdout.write(`${reply.page}${states.join('')}${replayText(reply)}`);
}

function replayText({ replayIdentical, replayNote }: ExplainReply): string {
  if (replayIdentical === true) return 'Derived again from the log, it comes out the same, byte for byte.\n';
  if (replayIdentical === false) return `Derived again from the log, it comes out otherwise: ${replayNote}\n`;
  return replayNote === '' ? '' : `It was not derived again: ${replayNote}\n`;
}
