/** `npm run golden-log`: saves, for the core revision of this code, what it makes of a small shop and of odd histories. */
import { existsSync } from 'node:fs';
import fc from 'fast-check';
import { VirtualClock } from '../../adapter/memory/virtual-clock.ts';
import { BaseRateScorer } from '../../adapter/onnx/base-rate-scorer.ts';
import { DAY_MS } from '../../base/clock.ts';
import { arbHistory } from '../../codec/stored/arbitrary-history.fixture.ts';
import { EMPTY_DECISION_RECORD } from '../../codec/stored/decision-record-codec.ts';
import { encodeProfile } from '../../codec/stored/profile-codec.ts';
import { readOptions } from '../../config/option.ts';
import { SERVE_OPTIONS } from '../../config/options.ts';
import { CORE_REVISION } from '../../core/core-revision.ts';
import type { CustomerFact } from '../../core/fact/fact.ts';
import { openNode } from '../../node/open-node.ts';
import { quietObserver } from '../../node/quiet-observer.ts';
import { driveShop } from '../../scenario/virtual/drive-shop.ts';
import { createShop } from '../../world/shop.ts';
import { foldHistory, goldenLogFile, writeGoldenLog } from './golden-log.fixture.ts';

const START_AT = Date.UTC(2026, 2, 2, 6);
/** Orders mature a week after a decision. */
const OPEN_DAYS = 2;
const DAYS = 14;
const CUSTOMERS = 6;

const file = goldenLogFile(CORE_REVISION);
if (existsSync(file)) {
  process.stderr.write(
    `${file} is there: what a revision made of its log never changes. Raise CORE_REVISION; before its first release, delete the file.\n`,
  );
  process.exit(1);
}
const settings = readOptions(SERVE_OPTIONS, { flags: { shards: '1', store: 'memory' }, env: {} });
if (!settings.ok) throw new Error(settings.error.join(' '));
const clock = new VirtualClock(START_AT);
const node = await openNode(
  { ...settings.value, hotLogKeep: 365 * DAY_MS },
  { observer: quietObserver, clock, scorer: new BaseRateScorer(), seed: 3, beatMs: 3_600_000 },
);
const shop = createShop({ seed: 2, customers: CUSTOMERS, startAt: START_AT, outreachPerDay: 2 });
await driveShop({
  node,
  shop,
  clock,
  closesAt: START_AT + OPEN_DAYS * DAY_MS,
  until: START_AT + DAYS * DAY_MS,
});
await node.close();
const begun = arbHistory(30).filter(({ facts }) => facts.length > 0);
const drawn = fc.sample(begun, { seed: 8, numRuns: 24 });
const histories = drawn.map(({ key, customer, facts: lived }, i) => {
  // One of them is forgotten half way; in every other one that would leave half of what the fold is asked.
  const half = lived.length >> 1;
  const end: CustomerFact = { kind: 'erased', customer, at: START_AT };
  const facts = i === 0 ? [...lived.slice(0, half), end, ...lived.slice(half)] : lived;
  return { facts: facts.map(withoutColumns), profile: encodeProfile(foldHistory(key, facts)) };
});
await writeGoldenLog(file, { shop: node.stores, histories });

/** The fold reads no columns, and they are most of what a drawn decision weighs. */
function withoutColumns(fact: CustomerFact): CustomerFact {
  return fact.kind === 'decision' ? { ...fact, record: EMPTY_DECISION_RECORD } : fact;
}
