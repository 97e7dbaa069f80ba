import { feedbackConsequences } from '../../core/event/consequences.ts';
import { deriveFeedback } from '../../core/event/derive-feedback.ts';
import type { FeedbackKind } from '../../core/fact/fact.ts';
import { formerAddress } from '../delivery/former-address.ts';
import { goneAddress } from '../delivery/gone-address.ts';
import { otherChannel } from '../delivery/named-dispatch.ts';
import type { Actor } from '../shard/actor.ts';
import { silenceNew } from './handle-forget.ts';
import { leaveAudiences } from './leave-audiences.ts';
import { releaseKey } from './release-key.ts';
import { type FeedbackRequest, refusal } from './request.ts';
import { accepted, duplicate, type TurnScope } from './turn-scope.ts';

export function handleFeedback(turn: TurnScope, request: FeedbackRequest, actor: Actor): void {
  const verdict = deriveFeedback(
    actor.profile,
    request.input,
    request.ref,
    turn.now,
    turn.runtime.zones,
    (unsent) => turn.outbox.get(unsent)?.attempt === 0,
  );
  if (verdict.kind === 'duplicate') return turn.reply(request, duplicate);
  if (verdict.kind === 'conflict') {
    return turn.reply(
      request,
      refusal(
        'already_exists',
        `feedback id "${request.input.id}" of channel "${request.input.channel}" was sent before with another body`,
      ),
    );
  }
  const former = formerAddress(request.input, actor.profile, turn.runtime.policy);
  if (former !== undefined) return turn.reply(request, former);
  const gone = goneAddress(
    request.input,
    request.ref,
    actor.profile,
    turn.runtime.policy,
    turn.identifierRules,
  );
  if (gone?.kind === 'refused') return turn.reply(request, gone);
  const ref = verdict.fact.ref;
  const place = request.ref === undefined ? -1 : actor.profile.contacts.find(request.ref);
  const other = place < 0 ? undefined : otherChannel(request.input, actor.profile.contacts.channel(place));
  if (other !== undefined) return turn.reply(request, other);
  silenceNew(turn, request, actor);
  // A token that was put together by hand may name somebody else's dispatch.
  if (ref !== undefined && turn.outbox.get(ref)?.customer === actor.profile.id) {
    // What was delivered was accepted, even if the acceptance itself was lost.
    const state = FAILED.has(verdict.fact.feedback) ? 'rejected' : 'accepted';
    turn.apply(actor, {
      kind: 'delivery',
      customer: actor.profile.id,
      ref,
      state,
      retryable: false,
      retryAt: 0,
      reason: '',
      at: turn.now,
    });
  }
  const met = verdict.fact.key === undefined ? undefined : request.via?.[0];
  const isElsewhere = met !== undefined && met !== actor.profile.key;
  turn.apply(actor, isElsewhere ? { ...verdict.fact, origin: met } : verdict.fact);
  feedbackConsequences(actor.profile, verdict.fact, turn.runtime.policy, turn.now, (fact) =>
    turn.apply(actor, fact),
  );
  if (gone !== undefined) releaseKey(turn, actor, gone.key);
  leaveAudiences(turn, actor);
  turn.reply(request, accepted);
}

const FAILED: ReadonlySet<FeedbackKind> = new Set(['bounced_soft', 'bounced_hard', 'address_gone']);
