// Long because it is the one table of bounds.
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from '../base/clock.ts';
import { BOUNDS, REQUEST_BOUNDS } from '../core/bounds.ts';

const MIB = 1_048_576;

/**
 * Every bound of the service, each with its reason; those of a policy's contents stand in core/policy/policy-limits.ts. A
 * bound that is reached has one documented answer: a refusal that names it, the oldest entry making room, or work that
 * waits for its next part. limits-reached.test.ts names the test that reaches each of them.
 */
export const LIMITS = {
  // ── What one request may carry ────────────────────────────────────────────────────────────────────────────────
  /** gRPC's own default for a message; a batch of 500 rich events is about 1 MiB. */
  requestBytesMax: 4 * MIB,
  /** A line that `send` and `catalog` read: more would not fit into a request. */
  inputLineBytesMax: 4 * MIB,
  // What its fields may hold is enforced by the parsers of the wire and declared in core/bounds.ts.
  ...REQUEST_BOUNDS,
  /** Secret keys of a node: what is verified is tried with each, at 2 µs. A key a quarter lasts four years. */
  secretKeysMax: 16,
  /** Faults of one request that are found and counted: a caller who has more begins with these. */
  requestFaultsMax: 100,

  // ── How far in time ───────────────────────────────────────────────────────────────────────────────────────────
  /** An older event is refused unless marked historical: it could only disturb what was decided since. */
  eventAgeMsMax: 30 * DAY_MS,
  /** How far ahead of our clock an event may claim to be: device clocks are wrong, but not by more than that usefully. */
  eventAheadMsMax: 5 * MINUTE_MS,
  /** A log whose last record is dated further ahead of our clock is told: two machines that are kept in time differ by less. */
  logAheadMsMax: MINUTE_MS,
  /** Triggers fire only on events this fresh; a late one still withdraws, suppresses and exits. */
  triggerAgeMsMax: BOUNDS.freshMs,
  /** A retry later than this is a new request: callers give up long before. */
  idempotencyMs: BOUNDS.seenMs,

  // ── What one profile holds (enforced by the fold, declared in core/bounds.ts) ─────────────────────────────────
  ...profileLimits(),

  // ── What one decision may cost ────────────────────────────────────────────────────────────────────────────────
  /** Candidates that enter guardrails: an index by placement, trigger and channel leaves far fewer in a sane policy. */
  candidatesMax: BOUNDS.candidates,
  /** Candidates that reach scoring: 48 cost 20 µs of propensity; the rest are cut by prior value, with a reason. */
  candidatesScoredMax: BOUNDS.candidatesScored,

  // ── What one shard remembers of budgets (enforced by the fold, declared in core/bounds.ts) ─────────────────────
  /** Offers that a budget may still get back: a checkpoint of 40 bytes each. What is drawn by older ones stays drawn. */
  reservationsPerShardMax: BOUNDS.reservations,
  /** Sums by budget and day: two days of the 30 budgets that a policy may have, and those that were renamed meanwhile. */
  budgetDaysPerShardMax: BOUNDS.budgetDays,
  /** Sums of loans by budget, day and other shard: a checkpoint of 30 bytes each. Beyond it a shard asks nobody else, and lends to nobody else. */
  loansPerShardMax: BOUNDS.loans,

  // ── What one shard queues ─────────────────────────────────────────────────────────────────────────────────────
  /** Half a second of one shard's share at 40,000 requests a second. Each class is refused at its share of it (ADMIT_SHARE). */
  mailboxPerShardMax: 2_048,
  /** The same queue in bytes: few large batches fill memory as well as many small ones. */
  mailboxBytesMax: 8 * MIB,
  /** Requests of one turn: what one append is worth waiting for. */
  turnRequestsMax: 256,
  /** Bytes of one turn's requests, save for a single larger one: what one append carries follows from them. */
  turnBytesMax: 1 * MIB,
  /** Rows of one scorer run: 192 rows took 28 µs; beyond 256 a run delays those who wait for it. */
  tickRowsMax: 256,
  /** How long a tick waits for its scorer run: a run takes under a millisecond, and base rates are better than no answer. */
  scorerWaitMsMax: 100,
  /**
   * Scorer runs in a row that took longer than that, or that were given up and still hold the scorer; then ticks do not wait
   * and base rates are used until a probe comes back in time.
   */
  scorerLateRunsMax: 3,
  /** The ack of an event that unites people waits so long for it; then it says that the keys are on their way. */
  linkWaitMs: 2 * SECOND_MS,
  /** What is asked of a customer while keys are on their way to them waits so long; then it goes without what they bring. */
  heldMs: 250,
  /** Requests that wait so for one customer: more than one person makes in that time. */
  heldPerCustomerMax: 64,
  /** An Unlink of a customer who changes while it is worked out is worked out again so often; then it is refused. */
  unlinkTriesMax: 16,
  /** Browsers of one shard that ask for the token of a link at once: a mailing to a million brings a few a second to each shard. */
  landingsPerShardMax: 256,
  /** Decides of one shard that wait for customers of their other keys: 500 a second for `linkWaitMs`, where a neighbour is down. */
  recallsPerShardMax: 1_024,
  /** Owners of a device that a claim asks within one try: more in a row change faster than it can ask, and it waits a moment. */
  deviceOwnersMax: 4,
  /** Keys that a request may be led on from: redirects are shortened whenever a chain is met, so more are a circle. */
  redirectsMax: 4,
  /** A cold customer's load that is still waiting is answered UNAVAILABLE after this: the store is in trouble. */
  activateTimeoutMs: 2 * SECOND_MS,
  /** Customers of one shard that may be loading at once. */
  activatingPerShardMax: 512,
  /** Customers of a shard whom the next node brings in before they are asked for: who comes within a minute of a shop's busy hour. */
  warmPerShardMax: 1_000,
  /** Of these at once: a few, so that whoever is asked for does not wait behind them. */
  warmingPerShardMax: 8,
  /**
   * Times the memory bound that customers in memory may reach while they cannot be saved; beyond it requests that would
   * bring in another one are refused. Twice, since a burst between two saves is no fault, and a store that fails is.
   */
  residentFactorMax: 2,
  /** The same for purchases, unsubscribes and consent: a part of memory is kept for what must not be turned away. */
  residentCriticalFactorMax: 3,
  /** Percent of the heap that `--resident-bytes-max` may take: unsaved customers may come to three times of it, and a turn needs room. */
  residentHeapPercentMax: 25,
  /**
   * Percent of the heap that may be in use when it was collected; beyond it requests are refused. A process at its limit spends its
   * time on collecting, then dies; what one beat may take in needs less than the rest.
   */
  heapPercentMax: 90,
  /** The same for purchases, unsubscribes and consent. */
  heapCriticalPercentMax: 95,

  // ── What leaves ───────────────────────────────────────────────────────────────────────────────────────────────
  /** A push later than this after its decision asks the guardrails again: by then quiet hours may have begun. */
  pushDelayMsMax: SECOND_MS,
  /** Things that operators have paused at once: more is a policy to be changed, and each is looked for at every hand-over. */
  pausesMax: 64,
  /** Attempts of one dispatch before it is given up: with doubling waits about an hour. */
  dispatchAttemptsMax: 8,
  /** Failures of a channel in a row, over all its dispatches; then one delivery is tried at a time, and what else waits uses up no attempt. */
  channelFailuresMax: 5,
  /** Channel systems connected at once. */
  channelStreamsMax: 64,
  /**
   * Bytes of instructions that one channel system has not read; then its stream is ended. Credits bound its deliveries, nothing
   * else bounds withdrawals.
   */
  channelUnreadBytesMax: 8 * MIB,

  // ── Streams and watchers ──────────────────────────────────────────────────────────────────────────────────────
  /** Requests of one stream that await their answer; reading pauses beyond it. */
  streamInFlightMax: 256,
  /** Calls of one process that are open at once; each may hold a window of 64 KiB unread. */
  streamsMax: 4_096,
  /** Refused events, feedback and decides that are kept for `attune rejected`: a faulty release of a producer shows in the last few. */
  refusalsKept: 1_000,
  /** Watch calls of one process. */
  watchersMax: 1_024,
  /** Changes one slow watcher may have unsent before its stream is ended with RESOURCE_EXHAUSTED. */
  watcherQueueMax: 64,
  /** Causes named with one change of a profile, the newest: a slow watcher skips changes, and their causes add up. */
  watchCausesMax: 32,

  // ── Connections and peers ─────────────────────────────────────────────────────────────────────────────────────
  /** Connections at once where descriptors allow it: an idle one holds about 30 KiB. */
  connectionsMax: 16_384,
  /** Connections of scrapers and probes: a part of `descriptorsReservedMin`. */
  metricsConnectionsMax: 64,
  /** Descriptors of the process that connections leave free: log, archive and store files, sockets to other services. */
  descriptorsReservedMin: 256,
  /** The share of all connections that one address may hold, in percent. */
  connectionsPerAddressPercentMax: 50,
  /**
   * A connection whose first call was not let in by then is cut, its TLS handshake included; clients connect again when they
   * have one.
   */
  firstCallMsMax: 5 * SECOND_MS,
  /** The message of a unary call that does not come by then ends the call, whatever its deadline. */
  messageMsMax: 10 * SECOND_MS,
  /** Calls at once of one connection whose caller is known, as announced to it. */
  streamsPerConnectionMax: 1_000,
  /** The same before its caller is known: what one burst of a stranger's can open, at some 40 µs and up to 16 KiB of headers each. */
  strangerStreamsPerConnectionMax: 4,
  /** What the HTTP/2 library may hold for one connection, in MiB: headers, unsent frames. */
  sessionMebibytesMax: 16,
  /** Health calls at once of callers without a token, of one process. */
  strangerCallsMax: 64,
  /** The same of one connection. */
  strangerCallsPerConnectionMax: 3,
  /** Bytes of a health request: the name of a service. */
  strangerMessageBytesMax: 1_024,
  /** Request bytes of one process that belong to no whole message yet: 32 requests of `requestBytesMax`. */
  unfinishedBytesMax: 128 * MIB,
  /** Compressed calls of one process that are read at once: each may unpack to several times `requestBytesMax`. */
  unpackingMax: 2,
  /** Bytes that compressed messages of one process may come to in a burst; beyond it compressed calls wait. */
  unpackedBytesMax: 8 * MIB,
  /** Watch calls of operators (shards, decisions) of one process: each renders what happens for itself. */
  operatorWatchersMax: 32,
  /** Reply bytes of one process that nobody has read; beyond it the connection that holds most of them is cut. */
  unreadBytesMax: 64 * MIB,
  /** A connection on which replies wait and none leaves for this long is cut. */
  unreadMsMax: 30 * SECOND_MS,
  /** What a connection may owe for refused calls, resets and noise (prices: rpc/grpc/connections.ts); then it is cut. */
  connectionDebtMax: 200,
  /** What all connections of an address may owe; then strangers' ones are cut, and no new ones taken until it has drained. */
  addressDebtMax: 500,
  /** What all strangers may owe together; beyond it new connections from addresses without a caller wait their turn. */
  strangersDebtMax: 1_000,
  /** While they owe more, everything costs a stranger so many times its price: many addresses are cut as early as one. */
  strangersPriceFactor: 10,
  /** Connections that are let in at once of those that wait, every `letInMs`: at most a tenth of a core at about a millisecond each. */
  letInMax: 1,

  // ── Between the nodes of a deployment ─────────────────────────────────────────────────────────────────────────
  /** A question of one node to another: the largest request, and what is said of it. */
  nodeQuestionBytesMax: 4 * MIB + 1_024,
  /** Its answer: a page of a customer's history, a few hundred profiles. */
  nodeAnswerBytesMax: 8 * MIB,
  /** Questions to one node that wait for their answer: a tenth of a second at 40,000 a second. One more is not asked. */
  nodeQuestionsMax: 4_096,
  /** The same in bytes, at the asker: a node that stands still costs the others no more than this each. */
  nodeQuestionsBytesMax: 16 * MIB,
  /** Bytes of questions of one stream that are not answered, at the node that answers; one more is refused. More than an asker has at once, since those it gave up count too. */
  nodeAskedBytesMax: 32 * MIB,
  /** Answers to one node that it has not read; then further ones are refused. */
  nodeUnreadBytesMax: 32 * MIB,
  /** A question waits for its answer so long at most, whatever its asker says: what has no end would fill its node's places. */
  nodeQuestionMsMax: 5 * MINUTE_MS,
  /** A question that could not be sent by then is given up, unheard: who is routed may find another node meanwhile. */
  nodeUnsentMsMax: 500,
  /** What waits to be said over a link to another node: a second of a busy channel; one more ends the link, and what it carried begins anew. */
  linkWaitingMax: 16_384,
  /** What waits to be said over a link when a tail of decisions begins to leave some out: what is watched must not hold up what is to be delivered. */
  linkTailMax: 512,
  /** Bytes of one answer over a link, about: what is larger than that goes alone. */
  linkAnswerBytes: MIB,
  /** How many dispatches a node says to be waiting for a credit: enough to use what comes back within a round trip. */
  linkShortMax: 64,
  /** A connection to another node that carries nothing by then is given up, one whose peer stands still included. */
  nodeOpenMsMax: 2 * SECOND_MS,

  // ── Policy, models, catalogue ─────────────────────────────────────────────────────────────────────────────────
  /** All files in one request; a policy that a service takes has at most POLICY_LIMITS.characters. */
  policyBytesMax: 4 * MIB,
  /** Files in one request; a policy that a service takes has at most POLICY_LIMITS.files of them, and is told so with all its faults. */
  policyFilesMax: 512,
  /** Faults listed in one reply; the rest are counted. */
  policyFaultsMax: 200,
  /** Products of the catalogue: columns of 1 M take about 100 MiB. */
  catalogProductsMax: 1_000_000,
  /** Bytes of one model file. */
  modelBytesMax: 64 * MIB,
  /** Bytes of card and model that are published by a call: it is held as a whole, and those that we train have 60 KB. */
  publishedModelBytesMax: 16 * MIB,

  // ── Storing and restarting ────────────────────────────────────────────────────────────────────────────────────
  /** Snapshots of one store transaction: keeps a commit under 10 ms. */
  snapshotBatchMax: 256,
  /**
   * Damaged records in a row that the archiver sets aside; with more of them a file as a whole is damaged, and it waits for
   * somebody who may bring it back. A sector of 4 KiB holds about four records.
   */
  damagedInARowMax: 16,
  /** Records folded at once when a shard recovers, between two looks at the event loop. */
  recoveryBatchMax: 1_024,
  /** Facts of one customer that failed twice: the customer is quarantined, visibly, and the process lives. */
  foldFailuresMax: 2,
  /** Quarantined customers of one process before health turns to NOT_SERVING: a bug of ours, not of theirs. */
  quarantinedMax: 1_000,
  /** Timers that memory holds ahead; the rest wait in the store. */
  timerHorizonMs: HOUR_MS,
  /**
   * Considerations of one shard that memory holds ahead, since all of a shop's customers may be due within an hour: over 64 shards
   * 6 MB. The rest wait in the store.
   */
  considerationsAheadMax: 1_024,
  /**
   * Customers of a node who are considered in a second, evenly: a million in the half hour over which one hour of the policy is spread, so that requests hardly
   * notice. After a standstill a herd of them waits for its turn.
   */
  considerationsPerSecondMax: 600,
  /** Considerations of a node under way at once: where turns are slow, customers are considered more slowly. */
  considerationsAtOnceMax: 64,
  /** Stored customers of one shard who are looked at together when a policy has brought considerations. */
  enrolmentPageMax: 128,
  /** Timers fired by one shard in one turn: overdue herds after a restart are spread. */
  timersPerTurnMax: 64,
  /** Records that one history or why-not question reads at most. */
  historyRecordsMax: 200_000,
  /** Facts of a customer that one why-not question looks at, the newest: each of them is decoded. */
  whyNotFactsMax: 5_000,
  /** Decisions among them that are explained, the newest: each is rendered whole. */
  whyNotDecisionsMax: 200,
  /** Decisions that the reply shows, the newest: the contract's number. */
  whyNotDecisionsShownMax: 20,
  /** Customers who are looked at for one page of an audience: each is a turn of their own, and a caller can ask for the next page. */
  audienceLooksMax: 1_000,
  /**
   * People who may have been forgotten in all: 300 bytes each in memory and in a file that is read at the start. Beyond it an erasure is refused, since one
   * that is dropped from the list would be contacted again.
   */
  erasuresMax: 100_000,
  /** Erasures that a channel system is told of at once, again every minute: 60 KB, well below what cuts off one that does not read. */
  erasuresToldMax: 1_000,
  /** Members who are looked at together when a pause or another policy may end their membership: a thousand of a node in a second. */
  audienceWalkPageMax: 100,
  /** Exports under way at once: each reads all of its customer's shards, and holds one page of records. */
  exportsMax: 2,
  /** Bytes of one piece of an export: the contract's number. */
  exportPieceBytesMax: 64 * 1024,
  /** A change of what nodes share that others came before is worked out again so often: a few nodes change it, each one thing at a time. */
  sharedChangeTriesMax: 16,
  /** Batches of the catalogue that others appended and that are folded between two looks at the event loop: some 10 ms. */
  catalogFollowBatchMax: 16,
  /** Bytes of one archive segment before compression: a download, an Explain's read. */
  segmentBytesMax: 16 * MIB,
} as const;

/** How often, and after how long, things are done again. None of them is a bound: nobody is refused for them. */
export const INTERVALS = {
  /** A question for a key that has no answer by then is asked again. */
  claimTimeoutMs: 5 * SECOND_MS,
  /** How often a node of several renews its lease and looks at the others. */
  nodeBeatMs: 500,
  /** A node that has not renewed it for so long is dead to the others: garbage and a busy machine hold one up for a second, and a takeover is to be over in five. */
  nodeLeaseMs: 3 * SECOND_MS,
  /** So much earlier it ends for the node itself: steady clocks differ by less. */
  nodeLeaseMarginMs: 500,
  /** How long a request waits for somebody to serve its shard: a takeover is over by then. */
  shardAwaitedMs: 8 * SECOND_MS,
  /** A customer who was asked for while their own claims were under way is asked for again after this, or up to eight times as long. */
  claimRetryMs: 5,
  /** A shard that found too little of a budget at all others asks them again after this, or up to 32 times as long where nobody had anything. */
  loanRetryMs: SECOND_MS,
  /** A shard whose customers were considered for no offer for so long keeps nothing back for them when another one asks. */
  loanNeedMs: 30 * SECOND_MS,
  /** The longest that a shard waits for the answer of another one that it asks for a part of a budget; then it asks the next one. */
  loanTimeoutMs: SECOND_MS,
  /** How often connections are looked at for floods, stalls and calls that never come. */
  sweepMs: 100,
  /** How many bytes a second compressed messages may come to for good. */
  unpackedBytesPerSecond: 8 * MIB,
  /** How fast the debt of a connection is forgiven: 100 health calls a second without a token are free. */
  connectionDebtPerSecond: 100,
  /** The same of an address. */
  addressDebtPerSecond: 200,
  /** How fast the debt of all strangers together is forgiven. */
  strangersDebtPerSecond: 500,
  /** How often waiting connections are let in. */
  letInMs: 10,
  /** A caller who had a call within this time is at work: their connection never gives way to a new one. */
  atWorkMs: MINUTE_MS,
  /** A connection without calls is closed after this. */
  connectionIdleMs: 5 * MINUTE_MS,
  /** A connection is asked to leave after this, give or take a tenth, so that load spreads over nodes again. */
  connectionAgeMs: HOUR_MS,
  /** How long its calls may go on after that. */
  connectionAgeGraceMs: 10 * MINUTE_MS,
  /** How often a connection is asked whether anybody is there. */
  keepaliveMs: 40 * SECOND_MS,
  /** How long the answer may take. */
  keepaliveTimeoutMs: 20 * SECOND_MS,
  /** How often a node asks another one, to which it has a stream, whether anybody is there. */
  nodeKeepaliveMs: SECOND_MS,
  /** How long the answer may take: a peer that stands still is noticed within these two. */
  nodeKeepaliveTimeoutMs: 1_500,
  /** How long a node may have nothing to say over a link before it says so. */
  linkHoldMs: SECOND_MS,
  /** An answer over a link that is not there by then never comes: others have noticed by then that the node is gone. */
  linkAskMs: 3 * SECOND_MS,
  /** A link over which a node has asked nothing for so long is over. */
  linkLapseMs: 3 * SECOND_MS,
  /** After this another link is opened in place of one that broke. */
  linkReopenMs: 250,
  /** How often a node looks whether dispatches still wait for a credit of another one. */
  linkLookMs: 250,
  /** The first wait before a node that could not be reached is tried again; it doubles. */
  nodeReopenMs: 100,
  /** The longest such wait. */
  nodeReopenMsMax: 2 * SECOND_MS,
  /** After this a node's questions take another stream over another connection: well before `connectionAgeGraceMs` would cut the old one. */
  nodeStreamAgeMs: 5 * MINUTE_MS,
  /** A node that was asked nothing for so long needs no connection. */
  nodeIdleMs: 5 * MINUTE_MS,
  /** The retry delay named with RESOURCE_EXHAUSTED: one drain of a full mailbox. */
  retryDelayMs: 250,
  /** The same for a customer whom a fault of ours stops: a person has to look, and producers should not hammer. */
  internalRetryDelayMs: 30 * SECOND_MS,
  /** The same when a channel system did not read what it was sent. */
  channelRetryDelayMs: SECOND_MS,
  /** The same when a disk is full: somebody has to free some of it. */
  fullRetryDelayMs: 5 * SECOND_MS,
  /** Near its bound the heap is collected so often at most, while all else waits for up to a second; and the retry delay named then. */
  heapCollectMs: 5 * SECOND_MS,
  /** A push channel that had no channel system for so long is unserved: a restart of one takes less. */
  channelUnservedMs: MINUTE_MS,
  /** How often health looks again at what NATS and Redis may lose: their settings change by hand. */
  lossWindowsMs: MINUTE_MS,
  /** The first wait between two attempts; it doubles. */
  dispatchRetryMs: 15 * SECOND_MS,
  /** The longest wait between two attempts. */
  dispatchRetryMsMax: 30 * MINUTE_MS,
  /** A channel that holds deliveries and has answered nothing for so long fails. */
  channelSilentMs: 2 * MINUTE_MS,
  /** The first wait before a channel that fails is tried again, by one delivery; it doubles. */
  channelProbeMs: 15 * SECOND_MS,
  /** The longest such wait: a channel that works again is found within it. */
  channelProbeMsMax: 5 * MINUTE_MS,
  /** Between two pages of members whose membership may be over. */
  audienceWalkMs: 100,
  /** How often customers who are to be considered are taken, a few at a time. */
  considerMs: 10,
  /** A customer whose timer is due and who cannot be loaded is tried again after this. */
  timerRetryMs: SECOND_MS,
  /** How often a scorer that was late too often is asked whether it is well again. */
  scorerProbeMs: SECOND_MS,
  /** How often open dispatches are looked at for a channel that can take them. */
  outboxBeatMs: SECOND_MS,
  /** How often old records move to the archive: a segment a shard and pass. */
  archiveEveryMs: MINUTE_MS,
  /**
   * While somebody is to be forgotten, later records go to a new log file so often at most: a file is freed as a whole, so the newest one of a quiet shop
   * would keep theirs for months.
   */
  logSealEveryMs: DAY_MS,
  /** All profiles are stored anew so often at most, for those who were forgotten: within the receipt's time, whatever the settings are. */
  stateRewriteEveryMs: 7 * DAY_MS,
  /** When a service first looks whether images are due: once its start is over, which the disk is busy enough with. */
  imageFirstMs: MINUTE_MS,
  /** How often it is looked whether all nodes hold an edition that was proposed. */
  editionAskedMs: 50,
  /** A node that has not said whether it holds an edition after so long keeps it from coming into force: one that died is out after a lease and a beat, and callers wait five seconds. */
  editionHeldMs: 4 * SECOND_MS,
  /** How often a node reads what others wrote to stores that they share, when nothing wakes it. */
  followEveryMs: 500,
  /** A wake-up is followed by a look after this: what was published can be read then, and wake-ups that come together are one look. */
  followWakeMs: 20,
  /** What others wrote was not read for so long: the node says that it may decide by what is over. */
  followStaleMs: 5 * SECOND_MS,
  /** When images could not be written they are tried again after this: meanwhile the archive keeps what they would replace. */
  imageRetryMs: 5 * MINUTE_MS,
  /** How fast images are written: a third of what the slowest disks in use give, so that appends hardly notice. */
  imageBytesPerSecond: 16 * MIB,
} as const;

/** The profile's bounds under the names they have here. */
function profileLimits() {
  return {
    identifiersPerCustomerMax: BOUNDS.identifiers,
    claimsPerCustomerMax: BOUNDS.claims,
    strangersPerCustomerMax: BOUNDS.strangers,
    strangerKeptMs: BOUNDS.strangerMs,
    unionsPerCustomerMax: BOUNDS.united,
    estateKeptMs: BOUNDS.estateMs,
    linksPerCustomerMax: BOUNDS.links,
    trailRecordsMax: BOUNDS.trail,
    keptApartKeysMax: BOUNDS.keptApart,
    goneDevicesMax: BOUNDS.goneDevices,
    spentTokensMax: BOUNDS.spentTokens,
    tokenAgeMsMax: BOUNDS.tokenMs,
    provisionalMsMax: BOUNDS.provisionalMs,
    viewedMax: BOUNDS.viewed,
    cartItemsMax: BOUNDS.cart,
    cartEventsMax: BOUNDS.cartEvents,
    ordersPerCustomerMax: BOUNDS.orders,
    ordersAwaitedMax: BOUNDS.ordersAwaited,
    tellingsPerOrderMax: BOUNDS.orderTellings,
    refundsPerOrderMax: BOUNDS.orderRefunds,
    olderOrderIdsMax: BOUNDS.olderOrderIds,
    ownedCategoriesMax: BOUNDS.ownedCategories,
    ownedProductsMax: BOUNDS.owned,
    ledgerEntriesMax: BOUNDS.contacts,
    contactAgeMsMax: BOUNDS.contactMs,
    offersLiveMax: BOUNDS.offers,
    plansPerCustomerMax: BOUNDS.plans,
    openTimersPerCustomerMax: BOUNDS.timers,
    considerSpreadMsMax: BOUNDS.considerSpreadMs,
    pendingOutcomesMax: BOUNDS.pending,
    dedupeEventsMax: BOUNDS.seenEvents,
    dedupeFeedbackMax: BOUNDS.seenFeedback,
    idempotentDecidesMax: BOUNDS.seenDecides,
    triggersRememberedMax: BOUNDS.triggered,
    actionsSentOnceMax: BOUNDS.once,
    subscriptionsMax: BOUNDS.subscriptions,
    attributesPerCustomerMax: BOUNDS.attributes,
    attributeCharsMax: BOUNDS.attributeChars,
    consentWordCharsMax: BOUNDS.consentWordChars,
    supportCasesMax: BOUNDS.supportCases,
    audiencesPerCustomerMax: BOUNDS.audiences,
    audienceLeftKeptMs: BOUNDS.audienceLeftMs,
    momentsWaitingMax: BOUNDS.moments,
    softBounceRowMs: BOUNDS.softBounceRowMs,
    affinityKeysMax: BOUNDS.affinityKeys,
  } as const;
}
