import { CHANNELS, PURPOSES } from '../../core/channel.ts';
import { type DecisionPlace, decisionId } from '../../core/decide/decision-id.ts';
import { explain } from '../../core/explain/explain.ts';
import type { DecisionFact, Fact } from '../../core/fact/fact.ts';
import type { Policy } from '../../core/policy/policy.ts';
import { type Profile, TIMER_KINDS } from '../../core/profile/profile.ts';
import { exportEstate, exportProfile } from './export-profile.ts';
import { type Json, readable, readableObject } from './readable.ts';

/**
 * One committed fact as its customer may read it. `policy`: the edition that made a decision, where it is kept: with it the decision
 * says of every candidate why it was not chosen.
 */
export function exportFact(
  place: DecisionPlace,
  fact: Fact,
  policy: Policy | undefined,
): { readonly [name: string]: Json } {
  return { place: decisionId(place), ...factOf(place, fact, policy) };
}

function factOf(
  place: DecisionPlace,
  fact: Fact,
  policy: Policy | undefined,
): { readonly [name: string]: Json } {
  switch (fact.kind) {
    case 'decision':
      return decisionOf(place, fact, policy);
    case 'feedback':
      return readableObject({ ...fact, scope: fact.scope < 0 ? 'all' : PURPOSES[fact.scope] });
    case 'readdressed':
      return readableObject({
        ...fact,
        channels: CHANNELS.filter((_, i) => (fact.channels & (1 << i)) !== 0),
      });
    case 'device-moved':
      // Whose the device is now is theirs to know.
      return readableObject({ ...fact, to: undefined, by: undefined });
    case 'timer':
    case 'timer-fired':
      return readableObject({ ...fact, timer: TIMER_KINDS[fact.timer] });
    case 'absorb-out':
      return { ...readableObject({ ...fact, estate: undefined }), estate: exportEstate(fact.estate) };
    case 'absorb-in':
      return {
        ...readableObject({ ...fact, state: undefined, link: undefined }),
        state: fact.state === undefined ? null : exportProfile(fact.state as Profile),
        link:
          fact.link === undefined
            ? null
            : {
                ...readableObject({ ...fact.link, before: undefined }),
                before: exportProfile(fact.link.before as Profile),
              },
      };
    case 'unlinked':
      // What the others are is theirs.
      return {
        ...readableObject({ ...fact, own: undefined, parted: fact.parted.map(({ key }) => key) }),
        own: exportProfile(fact.own as Profile),
      };
    case 'restored':
      return {
        ...readableObject({ ...fact, state: undefined }),
        state: exportProfile(fact.state as Profile),
      };

    default:
      return readableObject({ ...fact });
  }
}

/** With what the model was told of the customer, and every candidate. */
function decisionOf(
  place: DecisionPlace,
  fact: DecisionFact,
  policy: Policy | undefined,
): { readonly [name: string]: Json } {
  const { record, trigger: _, ...told } = fact;
  if (policy === undefined) {
    const { features, rowP0, rowReach } = record;
    return { ...readableObject({ ...told }), record: readableObject({ features, rowP0, rowReach }) };
  }
  const { candidates, scoreRows, cause, group } = explain(decisionId(place), fact, policy);
  return {
    ...readableObject({ ...told, cause, group }),
    candidates: candidates.map((one) => readableObject({ ...one })),
    scoreRows: readable(scoreRows),
  };
}
