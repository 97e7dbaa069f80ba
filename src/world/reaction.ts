import { HOUR_MS, MINUTE_MS, type Millis, SECOND_MS } from '../base/clock.ts';
import type { Rng } from '../base/rng.ts';
import { channelIndex } from '../core/channel.ts';
import type { FeedbackKind } from '../core/fact/fact.ts';
import { between, clip, exponential, logNormal } from './chance.ts';
import type { CustomerTruth } from './customer-truth.ts';
import type { ShopTreatment } from './treatment.ts';
import {
  type Aim,
  attentionRate,
  BOUNCE_HARD,
  BOUNCE_SOFT,
  type CustomerMoment,
  clickRate,
  complaintRate,
  liftRate,
  presenceRate,
  unsubscribeRate,
} from './truth.ts';

/** What a treatment sets off, `afterMs` from when it was sent or shown. */
export interface Reaction {
  readonly feedback: readonly { readonly kind: FeedbackKind; readonly afterMs: number }[];
  /** Some of the feedback says that the customer noticed it. */
  readonly isNoticed: boolean;
  /** The visit that it brings. */
  readonly visit: { readonly kind: 'induced' | 'look'; readonly afterMs: number } | undefined;
}

const SHOWN: ReadonlySet<string> = new Set(['web', 'app', 'onsite', 'ads', 'story', 'store']);

/** Channels that show and do not send: a message there is seen at once or never. */
export function isShown(channel: string): boolean {
  return SHOWN.has(channel);
}

/** Draws what one customer does about one treatment, by the formulas of truth.ts. */
export function react(
  rng: Rng,
  x: CustomerTruth,
  treatment: ShopTreatment,
  aim: Aim,
  moment: CustomerMoment,
): Reaction {
  const shown = isShown(treatment.channel);
  const channel = channelIndex(treatment.channel);
  const lift = liftRate(x, aim, moment);
  // All luck first: what one fate does not need, another must not get.
  const luck = Array.from({ length: 7 }, () => rng.float()) as [
    number,
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const isThere = luck[0] < presenceRate(channel, moment);
  const noticed =
    isThere && luck[1] < attentionRate(x, channel, moment, shown) / presenceRate(channel, moment);
  const buys = noticed && luck[2] < lift;
  const clicks = noticed && (buys || luck[3] < clickRate(aim, lift));
  const unsubscribes = !shown && luck[4] < unsubscribeRate(x, aim, moment);
  const complains = !shown && luck[5] < complaintRate(x, aim, moment);
  const noticeMs = Math.round(
    shown ? between(rng, 2, 8) * SECOND_MS : noticeDelay(rng, treatment.channel, moment),
  );
  const clickMs = noticeMs + Math.round((2 + exponential(rng, 20)) * SECOND_MS);

  const feedback: { kind: FeedbackKind; afterMs: number }[] = [];
  if (treatment.channel === 'email' && luck[6] < BOUNCE_HARD + BOUNCE_SOFT) {
    feedback.push({
      kind: luck[6] < BOUNCE_HARD ? 'bounced_hard' : 'bounced_soft',
      afterMs: 2 * SECOND_MS,
    });
    return { feedback, isNoticed: false, visit: undefined };
  }
  if (!shown) feedback.push({ kind: 'delivered', afterMs: SECOND_MS });
  else if (isThere) feedback.push({ kind: 'shown', afterMs: 200 });
  if (noticed && !shown) feedback.push({ kind: 'opened', afterMs: noticeMs });
  if (clicks) feedback.push({ kind: 'clicked', afterMs: clickMs });
  if (unsubscribes) feedback.push({ kind: 'unsubscribed', afterMs: clickMs + 30 * SECOND_MS });
  if (complains) feedback.push({ kind: 'complained', afterMs: clickMs + 45 * SECOND_MS });
  return {
    feedback,
    isNoticed: noticed || unsubscribes || complains,
    visit: clicks ? { kind: buys ? 'induced' : 'look', afterMs: clickMs + SECOND_MS } : undefined,
  };
}

// REES46 has a median of 2.11 h and a mean of 23.24 h from sending to click for mails and pushes that are mostly mails: a
// log-normal of that median with σ = √(2 ln(23.24 / 2.11)).
const MAIL_MEDIAN_MS = 2.1 * HOUR_MS;
const MAIL_SIGMA = 2.19;
const PHONE_MEDIAN_MS = 5 * MINUTE_MS;
/** Assumed: a browser shows it when it is open next. */
const BROWSER_MEDIAN_MS = 30 * MINUTE_MS;
const NOTICE_MAX_MS = 144 * HOUR_MS;

/** Who has just left a checkout is still at the screen: up to ten times sooner. */
function noticeDelay(rng: Rng, channel: string, moment: CustomerMoment): Millis {
  const atScreen = moment.heat === 'checkout' ? 1 - 0.9 * 2 ** -moment.heatHours : 1;
  const onPhone = channel === 'sms' || channel === 'push' || channel === 'whatsapp';
  const soon = onPhone ? PHONE_MEDIAN_MS : channel === 'web_push' ? BROWSER_MEDIAN_MS : undefined;
  const delay = soon === undefined ? logNormal(rng, MAIL_MEDIAN_MS, MAIL_SIGMA) : logNormal(rng, soon, 1.2);
  return clip(delay * atScreen, 3 * SECOND_MS, NOTICE_MAX_MS);
}
