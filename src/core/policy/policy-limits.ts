import { DAY_MS } from '../../base/clock.ts';
import { BOUNDS } from '../bounds.ts';

/** Bounds of a policy: generous for people, and what the stored codes and the decision's pooled columns can hold. */
export const POLICY_LIMITS = {
  /** Files of one policy; a directory of many small ones still loads in milliseconds. */
  files: 200,
  /** Characters over all files: an edition is held by every node and sent in one message. */
  characters: 2_000_000,
  /** Rows of a decision are pooled; conditions and caps are looked at per decision. */
  actions: 1_000,
  /** A variant's index is one byte in the record. */
  variants: 32,
  slots: 32,
  offers: 250,
  placements: 100,
  /** Triggers are walked for every event. */
  triggers: 30,
  budgets: 30,
  /** A profile remembers no more. */
  audiences: BOUNDS.audiences,
  /** Kinds of identifier that an audience gives away: they stand in every decision that enters it. */
  audienceKinds: 4,
  /** Times of the day at which customers are considered: hourly; what follows sooner is a moment, for which there are triggers. */
  considerTimes: 24,
  caps: 60,
  zones: 60,
  /** Identifier kinds; a request carries at most 8 of them. */
  identifierKinds: 16,
  /** Attributes of a customer: beyond that a shop keeps them in a system of its own and tells what follows from them. */
  attributes: 32,
  /** Values of identifiers that stand for nobody: kept in memory with their hashes, looked up for every identifier. */
  impossibleIdentifiers: 500,
  categories: 500,
  /** Characters of one condition: what fits a reader's eye; deeper logic wants a trait. */
  conditionCharacters: 500,
  textCharacters: 2_000,
  /** Characters of a text that a template made; the rest is cut. It stands in the decision's record: what is longer is the channel's own template. */
  renderedCharacters: 4_000,
  /** The ledgers of contacts and offers remember so many days, so neither a cap nor the incentive window may look back further. */
  windowDays: BOUNDS.contactMs / DAY_MS,
  /** Who has not confirmed a yes for a quarter of a year has forgotten it. */
  doubleOptInDays: 90,
} as const;
