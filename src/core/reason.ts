/**
 * Every reason for which a candidate is out or nothing is said. Stable: the code is the stored byte, the name is
 * what the API returns. Append only.
 */
export const REASONS = [
  'NONE',
  // guardrails, in the order in which they are asked
  'ERASED',
  'HELD_OUT',
  'ABSORB_PENDING',
  'CONSENT_MISSING',
  'UNREACHABLE',
  'UNSUBSCRIBED',
  'COMPLAINED',
  'QUIET_HOURS',
  'CAP_CHANNEL',
  'CAP_ACTION',
  'CAP_TOTAL',
  'PURCHASED_PRODUCT',
  'PURCHASED_CATEGORY',
  'OTHER_INCENTIVE_LIVE',
  'FULL_PRICE_BUYER',
  'OUT_OF_STOCK',
  'STAGE_MISMATCH',
  'MARGIN_FLOOR',
  'PLACEMENT_MISMATCH',
  'CONTENT_UNFILLABLE',
  'CHANNEL_BACKLOG',
  'BUDGET_EXHAUSTED',
  // before the guardrails
  'CONDITION_FALSE',
  'TRIGGER_MISMATCH',
  // after them
  'NOTHING_WINS',
  'OUTDRAWN',
  'NO_CANDIDATE',
  'ALL_SUPPRESSED',
  'EXPIRED',
  'NO_POLICY',
  'QUARANTINED',
  'CAME_BACK',
  'JOURNEY_CHANGED',
  'DISPATCH_REJECTED',
  'SUPERSEDED',
  'ORDERED',
  // too many were left for one decision: the least promising of them were not scored
  'OUTRANKED',
  // nobody serves the channel, and there is another way
  'CHANNEL_UNSERVED',
  // guardrails
  'CAP_KIND',
  'PAUSED',
  // at a hand-over
  'OFFER_ENDED',
  // a guardrail
  'CASE_OPEN',
  // the channel fails, and there is another way
  'CHANNEL_FAILING',
] as const;
export type Reason = (typeof REASONS)[number];
/** Index into REASONS. */
export type ReasonCode = number;

const codeByName: ReadonlyMap<string, number> = new Map(REASONS.map((name, code) => [name, code]));

/** The stored code of a reason; 0 ('NONE') when the name is unknown. */
export function reasonCode(name: Reason): ReasonCode {
  return codeByName.get(name) ?? 0;
}

/** What a reason says to the author of a policy, and what to do when it is not what was meant. Sentences. */
export interface ReasonGuide {
  readonly meaning: string;
  readonly remedy: string;
}

/** Every reason, in the order of REASONS. One without an entry does not compile. */
export const REASON_GUIDE: Readonly<Record<Reason, ReasonGuide>> = {
  NONE: {
    meaning: 'Nothing stood in the way.',
    remedy: 'Nothing to do.',
  },
  ERASED: {
    meaning: 'The customer asked to be forgotten, came by one of the same keys again, and is sent nothing.',
    remedy:
      'None but a yes of their own: send Consent Updated with granted: true, not historical, when they agree anew.',
  },
  HELD_OUT: {
    meaning: 'The customer is in the share of customers who get nothing promotional, to measure against.',
    remedy: 'Make holdout in policy.yaml smaller; 0 holds nobody out, and then nothing can be measured.',
  },
  ABSORB_PENDING: {
    meaning: 'The customer was being united with another one.',
    remedy: 'Ask again a moment later.',
  },
  CONSENT_MISSING: {
    meaning: 'There is no consent to this purpose on this channel, or it was withdrawn.',
    remedy:
      'Send Consent Updated when the customer agrees. For news of an order, purpose: service needs only that nobody refused it. For channels that the customer opened themselves, consent: not_withdrawn in channels.yaml.',
  },
  UNREACHABLE: {
    meaning: 'No identifier of the customer reaches this channel, or its messages bounced too often.',
    remedy:
      'Send the identifier that reachable_by of the channel names with an event. A new address ends what bounces of an old one began; bounces_max in guardrails.yaml says how many count. After soft bounces the channel rests for soft_bounce_rest.',
  },
  UNSUBSCRIBED: {
    meaning: 'The customer unsubscribed from this channel.',
    remedy: 'None but a later consent: send Consent Updated with granted: true when they agree again.',
  },
  COMPLAINED: {
    meaning: 'The customer reported a message on this channel as unwanted.',
    remedy: 'None but a later consent of their own.',
  },
  QUIET_HOURS: {
    meaning:
      'It is night where the customer is; where their zone is unknown, night in any zone of the policy.',
    remedy:
      'Send time_zone with events. Give the action send_at, change quiet_hours in guardrails.yaml, or write quiet_hours: false for a channel that disturbs nobody.',
  },
  CAP_CHANNEL: {
    meaning: 'As many contacts as the cap of the channel allows reached the customer within its window.',
    remedy: 'Wait, or change the cap of scope channel in guardrails.yaml.',
  },
  CAP_ACTION: {
    meaning: 'The action reached the customer as often as its cap allows.',
    remedy: 'Wait, or change cap of the action, or the cap of scope action in guardrails.yaml.',
  },
  CAP_TOTAL: {
    meaning: 'As many contacts as the cap over all channels allows reached the customer within its window.',
    remedy: 'Wait, or change the cap of scope total in guardrails.yaml.',
  },
  PURCHASED_PRODUCT: {
    meaning: 'The customer bought this very product, and it is not promoted to them for a while.',
    remedy:
      'What is used up gets a shorter time in suppression.by_category of guardrails.yaml. A message about what was bought is no promotion: promotion: false.',
  },
  PURCHASED_CATEGORY: {
    meaning: 'The customer bought something of this category, which is not promoted to them for a while.',
    remedy: 'Change suppression.whole_category in guardrails.yaml; it can be said by category.',
  },
  OTHER_INCENTIVE_LIVE: {
    meaning: 'Another offer was sent to the customer within the incentive window.',
    remedy: 'Wait, or make incentive_window in guardrails.yaml shorter.',
  },
  FULL_PRICE_BUYER: {
    meaning: 'The customer buys at full price, and is not taught to wait for money off.',
    remedy:
      'Use early_access, points or a gift in place of money off; or change full_price in guardrails.yaml.',
  },
  OUT_OF_STOCK: {
    meaning: "Too few of the product are left in the customer's size.",
    remedy: 'Load stock with the catalogue; a product whose stock is not tracked is never out.',
  },
  STAGE_MISMATCH: {
    meaning: "The action is not for the customer's lifecycle stage.",
    remedy:
      'Change stages of the action. Without it a promotion is for all stages but onboarding. Where a stage begins is said in stages of policy.yaml.',
  },
  MARGIN_FLOOR: {
    meaning: 'The offer would leave less margin than the floor.',
    remedy:
      'Make the offer smaller, lower margin_floor in guardrails.yaml, set margin_rate to what such an order earns, or load margins with the catalogue.',
  },
  PLACEMENT_MISMATCH: {
    meaning: 'The placement that asks is on another channel than the action.',
    remedy: 'Add the channel to channels of the action, or take the placement out of its placements.',
  },
  CONTENT_UNFILLABLE: {
    meaning:
      'A blank of the text has no value for this customer, or the product has what the slot does not allow.',
    remedy:
      'Load what is missing with the catalogue, write required: false for what may be left out, or add a variant without the blank.',
  },
  CHANNEL_BACKLOG: {
    meaning: 'So many messages wait for the channel system that nothing new is proposed.',
    remedy:
      'See why the channel system does not take them; backlog_max in channels.yaml says how many may wait.',
  },
  BUDGET_EXHAUSTED: {
    meaning: 'The budget of the action had too little left for one more offer today.',
    remedy: "Change per_day of the budget in offers.yaml. The day is that of the shop's first zone.",
  },
  CONDITION_FALSE: {
    meaning: 'The condition of the action or of the variant does not hold for this customer.',
    remedy:
      'Read which part failed with which value, and look at the traits with attune get. attune policy check tells conditions that can never hold.',
  },
  TRIGGER_MISMATCH: {
    meaning: 'The customer met another obstacle than the ones that the action answers.',
    remedy: 'Change friction of the action, or leave it out to answer all.',
  },
  NOTHING_WINS: {
    meaning: 'To say nothing was worth more than any candidate that was left.',
    remedy:
      'See the terms in attune explain: what the message costs and may lose was more than what it adds. attune policy estimate says from which lift on it is worth sending.',
  },
  OUTDRAWN: {
    meaning: 'Another candidate was drawn. Nothing stood in the way of this one.',
    remedy: 'None needed; a higher lift or engagement_value makes it likelier, if it is true.',
  },
  NO_CANDIDATE: {
    meaning:
      'No action is proposed for what was asked: this placement, this trigger, or an outbound message.',
    remedy: 'Name the placement or the trigger in an action, or write proactive: true.',
  },
  ALL_SUPPRESSED: {
    meaning: 'Every candidate was removed by a rule; each has its own reason.',
    remedy: 'Look at the candidates with attune explain.',
  },
  EXPIRED: {
    meaning: 'It was not carried out before the end of its validity.',
    remedy: 'Give the action a longer valid, or see why its channel system took it late.',
  },
  NO_POLICY: {
    meaning: 'No policy was in force.',
    remedy: 'Apply one: attune policy apply DIR.',
  },
  QUARANTINED: {
    meaning: 'The customer was set aside because their facts fail or their profile is damaged.',
    remedy: 'Ask the people who run the service; attune verify names what is wrong.',
  },
  CAME_BACK: {
    meaning: 'The customer came back by themselves before the message went out.',
    remedy: 'None: that is what the trigger waits for.',
  },
  JOURNEY_CHANGED: {
    meaning: 'The step of the journey is not in the policy any more.',
    remedy: 'None: there are no journeys yet.',
  },
  DISPATCH_REJECTED: {
    meaning: 'The channel system refused the message.',
    remedy: "See the channel system's reason in attune explain of the decision.",
  },
  SUPERSEDED: {
    meaning: 'The same was planned already, or was chosen for a place above.',
    remedy: 'None needed.',
  },
  ORDERED: {
    meaning: 'The customer ordered before the message went out.',
    remedy: 'None: what they bought is not promoted.',
  },
  OUTRANKED: {
    meaning: 'More candidates were left than one decision scores, and this was among the least promising.',
    remedy: 'Give actions narrower stages and conditions, so that fewer compete for one customer.',
  },
  CHANNEL_UNSERVED: {
    meaning: 'No channel system was connected for this channel, and there was another way to say it.',
    remedy: 'Connect the channel system, or take the channel out of the action.',
  },
  CAP_KIND: {
    meaning:
      'So many messages that interrupt, or cards that are shown, reached the customer on all channels of that kind as `caps` of scope `kind` allow.',
    remedy: 'Wait for the window to pass, or raise the cap of scope `kind` in guardrails.yaml.',
  },
  PAUSED: {
    meaning: 'Somebody who runs the service paused the action, its channel, or everything outbound.',
    remedy: 'See who did it, since when and why with attune paused; attune resume ends it.',
  },
  OFFER_ENDED: {
    meaning: 'Its offer was over, or not made any more, before a channel system took the message.',
    remedy:
      'See why the channel system took it late; give the offer a longer valid than the action, and let an offer that is out stand in offers.yaml as it is.',
  },
  CASE_OPEN: {
    meaning:
      'A support case or complaint of the customer is open, and until it is closed nothing is marketed.',
    remedy:
      'Send Support Case Closed when it is; open_case in guardrails.yaml says how long one silences at most. What is about their order is purpose: service.',
  },
  CHANNEL_FAILING: {
    meaning:
      'The channel system refused messages for now, or did not answer them, again and again, and there was another way to say it.',
    remedy: 'See to the channel system; once it takes a message, the channel is chosen again.',
  },
};
