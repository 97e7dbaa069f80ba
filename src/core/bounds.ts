/**
 * Bounds of what a profile holds and a decision weighs. They live in core because the fold enforces them and core imports only base;
 * config/limits.ts lists them with all others.
 */
export const BOUNDS = {
  /** Identifiers of one person; more are counted but not kept (a shared device would collect strangers). */
  identifiers: 16,
  /** Keys on their way to one customer: as many as an event names, and those that lead to them. */
  claims: 16,
  /** A claim that nobody answered, because a process ended, is made again after so long. */
  claimRetryMs: 5_000,
  /** Keys of strangers that are not asked for again, and for how long: a shared tablet names two people in every event. */
  strangers: 16,
  strangerMs: 86_400_000,
  /** Times of the last day at which people became one customer: as many as a policy may allow. */
  united: 32,
  /** What a moved customer held is kept so long, so that they can be parted again. */
  estateMs: 30 * 86_400_000,
  /** Links that can be undone: of a shared device that unites more in a month, the last ones. */
  links: 16,
  /** Records of a customer since their oldest link, each of which is read to undo it: 68 a day for a month, 5 kB stored at most. */
  trail: 2_048,
  /** Keys of those from whom a customer was parted: two persons with all keys that one may have. */
  keptApart: 32,
  /** Keys of devices that moved on, by each of which alone the customer had been known: what is in the log under them is still theirs. */
  goneDevices: 8,
  /** The token of a message says whose browser it is so long after it was handed out; it routes feedback for ever. */
  tokenMs: 7 * 86_400_000,
  /** Messages that have identified a browser within that time: more than anybody clicks. With so many no further one does. */
  spentTokens: 32,
  /** A browser that only a link identifies stands for the customer so long; then it is itself again. */
  provisionalMs: 30 * 86_400_000,
  /** Products viewed last: enough for recommendations and hesitation, small enough to scan per decision. */
  viewed: 12,
  cart: 20,
  /** What was put into the cart and taken out in the last week: late news finds its place among it. */
  cartEvents: 40,
  /** Orders that keep their lines; of older ones sums are left. */
  orders: 64,
  /** Orders of which only refunds came so far, and refunds of orders that were let go of. */
  ordersAwaited: 16,
  /** Sources that tell of one order: browser, server, warehouse, till. */
  orderTellings: 4,
  /** Refund events of one order. */
  orderRefunds: 32,
  /** Ids of orders that were let go of, so that one told again is not counted again. */
  olderOrderIds: 256,
  /** One invoice of the Online Retail data has 703 products; a suppression must not forget one of them. */
  owned: 4_096,
  /** Subscriptions of older orders, and ends of subscriptions: of the last ones. */
  subscriptions: 8,
  /** Attributes that a shop tells of a customer: all that a policy may declare, and half as many that an earlier one did. */
  attributes: 48,
  /** Characters of an attribute, of a list's texts all together: a name, an answer, a dozen preferences, not a document. */
  attributeChars: 256,
  /** Characters of a consent's `proof`, `form` and `text_version`, each: a reference or an address, not a document. */
  consentWordChars: 128,
  /** Support cases, open ones and the last that were closed: nobody has more than a few, and news of one may come late. */
  supportCases: 8,
  /** Audiences that a policy declares, and that a profile remembers: a shop shows its customers a handful of different ads. */
  audiences: 16,
  /** A channel system that was away for so long has met the end of every membership by itself: nobody leaves an audience for it any more. */
  audienceLeftMs: 31 * 86_400_000,
  /** The clocks of two nodes differ by less: what one dated later than another's word of it may be the older. */
  clocksDifferMs: 2_000,
  /** Categories that stand for owned products beyond that. */
  ownedCategories: 256,
  /** Contacts kept for caps and the ledger; caps look back at most contactMs. */
  contacts: 128,
  contactMs: 31 * 86_400_000,
  /** Actions that go once only, by channel, of which the contacts above know no more; when it is full no other one goes. */
  once: 128,
  offers: 16,
  plans: 8,
  timers: 16,
  /**
   * Customers who are considered at one time are spread over so long: a million of one zone are then fewer than 600 a second, and a
   * message that comes half an hour after the hour that the policy names still comes at that hour.
   */
  considerSpreadMs: 30 * 60_000,
  /** Decisions whose outcome is awaited; the oldest matures early beyond it. */
  pending: 64,
  /** Ids against doubles, and how long each is kept. */
  seenEvents: 128,
  seenFeedback: 64,
  seenDecides: 64,
  seenMs: 86_400_000,
  /** When triggers fired, one about an order or a case for each of them: so many orders are under way at once. */
  triggered: 24,
  /** Triggers that news has fired and whose decisions are still to come: they are made one a turn, so more than these is a flood. */
  moments: 4,
  /** Soft bounces further apart are no row: mail boxes that are full are emptied within weeks. */
  softBounceRowMs: 30 * 86_400_000,
  /** Triggers fire only on events this fresh. */
  freshMs: 10 * 60_000,
  /** Keys of one affinity; the lightest falls out. */
  affinityKeys: 32,
  /** A pause after which the next event starts a new session. */
  sessionGapMs: 30 * 60_000,
  /** Offers of a shard's last two days that a budget may still get back; of the oldest beyond it the draw stays. */
  reservations: 4_096,
  /** Sums by budget and day that a shard keeps: two days, and room for budgets that policies renamed. */
  budgetDays: 256,
  /** Sums of loans by budget, day and other shard that a shard keeps: what twelve budgets lend to and borrow of 63 others, of yesterday a third as many. */
  loans: 2_048,
  /** Candidates of one decision that enter guardrails, over all its placements. */
  candidates: 512,
  /** Those of them that reach scoring. */
  candidatesScored: 48,
} as const;

/**
 * Bounds of what one request may carry, under their names in config/limits.ts. They stand in core because the parsers of the wire
 * enforce them; the contract's annotations say the same numbers, and contract-bounds.test.ts holds the two together.
 */
export const REQUEST_BOUNDS = {
  /** A person has a handful of keys; more in one event are two people or a bug. */
  identifiersPerRequestMax: 8,
  /** Identifiers of one message that are looked at: the strongest may stand behind many that are nobody. */
  identifiersReadMax: 64,
  /** One unary call must not hold a shard for longer than a few milliseconds: 500 events are one group commit. */
  eventsPerPublishMax: 500,
  /** What one page produces before it asks for a decision. */
  eventsPerDecideMax: 20,
  /** Places on one page; a slate is drawn without replacement, and its cost grows with the places. */
  placementsMax: 8,
  /** What a caller can show as "also considered"; more is what Explain is for. */
  alternativesMax: 20,
  /** Products of one event: the longest invoice of the Online Retail data up to August 2011 has 705 lines. */
  productsPerEventMax: 1_000,
  /** Free properties of one event: conditions can name only so many. */
  propertiesPerEventMax: 64,
  /** Feedback of one Report: a webhook's batch. */
  feedbackPerReportMax: 500,
  /** Products of one catalogue upsert. */
  productsPerUpsertMax: 1_000,
  /** Requests in one message of a stream; a hundred spread the cost of a message as far as it goes. */
  entriesPerMessageMax: 100,
  /** Bytes of such a message: it must not hold the event loop for long. */
  entriesBytesMax: 1_048_576,
  /** Deliveries one channel system may have unanswered; its Hello asks for less. */
  creditsMax: 1_000,
} as const;
