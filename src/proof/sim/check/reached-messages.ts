import { dispatchId } from '../../../core/decide/decision-id.ts';
import type { Message } from '../../oracle/reach-laws.ts';
import type { Journal } from '../journal.ts';

/** The messages of the log that really reached somebody. */
export function reachedMessages(journal: Journal): Message[] {
  const messages: Message[] = [];
  for (const records of journal.landed)
    for (const { shard, sequence, facts, counts } of records)
      facts.forEach((fact, index) => {
        if (!counts || fact.kind !== 'decision' || !fact.dispatch) return;
        fact.choices.forEach((choice, i) => {
          const id = dispatchId({ generation: 1, shard, seq: sequence, index }, i);
          if (choice.kind !== 'treatment' || !journal.reached.has(id)) return;
          const { customer, at } = fact;
          messages.push({ id, customer, channel: choice.channel, action: choice.action, at });
        });
      });
  return messages;
}
