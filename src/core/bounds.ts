/**
 * Bounds of what a profile holds and a decision weighs. They live in core because the fold enforces them and core imports only base;
 * config/limits.ts lists them with all others.
 */
export const BOUNDS = {
  /** Identifiers of one person; more are counted but not kept (a shared device would collect strangers). */
  identifiers: 16,
  /** Products viewed last: enough for recommendations and hesitation, small enough to scan per decision. */
  viewed: 12,
  cart: 20,
  /** Orders by id, against doubles. */
  orders: 64,
  /** One invoice of the Online Retail data has 703 products; a suppression must not forget one of them. */
  owned: 1_024,
  /** Contacts kept for caps and the ledger; caps look back at most contactMs. */
  contacts: 128,
  contactMs: 31 * 86_400_000,
  offers: 16,
  plans: 8,
  timers: 16,
  /** Decisions whose outcome is awaited; the oldest matures early beyond it. */
  pending: 64,
  /** Ids against doubles, and how long each is kept. */
  seenEvents: 128,
  seenFeedback: 64,
  seenDecides: 64,
  seenMs: 86_400_000,
  triggered: 8,
  /** Triggers fire only on events this fresh. */
  freshMs: 10 * 60_000,
  /** Keys of one affinity; the lightest falls out. */
  affinityKeys: 32,
  /** A pause after which the next event starts a new session. */
  sessionGapMs: 30 * 60_000,
  /** Candidates of one decision that enter guardrails, over all its placements. */
  candidates: 512,
  /** Those of them that reach scoring. */
  candidatesScored: 48,
} as const;
