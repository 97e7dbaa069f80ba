import { z } from 'zod';
import { refusalShape } from './shape-event.ts';
import {
  allTextsShape,
  anyTextShape,
  countShape,
  identifiersShape,
  nameShape,
  oneOrMore,
  scalarShape,
  scenarioChannelShape,
  textShape,
  timeShape,
} from './shape-words.ts';

const range = z.strictObject({ min: z.number().optional(), max: z.number().optional() });

/** What a decision's answer for one placement (or an outbound one) must be. */
const choiceFields = {
  action: anyTextShape.optional().describe('The action, or several of which any will do.'),
  not_action: anyTextShape.optional().describe('Actions that must not be chosen.'),
  nothing: z
    .union([z.boolean(), textShape])
    .optional()
    .describe('Nothing is done; as a text, the reason, such as HELD_OUT. false: something is.'),
  later: z
    .union([z.boolean(), timeShape])
    .optional()
    .describe(
      'The decision is put off; as a time, until then; action, channel and variant are of what waits. false: it is not.',
    ),
  channel: z.union([scenarioChannelShape, z.array(scenarioChannelShape).min(1)]).optional(),
  variant: anyTextShape.optional(),
  offer: anyTextShape.optional().describe('The offer that it carries.'),
  no_offer: z.boolean().optional().describe('It carries no offer.'),
  no_discount: z
    .boolean()
    .optional()
    .describe('It carries no offer that costs money: percent, amount or free shipping.'),
  shows: anyTextShape.optional().describe('Products that it shows.'),
  not_promoting: anyTextShape.optional().describe('Products that no promotional treatment may be about.'),
  contains: allTextsShape.optional().describe('What its rendered text must say.'),
  alternatives: oneOrMore(textShape)
    .optional()
    .describe('Actions that are among its alternatives, all of them; "nothing" is one.'),
  alternatives_exactly: countShape.optional().describe('How many alternatives it has.'),
};
const choice = z.strictObject(choiceFields);
export type ChoiceExpectation = z.infer<typeof choice>;

export const decisionShape = z.strictObject({
  ...choiceFields,
  choices: z.array(choice).min(1).max(8).optional().describe('One per placement, in their order.'),
  removed: z
    .record(z.string(), textShape)
    .optional()
    .describe(
      'Action → the reason that removed all its candidates. "action/channel" asks about one channel.',
    ),
  considered: anyTextShape.optional().describe('Actions that reached scoring, all of them.'),
  about: z
    .record(z.string(), textShape)
    .optional()
    .describe('Action → the product that its candidates were about when they reached scoring.'),
  drawn_with: z
    .record(z.string(), range)
    .optional()
    .describe(
      'Action, "action/channel" or "nothing" → the probability with which it was to be drawn, 0 to 1, as {min, max}.',
    ),
  repeated: z.boolean().optional().describe('It is the stored answer to an earlier request.'),
  error: refusalShape.optional().describe('The call is refused.'),
});
export type DecisionExpectation = z.infer<typeof decisionShape>;

const when = {
  from: timeShape.optional().describe('Only what came at or after this time counts.'),
  until: timeShape.optional().describe('Only what came at or before this time counts.'),
};

const dispatches = z.strictObject({
  customer: nameShape.optional(),
  exactly: countShape.optional().describe('So many, not counting repetitions of the same dispatch.'),
  at_least: countShape.optional(),
  at_most: countShape.optional(),
  channel: z
    .union([scenarioChannelShape, z.array(scenarioChannelShape).min(1)])
    .optional()
    .describe('Only those on this channel count.'),
  action: anyTextShape.optional().describe('Only those of these actions count.'),
  ...when,
  at: timeShape.optional().describe('Each that counts came at exactly this time.'),
  attempts: countShape.optional().describe('Each that counts was handed over so many times in all.'),
  offer: anyTextShape.optional().describe('Each that counts carries this offer.'),
  no_offer: z.boolean().optional(),
  no_discount: z.boolean().optional(),
  shows: anyTextShape.optional(),
  not_promoting: anyTextShape.optional(),
  contains: allTextsShape.optional().describe('Each that counts says this.'),
});
export type DispatchExpectation = z.infer<typeof dispatches>;

const withdrawals = z.strictObject({
  customer: nameShape.optional(),
  exactly: countShape.optional(),
  at_least: countShape.optional(),
  channel: z.union([scenarioChannelShape, z.array(scenarioChannelShape).min(1)]).optional(),
  action: anyTextShape.optional(),
  reason: anyTextShape.optional(),
  ...when,
});
export type WithdrawalExpectation = z.infer<typeof withdrawals>;

const audiences = z.strictObject({
  audience: nameShape,
  customer: nameShape.optional(),
  member: z.boolean().optional().describe('They are in it, which is so without this; false: they are not.'),
  reason: anyTextShape.optional().describe('Why they left.'),
  never: z.boolean().optional().describe('true: nothing was ever said of them in this audience.'),
  changes: countShape.optional().describe('How many changes came of them, not counting repetitions.'),
  action: anyTextShape.optional(),
  variant: anyTextShape.optional(),
  offer: anyTextShape.optional(),
  no_offer: z.boolean().optional(),
  shows: anyTextShape.optional(),
  contains: allTextsShape.optional().describe('What its text or a slot says.'),
  slots: z
    .record(z.string(), textShape)
    .optional()
    .describe('Slot → what it says; "" for one that is left out.'),
  given: allTextsShape
    .optional()
    .describe('Kinds of identifiers that the ad platform was given, all of them.'),
  until: timeShape.optional().describe('Until when the ad is shown.'),
  at: timeShape.optional().describe('When this was said first.'),
});
export type AudienceExpectation = z.infer<typeof audiences>;

const traitValue = z.union([scalarShape, range, z.array(scalarShape)]);

const profile = z.strictObject({
  customer: nameShape.optional(),
  identifiers: identifiersShape.optional().describe('Who is read; without it all keys of the customer.'),
  traits: z
    .record(z.string(), traitValue)
    .optional()
    .describe('Trait → its value, a range {min, max}, or for a list the values that it must hold.'),
  attributes: z
    .record(z.string(), traitValue)
    .optional()
    .describe('Attribute → its value, as for traits; one that must be absent stands in `lacks`.'),
  has: z
    .record(z.string(), z.union([z.number().int(), z.array(z.record(z.string(), scalarShape))]))
    .optional()
    .describe('Section of CustomerService.Get → how many entries it has, or entries that it must hold.'),
  lacks: z
    .record(z.string(), z.array(z.record(z.string(), scalarShape)))
    .optional()
    .describe('Section → entries that it must not hold.'),
});
export type ProfileExpectation = z.infer<typeof profile>;

const whyNot = z.strictObject({
  customer: nameShape.optional(),
  identifiers: identifiersShape
    .optional()
    .describe('Who is asked about; without it all keys of the customer.'),
  action: textShape,
  from: timeShape.optional().describe('Begin of the time in question; the start without it.'),
  until: timeShape.optional().describe('Its end; now without it.'),
  now: z
    .boolean()
    .optional()
    .describe('Not the past: an outbound decision is tried now, for this question only.'),
  contains: allTextsShape.optional().describe('What the sentence must say.'),
  reason: anyTextShape.optional().describe('Code that one of the decisions in that time has.'),
});
export type WhyNotExpectation = z.infer<typeof whyNot>;

const explain = z.strictObject({
  decision: nameShape.optional().describe('As a decide step named it with `as`.'),
  dispatch: z
    .strictObject({
      customer: nameShape.optional(),
      channel: scenarioChannelShape.optional(),
      action: textShape.optional(),
    })
    .optional()
    .describe('Or the decision behind the newest dispatch that fits.'),
  contains: allTextsShape.optional().describe('What the page must say.'),
  lacks: allTextsShape.optional().describe('What the page must not say.'),
  replay_identical: z.boolean().optional().describe('Derived again, it is the same byte for byte.'),
  scorer_fallback: z.boolean().optional(),
  state: textShape.optional().describe('What has become of it: accepted, withdrawn, opened …'),
  drawn_with: z
    .record(z.string(), range)
    .optional()
    .describe(
      'Action, "action/channel" or "nothing" → the probability with which it was to be drawn, 0 to 1, as {min, max}.',
    ),
  removed: z.record(z.string(), textShape).optional(),
});
export type ExplainExpectation = z.infer<typeof explain>;

const dispatchInOrder = z.strictObject({
  customer: nameShape.optional(),
  channel: z.union([scenarioChannelShape, z.array(scenarioChannelShape).min(1)]).optional(),
  action: anyTextShape.optional(),
  ...when,
});
export type DispatchInOrder = z.infer<typeof dispatchInOrder>;

export const expectationsShape = z.strictObject({
  dispatches: oneOrMore(dispatches).optional(),
  dispatches_in_order: z
    .array(dispatchInOrder)
    .min(2)
    .max(50)
    .optional()
    .describe('Dispatches that came one after the other; others may stand between them.'),
  withdrawals: oneOrMore(withdrawals).optional(),
  audiences: oneOrMore(audiences)
    .optional()
    .describe('What the ad platform knows of customers: of the changes that came the highest version.'),
  profile: oneOrMore(profile).optional(),
  why_not: oneOrMore(whyNot).optional(),
  explain: oneOrMore(explain).optional(),
  service_says: allTextsShape
    .optional()
    .describe('What the service wrote to its log as a fault since the start.'),
  policy: textShape.optional().describe('Name in force (the part before @), or "unchanged".'),
});
export type Expectations = z.infer<typeof expectationsShape>;
