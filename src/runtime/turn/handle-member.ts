import { trackingToken } from '../../core/decide/decision-id.ts';
import { lateContent } from '../../core/ledger/late-content.ts';
import { membershipOf } from '../../core/profile/audiences.ts';
import type { Actor } from '../shard/actor.ts';
import { leaveAudiences } from './leave-audiences.ts';
import type { MemberRequest } from './request.ts';
import { accepted, type TurnScope } from './turn-scope.ts';

/** What a customer's ad says now, for who lists their audience; what does not hold any more ends the membership instead. */
export function handleMember(turn: TurnScope, request: MemberRequest, actor: Actor): void {
  leaveAudiences(turn, actor);
  const { profile } = actor;
  const row = membershipOf(profile, request.audience);
  const choice = row?.choice;
  if (row !== undefined && choice?.audience !== undefined) {
    const { kinds } = choice.audience;
    const late = turn.env === undefined ? undefined : lateContent(profile, choice, turn.env);
    request.view({
      kind: 'member',
      customerId: profile.id,
      identifiers: profile.identifiers.filter(({ kind }) => kinds.includes(kind)),
      version: row.version,
      choice: late?.kind === 'says' ? { ...choice, content: late.content } : choice,
      tracking: trackingToken(profile.id, turn.decisionRef(row.ref.seq, row.ref.index), row.ref.choice),
    });
  }
  turn.reply(request, accepted);
}
