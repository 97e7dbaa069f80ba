import { toBinary } from '@bufbuild/protobuf';
import { explainMessage } from '../../codec/message/explain-message.ts';
import { decisionId } from '../../core/decide/decision-id.ts';
import { explain } from '../../core/explain/explain.ts';
import { explainPage } from '../../core/explain/explain-page.ts';
import { ExplainReplySchema } from '../../gen/attune/v1/explain_pb.ts';
import type { Decided } from '../../port/customers.ts';
import type { Policies } from '../../port/policies.ts';
import { recordBytesOf } from './record-bytes.ts';

const NOTE = 'It was explained with its reply, and not derived again.';

/**
 * The attune.v1.ExplainReply of a decision that is answered now; undefined when its policy is not in force any more. Reads the
 * fact's columns at once: the next dry run may use them again.
 */
export function decideExplanation(
  { place, fact }: Pick<Decided, 'place' | 'fact'>,
  { current }: Policies,
): Uint8Array | undefined {
  if (current?.version !== fact.policy) return undefined;
  const explanation = explain(place.seq === 0 ? '' : decisionId(place), fact, current);
  const message = explainMessage(explanation, {
    place,
    page: explainPage(explanation, current),
    states: [],
    sent: [],
    recordBytes: recordBytesOf(fact),
    identical: undefined,
    replayNote: NOTE,
  });
  return toBinary(ExplainReplySchema, message);
}
