/** What was sent otherwise than decided, derived again: with the profile, the policy and the catalogue of its moment. */
import { encodeRecord } from '../codec/stored/record-codec.ts';
import type { Zones } from '../core/calendar/zones.ts';
import type { CatalogView } from '../core/catalog/catalog.ts';
import type { Choice, HandedFact } from '../core/fact/fact.ts';
import { lateContent } from '../core/ledger/late-content.ts';
import { contentAsSent } from '../core/ledger/sent-content.ts';
import { NO_FORMATS } from '../core/locale/formats.ts';
import type { Policy } from '../core/policy/policy.ts';
import type { Profile } from '../core/profile/profile.ts';
import { REASONS } from '../core/reason.ts';
import { firstDifference } from './first-difference.ts';

const header = { generation: 0, epoch: 0, batch: '', at: 0 };

/** What a hand-over was made in. */
export interface HandOverMoment {
  /** Everything before it folded. */
  readonly profile: Profile;
  readonly policy: Policy;
  /** At the sequence that the hand-over names. */
  readonly catalog: CatalogView;
  readonly zones: Zones;
}

/**
 * How a hand-over of `choice` differs from what follows from its moment; undefined: in nothing. Amounts and days stand as they
 * were told, as they do of a decision.
 */
export function handOverDifference(
  handed: HandedFact,
  choice: Choice,
  { profile, ...moment }: HandOverMoment,
): string | undefined {
  const { content } = choice;
  if (content === undefined || handed.sent === undefined) return 'its decision has no content';
  const env = { ...moment, now: handed.at, formats: NO_FORMATS };
  const again = lateContent(profile, choice, env, contentAsSent(content, handed.sent));
  if (again.kind === 'never') return `it should have been withdrawn (${REASONS[again.reason]})`;
  const { sent, ...rest } = handed;
  const fact: HandedFact = again.sent === undefined ? rest : { ...rest, sent: again.sent };
  if (Buffer.compare(encodeRecord(header, [fact]), encodeRecord(header, [handed])) === 0) return undefined;
  const found = firstDifference(handed, fact);
  return `derived again, its bytes differ${found === undefined ? '' : ` (${found.path}: ${found.before} became ${found.after})`}`;
}
