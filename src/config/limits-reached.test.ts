/** Which test reaches each bound of limits.ts and sees its documented answer. A new bound fails here until it has one. */
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { LIMITS } from './limits.ts';

interface Reached {
  /** Below src/. */
  readonly file: string;
  readonly title: string;
}

const testsOf =
  (file: string) =>
  (title: string): Reached => ({ file, title });
const calls = testsOf('rpc/bounds.e2e.test.ts');
const watcher = testsOf('rpc/service/customer-watcher.test.ts');
const whyNot = testsOf('rpc/service/why-not.e2e.test.ts');
const profile = testsOf('runtime/turn/profile-bounds.test.ts');
const ledger = testsOf('core/profile/order-ledger.test.ts');
const turn = testsOf('runtime/turn/turn-bounds.test.ts');
const dispatch = testsOf('runtime/delivery/dispatch-bounds.test.ts');
const store = testsOf('runtime/shard/store-bounds.test.ts');
const mailbox = testsOf('runtime/shard/mailbox.test.ts');
const actors = testsOf('runtime/shard/actor-cache.test.ts');
const heap = testsOf('runtime/heap-watch.test.ts');
const scoring = testsOf('runtime/turn/scoring.test.ts');
const peers = testsOf('rpc/grpc/peers.test.ts');
const catalog = testsOf('runtime/shared-catalog.test.ts');
const decide = testsOf('core/decide/decide.test.ts');

const FIELDS = calls(
  'a request beyond a bound of its fields is refused with the bound, one at the bound is not',
);
const DESCRIPTORS = testsOf('rpc/server.test.ts')(
  'connections take what descriptors the rest of the service leaves, up to their own bound',
);
const CALLS_AT_ONCE = peers(
  'a connection may have few calls at once before its caller is known, and many after',
);
const STRANGERS = peers('strangers have few health calls at once, of a connection and of the process');
const EVENT = calls('an event beyond a bound of its own is taken without what is beyond, and says so');
const CONSIDERED = testsOf('runtime/trigger/considerations.test.ts')(
  'so many a second are taken, memory holds so many of them ahead, and a checkout does not wait behind them',
);
const AGE = profile(
  'an event older than the bound is refused unless it is historical, one ahead of the clock always',
);
const IDENTITY = testsOf('runtime/identity/identity.test.ts');
const LINKS = testsOf('core/profile/absorb/links.test.ts');
const UNLINK = testsOf('runtime/identity/unlink.test.ts');
const CLAIMS = testsOf('runtime/identity/claims.test.ts');
const DEVICES = testsOf('runtime/identity/claim-device.test.ts');
const LANDINGS = testsOf('runtime/identity/landings.test.ts');
const RECALLS = testsOf('runtime/identity/recalls.test.ts');
const LINK_TIMES =
  'a token is good for a week, what it says for a month, and a customer who is not known is nobody';
const PRODUCTS = profile('of products viewed and put into the cart the newest are kept');

const BUDGETS = testsOf('core/ledger/budget-ledger.test.ts')(
  'days and open reservations are bounded, and what is forgotten of the newest days stays drawn',
);
const ENTRIES = testsOf('codec/wire/stream-entries.test.ts')(
  'each rule about entries is refused by its name, as the contract says',
);
const NODE_LINKS = testsOf('cluster/links.test.ts');
const exchange = testsOf('rpc/service/node-exchange.test.ts');
const wires = testsOf('adapter/grpc/grpc-node-wires.test.ts');
const WIRE_BOUNDS = wires('beyond its bounds nothing is asked, and the asker is told in a turn of its own');
const WIRES_OF_A_NODE = testsOf('node/open-node-wires.test.ts')(
  'a node’s wires have the bounds of the table',
);
const ASKED = exchange('questions beyond a count wait unread, those beyond their bytes are refused');
const ANSWERED = exchange('an answer that is too large is refused and told, and so is one that nobody reads');
const CONTACTS = profile('of contacts the newest are kept, and none beyond what a cap looks back');

/** Several where one shows what happens at a small bound of its own, and another that the service has the one of the table. */
const REACHED: Readonly<Record<keyof typeof LIMITS, Reached | readonly Reached[]>> = {
  linkWaitMs: CLAIMS('the ack of an event waits two seconds at most for keys that nobody answers for'),
  heldMs: CLAIMS('what is asked of a customer waits a quarter of a second at most for keys on their way'),
  deviceOwnersMax: DEVICES('a claim whose owner changes again and again waits for a moment'),
  heldPerCustomerMax: CLAIMS('of what waits for one customer no more is kept than the bound'),
  unlinkTriesMax: UNLINK(
    'a customer who changes whenever a link is about to be undone is left alone after so many tries',
  ),
  spentTokensMax: LANDINGS('so many messages identify browsers within a week, then no further one does'),
  tokenAgeMsMax: LANDINGS(LINK_TIMES),
  provisionalMsMax: LANDINGS(LINK_TIMES),
  landingsPerShardMax: LANDINGS('so many browsers of one shard ask at once, and one more is refused'),
  recallsPerShardMax: RECALLS(
    'so many decides of one shard wait, and one more is refused; all are when the shard is given up',
  ),
  redirectsMax: CLAIMS('a request that is led in a circle is refused'),
  secretKeysMax: testsOf('node/open-secret-keys.test.ts')(
    'a file that cannot be used is told with its name and each rule, and never with a key',
  ),
  linkWaitingMax: NODE_LINKS('so much waits to be said over a link, and with one more it is over'),
  linkTailMax: testsOf('cluster/served-watches.test.ts')(
    'a tail whose link is behind leaves decisions out and counts them, and ends with its link',
  ),
  linkAnswerBytes: NODE_LINKS(
    'an answer holds so many bytes, and the rest goes with the next; what is larger goes alone',
  ),
  linkShortMax: testsOf('cluster/relayed-channels.test.ts')(
    'of what waits for a credit no more is told than the bound, and what is idle goes back',
  ),
  nodeQuestionBytesMax: [WIRE_BOUNDS, WIRES_OF_A_NODE],
  nodeAnswerBytesMax: ANSWERED,
  nodeQuestionsMax: [WIRE_BOUNDS, WIRES_OF_A_NODE, ASKED],
  nodeQuestionsBytesMax: [WIRE_BOUNDS, WIRES_OF_A_NODE],
  nodeAskedBytesMax: ASKED,
  nodeUnreadBytesMax: ANSWERED,
  nodeQuestionMsMax: exchange(
    'no question keeps its place for longer than the bound, whatever its asker says',
  ),
  nodeUnsentMsMax: [
    wires('what cannot be sent in time is ended, and is not sent later; where nobody listens it is at once'),
    WIRES_OF_A_NODE,
  ],
  nodeOpenMsMax: [
    wires('a peer that stands still is noticed in about three seconds while a question waits'),
    WIRES_OF_A_NODE,
  ],
  requestBytesMax: calls('a request of more bytes than the bound is refused unread'),
  inputLineBytesMax: testsOf('node/command/split-lines.test.ts')(
    'a line beyond the bound fails alone, and its bytes are not kept',
  ),
  identifiersPerRequestMax: EVENT,
  identifiersReadMax: EVENT,
  refusalsKept: testsOf('rpc/refusal-log.test.ts')(
    'the newest refusals are kept, up to a bound, the newest first',
  ),
  eventsPerPublishMax: FIELDS,
  eventsPerDecideMax: FIELDS,
  placementsMax: FIELDS,
  alternativesMax: FIELDS,
  productsPerEventMax: EVENT,
  propertiesPerEventMax: EVENT,
  feedbackPerReportMax: FIELDS,
  entriesPerMessageMax: ENTRIES,
  entriesBytesMax: ENTRIES,
  productsPerUpsertMax: FIELDS,
  eventAgeMsMax: AGE,
  eventAheadMsMax: AGE,
  logAheadMsMax: testsOf('node/log-clock.test.ts')('what the clocks of two machines differ by is no future'),
  triggerAgeMsMax: profile('a checkout that is told of late arms no window, a fresh one does'),
  idempotencyMs: profile('an id is known for a day and among the last ones, then it is new'),

  identifiersPerCustomerMax: IDENTITY('one person has so many keys and no more, and the sender is told'),
  claimsPerCustomerMax: IDENTITY('one person has so many keys and no more, and the sender is told'),
  strangersPerCustomerMax: IDENTITY('of keys that are strangers the last ones are remembered, for a day'),
  strangerKeptMs: IDENTITY('of keys that are strangers the last ones are remembered, for a day'),
  unionsPerCustomerMax: testsOf('core/profile/absorb/unions.test.ts')(
    'of more times than a policy may ask for the last are kept',
  ),
  estateKeptMs: IDENTITY('what a customer left behind is kept for a month'),
  linksPerCustomerMax: LINKS(
    'of links the last ones can be undone, and the trail begins with the oldest of them',
  ),
  trailRecordsMax: LINKS('a link for whose records there is no room can not be undone any more'),
  keptApartKeysMax: LINKS('of keys that are kept apart the last ones are remembered'),
  goneDevicesMax: testsOf('core/profile/devices.test.ts')(
    'of devices that are gone the last ones are remembered',
  ),
  viewedMax: PRODUCTS,
  cartItemsMax: PRODUCTS,
  cartEventsMax: ledger('the events of a cart that are too many are settled, and the cart stays what it is'),
  ordersPerCustomerMax: profile(
    'an order is known by its number among the last ones, and beyond them told again it counts no more',
  ),
  ordersAwaitedMax: ledger('of refunds that wait for their orders the newest are kept'),
  tellingsPerOrderMax: ledger('of sources that tell of one order those with most lines are kept'),
  refundsPerOrderMax: ledger('refunds of one order that are too many keep their sum'),
  olderOrderIdsMax: ledger('an order is known for as long as its id is remembered'),
  ownedProductsMax: profile(
    'what was bought is kept for more products than the longest invoice has, and the oldest stand for their categories',
  ),
  ownedCategoriesMax: ledger('of categories that stand for owned products the newest are kept'),
  ledgerEntriesMax: CONTACTS,
  contactAgeMsMax: CONTACTS,
  offersLiveMax: profile('of live offers the newest are kept'),
  plansPerCustomerMax: profile('of plans the newest are kept, and the oldest takes its timer along'),
  considerSpreadMsMax: testsOf('policy/consider-times.test.ts')(
    'customers are spread over half an hour at most, and not over an edge of quiet hours or another time',
  ),
  considerationsAheadMax: CONSIDERED,
  considerationsPerSecondMax: CONSIDERED,
  considerationsAtOnceMax: testsOf('runtime/trigger/considerations.test.ts')(
    'no more than so many are under way at once',
  ),
  enrolmentPageMax: testsOf('runtime/trigger/considerations.test.ts')(
    'reaches customers who send no event, also over a kill in the middle of the walk',
  ),
  openTimersPerCustomerMax: profile('of timers the one that is due last gives way'),
  pendingOutcomesMax: profile('when too many outcomes are awaited the oldest mature early, and none is lost'),
  dedupeEventsMax: profile('an id is known for a day and among the last ones, then it is new'),
  dedupeFeedbackMax: profile('a report is known by its id among the last ones'),
  idempotentDecidesMax: profile('a decide is repeated for the last ids and for a day'),
  actionsSentOnceMax: testsOf('core/guardrail/guardrail.test.ts')(
    'without an end count what the ledger has forgotten, and let nothing go when too much is remembered',
  ),
  subscriptionsMax: testsOf('core/profile/subscription.test.ts')('of more ends than are kept the latest are'),
  attributesPerCustomerMax: testsOf('core/profile/attributes.test.ts')(
    'of more attributes than are kept those told last stay, in every order of arrival',
  ),
  attributeCharsMax: testsOf('core/event/attribute-words.test.ts')(
    'a value of as many characters as it may have is kept, a longer one is told',
  ),
  softBounceRowMs: testsOf('core/profile/soft-bounce.test.ts')('bounces that are a month apart are no row'),
  consentWordCharsMax: testsOf('core/event/understand-event.test.ts')(
    'what a consent says of its proof is kept under one name, and cut where it is too long',
  ),
  supportCasesMax: testsOf('core/profile/support-case.test.ts')(
    'of more cases than are kept closed ones give way',
  ),
  audiencesPerCustomerMax: testsOf('core/profile/audiences.test.ts')(
    'of more audiences than are remembered those that ended give way, and their versions with them',
  ),
  audienceLeftKeptMs: testsOf('core/profile/audiences.test.ts')(
    'that somebody left is said for so long and no longer',
  ),
  momentsWaitingMax: testsOf('runtime/turn/moments.test.ts')(
    'of more news at one moment than can wait the rest fires nothing, and its sender is told',
  ),
  triggersRememberedMax: profile('of triggers that fired the newest are remembered'),
  affinityKeysMax: profile(
    'of liked categories the heaviest are kept: a new one takes the place of the lightest',
  ),

  requestFaultsMax: testsOf('rpc/validate.test.ts')('of the faults of a request so many are found'),

  candidatesMax: decide(
    'beyond the candidates that one decision holds the rest is not considered, and counted',
  ),
  candidatesScoredMax: decide(
    'beyond the candidates that are scored the least promising are cut, with a reason',
  ),

  reservationsPerShardMax: BUDGETS,
  budgetDaysPerShardMax: BUDGETS,
  loansPerShardMax: testsOf('core/ledger/loan-book.test.ts')(
    'a book that is full takes no other shard, and keeps counting those that it has',
  ),

  mailboxPerShardMax: mailbox(
    'of requests that wait for one shard there are so many, and the next is refused with a delay',
  ),
  mailboxBytesMax: mailbox(
    'of bytes that wait for one shard there are so many, and the next are refused with a delay',
  ),
  turnRequestsMax: turn('a turn takes so many requests, and the next turn the rest'),
  turnBytesMax: turn('a turn takes requests up to so many bytes, and a larger one alone'),
  tickRowsMax: turn(
    'a scorer run has so many rows, over all shards, and the decisions left over are made in the next one',
  ),
  scorerWaitMsMax: scoring('a run that takes longer than a tick may wait is given up, and base rates answer'),
  scorerLateRunsMax: scoring(
    'after three late runs in a row ticks do not wait, until a probe comes back in time',
  ),
  activateTimeoutMs: turn(
    'who waits for a store that does not answer is refused in time, and served when it does',
  ),
  warmPerShardMax: actors('of whom a shard had in memory the next node is told so many, the last used first'),
  warmingPerShardMax: actors(
    'who is warmed up comes a few at a time, while there is room and the store answers',
  ),
  activatingPerShardMax: turn(
    'so many customers of a shard may be loading at once, and one more is refused with a delay',
  ),
  residentFactorMax: actors(
    'while nobody can be saved memory takes in customers up to its stop, and then who is not there is refused',
  ),
  residentCriticalFactorMax: actors(
    'purchases bring customers into memory beyond the stop of all others, up to one of their own',
  ),
  residentHeapPercentMax: testsOf('node/resident-bound.test.ts')(
    'customers in memory take at most their share of the heap, however much they are allowed',
  ),
  heapPercentMax: heap(
    'requests that can wait are refused while memory is short, purchases too when it is full, and all are served again by itself',
  ),
  heapCriticalPercentMax: heap(
    'requests that can wait are refused while memory is short, purchases too when it is full, and all are served again by itself',
  ),

  pushDelayMsMax: dispatch(
    'a push $late ms later than its bound: $pushed are handed over without asking again',
  ),
  sharedChangeTriesMax: testsOf('node/edition-pauses.test.ts')(
    'a change that others come before again and again is given up',
  ),
  catalogFollowBatchMax: catalog('what others appended is folded a few batches at a time'),
  pausesMax: testsOf('node/edition-pauses.test.ts')(
    'so many things are paused at once, and one more is refused',
  ),
  dispatchAttemptsMax: dispatch(
    'a dispatch that is rejected again and again is given up after so many attempts',
  ),
  channelFailuresMax: testsOf('runtime/delivery/breaker.test.ts')(
    'so many failures in a row open it, and one answer between them begins the count anew',
  ),
  creditsMax: dispatch('a channel system has so many deliveries unanswered, whatever it asks for'),
  channelStreamsMax: calls(
    'one channel system too many is told to come later, and finds room when another leaves',
  ),

  channelUnreadBytesMax: testsOf('rpc/service/connect.e2e.test.ts')(
    'a channel system that does not read is cut off once too much waits for it',
  ),

  streamInFlightMax: calls(
    'a stream has so many requests in flight; the next ones wait unread, and none is lost',
  ),
  streamsMax: calls('one stream too many is refused, and the others go on'),
  watchersMax: calls('one watcher too many is told to come later'),
  watcherQueueMax: watcher('a reader may be so many changes behind, and one more ends the stream'),
  watchCausesMax: watcher('of the causes of skipped changes the newest are named'),

  connectionsMax: DESCRIPTORS,
  metricsConnectionsMax: testsOf('node/metrics-server.test.ts')(
    'one connection too many to the metrics is dropped, and the others go on',
  ),
  descriptorsReservedMin: DESCRIPTORS,
  connectionsPerAddressPercentMax: peers('one address holds no more than its share of connections'),
  firstCallMsMax: peers(
    'a connection whose first call does not come in time is cut, one that was used is not',
  ),
  messageMsMax: peers('a unary call whose message does not come in time ends, a stream may wait'),
  streamsPerConnectionMax: CALLS_AT_ONCE,
  strangerStreamsPerConnectionMax: CALLS_AT_ONCE,
  unpackedBytesMax: peers(
    'compressed calls wait once they came to too many bytes, and go on as the debt drains',
  ),
  operatorWatchersMax: calls('one watcher of shards or decisions too many is told to come later'),
  sessionMebibytesMax: peers('the headers of held calls do not pile up beyond what a connection may hold'),
  strangerCallsMax: STRANGERS,
  strangerCallsPerConnectionMax: STRANGERS,
  strangerMessageBytesMax: peers('a stranger’s message is small'),
  unfinishedBytesMax: peers(
    'messages that are not whole have room together for so much; the call beyond it is refused',
  ),
  unpackingMax: peers('compressed calls are read some at a time, and all are answered'),
  unreadBytesMax: peers(
    'replies that nobody reads are bounded: the connection that holds most of them is cut',
  ),
  unreadMsMax: peers('a connection whose replies stand still is cut'),
  connectionDebtMax: peers(
    'refusals add up to a debt that ends the connection, and a drained debt is forgiven',
  ),
  strangersDebtMax: peers(
    'while strangers cost too much new connections wait their turn, but not from where a caller came',
  ),
  strangersPriceFactor: peers(
    'while strangers cost too much each pays more, so that many addresses are cut as early as one',
  ),
  letInMax: testsOf('rpc/grpc/connection-queue.test.ts')('some are let in at a time, the addresses in turn'),
  addressDebtMax: peers('an address in debt gets no new connection until it has drained; another one does'),

  policyBytesMax: calls('a policy of more bytes than the bound is refused unread, one at the bound is read'),
  policyFilesMax: FIELDS,
  policyFaultsMax: calls('of the faults of a policy the first are listed, and the rest is counted'),
  catalogProductsMax: [
    catalog(
      'a product beyond the bound of the catalogue is refused alone, and one that is known is changed still',
    ),
    catalog('the catalogue of a service has the bound of the table'),
  ],
  publishedModelBytesMax: testsOf('rpc/service/model-methods.e2e.test.ts')(
    'a model of more bytes than a call may carry is refused',
  ),
  modelBytesMax: testsOf('node/load-scorer.test.ts')(
    'refuses a file of more bytes than a model may have unread, and base rates stand in',
  ),

  snapshotBatchMax: store('a store transaction saves so many customers, and the run goes on with the next'),
  recoveryBatchMax: store(
    'a recovery folds so many records between two looks at the event loop, and none is left out',
  ),
  foldFailuresMax: store(
    'a customer whose facts cannot be folded is rebuilt once, and quarantined the second time',
  ),
  quarantinedMax: calls(
    'with more customers quarantined than the bound the service says that it does not serve',
  ),
  timerHorizonMs: turn('a timer behind the horizon waits in the store, and fires when its time comes'),
  timersPerTurnMax: turn('a herd of timers that are due at once is woken part by part, and all of it is'),
  historyRecordsMax: [
    store('one question reads so many records of a history, the newest, and says from when on it looked'),
    store(
      'by default a question about a long history reads as many records as the bound, and about a moment what it needs',
    ),
  ],
  audienceWalkPageMax: testsOf('runtime/delivery/audiences.test.ts')(
    'a pause that withdraws takes everybody out, page by page, and a pause that waits nobody',
  ),
  audienceLooksMax: testsOf('runtime/delivery/list-audience.test.ts')(
    'a page looks at so many customers at most, and says where the next one begins',
  ),
  erasuresMax: testsOf('runtime/erasure/erasure-book.test.ts')(
    'beyond the bound nobody more is taken, and it is said',
  ),
  erasuresToldMax: testsOf('runtime/erasure/channel-erasures.test.ts')(
    'a channel is told of so many at once, and of the others once it has answered',
  ),
  exportsMax: testsOf('rpc/service/export-customer.e2e.test.ts')(
    'so many exports are under way at once, and no more',
  ),
  exportPieceBytesMax: testsOf('rpc/service/export-customer.e2e.test.ts')(
    'a long file comes in pieces of at most 64 KiB, the last one marked',
  ),
  whyNotFactsMax: whyNot('one question looks at so many facts, and says from when on'),
  whyNotDecisionsMax: whyNot('one question explains so many decisions, and shows the newest'),
  whyNotDecisionsShownMax: whyNot('one question explains so many decisions, and shows the newest'),
  damagedInARowMax: testsOf('runtime/shard/archiver.test.ts')(
    'more damaged records in a row than a place on a disk explains are left where they are, and that is told',
  ),
  segmentBytesMax: [
    store('a segment of the archive takes records up to so many bytes, and the next one goes on behind it'),
    store('by default a segment holds what a download and an Explain can bear'),
  ],
};

/** The titles of the tests of a file that run; one that is skipped has another call. */
function titlesOf(file: string): string[] {
  const path = new URL(`../${file}`, import.meta.url);
  if (!existsSync(path)) return [];
  const calls = /(?:\btest\(|\]\)\(|\)\)\)\()\s*'((?:[^'\\]|\\.)*)',/g;
  return [...readFileSync(path, 'utf8').matchAll(calls)].map(([, title]) => title as string);
}

describe('every bound is reached', () => {
  test('the table names all bounds, and no other', () => {
    expect(Object.keys(REACHED).toSorted()).toEqual(Object.keys(LIMITS).toSorted());
  });

  test.each(Object.entries(REACHED))('%s', (_, reached) => {
    for (const { file, title } of [reached].flat())
      expect(titlesOf(file).filter((each) => each === title)).toEqual([title]);
  });
});
